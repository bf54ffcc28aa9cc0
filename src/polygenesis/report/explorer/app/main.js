// The explorer: reads the page's data, joins state, simulation and views.
import { readData } from "../core/data.js";
import { whenColoursChange } from "../views/colours.js";
import { collisionsView } from "../views/collisionlist.js";
import { countsView } from "../views/counts.js";
import { forcesView } from "../views/forces.js";
import { matrixView } from "../views/matrix.js";
import { networkView } from "../views/network.js";
import { raceView } from "../views/race.js";
import { startBars } from "../views/startbars.js";
import { timelineView } from "../views/timeline.js";
import { createClient, workerFromPage } from "./client.js";
import { bindControls } from "./controls.js";
import { specProblems } from "./fields.js";
import { bindMany } from "./many.js";
import { bindNudges } from "./nudges.js";
import { currentFragment, readFragment, replaceFragment } from "./permalink.js";
import { bindPicking } from "./picking.js";
import { bindKeys, bindPlayer } from "./player.js";
import { createRuns } from "./runs.js";
import { createState, NOTHING } from "./state.js";
import { bindTaking, fragmentNow } from "./taking.js";

const SETTLING = 300; // ms of rest before the address is rewritten

function beginExplorer() {
  const root = document.getElementById("explorer");
  const data = readData(document);
  const state = createState({
    spec: data.spec, mode: data.mode, stored: data.mode === "replay", story: null, base: null, start: null, places: null, at: 0, playing: false, nudging: 0,
    selected: NOTHING, hovered: NOTHING, order: "owner", showing: "after", progress: null, failure: "", colours: 0,
    liveProblem: data.mode === "replay" ? liveProblem(data) : "", many: { results: [], running: false, wanted: 0 },
  });
  const runs = createRuns(state, createClient(workerFromPage), data);
  const player = bindPlayer(root, state);
  bindKeys(root, state, player);
  bindPicking(root, state, runs);
  bindControls(root.querySelector("#settings"), state, (changes) => {
    if (Object.entries(changes).some(([key, value]) => state.spec[key] !== value)) many.stop();
    runs.run({ ...state.spec, ...changes, nudges: keptNudges(state.spec, changes) });
  });
  const many = bindMany(root.querySelector("#counts"), state, createClient(workerFromPage));
  const nudges = bindNudges(root.querySelector("#nudge"), state, runs);
  bindTaking(root, state, data);
  drawViews(root, state, nudges);
  keepAddress(state);
  state.subscribe(["story"], () => {
    root.dataset.ready = String(state.story !== null);
    if (state.story) showTheory(root, state.story.paper);
    if (state.story) root.dataset.runs = String(Number(root.dataset.runs || 0) + 1);
  });
  state.subscribe(["selected"], () => state.story && state.update({ nudging: runs.likelyNeuron() }));
  root.querySelector("#go-live").addEventListener("click", () => goLive(state, runs, data));
  open(state, runs, player, data);
  addEventListener("hashchange", () => open(state, runs, player, data));
}

function drawViews(root, state, nudges) {
  const find = (id) => root.querySelector(`#${id}`);
  networkView(find("network"), state);
  timelineView(find("timeline"), state);
  raceView(find("race"), state);
  matrixView(find("matrix"), state);
  forcesView(find("forces"), state);
  collisionsView(find("collisions"), state);
  countsView(find("counts"), state);
  startBars(find("nudge").querySelector("canvas"), state, {
    onSet: (feature, neuron, value) => nudges.add(["set", feature, neuron, value]),
    onPick: (neuron) => state.update({ nudging: neuron }),
  });
  whenColoursChange(() => state.update({ colours: state.colours + 1 }));
}

// Forces, laws and the exact race are those of the paper's model: a replay of another network does without them.
function showTheory(root, paper) {
  for (const part of root.querySelectorAll("#forces, #counts")) part.hidden = !paper;
}

// Show what the address says; without an address, the page's own network, played once.
function open(state, runs, player, data) {
  const linked = readFragment(currentFragment(), data.spec);
  const view = linked && linked.view ? linked.view : {};
  if (view.order) state.update({ order: view.order });
  if (view.live && !state.liveProblem) state.update({ mode: "live" });
  if (state.mode === "replay") {
    const start = data.start || Float64Array.from(data.trajectory.weights.subarray(0, data.spec.n * data.spec.m));
    runs.replay(data.spec, { penalty: data.spec.penalty, sentence: "", ...data.trajectory }, start, view);
  } else runs.run(linked && linked.spec ? linked.spec : { ...data.spec, nudges: data.spec.nudges || [] }, view);
  if (linked && linked.problem) state.update({ failure: linked.problem });
  if (!linked && !matchMedia("(prefers-reduced-motion: reduce)").matches) whenReady(state, () => player.play(true));
}

function whenReady(state, action) {
  let done = false;
  state.subscribe(["story"], () => {
    if (done || !state.story) return;
    done = true;
    action();
  });
}

// Why a stored run's spec cannot be simulated here; empty where it can.
function liveProblem(data) {
  return data.reason || specProblems(data.spec)[0] || "";
}

function goLive(state, runs, data) {
  state.update({ mode: "live" });
  runs.run({ ...data.spec, nudges: [] });
}

// Nudges name features and neurons of one start: another start has others.
function keptNudges(spec, changes) {
  return ["n", "m", "seed", "law", "scale"].some((key) => key in changes && changes[key] !== spec[key]) ? [] : spec.nudges;
}

// Rewrite the address when the page rests, once the reader has done something.
function keepAddress(state) {
  let timer = 0;
  let used = false;
  const using = () => (used = true);
  for (const kind of ["pointerdown", "keydown", "input", "change"]) addEventListener(kind, using, { capture: true });
  state.subscribe(["spec", "story", "at", "selected", "order", "playing"], (changed) => {
    if (state.playing && !changed.has("story")) return; // what is due is still written
    clearTimeout(timer);
    if (state.story && used) timer = setTimeout(() => replaceFragment(fragmentNow(state)), SETTLING);
  });
}

beginExplorer();
