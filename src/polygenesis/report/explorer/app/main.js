// The explorer: data in the page, one state, and views that follow it.
import { censuses, collisions, decidedAt } from "../core/collisions.js";
import { finalCount } from "../core/census.js";
import { readData } from "../core/data.js";
import { cost, forces } from "../core/forces.js";
import { nudged, start } from "../core/start.js";
import { drawBipartite, hitBipartite } from "../views/bipartite.js";
import { forgetColours } from "../views/canvas.js";
import { collisionsCaption, listCollisions, listFates, markCollisions } from "../views/collisions.js";
import { countsCaption, drawCounts } from "../views/counts.js";
import { drawForces, forcesCaption } from "../views/forces.js";
import { drawMatrix, hitMatrix, matrixCaption } from "../views/matrix.js";
import { placeNeurons } from "../views/order.js";
import { drawRace, raceCaption } from "../views/race.js";
import { createClient } from "./client.js";
import { checkedSpec, connectControls } from "./controls.js";
import { connectNudges, fillOptions } from "./nudges.js";
import { fromFragment, toFragment } from "./permalink.js";
import { connectPlayer } from "./player.js";
import { pythonOf, startJson } from "./python.js";
import { createStore, frameWeights } from "./state.js";
import { counted, frameSentence, shown } from "./words.js";

const MANY = 200, QUIET = 250; // networks of the histogram; ms between captions while playing
const find = (name) => document.getElementById(name);
const data = readData(document);
const reduced = matchMedia("(prefers-reduced-motion: reduce)");

const store = createStore({
  mode: data.mode, spec: data.spec, trajectory: null, frames: null, met: null, order: null, frame: 0,
  feature: null, neuron: null, hover: null, counts: [], asked: 0, counting: false, before: null,
});
const state = store.get();
let wantedFrame = null, autoplay = !reduced.matches, drawing = false, captioned = 0;

// The network

const sameNetwork = (spec) => ["n", "m", "seed", "law", "scale"].every((name) => spec[name] === data.spec[name]);
/** W(0) of a spec: the engine's where the page came with it, else the page's own draw; nudges applied. */
function startOf(spec) {
  const given = data.start || (data.trajectory && Float64Array.from(frameWeights(data.trajectory, 0)));
  return given && sameNetwork(spec) ? nudged(given, spec) : start(spec);
}

const client = createClient(find("explorer-worker").textContent, {
  progress: ({ share }) => controls.say(`Simulating … ${Math.round(100 * share)} %`),
  trajectory: ({ trajectory }) => {
    controls.say("");
    show(trajectory);
  },
  error: ({ message }) => controls.say(message, "none"),
});

const many = createClient(find("explorer-worker").textContent, {
  count: ({ shared, outcome }) => store.set({ asked: state.asked + 1, counts: outcome === "converged" ? [...state.counts, shared] : state.counts }),
  done: () => store.set({ counting: false }),
  error: ({ message }) => {
    store.set({ counting: false });
    controls.say(message, "none");
  },
});

function run(spec) {
  const changed = ["n", "m", "penalty", "law", "scale", "interference", "noise"].some((name) => spec[name] !== state.spec[name]);
  if (changed) {
    many.cancel();
    store.set({ counts: [], asked: 0, counting: false });
  }
  const other = changed || spec.seed !== state.spec.seed;
  const before = !spec.nudges.length || other ? null : state.before || (state.spec.nudges.length ? null : summary(state.trajectory));
  store.set({ spec, before });
  controls.fill(spec);
  controls.say("Simulating …");
  client.ask({ kind: "simulate", spec: { ...spec, nudges: [] }, start: startOf(spec) });
}

function summary(trajectory) {
  if (!trajectory) return null;
  const end = frameWeights(trajectory, trajectory.times.length - 1);
  const { n, m } = trajectory;
  return { shared: finalCount(end, n, m), total: cost(end, n, m, trajectory.penalty).total };
}

function show(trajectory) {
  player.stop();
  const { n, m } = trajectory, frames = censuses(trajectory);
  const last = trajectory.times.length - 1;
  const feature = state.feature !== null && state.feature < n ? state.feature : null;
  const neuron = state.neuron !== null && state.neuron < m ? state.neuron : null;
  const frame = wantedFrame === null ? last : Math.min(wantedFrame, last);
  const found = { frames, met: collisions(trajectory, frames), order: placeNeurons(frames[last], n, m) };
  store.set({ trajectory, ...found, frame, feature, neuron, hover: null });
  if (autoplay && wantedFrame === null && window === window.top) {
    store.set({ frame: 0 });
    player.play();
  }
  [autoplay, wantedFrame] = [false, null];
}

// What is selected

/** Features and neurons that are marked: what is selected or pointed at, and what stands on the other side of it. */
function focusNow() {
  const { feature, neuron } = state.hover || state;
  if (feature == null && neuron == null) return null;
  const features = new Set(), neurons = new Set(), now = state.frames[state.frame];
  if (feature != null) {
    features.add(feature);
    const leader = neuron == null ? now.leader[feature] : -1;
    if (leader >= 0) {
      neurons.add(leader);
      for (const each of now.neurons[leader].features) features.add(each.feature);
    }
  }
  if (neuron != null) {
    neurons.add(neuron);
    if (feature == null) for (const each of now.neurons[neuron].features) features.add(each.feature);
  }
  return { features, neurons };
}

/** The feature whose race and forces are shown: the selected one, else one that collided. */
function featureNow() {
  const pointed = state.hover && state.hover.feature != null ? state.hover.feature : state.feature;
  if (pointed !== null && pointed !== undefined) return pointed;
  if (state.neuron !== null) {
    const here = state.frames[state.frame].neurons[state.neuron].features;
    if (here.length) return here[0].feature;
  }
  const told = state.met.find((each) => !each.opposite && each.fate !== "survived") || state.met[0];
  return told ? told.first : 0;
}

/** The feature whose start is offered for nudging: the selected one, else one that shares a neuron at the end. */
function nudgedFeature() {
  const { feature, met, frames } = state;
  if (feature !== null) return feature;
  const nudge = state.spec.nudges[state.spec.nudges.length - 1];
  if (nudge) return nudge[1];
  const shared = met.find((each) => each.fate === "survived" && each.end === frames.length - 1);
  return shared ? shared.first : featureNow();
}

/** With which feature a feature shares its neuron at the end: {feature, neuron}, or null. */
function partnerOf(feature) {
  const last = state.frames[state.frames.length - 1], neuron = last.leader[feature];
  const other = neuron < 0 ? null : last.neurons[neuron].features.find((each) => each.feature !== feature);
  return other ? { feature: other.feature, neuron } : null;
}

const select = (what) => store.set({ feature: null, neuron: null, ...what, hover: null });

// Drawing

function schedule() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (state.trajectory) draw();
  });
}

function draw() {
  const { trajectory, frames, frame, order, met } = state, { n, m, times, penalty } = trajectory;
  const weights = frameWeights(trajectory, frame), focus = focusNow(), feature = featureNow();
  drawBipartite(find("bipartite"), { n, m, weights, now: frames[frame], place: order.place, focus });
  drawMatrix(find("matrix"), { n, m, weights, order, focus });
  const decided = decidedAt(trajectory, feature, frames);
  drawRace(find("race"), trajectory, feature, frame, decided);
  const found = forces(weights, n, m, feature, penalty, state.spec.interference);
  drawForces(find("forces"), { row: weights.subarray(feature * m, (feature + 1) * m), found });
  find("clock").textContent = `t = ${shown(times[frame])}`;
  if (find("time").value !== String(frame)) find("time").value = frame;
  find("time").setAttribute("aria-valuetext", `t = ${shown(times[frame])}`);
  const sentence = frameSentence(trajectory, frames, frame);
  say("sentence", sentence);
  if (!player.playing()) say("spoken", sentence);
  if (player.playing() && performance.now() - captioned < QUIET && frame < times.length - 1) return;
  captioned = performance.now();
  say("race-caption", raceCaption(trajectory, feature, decided));
  say("matrix-caption", matrixCaption({ n, m, weights }));
  say("forces-caption", forcesCaption(feature, found));
  say("collisions-caption", collisionsCaption(met));
}

function drawCount() {
  const { spec, counts, asked, trajectory } = state;
  const own = summary(trajectory).shared;
  drawCounts(find("counts"), counts, spec.n, spec.m, own);
  say("counts-caption", countsCaption(counts, spec.n, spec.m, asked));
  find("many").textContent = state.counting ? `Stop (${asked} of ${MANY})` : asked ? `Run ${MANY} more starts again` : `Run ${MANY} networks`;
}

function say(name, text) {
  if (find(name).textContent !== text) find(name).textContent = text;
}

function drawPanels() {
  const { spec, trajectory, order } = state;
  const live = state.mode === "live";
  nudges.render({
    spec, start: startOf(spec), feature: nudgedFeature(), neuron: state.neuron, place: order.place, partner: partnerOf(nudgedFeature()),
    free: state.frames[state.frames.length - 1].neurons.filter((each) => !each.features.length).map((each) => each.neuron),
    before: state.before, after: summary(trajectory), enabled: live && spec.noise === 0,
    reason: live ? "With hidden noise every run differs, so that a nudge would not tell." : "Replayed networks cannot be nudged; simulate live first.",
  });
  const own = (data.start && sameNetwork(spec)) || state.mode === "replay";
  const { code, note } = pythonOf(spec, Boolean(own && sameSpec(spec)), data.python);
  say("python-code", code);
  say("python-note", note);
}

const sameSpec = (spec) => Object.keys(data.spec).every((name) => name === "nudges" || data.spec[name] === spec[name]);

store.subscribe((now, changed) => {
  if (!now.trajectory) return;
  const touched = (...names) => names.some((name) => changed.has(name));
  if (touched("trajectory")) {
    const { n, m, times } = now.trajectory;
    find("time").max = times.length - 1;
    fillOptions(find("feature"), Array.from({ length: n }, (_, i) => i), "–");
    fillOptions(find("neuron"), Array.from({ length: m }, (_, k) => k), "–");
    listFates(find("fate"), now.met);
    find("bipartite").setAttribute("aria-label", `${counted(n, "feature")} above, ${counted(m, "neuron")} below; select one in the lists beside the time`);
  }
  if (touched("trajectory")) listRows();
  if (touched("trajectory", "feature", "neuron", "mode", "spec")) drawPanels();
  if (touched("trajectory", "counts", "asked", "counting")) drawCount();
  if (touched("trajectory", "feature", "neuron", "hover")) {
    find("feature").value = now.feature ?? "";
    find("neuron").value = now.neuron ?? "";
    find("clear").disabled = now.feature === null && now.neuron === null;
    markCollisions(find("collisions"), focusNow());
  }
  if (touched("trajectory", "frame", "feature", "neuron", "hover")) schedule();
  if (touched("trajectory", "frame", "feature", "neuron") && !player.playing()) remember();
});

function listRows() {
  const chosen = ({ first, neuron }) => select({ feature: first, neuron });
  listCollisions(find("collisions"), state.met, state.trajectory.times, find("fate").value, chosen);
  markCollisions(find("collisions"), focusNow());
}

// Addresses

function fragment() {
  const { spec, frame, trajectory, feature, neuron } = state;
  return toFragment({ spec, frame, frameCount: trajectory.times.length, feature, neuron, own: sameSpec(spec) });
}

function remember() {
  try {
    history.replaceState(null, "", fragment());
  } catch {
    // a page inside another one may not change its address
  }
}

function restore() {
  const { spec, frame, feature = null, neuron = null } = fromFragment(location.hash);
  wantedFrame = frame ?? null;
  if (wantedFrame !== null || feature !== null || neuron !== null) autoplay = false;
  const checked = checkedSpec({ ...data.spec, ...spec });
  if (checked.message) controls.say(`The link is not used: ${checked.message}`, "none");
  store.set({ feature, neuron });
  const wanted = checked.spec || data.spec;
  if (state.mode === "replay" && data.trajectory && sameSpec(wanted) && !wanted.nudges.length) {
    controls.fill(data.spec);
    controls.disable(`A replay of ${data.key ? `run ${data.key.slice(0, 12)}, ` : ""}network ${data.replicate}. ${data.why || ""}`);
    find("live").hidden = false;
    show(data.trajectory);
  } else {
    goLive();
    run({ ...wanted });
    if (wanted.nudges.length) compareWithUnnudged(wanted);
  }
}

/** A link may bring nudges: what the network does without them is computed beside it. */
function compareWithUnnudged(spec) {
  const other = createClient(find("explorer-worker").textContent, {
    trajectory: ({ trajectory }) => {
      store.set({ before: summary(trajectory) });
      other.cancel();
      if (state.trajectory) drawPanels();
    },
    error: () => {},
  });
  const plain = { ...spec, nudges: [] };
  other.ask({ kind: "simulate", spec: plain, start: startOf(plain) });
}

function goLive() {
  store.set({ mode: "live" });
  controls.enable();
  find("live").hidden = true;
}

// Connections

const controls = connectControls(find("controls"), (spec) => run({ ...spec, nudges: sameNetwork({ ...state.spec, ...spec }) && spec.seed === state.spec.seed && spec.n === state.spec.n && spec.m === state.spec.m ? state.spec.nudges : [] }));
const nudges = connectNudges(document, {
  nudge: (each) => run({ ...state.spec, nudges: [...state.spec.nudges, each] }),
  undo: () => run({ ...state.spec, nudges: state.spec.nudges.slice(0, -1) }),
  reset: () => run({ ...state.spec, nudges: [] }),
});
const player = connectPlayer(document, {
  frames: () => (state.trajectory ? state.trajectory.times.length : 0),
  frame: () => state.frame,
  setFrame: (frame) => store.set({ frame }),
  clear: () => select({}),
});

function connectPointer(canvas, hit) {
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return state.trajectory && hit(event.clientX - box.left, event.clientY - box.top);
  };
  canvas.addEventListener("pointermove", (event) => {
    const found = at(event) || null;
    if (JSON.stringify(found) !== JSON.stringify(state.hover)) store.set({ hover: found });
    canvas.style.cursor = found ? "pointer" : "";
  });
  canvas.addEventListener("pointerleave", () => store.set({ hover: null }));
  canvas.addEventListener("click", (event) => select(at(event) || {}));
}

connectPointer(find("bipartite"), (x, y) => hitBipartite(find("bipartite"), x, y, state.trajectory.n, state.trajectory.m, state.order.place));
connectPointer(find("matrix"), (x, y) => hitMatrix(find("matrix"), x, y, state.trajectory.n, state.trajectory.m, state.order));
const numberOf = (field) => (field.value === "" ? null : Number(field.value));
find("feature").addEventListener("change", () => store.set({ feature: numberOf(find("feature")) }));
find("neuron").addEventListener("change", () => store.set({ neuron: numberOf(find("neuron")) }));
find("clear").addEventListener("click", () => select({}));
find("fate").addEventListener("change", listRows);
find("live").addEventListener("click", () => {
  goLive();
  run({ ...state.spec });
});
find("many").addEventListener("click", () => {
  if (state.counting) {
    many.cancel();
    store.set({ counting: false });
    return;
  }
  store.set({ counts: [], asked: 0, counting: true });
  many.ask({ kind: "many", spec: { ...state.spec, nudges: [] }, count: MANY });
});
find("copy").addEventListener("click", async () => {
  const address = `${location.href.split("#")[0]}${fragment()}`;
  try {
    await navigator.clipboard.writeText(address);
    find("copied").textContent = "Copied.";
  } catch {
    find("copied").textContent = address;
  }
});
find("python-start").addEventListener("click", () => {
  const { spec } = state, link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([startJson(startOf(spec), spec.n, spec.m)], { type: "application/json" }));
  link.download = "start.json";
  link.click();
  URL.revokeObjectURL(link.href);
});
function redraw() {
  forgetColours();
  if (!state.trajectory) return;
  schedule();
  drawCount();
  nudges.redraw();
}
new ResizeObserver(redraw).observe(find("bipartite"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
window.addEventListener("beforeprint", redraw);
window.addEventListener("hashchange", restore);
restore();
