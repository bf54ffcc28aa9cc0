// Integrate a network until nothing moves, and keep frames of what happened.
import { TiedNetwork, moved } from "./flow.js";
import { normalStream, uniformStream } from "./random.js";

const TOLERANCE = 5e-4; // typical error of a weight in one step
const FIRST_STEP = 0.01, LONGEST_STEP = 0.25, SHORTEST_STEP = 1e-7; // loss's clock; the fastest rate is near 8 late
const AT_REST = 1e-6; // speed of the fastest weight below which nothing moves
const MOST_TIME = 60; // in units of 1/λ: a race takes about 7/λ
const NOISY_STEP = 0.01, NOISY_UNITS = 40;
const RECORDED = 1600; // states kept before frames are chosen among them

const SENTENCES = {
  converged: "Every feature settled on one neuron, nothing moves, and every zero is optimal.",
  undecided: "Nothing moves, but some features are still split between neurons.",
  "dead features": "Some features lost all their weights; lower the penalty λ.",
  "time limit": "Some features were still moving at the time limit.",
  diverged: "A weight became infinite.",
};

/** Train from `start` (n·m, row-major) and return a trajectory of at most `frames` frames, the start and the end among them. */
export function simulate(spec, start, { frames = 160, onProgress = null } = {}) {
  const { n, m } = spec;
  const recorder = new Recorder(n, m, frames > 2);
  const weights = Float64Array.from(start);
  recorder.add(0, weights);
  const ended = (spec.noise > 0 ? descend : integrate)(spec, weights, recorder, onProgress);
  const outcome = ended.rest ? settledOutcome(weights, n, m) : ended.outcome;
  const chosen = recorder.chosen(frames);
  return { n, m, penalty: spec.penalty, ...chosen, outcome, sentence: SENTENCES[outcome], evaluations: ended.evaluations };
}

/** Heun's method with the exact penalty and error control, until rest. */
function integrate(spec, weights, recorder, onProgress) {
  const { n, m, penalty } = spec;
  const network = new TiedNetwork(n, m, penalty, spec.interference);
  const [force, ahead, next] = [0, 1, 2].map(() => new Float64Array(n * m));
  const trial = new Float64Array(n * m);
  const end = MOST_TIME / Math.max(penalty / 4, 1e-3);
  let time = 0, step = FIRST_STEP, evaluations = 1;
  network.list(weights);
  network.force(weights, force);
  while (time < end) {
    for (let at = 0; at < n * m; at++) ahead[at] = moved(weights[at], force[at], step, penalty);
    network.list(ahead);
    network.force(ahead, next);
    evaluations++;
    let squares = 0, live = 1;
    for (let at = 0; at < n * m; at++) {
      const value = moved(weights[at], (force[at] + next[at]) / 2, step, penalty);
      trial[at] = value;
      if (value !== 0 || ahead[at] !== 0) {
        squares += (value - ahead[at]) ** 2;
        live++;
      }
    }
    const error = Math.sqrt(squares / live) / TOLERANCE;
    if (!Number.isFinite(error) && step < SHORTEST_STEP) return { outcome: "diverged", evaluations };
    if (error > 1.5 && step > SHORTEST_STEP) {
      step *= Math.max(0.2, 0.9 / Math.sqrt(error));
      continue;
    }
    weights.set(trial);
    time += step;
    network.list(weights);
    network.force(weights, force);
    evaluations++;
    recorder.add(time, weights);
    if (onProgress && evaluations % 200 < 2) onProgress(Math.min(0.99, (time * penalty) / 8));
    if (fastest(weights, force, penalty) < AT_REST) return { rest: true, evaluations };
    step = Math.min(LONGEST_STEP, step * Math.min(2, 0.9 / Math.sqrt(Math.max(error, 1e-3))));
  }
  return { outcome: "time limit", evaluations };
}

/** Small proximal steps with bipolar noise ±σ on the hidden layer, drawn anew for each input and step. */
function descend(spec, weights, recorder, onProgress) {
  const { n, m, penalty, noise } = spec;
  const network = new TiedNetwork(n, m, penalty, spec.interference);
  const force = new Float64Array(n * m), flips = new Float64Array(m), step = NOISY_STEP;
  const uniform = uniformStream(spec.seed ^ 0x5bd1e995);
  const steps = Math.ceil(NOISY_UNITS / Math.max(penalty, noise * noise, 0.01) / step / 4);
  for (let s = 1; s <= steps; s++) {
    force.fill(0);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < m; k++) flips[k] = weights[i * m + k] + (uniform() < 0.5 ? -noise : noise);
      for (let j = 0; j < n; j++) {
        if (i !== j && !network.interference) continue;
        let output = 0;
        for (let k = 0; k < m; k++) output += weights[j * m + k] * flips[k];
        if (output <= 0) continue;
        const miss = -2 * (output - (i === j ? 1 : 0)); // −∂/∂y of (y − x)²
        for (let k = 0; k < m; k++) {
          force[j * m + k] += miss * flips[k];
          force[i * m + k] += miss * weights[j * m + k];
        }
      }
    }
    for (let at = 0; at < n * m; at++) weights[at] = moved(weights[at], force[at], step, penalty);
    recorder.add(s * step, weights);
    if (onProgress && s % 50 === 0) onProgress(s / steps);
    if (!Number.isFinite(weights[0])) return { outcome: "diverged", evaluations: s };
  }
  return { outcome: settledOutcome(weights, n, m), evaluations: steps };
}

/** Speed of the fastest weight; a zero moves where the force exceeds the penalty. */
function fastest(weights, force, penalty) {
  let most = 0;
  for (let at = 0; at < weights.length; at++) {
    const weight = weights[at], push = force[at];
    const speed = weight === 0 ? Math.abs(push) - penalty : Math.abs(push - Math.sign(weight) * penalty);
    if (speed > most) most = speed;
  }
  return most;
}

function settledOutcome(weights, n, m) {
  let split = false;
  for (let i = 0; i < n; i++) {
    let square = 0, carriers = 0;
    for (let k = i * m; k < (i + 1) * m; k++) {
      square += weights[k] ** 2;
      if (Math.abs(weights[k]) >= 0.5) carriers++;
    }
    if (square < 0.01) return "dead features";
    split = split || carriers !== 1;
  }
  return split ? "undecided" : "converged";
}

/** Keeps states on the way, thinned to every second one whenever there are too many, with their leaders. */
class Recorder {
  constructor(n, m, onTheWay) {
    Object.assign(this, { n, m, times: [], states: [], stride: onTheWay ? 1 : Infinity, seen: 0, last: null });
  }

  add(time, weights) {
    this.last = [time, weights];
    if (this.seen++ % this.stride) return;
    this.times.push(time);
    this.states.push(new Float32Array(weights));
    if (this.states.length > RECORDED) {
      this.times = this.times.filter((_, at) => at % 2 === 0);
      this.states = this.states.filter((_, at) => at % 2 === 0);
      this.stride *= 2;
    }
  }

  /** Frames at equal amounts of change: of weights, and of which neuron leads a feature. */
  chosen(frames) {
    const [time, weights] = this.last;
    if (this.times[this.times.length - 1] !== time) {
      this.times.push(time);
      this.states.push(new Float32Array(weights));
    }
    const amount = this.changes();
    const total = amount[amount.length - 1] || 1;
    const kept = [0];
    for (let at = 1; at < amount.length - 1; at++) {
      if (amount[at] >= (total * kept.length) / (frames - 1) && kept.length < frames - 1) kept.push(at);
    }
    if (amount.length > 1) kept.push(amount.length - 1);
    const size = this.n * this.m, found = new Float32Array(kept.length * size);
    kept.forEach((at, frame) => found.set(this.states[at], frame * size));
    return { times: Float64Array.from(kept, (at) => this.times[at]), weights: found };
  }

  changes() {
    const found = [0];
    for (let at = 1; at < this.states.length; at++) {
      let moves = 0;
      const before = this.states[at - 1], now = this.states[at];
      for (let k = 0; k < now.length; k++) moves += Math.abs(now[k] - before[k]);
      const log = Math.log((this.times[at] + 0.5) / (this.times[at - 1] + 0.5)) * 0.1 * this.n;
      found.push(found[at - 1] + moves + log);
    }
    return found;
  }
}
