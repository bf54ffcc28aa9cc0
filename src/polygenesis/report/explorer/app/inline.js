// What the worker does, done by the page itself between two frames: for places that forbid workers.
import { beginSimulation, summarize } from "../core/simulate.js";
import { start } from "../core/start.js";

const TURN = 12; // milliseconds of simulation before the page may draw again

export function inlineWorker() {
  let stopped = false;
  const worker = { onmessage: null, onerror: null, postMessage, terminate: () => (stopped = true) };
  const tell = (message) => !stopped && worker.onmessage({ data: message });

  async function run(spec, from, frames, onShare) {
    const simulation = beginSimulation(spec, from, frames);
    await turn();
    while (!stopped && !simulation.advance(TURN)) {
      onShare(simulation.share());
      await turn();
    }
    return stopped ? null : simulation.trajectory();
  }

  async function work({ id, kind, spec, start: given, count }) {
    if (kind === "simulate") {
      const trajectory = await run(spec, given || start(spec), {}, (share) => tell({ id, kind: "progress", share }));
      return tell({ id, kind: "trajectory", trajectory });
    }
    for (let replicate = 0; replicate < count && !stopped; replicate++) {
      const one = { ...spec, seed: spec.seed + 1 + replicate };
      const trajectory = await run(one, start(one), { frames: 2 }, () => {});
      if (trajectory) tell({ id, kind: "count", replicate, ...summarize(trajectory) });
    }
    return tell({ id, kind: "done" });
  }

  function postMessage(message) {
    work(message).catch((error) => tell({ id: message.id, kind: "error", message: String(error.message || error) }));
  }

  return worker;
}

function turn() {
  return new Promise((done) => setTimeout(done, 0));
}
