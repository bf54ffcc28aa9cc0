// Collisions and their fates: a table that can be sorted and filtered; choosing a row selects the pair.
import { ENDINGS } from "../core/collisions.js";
import { marked, shown, toggleSelection, hover, NOTHING } from "../app/state.js";
import { listed, plural, timeText, upperFirst } from "./words.js";

const COLUMNS = [
  ["features", (each) => each.first],
  ["neuron", (each) => each.neuron],
  ["signs", (each) => (each.opposite ? 0 : 1)],
  ["from", (each) => each.begin],
  ["to", (each) => each.end],
  ["fate", (each) => each.fate],
];

export function collisionsView(panel, state) {
  const [head, body, filter] = ["thead tr", "tbody", "select"].map((part) => panel.querySelector(part));
  const caption = panel.querySelector(".caption");
  let sorting = { column: 4, down: true };
  let rows = [];

  COLUMNS.forEach(([name], column) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
    button.addEventListener("click", () => {
      sorting = { column, down: sorting.column === column ? !sorting.down : false };
      list();
    });
    const cell = Object.assign(document.createElement("th"), { scope: "col" });
    cell.append(button);
    head.append(cell);
  });
  filter.addEventListener("change", list);

  function list() {
    const story = shown(state);
    if (!story) return;
    const meaning = filter.value ? ` ${upperFirst(filter.value)}: ${ENDINGS[filter.value]}.` : "";
    caption.textContent = collisionsText(story) + meaning;
    const value = COLUMNS[sorting.column][1];
    const order = (a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) * (sorting.down ? -1 : 1);
    const kept = story.collisions.filter((each) => !filter.value || each.fate === filter.value).sort(order);
    [...head.children].forEach((cell, column) => {
      cell.setAttribute("aria-sort", column !== sorting.column ? "none" : sorting.down ? "descending" : "ascending");
    });
    rows = kept.map((each) => ({ marks: { features: [each.first, each.second], neuron: each.neuron }, element: rowElement(each, story, state) }));
    body.replaceChildren(...rows.map(({ element }) => element));
    mark();
  }

  function mark() {
    const { features } = marked(state);
    const neuron = features.length ? null : marked(state).neuron;
    for (const { marks, element } of rows) {
      const pair = features.length === 2 && marks.features.every((each) => features.includes(each));
      const touches = features.length === 1 ? marks.features.includes(features[0]) : neuron !== null && marks.neuron === neuron;
      element.classList.toggle("marked", pair || touches);
      const chosen = state.selected.features.length === 2 && marks.features.every((each) => state.selected.features.includes(each));
      element.querySelector("button").setAttribute("aria-pressed", String(chosen));
    }
  }

  state.subscribe(["story", "base", "showing", "selected", "hovered"], (changed) => {
    if (!shown(state)) return;
    if (!["story", "base", "showing"].some((key) => changed.has(key))) return mark();
    fillFates(filter, shown(state).collisions);
    list();
  });
}

function rowElement(each, story, state) {
  const times = story.trajectory.times;
  const marks = { features: [each.first, each.second], neuron: each.neuron };
  const row = document.createElement("tr");
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: `${each.first} and ${each.second}` });
  button.setAttribute("aria-label", `Select features ${each.first} and ${each.second}: ${each.sentence}`);
  button.addEventListener("click", () => toggleSelection(state, marks));
  const ends = each.end >= story.last ? "end" : timeText(times[each.end]);
  const texts = [each.neuron, "", timeText(times[each.begin]), ends, each.fate];
  const first = document.createElement("td");
  first.append(button);
  row.append(first, ...texts.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
  row.children[2].append(Object.assign(document.createElement("span"), { className: "wide", textContent: each.opposite ? "opposite, " : "equal, " }), each.opposite ? "benign" : "malign");
  row.children[2].className = each.opposite ? "benign" : "malign";
  row.title = each.sentence;
  row.addEventListener("pointerenter", () => hover(state, marks));
  row.addEventListener("pointerleave", () => hover(state, NOTHING));
  return row;
}

function fillFates(filter, met) {
  const fates = [...new Set(met.map((each) => each.fate))].sort();
  const kept = fates.includes(filter.value) ? filter.value : "";
  const options = ["", ...fates].map((fate) => new Option(fate || "all", fate));
  filter.replaceChildren(...options);
  filter.value = kept;
}

function collisionsText({ collisions: met, last }) {
  if (met.length === 0) return "No two features ever have their largest weight on the same neuron.";
  const kinds = [["benign", true], ["malign", false]].map(([name, opposite]) => {
    const all = met.filter((each) => each.opposite === opposite);
    return `${all.filter((each) => each.end >= last).length} of ${all.length} ${name} ones`;
  });
  return `${plural(met.length, "collision")}: ${listed(kinds)} last to the end.`;
}
