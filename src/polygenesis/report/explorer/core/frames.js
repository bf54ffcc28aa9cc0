// The film of a simulation: what is kept of every step, and which steps are shown.

const MOVING = 0.45, CHANGING = 0.35, CLOCK = 0.2;  // shares of the frames given to motion, to new leaders, to log time

/** Begin a film of n × m weights. */
export function beginFilm(n, m) {
  return {n, m, shots: [], leaders: new Int32Array(n).fill(-1), previous: new Float32Array(n * m)};
}

/**
 * Keep the weights at a time (loss's clock): that of feature i to neuron columns[at] is weights[i · byFeature + at · byNeuron].
 */
export function shoot(film, time, {weights, columns, byFeature, byNeuron}) {
  const {n, m, previous, leaders} = film, width = columns.length;
  const index = [], value = [], now = new Float32Array(n * m);
  let moved = 0, changed = 0;
  for (let i = 0; i < n; i += 1) {
    let best = 0, leader = -1;
    for (let at = 0; at < width; at += 1) {
      const w = weights[i * byFeature + at * byNeuron];
      if (w === 0) continue;
      const k = i * m + columns[at], size = Math.abs(w);
      index.push(k);
      value.push(w);
      now[k] = w;
      if (size > best) {
        best = size;
        leader = columns[at];
      }
    }
    if (leader !== leaders[i]) changed += 1;
    leaders[i] = leader;
  }
  for (let k = 0; k < n * m; k += 1) moved += (now[k] - previous[k]) ** 2;
  film.previous = now;
  const shot = {time, index: Uint32Array.from(index), value: Float32Array.from(value), moved: Math.sqrt(moved), changed};
  if (film.shots.length === 0) shot.moved = shot.changed = 0;
  film.shots.push(shot);
}

/** Choose at most `frames` shots, the first and the last among them; return {times, weights: [t][i][k]}. */
export function develop(film, frames) {
  const chosen = chooseShots(film.shots, frames), size = film.n * film.m;
  const times = new Float64Array(chosen.length), weights = new Float32Array(chosen.length * size);
  chosen.forEach((shot, t) => {
    times[t] = shot.time;
    for (let at = 0; at < shot.index.length; at += 1) weights[t * size + shot.index[at]] = shot.value[at];
  });
  return {times, weights};
}

function chooseShots(shots, frames) {
  if (shots.length <= frames) return shots;
  const clock = shots.map((shot, at) => (at < 2 ? 0 : Math.log(shot.time / shots[at - 1].time)));
  const sums = {moved: 1e-300, changed: 1e-300, clock: 1e-300};
  shots.forEach((shot, at) => {
    sums.moved += shot.moved;
    sums.changed += shot.changed;
    sums.clock += clock[at];
  });
  const reached = [];
  shots.reduce((sum, shot, at) => {
    const share = MOVING * shot.moved / sums.moved + CHANGING * shot.changed / sums.changed;
    reached.push(sum + share + CLOCK * clock[at] / sums.clock);
    return reached[at];
  }, 0);
  const chosen = new Set([0, shots.length - 1]);
  for (let at = 0, f = 1; f < frames - 1; f += 1) {
    while (at < shots.length - 1 && reached[at] < reached[shots.length - 1] * f / (frames - 1)) at += 1;
    chosen.add(at);
  }
  for (let at = 1; chosen.size < frames && at < shots.length; at += 1) chosen.add(at);  // places left over: the earliest
  return [...chosen].sort((a, b) => a - b).map((at) => shots[at]);
}
