// The race of one feature's weights: exactly, without interference, and when it was decided among the others.
//
// Without interference all weights of a row share one factor: |w_k(t)| = a(t) (g(t) − d_k)₊ with d_k the gap by which
// weight k starts behind the leader. Paper's clock: ġ = −λ′/a, ȧ = (1 − S) a, S = a² Σ (g − d_k)₊².
import {dotProduct} from "./forces.js";
import {leaderPath} from "./leaders.js";

const RELATIVE = 1e-9;  // local error of one step
const RESTING = 1e-12;  // a winner that moves more slowly than this has settled

/**
 * Follow one row W_i(0) (m,) alone to `times` (T, increasing, loss's clock) under the penalty λ:
 * {weights Float32Array (T·m), survivors Int32Array (T), winner, finish}.
 * winner: the neuron that is left (the first of equal ones), −1 if all weights die or none leads.
 * finish: when the last weight behind the leader reaches zero (loss's clock), Infinity without a penalty.
 */
export function exactRace(row, penalty, times) {
  const field = raceField(row, penalty / 4), m = row.length;
  const weights = new Float32Array(times.length * m), survivors = new Int32Array(times.length);
  let state = field.begin(), finish = field.gaps.length === field.tied ? 0 : Infinity;
  const move = (until) => {
    const moved = field.advance(state, until);
    if (finish === Infinity && moved.finish !== undefined) finish = moved.finish / 4;
    state = moved.state;
  };
  for (let t = 0; t < times.length; t += 1) {
    move(4 * times[t]);
    for (let k = 0; k < m; k += 1) {
      const size = field.size(state, Math.abs(row[k]));
      weights[t * m + k] = Math.sign(row[k]) * size;
      survivors[t] += size > 0 ? 1 : 0;
    }
  }
  if (penalty > 0) for (let more = 1; finish === Infinity && !state.over && more < 64; more += 1) move(state.time + 40 / penalty);
  return {weights, survivors, winner: field.winner(state, penalty), finish};
}

/** The race's equations: two while others run behind the leader, (g, ln a), then the leader's weight alone. */
function raceField(row, strength) {
  const sizes = Float64Array.from(row, Math.abs), lead = sizes.reduce((a, b) => Math.max(a, b), 0);
  const gaps = sizes.map((size) => lead - size).sort(), sums = prefixSums(gaps);
  const tied = gaps.findIndex((gap) => gap > 0) < 0 ? gaps.length : gaps.findIndex((gap) => gap > 0);
  const runnerUp = tied < gaps.length ? gaps[tied] : Infinity;
  const square = (g) => {
    const count = countBelow(gaps, g), ahead = g - sums.means[count - 1];
    return count > 0 ? count * ahead * ahead + sums.spreads[count - 1] : 0;
  };
  const slope = ([g, u], alone) => alone
    ? [(1 - tied * g * g) * g - strength, 0]
    : [-strength * Math.exp(-u), 1 - Math.exp(2 * u) * square(g)];
  const begin = () => ({y: [lead, 0], time: 0, step: 1e-3, alone: tied === gaps.length, over: lead === 0});
  const size = ({y, alone, over}, start) => {
    if (over) return 0;
    if (alone) return start === lead ? Math.max(y[0], 0) : 0;
    return Math.exp(y[1]) * Math.max(y[0] - (lead - start), 0);
  };
  const advance = (from, until) => {
    let state = {...from}, finish;
    while (state.time < until && !state.over) {
      if (state.alone && Math.abs(slope(state.y, true)[0]) < RESTING) return {state: {...state, time: until}, finish};
      const left = until - state.time, step = Math.min(state.step, left), tried = pairStep(slope, state, step);
      if (tried.error > 1) {
        state.step = step * Math.max(0.2, 0.9 * tried.error ** -0.2);
        continue;
      }
      if (!state.alone && tried.y[0] <= runnerUp) {  // the runner-up drops out within this step
        const share = crossing((h) => pairStep(slope, state, h).y[0] - runnerUp, step);
        const [g, u] = pairStep(slope, state, share).y;
        finish = state.time + share;
        state = {...state, y: [g * Math.exp(u), 0], time: finish, alone: true};
        continue;
      }
      const longer = step * Math.min(4, 0.9 * Math.max(tried.error, 1e-6) ** -0.2);
      state = {...state, y: tried.y, time: state.time + step, step: step < state.step ? Math.max(state.step, longer) : longer};
      if (state.alone && state.y[0] <= 0) state.over = true;
    }
    return {state, finish};
  };
  const winner = ({over}, penalty) => (over || penalty === 0 ? -1 : sizes.indexOf(lead));
  return {gaps, tied, begin, size, advance, winner};
}

/** Means and squared deviations of every prefix, which do not cancel as sums of squares would. */
function prefixSums(gaps) {
  const means = new Float64Array(gaps.length), spreads = new Float64Array(gaps.length);
  for (let at = 1; at < gaps.length; at += 1) {
    means[at] = means[at - 1] + (gaps[at] - means[at - 1]) / (at + 1);
    spreads[at] = spreads[at - 1] + at / (at + 1) * (gaps[at] - means[at - 1]) ** 2;
  }
  return {means, spreads};
}

function countBelow(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a function that falls through zero on (0, high] crosses it. */
function crossing(value, high) {
  let low = 0, above = high;
  for (let pass = 0; pass < 50; pass += 1) {
    const middle = (low + above) / 2;
    if (value(middle) > 0) low = middle;
    else above = middle;
  }
  return above;
}

const NODES = [  // Dormand and Prince 1980: rows of the tableau, fifth order; the last but one row is the result
  [1 / 5], [3 / 40, 9 / 40], [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
const FIFTH_LESS_FOURTH = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

/** One step for two numbers: {y, error in units of the tolerance}. */
function pairStep(slope, {y, alone}, step) {
  const slopes = [slope(y, alone)];
  let next = y;
  for (const row of NODES) {
    next = y.map((value, c) => value + step * row.reduce((sum, share, s) => sum + share * slopes[s][c], 0));
    slopes.push(slope(next, alone));
  }
  const missed = y.map((value, c) => {
    const off = step * FIFTH_LESS_FOURTH.reduce((sum, share, s) => sum + share * slopes[s][c], 0);
    return Math.abs(off) / (RELATIVE * Math.max(Math.abs(value), Math.abs(next[c]), 1e-3));
  });
  const error = Math.max(...missed);
  return {y: next, error: Number.isFinite(error) ? error : Infinity};
}

/**
 * When the final winner of feature i took the lead for good: {frame, by, rival}.
 * by: "lead" if it led from the start, else "interference". rival: the feature that pushed hardest on the weight that
 * led at the start, in the last frame in which that one led; −1 if none pushed.
 */
export function decidedAt(trajectory, i) {
  const {n, times} = trajectory, path = leaderPath(trajectory), last = times.length - 1, winner = path[last * n + i];
  let frame = last, led = last;
  while (frame > 0 && path[(frame - 1) * n + i] === winner) frame -= 1;
  if (path[i] === winner || winner < 0) return {frame, by: "lead", rival: -1};
  while (path[led * n + i] !== path[i]) led -= 1;
  return {frame, by: "interference", rival: hardestOn(trajectory, led, i)};
}

/** The feature that pushes hardest against the largest weight of feature i in a frame. */
function hardestOn(trajectory, frame, i) {
  const {n, m, weights} = trajectory, k = leaderPath(trajectory)[frame * n + i];
  const rowOf = (j) => weights.subarray((frame * n + j) * m, (frame * n + j + 1) * m), row = rowOf(i);
  let worst = 0, rival = -1;
  for (let j = 0; k >= 0 && j < n; j += 1) {
    if (j === i) continue;
    const push = Math.max(dotProduct(row, rowOf(j)), 0) * rowOf(j)[k] * Math.sign(row[k]);
    if (push > worst) {
      worst = push;
      rival = j;
    }
  }
  return rival;
}
