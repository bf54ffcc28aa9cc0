// Simulations in a worker: the latest request of a kind wins, one that takes long is given up for it.
import { inlineWorker } from "./inline.js";

const TOO_LONG = 400; // ms after which a running simulation is stopped for a newer request; shorter ones may finish

// `start` makes a worker. `ask(message, onReply)` sends a job; replies to jobs that were replaced are dropped.
export function createClient(start) {
  let worker = null;
  let running = null; // {id, onReply, since}
  let waiting = null; // {message, onReply}: at most one, the latest
  let next = 1;

  function receive({ data }) {
    if (!running || data.id !== running.id) return;
    const { onReply } = running;
    const over = data.kind !== "progress" && data.kind !== "count";
    if (over) running = null;
    onReply(data);
    if (over) proceed();
  }

  function fail(message) {
    const { onReply } = running || { onReply: () => {} };
    running = null;
    stopWorker();
    onReply({ kind: "error", message });
    proceed();
  }

  function stopWorker() {
    if (worker) worker.terminate();
    worker = null;
  }

  function proceed() {
    if (running || !waiting) return;
    const { message, onReply } = waiting;
    waiting = null;
    running = { id: next++, onReply, since: performance.now() };
    if (!worker) {
      worker = startOrInline(start);
      worker.onmessage = receive;
      worker.onerror = (event) => fail(event.message || "The simulation stopped.");
    }
    worker.postMessage({ ...message, id: running.id });
  }

  return {
    ask(message, onReply) {
      waiting = { message, onReply };
      if (running && performance.now() - running.since > TOO_LONG) {
        stopWorker();
        running = null;
      }
      proceed();
    },
    cancel() {
      waiting = null;
      if (running) stopWorker();
      running = null;
    },
    get busy() {
      return running !== null;
    },
  };
}

function startOrInline(start) {
  try {
    return start();
  } catch {
    return inlineWorker(); // some notebooks forbid workers
  }
}

// A worker from the source that the page carries.
export function workerFromPage() {
  const source = document.getElementById("explorer-worker").textContent;
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address);
  URL.revokeObjectURL(address);
  return worker;
}
