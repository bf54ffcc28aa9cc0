// Axes of small charts.
import { colours } from "./colours.js";
import { canvasFont } from "./surface.js";
import { timeText } from "./words.js";

export const MARGIN = { left: 34, right: 10, top: 10, bottom: 34 };

// Places inside the margins, from shares of width and height (0 to 1, from the lower left).
export function inside(width, height, margin = MARGIN) {
  const [wide, high] = [width - margin.left - margin.right, height - margin.top - margin.bottom];
  return { x: (share) => margin.left + share * wide, y: (share) => height - margin.bottom - share * high, wide, high };
}

export function axisText(context, text, x, y, align = "center", colour = colours().soft) {
  context.font = canvasFont(11);
  context.fillStyle = colour;
  context.textAlign = align;
  context.fillText(text, x, y);
}

// The axis of frames: the slider's, which is dense where leaders change; ticks name their times.
export function timeAxis(context, times, area, height) {
  const { line } = colours();
  const count = area.wide < 300 ? 4 : 6;
  for (let tick = 0; tick < count; tick++) {
    const frame = Math.round((tick * (times.length - 1)) / (count - 1));
    const x = area.x(frame / Math.max(1, times.length - 1));
    context.fillStyle = line;
    context.fillRect(x, area.y(0), 1, 4);
    axisText(context, timeText(times[frame]), x, area.y(0) + 15);
  }
  context.fillStyle = line;
  context.fillRect(area.x(0), area.y(0), area.wide, 1);
}

// Horizontal lines at values, with their numbers; `share` maps a value to its height.
export function valueLines(context, values, share, area, text) {
  for (const value of values) {
    context.fillStyle = colours().line;
    context.fillRect(area.x(0), Math.round(area.y(share(value))), area.wide, 1);
    axisText(context, text(value), area.x(0) - 5, area.y(share(value)) + 4, "right");
  }
}

// Up to about `count` round numbers from 0 to `highest`.
export function roundNumbers(highest, count) {
  const rough = highest / count;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) || 1;
  return Array.from({ length: Math.floor(highest / step + 1e-9) + 1 }, (_, at) => at * step);
}
