// The loss of weights: Σ_i (1 − ‖W_i‖²)² + Σ_{i≠j} ReLU(W_i·W_j)² + λ Σ|W| (arXiv:2312.03096, §2; sums, no means).

export function totalLoss(weights, n, m, penalty) {
  let [errors, size] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let overlap = 0;
      for (let k = 0; k < m; k++) overlap += weights[i * m + k] * weights[j * m + k];
      if (i === j) errors += (1 - overlap) ** 2;
      else if (overlap > 0) errors += 2 * overlap * overlap;
    }
  }
  for (const weight of weights) size += Math.abs(weight);
  return { errors, penalty: penalty * size, total: errors + penalty * size };
}
