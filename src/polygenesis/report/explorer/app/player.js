// Play and time: a slider over frames, a button, keys.
import { NOTHING, shown } from "./state.js";
import { nowSentences } from "./sentence.js";
import { timeText } from "../views/words.js";

const WHOLE = 10; // seconds from the first frame to the last
const SPEECH_PAUSE = 1500; // ms between two sentences that are read aloud

export function bindPlayer(root, state) {
  const [button, slider, clock, now, spoken] = ["#play", "#time", "#clock", "#now", "#spoken"].map((each) => root.querySelector(each));
  let before = 0;
  let speaking = 0;

  function step(stamp) {
    if (!state.playing || !shown(state)) return;
    const { last } = shown(state);
    const elapsed = before ? Math.min(100, stamp - before) : 0;
    before = stamp;
    const at = Math.min(last, state.at + (elapsed / 1000 / WHOLE) * last);
    state.update({ at, playing: at < last });
    if (at < last) requestAnimationFrame(step);
  }

  function play(on = !state.playing) {
    if (!state.story) return;
    const restart = on && state.at >= shown(state).last;
    before = 0;
    state.update({ playing: on, ...(restart ? { at: 0 } : {}) });
    if (on) requestAnimationFrame(step);
  }

  function go(frame) {
    if (!state.story) return;
    state.update({ playing: false, at: Math.max(0, Math.min(shown(state).last, frame)) });
  }

  function show() {
    const story = shown(state);
    if (!story) return;
    const frame = Math.floor(state.at);
    slider.max = String(story.last);
    slider.value = String(frame);
    const time = `t = ${timeText(story.timeAt(state.at))}`;
    slider.setAttribute("aria-valuetext", time);
    clock.textContent = time;
    const sentences = nowSentences(story, state.at);
    if (now.textContent !== sentences.join(" ").trim()) now.replaceChildren(`${sentences[0]} `, Object.assign(document.createElement("span"), { textContent: sentences[1] }));
    const census = story.census(frame);
    for (const each of root.querySelectorAll("[data-count]")) each.textContent = String(census[each.dataset.count]);
    root.dataset.frame = String(frame);
    speak();
  }

  // Screen readers hear a sentence when the picture rests.
  function speak() {
    clearTimeout(speaking);
    speaking = setTimeout(() => {
      if (state.playing) speak();
      else if (spoken.textContent !== now.textContent) spoken.textContent = now.textContent;
    }, SPEECH_PAUSE);
  }

  button.addEventListener("click", () => play());
  slider.addEventListener("input", () => go(Number(slider.value)));
  state.subscribe(["story", "base", "showing", "at"], show);
  state.subscribe(["playing"], () => {
    button.setAttribute("aria-pressed", String(state.playing));
    button.setAttribute("aria-label", state.playing ? "Pause" : "Play");
    root.classList.toggle("playing", state.playing);
  });
  return { play, go };
}

const TYPING = "input:not([type=range]):not([type=checkbox]), select, textarea";

export function bindKeys(root, state, player) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !state.story) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Escape") return state.update({ selected: NOTHING, hovered: NOTHING });
    if (target.closest(TYPING)) return;
    const pressed = target.closest("button, a, summary, [type=checkbox]");
    const other = target.closest("[type=range]") && target.id !== "time";
    const scrolling = target.matches(".scroll, pre");
    if (event.key === " " && !pressed) use(event, () => player.play());
    else if (other || scrolling) return;
    else if (event.key === "ArrowRight") use(event, () => player.go(Math.floor(state.at) + 1));
    else if (event.key === "ArrowLeft") use(event, () => player.go(Math.ceil(state.at) - 1));
    else if (event.key === "Home") use(event, () => player.go(0));
    else if (event.key === "End") use(event, () => player.go(shown(state).last));
    else if (event.key === "[" || event.key === "]") use(event, () => stepFeature(state, event.key === "]" ? 1 : -1));
  });
}

function use(event, action) {
  event.preventDefault();
  action();
}

// Select the next feature in the picture's order.
function stepFeature(state, by) {
  const { features, featurePlace } = state.places;
  const [current] = state.selected.features;
  const slot = current === undefined ? (by > 0 ? 0 : features.length - 1) : (featurePlace[current] + by + features.length) % features.length;
  state.update({ selected: { features: [features[slot]], neuron: null } });
}
