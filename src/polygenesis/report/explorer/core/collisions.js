// Collisions along a trajectory: pairs of features whose largest weights met on one neuron, and what became of them.
import { SETTLED, census } from "./census.js";

const FATES = {
  survived: "Both features settled there; opposite signs cost no loss.",
  "one left": "One feature settled there, the other elsewhere.",
  "both left": "Both features settled elsewhere.",
  died: "A feature lost all its weights.",
  undecided: "A feature has not settled.",
};

/** The census of every frame of a trajectory. */
export function censuses({ n, m, times, weights }) {
  return Array.from(times, (_, frame) => census(weights.subarray(frame * n * m, (frame + 1) * n * m), n, m));
}

/**
 * Pairs that met, one entry a pair and neuron, in the order in which they met.
 * `begin`, `end`: first and last frame in which both lead there; `opposite`: their signs when they first met;
 * `initial`: whether they met at the start.
 */
export function collisions(trajectory, frames = censuses(trajectory)) {
  const met = new Map();
  frames.forEach((now, frame) => {
    for (const { neuron, features } of now.neurons) {
      for (let a = 0; a < features.length; a++) {
        for (let b = a + 1; b < features.length; b++) {
          const [first, second] = [features[a], features[b]];
          const key = `${first.feature},${second.feature},${neuron}`;
          if (!met.has(key)) {
            const opposite = first.sign !== second.sign;
            met.set(key, { first: first.feature, second: second.feature, neuron, opposite, begin: frame, end: frame, initial: frame === 0 });
          }
          met.get(key).end = frame;
        }
      }
    }
  });
  const last = frames[frames.length - 1];
  return [...met.values()].map((each) => {
    const fate = fateOf(each, last);
    return { ...each, fate, sentence: FATES[fate] };
  });
}

function fateOf({ first, second, neuron }, { leader, settled }) {
  if (leader[first] < 0 || leader[second] < 0) return "died";
  if (settled[first] !== SETTLED || settled[second] !== SETTLED) return "undecided";
  const here = (leader[first] === neuron) + (leader[second] === neuron);
  return here === 2 ? "survived" : here === 1 ? "one left" : "both left";
}

/**
 * When a feature's final neuron took the lead for good: its frame, whether the initial leader won ("lead") or was
 * overtaken ("interference"), and that initial leader. Null where the feature died.
 */
export function decidedAt(trajectory, i, frames = censuses(trajectory)) {
  const winner = frames[frames.length - 1].leader[i];
  if (winner < 0) return null;
  let frame = frames.length - 1;
  while (frame > 0 && frames[frame - 1].leader[i] === winner) frame--;
  const rival = frames[0].leader[i];
  return { frame, by: frame === 0 ? "lead" : "interference", rival, winner };
}
