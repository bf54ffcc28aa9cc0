// Rings: benign a green circle, malign a vermillion diamond, undecided a grey dashed circle.
import { colours } from "./colours.js";

export function drawRing(context, kind, x, y, radius) {
  const palette = colours();
  if (!["benign", "malign", "undecided"].includes(kind)) return;
  context.strokeStyle = palette[kind];
  context.lineWidth = kind === "undecided" ? 1.6 : 2.4;
  context.setLineDash(kind === "undecided" ? [3, 2.4] : []);
  context.beginPath();
  if (kind === "malign") diamond(context, x, y, radius * 1.25);
  else context.arc(x, y, radius, 0, 7);
  context.stroke();
  context.setLineDash([]);
}

function diamond(context, x, y, radius) {
  context.moveTo(x, y - radius);
  context.lineTo(x + radius, y);
  context.lineTo(x, y + radius);
  context.lineTo(x - radius, y);
  context.closePath();
}
