// The interference term ReLU(W Wᵀ) W over the weights that are not zero, which are listed by neuron.

/** Work space for n features. */
export function workspace(n) {
  return {
    overlap: new Float64Array(n * n), index: new Int32Array(n), strongest: new Float64Array(n),
    ahead: new Float64Array(n),
  };
}

/**
 * Write ReLU(W Wᵀ) W into `pull`; weights and pull by neuron, (width, n) row-major.
 * `direction` (n,) or null: take a step of power iteration on W Wᵀ with it; the eigenvalue is returned (else 0).
 */
export function interferencePull(weights, pull, n, width, space, interference, direction) {
  const {overlap, strongest} = space;
  addOverlaps(weights, n, width, space, interference || direction !== null);
  const largest = direction === null ? 0 : followed(overlap, space.ahead, direction, n);
  rectify(overlap, strongest, n, interference);
  pull.fill(0, 0, n * width);
  for (let k = 0; k < width; k += 1) {
    const base = k * n;
    for (let j = 0; j < n; j += 1) {
      const weight = weights[base + j];
      if (weight === 0) continue;
      const row = j * n;
      if (strongest[j] === 0) {  // it overlaps with no other feature
        pull[base + j] += overlap[row + j] * weight;
        continue;
      }
      for (let i = 0; i < n; i += 1) pull[base + i] += overlap[row + i] * weight;
    }
  }
  return largest;
}

/** Add up the lower triangle of W Wᵀ, or its diagonal alone. */
function addOverlaps(weights, n, width, space, pairs) {
  const {overlap, index} = space;
  overlap.fill(0);
  for (let k = 0; k < width; k += 1) {
    const base = k * n;
    let count = 0;
    for (let i = 0; i < n; i += 1) if (weights[base + i] !== 0) index[count++] = i;
    for (let x = 0; x < count; x += 1) {
      const i = index[x], row = i * n, weight = weights[base + i];
      if (!pairs) overlap[row + i] += weight * weight;
      else if (2 * count > n) for (let j = 0; j <= i; j += 1) overlap[row + j] += weight * weights[base + j];
      else for (let y = 0; y <= x; y += 1) overlap[row + index[y]] += weight * weights[base + index[y]];
    }
  }
}

/** Take the ReLU of every overlap, mirror it, and note each feature's strongest with another. */
function rectify(overlap, strongest, n, interference) {
  strongest.fill(0);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const between = overlap[i * n + j], value = between > 0 && interference ? between : 0;
      overlap[i * n + j] = value;
      overlap[j * n + i] = value;
      if (value > strongest[i]) strongest[i] = value;
      if (value > strongest[j]) strongest[j] = value;
    }
  }
}

/** Replace a direction by the unit vector along W Wᵀ direction; return by how much it grew. */
function followed(overlap, ahead, direction, n) {
  ahead.fill(0);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const between = overlap[i * n + j];
      ahead[i] += between * direction[j];
      ahead[j] += between * direction[i];
    }
    ahead[i] += overlap[i * n + i] * direction[i];
  }
  let square = 0;
  for (let i = 0; i < n; i += 1) square += ahead[i] * ahead[i];
  const size = Math.sqrt(square);
  if (size > 0 && size < Infinity) for (let i = 0; i < n; i += 1) direction[i] = awayFromDenormal(ahead[i] / size);
  return size;
}

/** Arithmetic on denormal numbers is a hundred times slower: keep a shrinking component above them. */
function awayFromDenormal(value) {
  return Math.abs(value) > 1e-100 ? value : 1e-100;
}
