// Shared neurons of many networks as a histogram, with the laws and this network marked.
import { laws } from "../core/laws.js";
import { axisText, inside, roundNumbers, valueLines } from "./axes.js";
import { colours } from "./colours.js";
import { createSurface } from "./surface.js";
import { decimals, plural } from "./words.js";

const LAW_LINES = [["law", []], ["slots", [6, 3]], ["occupancy", [1.5, 3]]];

export function countsView(panel, state) {
  const canvas = panel.querySelector("canvas");
  const caption = panel.querySelector(".caption");
  const surface = createSurface(canvas, (context, width, height) => {
    if (state.story) drawCounts(context, finished(state.many), predictions(state), state.story.ending.shared, inside(width, height), height);
  });
  state.subscribe(["story", "many", "colours"], () => {
    if (!state.story) return;
    surface.redraw();
    caption.textContent = countsText(state);
    canvas.setAttribute("aria-label", `Histogram of shared neurons. ${caption.textContent}`);
  });
}

// With fewer neurons than features only the occupancy model says anything: the law and the slots assume room for all.
function predictions(state) {
  const { n, m } = state.story, found = laws(n, m);
  return m >= n ? found : { occupancy: found.occupancy };
}

function linesOf(laws) {
  return LAW_LINES.filter(([name]) => laws[name] !== undefined);
}

function finished(many) {
  return many.results.filter((each) => each.outcome === "converged").map((each) => each.shared);
}

function drawCounts(context, counts, laws, here, area, height) {
  const palette = colours();
  const highest = Math.max(4, here, ...counts, ...linesOf(laws).map(([name]) => Math.ceil(laws[name]))) + 1;
  const heights = new Array(highest + 1).fill(0);
  for (const count of counts) heights[count]++;
  const tallest = Math.max(4, ...heights) * 1.12;
  const x = (count) => area.x((count + 0.5) / (highest + 1));
  const bar = area.wide / (highest + 1);
  if (counts.length) valueLines(context, roundNumbers(tallest, 4).slice(1), (value) => value / tallest, area, String);
  else axisText(context, "Start trains as many networks as you choose and counts them here.", area.x(0.5), area.y(0.5));
  context.fillStyle = palette.line;
  heights.forEach((each, count) => context.fillRect(x(count) - 0.42 * bar, area.y(each / tallest), 0.84 * bar, (each / tallest) * area.high));
  const step = Math.max(1, Math.ceil(26 / bar));
  for (let count = 0; count <= highest; count += step) axisText(context, String(count), x(count), height - 16);
  context.fillStyle = palette.line;
  context.fillRect(area.x(0), area.y(0), area.wide, 1);
  axisText(context, "shared neurons at the end", area.x(1), height - 2, "right");
  for (const [name, dash] of linesOf(laws)) verticalLine(context, x(laws[name]), area, palette[name], dash);
  if (counts.length) verticalLine(context, x(counts.reduce((sum, each) => sum + each, 0) / counts.length), area, palette.ink, []);
  markHere(context, x(here), area.y(0), palette.ink);
}

function verticalLine(context, x, area, colour, dash) {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(x, area.y(0));
  context.lineTo(x, area.y(1));
  context.stroke();
  context.setLineDash([]);
}

function markHere(context, x, y, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x, y - 8);
  context.lineTo(x + 5, y);
  context.lineTo(x - 5, y);
  context.fill();
}

function countsText(state) {
  const { law, slots, occupancy } = predictions(state);
  const expected = law === undefined
    ? `features thrown at random would share ${decimals(occupancy, 1)}`
    : `the law n²/4m says ${decimals(law, 1)}, slots ${decimals(slots, 1)}, occupancy ${decimals(occupancy, 1)}`;
  const counts = finished(state.many);
  const left = state.many.results.length - counts.length;
  if (state.many.results.length === 0) return `This network has ${state.story.ending.shared} at the end; ${expected}.`;
  if (counts.length === 0) return `None of ${plural(left, "network")} has converged; ${expected}.`;
  const mean = counts.reduce((sum, each) => sum + each, 0) / counts.length;
  const unfinished = left ? `; ${left} more did not converge and are not counted` : "";
  return `${plural(counts.length, "network")}: ${decimals(mean, 2)} shared neurons on average${spreadText(counts, mean)}; ${expected}${unfinished}.`;
}

function spreadText(counts, mean) {
  if (counts.length < 2) return "";
  const variance = counts.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (counts.length - 1);
  return ` (standard error ${decimals(Math.sqrt(variance / counts.length), 2)})`;
}
