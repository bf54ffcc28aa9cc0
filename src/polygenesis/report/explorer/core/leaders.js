// Where every feature's largest weight is, frame by frame.
import {standing} from "./census.js";

const KNOWN_LEADERS = new WeakMap();

/** The leading neuron of each feature in each frame of a trajectory, Int16Array (T·n); −1 where it is dead. */
export function leaderPath(trajectory) {
  if (!KNOWN_LEADERS.has(trajectory)) KNOWN_LEADERS.set(trajectory, findLeaders(trajectory));
  return KNOWN_LEADERS.get(trajectory);
}

function findLeaders({n, m, times, weights}) {
  const path = new Int16Array(times.length * n);
  for (let t = 0; t < times.length; t += 1) {
    const frame = weights.subarray(t * n * m, (t + 1) * n * m);
    for (let i = 0; i < n; i += 1) {
      const {top, state} = standing(frame, i, m);
      path[t * n + i] = state === 0 ? -1 : top;
    }
  }
  return path;
}
