// What stands on every neuron at one moment, by the rules of polygenesis.detect (marks, HALF).

const CARRIES = 0.5, ALIVE = 0.1;
/** Codes of a feature: it has lost its weights, has not settled, or exactly one weight is one half or more. */
export const DEAD = 0, UNSETTLED = 1, SETTLED = 2;

/**
 * Leaders, states of features and kinds of neurons of one matrix (n·m, row-major).
 * A neuron is "benign" where the features that lead on it are two of opposite signs, "malign" where two of them have
 * one sign, "single" or "undecided" with one leading feature that has settled or not, "free" with none.
 */
export function census(weights, n, m) {
  const leader = new Int16Array(n), sign = new Int8Array(n), settled = new Uint8Array(n);
  const neurons = Array.from({ length: m }, (_, neuron) => ({ neuron, features: [], kind: "free" }));
  for (let i = 0; i < n; i++) {
    const row = readRow(weights, i, m);
    [leader[i], sign[i], settled[i]] = [row.leader, row.sign, row.state];
    if (row.leader >= 0) neurons[row.leader].features.push({ feature: i, sign: row.sign, weight: row.weight });
  }
  const counts = { shared: 0, benign: 0, malign: 0, undecided: 0 };
  for (const each of neurons) {
    each.kind = kindOf(each.features, settled);
    if (each.kind === "benign" || each.kind === "malign") counts.shared++;
    if (each.kind in counts) counts[each.kind]++;
  }
  return { leader, sign, settled, neurons, ...counts };
}

/** Neurons that carry two settled features or more, as `polygenesis.detect.census` counts them. */
export function finalCount(weights, n, m) {
  const carried = new Int16Array(m);
  for (let i = 0; i < n; i++) {
    const row = readRow(weights, i, m);
    if (row.state === SETTLED) carried[row.leader]++;
  }
  return carried.reduce((count, features) => count + (features >= 2), 0);
}

function readRow(weights, i, m) {
  let leader = -1, largest = 0, square = 0, carriers = 0;
  for (let k = 0; k < m; k++) {
    const size = Math.abs(weights[i * m + k]);
    square += size * size;
    if (size >= CARRIES) carriers++;
    if (size > largest) [largest, leader] = [size, k];
  }
  const state = square < ALIVE * ALIVE ? DEAD : carriers === 1 ? SETTLED : UNSETTLED;
  const weight = leader < 0 ? 0 : weights[i * m + leader];
  return { leader, sign: Math.sign(weight), weight, state };
}

function kindOf(features, settled) {
  if (features.length === 0) return "free";
  if (features.length === 1) return settled[features[0].feature] === SETTLED ? "single" : "undecided";
  return features.length === 2 && features[0].sign !== features[1].sign ? "benign" : "malign";
}
