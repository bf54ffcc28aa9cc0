// Everything that makes a view, in the fragment of the page's address.

const FIELDS = ["n", "m", "penalty", "seed", "law", "scale", "interference", "noise"];

/** The fragment of a view: the spec's fields, nudges, the frame, and what is selected. */
export function toFragment({ spec, frame, frameCount, feature, neuron, own }) {
  const parts = own ? ["own=1"] : FIELDS.map((name) => `${name}=${encodeURIComponent(shortened(spec[name]))}`);
  if (spec.nudges.length) parts.push(`nudges=${spec.nudges.map((each) => each.join("_")).join("~")}`);
  if (frame !== frameCount - 1) parts.push(`frame=${frame}`);
  if (feature !== null) parts.push(`feature=${feature}`);
  if (neuron !== null) parts.push(`neuron=${neuron}`);
  return `#${parts.join("&")}`;
}

/** Read a fragment; fields that are missing or make no sense are left out. `own`: the network that came with the page. */
export function fromFragment(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const spec = {};
  for (const name of FIELDS) {
    if (!given.has(name)) continue;
    const text = given.get(name);
    if (name === "law") spec.law = text;
    else if (name === "interference") spec.interference = text === "1";
    else if (text !== "" && Number.isFinite(Number(text))) spec[name] = Number(text);
  }
  if (given.get("nudges")) spec.nudges = given.get("nudges").split("~").map(readNudge).filter(Boolean);
  const found = { spec, own: given.has("own") };
  for (const name of ["frame", "feature", "neuron"]) {
    if (/^\d+$/.test(given.get(name) || "")) found[name] = Number(given.get(name));
  }
  return found;
}

function readNudge(text) {
  const [what, ...numbers] = text.split("_");
  const values = numbers.map(Number);
  const lengths = { set: 3, flip: 2, swap: 2 };
  if (lengths[what] !== values.length || !values.every(Number.isFinite)) return null;
  return Number.isInteger(values[0]) && Number.isInteger(values[1]) ? [what, ...values] : null;
}

function shortened(value) {
  return typeof value === "boolean" ? Number(value) : String(value);
}
