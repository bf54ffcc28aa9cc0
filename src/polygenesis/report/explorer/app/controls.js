// The form of the network: read, checked field by field, filled.
import { START_LAWS } from "../core/start.js";

const NUMBERS = {
  n: ["The number of features n", 1, 64, true],
  m: ["The number of neurons m", 1, 256, true],
  penalty: ["The penalty λ", 0.0005, 1, false],
  seed: ["The seed", 0, 4294967295, true],
  scale: ["The scale of the start", 0.01, 4, false],
  noise: ["The hidden noise σ", 0, 0.5, false],
};

/** Read a spec's fields from plain values; returns {spec} or {field, message} for the first that is wrong. */
export function checkedSpec(values) {
  const spec = { nudges: values.nudges || [] };
  for (const [field, [name, least, most, whole]] of Object.entries(NUMBERS)) {
    const given = String(values[field]).trim(), number = Number(given.replace(",", "."));
    const right = given !== "" && Number.isFinite(number) && number >= least && number <= most && (!whole || Number.isInteger(number));
    if (!right) return { field, message: `${name} must be ${whole ? "a whole number" : "a number"} from ${least} to ${most}, but is “${given}”.` };
    spec[field] = number;
  }
  if (!START_LAWS.includes(values.law)) return { field: "law", message: `The law of the start must be one of ${START_LAWS.join(", ")}.` };
  const inside = ([what, i, k]) => i >= 0 && i < spec.n && k >= 0 && k < (what === "swap" ? spec.n : spec.m);
  spec.nudges = spec.nudges.filter(inside);
  return { spec: { ...spec, law: values.law, interference: Boolean(values.interference) } };
}

/** Connect the form: `onSpec` gets every spec that is run. */
export function connectControls(form, onSpec) {
  const fields = Object.fromEntries([...Object.keys(NUMBERS), "law", "interference"].map((name) => [name, form.querySelector(`#${name}`)]));
  const status = form.querySelector("#status");
  fields.law.replaceChildren(...START_LAWS.map((law) => new Option(law.replace("-", " "), law)));
  const read = () => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.type === "checkbox" ? field.checked : field.value]));
  const say = (text, wrong = null) => {
    status.textContent = text;
    status.classList.toggle("wrong", Boolean(wrong));
    for (const [name, field] of Object.entries(fields)) {
      if (name === wrong) {
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-describedby", "status");
      } else {
        field.removeAttribute("aria-invalid");
        field.removeAttribute("aria-describedby");
      }
    }
  };
  const submit = () => {
    const { spec, field, message } = checkedSpec(read());
    if (!spec) return say(message, field);
    return onSpec(spec);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  form.addEventListener("change", submit);
  form.querySelector("#another").addEventListener("click", () => {
    fields.seed.value = (Number(fields.seed.value) + 1) >>> 0;
    submit();
  });
  return {
    say,
    fill(spec) {
      for (const [name, field] of Object.entries(fields)) {
        if (field.type === "checkbox") field.checked = spec[name];
        else field.value = spec[name];
      }
    },
    disable(reason) {
      for (const field of form.elements) field.disabled = field.id !== "live";
      say(reason);
    },
    enable() {
      for (const field of form.elements) field.disabled = false;
    },
  };
}
