// Drawing surfaces: sharp on every screen, in the colours of the page.

/** Size a canvas to its box, `height` pixels high; returns its context in pixels of the page. */
export function surface(canvas, height) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth;
  if (canvas.style.height !== `${height}px`) canvas.style.height = `${height}px`;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "12px system-ui, sans-serif";
  return { context, width, height };
}

let palette = null;

/** The page's colours by name; read again when light turns to dark. */
export function colours() {
  if (palette) return palette;
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  palette = Object.fromEntries(
    ["paper", "card", "ink", "soft", "line", "link", "positive", "negative", "benign", "malign", "undecided"].map((name) => [name, read(name)]),
  );
  return palette;
}

export function forgetColours() {
  palette = null;
}

/** A value between −1 and 1 as a colour from negative through paper to positive. */
export function signedColour(value) {
  const { positive, negative } = colours();
  const share = Math.min(1, Math.abs(value));
  return { colour: value >= 0 ? positive : negative, share };
}

/** Draw a pair of axes' frame with labels; returns functions from data to pixels. */
export function plotFrame({ context, width, height }, { x, y, xLabel, yLabel, xTicks, yTicks }) {
  const ink = colours(), left = 54, right = 10, top = 8, bottom = 34;
  const toX = (value) => left + ((value - x[0]) / (x[1] - x[0])) * (width - left - right);
  const toY = (value) => height - bottom - ((value - y[0]) / (y[1] - y[0])) * (height - top - bottom);
  context.strokeStyle = ink.line;
  context.fillStyle = ink.soft;
  context.lineWidth = 1;
  context.textAlign = "center";
  for (const [value, text] of xTicks) {
    context.beginPath();
    context.moveTo(toX(value), top);
    context.lineTo(toX(value), height - bottom);
    context.stroke();
    context.fillText(text, toX(value), height - bottom + 14);
  }
  context.textAlign = "right";
  for (const [value, text] of yTicks) {
    context.beginPath();
    context.moveTo(left, toY(value));
    context.lineTo(width - right, toY(value));
    context.stroke();
    context.fillText(text, left - 5, toY(value) + 4);
  }
  context.textAlign = "center";
  context.fillText(xLabel, (left + width - right) / 2, height - 4);
  context.save();
  context.translate(10, (top + height - bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(yLabel, 0, 0);
  context.restore();
  return { toX, toY };
}
