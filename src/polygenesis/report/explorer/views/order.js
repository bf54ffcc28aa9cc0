// Where features and neurons stand in a row, so that at the end most lines are short.

export function orderByNumber(n, m) {
  return placed(Array.from({ length: n }, (_, i) => i), Array.from({ length: m }, (_, k) => k));
}

// Features that end on the same neuron stand side by side, and every neuron beneath the features that it carries.
export function orderByOwner(census, n, m) {
  const features = groupedFeatures(census, n);
  const place = new Float64Array(n);
  features.forEach((feature, at) => (place[feature] = n > 1 ? at / (n - 1) : 0.5));
  const owned = census.neurons.filter((each) => each.features.length > 0).map((each) => ({
    neuron: each.neuron,
    at: each.features.reduce((sum, { feature }) => sum + place[feature], 0) / each.features.length,
  }));
  return placed(features, slotted(owned.sort((a, b) => a.at - b.at), m));
}

function groupedFeatures(census, n) {
  const order = [];
  const done = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    if (done[i]) continue;
    const group = census.neurons.find((each) => each.features.some(({ feature }) => feature === i));
    for (const feature of [i, ...(group ? group.features.map((each) => each.feature) : [])]) {
      if (!done[feature]) order.push(feature);
      done[feature] = 1;
    }
  }
  return order;
}

// Give each owned neuron, from left to right, the free slot nearest to its place; the others fill the gaps.
function slotted(owned, m) {
  const neurons = new Array(m).fill(-1);
  let next = 0;
  owned.forEach(({ neuron, at }, done) => {
    const last = m - (owned.length - done); // leave room for those to come
    const slot = Math.min(last, Math.max(next, Math.round(at * (m - 1))));
    neurons[slot] = neuron;
    next = slot + 1;
  });
  const used = new Set(neurons);
  let free = 0;
  return neurons.map((neuron) => {
    if (neuron >= 0) return neuron;
    while (used.has(free)) free++;
    return free++;
  });
}

function placed(features, neurons) {
  const inverse = (list) => {
    const places = new Int16Array(list.length);
    list.forEach((each, at) => (places[each] = at));
    return places;
  };
  return { features, neurons, featurePlace: inverse(features), neuronPlace: inverse(neurons) };
}
