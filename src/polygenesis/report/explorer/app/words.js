// Sentences of the page, each made from the numbers that are shown.
import { laws } from "../core/laws.js";

/** A number for reading: few digits, a true minus sign. */
export function shown(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(digits)));
  return text.replace("-", "−").replace(/e\+?/, "·10^");
}

/** "1 neuron", "4 neurons". */
export function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** What is seen at one frame, and how it ends. */
export function frameSentence({ n, m, times, outcome }, frames, frame) {
  const now = frames[frame], end = frames[frames.length - 1];
  const expected = m >= n ? `; the law n²/4m says ${shown(laws(n, m).law, 2)}` : "; with fewer neurons than features some must be";
  if (frame === frames.length - 1) {
    const settled = outcome === "converged" || outcome === "at rest" || outcome === "finished";
    const when = settled ? `At the end (t = ${shown(times[frame])})` : `When the simulation stopped (t = ${shown(times[frame])}, ${outcome})`;
    return `${when}, ${shared(now, m)}${expected}.`;
  }
  const kinds = { benign: `${end.benign} benign`, malign: `${end.malign} malign` };
  const last = end.shared === 0 ? "none" : end.malign === 0 ? `${end.shared}, all benign` : `${kinds.benign}, ${kinds.malign}`;
  return `At t = ${shown(times[frame])}, ${shared(now, m)}. At the end: ${last}${expected}.`;
}

function shared(now, m) {
  if (now.shared === 0) return `no neuron of ${m} has two features`;
  const kinds = now.malign === 0 ? (now.shared === 1 ? "a benign collision" : "all benign") : now.benign === 0
    ? (now.shared === 1 ? "a malign collision" : "all malign") : `${now.malign} malign, ${now.benign} benign`;
  return `${now.shared} of ${m} neurons ${now.shared === 1 ? "has" : "have"} two features or more: ${kinds}`;
}

/** What became of a nudge: shared neurons and loss before and after, only what the numbers say. */
export function nudgeSentence(before, after) {
  const counts = `Shared neurons at the end: ${before.shared} before, ${after.shared} now`;
  const same = Math.abs(after.total - before.total) <= 1e-3 * Math.max(Math.abs(before.total), 1e-12);
  const losses = `loss with penalty ${shown(before.total, 5)} before, ${shown(after.total, 5)} now`;
  const said = after.shared < before.shared && same ? `${counted(before.shared - after.shared, "shared neuron")} fewer, at no loss. ` : "";
  return `${said}${counts}; ${losses}${same ? " (the same within 0.1 %)" : ""}.`;
}
