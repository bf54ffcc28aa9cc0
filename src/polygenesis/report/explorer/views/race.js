// The race of one feature: all |W_ik| over time, against the exact race without interference.
import { focused, hover, NOTHING, shown, toggleSelection } from "../app/state.js";
import { axisText, inside, MARGIN, timeAxis, valueLines } from "./axes.js";
import { colours } from "./colours.js";
import { createSurface, pointerAt } from "./surface.js";
import { decimals, timeText } from "./words.js";

export function raceView(panel, state) {
  const canvas = panel.querySelector("canvas");
  const caption = panel.querySelector(".caption");
  const surface = createSurface(canvas, draw);
  let still = null; // the curves, drawn once; only the cursor moves

  function draw(context, width, height) {
    if (!shown(state)) return;
    if (!still || still.width !== canvas.width || still.height !== canvas.height) still = drawn(width, height);
    context.drawImage(still, 0, 0, width, height);
    const story = shown(state);
    const x = inside(width, height).x(state.at / Math.max(1, story.last));
    context.fillStyle = colours().ink;
    context.fillRect(x - 0.5, MARGIN.top, 1, height - MARGIN.top - MARGIN.bottom);
  }

  function drawn(width, height) {
    const image = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    const context = image.getContext("2d");
    context.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
    drawRace(context, shown(state), { feature: focused(state), neuron: state.selected.neuron, theory: !state.liveProblem }, inside(width, height), height);
    return image;
  }

  function neuronAt(event) {
    const story = shown(state);
    const [x, y] = pointerAt(canvas, event);
    const area = inside(surface.width, surface.height);
    const frame = Math.round(((x - MARGIN.left) / area.wide) * story.last);
    if (frame < 0 || frame > story.last) return null;
    const row = rowOf(story, story.frame(frame), focused(state));
    let best = 0;
    const gap = (k) => Math.abs(area.y(Math.min(1.1, Math.abs(row[k])) / 1.1) - y);
    for (let k = 1; k < story.m; k++) if (gap(k) < gap(best)) best = k;
    return gap(best) < 8 ? best : null;
  }

  canvas.addEventListener("pointermove", (event) => {
    const neuron = shown(state) ? neuronAt(event) : null;
    hover(state, neuron === null ? NOTHING : { features: [focused(state)], neuron });
  });
  canvas.addEventListener("pointerleave", () => hover(state, NOTHING));
  canvas.addEventListener("click", (event) => {
    const neuron = neuronAt(event);
    if (neuron !== null) toggleSelection(state, { features: [focused(state)], neuron });
  });
  state.subscribe(["story", "base", "showing", "at", "selected", "colours"], (changed) => {
    const moved = changed.size === 1 && changed.has("at"); // only the cursor
    if (!moved) still = null;
    surface.redraw();
    if (!shown(state) || moved) return;
    panel.dataset.feature = focused(state);
    caption.textContent = raceText(shown(state), focused(state), !state.liveProblem) + (state.selected.features.length || state.selected.neuron !== null ? "" : " Select another feature in the picture.");
    showKey(panel, shown(state), focused(state), !state.liveProblem);
    canvas.setAttribute("aria-label", `Sizes of the weights of feature ${focused(state)} over time. ${caption.textContent}`);
  });
}

// Only what is drawn stands in the key.
function showKey(panel, story, feature, theory) {
  const { exact, decided } = story.race(feature);
  const [leader, winner] = [story.census(0).leader[feature], story.census(story.last).leader[feature]];
  const drawn = {
    leader: leader >= 0 && leader !== winner,
    exact: theory && exact.winner >= 0,
    alone: theory && winner >= 0 && exact.winner >= 0 && winner !== exact.winner,
    decided: decided.frame > 0 && winner >= 0,
  };
  for (const [name, seen] of Object.entries(drawn)) panel.querySelector(`.line-${name}`).hidden = !seen;
}

function rowOf(story, weights, feature) {
  return weights.subarray(feature * story.m, (feature + 1) * story.m);
}

function drawRace(context, story, { feature, neuron, theory }, area, height) {
  const palette = colours();
  valueLines(context, [0, 0.5, 1], (value) => value / 1.1, area, (value) => decimals(value, 1));
  timeAxis(context, story.trajectory.times, area, height);
  axisText(context, "|W|", area.x(0) + 6, area.y(1) + 8, "left");
  axisText(context, "time t, spaced as on the slider", area.x(1), height - 1, "right");
  const { exact, decided } = story.race(feature);
  const [leader, winner] = [story.census(0).leader[feature], story.census(story.last).leader[feature]];
  const curve = (k) => (f) => Math.abs(story.frame(f)[feature * story.m + k]);
  const alone = (k) => (f) => Math.abs(exact.weights[f * story.m + k]);
  for (let k = 0; k < story.m; k++) stroke(context, curve(k), story.last, area, palette.undecided, 1, [], 0.4);
  if (theory && exact.winner >= 0) stroke(context, alone(exact.winner), story.last, area, palette.slots, 1.6, [5, 4], 1);
  if (theory && winner >= 0 && winner !== exact.winner) stroke(context, alone(winner), story.last, area, palette.slots, 1.2, [2, 4], 1);
  if (leader >= 0 && leader !== winner) stroke(context, curve(leader), story.last, area, palette.benefit, 2, [], 1);
  if (neuron !== null) stroke(context, curve(neuron), story.last, area, palette.link, 2, [], 1);
  if (winner >= 0) stroke(context, curve(winner), story.last, area, palette.ink, 2.4, [], 1);
  if (decided.frame > 0 && winner >= 0) markDecision(context, decided.frame / Math.max(1, story.last), area);
}

function stroke(context, valueAt, last, area, colour, width, dash, alpha) {
  context.beginPath();
  for (let f = 0; f <= last; f++) {
    const value = valueAt(f);
    context.lineTo(area.x(f / Math.max(1, last)), area.y(Math.min(1.1, value) / 1.1));
    if (value === 0 && f > 0 && valueAt(f - 1) === 0 && dash.length === 0) break; // dropped out: the curve lies on the axis
  }
  context.globalAlpha = alpha;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function markDecision(context, share, area) {
  const [x, y] = [area.x(share), area.y(0)];
  context.fillStyle = colours().interference;
  context.beginPath();
  context.moveTo(x, y - 9);
  context.lineTo(x + 5.5, y);
  context.lineTo(x - 5.5, y);
  context.fill();
}

export function raceText(story, feature, theory) {
  const { decided, exact } = story.race(feature);
  const [start, end] = [story.census(0), story.census(story.last)];
  const [leader, winner] = [start.leader[feature], end.leader[feature]];
  if (end.settled[feature] === 0) return `Feature ${feature} dies: all its weights shrink to zero.`;
  const time = timeText(story.trajectory.times[decided.frame]);
  const split = end.settled[feature] === 1 ? " It is still spread over several neurons at the end." : "";
  if (decided.by === "lead") {
    const again = decided.frame > 0 ? `led at the start and, after another had passed it, leads from t = ${time} on` : "led from the start";
    return `Feature ${feature} settles on neuron ${winner}, which ${again}.${split}`;
  }
  const alone = !theory || exact.winner === winner || exact.winner < 0 ? "" : ` Alone it would have settled on neuron ${exact.winner}.`;
  const disturbed = story.spec.noise > 0 || !story.spec.interference || !theory; // then another feature need not be the cause
  const rival = decided.rival < 0 || disturbed ? "" : `; when neuron ${leader} lost the lead, feature ${decided.rival} pushed hardest on its weight there`;
  return `Feature ${feature} started with neuron ${leader} ahead, but neuron ${winner} leads from t = ${time} on${rival}.${alone}${split}`;
}
