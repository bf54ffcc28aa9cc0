// Forces on the weights of one feature, as they act along each weight: right of zero it grows, left of zero it shrinks.
import { forces } from "../core/forces.js";
import { focused, hover, NOTHING, shown, toggleSelection } from "../app/state.js";
import { axisText } from "./axes.js";
import { colours } from "./colours.js";
import { canvasFont, createSurface, pointerAt } from "./surface.js";
import { brief, signed } from "./words.js";

const ROWS = 10; // neurons shown: those with the largest weights
const BALANCED = 0.005; // share of the largest force below which a sum of forces counts as none
const TOP = 6;
const LEFT = 92;
const PARTS = ["benefit", "interference", "regularization"];

export function forcesView(panel, state) {
  const canvas = panel.querySelector("canvas");
  const caption = panel.querySelector(".caption");
  const surface = createSurface(canvas, draw);
  let acting = null;

  function measure() {
    const story = shown(state);
    const frame = Math.round(state.at);
    const weights = story.frame(frame);
    const feature = focused(state);
    const row = weights.subarray(feature * story.m, (feature + 1) * story.m);
    const order = Array.from(row.keys()).filter((k) => row[k] !== 0).sort((a, b) => Math.abs(row[b]) - Math.abs(row[a]));
    acting = { frame, feature, row, neurons: order.slice(0, ROWS), ...forces(weights, story.n, story.m, feature, story.spec.penalty, story.spec.interference) };
  }

  function draw(context, width, height) {
    if (acting) drawForces(context, acting, state.selected.neuron, width, height);
  }

  canvas.addEventListener("pointermove", (event) => hover(state, neuronAt(event)));
  canvas.addEventListener("pointerleave", () => hover(state, NOTHING));
  canvas.addEventListener("click", (event) => toggleSelection(state, neuronAt(event)));

  function neuronAt(event) {
    if (!acting) return NOTHING;
    const row = Math.floor((pointerAt(canvas, event)[1] - TOP) / rowHeight(surface.height));
    return row >= 0 && row < acting.neurons.length ? { features: [acting.feature], neuron: acting.neurons[row] } : NOTHING;
  }

  state.subscribe(["story", "base", "showing", "at", "selected", "colours"], (changed) => {
    if (!shown(state)) return;
    if (changed.size === 1 && changed.has("at") && acting && acting.frame === Math.round(state.at)) return;
    measure();
    surface.redraw();
    panel.dataset.feature = acting.feature;
    caption.textContent = forcesText(acting, shown(state));
    canvas.setAttribute("aria-label", `Forces on the weights of feature ${acting.feature}. ${caption.textContent}`);
  });
}

function rowHeight(height) {
  return (height - TOP - 26) / ROWS;
}

function drawForces(context, acting, selected, width, height) {
  const palette = colours();
  const { neurons, row } = acting;
  const along = (part, k) => acting[part][k] * Math.sign(row[k]);
  const reach = Math.max(1e-9, ...neurons.map((k) => Math.max(...[1, -1].map((sign) => PARTS.reduce((sum, part) => sum + Math.max(0, sign * along(part, k)), 0)))));
  const [zero, scale] = [LEFT + (width - LEFT - 12) / 2, (width - LEFT - 12) / 2 / reach];
  neurons.forEach((k, at) => {
    const [y, high] = [TOP + at * rowHeight(height), rowHeight(height)];
    const sides = { 1: zero, [-1]: zero };
    for (const part of PARTS) {
      const force = along(part, k) * scale;
      const side = force < 0 ? -1 : 1;
      context.fillStyle = palette[part];
      context.fillRect(force < 0 ? sides[side] + force : sides[side], y + 0.2 * high, Math.abs(force), 0.6 * high);
      sides[side] += force;
    }
    context.fillStyle = palette.ink;
    context.fillRect(zero + along("total", k) * scale - 1.25, y + 0.06 * high, 2.5, 0.88 * high);
    context.font = canvasFont(11, k === selected ? 700 : 400);
    context.textAlign = "right";
    context.fillStyle = k === selected ? palette.link : palette.soft;
    context.fillText(`${k}  (${signed(row[k], 2)})`, LEFT - 8, y + high / 2 + 4);
  });
  context.fillStyle = palette.soft;
  context.fillRect(zero - 0.5, TOP, 1, height - TOP - 26);
  axisText(context, "shrinks", zero - 8, height - 8, "right");
  axisText(context, "grows", zero + 8, height - 8, "left");
  axisText(context, `longest ${brief(reach)}`, width - 12, height - 8, "right");
  axisText(context, "neuron (weight)", 0, height - 8, "left");
}

function forcesText(acting, story) {
  const { feature, neurons, perOther, total, row } = acting;
  if (neurons.length === 0) return `Feature ${feature} has no weight left.`;
  const least = BALANCED * Math.max(...neurons.map((k) => Math.max(...PARTS.map((part) => Math.abs(acting[part][k])))));
  const pushing = perOther.filter((each) => each.force > least);
  const growing = neurons.filter((k) => total[k] * Math.sign(row[k]) > least).length;
  const rests = neurons.every((k) => Math.abs(total[k]) <= least);
  const moves = rests ? "its forces balance and no weight moves" : growing === 0 ? "no weight grows" : growing === 1 ? "one weight grows" : `${growing} of the ${neurons.length} largest weights grow`;
  if (!story.spec.interference) return `Feature ${feature}: ${moves}. Interference is off: no other feature pushes.`;
  if (pushing.length === 0) return `Feature ${feature}: ${moves}. No other feature pushes it.`;
  const first = pushing[0];
  const who = pushing.length === 1 ? `Only feature ${first.feature} pushes it` : `Of ${pushing.length} features that push it, ${first.feature} pushes hardest over all neurons`;
  return `Feature ${feature}: ${moves}. ${who}, with an overlap of ${brief(first.overlap)}.`;
}
