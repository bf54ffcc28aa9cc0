// The fields of the network: a text and a slider each, checked while typing.
import { LAWS } from "../core/start.js";
import { FIELDS, readField } from "./fields.js";

const TYPING_PAUSE = 250; // ms after the last key before a typed value is used

// `onSpec(changes)` is called with the fields that have changed, all of them good.
export function bindControls(form, state, onSpec) {
  for (const key of Object.keys(FIELDS)) bindField(form, key, onSpec);
  const law = form.querySelector("#field-law");
  law.replaceChildren(...LAWS.map((each) => new Option(each, each)));
  law.addEventListener("change", () => onSpec({ law: law.value }));
  const interference = form.querySelector("#field-interference");
  interference.addEventListener("change", () => onSpec({ interference: interference.checked }));
  form.querySelector("#next-seed").addEventListener("click", () => onSpec({ seed: state.spec.seed + 1 }));
  form.addEventListener("submit", (event) => event.preventDefault());
  let last = {};
  state.subscribe(["spec"], () => {
    showSpec(form, state.spec, last);
    last = state.spec;
  });
  state.subscribe(["mode", "progress", "failure"], () => showState(form, state));
}

function parts(form, key) {
  const field = form.querySelector(`[data-field=${key}]`);
  return { text: field.querySelector("input:not([type=range])"), slider: field.querySelector("[type=range]"), error: field.querySelector(".error") };
}

function bindField(form, key, onSpec) {
  const { text, slider, error } = parts(form, key);
  let timer = 0;
  text.setAttribute("aria-describedby", error.id);
  const read = (wait) => {
    clearTimeout(timer);
    const { value, problem } = readField(key, text.value);
    error.textContent = problem || "";
    text.setAttribute("aria-invalid", String(Boolean(problem)));
    if (!problem) timer = setTimeout(() => onSpec({ [key]: value }), wait);
  };
  text.addEventListener("input", () => read(TYPING_PAUSE));
  text.addEventListener("change", () => read(0));
  if (!slider) return;
  slider.addEventListener("input", () => {
    text.value = String(FIELDS[key].logarithmic ? Number((10 ** Number(slider.value)).toPrecision(2)) : Number(slider.value));
    read(0);
  });
}

// Show the fields that have changed; a bad value elsewhere stays, with its sentence.
function showSpec(form, spec, before) {
  for (const key of Object.keys(FIELDS).filter((each) => spec[each] !== before[each])) {
    const { text, slider, error } = parts(form, key);
    if (readField(key, text.value).value !== spec[key]) text.value = String(spec[key]);
    error.textContent = "";
    text.setAttribute("aria-invalid", "false");
    if (slider && slider !== document.activeElement) slider.value = String(FIELDS[key].logarithmic ? Math.log10(spec[key]) : spec[key]);
    if (slider) slider.setAttribute("aria-valuetext", String(spec[key]));
  }
  form.querySelector("#field-law").value = spec.law;
  form.querySelector("#field-interference").checked = spec.interference;
}

function showState(form, { mode, progress, failure, liveProblem }) {
  const replay = mode === "replay";
  for (const each of form.querySelectorAll(".field input, .field select, #next-seed")) each.disabled = replay;
  const reason = form.querySelector("#replay-reason");
  reason.hidden = !replay;
  reason.textContent = replay ? `This network was computed before the page was made, so it cannot be changed here. ${liveProblem ? `Nor can it be simulated here. ${liveProblem}` : ""}` : "";
  const live = form.querySelector("#go-live");
  live.hidden = !replay;
  live.disabled = Boolean(liveProblem);
  document.getElementById("explorer").classList.toggle("computing", progress !== null);
  form.querySelector("#busy").classList.toggle("on", progress !== null);
  const bar = form.querySelector("#progress");
  if (progress) bar.value = progress;
  else bar.removeAttribute("value");
  form.querySelector("#failure").textContent = failure || "";
}
