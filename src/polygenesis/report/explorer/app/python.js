// The same network in Python: a spec where it reproduces the run, start weights in a file where it does not.
import { sameStart } from "./fields.js";

// {code, note, needsStart}: `needsStart` says that the code reads start.json, which the page offers.
export function pythonOf(spec, data, mode) {
  const own = data.start !== null && sameStart(spec, data.spec);
  const same = own && spec.nudges.length === 0 && JSON.stringify({ ...spec, nudges: [] }) === JSON.stringify({ ...data.spec, nudges: [] });
  if (mode === "replay" || same) return { code: data.python || specCode(spec), note: replayNote(mode), needsStart: false };
  if (spec.noise > 0) return { code: codeWithStart(spec), note: "The page adds its own random noise: the code repeats the start and the setting, not the same noise.", needsStart: true };
  const why = own ? "The start is the engine’s own draw, nudged" : "The page drew this start, with another generator than the engine’s";
  return { code: codeWithStart(spec), note: `${why}. Download start.json and run the code beside it: the engine then trains from the same start.`, needsStart: true };
}

function replayNote(mode) {
  return mode === "replay" ? "This code gives the stored run again." : "This code gives the same start and the same run: the page holds the engine’s own draw.";
}

function codeWithStart(spec) {
  return [
    "import json",
    "",
    "import numpy as np",
    "",
    specCode(spec).trimEnd(),
    'start = np.array(json.load(open("start.json")))  # (n, m)',
    "run = pg.simulate(spec, initial_weights=start[None])",
    "pg.explore(run).open()",
    "",
  ].join("\n");
}

function specCode(spec) {
  const lines = [`model=pg.TiedAutoencoder(n=${spec.n}, m=${spec.m})`, `penalty=pg.L1(${spec.penalty})`];
  if (spec.noise > 0) lines.push(`noise=pg.Bipolar(${spec.noise})`, `training=pg.GradientDescent(lr=0.02, steps=30_000)`);
  if (!spec.interference) lines.push("interference=pg.NoInterference()");
  return ["import polygenesis as pg", "", "spec = pg.RunSpec(", ...lines.map((line) => `    ${line},`), ")", ""].join("\n");
}

// Start weights as rows of a JSON list, to full precision.
export function startJson(start, n, m) {
  return JSON.stringify(Array.from({ length: n }, (_, i) => Array.from(start.subarray(i * m, (i + 1) * m))));
}
