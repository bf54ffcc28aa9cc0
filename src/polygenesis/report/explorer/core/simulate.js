// One network from its start to its end, as a film.
import {advanceDescent, beginDescent} from "./descent.js";
import {advanceFlow, beginFlow} from "./flow.js";
import {beginFilm, develop, shoot} from "./frames.js";
import {finalCount, standings} from "./census.js";

const FRAMES = 160;
const SHOT_EVERY = 0.01;  // share of its time by which a noisy descent must have gone on since the last shot
const PATIENCE = 25;  // milliseconds between two reports of progress

/**
 * Simulate a spec from W(0) (n·m, row-major) and return its trajectory:
 * {n, m, penalty, times (T, loss's clock), weights (T·n·m), outcome, sentence, evaluations}.
 */
export function simulate(spec, start, {frames = FRAMES, onProgress} = {}) {
  const simulation = beginSimulation(spec, start, {frames});
  while (!simulation.advance(PATIENCE)) onProgress?.(simulation.share());
  return simulation.trajectory();
}

/** The same in slices: advance(milliseconds) returns whether it is over; then trajectory() is there. */
export function beginSimulation(spec, start, {frames = FRAMES} = {}) {
  const noisy = spec.noise > 0, state = noisy ? beginDescent(spec, start) : beginFlow(spec, start);
  const film = beginFilm(spec.n, spec.m), clock = noisy ? 1 : 4;
  let shown = 0;
  shoot(film, 0, state);
  const advance = (milliseconds) => {
    const until = performance.now() + milliseconds;
    do {
      const taken = noisy ? advanceDescent(state) : advanceFlow(state);
      const over = state.status !== "running", late = state.time >= shown * (1 + SHOT_EVERY) + 1e-9;
      if (state.time > shown && (over || (taken && frames > 2 && (!noisy || late)))) {
        shoot(film, state.time / clock, state);
        shown = state.time;
      }
    } while (state.status === "running" && performance.now() < until);
    return state.status !== "running";
  };
  const trajectory = () => {
    const {n, m, penalty} = spec, ended = ending(spec, state);
    return {n, m, penalty, ...develop(film, frames), ...ended, evaluations: state.evaluations};
  };
  return {advance, trajectory, share: () => progressShare(state)};
}

/** Simulate and return only how it ended: {outcome, shared, benign, malign}, from the last weights. */
export function summarize(trajectory) {
  const {n, m, weights, outcome} = trajectory, last = weights.subarray(weights.length - n * m);
  return {outcome, ...finalCount(last, n, m)};
}

function progressShare(state) {
  return Math.min(Math.log1p(state.time) / Math.log1p(state.end), 1);
}

/** How it ended, in a word and in a sentence: as dynamics.Outcome says it. */
function ending(spec, state) {
  const {dead, unsettled} = standings(fullWeights(state), spec.n, spec.m), many = (count) => `${count} of ${spec.n} features`;
  if (state.status === "diverged") {
    return {outcome: "diverged", sentence: "A weight grew beyond all bounds: start smaller."};
  }
  if (state.status === "time") {
    return {
      outcome: "time limit",
      sentence: `At the time limit ${many(unsettled)} were not on exactly one neuron or still moving.`,
    };
  }
  if (state.status === "still" || unsettled > dead) {
    return {
      outcome: "undecided",
      sentence: spec.penalty > 0
        ? `Nothing moves any more, but ${many(unsettled - dead)} are spread over several neurons or pushed by another.`
        : `Nothing moves any more, and without a penalty ${many(unsettled - dead)} stay spread over several neurons.`,
    };
  }
  if (dead > 0) {
    return {
      outcome: "dead features",
      sentence: `${many(dead)} lost all their weights: lower the penalty, or start larger.`,
    };
  }
  return {
    outcome: "converged",
    sentence: state.status === "quiet"
      ? "Every feature has stayed on one neuron for a while; the noise keeps the weights trembling."
      : "Every feature settled on one neuron, nothing moves, and every zero is optimal.",
  };
}

function fullWeights(state) {
  const {n, m, columns, weights, byFeature, byNeuron} = state, full = new Float64Array(n * m);
  for (let i = 0; i < n; i += 1) {
    columns.forEach((k, at) => { full[i * m + k] = weights[i * byFeature + at * byNeuron]; });
  }
  return full;
}
