// What pushes one feature's weights (arXiv:2312.03096, §3; loss's clock):
// −∂L/∂W_i = 4(1 − ‖W_i‖²) W_i − 4 Σ_{j≠i} ReLU(W_i·W_j) W_j − λ sign W_i.

/**
 * Forces on row i of weights (n·m): {benefit, interference, regularization, total} (m,) each, and
 * perOther: [{feature, overlap W_i·W_j, force ‖4 ReLU(W_i·W_j) W_j‖}], strongest first.
 * On a zero weight the penalty takes what it can hold, up to λ; what is left of the force releases it.
 */
export function forces(weights, n, m, i, penalty, interference = true) {
  const row = weights.subarray(i * m, (i + 1) * m), square = dotProduct(row, row);
  const benefit = Float64Array.from(row, (w) => 4 * (1 - square) * w);
  const pushed = new Float64Array(m), perOther = [];
  for (let j = 0; j < n; j += 1) {
    if (j === i) continue;
    const other = weights.subarray(j * m, (j + 1) * m), overlap = dotProduct(row, other);
    const push = interference && overlap > 0 ? 4 * overlap : 0;
    for (let k = 0; push > 0 && k < m; k += 1) pushed[k] -= push * other[k];
    perOther.push({feature: j, overlap, force: push * Math.sqrt(dotProduct(other, other))});
  }
  perOther.sort((a, b) => b.force - a.force || Math.abs(b.overlap) - Math.abs(a.overlap));
  const regularization = Float64Array.from(row, (w, k) => {
    const smooth = benefit[k] + pushed[k];
    return w === 0 ? -Math.sign(smooth) * Math.min(Math.abs(smooth), penalty) : -penalty * Math.sign(w);
  });
  const total = Float64Array.from(row, (_, k) => benefit[k] + pushed[k] + regularization[k]);
  return {benefit, interference: pushed, regularization, total, perOther};
}

/** The sum of products of two rows. */
export function dotProduct(one, other) {
  let sum = 0;
  for (let k = 0; k < one.length; k += 1) sum += one[k] * other[k];
  return sum;
}
