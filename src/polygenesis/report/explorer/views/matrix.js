// W as a matrix: rows by where they end, columns in the order of the picture.
import { colours, surface } from "./canvas.js";

const HEIGHT = 250, LEFT = 8, TOP = 18;

function cellSize(width, n, m) {
  return { wide: (width - 2 * LEFT) / m, high: (HEIGHT - TOP - 8) / n };
}

/** Draw all weights as cells, blue where positive, vermillion where negative. */
export function drawMatrix(canvas, { n, m, weights, order, focus }) {
  const { context, width } = surface(canvas, HEIGHT), ink = colours();
  const { wide, high } = cellSize(width, n, m);
  context.fillStyle = ink.soft;
  context.textAlign = "left";
  context.fillText("features ↓   neurons →", LEFT, 12);
  context.fillStyle = ink.card;
  context.fillRect(LEFT, TOP, wide * m, high * n);
  order.rows.forEach((i, row) => {
    order.columns.forEach((k, column) => {
      const weight = weights[i * m + k], share = Math.min(1, Math.abs(weight));
      if (share < 0.02) return;
      context.globalAlpha = share;
      context.fillStyle = weight > 0 ? ink.positive : ink.negative;
      context.fillRect(LEFT + column * wide, TOP + row * high, Math.max(wide - 0.4, 0.8), Math.max(high - 0.4, 0.8));
    });
  });
  context.globalAlpha = 1;
  if (!focus) return;
  context.strokeStyle = ink.ink;
  context.lineWidth = 1.2;
  order.rows.forEach((i, row) => focus.features.has(i) && context.strokeRect(LEFT, TOP + row * high, wide * m, high));
  order.columns.forEach((k, column) => focus.neurons.has(k) && context.strokeRect(LEFT + column * wide, TOP, wide, high * n));
}

/** The cell at a point: its feature and neuron, or null. */
export function hitMatrix(canvas, x, y, n, m, order) {
  const { wide, high } = cellSize(canvas.clientWidth, n, m);
  const column = Math.floor((x - LEFT) / wide), row = Math.floor((y - TOP) / high);
  return column >= 0 && column < m && row >= 0 && row < n ? { feature: order.rows[row], neuron: order.columns[column] } : null;
}

/** How many weights are left, in a sentence. */
export function matrixCaption({ n, m, weights }) {
  let live = 0;
  for (const weight of weights) if (weight !== 0) live++;
  return `${live} of ${n * m} weights are not zero; at the end each feature should keep one. Point at a cell, or click to select it.`;
}
