// Taking the network along: a link, and the code in Python.
import { copyText } from "./clipboard.js";
import { fragmentOf, linkTo } from "./permalink.js";
import { pythonOf, startJson } from "./python.js";
import { shown } from "./state.js";

export function bindTaking(root, state, data) {
  const find = (id) => root.querySelector(`#${id}`);
  const [panel, button, copied] = [find("python"), find("open-python"), find("copied")];
  let address = "";

  find("copy-link").addEventListener("click", async () => {
    const link = linkTo(fragmentNow(state));
    const done = await copyText(link);
    copied.textContent = done ? (link.startsWith("#") ? "Copied the end of the link: this page has no address of its own." : "Link copied.") : link;
  });
  find("copy-python").addEventListener("click", async () => {
    find("copy-python").textContent = (await copyText(find("python-code").textContent)) ? "Copied" : "Select and copy";
  });
  button.addEventListener("click", () => {
    panel.hidden = !panel.hidden;
    button.setAttribute("aria-expanded", String(!panel.hidden));
    show();
    if (!panel.hidden) panel.scrollIntoView({ block: "nearest" });
  });

  function show() {
    if (panel.hidden || !state.start) return;
    const { code, note, needsStart } = pythonOf(state.spec, data, state.mode);
    find("python-code").textContent = code;
    find("python-note").textContent = note;
    find("copy-python").textContent = "Copy code";
    const download = find("download-start");
    download.hidden = !needsStart;
    if (address) URL.revokeObjectURL(address);
    address = needsStart ? URL.createObjectURL(new Blob([startJson(state.start, state.spec.n, state.spec.m)], { type: "application/json" })) : "";
    if (address) download.href = address;
  }

  state.subscribe(["spec", "start", "mode"], (changed) => {
    if (changed.has("spec")) copied.textContent = "";
    show();
  });
}

// `live`: said of a stored run that has been simulated anew.
export function fragmentNow(state) {
  const time = shown(state).timeAt(state.at);
  return fragmentOf(state.spec, { time, selected: state.selected, order: state.order, live: state.stored && state.mode === "live" });
}
