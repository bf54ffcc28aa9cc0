// The weights from which training starts: the laws of polygenesis.initial, then what was nudged by hand.
import { normalStream, uniformStream } from "./random.js";

const LAWS = {
  gaussian: (draw) => draw.normal(),
  uniform: (draw) => Math.sqrt(3) * (2 * draw.uniform() - 1),
  rademacher: (draw) => (draw.uniform() < 0.5 ? -1 : 1),
  laplace: (draw) => {
    const u = draw.uniform() - 0.5;
    return (-Math.sign(u) * Math.log(1 - 2 * Math.abs(u))) / Math.SQRT2;
  },
  "student-t": (draw) => {
    let squares = 0;
    for (let k = 0; k < 3; k++) squares += draw.normal() ** 2;
    return (draw.normal() / Math.sqrt(squares / 3)) / Math.sqrt(3);
  },
  "sparse-gaussian": (draw) => {
    const kept = draw.uniform() < 0.1;
    const value = draw.normal();
    return kept ? value / Math.sqrt(0.1) : 0;
  },
};

/** Names of the laws of the start, as in `polygenesis.initial`. */
export const START_LAWS = [...Object.keys(LAWS), "orthogonal"];

/** W(0) of a spec, row-major (feature, neuron): its own draw with the nudges applied, in their order. */
export function start(spec) {
  return nudged(startWithout(spec), spec);
}

/** W(0) before nudges: independent weights of standard deviation scale/√m, or orthogonal rows of norm `scale`. */
export function startWithout(spec) {
  const { n, m, law, scale, seed } = spec;
  const uniform = uniformStream(seed);
  const draw = { uniform, normal: normalStream(uniform) };
  if (law === "orthogonal") return orthogonal(n, m, scale, draw.normal);
  const one = LAWS[law];
  if (!one) throw new Error(`The law of the start must be one of ${START_LAWS.join(", ")}, but is "${law}".`);
  const weights = new Float64Array(n * m);
  for (let at = 0; at < n * m; at++) weights[at] = (scale / Math.sqrt(m)) * one(draw);
  return weights;
}

/** A copy of W(0) with the nudges of a spec applied: set a weight, flip its sign, or swap two features' rows. */
export function nudged(weights, spec) {
  const { m } = spec;
  const found = Float64Array.from(weights);
  for (const [what, i, k, value] of spec.nudges || []) {
    if (what === "set") found[i * m + k] = value;
    else if (what === "flip") found[i * m + k] = -found[i * m + k];
    else if (what === "swap") {
      for (let at = 0; at < m; at++) {
        const kept = found[i * m + at];
        found[i * m + at] = found[k * m + at];
        found[k * m + at] = kept;
      }
    } else throw new Error(`A nudge must be "set", "flip" or "swap", but is "${what}".`);
  }
  return found;
}

/** Rows, or columns where there are fewer neurons, made orthonormal by Gram and Schmidt, twice. */
function orthogonal(n, m, scale, normal) {
  const count = Math.min(n, m), length = Math.max(n, m);
  const vectors = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, normal);
    for (let pass = 0; pass < 2; pass++) {
      for (const other of vectors) {
        let overlap = 0;
        for (let at = 0; at < length; at++) overlap += vector[at] * other[at];
        for (let at = 0; at < length; at++) vector[at] -= overlap * other[at];
      }
    }
    const norm = Math.hypot(...vector);
    vectors.push(vector.map((value) => value / norm));
  }
  const weights = new Float64Array(n * m), size = n <= m ? scale : scale * Math.sqrt(n / m);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < m; k++) weights[i * m + k] = size * (n <= m ? vectors[i][k] : vectors[k][i]);
  return weights;
}
