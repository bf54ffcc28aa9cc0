// One feature without interference, dw/dt = 4 (1 − ‖w‖²) w − λ sign w (loss's clock), by fine steps of its exact form.

const STEPS_A_UNIT = 400, FEWEST = 40;

/**
 * The race of one row (m weights) at the given times. All weights share one factor, |w_k(t)| = a(t) (|w_k(0)| − c(t))₊
 * with ȧ = 4 (1 − ‖w‖²) a and ċ = λ/a, so that two numbers are integrated, by the classical Runge–Kutta method.
 * Returns `weights` (Float32Array, times × m), `survivors`, the `winner` and `finish`, when the last rival dropped out.
 */
export function exactRace(row, penalty, times) {
  const m = row.length, size = Array.from(row, Math.abs);
  const order = size.map((_, k) => k).sort((a, b) => size[b] - size[a]);
  const sorted = Float64Array.from(order, (k) => size[k]);
  const ones = new Float64Array(m + 1), squares = new Float64Array(m + 1);
  for (let k = 0; k < m; k++) {
    ones[k + 1] = ones[k] + sorted[k];
    squares[k + 1] = squares[k] + sorted[k] ** 2;
  }
  const alive = (c) => lower(sorted, c);
  const rates = (a, c) => {
    const p = alive(c), norm = a * a * (squares[p] - 2 * c * ones[p] + p * c * c);
    return [4 * (1 - norm) * a, penalty / a];
  };
  const weights = new Float32Array(times.length * m), survivors = new Int16Array(times.length);
  let a = 1, c = 0, now = 0, finish = m > 1 ? Infinity : 0;
  for (let t = 0; t < times.length; t++) {
    const span = times[t] - now;
    const steps = span > 0 ? Math.max(FEWEST, Math.ceil(span * STEPS_A_UNIT * Math.min(1, 0.05 + penalty))) : 0;
    for (let s = 0; s < steps; s++) {
      [a, c] = stepped(rates, a, c, span / steps);
      if (finish === Infinity && alive(c) <= 1) finish = now + ((s + 1) * span) / steps;
    }
    now = times[t];
    for (let k = 0; k < m; k++) weights[t * m + k] = Math.sign(row[k]) * a * Math.max(0, size[k] - c);
    survivors[t] = alive(c);
  }
  return { weights, survivors, winner: order[0], finish };
}

function stepped(rates, a, c, h) {
  const [a1, c1] = rates(a, c), [a2, c2] = rates(a + (h / 2) * a1, c + (h / 2) * c1);
  const [a3, c3] = rates(a + (h / 2) * a2, c + (h / 2) * c2), [a4, c4] = rates(a + h * a3, c + h * c3);
  return [a + (h / 6) * (a1 + 2 * a2 + 2 * a3 + a4), c + (h / 6) * (c1 + 2 * c2 + 2 * c3 + c4)];
}

/** How many of the descending values exceed c. */
function lower(sorted, c) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] > c) low = middle + 1;
    else high = middle;
  }
  return low;
}
