// The forces on one feature's weights at this moment, neuron by neuron.
import { shown } from "../app/words.js";
import { colours, plotFrame, surface } from "./canvas.js";

const HEIGHT = 220, MOST = 14;
const TERMS = [["benefit", "#56b4e9"], ["interference", "#e69f00"], ["regularization", "#cc79a7"]];

/** Draw the three forces on the largest weights of a row; upward means that the weight grows in size. */
export function drawForces(canvas, { row, found }) {
  const area = surface(canvas, HEIGHT), { context } = area, ink = colours();
  const neurons = largest(row);
  const signed = (term, k) => (Math.sign(row[k]) || Math.sign(found.total[k]) || 1) * found[term][k];
  let most = 0.02;
  for (const k of neurons) for (const [term] of TERMS) most = Math.max(most, Math.abs(signed(term, k)));
  const { toX, toY } = plotFrame(area, {
    x: [-0.6, neurons.length - 0.4], y: [-most * 1.15, most * 1.15], xLabel: "neurons with the largest weights", yLabel: "shrinks ← force → grows",
    xTicks: neurons.map((k, at) => [at, String(k)]), yTicks: [[-most, shown(-most, 2)], [0, "0"], [most, shown(most, 2)]],
  });
  const step = neurons.length > 1 ? toX(1) - toX(0) : 60, wide = Math.min(16, step * 0.24);
  neurons.forEach((k, at) => {
    TERMS.forEach(([term, colour], which) => {
      const y = toY(signed(term, k));
      context.fillStyle = colour;
      context.fillRect(toX(at) + (which - 1.5) * wide, Math.min(y, toY(0)), wide - 1, Math.abs(y - toY(0)));
    });
    context.fillStyle = ink.ink;
    context.beginPath();
    context.arc(toX(at), toY(signed("total", k)), 3, 0, 2 * Math.PI);
    context.fill();
  });
}

/** Who pushes the feature, in a sentence. */
export function forcesCaption(feature, found) {
  if (!found.perOther.length) return `Feature ${feature}: no other feature pushes it now; the benefit of a longer row and the penalty are in play.`;
  const [first] = found.perOther, rest = found.perOther.length - 1;
  const others = rest ? `, ${rest} more ${rest === 1 ? "feature pushes" : "features push"} less` : "";
  return `Feature ${feature} is pushed most by feature ${first.feature} (overlap ${shown(first.overlap, 2)}, force ${shown(first.force, 2)})${others}.`;
}

function largest(row) {
  const order = Array.from(row, (_, k) => k).filter((k) => row[k] !== 0).sort((a, b) => Math.abs(row[b]) - Math.abs(row[a]));
  return (order.length ? order : [0]).slice(0, MOST);
}
