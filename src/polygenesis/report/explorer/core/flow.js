// Gradient flow of the tied autoencoder on one-hot inputs, W' = 4 (W − ReLU(W Wᵀ) W) − λ sign W (loss's clock).

/** Live weights by row, and the two products of the gradient over them; zeros are skipped. */
export class TiedNetwork {
  constructor(n, m, penalty, interference) {
    Object.assign(this, { n, m, penalty, interference });
    this.at = new Int32Array(n * m); // live columns of row i: at[i·m … i·m + size[i])
    this.size = new Int32Array(n);
    this.overlap = new Float64Array(n * n);
  }

  /** List the columns of every row that are not zero; returns how many there are. */
  list(weights) {
    const { n, m, at, size } = this;
    let live = 0;
    for (let i = 0; i < n; i++) {
      let count = 0;
      for (let k = i * m; k < (i + 1) * m; k++) if (weights[k] !== 0) at[i * m + count++] = k - i * m;
      size[i] = count;
      live += count;
    }
    return live;
  }

  /** Fill ReLU(W Wᵀ), with 1 − ‖W_i‖² negated on the diagonal, from the listed weights. */
  overlaps(weights) {
    const { n, m, at, size, overlap } = this;
    for (let i = 0; i < n; i++) {
      let square = 0;
      for (let c = i * m; c < i * m + size[i]; c++) square += weights[i * m + at[c]] ** 2;
      overlap[i * n + i] = square - 1;
      if (!this.interference) continue;
      for (let j = 0; j < i; j++) {
        const [short, long] = size[i] < size[j] ? [i, j] : [j, i];
        let sum = 0;
        for (let c = short * m; c < short * m + size[short]; c++) {
          const k = at[c];
          sum += weights[short * m + k] * weights[long * m + k];
        }
        overlap[i * n + j] = overlap[j * n + i] = sum > 0 ? sum : 0;
      }
    }
  }

  /** Write the smooth force 4 (W − ReLU(W Wᵀ) W), on zeros too, into `force`. */
  force(weights, force) {
    const { n, m, at, size, overlap } = this;
    this.overlaps(weights);
    force.fill(0);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const pull = -4 * overlap[i * n + j];
        if (i !== j && (pull === 0 || !this.interference)) continue;
        for (let c = j * m; c < j * m + size[j]; c++) force[i * m + at[c]] += pull * weights[j * m + at[c]];
      }
    }
  }
}

/** What a weight becomes after `step` under the force f and the pressure λ, which holds it at zero once it is there. */
export function moved(weight, force, step, penalty) {
  if (weight === 0) {
    if (Math.abs(force) <= penalty) return 0;
    return step * (force - Math.sign(force) * penalty);
  }
  const sign = weight > 0 ? 1 : -1;
  const next = weight + step * (force - sign * penalty);
  if (next * sign > 0) return next;
  const rate = sign * force - penalty; // of |w|, below 0: the weight reaches zero after |w| / −rate
  if (sign * force >= -penalty) return 0;
  const left = step - (sign * weight) / -rate;
  return left * (force + sign * penalty);
}
