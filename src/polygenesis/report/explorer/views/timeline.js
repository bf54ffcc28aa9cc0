// How many neurons are shared at every frame, above the slider: benign and malign.
import { shown } from "../app/state.js";
import { colours } from "./colours.js";
import { createSurface } from "./surface.js";
import { timeText } from "./words.js";

const THUMB = 8; // half the width of the slider's thumb: the slider's ends lie so far inside
const KINDS = ["benign", "malign"];

export function timelineView(canvas, state) {
  const surface = createSurface(canvas, draw);

  function draw(context, width, height) {
    const story = shown(state);
    if (!story) return;
    const palette = colours();
    const censuses = story.trajectory.times.map ? Array.from(story.trajectory.times, (_, f) => story.census(f)) : [];
    const highest = Math.max(1, ...censuses.map((each) => each.shared));
    const x = (f) => THUMB + (f * (width - 2 * THUMB)) / Math.max(1, story.last);
    const bar = (width - 2 * THUMB) / Math.max(1, story.last);
    censuses.forEach((each, f) => {
      let y = height - 1;
      for (const kind of KINDS) {
        const tall = (each[kind] / highest) * (height - 4);
        context.fillStyle = palette[kind];
        context.globalAlpha = 0.85;
        context.fillRect(x(f) - bar / 2, y - tall, Math.max(1, bar - 0.6), tall);
        y -= tall;
      }
    });
    context.globalAlpha = 1;
    context.fillStyle = palette.line;
    context.fillRect(THUMB, height - 1, width - 2 * THUMB, 1);
  }

  state.subscribe(["story", "base", "showing", "colours"], () => {
    surface.redraw();
    const story = shown(state);
    if (story) canvas.setAttribute("aria-label", timelineText(story));
  });
}

function timelineText(story) {
  let most = 0;
  for (let f = 0; f <= story.last; f++) if (story.census(f).shared > story.census(most).shared) most = f;
  const counts = [0, most, story.last].map((f) => `${story.census(f).shared} at t = ${timeText(story.trajectory.times[f])}`);
  return `Shared neurons over time: ${[...new Set(counts)].join(", ")}`;
}
