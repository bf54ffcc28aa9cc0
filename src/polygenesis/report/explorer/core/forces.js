// What pushes one feature's weights now, and what a matrix costs.

/**
 * The forces on row i of a matrix (n·m), one number a neuron, loss's clock: benefit 4 (1 − ‖W_i‖²) W_i, interference
 * −4 Σ_j ReLU(W_i·W_j) W_j, regularization −λ sign W_i (on a zero: what it takes to hold it), and their sum.
 * `perOther`: the features that push it, strongest first, with their overlap W_i·W_j and the size of their force.
 */
export function forces(weights, n, m, i, penalty, interference = true) {
  const row = weights.subarray(i * m, (i + 1) * m);
  const benefit = new Float64Array(m), pushed = new Float64Array(m), regularization = new Float64Array(m);
  const total = new Float64Array(m), slack = 1 - dot(row, row), perOther = [];
  for (let k = 0; k < m; k++) benefit[k] = 4 * slack * row[k];
  for (let j = 0; interference && j < n; j++) {
    if (j === i) continue;
    const other = weights.subarray(j * m, (j + 1) * m), overlap = dot(row, other);
    if (overlap <= 0) continue;
    for (let k = 0; k < m; k++) pushed[k] -= 4 * overlap * other[k];
    perOther.push({ feature: j, overlap, force: 4 * overlap * Math.sqrt(dot(other, other)) });
  }
  for (let k = 0; k < m; k++) {
    const smooth = benefit[k] + pushed[k];
    regularization[k] = row[k] !== 0 ? -penalty * Math.sign(row[k]) : -Math.sign(smooth) * Math.min(penalty, Math.abs(smooth));
    total[k] = smooth + regularization[k];
  }
  perOther.sort((a, b) => b.force - a.force);
  return { benefit, interference: pushed, regularization, total, perOther };
}

/** The loss Σ_i (1 − ‖W_i‖²)² + Σ_{j≠i} ReLU(W_i·W_j)² of a matrix, its penalty λ Σ|W|, and their sum. */
export function cost(weights, n, m, penalty) {
  let loss = 0, sizes = 0;
  for (let i = 0; i < n; i++) {
    const row = weights.subarray(i * m, (i + 1) * m);
    loss += (1 - dot(row, row)) ** 2;
    for (let j = 0; j < i; j++) loss += 2 * Math.max(0, dot(row, weights.subarray(j * m, (j + 1) * m))) ** 2;
  }
  for (const weight of weights) sizes += Math.abs(weight);
  return { loss, penalty: penalty * sizes, total: loss + penalty * sizes };
}

function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
