// The fields of a network: their bounds, and the sentence for a value that cannot be.
import { LAWS } from "../core/start.js";

export const FIELDS = {
  n: { name: "n", whole: true, low: 2, high: 64 },
  m: { name: "m", whole: true, low: 2, high: 256 },
  penalty: { name: "λ", low: 0.001, high: 0.2, logarithmic: true },
  seed: { name: "The seed", whole: true, low: 0, high: 2 ** 31 - 1 },
  scale: { name: "The scale", low: 0.1, high: 3, logarithmic: true },
  noise: { name: "The noise σ", low: 0, high: 0.3 },
};

// The number that a text means, or the sentence why it cannot be: {value} or {problem}.
export function readField(key, text) {
  const { name, whole, low, high } = FIELDS[key];
  const cleaned = String(text).trim().replace("−", "-").replace(",", ".");
  const value = cleaned === "" ? NaN : Number(cleaned);
  if (Number.isFinite(value) && value >= low && value <= high && (!whole || Number.isInteger(value))) return { value };
  const kind = whole ? "a whole number" : "a number";
  const range = `from ${low} to ${high > 1e6 ? high.toLocaleString("en") : high}`;
  return { problem: `${name} must be ${kind} ${range}, but is ${cleaned === "" ? "empty" : cleaned}.` };
}

// The problems of a whole spec, as from a link: a list of sentences.
export function specProblems(spec) {
  const problems = Object.keys(FIELDS).map((key) => readField(key, spec[key]).problem).filter(Boolean);
  if (!LAWS.includes(spec.law)) problems.push(`The distribution of the start must be one of ${LAWS.join(", ")}, but is ${spec.law}.`);
  return problems;
}

export function sameBase(a, b) {
  return ["n", "m", "penalty", "seed", "law", "scale", "interference", "noise"].every((key) => a[key] === b[key]);
}

// Whether two specs draw the same start: training does not matter to it.
export function sameStart(a, b) {
  return ["n", "m", "seed", "law", "scale"].every((key) => a[key] === b[key]);
}
