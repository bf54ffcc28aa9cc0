// The network as a spec in Python, and what of it another draw would not repeat.

const CLASSES = {
  gaussian: "Gaussian", uniform: "Uniform", rademacher: "Rademacher", laplace: "Laplace", "student-t": "StudentT",
  "sparse-gaussian": "SparseGaussian", orthogonal: "Orthogonal",
};

/** Code and a sentence that says what it repeats. `own`: the start is the engine's, `python` the code that came along. */
export function pythonOf(spec, own, python) {
  if (own && !spec.nudges.length) return { code: python, note: "The same network: this page began with the engine’s own W(0) for this spec." };
  const law = `from polygenesis.initial import ${CLASSES[spec.law]}\n`;
  const initial = spec.law === "orthogonal" ? `Orthogonal(gain=${spec.scale})` : `${CLASSES[spec.law]}(std=${spec.scale} * ${spec.m}**-0.5)`;
  const interference = spec.interference ? "" : "\n    interference=pg.NoInterference(),";
  const code = `import json

import numpy as np

import polygenesis as pg
${law}
spec = pg.RunSpec(
    model=pg.TiedAutoencoder(n=${spec.n}, m=${spec.m}),
    penalty=pg.L1(${spec.penalty}),
    initial=${initial},${interference}
    training=pg.GradientFlow(),
)
start = np.array(json.load(open("start.json")))  # (1, n, m), downloaded below
run = pg.simulate(spec, initial_weights=start)
print(run.to_dataframe() if hasattr(run, "to_dataframe") else pg.census(run.final))
`;
  const noise = spec.noise > 0 ? " Hidden noise is left out: the engine takes it in steps, with pg.SGD and pg.Bipolar." : "";
  return { code, note: `The page drew or changed this start itself, so Python needs it as a file; from there the engine goes the same way.${noise}` };
}

/** W(0) as JSON of shape (1, n, m). */
export function startJson(weights, n, m) {
  const rows = Array.from({ length: n }, (_, i) => Array.from(weights.subarray(i * m, (i + 1) * m)));
  return JSON.stringify([rows]);
}
