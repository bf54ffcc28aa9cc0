// What Python put into the page: a spec, and the weights of its start or of a whole stored trajectory.

/** Read the page's data: {spec, mode, key, replicate, start, trajectory, python}, arrays as typed arrays. */
export function readData(page) {
  const element = page.getElementById("explorer-data");
  const data = element ? JSON.parse(element.textContent) : {};
  const { trajectory } = data;
  return {
    mode: "live", key: "", replicate: 0, python: "", ...data,
    start: data.start ? new Float64Array(bytes(data.start).buffer) : null,
    trajectory: trajectory
      ? { ...trajectory, times: Float64Array.from(trajectory.times), weights: new Float32Array(bytes(trajectory.weights).buffer) }
      : null,
  };
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
