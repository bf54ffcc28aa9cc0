// Simulates away from the page: one network at a time, or hundreds for a histogram.
import { census, finalCount } from "./core/census.js";
import { simulate } from "./core/simulate.js";
import { nudged, start } from "./core/start.js";

let current = 0; // a cancelled or outdated task sees that it is no longer the current one

self.onmessage = (event) => {
  const { id, kind, spec } = event.data;
  current = id;
  try {
    if (kind === "simulate") simulateOne(id, spec, event.data.start);
    if (kind === "many") simulateMany(id, spec, event.data.count, 0);
  } catch (error) {
    self.postMessage({ id, kind: "error", message: error.message });
  }
};

function simulateOne(id, spec, given) {
  const weights = given ? nudged(given, spec) : start(spec);
  const onProgress = (share) => self.postMessage({ id, kind: "progress", share });
  const trajectory = simulate(spec, weights, { onProgress });
  self.postMessage({ id, kind: "trajectory", trajectory }, [trajectory.weights.buffer, trajectory.times.buffer]);
}

function simulateMany(id, spec, count, replicate) {
  if (id !== current) return;
  if (replicate >= count) {
    self.postMessage({ id, kind: "done" });
    return;
  }
  const { n, m } = spec, drawn = { ...spec, seed: spec.seed + 1 + replicate, nudges: [] };
  const trajectory = simulate(drawn, start(drawn), { frames: 2 });
  const end = trajectory.weights.subarray(trajectory.weights.length - n * m);
  const { benign, malign, undecided } = census(end, n, m);
  const shared = finalCount(end, n, m);
  self.postMessage({ id, kind: "count", replicate, shared, benign, malign, undecided, outcome: trajectory.outcome });
  setTimeout(() => simulateMany(id, spec, count, replicate + 1)); // lets a newer message in
}
