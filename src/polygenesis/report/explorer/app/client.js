// Asks the worker; an answer to an outdated question is dropped.

/** Start the worker from the source that lies in the page; where a browser forbids it, say so. */
export function createClient(source, listeners) {
  let worker = null, current = 0;
  const spawn = () => {
    const made = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    made.onmessage = ({ data }) => {
      if (data.id === current && listeners[data.kind]) listeners[data.kind](data);
    };
    made.onerror = () => listeners.error({ message: "The simulation stopped with an error." });
    return made;
  };
  /** Replace what is under way: a running worker cannot be asked to stop in the middle of a network. */
  const ask = (message) => {
    if (worker) worker.terminate();
    worker = spawn();
    current++;
    worker.postMessage({ ...message, id: current });
  };
  const cancel = () => {
    if (worker) worker.terminate();
    worker = null;
    current++;
  };
  return { ask, cancel };
}
