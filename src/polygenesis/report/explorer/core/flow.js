// Gradient flow of the tied autoencoder under an L1 penalty, to convergence: the steps of polygenesis.dynamics.flow.dense.
//
// Paper's clock: dW/dt = F − λ′ sign W with F = W − ReLU(W Wᵀ) W and λ′ = λ/4 (arXiv:2312.03096, §3). A step first adds
// up the smooth force, Z = W + ∫F, and then lets the penalty act exactly on every weight, as if its force had been
// constant: weights reach exact zeros, and a zero is released where the force on it exceeds λ′. Short steps are
// Adams–Bashforth–Moulton (third order), long ones Runge–Kutta–Legendre (second order, Meyer et al. 2014).
import {interferencePull, workspace} from "./products.js";
import {
  FASTEST_RATE, REST, TOLERANCE, decide, ease, evenFrom, fastestRate, firstStep, legendreStages, singleFactors,
  stageCount, typicalError,
} from "./step_control.js";

const LENGTHWISE = 0.25;  // how much an error along a row counts: it changes the row's length, which returns
const RACE = 50, NO_RACE = 2500;  // time limits in the loss's clock: 50/λ, and without a penalty
const STILL = 1e-11;  // below this speed nothing will ever move again
const NARROWER = 0.85, LOOK_EVERY = 8;  // drop empty columns when this share of them is left, looked at every so often

/** Begin a flow from W(0); `advanceFlow` takes its steps. Times inside are in the paper's clock. */
export function beginFlow(spec, start) {
  const {n, m} = spec, end = 4 * (spec.penalty > 0 ? RACE / spec.penalty : NO_RACE);
  const state = {
    n, m, end, width: m, byFeature: 1, byNeuron: n, columns: Int32Array.from({length: m}, (_, k) => k), strength: spec.penalty / 4,
    interference: spec.interference ?? true, tolerance: TOLERANCE * ease(n, m), even: evenFrom(n, m),
    time: 0, step: 0, last: 0, staged: false, rate: FASTEST_RATE, evaluations: 0, steps: 0, status: "running",
    direction: new Float64Array(n), space: workspace(n), residual: 0,
    missed: new Float64Array(n), along: new Float64Array(n), squared: new Float64Array(n),
  };
  for (const name of ["weights", "force", "change", "ahead", "pull", "before", "now"]) state[name] = new Float64Array(n * m);
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < m; k += 1) {
      state.weights[k * n + i] = start[i * m + k];
      state.direction[i] += Math.abs(start[i * m + k]);
    }
  }
  evaluateFlow(state, state.weights, true);
  for (let k = 0, at = 0; k < m; k += 1) {
    for (let i = 0; i < n; i += 1, at += 1) {
      const force = state.force[at] = state.weights[at] - state.pull[at];
      state.missed[i] += force * force;
      state.squared[i] += state.weights[at] ** 2;
    }
  }
  state.step = firstStep(state.missed, state.squared, end);
  return state;
}

/** Take one step, or try one; return whether it was taken. `status` becomes "rest", "still", "time" or "diverged". */
export function advanceFlow(state) {
  if (state.time >= state.end) {
    state.status = "time";
    return false;
  }
  if (state.staged) lookAheadInStages(state);
  else extrapolate(state);
  evaluateFlow(state, state.ahead, true);
  const error = state.staged ? compareStaged(state) : correctSingle(state);
  if (!Number.isFinite(error) && !state.staged) {
    state.status = "diverged";
    return false;
  }
  const {step, tolerance, even, rate, staged} = state;
  const next = decide({step, first: state.last === 0, staged, rate, error, tolerance, even, left: state.end - state.time});
  state.step = next.step;
  state.staged = next.staged;
  if (next.taken) takeStep(state, step);
  return next.taken;
}

function takeStep(state, step) {
  [state.weights, state.ahead] = [state.ahead, state.weights];
  [state.force, state.now] = [state.now, state.force];
  [state.change, state.before] = [state.before, state.change];
  state.time += step;
  state.last = step;
  state.steps += 1;
  if (state.residual < REST && (state.strength === 0 || allAlone(state))) state.status = "rest";
  else if (state.residual < STILL) state.status = "still";
  else if (state.steps % LOOK_EVERY === 0) narrowColumns(state);
}

function evaluateFlow(state, weights, follow) {
  const {pull, n, width, space, interference} = state;
  const size = interferencePull(weights, pull, n, width, space, interference, follow ? state.direction : null);
  state.evaluations += 1;
  if (follow && size > 0 && size < Infinity) state.rate = fastestRate(size);
}

/** Where a weight ends that a constant force would bring to `ahead`, while the penalty takes `drop` = h λ′ off. */
export function penalized(weight, ahead, drop) {
  const side = weight !== 0 ? weight : ahead, size = Math.abs(weight), value = side >= 0 ? ahead : -ahead;
  const end = value - drop;
  let inner = end;
  if (end < 0) {  // it reaches zero, and goes through only if the force is stronger than the penalty
    const back = size - value - drop, beyond = back + 2 * drop;
    inner = back > 0 ? -back * (beyond - size) / beyond : 0;
  }
  return side >= 0 ? inner : -inner;
}

function extrapolate(state) {
  const {weights, force, change, ahead, step, n, width} = state, drop = step * state.strength;
  const {second} = singleFactors(step, state.last);
  for (let k = 0; k < n * width; k += 1) {
    ahead[k] = penalized(weights[k], weights[k] + step * force[k] + second * change[k], drop);
  }
}

function lookAheadInStages(state) {
  const {weights, force, ahead, pull, step, strength, n, width} = state, total = n * width;
  const table = legendreStages(stageCount(step, state.rate), step);
  let before = state.before, now = state.now;
  for (let k = 0; k < total; k += 1) {
    before[k] = weights[k];
    now[k] = weights[k] + table[0][3] * force[k];
    ahead[k] = penalized(weights[k], now[k], table[0][5] * strength);
  }
  for (let j = 1; j < table.length; j += 1) {
    const [mu, nu, rest, later, early, time] = table[j], drop = time * strength;
    evaluateFlow(state, ahead, false);
    for (let k = 0; k < total; k += 1) {
      const z = mu * now[k] + nu * before[k] + rest * weights[k] + later * (ahead[k] - pull[k]) + early * force[k];
      before[k] = z;
      ahead[k] = penalized(weights[k], z, drop);
    }
    [before, now] = [now, before];
  }
}

/** Measure a staged step from the forces at both ends (Sommeijer et al. 1998); return its typical error. */
function compareStaged(state) {
  const {weights, force, ahead, pull, now, before, step, strength, n, width} = state, drop = 0.8 * step * strength;
  beginMeasure(state);
  for (let k = 0, at = 0; k < width; k += 1) {
    for (let i = 0; i < n; i += 1, at += 1) {
      const w = weights[at], a = ahead[at], g = a - pull[at];
      now[at] = g;
      before[at] = g - force[at];
      if (a !== 0) measure(state, i, w, a, g, 0.8 * (w - a) + 0.4 * step * (force[at] + g) - (a > 0 ? drop : -drop), strength);
    }
  }
  return endMeasure(state);
}

/** Correct an extrapolated step by the force that it led to; return the correction's typical size. */
function correctSingle(state) {
  const {weights, force, change, ahead, pull, now, before, step, strength, n, width} = state;
  const {second, later, early} = singleFactors(step, state.last), drop = step * strength;
  beginMeasure(state);
  for (let k = 0, at = 0; k < width; k += 1) {
    for (let i = 0; i < n; i += 1, at += 1) {
      const w = weights[at], g = ahead[at] - pull[at], c = g - force[at];
      now[at] = g;
      before[at] = c;
      const a = penalized(w, w + step * force[at] + later * c + early * change[at], drop);
      ahead[at] = a;
      if (a !== 0) measure(state, i, w, a, g, later * c + (early - second) * change[at], strength);
    }
  }
  return endMeasure(state);
}

function beginMeasure(state) {
  state.residual = 0;
  state.missed.fill(0);
  state.along.fill(0);
  state.squared.fill(0);
}

/** Add one live weight to its feature's sums; its error `lag` counts where the sign was kept. */
function measure(state, i, w, a, g, lag, strength) {
  state.squared[i] += a * a;
  const speed = Math.abs(g - (a > 0 ? strength : -strength));
  if (!(speed <= state.residual)) state.residual = speed;
  if (w * a > 0) {
    state.missed[i] += lag * lag;
    state.along[i] += lag * a;
  }
}

/** Count errors along a row for little (passes.across), and return the typical error. */
function endMeasure({missed, along, squared, n}) {
  for (let i = 0; i < n; i += 1) {
    if (squared[i] > 0) missed[i] = Math.max(missed[i] - (1 - LENGTHWISE ** 2) * along[i] * along[i] / squared[i], 0);
    if (!Number.isFinite(squared[i])) missed[i] = Infinity;
  }
  return typicalError(missed, squared);
}

/** Whether every feature has at most one weight, and no two of one neuron share a sign. */
function allAlone(state) {
  const {weights, n, width, interference} = state, live = new Uint8Array(n);
  for (let k = 0; k < width; k += 1) {
    let positive = 0, negative = 0;
    for (let i = 0; i < n; i += 1) {
      const w = weights[k * n + i];
      if (w === 0) continue;
      live[i] += 1;
      if (w > 0) positive += 1;
      else negative += 1;
      if (live[i] > 1 || (interference && Math.max(positive, negative) > 1)) return false;
    }
  }
  return true;
}

/** Drop neurons without weights: nothing can push a weight there any more. */
function narrowColumns(state) {
  const {n, width, columns, weights} = state, kept = [];
  for (let k = 0; k < width; k += 1) {
    for (let i = 0; i < n; i += 1) {
      if (weights[k * n + i] !== 0) {
        kept.push(k);
        break;
      }
    }
  }
  if (kept.length > NARROWER * width) return;
  for (const name of ["weights", "force", "change"]) {
    kept.forEach((k, at) => state[name].copyWithin(at * n, k * n, (k + 1) * n));
    state[name].fill(0, kept.length * n, width * n);
  }
  state.columns = Int32Array.from(kept, (k) => columns[k]);
  state.width = kept.length;
}
