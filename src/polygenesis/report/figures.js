(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 44rem)");
  const calm = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"] };

  // In the dark, ink becomes light, the grid recedes, and colours too deep for the background are lifted towards white.
  const swaps = { "#1f2328": "#e6edf3", "#d8dee4": "#2e3640", "#7d8590": "#9aa5b1" };
  const veil = ["rgba(255,255,255,0.8)", "rgba(15,19,25,0.8)"];
  const lift = (hex) => {
    if (swaps[hex]) return swaps[hex];
    const parts = [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
    const light = (0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2]) / 255;
    const share = Math.max(0, 0.5 - light) * 0.9;
    return "#" + parts.map((v) => Math.round(v + (255 - v) * share).toString(16).padStart(2, "0")).join("");
  };

  // Panels stand side by side; on a narrow screen, below each other.
  const arrange = (layout, width) => {
    const grid = layout.grid || { rows: 1, columns: 1 };
    const panels = grid.columns * grid.rows;
    layout.autosize = true;
    if (!narrow.matches) return layout;
    layout.grid = { ...grid, rows: panels, columns: 1 };
    layout.font = { ...layout.font, size: 11 };
    layout.margin = { ...layout.margin, l: 44, r: 8 };
    layout.dragmode = false;
    for (const axis of (layout.meta && layout.meta.repeated) || []) layout[axis].showticklabels = true;
    if (panels > 1) layout.height = panels * Math.min(layout.height, width * 0.85) + 60;
    const inner = layout.height - layout.margin.t - layout.margin.b;
    const lift = (layout.meta && layout.meta.lift) || 8;
    layout.legend = layout.coloraxis
      ? { ...layout.legend, x: 0, xanchor: "left", y: -60 / inner, yanchor: "top" }
      : { ...layout.legend, y: 1 + lift / inner };
    return layout;
  };

  const draw = (figure) => {
    const box = figure.querySelector(".live");
    let text = figure.querySelector("script[data-for]").textContent;
    if (dark.matches) text = text.replace(/#[0-9a-f]{6}\b/g, lift).replaceAll(...veil);
    const drawing = JSON.parse(text);
    figure.classList.add("drawn");
    const layout = arrange(drawing.layout, box.clientWidth);
    Plotly.react(box, drawing.data, layout, { ...calm, displayModeBar: narrow.matches ? false : "hover" })
      .catch(() => figure.classList.remove("drawn"));
  };

  const figures = [...document.querySelectorAll("figure[data-live]")];
  const drawn = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting || drawn.has(entry.target)) continue;
      drawn.add(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "600px" });
  figures.forEach((figure) => watch.observe(figure));
  const again = () => drawn.forEach(draw);
  dark.addEventListener("change", again);
  narrow.addEventListener("change", again);
})();
