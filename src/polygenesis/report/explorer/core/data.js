// The data of the page: what Python put into <script type="application/json" id="explorer-data">.

/** {spec, mode, key, replicate, start: Float64Array | null, trajectory with typed arrays | null, python}. */
export function readData(document) {
  const data = JSON.parse(document.getElementById("explorer-data").textContent), {trajectory} = data;
  return {
    ...data,
    start: data.start === null ? null : new Float64Array(decodeBytes(data.start)),
    trajectory: trajectory === null ? null : {
      ...trajectory, times: Float64Array.from(trajectory.times), weights: new Float32Array(decodeBytes(trajectory.weights)),
    },
  };
}

/** Bytes from base64; numbers are little-endian, as every browser's arrays are. */
export function decodeBytes(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return bytes.buffer;
}
