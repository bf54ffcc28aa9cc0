// Noisy descent: small steps of the same loss while every input's hidden layer gets bipolar noise ±σ of its own.
//
// y_i = ReLU(W (W_i + ξ_i)) for input i; W ← soft threshold of W − lr ∂/∂W Σ_i ‖y_i − e_i‖² at lr λ. Loss's clock:
// time = lr × steps. The learning rate is the paper's (arXiv:2312.03096, §5).
import {generator} from "./random.js";

export const LEARNING_RATE = 0.02;
const MOST_STEPS = 100000, FEWEST_STEPS = 15000;  // the paper's, and what a reader of the largest network waits for
const PRODUCTS = 2e9;  // about how many products all steps together may take
const ON_ONE_SHARE = 0.9;  // a feature is on one neuron when that weight has this share of ‖W_i‖²
const QUIET = 60;  // time for which every feature must have stayed on one neuron

/** How many steps a noisy descent takes at most. */
export function descentSteps(n, m) {
  return Math.round(Math.min(Math.max(PRODUCTS / (n * n * m), FEWEST_STEPS), MOST_STEPS));
}

/** Begin a noisy descent from W(0); `advanceDescent` takes its steps. */
export function beginDescent(spec, start) {
  const {n, m} = spec;
  return {
    n, m, byFeature: m, byNeuron: 1, columns: Int32Array.from({length: m}, (_, k) => k), noise: spec.noise, penalty: spec.penalty,
    interference: spec.interference ?? true, draw: generator(spec.seed, "noise"), time: 0, steps: 0, evaluations: 0,
    end: LEARNING_RATE * descentSteps(n, m), status: "running", weights: Float64Array.from(start), gradient: new Float64Array(n * m),
    hidden: new Float64Array(m), places: "", since: 0,
  };
}

/** Take one step; `status` becomes "quiet", "time" or "diverged". */
export function advanceDescent(state) {
  const {weights, gradient, n, m} = state, drop = LEARNING_RATE * state.penalty;
  gradient.fill(0);
  for (let i = 0; i < n; i += 1) addInput(state, i);
  let finite = true;
  for (let k = 0; k < n * m; k += 1) {
    const moved = weights[k] - LEARNING_RATE * gradient[k], size = Math.abs(moved) - drop;
    weights[k] = size > 0 ? (moved > 0 ? size : -size) : 0;
    finite = finite && size < 1e6;
  }
  state.steps += 1;
  state.evaluations += 1;
  state.time = LEARNING_RATE * state.steps;
  if (!finite) state.status = "diverged";
  else if (state.steps % 50 === 0) watch(state);
  return true;
}

/** Add the gradient of input i's loss. */
function addInput(state, i) {
  const {weights, gradient, hidden, n, m, noise, draw} = state, row = i * m;
  for (let k = 0, bits = 0; k < m; k += 1) {
    if (k % 32 === 0) bits = draw.bits();
    hidden[k] = weights[row + k] + (bits & 1 ? noise : -noise);
    bits >>>= 1;
  }
  for (let j = 0; j < n; j += 1) {
    if (j !== i && !state.interference) continue;
    const other = j * m;
    let output = 0;
    for (let k = 0; k < m; k += 1) output += weights[other + k] * hidden[k];
    if (output <= 0) continue;
    const slope = 2 * (output - (i === j ? 1 : 0));
    for (let k = 0; k < m; k += 1) {
      gradient[other + k] += slope * hidden[k];
      gradient[row + k] += slope * weights[other + k];
    }
  }
}

/** Stop once every feature has been on one neuron, the same one, for a while. */
function watch(state) {
  const {weights, n, m} = state, places = [];
  for (let i = 0; i < n; i += 1) {
    let square = 0, largest = 0, top = -1;
    for (let k = 0; k < m; k += 1) {
      const size = weights[i * m + k] ** 2;
      square += size;
      if (size > largest) {
        largest = size;
        top = k;
      }
    }
    places.push(largest >= ON_ONE_SHARE * square ? top : "?");
  }
  const now = places.join();
  if (now !== state.places || now.includes("?")) {
    state.places = now;
    state.since = state.time;
  }
  if (state.time - state.since >= QUIET) state.status = "quiet";
  else if (state.time >= state.end) state.status = "time";
}
