// The list of collisions: who met where, with which signs, and what became of them.
import { counted, shown } from "../app/words.js";

/** Fill the table's body; `onSelect` gets the collision of the row whose button was pressed. */
export function listCollisions(body, met, times, fate, onSelect) {
  body.replaceChildren(...met.filter((each) => !fate || each.fate === fate).map((each) => rowOf(each, times, onSelect)));
}

/** Mark the rows of the features and neurons that are selected. */
export function markCollisions(body, focus) {
  for (const row of body.rows) {
    const marked = focus && (focus.neurons.has(Number(row.dataset.neuron)) || focus.features.has(Number(row.dataset.first)) || focus.features.has(Number(row.dataset.second)));
    row.classList.toggle("selected", Boolean(marked));
  }
}

/** How collisions fared by sign, in a sentence. */
export function collisionsCaption(met) {
  const tell = (list, name) => {
    const stayed = list.filter((each) => each.fate === "survived").length;
    return `${stayed} of ${counted(list.length, `${name} collision`)} stayed`;
  };
  if (!met.length) return "No two features ever had their largest weights on one neuron.";
  const opposite = met.filter((each) => each.opposite), equal = met.filter((each) => !each.opposite);
  return `Pairs whose largest weights met: ${tell(opposite, "benign")}, ${tell(equal, "malign")}.`;
}

/** The fates that occur, for the filter. */
export function listFates(select, met) {
  const chosen = select.value, fates = [...new Set(met.map((each) => each.fate))].sort();
  select.replaceChildren(new Option("all", ""), ...fates.map((fate) => new Option(fate, fate)));
  select.value = fates.includes(chosen) ? chosen : "";
}

function rowOf(each, times, onSelect) {
  const row = document.createElement("tr");
  Object.assign(row.dataset, { first: each.first, second: each.second, neuron: each.neuron });
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `${each.first} and ${each.second}`;
  button.setAttribute("aria-label", `Select features ${each.first} and ${each.second} on neuron ${each.neuron}`);
  button.onclick = () => onSelect(each);
  const until = each.end === times.length - 1 ? "end" : shown(times[each.end]);
  const together = each.begin === each.end ? shown(times[each.begin]) : `${shown(times[each.begin])} to ${until}`;
  const cells = [button, String(each.neuron), each.opposite ? "opposite" : "equal", together, each.fate];
  for (const content of cells) row.insertCell().append(content);
  row.cells[2].className = each.opposite ? "opposite" : "equal";
  row.cells[4].title = each.sentence;
  return row;
}
