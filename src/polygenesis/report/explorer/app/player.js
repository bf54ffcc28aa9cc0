// Play through the frames of a trajectory, in about twelve seconds.

const SECONDS = 12;

/** Connect button, slider and keys. `setFrame(frame)` shows one; `frames()` says how many there are. */
export function connectPlayer(page, { frames, frame, setFrame, clear }) {
  const button = page.getElementById("play"), slider = page.getElementById("time");
  let playing = false, begun = 0, from = 0;

  const tick = (now) => {
    if (!playing) return;
    const next = Math.min(frames() - 1, from + Math.floor((Math.max(0, now - begun) / 1000 / SECONDS) * (frames() - 1)));
    setFrame(next);
    if (next >= frames() - 1) stop();
    else requestAnimationFrame(tick);
  };
  const play = () => {
    if (frames() < 2) return;
    if (frame() >= frames() - 1) setFrame(0);
    [playing, from, begun] = [true, frame(), performance.now()];
    button.textContent = "Pause";
    requestAnimationFrame(tick);
  };
  const stop = () => {
    playing = false;
    button.textContent = "Play";
  };
  const step = (to) => {
    stop();
    setFrame(Math.max(0, Math.min(frames() - 1, to)));
  };
  button.addEventListener("click", () => (playing ? stop() : play()));
  slider.addEventListener("input", () => step(Number(slider.value)));
  page.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") return clear();
    if (event.target.closest && event.target.closest("input, select, textarea, button, summary, a")) return;
    const moves = { ArrowLeft: frame() - 1, ArrowRight: frame() + 1, Home: 0, End: frames() - 1 };
    if (event.key === " ") playing ? stop() : play();
    else if (event.key in moves) step(moves[event.key]);
    else return;
    event.preventDefault();
  });
  return { play, stop, playing: () => playing };
}
