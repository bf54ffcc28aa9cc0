"""The explorer's page in a headless browser: size, time to open and to simulate, and frame times while it plays.

    python benchmarks/explorer.py [FILE.json]

Times are medians. "CPU" is the page's own thread alone (Chromium's thread ticks), which other work on the machine does
not lengthen; the clock is what a reader waits. Needs Playwright and a Chromium or Chrome of the system.
"""

from __future__ import annotations

import gzip
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from polygenesis.bench.machine import describe
from polygenesis.dynamics import simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.report.explorer import explore
from polygenesis.report.explorer.bundle import bundle
from polygenesis.report.explorer.page import scripts
from polygenesis.spec import RunSpec

SIZES = ((24, 36), (32, 64), (64, 128), (64, 256))
REPEATS = 7
WARM = 2
"""First runs, in which the browser compiles: not counted, but the very first one is shown."""

PLAYED = RunSpec(TiedAutoencoder(n=32, m=64))
SECONDS = 6
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

TESTED = """
import { simulate } from "./core/simulate.js";
import { start } from "./core/start.js";
window.once = (n, m, seed) => {
  const spec = {n, m, seed, penalty: 0.016, law: "gaussian"};
  const begin = performance.now();
  simulate(spec, start(spec));
  return performance.now() - begin;
};
"""

DELTAS = """
(seconds) => new Promise((resolve) => {
  const stamps = [];
  const note = (stamp) => {
    stamps.push(stamp);
    if (stamp - stamps[0] < 1000 * seconds) requestAnimationFrame(note);
    else resolve(stamps.slice(1).map((each, at) => each - stamps[at]));
  };
  requestAnimationFrame(note);
})
"""


def main(file: Path | None) -> None:
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        found = {
            "machine": describe(),
            "browser": f"Chromium {browser.version}, headless",
            "simulation": [simulation(browser, n, m) for n, m in SIZES],
            "pages": [opening(browser, *each, Path(folder)) for each in pages()],
            "playing": playing(browser, Path(folder)),
        }
        browser.close()
    print(text(found))
    if file is not None:
        file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def thread_seconds(page: Any) -> Any:
    """A function that says how long the page's thread has worked, in seconds of its own."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def read() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

    return read


def simulation(browser: Any, n: int, m: int) -> dict[str, Any]:
    """Simulate networks of one size, each from another seed."""
    page = browser.new_page()
    page.add_script_tag(content=bundle(scripts() | {"tested.js": TESTED.lstrip()}, "tested.js"))
    worked, clock, used = thread_seconds(page), [], []
    for seed in range(WARM + REPEATS):
        before = worked()
        clock.append(page.evaluate("([n, m, seed]) => once(n, m, seed)", [n, m, seed]) / 1000)
        used.append(worked() - before)
    page.close()
    return {
        "n": n,
        "m": m,
        "first_seconds": clock[0],
        "first_cpu_seconds": used[0],
        "seconds": statistics.median(clock[WARM:]),
        "cpu_seconds": statistics.median(used[WARM:]),
    }


def pages() -> list[tuple[str, str]]:
    """Pages by what they show."""
    small = RunSpec(TiedAutoencoder(n=24, m=36))
    return [("24 × 36, live", explore(small).html), ("24 × 36, replayed", explore(simulate(small)).html)]


def opening(browser: Any, name: str, html: str, folder: Path) -> dict[str, Any]:
    """Open a page until its first picture; a live one simulates before it."""
    place = folder / "page.html"
    place.write_text(html, encoding="utf-8")
    clock = []
    for _ in range(REPEATS):
        page = browser.new_page(reduced_motion="reduce")
        begin = time.perf_counter()
        page.goto(place.as_uri())
        page.wait_for_selector("#explorer[data-ready=true]")
        clock.append(time.perf_counter() - begin)
        page.close()
    size = len(html.encode())
    return {
        "page": name,
        "bytes": size,
        "zipped": len(gzip.compress(html.encode())),
        "seconds": statistics.median(clock),
    }


def playing(browser: Any, folder: Path) -> dict[str, Any]:
    """Play a network of 32 × 64 and note the time from frame to frame."""
    place = explore(PLAYED).save(folder / "played.html")
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.goto(place.as_uri())
    page.wait_for_selector("#explorer[data-ready=true]")
    page.wait_for_timeout(500)
    worked = thread_seconds(page)
    page.click("#play")
    before = worked()
    deltas = sorted(page.evaluate(DELTAS, SECONDS))
    used = worked() - before
    assert page.get_attribute("#play", "aria-pressed") == "true", "it stopped playing while it was measured"
    page.close()
    at = lambda share: deltas[min(int(share * len(deltas)), len(deltas) - 1)]  # noqa: E731
    return {
        "n": PLAYED.model.n,
        "m": PLAYED.model.m,
        "frames": len(deltas),
        "median_ms": at(0.5),
        "p95_ms": at(0.95),
        "longest_ms": deltas[-1],
        "cpu_ms_per_frame": 1000 * used / len(deltas),
    }


def text(found: dict[str, Any]) -> str:
    """The measurements as small tables."""
    lines = [
        f"{found['browser']}; load before {found['machine']['load_before']:.1f} on {found['machine']['cores']} cores"
    ]
    lines += ["", f"{'simulate':>12} {'first':>9} {'median':>9} {'CPU':>9}"]
    for each in found["simulation"]:
        size = f"{each['n']} × {each['m']}"
        times = (each["first_seconds"], each["seconds"], each["cpu_seconds"])
        lines.append(f"{size:>12} " + " ".join(f"{1000 * seconds:7.0f}ms" for seconds in times))
    lines += ["", f"{'page':>20} {'size':>9} {'zipped':>9} {'opens in':>9}"]
    for each in found["pages"]:
        sizes = " ".join(f"{each[name] / 1000:7.0f}kB" for name in ("bytes", "zipped"))
        lines.append(f"{each['page']:>20} {sizes} {1000 * each['seconds']:7.0f}ms")
    play = found["playing"]
    lines += [
        "",
        f"playing {play['n']} × {play['m']}: frames every {play['median_ms']:.1f} ms (median), {play['p95_ms']:.1f} ms "
        f"(95 %), {play['longest_ms']:.1f} ms (longest of {play['frames']}); {play['cpu_ms_per_frame']:.1f} ms of the "
        "page's thread a frame",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
