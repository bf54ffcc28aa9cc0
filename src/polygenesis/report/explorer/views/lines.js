// Weights as lines: blue positive, vermillion negative, width and strength by |W|.
import { isNothing } from "../app/state.js";
import { colours } from "./colours.js";

const LEVELS = 16; // widths that are told apart, drawn from thin to thick
const LEAST = 0.03; // |W| below which a line would be thinner than can be seen
const MOST = 1200; // lines in a picture: more are one blur, and slow
const HAIR = 1; // pixels up to which a line is drawn as a hair, at half the cost

export function createLines() {
  const sizes = new Uint32Array(100);
  const bins = Array.from({ length: 4 * LEVELS }, () => []);

  // The least |W| that is drawn: LEAST, or more where that would be too many lines.
  function threshold(weights) {
    sizes.fill(0);
    for (const weight of weights) sizes[Math.min(99, Math.floor(Math.abs(weight) * 100))]++;
    let [level, count] = [99, sizes[99]];
    while (level > 100 * LEAST && count + sizes[level - 1] <= MOST) count += sizes[--level];
    return level / 100;
  }

  // Sort every visible weight into a level, by sign and by whether it is emphasized.
  function sort(weights, n, m, marks, least) {
    for (const bin of bins) bin.length = 0;
    const all = isNothing(marks);
    const chosen = new Uint8Array(n);
    for (const feature of marks.features) chosen[feature] = 1;
    const byNeuron = marks.features.length === 0;
    for (let i = 0, q = 0; i < n; i++) {
      for (let k = 0; k < m; k++, q++) {
        const size = Math.abs(weights[q]);
        if (size < least) continue;
        const lit = all || (byNeuron ? k === marks.neuron : chosen[i] === 1);
        const level = Math.min(LEVELS - 1, Math.floor(size * LEVELS));
        bins[(lit ? 2 * LEVELS : 0) + 2 * level + (weights[q] > 0 ? 1 : 0)].push(i, k);
      }
    }
  }

  function draw(context, weights, places, marks) {
    const { positive, negative } = colours();
    const widest = Math.max(2.2, Math.min(4.5, 0.5 * Math.min(places.roomF, places.roomN)));
    const least = threshold(weights);
    sort(weights, places.n, places.m, marks, least);
    bins.forEach((bin, at) => {
      if (bin.length === 0) return;
      const [lit, level] = [at >= 2 * LEVELS, (at % (2 * LEVELS)) >> 1];
      const size = (level + 0.5) / LEVELS;
      context.strokeStyle = at & 1 ? positive : negative;
      context.globalAlpha = (0.1 + 0.9 * Math.min(1, size * 1.25)) * (lit ? 1 : 0.13);
      context.lineWidth = Math.max(HAIR, size * widest);
      trace(context, bin, places);
    });
    context.globalAlpha = 1;
    return least;
  }

  return { draw };
}

// A path a line: one path with many crossing lines takes twice as long to fill.
function trace(context, bin, { featureX, neuronX, top, bottom }) {
  for (let at = 0; at < bin.length; at += 2) {
    context.beginPath();
    context.moveTo(featureX[bin[at]], top);
    context.lineTo(neuronX[bin[at + 1]], bottom);
    context.stroke();
  }
}
