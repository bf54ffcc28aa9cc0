// A canvas that is as sharp as the screen and is drawn only when it is seen and something has changed.

const SHARPEST = 2; // device pixels a CSS pixel: more costs time and shows nothing

export function createSurface(canvas, draw) {
  const context = canvas.getContext("2d");
  const surface = {
    redraw,
    get width() { return canvas.clientWidth; },
    get height() { return canvas.clientHeight; },
  };
  let visible = false;
  let stale = true;

  function fit() {
    const sharpness = Math.min(SHARPEST, window.devicePixelRatio || 1);
    const [width, height] = [surface.width, surface.height].map((each) => Math.round(each * sharpness));
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context.setTransform(sharpness, 0, 0, sharpness, 0, 0);
  }

  function redraw() {
    stale = true;
    if (visible || document.documentElement.classList.contains("printing")) now();
  }

  function now() {
    fit();
    if (surface.width === 0) return;
    stale = false;
    context.clearRect(0, 0, surface.width, surface.height);
    draw(context, surface.width, surface.height);
  }

  new ResizeObserver(redraw).observe(canvas);
  new IntersectionObserver((entries) => {
    visible = entries[entries.length - 1].isIntersecting;
    if (visible && stale) now();
  }, { rootMargin: "80px" }).observe(canvas);
  return surface;
}

export function pointerAt(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

export function canvasFont(size, weight = 400) {
  return `${weight} ${size}px system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif`;
}

// A small box of text beside the pointer.
export function showTip(tip, text, x, y, width) {
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const left = Math.max(4, Math.min(x + 12, width - tip.offsetWidth - 4));
  tip.style.transform = `translate(${left}px, ${y + 14}px)`;
}
