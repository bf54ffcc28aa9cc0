// Who is where: the leaders of one frame, the neurons that they share, and the final count as polygenesis.detect has it.

export const CARRIES = 0.5;  // a neuron carries a feature from this |W| on: detect.HALF, between 0 and 1/√3
export const ALIVE = 0.1;  // a feature is dead below this ‖W_i‖
export const DEAD = 0, UNSETTLED = 1, ON_ONE = 2;  // the values of `settled`

/**
 * The census of one frame's weights (n·m, row-major).
 *
 * leader, sign (n,): the neuron of each feature's largest |W| and that weight's sign; −1 and 0 for a dead feature.
 * settled (n,): 0 dead, 1 undecided, 2 settled (exactly one |W| of at least ½).
 * neurons: one entry for each of the m: its features are those that lead there, largest first, and its kind is
 *   dead (no leader), single (one that has settled), undecided (one that has not), benign (two of opposite signs),
 *   malign (two of one sign, whatever their size): the words of polygenesis.detect.marks.
 * shared = benign + malign: neurons on which two or more features lead.
 */
export function census(weights, n, m) {
  const leader = new Int16Array(n).fill(-1), sign = new Int8Array(n), settled = new Uint8Array(n);
  const neurons = Array.from({length: m}, (_, neuron) => ({neuron, features: [], kind: "dead"}));
  for (let i = 0; i < n; i += 1) {
    const {top, state} = standing(weights, i, m);
    settled[i] = state;
    if (state === DEAD) continue;
    const weight = weights[i * m + top];
    leader[i] = top;
    sign[i] = Math.sign(weight);
    neurons[top].features.push({feature: i, sign: sign[i], weight});
  }
  const found = {benign: 0, malign: 0, undecided: 0};
  for (const each of neurons) {
    each.features.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    each.kind = kindOf(each.features, settled);
    if (each.kind in found) found[each.kind] += 1;
  }
  return {leader, sign, settled, neurons, shared: found.benign + found.malign, ...found};
}

/** What the ring around a neuron shows, from the features that lead there and from how features stand. */
export function kindOf(features, settled) {
  if (features.length === 0) return "dead";
  if (features.length === 1) return settled[features[0].feature] === ON_ONE ? "single" : "undecided";
  return features.length === 2 && features[0].sign !== features[1].sign ? "benign" : "malign";
}

/**
 * Polysemantic neurons as polygenesis.detect.census counts them: {shared, benign, malign}.
 * A neuron counts when two or more settled features have |W| ≥ ½ there; it is malign when two of them share a sign.
 */
export function finalCount(weights, n, m) {
  const positive = new Uint8Array(m), negative = new Uint8Array(m);
  for (let i = 0; i < n; i += 1) {
    const {top, state} = standing(weights, i, m);
    if (state === ON_ONE) (weights[i * m + top] > 0 ? positive : negative)[top] += 1;
  }
  let shared = 0, malign = 0;
  for (let k = 0; k < m; k += 1) {
    if (positive[k] + negative[k] > 1) shared += 1;
    if (positive[k] > 1 || negative[k] > 1) malign += 1;
  }
  return {shared, benign: shared - malign, malign};
}

/** How many features are dead, and how many are not on exactly one neuron (dead ones among them). */
export function standings(weights, n, m) {
  let dead = 0, unsettled = 0;
  for (let i = 0; i < n; i += 1) {
    const {state} = standing(weights, i, m);
    dead += state === DEAD ? 1 : 0;
    unsettled += state === ON_ONE ? 0 : 1;
  }
  return {dead, unsettled};
}

/** One feature: the neuron of its largest |W| (the first of equal ones), and how it stands. */
export function standing(weights, i, m) {
  let top = 0, largest = 0, square = 0, carried = 0;
  for (let k = 0; k < m; k += 1) {
    const size = Math.abs(weights[i * m + k]);
    square += size * size;
    if (size >= CARRIES) carried += 1;
    if (size > largest) {
      largest = size;
      top = k;
    }
  }
  const state = square === 0 || Math.sqrt(square) < ALIVE ? DEAD : carried === 1 ? ON_ONE : UNSETTLED;
  return {top, state};
}
