// The page's colours as canvases need them, read from the style sheet's variables.

const COLOUR_NAMES = [
  "paper", "card", "ink", "soft", "line", "link", "positive", "negative",
  "benign", "malign", "undecided", "benefit", "interference", "regularization", "law", "slots", "occupancy",
];

let currentColours = null;

export function colours() {
  if (currentColours === null) {
    const style = getComputedStyle(document.querySelector(".explorer"));
    currentColours = Object.fromEntries(COLOUR_NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }
  return currentColours;
}

// Call `redraw` whenever the colours change: dark or light, screen or print.
export function whenColoursChange(redraw) {
  const again = () => {
    currentColours = null;
    redraw();
  };
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", again);
  const printing = (on) => () => {
    document.documentElement.classList.toggle("printing", on);
    again();
  };
  addEventListener("beforeprint", printing(true));
  addEventListener("afterprint", printing(false));
}

// The red, green and blue of "#rrggbb" or "#rgb".
export function channels(colour) {
  if (colour.length === 4) return [1, 2, 3].map((at) => 17 * parseInt(colour[at], 16));
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}
