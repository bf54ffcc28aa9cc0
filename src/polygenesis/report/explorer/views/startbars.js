// The start weights of one feature as bars that can be dragged.
import { focused, NOTHING, hover } from "../app/state.js";
import { axisText, inside, valueLines } from "./axes.js";
import { colours } from "./colours.js";
import { createSurface, pointerAt } from "./surface.js";
import { decimals, signed } from "./words.js";

const AREA = { left: 42, right: 8, top: 8, bottom: 22 };

// `onSet(feature, neuron, value)` is called when a bar has been dragged; `onPick(neuron)` when one was clicked.
export function startBars(canvas, state, { onSet, onPick }) {
  let dragging = null;
  const surface = createSurface(canvas, draw);

  const row = () => {
    const { start, story } = state;
    const feature = focused(state);
    return Array.from(start.subarray(feature * story.m, (feature + 1) * story.m));
  };
  const reach = (values) => Math.max(0.05, ...values.map(Math.abs)) * 1.25;

  function draw(context, width, height) {
    if (!state.story) return;
    const values = row();
    const limit = dragging ? dragging.limit : reach(values);
    if (dragging) values[dragging.neuron] = dragging.value;
    const area = inside(width, height, AREA);
    const share = (value) => (value / limit + 1) / 2;
    const bar = area.wide / values.length;
    valueLines(context, [-limit * 0.8, 0, limit * 0.8], share, area, (value) => decimals(value, 2));
    state.places.neurons.forEach((neuron, at) => {
      const value = values[neuron];
      const top = area.y(share(Math.max(0, value)));
      context.fillStyle = value > 0 ? colours().positive : colours().negative;
      context.globalAlpha = neuron === state.nudging ? 1 : 0.62;
      context.fillRect(area.x(0) + (at + 0.12) * bar, top, Math.max(1, 0.76 * bar), Math.max(1, area.y(share(Math.min(0, value))) - top));
    });
    context.globalAlpha = 1;
    const at = state.places.neuronPlace[state.nudging];
    const middle = area.x(0) + (at + 0.5) * bar;
    const text = `neuron ${state.nudging}: ${signed(values[state.nudging], 3)}`;
    axisText(context, text, Math.max(area.x(0) + 60, Math.min(area.x(1) - 60, middle)), height - 6, "center", colours().ink);
    context.strokeStyle = colours().link;
    context.strokeRect(area.x(0) + at * bar, area.y(1), bar, area.high);
  }

  function pick(event) {
    const [x, y] = pointerAt(canvas, event);
    const area = inside(surface.width, surface.height, AREA);
    const slot = Math.max(0, Math.min(state.story.m - 1, Math.floor(((x - AREA.left) / area.wide) * state.story.m)));
    const share = Math.max(0, Math.min(1, (surface.height - AREA.bottom - y) / area.high));
    return { neuron: state.places.neurons[slot], share };
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!state.story || state.mode === "replay") return;
    const { neuron } = pick(event);
    dragging = { neuron, limit: reach(row()), value: row()[neuron], moved: false, from: event.clientY };
    canvas.setPointerCapture(event.pointerId);
    onPick(neuron);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!state.story) return;
    if (!dragging) return hover(state, { features: [focused(state)], neuron: pick(event).neuron });
    dragging.moved = dragging.moved || Math.abs(event.clientY - dragging.from) > 3;
    if (dragging.moved) dragging.value = (2 * pick(event).share - 1) * dragging.limit;
    surface.redraw();
  });
  const release = () => {
    if (dragging && dragging.moved) onSet(focused(state), dragging.neuron, Number(dragging.value.toFixed(4)));
    dragging = null;
    if (state.story) surface.redraw();
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => hover(state, NOTHING));
  state.subscribe(["story", "start", "selected", "places", "nudging", "colours", "showing"], surface.redraw);
}
