// The start: initial weights W(0) by law, and what the reader changed in them.
import {generator} from "./random.js";

/** Laws of the start, as polygenesis.initial names them; each has standard deviation 1/√m unless said otherwise. */
export const LAWS = [
  "gaussian", "uniform", "rademacher", "laplace", "student-t", "sparse-gaussian", "xavier", "kaiming", "orthogonal",
  "unequal-rows",
];

const SPARSE_DENSITY = 0.1;  // share of weights that are not zero under "sparse-gaussian"
const ROW_SPREAD = 0.5;  // spread of the rows' sizes under "unequal-rows"

/** Return W(0), row-major (feature, neuron), with the reader's nudges applied in their order. */
export function start(spec) {
  return nudged(startWithout(spec), spec);
}

/** Return W(0) as it is drawn, before any nudge. */
export function startWithout(spec) {
  const {n, m} = spec, draw = generator(spec.seed, "initial");
  const weights = new Float64Array(n * m), scale = (spec.scale ?? 1) / Math.sqrt(m);
  if (spec.law === "orthogonal") return orthogonalRows(draw, n, m, spec.scale ?? 1);
  const one = drawOne(spec.law, draw, n, m);
  for (let i = 0; i < n; i += 1) {
    const size = spec.law === "unequal-rows" ? Math.exp(ROW_SPREAD * draw.normal() - ROW_SPREAD ** 2) : 1;
    for (let k = 0; k < m; k += 1) weights[i * m + k] = one() * size * scale;
  }
  return weights;
}

/** Apply nudges to weights (n, m) in place: set one weight, flip one sign, swap the rows of two features. */
export function nudged(weights, spec) {
  const {m} = spec;
  for (const [kind, i, k, value] of spec.nudges ?? []) {
    if (kind === "set") weights[i * m + k] = value;
    else if (kind === "flip") weights[i * m + k] = -weights[i * m + k];
    else if (kind === "swap") {
      const row = weights.slice(i * m, (i + 1) * m);
      weights.copyWithin(i * m, k * m, (k + 1) * m);
      weights.set(row, k * m);
    } else throw new Error(`Unknown nudge "${kind}"; known: set, flip, swap.`);
  }
  return weights;
}

/** One weight in units of 1/√m. */
function drawOne(law, draw, n, m) {
  const root = Math.sqrt(SPARSE_DENSITY);
  switch (law) {
    case undefined:
    case "gaussian":
    case "unequal-rows":
      return draw.normal;
    case "xavier":
      return () => draw.normal() * Math.sqrt(2 * m / (n + m));
    case "kaiming":
      return () => draw.normal() * Math.SQRT2;
    case "uniform":
      return () => (2 * draw.uniform() - 1) * Math.sqrt(3);
    case "rademacher":
      return draw.sign;
    case "laplace":
      return () => draw.sign() * -Math.log(1 - draw.uniform()) / Math.SQRT2;
    case "student-t":  // three degrees of freedom, scaled from variance 3 to 1
      return () => draw.normal() / Math.sqrt(draw.normal() ** 2 + draw.normal() ** 2 + draw.normal() ** 2);
    case "sparse-gaussian":
      return () => (draw.uniform() < SPARSE_DENSITY ? draw.normal() / root : 0);
    default:
      throw new Error(`Unknown law of the start "${law}"; known: ${LAWS.join(", ")}.`);
  }
}

/** Orthogonal rows of norm `gain`; for m < n orthogonal columns with the same mean squared norm of a row. */
function orthogonalRows(draw, n, m, gain) {
  const many = Math.max(n, m), few = Math.min(n, m), basis = new Float64Array(few * many);
  for (let at = 0; at < basis.length; at += 1) basis[at] = draw.normal();
  for (let p = 0; p < few; p += 1) {
    for (let pass = 0; pass < 2; pass += 1) {  // Gram and Schmidt, twice for accuracy
      for (let q = 0; q < p; q += 1) {
        let along = 0;
        for (let k = 0; k < many; k += 1) along += basis[p * many + k] * basis[q * many + k];
        for (let k = 0; k < many; k += 1) basis[p * many + k] -= along * basis[q * many + k];
      }
    }
    let square = 0;
    for (let k = 0; k < many; k += 1) square += basis[p * many + k] ** 2;
    for (let k = 0; k < many; k += 1) basis[p * many + k] /= Math.sqrt(square);
  }
  const weights = new Float64Array(n * m), size = gain * Math.sqrt(n <= m ? 1 : n / m);
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < m; k += 1) weights[i * m + k] = size * (n <= m ? basis[i * many + k] : basis[k * many + i]);
  }
  return weights;
}
