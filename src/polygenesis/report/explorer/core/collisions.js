// Collisions: pairs of features that lead on one neuron, from their first frame together to their fate.
import {DEAD, ON_ONE, standing} from "./census.js";
import {leaderPath} from "./leaders.js";

/**
 * Every collision of a trajectory: {first, second, neuron, opposite, begin, end, fate, sentence}, by first frame.
 *
 * begin, end: the first and the last frame in which both lead on the neuron. opposite: whether their signs differ at
 * `begin`, and for one made later at the end. fate, for a pair that meets in frame 0 as detect.follow says it: survived,
 * turned, one left, both left, moved together, died, undecided; for others: made later (both are settled there at the
 * end) or passing.
 */
export function collisions(trajectory) {
  const met = [...meetings(trajectory).values()], ending = settlements(trajectory);
  return met.map((pair) => judged(pair, ending, trajectory)).sort((a, b) => a.begin - b.begin || a.neuron - b.neuron);
}

/** Pairs by neuron, with the first and last frame in which both lead there. */
function meetings(trajectory) {
  const {n, times} = trajectory, path = leaderPath(trajectory), met = new Map();
  for (let t = 0; t < times.length; t += 1) {
    const here = new Map();
    for (let i = 0; i < n; i += 1) {
      const neuron = path[t * n + i];
      if (neuron < 0) continue;
      for (const first of here.get(neuron) ?? []) {
        const name = `${first} ${i} ${neuron}`;
        if (!met.has(name)) met.set(name, {first, second: i, neuron, begin: t, end: t});
        met.get(name).end = t;
      }
      here.set(neuron, [...(here.get(neuron) ?? []), i]);
    }
  }
  return met;
}

/** Where each feature is at the end: {state, top}. */
function settlements({n, m, weights}) {
  const last = weights.subarray(weights.length - n * m);
  return Array.from({length: n}, (_, i) => standing(last, i, m));
}

function judged(pair, ending, trajectory) {
  const {first, second, neuron, begin, end} = pair, last = trajectory.times.length - 1;
  const [one, other] = [ending[first], ending[second]];
  const together = one.state === ON_ONE && other.state === ON_ONE && one.top === neuron && other.top === neuron;
  const atEnd = oppositeIn(trajectory, last, pair), atBegin = oppositeIn(trajectory, begin, pair);
  const fate = begin === 0 ? fateOf(one, other, neuron, together && atEnd === atBegin) : together ? "made later" : "passing";
  const opposite = fate === "made later" ? atEnd : atBegin;
  return {first, second, neuron, opposite, begin, end, fate, sentence: fateSentence({...pair, opposite, fate}, trajectory)};
}

function oppositeIn({n, m, weights}, frame, {first, second, neuron}) {
  const base = frame * n * m + neuron;
  return weights[base + first * m] * weights[base + second * m] < 0;
}

/** The first test that holds decides, in the order of detect.fates. */
function fateOf(one, other, neuron, unchanged) {
  if (one.state === DEAD || other.state === DEAD) return "died";
  if (one.state !== ON_ONE || other.state !== ON_ONE) return "undecided";
  const stayed = [one, other].filter(({top}) => top === neuron).length;
  if (stayed === 2) return unchanged ? "survived" : "turned";
  if (stayed === 1) return "one left";
  return one.top === other.top ? "moved together" : "both left";
}

/** What each fate means, in words that follow "the two features: ". */
export const ENDINGS = {
  survived: "both settled there",
  turned: "both settled there, but one of them changed its sign",
  "one left": "one settled there, the other elsewhere",
  "both left": "both settled elsewhere, on different neurons",
  "moved together": "both settled elsewhere, on the same neuron",
  died: "at least one of them lost all its weights",
  undecided: "at least one of them has not settled",
  "made later": "they met there after the start, and settled there",
  passing: "they met there after the start, and parted again",
};

function fateSentence({first, second, neuron, opposite, begin, end, fate}, {times}) {
  const pair = `Features ${first} and ${second}`, signs = `with ${opposite ? "opposite signs" : "equal signs"}`;
  const at = (frame) => `t = ${times[frame].toPrecision(3)}`;
  if (fate === "made later") return `${pair} meet on neuron ${neuron} at ${at(begin)}, ${signs}, and settle there.`;
  if (fate === "passing") return `${pair} lead on neuron ${neuron}, ${signs}, from ${at(begin)} to ${at(end)}, then part.`;
  return `${pair} start on neuron ${neuron} ${signs}; ${ENDINGS[fate]}.`;
}
