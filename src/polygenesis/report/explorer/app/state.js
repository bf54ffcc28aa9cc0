// The page's state in one place: what is shown, and who wants to know when it changes.

/** A store of plain fields; `set` changes some of them and tells the subscribers which. */
export function createStore(fields) {
  const state = { ...fields }, subscribers = [];
  return {
    get: () => state,
    set(changes) {
      const changed = Object.keys(changes).filter((name) => changes[name] !== state[name]);
      if (!changed.length) return;
      Object.assign(state, changes);
      for (const each of subscribers) each(state, new Set(changed));
    },
    subscribe: (listener) => subscribers.push(listener),
  };
}

/** The weights of one frame of a trajectory, n·m row-major. */
export function frameWeights(trajectory, frame) {
  const size = trajectory.n * trajectory.m;
  return trajectory.weights.subarray(frame * size, (frame + 1) * size);
}
