// What the page shows now, in one place; views are told once a frame which parts of it have changed.

export function createState(values) {
  const listeners = [];
  const changed = new Set(Object.keys(values)); // everything is new to those who subscribe first
  let waiting = true;

  function flush() {
    waiting = false;
    const keys = new Set(changed);
    changed.clear();
    for (const [wanted, render] of listeners) if (wanted.some((key) => keys.has(key))) render(keys);
  }

  const state = {
    ...values,
    update(patch) {
      for (const [key, value] of Object.entries(patch)) {
        if (state[key] === value) continue;
        state[key] = value;
        changed.add(key);
      }
      if (changed.size && !waiting) {
        waiting = true;
        requestAnimationFrame(flush);
      }
    },
    subscribe(keys, render) {
      listeners.push([keys, render]);
    },
  };
  requestAnimationFrame(flush);
  return state;
}

export const NOTHING = Object.freeze({ features: Object.freeze([]), neuron: null });

export function isNothing(marks) {
  return marks.features.length === 0 && marks.neuron === null;
}

// What views emphasize: what the pointer is on, else what is selected.
export function marked(state) {
  return isNothing(state.hovered) ? state.selected : state.hovered;
}

// The story on the stage: of the nudged start, or of the start as it was.
export function shown(state) {
  return state.showing === "before" && state.base ? state.base : state.story;
}

// The feature that race, forces and nudges are about: the selected one, else one that has something to tell.
export function focused(state) {
  const { features, neuron } = state.selected;
  if (features.length) return features[0];
  if (neuron !== null) {
    const here = shown(state).census(shown(state).last).neurons[neuron].features;
    if (here.length) return here[0].feature;
  }
  return (state.base || state.story).telling;
}

export function sameMarks(a, b) {
  return a.neuron === b.neuron && a.features.length === b.features.length && a.features.every((each, at) => each === b.features[at]);
}

// Select something, or nothing if it is selected already.
export function toggleSelection(state, marks) {
  state.update({ selected: sameMarks(state.selected, marks) ? NOTHING : marks });
}

export function hover(state, marks) {
  if (!sameMarks(state.hovered, marks)) state.update({ hovered: marks });
}
