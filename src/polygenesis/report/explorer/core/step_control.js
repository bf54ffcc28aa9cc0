// How long a step may be and how a long one is divided into stages: polygenesis.dynamics.flow.step_control, line by line.
// Times are in the paper's clock, dW/dt = W − ReLU(W Wᵀ) W − λ′ sign W with λ′ = λ/4 (arXiv:2312.03096, §3).

export const TOLERANCE = 1e-3;  // local error of a step relative to ‖W‖: the default of training.GradientFlow
export const REST = 1e-5;  // nothing moves when no live weight is faster than this
export const LONGEST_STEP = 50;
export const FIRST_STEP = 0.02;
const FIRST_MOVE = 0.01, SMALLEST_NORM = 0.1;
const SAFETY = 0.9, SHRINK = 0.3, LEAP = 4, SINGLE_SHARE = 0.3, SINGLE_GROW = 1.5, STAGED_GROW = 2;
const LATEST_EVEN = 2, REJECTED = 0.55, ALONE = 0.5, TWO = 1.9, STAGED_ERROR = 2 / 15, MOST_EASE = 6, MOST_ABOVE = 16;
const FASTEST = 1.85, SLOWEST_RATE = 2.1, INSIDE = 1 - 1e-6;
export const FASTEST_RATE = 10;

/** By how much the tolerance may be eased for n features on m neurons. */
export function ease(n, m) {
  const room = Math.max(m / n, 1);
  return Math.min(room, Math.sqrt(2 * room), MOST_EASE);
}

/** Step length above which the error allowance stops growing with h. */
export function evenFrom(n, m) {
  return Math.min(Math.max(m / n, 1), LATEST_EVEN);
}

/** Fastest rate of the flow from the largest eigenvalue of W Wᵀ. */
export function fastestRate(largest) {
  return Math.min(Math.max(FASTEST * largest, SLOWEST_RATE), FASTEST_RATE);
}

/** The very first step, from the largest ‖F_i‖ / ‖W_i‖. */
export function firstStep(moved, squared, left) {
  let worst = 0;
  for (let i = 0; i < moved.length; i += 1) {
    worst = Math.max(worst, moved[i] / Math.max(squared[i], SMALLEST_NORM ** 2));
  }
  return Math.min(FIRST_STEP, FIRST_MOVE / Math.max(Math.sqrt(worst), 1e-300), left);
}

/** Root mean square over features of the relative error, but at least the largest of them over 16. */
export function typicalError(missed, squared) {
  let total = 0, worst = 0;
  for (let i = 0; i < missed.length; i += 1) {
    const ratio = missed[i] / Math.max(squared[i], SMALLEST_NORM ** 2);
    total += ratio;
    worst = Math.max(worst, ratio);
  }
  return Math.sqrt(Math.max(total / missed.length, worst / MOST_ABOVE ** 2));
}

/** Decide on a step that was measured: {taken, step: the next length (or the same again), staged: in stages}. */
export function decide({step, first, staged, rate, error, tolerance, even, left}) {
  const change = stepFactor(step, first, staged, error, tolerance, even), taken = change >= REJECTED;
  const growth = staged ? STAGED_GROW : first ? LEAP : SINGLE_GROW;
  let wanted = Math.min(step * (taken ? Math.min(change, growth) : Math.max(change, SHRINK)), LONGEST_STEP);
  const alone = ALONE / rate, two = TWO / rate;
  let stages = staged;
  if (staged && wanted < 2 * alone) {
    stages = false;
    wanted = Math.min(wanted, alone);
  } else if (!staged && wanted >= alone) {
    stages = taken && STAGED_ERROR * error * (two / step) ** 3 <= tolerance * Math.min(two, even);
    wanted = stages ? two : alone;
  }
  if (stages) wanted = worthwhile(wanted, rate);
  return {taken, step: taken ? Math.min(wanted, LONGEST_STEP, left - step) : wanted, staged: stages};
}

function stepFactor(step, first, staged, error, tolerance, even) {
  if (!Number.isFinite(error)) return 0;
  const allowed = tolerance * (staged ? Math.min(step, even) : SINGLE_SHARE);
  return SAFETY * (allowed / Math.max(error, 1e-300)) ** (first ? 1 / 2 : 1 / 3);
}

/** If s − 1 stages advance further per evaluation, cut the step to their stability limit. */
function worthwhile(step, rate) {
  const fewer = stageCount(step, rate) - 1, reach = INSIDE * (fewer * fewer + fewer - 2) / (2 * rate);
  return fewer > 1 && reach * (fewer + 1) > step * fewer ? reach : step;
}

/** Stages that keep a second-order Runge–Kutta–Legendre step stable. */
export function stageCount(step, rate) {
  return Math.max(2, Math.ceil((Math.sqrt(9 + 8 * step * rate) - 1) / 2));
}

/** Factors of a single step (Adams–Bashforth and Adams–Moulton): {second, later, early}. */
export function singleFactors(step, last) {
  if (last === 0) return {second: 0, later: 0.5 * step, early: 0};
  const bend = step * step / (6 * (step + last));
  return {second: 0.5 * step * step / last, later: 0.5 * step - bend, early: bend * step / last};
}

/** Coefficients of the Legendre stages (Meyer et al. 2014, §2), [μ, ν, 1 − μ − ν, h μ̃, h γ̃, time] a stage. */
export function legendreStages(number, step) {
  const b = [1 / 3, 1 / 3], reach = 4 / (number * number + number - 2), span = number * number + number - 2;
  for (let j = 2; j <= number; j += 1) b[j] = (j * j + j - 2) / (2 * j * (j + 1));
  const table = [[1, 0, 0, step * reach / 3, 0, step * reach / 3]];
  for (let j = 2; j <= number; j += 1) {
    const mu = (2 * j - 1) / j * b[j] / b[j - 1], nu = -(j - 1) / j * b[j] / b[j - 2];
    const later = step * mu * reach;
    table.push([mu, nu, 1 - mu - nu, later, -(1 - b[j - 1]) * later, step * (j * j + j - 2) / span]);
  }
  return table;
}
