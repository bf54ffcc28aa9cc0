// What a trajectory shows, each part computed when it is first asked for.
// `paper`: whether its loss and its flow are the paper's. `ending` is the final count as polygenesis.detect has it: {shared, benign, malign}.
import { census, finalCount } from "../core/census.js";
import { collisions } from "../core/collisions.js";
import { decidedAt, exactRace } from "../core/race.js";
import { totalLoss } from "./loss.js";

export function createStory(trajectory, spec, paper = true) {
  const { n, m, times, weights } = trajectory;
  const size = n * m;
  const last = times.length - 1;
  const censuses = new Array(times.length);
  const races = new Map();
  const between = new Float32Array(size);
  let met = null;
  let losses = null;
  let counted = null;
  let tell = -1;

  const story = {
    trajectory, spec, paper, n, m, last,
    frame: (f) => weights.subarray(f * size, (f + 1) * size),
    census: (f) => (censuses[f] = censuses[f] || census(story.frame(f), n, m)),
    get collisions() { return (met = met || collisions(trajectory)); },
    get loss() { return (losses = losses || totalLoss(story.frame(last), n, m, spec.penalty)); },
    get ending() { return (counted = counted || finalCount(story.frame(last), n, m)); },
    get telling() { return tell >= 0 ? tell : (tell = tellingFeature(story)); },
    race: (i) => cached(races, i, () => ({
      exact: exactRace(Float64Array.from(story.frame(0).subarray(i * m, (i + 1) * m)), spec.penalty, times),
      decided: decidedAt(trajectory, i),
    })),
    // Weights at a place between two frames; the array is reused by the next call.
    at(position) {
      const f = Math.min(last, Math.floor(position));
      const share = position - f;
      if (share < 1e-6 || f === last) return story.frame(f);
      const [a, b] = [story.frame(f), story.frame(f + 1)];
      for (let q = 0; q < size; q++) between[q] = a[q] + share * (b[q] - a[q]);
      return between;
    },
    timeAt(position) {
      const f = Math.min(last, Math.floor(position));
      return f === last ? times[last] : times[f] + (position - f) * (times[f + 1] - times[f]);
    },
    // The place of a time, to a frame.
    placeOf(time) {
      let f = 0;
      while (f < last && times[f + 1] <= time * (1 + 1e-9)) f++;
      return f < last && times[f + 1] - time < time - times[f] ? f + 1 : f;
    },
  };
  return story;
}

function cached(map, key, compute) {
  if (!map.has(key)) map.set(key, compute());
  return map.get(key);
}

// A feature whose race interference decided, if there is one; else one that ends on a shared neuron; else the first.
function tellingFeature(story) {
  let [found, latest] = [-1, -1];
  for (let i = 0; i < story.n; i++) {
    const { by, frame } = decidedAt(story.trajectory, i);
    if (by === "interference" && frame > latest) [found, latest] = [i, frame];
  }
  if (found >= 0) return found;
  const neuron = story.census(story.last).neurons.find((each) => each.features.length > 1);
  return neuron ? neuron.features[0].feature : 0;
}
