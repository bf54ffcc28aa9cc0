// The picture: features above, neurons below, weights as lines, a ring around every shared neuron.
import { NOTHING, hover, isNothing, marked, shown, toggleSelection } from "../app/state.js";
import { colours } from "./colours.js";
import { canvasFont, createSurface, pointerAt, showTip } from "./surface.js";
import { createLines } from "./lines.js";
import { drawRing } from "./rings.js";
import { decimals } from "./words.js";
import { featureText, neuronText } from "./nodes.js";

const LABEL_ROOM = 15; // pixels between neighbours from which every number fits

export function networkView(figure, state) {
  const canvas = figure.querySelector("canvas");
  const tip = figure.querySelector(".tip");
  const thinned = document.getElementById("thinned");
  const lines = createLines();
  const surface = createSurface(canvas, draw);

  function draw(context, width, height) {
    const story = shown(state);
    if (!story) return;
    const places = nodePlaces(story, state.places, width, height);
    showThreshold(lines.draw(context, story.at(state.at), places, marked(state)));
    const census = story.census(Math.floor(state.at));
    drawNeurons(context, census, places, state);
    drawFeatures(context, census, places, state);
  }

  function showThreshold(least) {
    const text = least > 0.031 ? `(only |W| ≥ ${decimals(least, 2)} drawn)` : "";
    if (thinned.textContent !== text) thinned.textContent = text;
  }

  function nodeAt(event) {
    const story = shown(state);
    if (!story) return NOTHING;
    const [x, y] = pointerAt(canvas, event);
    const places = nodePlaces(story, state.places, surface.width, surface.height);
    if (y < places.top + 0.2 * (places.bottom - places.top)) return { features: [nearest(places.featureX, x)], neuron: null };
    if (y > places.bottom - 0.2 * (places.bottom - places.top)) return { features: [], neuron: nearest(places.neuronX, x) };
    return NOTHING;
  }

  canvas.addEventListener("pointermove", (event) => {
    const marks = nodeAt(event);
    hover(state, marks);
    canvas.style.cursor = isNothing(marks) ? "default" : "pointer";
    const [x, y] = pointerAt(canvas, event);
    showTip(tip, nodeText(shown(state), marks, Math.floor(state.at)), x, y, surface.width);
  });
  canvas.addEventListener("pointerleave", () => {
    hover(state, NOTHING);
    tip.hidden = true;
  });
  canvas.addEventListener("click", (event) => {
    const marks = nodeAt(event);
    if (isNothing(marks)) state.update({ selected: NOTHING });
    else toggleSelection(state, marks);
  });
  state.subscribe(["story", "base", "showing", "at", "selected", "hovered", "places", "colours"], surface.redraw);
}

function nodeText(story, marks, frame) {
  if (!story || isNothing(marks)) return "";
  return marks.neuron === null ? featureText(story, marks.features[0], frame) : neuronText(story, marks.neuron, frame);
}

// Where nodes are, in pixels; sizes follow the room there is.
export function nodePlaces(story, places, width, height) {
  const { n, m } = story;
  const [roomF, roomN] = [(width - 48) / Math.max(n - 1, 1), (width - 48) / Math.max(m - 1, 1)];
  const at = (slot, count) => (count > 1 ? 24 + (slot * (width - 48)) / (count - 1) : width / 2);
  return {
    n, m, top: 44, bottom: height - 48, roomF, roomN,
    featureX: Float32Array.from(places.featurePlace, (slot) => at(slot, n)),
    neuronX: Float32Array.from(places.neuronPlace, (slot) => at(slot, m)),
    radiusF: Math.max(2, Math.min(6.5, 0.34 * roomF)),
    radiusN: Math.max(1.3, Math.min(5.5, 0.3 * roomN)),
  };
}

function nearest(xs, x) {
  let best = 0;
  for (let at = 1; at < xs.length; at++) if (Math.abs(xs[at] - x) < Math.abs(xs[best] - x)) best = at;
  return best;
}

function drawFeatures(context, census, places, state) {
  const { ink, soft, paper, link } = colours();
  const marks = marked(state);
  title(context, "features", 8, 14, soft);
  for (let i = 0; i < places.n; i++) {
    const [x, lit] = [places.featureX[i], marks.features.includes(i)];
    context.beginPath();
    context.arc(x, places.top, places.radiusF + (lit ? 1.5 : 0), 0, 7);
    context.fillStyle = lit ? link : census.settled[i] === 0 ? paper : ink;
    context.fill();
    if (census.settled[i] === 0) outline(context, soft);
    if (lit || places.roomF >= LABEL_ROOM) label(context, i, x, places.top - places.radiusF - 8, lit, lit ? link : soft);
  }
}

function drawNeurons(context, census, places, state) {
  const { soft, paper, link, ink } = colours();
  const marks = marked(state);
  title(context, "neurons", 8, places.bottom + 42, soft);
  for (let k = 0; k < places.m; k++) {
    const { kind, features } = census.neurons[k];
    const [x, lit] = [places.neuronX[k], marks.neuron === k];
    context.beginPath();
    context.arc(x, places.bottom, places.radiusN, 0, 7);
    context.fillStyle = lit ? link : features.length ? ink : paper;
    context.fill();
    if (!features.length) outline(context, soft);
    if (lit || places.roomN >= LABEL_ROOM) label(context, k, x, places.bottom + places.radiusN + 19, lit, lit ? link : soft);
  }
  const radius = Math.max(4, Math.min(10.5, 0.36 * places.roomN + 1.5, places.radiusN + 5));
  for (const { neuron, kind } of census.neurons) drawRing(context, kind, places.neuronX[neuron], places.bottom, radius);
}

function outline(context, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.stroke();
}

function label(context, text, x, y, strong, colour) {
  context.font = canvasFont(strong ? 12 : 10, strong ? 700 : 400);
  context.textAlign = "center";
  context.fillStyle = colour;
  context.fillText(String(text), x, y);
}

function title(context, text, x, y, colour) {
  context.font = canvasFont(11.5);
  context.textAlign = "left";
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
