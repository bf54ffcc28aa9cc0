// Nudging the start by hand: drag a weight, flip a sign, swap two features, and see what it changes.
import { drawStart, startNeurons } from "../views/start.js";
import { counted, nudgeSentence, shown } from "./words.js";

const LEAD = 1.5;

/** Connect the panel. `actions`: {nudge(nudge), undo(), reset()}; returns {render(view)}. */
export function connectNudges(page, actions) {
  const find = (name) => page.getElementById(name);
  const canvas = find("start"), neuron = find("nudge-neuron"), value = find("nudge-value"), other = find("nudge-other");
  let view = null, read = null, dragged = null;

  const row = () => (dragged ? view.row.map((weight, k) => (k === dragged.neuron ? dragged.value : weight)) : view.row);
  const draw = () => {
    read = drawStart(canvas, row(), view.neurons, dragged ? dragged.neuron : Number(neuron.value));
  };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return read(event.clientX - box.left, event.clientY - box.top);
  };
  canvas.addEventListener("pointerdown", (event) => {
    const at = read && point(event);
    if (!at) return;
    canvas.setPointerCapture(event.pointerId);
    dragged = at;
    neuron.value = at.neuron;
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const at = point(event);
    if (at) dragged = { neuron: dragged.neuron, value: at.value };
    value.value = dragged.value;
    draw();
  });
  canvas.addEventListener("pointerup", () => {
    if (!dragged) return;
    const { neuron: k, value: weight } = dragged;
    dragged = null;
    actions.nudge(["set", view.feature, k, weight]);
  });
  canvas.addEventListener("pointercancel", () => {
    dragged = null;
    draw();
  });
  neuron.addEventListener("change", () => {
    value.value = view.row[Number(neuron.value)].toFixed(3);
    draw();
  });
  find("nudge-set").addEventListener("click", () => {
    const weight = Number(value.value);
    if (value.value !== "" && Number.isFinite(weight) && Math.abs(weight) <= 4) actions.nudge(["set", view.feature, Number(neuron.value), weight]);
    else find("nudge-result").textContent = `The weight must be a number from −4 to 4, but is “${value.value}”.`;
  });
  find("nudge-flip").addEventListener("click", () => actions.nudge(["flip", view.feature, Number(neuron.value)]));
  find("nudge-swap").addEventListener("click", () => actions.nudge(["swap", view.feature, Number(other.value)]));
  find("nudge-lead").addEventListener("click", () => actions.nudge(view.lead));
  find("nudge-undo").addEventListener("click", actions.undo);
  find("nudge-reset").addEventListener("click", actions.reset);

  return {
    /** Show the start of one feature. `given`: {spec, start, feature, place, before, after, enabled, reason} */
    render(given) {
      const { spec, start, feature, place, partner } = given, { n, m } = spec;
      const moved = !view || view.feature !== feature;
      view = { feature, row: start.slice(feature * m, (feature + 1) * m) };
      view.neurons = startNeurons(view.row, place);
      fillOptions(neuron, Array.from({ length: m }, (_, k) => k));
      fillOptions(other, Array.from({ length: n }, (_, i) => i).filter((i) => i !== feature));
      if (given.neuron !== null && given.neuron < m) neuron.value = given.neuron;
      else if (moved || neuron.value === "") neuron.value = partner ? partner.neuron : largest(view.row);
      value.value = view.row[Number(neuron.value)].toFixed(3);
      view.lead = leadNudge(feature, view.row, given.free);
      for (const each of find("panel-nudge").querySelectorAll("button, select, input")) each.disabled = !given.enabled;
      find("nudge-lead").disabled = !view.lead || !given.enabled;
      find("nudge-undo").disabled = find("nudge-reset").disabled = !spec.nudges.length || !given.enabled;
      find("nudge-caption").textContent = given.enabled
        ? `Feature ${feature} at the start${partner ? `; it ends on neuron ${partner.neuron} together with feature ${partner.feature}` : ""}. Give it a lead elsewhere, flip a sign or drag a bar, and the network runs again: does a shared neuron vanish, at no loss?` : given.reason;
      find("nudges").replaceChildren(...spec.nudges.map(nudgeItem));
      find("nudge-result").textContent = spec.nudges.length && given.before ? nudgeSentence(given.before, given.after) : "";
      draw();
    },
    redraw: () => view && draw(),
  };
}

/** A lead for a feature: its largest weight to a neuron that ends free becomes half as large again as its leader. */
function leadNudge(feature, row, free) {
  if (!free.length) return null;
  const k = free.reduce((best, each) => (Math.abs(row[each]) > Math.abs(row[best]) ? each : best));
  const value = (Math.sign(row[k]) || 1) * LEAD * Math.abs(row[largest(row)]);
  return ["set", feature, k, Math.round(value * 1000) / 1000];
}

function largest(row) {
  let best = 0;
  for (let k = 1; k < row.length; k++) if (Math.abs(row[k]) > Math.abs(row[best])) best = k;
  return best;
}

function nudgeItem([what, i, k, weight]) {
  const item = document.createElement("li");
  item.textContent = what === "swap" ? `Features ${i} and ${k} swapped` : what === "flip"
    ? `Feature ${i}: sign of the weight to neuron ${k} flipped` : `Feature ${i}: weight to neuron ${k} set to ${shown(weight)}`;
  return item;
}

/** Fill a list of numbers without losing what is chosen. */
export function fillOptions(select, numbers, first = null) {
  const wanted = (first === null ? "" : first) + numbers.join(",");
  if (select.dataset.filled === wanted) return;
  const chosen = select.value;
  select.replaceChildren(...(first === null ? [] : [new Option(first, "")]), ...numbers.map((each) => new Option(String(each), String(each))));
  if ([...select.options].some((option) => option.value === chosen)) select.value = chosen;
  select.dataset.filled = wanted;
}

/** How many nudges there are, for a status line. */
export function nudgedText(spec) {
  return spec.nudges.length ? `, ${counted(spec.nudges.length, "nudge")}` : "";
}
