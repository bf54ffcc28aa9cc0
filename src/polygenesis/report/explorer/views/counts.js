// How many neurons are shared at the end, over many networks, beside what chance expects.
import { laws } from "../core/laws.js";
import { counted, shown } from "../app/words.js";
import { colours, plotFrame, surface } from "./canvas.js";

const HEIGHT = 220;

/** Draw the histogram of the counts that are there so far. */
export function drawCounts(canvas, counts, n, m, own) {
  const area = surface(canvas, HEIGHT), { context } = area, ink = colours();
  const expected = laws(n, m), marks = m >= n ? [expected.law, expected.slots, expected.occupancy] : [expected.occupancy];
  const end = Math.ceil(Math.max(4, ...counts, ...marks, own)) + 1;
  const bars = new Array(end + 1).fill(0);
  for (const count of counts) bars[count]++;
  const most = Math.max(4, ...bars), stride = Math.ceil(end / 10);
  const { toX, toY } = plotFrame(area, {
    x: [-0.6, end + 0.6], y: [0, most * 1.1], xLabel: "shared neurons at the end", yLabel: "networks",
    xTicks: Array.from({ length: Math.floor(end / stride) + 1 }, (_, at) => [at * stride, String(at * stride)]), yTicks: [[0, "0"], [most, String(most)]],
  });
  const wide = (toX(1) - toX(0)) * 0.8;
  bars.forEach((height, count) => {
    context.fillStyle = ink.undecided;
    context.globalAlpha = 0.75;
    context.fillRect(toX(count) - wide / 2, toY(height), wide, toY(0) - toY(height));
  });
  context.globalAlpha = 1;
  level(context, toX(expected.occupancy), area.height, "#cc79a7", [2, 3]);
  if (m >= n) {
    level(context, toX(expected.slots), area.height, ink.benign, [6, 3]);
    level(context, toX(expected.law), area.height, ink.ink, []);
  }
  context.fillStyle = ink.ink;
  context.textAlign = "center";
  context.fillText("▼", toX(own), 12);
}

/** The mean so far with its interval, beside the laws, in a sentence. */
export function countsCaption(counts, n, m, total) {
  const expected = laws(n, m);
  const law = m >= n ? `n²/4m = ${shown(expected.law)}, the slot model ${shown(expected.slots)}` : `features thrown at random give ${shown(expected.occupancy)}`;
  if (counts.length < 2) return `Draw hundreds of starts of this size and count: ${law}. ▼ marks the network above.`;
  const mean = counts.reduce((sum, each) => sum + each, 0) / counts.length;
  const variance = counts.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (counts.length - 1);
  const half = 1.96 * Math.sqrt(variance / counts.length);
  const missing = total - counts.length ? ` ${total - counts.length} that did not settle are left out.` : "";
  return `${counted(counts.length, "network")}: ${shown(mean)} shared neurons on average (95 % interval ${shown(Math.max(0, mean - half))} to ${shown(mean + half)}); ${law}.${missing}`;
}

function level(context, x, height, colour, dash) {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(x, 16);
  context.lineTo(x, height - 34);
  context.stroke();
  context.setLineDash([]);
}
