// In which order features and neurons stand, the same in every view.

/**
 * Neurons by where their features stand at the end, so that lines are short: `columns[place] = neuron`; free ones fill
 * the places between. Features keep their numbers: `rows[place] = feature` sorted by the place of their neuron.
 */
export function placeNeurons(last, n, m) {
  const wanted = new Array(m).fill(null);
  const taken = last.neurons.filter((each) => each.features.length)
    .map(({ neuron, features }) => ({ neuron, at: (features.reduce((sum, each) => sum + each.feature, 0) / features.length + 0.5) / n }))
    .sort((a, b) => a.at - b.at);
  let least = 0;
  taken.forEach(({ neuron, at }, index) => {
    const most = m - (taken.length - index);
    const place = Math.min(most, Math.max(least, Math.floor(at * m)));
    wanted[place] = neuron;
    least = place + 1;
  });
  const free = last.neurons.filter((each) => !each.features.length).map((each) => each.neuron);
  const columns = wanted.map((neuron) => (neuron === null ? free.shift() : neuron));
  const place = new Int16Array(m);
  columns.forEach((neuron, at) => (place[neuron] = at));
  const rows = Array.from({ length: n }, (_, i) => i).sort((a, b) => (last.leader[a] < 0 ? m : place[last.leader[a]]) - (last.leader[b] < 0 ? m : place[last.leader[b]]) || a - b);
  return { columns, place, rows };
}
