// The start of one feature as bars that can be dragged.
import { colours, plotFrame, surface } from "./canvas.js";

const HEIGHT = 190, MOST = 24;

/** The neurons whose bars are drawn: those with the largest weights at the start, in the picture's order. */
export function startNeurons(row, place) {
  const order = Array.from(row, (_, k) => k).sort((a, b) => Math.abs(row[b]) - Math.abs(row[a]));
  return order.slice(0, MOST).sort((a, b) => place[a] - place[b]);
}

/** Draw the bars; returns how a point on the canvas reads as a neuron and a weight. */
export function drawStart(canvas, row, neurons, marked) {
  const area = surface(canvas, HEIGHT), { context } = area, ink = colours();
  const most = Math.max(0.2, ...neurons.map((k) => Math.abs(row[k]))) * 1.25;
  const { toX, toY } = plotFrame(area, {
    x: [-0.7, neurons.length - 0.3], y: [-most, most], xLabel: "neuron (drag a bar)", yLabel: "weight at t = 0",
    xTicks: neurons.map((k, at) => [at, neurons.length > 14 && at % 2 ? "" : String(k)]), yTicks: [[-most / 1.25, `−${(most / 1.25).toFixed(2)}`], [0, "0"], [most / 1.25, (most / 1.25).toFixed(2)]],
  });
  const wide = (toX(1) - toX(0)) * 0.62;
  neurons.forEach((k, at) => {
    context.fillStyle = row[k] >= 0 ? ink.positive : ink.negative;
    context.fillRect(toX(at) - wide / 2, Math.min(toY(row[k]), toY(0)), wide, Math.abs(toY(row[k]) - toY(0)));
    if (k !== marked) return;
    context.strokeStyle = ink.ink;
    context.lineWidth = 2;
    context.strokeRect(toX(at) - wide / 2 - 1, Math.min(toY(row[k]), toY(0)) - 1, wide + 2, Math.abs(toY(row[k]) - toY(0)) + 2);
  });
  return (x, y) => {
    const at = Math.round(((x - toX(0)) / (toX(1) - toX(0))) || 0);
    const value = ((toY(0) - y) / (toY(0) - toY(1))) || 0;
    return at >= 0 && at < neurons.length ? { neuron: neurons[at], value: Math.round(value * 1000) / 1000 } : null;
  };
}
