// From a spec to what the page shows: start weights, simulation, story; with nudges, the network without them as well.
import { nudged, startWithout } from "../core/start.js";
import { orderByNumber, orderByOwner } from "../views/order.js";
import { sameBase, sameStart } from "./fields.js";
import { focused, NOTHING } from "./state.js";
import { createStory } from "./story.js";

export function createRuns(state, client, data) {
  let latest = 0; // number of the latest request: what belongs to an older one is dropped

  // The engine's own start where the page has it for these fields; else this page's draw.
  function startOf(spec) {
    const plain = data.start && sameStart(spec, data.spec) ? data.start : startWithout(spec);
    return { plain, changed: spec.nudges.length ? nudged(plain.slice(), spec) : plain };
  }

  function run(spec, view = {}) {
    latest++;
    let starts;
    try {
      starts = startOf(spec);
    } catch (error) {
      state.update({ spec, failure: String(error.message || error), progress: null });
      return;
    }
    const base = state.base && sameBase(state.base.spec, spec) ? state.base : baseFromStory(state, spec);
    state.update({ spec, failure: "", progress: 0 });
    const last = (found) => finish(spec, starts.changed, found, view);
    if (spec.nudges.length === 0) simulate(spec, starts.plain, (story) => last({ story, base: null }));
    else if (base) simulate(spec, starts.changed, (story) => last({ story, base }));
    else {
      const plain = { ...spec, nudges: [] };
      simulate(plain, starts.plain, (first) => simulate(spec, starts.changed, (story) => last({ story, base: first })));
    }
  }

  function simulate(spec, start, done) {
    const mine = latest;
    client.ask({ kind: "simulate", spec, start: Float64Array.from(start) }, (reply) => {
      if (mine !== latest) return;
      if (reply.kind === "progress") state.update({ progress: reply.share });
      else if (reply.kind === "trajectory") done(createStory(reply.trajectory, spec));
      else if (reply.kind === "error") state.update({ failure: reply.message, progress: null });
    });
  }

  // Try nudges one after another until one ends with fewer shared neurons, and show that one.
  function search(candidates, onNone) {
    latest++;
    const { spec, story } = state;
    const attempt = (at) => {
      if (at === candidates.length) {
        state.update({ progress: null });
        return onNone(candidates.length);
      }
      const tried = { ...spec, nudges: [...spec.nudges, candidates[at]] };
      state.update({ progress: at / candidates.length });
      simulate(tried, startOf(tried).changed, (found) => {
        const better = found.trajectory.outcome === "converged" && found.ending.shared < story.ending.shared;
        const [, feature, neuron] = candidates[at];
        return better ? run(tried, { selected: { features: [feature], neuron } }) : attempt(at + 1);
      });
    };
    attempt(0);
  }

  function finish(spec, start, { story, base }, view) {
    const kept = view.at === undefined ? keptPlace(state, story) : view.at;
    const at = view.time === undefined ? kept : story.placeOf(view.time);
    const selected = fitting(view.selected || state.selected, story);
    const fresh = !state.story || !sameBase(state.story.spec, spec);
    state.update({ story, base, start, at, selected, hovered: NOTHING, progress: null, showing: base ? state.showing : "after" });
    const resized = !state.places || state.places.features.length !== story.n || state.places.neurons.length !== story.m;
    if (fresh || resized) arrange();
    if (fresh) state.update({ many: { results: [], running: false, wanted: 0 } });
    if (fresh) state.update({ nudging: likelyNeuron() });
  }

  // Order nodes by the network without nudges, so that a nudge moves no node.
  function arrange() {
    const story = state.base || state.story;
    const { n, m } = story;
    const places = state.order === "index" ? orderByNumber(n, m) : orderByOwner(story.census(story.last), n, m);
    state.update({ places });
  }

  // The neuron that nudges are about: the selected one, else the one where the feature in question leads.
  function likelyNeuron() {
    if (state.selected.neuron !== null) return state.selected.neuron;
    return Math.max(0, state.story.census(state.story.last).leader[focused(state)]);
  }

  return { run, search, arrange, likelyNeuron, replay: (spec, trajectory, start, view) => finish(spec, start, { story: createStory(trajectory, spec, !state.liveProblem), base: null }, view) };
}

function baseFromStory(state, spec) {
  return state.story && state.story.spec.nudges.length === 0 && sameBase(state.story.spec, spec) ? state.story : null;
}

// The same share of the slider's way as before: at the end one stays at the end.
function keptPlace(state, story) {
  if (!state.story) return 0;
  return Math.min(story.last, Math.round((state.at / Math.max(1, state.story.last)) * story.last));
}

function fitting(marks, story) {
  const features = marks.features.filter((each) => each < story.n);
  const neuron = marks.neuron !== null && marks.neuron < story.m ? marks.neuron : null;
  return features.length === marks.features.length && neuron === marks.neuron ? marks : NOTHING;
}
