// What is seen now, in words computed from the weights.
import { laws } from "../core/laws.js";
import { countWord, decimals, plural, timeText, upperFirst } from "../views/words.js";

// Two sentences: what is seen now, and what comes of it; at the end the second is empty.
export function nowSentences(story, position) {
  const frame = Math.floor(position);
  const time = timeText(story.timeAt(position));
  if (frame === story.last) return [endSentence(story, `At the end, t = ${time}`), ""];
  return [`t = ${time}: ${sharedText(story.census(frame), story.m)}.`, endSentence(story, "At the end")];
}

function sharedText(census, m) {
  const { shared, malign } = census;
  if (shared === 0) return `none of ${plural(m, "neuron")} is shared`;
  const head = `${shared} of ${plural(m, "neuron")} ${shared === 1 ? "is" : "are"} shared`;
  return `${head}, ${malignText(malign, shared)}`;
}

function malignText(malign, shared) {
  if (shared === 1) return malign ? "and malign" : "and benign";
  return malign === 0 ? "all of them benign" : `${malign === shared ? "all" : countWord(malign)} of them malign`;
}

// The law is stated for the paper's model with a neuron for every feature, and holds for nothing else.
function expectedText({ n, m, paper }, law) {
  if (!paper) return "";
  return m >= n ? `; the law n²/4m says ${decimals(law, 1)}` : "; with fewer neurons than features some sharing is forced";
}

function endSentence(story, opening) {
  const { law } = laws(story.n, story.m);
  const { shared, malign } = story.ending;
  const verb = shared === 1 ? "neuron is" : "neurons are";
  const said = shared === 0 ? "no neuron is shared" : `${countWord(shared)} ${verb} shared, ${malignText(malign, shared)}`;
  const unfinished = story.trajectory.outcome === "converged" ? "" : ` ${story.trajectory.sentence}`;
  return `${upperFirst(opening)}: ${said}${expectedText(story, law)}.${unfinished}${leadText(story)}`;
}

// Where features have not settled, neurons that two lead on, as the rings show them, are others than those that carry two.
function leadText(story) {
  const ring = story.census(story.last);
  if (ring.shared === story.ending.shared && ring.malign === story.ending.malign) return "";
  const rings = ring.shared === 0 ? "no neuron" : `${countWord(ring.shared)}, ${malignText(ring.malign, ring.shared)}`;
  return ` That counts neurons that carry two features, |W| of at least ½; two features lead on ${rings}, as the rings show.`;
}
