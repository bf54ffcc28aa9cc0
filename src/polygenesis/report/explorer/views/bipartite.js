// Features above, neurons below, weights as lines, rings around neurons with two features or more.
import { colours, surface } from "./canvas.js";

const TOP = 26, BOTTOM = 34, BUCKETS = 8, FAINTEST = 0.03;

/** Height of the picture for a width: flat on a desktop, taller beside narrow screens. */
export function pictureHeight(width) {
  return Math.round(Math.max(240, Math.min(430, width * 0.36)));
}

/** Where features and neurons stand, in pixels. */
export function pictureLayout(width, height, n, m, place) {
  const across = (at, count) => ((at + 0.5) / count) * (width - 20) + 10;
  return {
    feature: (i) => [across(i, n), TOP],
    neuron: (k) => [across(place[k], m), height - BOTTOM],
    radius: Math.max(2.2, Math.min(9, ((width - 20) / m) * 0.36)),
    dot: Math.max(2.5, Math.min(7, ((width - 20) / n) * 0.3)),
  };
}

/** Draw one frame. `focus`: {features: Set, neurons: Set} that are marked, or null where nothing is. */
export function drawBipartite(canvas, { n, m, weights, now, place, focus }) {
  const area = surface(canvas, pictureHeight(canvas.clientWidth));
  const layout = pictureLayout(area.width, area.height, n, m, place);
  drawLines(area.context, layout, weights, n, m, focus);
  drawFeatures(area.context, layout, n, focus);
  drawNeurons(area.context, layout, now, focus);
}

/** The feature or neuron nearest to a point, or null. */
export function hitBipartite(canvas, x, y, n, m, place) {
  const width = canvas.clientWidth, height = pictureHeight(width);
  const layout = pictureLayout(width, height, n, m, place);
  const upper = y < TOP + 24, lower = y > height - BOTTOM - 24;
  if (!upper && !lower) return null;
  let best = null, nearest = Math.max(14, layout.radius * 2);
  for (let at = 0; at < (upper ? n : m); at++) {
    const [px] = upper ? layout.feature(at) : layout.neuron(at);
    if (Math.abs(px - x) < nearest) [best, nearest] = [at, Math.abs(px - x)];
  }
  return best === null ? null : upper ? { feature: best } : { neuron: best };
}

function drawLines(context, layout, weights, n, m, focus) {
  const ink = colours();
  const paths = Array.from({ length: 4 * BUCKETS }, () => null);
  for (let i = 0; i < n; i++) {
    const [x0, y0] = layout.feature(i);
    for (let k = 0; k < m; k++) {
      const weight = weights[i * m + k], size = Math.min(1, Math.abs(weight));
      if (size < FAINTEST) continue;
      const marked = !focus || focus.features.has(i) || focus.neurons.has(k);
      const bucket = Math.min(BUCKETS - 1, Math.floor(size * BUCKETS)) + (weight < 0 ? BUCKETS : 0) + (marked ? 0 : 2 * BUCKETS);
      const [x1, y1] = layout.neuron(k);
      const path = (paths[bucket] ??= new Path2D());
      path.moveTo(x0, y0);
      path.lineTo(x1, y1);
    }
  }
  context.lineCap = "round";
  for (let at = paths.length - 1; at >= 0; at--) {
    if (!paths[at]) continue;
    const share = ((at % BUCKETS) + 0.7) / BUCKETS, faded = at >= 2 * BUCKETS;
    context.strokeStyle = at % (2 * BUCKETS) < BUCKETS ? ink.positive : ink.negative;
    context.globalAlpha = (faded ? 0.12 : 1) * Math.min(1, share * 1.2);
    context.lineWidth = 0.5 + 3 * share;
    context.stroke(paths[at]);
  }
  context.globalAlpha = 1;
}

function drawFeatures(context, layout, n, focus) {
  const ink = colours();
  context.textAlign = "center";
  for (let i = 0; i < n; i++) {
    const [x, y] = layout.feature(i), marked = focus && focus.features.has(i);
    context.globalAlpha = focus && !marked ? 0.35 : 1;
    context.fillStyle = ink.ink;
    context.beginPath();
    context.arc(x, y, marked ? layout.dot + 2 : layout.dot, 0, 2 * Math.PI);
    context.fill();
    if (marked || (layout.dot > 5 && !focus)) {
      context.fillStyle = marked ? ink.ink : ink.soft;
      context.fillText(String(i), x, y - layout.dot - 5);
    }
  }
  context.globalAlpha = 1;
}

function drawNeurons(context, layout, now, focus) {
  const ink = colours();
  for (const { neuron, kind } of now.neurons) {
    const [x, y] = layout.neuron(neuron), marked = focus && focus.neurons.has(neuron);
    context.globalAlpha = focus && !marked ? 0.35 : 1;
    drawMark(context, x, y, layout.radius, kind, ink);
    if (marked) {
      context.fillStyle = ink.ink;
      context.textAlign = "center";
      context.fillText(String(neuron), x, y + layout.radius + 17);
    }
  }
  context.globalAlpha = 1;
}

/** The mark of a kind of neuron: a ring, a diamond, a dashed ring, a dot, a small empty ring. */
function drawMark(context, x, y, radius, kind, ink) {
  context.beginPath();
  context.setLineDash([]);
  if (kind === "malign") {
    const r = radius * 1.45;
    context.moveTo(x, y - r);
    context.lineTo(x + r, y);
    context.lineTo(x, y + r);
    context.lineTo(x - r, y);
    context.closePath();
  } else context.arc(x, y, kind === "benign" ? radius * 1.25 : kind === "undecided" ? radius : radius * 0.6, 0, 2 * Math.PI);
  context.fillStyle = kind === "single" ? ink.ink : ink.paper;
  context.fill();
  const looks = { benign: [ink.benign, 3], malign: [ink.malign, 3], undecided: [ink.undecided, 1.3], single: [ink.ink, 1], free: [ink.line, 1] };
  const [colour, line] = looks[kind];
  context.strokeStyle = colour;
  context.lineWidth = Math.min(line, radius * 0.7);
  if (kind === "undecided") context.setLineDash([2.5, 2]);
  context.stroke();
  context.setLineDash([]);
}
