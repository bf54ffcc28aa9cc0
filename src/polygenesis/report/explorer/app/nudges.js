// Nudges of the start: what can be done, the list of what was done, and what came of it.
import { countWord, decimals, plural, signed, upperFirst } from "../views/words.js";
import { LARGEST_START } from "./permalink.js";
import { focused } from "./state.js";

const SAME_LOSS = 1e-3; // relative difference below which two losses count as equal

export function bindNudges(panel, state, runs) {
  const find = (id) => panel.querySelector(`#${id}`);
  const neuron = find("nudge-neuron");
  const [weight, other, error] = [find("nudge-weight"), find("nudge-other"), find("error-nudge")];
  const set = (nudges) => runs.run({ ...state.spec, nudges });
  const add = (...nudges) => set([...state.spec.nudges, ...nudges]);

  neuron.addEventListener("change", () => state.update({ nudging: Number(neuron.value) }));
  weight.addEventListener("change", () => {
    const value = weight.value.trim() === "" ? NaN : Number(weight.value.trim().replace("−", "-"));
    const good = Number.isFinite(value) && Math.abs(value) <= LARGEST_START;
    error.textContent = good ? "" : `The start weight must be a number from −2 to 2, but is ${weight.value.trim() || "empty"}.`;
    weight.setAttribute("aria-invalid", String(!good));
    if (good) add(["set", focused(state), state.nudging, value]);
  });
  weight.addEventListener("keydown", (event) => {
    const by = { ArrowUp: 0.01, ArrowDown: -0.01 }[event.key];
    if (!by) return;
    event.preventDefault();
    weight.value = decimals(Number(weight.value.replace("−", "-")) + by, 3);
  });
  find("nudge-flip").addEventListener("click", () => add(["flip", focused(state), state.nudging]));
  find("nudge-swap").addEventListener("click", () => add(["swap", focused(state), Number(other.value)]));
  find("nudge-try").addEventListener("click", () => {
    error.textContent = "";
    runs.search(freeing(state), (tried) => (error.textContent = `None of the ${tried} nudges tried ends with fewer shared neurons.`));
  });
  find("nudge-undo").addEventListener("click", () => set(state.spec.nudges.slice(0, -1)));
  find("nudge-reset").addEventListener("click", () => set([]));

  state.subscribe(["story", "start", "selected", "nudging", "mode"], () => {
    if (!state.story) return;
    const feature = focused(state);
    fill(neuron, state.story.m, state.nudging);
    fill(other, state.story.n, Number(other.value), feature);
    weight.value = decimals(startWeight(state, feature, state.nudging), 3);
    error.textContent = "";
    weight.setAttribute("aria-invalid", "false");
    panel.dataset.feature = feature;
    const replay = state.mode === "replay";
    for (const each of panel.querySelectorAll("button, select, input")) each.disabled = replay;
    find("nudge-try").disabled = replay || freeing(state).length === 0;
    panel.querySelector(".caption").textContent = replay
      ? `A stored run cannot be nudged.${state.liveProblem ? "" : " Simulate it live first."}`
      : `Start weights of feature ${feature}: drag a bar, or use the fields below; the network then trains again.`;
    panel.querySelector("canvas").setAttribute("aria-label", `Start weights of feature ${feature} on all neurons`);
  });
  state.subscribe(["story", "base", "spec", "mode"], () => showOutcome(panel, state));
  return { add };
}

function startWeight(state, feature, neuron) {
  return state.start[feature * state.story.m + neuron];
}

function fill(select, count, value, without = -1) {
  const wanted = Array.from({ length: count }, (_, at) => at).filter((at) => at !== without);
  const same = select.length === wanted.length && wanted.every((each, at) => select.options[at].value === String(each));
  if (!same) select.replaceChildren(...wanted.map((each) => new Option(String(each), String(each))));
  select.value = String(wanted.includes(value) ? value : wanted[0]);
}

// Nudges that may free a shared neuron: take one feature's start weight there away; on the selected neuron first.
function freeing(state) {
  const { story } = state;
  const shared = story.census(story.last).neurons.filter((each) => each.features.length > 1);
  const chosen = (each) => (each.neuron === state.selected.neuron ? 0 : 1);
  return shared.sort((a, b) => chosen(a) - chosen(b)).flatMap(({ neuron, features }) => features.map(({ feature }) => ["set", feature, neuron, 0]));
}

export function nudgeText([kind, a, b, value]) {
  if (kind === "set") return `feature ${a}, neuron ${b}: start weight set to ${decimals(value, 3)}`;
  if (kind === "flip") return `feature ${a}, neuron ${b}: sign flipped`;
  return `features ${a} and ${b}: starts swapped`;
}

function showOutcome(panel, state) {
  const { spec, base, story } = state;
  const list = panel.querySelector("#nudges");
  list.replaceChildren(...spec.nudges.map((nudge) => Object.assign(document.createElement("li"), { textContent: upperFirst(nudgeText(nudge)) })));
  for (const id of ["nudge-undo", "nudge-reset"]) panel.querySelector(`#${id}`).disabled = spec.nudges.length === 0 || state.mode === "replay";
  const compared = base && story && story.spec.nudges.length > 0;
  panel.querySelector("#nudge-outcome").textContent = compared ? outcomeText(base, story) : "";
  panel.querySelector("#nudge-table").replaceChildren(...(compared ? [outcomeTable(base, story)] : []));
}

// What the nudges did to the shared neurons and to the loss, by the numbers.
export function outcomeText(before, after) {
  const gap = after.loss.total - before.loss.total;
  const same = Math.abs(gap) <= SAME_LOSS * before.loss.total;
  const [was, is] = [before.ending.shared, after.ending.shared];
  const losses = `${decimals(before.loss.total, 4)} before, ${decimals(after.loss.total, 4)} after`;
  const loss = same ? `the loss is the same: ${losses}` : `the loss is ${gap > 0 ? "higher" : "lower"}: ${losses}`;
  const unfinished = [before, after].some((each) => each.trajectory.outcome !== "converged") ? " One of the two networks has not converged." : "";
  if (is === was) return `Still ${plural(is, "shared neuron")}; ${loss}.${unfinished}`;
  const fewer = was - is;
  const gone = fewer === 1 && is === 0 ? "The shared neuron is gone" : `${upperFirst(countWord(Math.abs(fewer)))} shared neuron${Math.abs(fewer) === 1 ? "" : "s"} ${fewer > 0 ? "fewer" : "more"}`;
  return `${gone}; ${loss}.${unfinished}`;
}

function outcomeTable(before, after) {
  const rows = [
    ["shared neurons", (each) => String(each.ending.shared)],
    ["of them malign", (each) => String(each.ending.malign)],
    ["loss without penalty", (each) => decimals(each.loss.errors, 4)],
    ["penalty", (each) => decimals(each.loss.penalty, 4)],
    ["loss", (each) => decimals(each.loss.total, 4)],
  ];
  const table = document.createElement("table");
  const row = (cells, tag) => {
    const element = document.createElement("tr");
    element.append(...cells.map((text, at) => {
      const cell = Object.assign(document.createElement(at === 0 || tag === "th" ? "th" : "td"), { textContent: text });
      cell.scope = tag === "th" ? "col" : "row";
      if (at > 0 && tag !== "th") cell.removeAttribute("scope");
      return cell;
    }));
    return element;
  };
  const change = (value) => signed(Number(value(after).replace("−", "-")) - Number(value(before).replace("−", "-")), 4).replace(/\.0000$/, "");
  table.append(row(["", "start as drawn", "nudged", "change"], "th"), ...rows.map(([name, value]) => row([name, value(before), value(after), change(value)], "td")));
  return table;
}
