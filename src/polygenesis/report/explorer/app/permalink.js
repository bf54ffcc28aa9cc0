// Everything that the page shows as the fragment of its address, and back.
import { FIELDS, readField, specProblems } from "./fields.js";
import { NOTHING } from "./state.js";

export const LARGEST_START = 2; // |start weight| that a nudge may set

const LETTERS = { set: "s", flip: "f", swap: "x" };
const SHOWN_FIELDS = ["n", "m", "penalty", "seed", "law", "scale", "interference", "noise"];

export function fragmentOf(spec, { time, selected, order, live }) {
  const pairs = SHOWN_FIELDS.map((key) => [key, key === "interference" ? Number(spec[key]) : spec[key]]);
  if (spec.nudges.length) pairs.push(["nudges", spec.nudges.map(([kind, ...rest]) => [LETTERS[kind], ...rest].join("_")).join("~")]);
  pairs.push(["t", Number(time.toPrecision(6))]);
  if (selected.features.length) pairs.push(["features", selected.features.join("~")]);
  if (selected.neuron !== null) pairs.push(["neuron", selected.neuron]);
  if (order !== "owner") pairs.push(["order", order]);
  if (live) pairs.push(["live", 1]);
  return pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
}

// {spec, view} from a fragment, {problem} if it cannot be, null if it says nothing.
export function readFragment(fragment, standard) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const known = [...SHOWN_FIELDS, "nudges", "t", "features", "neuron", "order", "live"];
  if (![...given.keys()].some((key) => known.includes(key))) return null;
  const spec = { ...standard, nudges: [] };
  for (const key of SHOWN_FIELDS) if (given.has(key)) spec[key] = key in FIELDS ? Number(given.get(key) || NaN) : given.get(key);
  if (given.has("interference")) spec.interference = given.get("interference") !== "0";
  const typed = Object.keys(FIELDS).filter((key) => given.has(key)).map((key) => readField(key, given.get(key)).problem);
  const problems = [...typed.filter(Boolean), ...specProblems(spec)];
  if (problems.length) return { problem: `The link cannot be shown. ${problems[0]}` };
  const nudges = (given.get("nudges") || "").split("~").filter(Boolean).map((text) => readNudge(text, spec));
  if (nudges.includes(null)) return { problem: "The link cannot be shown. A nudge in it names a feature or neuron that is not there, or a start weight beyond ±2." };
  return { spec: { ...spec, nudges }, view: readView(given, spec) };
}

function readNudge(text, { n, m }) {
  const [letter, ...numbers] = text.split("_");
  const [a, b, value] = numbers.map(Number);
  const within = (number, count) => Number.isInteger(number) && number >= 0 && number < count;
  if (letter === "s" && within(a, n) && within(b, m) && Math.abs(value) <= LARGEST_START) return ["set", a, b, value];
  if (letter === "f" && within(a, n) && within(b, m)) return ["flip", a, b];
  if (letter === "x" && within(a, n) && within(b, n)) return ["swap", a, b];
  return null;
}

function readView(given, { n, m }) {
  const features = (given.get("features") || "").split("~").filter(Boolean).map(Number).filter((i) => Number.isInteger(i) && i >= 0 && i < n);
  const neuron = given.has("neuron") ? Number(given.get("neuron")) : null;
  const seen = neuron !== null && Number.isInteger(neuron) && neuron >= 0 && neuron < m ? neuron : null;
  const time = given.has("t") ? Number(given.get("t")) : undefined;
  return {
    selected: features.length || seen !== null ? { features, neuron: seen } : NOTHING,
    order: given.get("order") === "index" ? "index" : "owner",
    live: given.get("live") === "1",
    ...(Number.isFinite(time) ? { time } : {}),
  };
}

// The page's own fragment; a page inside a notebook may have no address of its own.
export function currentFragment() {
  try {
    return location.hash;
  } catch {
    return "";
  }
}

export function replaceFragment(fragment) {
  try {
    history.replaceState(null, "", `#${fragment}`);
  } catch {
    // without an address there is nothing to replace
  }
}

export function linkTo(fragment) {
  const address = location.href.split("#")[0];
  return /^(https?|file):/.test(address) ? `${address}#${fragment}` : `#${fragment}`;
}
