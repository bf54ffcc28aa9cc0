// The worker: simulates what the page asks for, in slices, so that it can be cancelled.
//
// in  {id, kind: "simulate", spec, start?} → {id, kind: "progress", share}… {id, kind: "trajectory", trajectory}
//     {id, kind: "many", spec, count} → {id, kind: "count", replicate, shared, benign, malign, outcome}… {id, kind: "done"}
//     {id, kind: "cancel"} ends job id; errors: {id, kind: "error", message}.
import {beginSimulation, summarize} from "./core/simulate.js";
import {start} from "./core/start.js";

const SLICE = 40;  // milliseconds between two looks at the messages
const jobs = new Set();

self.onmessage = ({data}) => {
  if (data.kind === "cancel") jobs.delete(data.id);
  else {
    jobs.add(data.id);
    work(data).catch((error) => self.postMessage({id: data.id, kind: "error", message: String(error.message ?? error)}));
  }
};

async function work({id, kind, spec, start: given, count}) {
  if (kind === "simulate") {
    const trajectory = await simulateInSlices(id, spec, given ?? start(spec), true);
    if (!trajectory) return;
    const {times, weights} = trajectory;
    self.postMessage({id, kind: "trajectory", trajectory}, [times.buffer, weights.buffer]);
  } else if (kind === "many") {
    for (let replicate = 0; replicate < count; replicate += 1) {
      const one = {...spec, seed: spec.seed + 1 + replicate};
      const trajectory = await simulateInSlices(id, one, start(one), false);
      if (!trajectory) return;
      self.postMessage({id, kind: "count", replicate, ...summarize(trajectory)});
    }
    self.postMessage({id, kind: "done"});
  } else throw new Error(`Unknown request "${kind}".`);
  jobs.delete(id);
}

/** The trajectory, or null if the job was cancelled; only its two ends where progress is not told. */
async function simulateInSlices(id, spec, begin, told) {
  const simulation = beginSimulation(spec, begin, told ? {} : {frames: 2});
  while (!simulation.advance(SLICE)) {
    if (told) self.postMessage({id, kind: "progress", share: simulation.share()});
    await nextTurn();
    if (!jobs.has(id)) return null;
  }
  await nextTurn();
  return jobs.has(id) ? simulation.trajectory() : null;
}

function nextTurn() {
  return new Promise((resolve) => { setTimeout(resolve, 0); });
}
