// W as a matrix: features down, neurons across, in the picture's order; blue positive, vermillion negative.
import { hover, marked, NOTHING, shown, toggleSelection } from "../app/state.js";
import { channels, colours } from "./colours.js";
import { createSurface, pointerAt, showTip } from "./surface.js";
import { plural, signed } from "./words.js";

const EDGE = 4; // room for the frame of what is marked

export function matrixView(panel, state) {
  const canvas = panel.querySelector("canvas");
  const caption = panel.querySelector(".caption");
  const tip = panel.querySelector(".tip");
  const cells = document.createElement("canvas");
  const surface = createSurface(canvas, draw);

  function draw(context, width, height) {
    const story = shown(state);
    if (!story) return;
    paintCells(cells, story, state);
    context.imageSmoothingEnabled = false;
    context.drawImage(cells, EDGE, EDGE, width - 2 * EDGE, height - 2 * EDGE);
    context.strokeStyle = colours().line;
    context.lineWidth = 1;
    context.strokeRect(EDGE - 0.5, EDGE - 0.5, width - 2 * EDGE + 1, height - 2 * EDGE + 1);
    frameMarks(context, story, marked(state), state.places, width, height);
  }

  function cellAt(event) {
    const story = shown(state);
    if (!story) return NOTHING;
    const [x, y] = pointerAt(canvas, event);
    const row = Math.floor(((y - EDGE) / (surface.height - 2 * EDGE)) * story.n);
    const column = Math.floor(((x - EDGE) / (surface.width - 2 * EDGE)) * story.m);
    if (row < 0 || row >= story.n || column < 0 || column >= story.m) return NOTHING;
    return { features: [state.places.features[row]], neuron: state.places.neurons[column] };
  }

  canvas.addEventListener("pointermove", (event) => {
    const marks = cellAt(event);
    hover(state, marks);
    const [x, y] = pointerAt(canvas, event);
    const value = marks.neuron === null ? 0 : shown(state).at(state.at)[marks.features[0] * shown(state).m + marks.neuron];
    showTip(tip, marks.neuron === null ? "" : `feature ${marks.features[0]}, neuron ${marks.neuron}: ${signed(value, 3)}`, x, y, surface.width);
  });
  canvas.addEventListener("pointerleave", () => {
    hover(state, NOTHING);
    tip.hidden = true;
  });
  canvas.addEventListener("click", (event) => toggleSelection(state, cellAt(event)));
  state.subscribe(["story", "base", "showing", "at", "selected", "hovered", "places", "colours"], (changed) => {
    surface.redraw();
    if (!shown(state) || (changed.size === 1 && changed.has("hovered"))) return;
    const text = matrixText(shown(state), Math.floor(state.at));
    if (text === caption.textContent) return;
    caption.textContent = text;
    canvas.setAttribute("aria-label", `Matrix of weights, a row a feature, a column a neuron. ${text}`);
  });
}

function paintCells(cells, story, state) {
  const { n, m } = story;
  if (cells.width !== m || cells.height !== n) [cells.width, cells.height] = [m, n];
  const { paper, positive, negative } = colours();
  const [none, plus, minus] = [paper, positive, negative].map(channels);
  const context = cells.getContext("2d");
  const image = context.createImageData(m, n);
  const weights = story.at(state.at);
  for (let row = 0, q = 0; row < n; row++) {
    const from = state.places.features[row] * m;
    for (let column = 0; column < m; column++, q += 4) {
      const weight = weights[from + state.places.neurons[column]];
      const [share, full] = [Math.min(1, Math.abs(weight) * 1.15), weight > 0 ? plus : minus];
      for (let c = 0; c < 3; c++) image.data[q + c] = none[c] + share * (full[c] - none[c]);
      image.data[q + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

function frameMarks(context, story, marks, places, width, height) {
  const [wide, high] = [(width - 2 * EDGE) / story.m, (height - 2 * EDGE) / story.n];
  context.strokeStyle = colours().link;
  context.lineWidth = 1.5;
  for (const feature of marks.features) context.strokeRect(EDGE - 1, EDGE + places.featurePlace[feature] * high, width - 2 * EDGE + 2, high);
  if (marks.neuron !== null) context.strokeRect(EDGE + places.neuronPlace[marks.neuron] * wide, EDGE - 1, wide, height - 2 * EDGE + 2);
}

function matrixText(story, frame) {
  const weights = story.frame(frame);
  let zero = 0;
  for (const weight of weights) if (weight === 0) zero++;
  const { settled } = story.census(frame);
  const done = settled.reduce((sum, each) => sum + (each === 2 ? 1 : 0), 0);
  return `${Math.round((100 * zero) / weights.length)} % of the weights are exactly zero; ${done} of ${plural(story.n, "feature")} settled.`;
}
