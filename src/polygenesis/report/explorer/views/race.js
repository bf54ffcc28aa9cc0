// The race of one feature: all its weights over time, who led and who won, beside the race without interference.
import { exactRace } from "../core/race.js";
import { shown } from "../app/words.js";
import { colours, plotFrame, surface } from "./canvas.js";

const HEIGHT = 230, SEGMENT = 1e-4;
let raced = { trajectory: null, feature: null, exact: null };

/** Draw |W_ik| of feature i over time; `decided` is what `decidedAt` says of it. */
export function drawRace(canvas, trajectory, feature, frame, decided) {
  const area = surface(canvas, HEIGHT), { context } = area, ink = colours();
  const { n, m, times, weights } = trajectory, count = times.length;
  const value = (at, k) => Math.abs(weights[at * n * m + feature * m + k]);
  const exact = exactOf(trajectory, feature);
  let most = 1.05;
  for (let k = 0; k < m; k++) most = Math.max(most, value(0, k) * 1.05);
  const axis = timeAxis(times);
  const { toX, toY } = plotFrame(area, {
    x: [0, axis.end], y: [0, most], xLabel: "time t (loss’s clock, spread near 0)", yLabel: "size of weight", xTicks: axis.ticks, yTicks: [[0, "0"], [0.5, "0.5"], [1, "1"]],
  });
  const line = (k, colour, width, values = value) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (let at = 0; at < count; at++) {
      const x = toX(axis.of(times[at])), y = toY(values(at, k));
      if (at) context.lineTo(x, y);
      else context.moveTo(x, y);
    }
    context.stroke();
  };
  context.globalAlpha = 0.55;
  for (let k = 0; k < m; k++) if (!decided || (k !== decided.winner && k !== decided.rival)) line(k, ink.undecided, 0.8);
  context.globalAlpha = 1;
  if (decided && decided.rival !== decided.winner && decided.rival >= 0) line(decided.rival, "#e69f00", 2);
  if (decided) line(decided.winner, ink.link, 2.4);
  if (exact) {
    context.setLineDash([5, 4]);
    line(exact.winner, ink.ink, 1.3, (at, k) => Math.abs(exact.weights[at * m + k]));
    context.setLineDash([]);
  }
  if (decided && decided.frame > 0) marker(context, toX(axis.of(times[decided.frame])), area.height, ink.malign);
  marker(context, toX(axis.of(times[frame])), area.height, ink.ink);
}

/** What the picture of a race shows, in a sentence or two. */
export function raceCaption(trajectory, feature, decided) {
  if (!decided) return `Feature ${feature} lost all its weights: the penalty is too strong for its start.`;
  const { times } = trajectory;
  const start = `Feature ${feature}: neuron ${decided.rival} leads at the start`;
  const end = decided.by === "lead" ? " and wins"
    : `, but interference pushes it back, and neuron ${decided.winner} leads for good from t = ${shown(times[decided.frame])}`;
  const other = trajectory.penalty > 0 ? ` Dashed: that neuron’s weight without interference, where the first leader always wins.` : "";
  return `${start}${end}.${other}`;
}

function exactOf(trajectory, feature) {
  if (!(trajectory.penalty > 0)) return null;
  if (raced.trajectory !== trajectory || raced.feature !== feature) {
    const row = trajectory.weights.subarray(feature * trajectory.m, (feature + 1) * trajectory.m);
    raced = { trajectory, feature, exact: exactRace(row, trajectory.penalty, trajectory.times) };
  }
  return raced.exact;
}

/** Times on a scale that is even near 0 and logarithmic later. */
function timeAxis(times) {
  const of = (time) => Math.log1p(time), last = times[times.length - 1];
  const ticks = [0, 1, 3, 10, 30, 100, 300, 1000, 3000].filter((each) => each <= last).map((each) => [of(each), String(each)]);
  return { of, ticks, end: Math.max(of(last), SEGMENT) };
}

function marker(context, x, height, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 1.2;
  context.beginPath();
  context.moveTo(x, 8);
  context.lineTo(x, height - 34);
  context.stroke();
}
