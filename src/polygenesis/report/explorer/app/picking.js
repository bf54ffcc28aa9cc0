// Selection by lists, for keyboards, small screens and those who know the number.
import { NOTHING, isNothing, shown } from "./state.js";
import { timeText } from "../views/words.js";

export function bindPicking(root, state, runs) {
  const [feature, neuron, order, showing, clear] = ["#pick-feature", "#pick-neuron", "#order", "#showing", "#clear"].map((each) => root.querySelector(each));

  feature.addEventListener("change", () => select(feature.value === "" ? [] : [Number(feature.value)], state.selected.neuron));
  neuron.addEventListener("change", () => select(state.selected.features, neuron.value === "" ? null : Number(neuron.value)));
  order.addEventListener("change", () => {
    state.update({ order: order.value });
    runs.arrange();
  });
  showing.addEventListener("change", () => {
    const left = shown(state);
    const atEnd = state.at >= left.last;
    const time = left.timeAt(state.at);
    state.update({ showing: showing.value });
    state.update({ at: atEnd ? shown(state).last : shown(state).placeOf(time) });
  });
  clear.addEventListener("click", () => state.update({ selected: NOTHING }));

  function select(features, which) {
    state.update({ selected: features.length || which !== null ? { features, neuron: which } : NOTHING });
  }

  state.subscribe(["story", "selected", "order", "showing", "base"], () => {
    if (!state.story) return;
    options(feature, state.story.n);
    options(neuron, state.story.m);
    const { features, neuron: which } = state.selected;
    feature.value = features.length ? String(features[0]) : "";
    neuron.value = which === null ? "" : String(which);
    order.value = state.order;
    showing.value = state.showing;
    root.querySelector("#showing-field").hidden = !state.base;
    clear.disabled = isNothing(state.selected);
    root.dataset.features = features.join(" ");
    root.dataset.neuron = which === null ? "" : String(which);
    const canvas = root.querySelector("#network canvas");
    canvas.setAttribute("aria-label", pictureText(state));
  });
}

function options(select, count) {
  if (select.length === count + 1) return;
  select.replaceChildren(new Option("any", ""), ...Array.from({ length: count }, (_, at) => new Option(String(at), String(at))));
}

function pictureText({ story, selected }) {
  const chosen = [...selected.features.map((each) => `feature ${each}`), ...(selected.neuron === null ? [] : [`neuron ${selected.neuron}`])];
  const end = timeText(story.trajectory.times[story.last]);
  return `${story.n} features above, ${story.m} neurons below, weights as lines between them, from t = 0 to ${end}. ${chosen.length ? `Selected: ${chosen.join(", ")}.` : "Nothing is selected."}`;
}
