"""Write docs/performance.md and its figure from measurements.

    python benchmarks/page.py BENCH.json GROWTH.json TOYS.json

BENCH.json is what `polygenesis bench --out` wrote, GROWTH.json what benchmarks/growth.py did, TOYS.json what
`polygenesis bench --only toy-1 …` did for the toy models. Nothing is measured here, so the page can be written again at
any time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis import plots
from polygenesis.bench import read
from polygenesis.cli.bench import seconds
from polygenesis.numerals import counted
from polygenesis.plots.chart import Chart
from polygenesis.plots.panels import Axis, Curves, Series
from polygenesis.stats import log_slope

DOCS = Path(__file__).parents[1] / "docs"
HISTORY = Path(__file__).with_name("history.jsonl")
SHOWN = (
    "headline",
    "headline-published",
    "adamw-256",
    "adamw-1024",
    "adamw-4096",
    "flow-euler-1024",
    "notebook",
    "many",
)
MARKS = {True: "yes", False: "**no**", None: "–"}

TICKS = {"features n": (32, 64, 128, 256, 512), "neurons m": (128, 512, 2048, 8192), "1/λ": (20, 50, 100, 200, 500)}

THEORY = {
    "flow: n (m = 1024)": "2 while dense (3n²m operations an evaluation), 1–2 in the race",
    "flow: m (n = 128)": "1 while dense, 0 in the race (the surviving weights of a row do not depend on m)",
    "flow: n = m": "3 while dense, 1–2 in the race",
    "flow: n, m = 4n": "3 while dense, 1–2 in the race",
    "flow: 1/λ (n = 128, m = 512)": "1 in time; ½ in evaluations where the limit of s stages grows as s²",
    "flow: replicates (n = 32, m = 64)": "1",
    "AdamW: n (m = 1024)": "2 (3n²m operations a step)",
    "AdamW: m (n = 128)": "1",
    "noisy descent: n (m = 64)": "2 (6n²m operations a step), 1 while calls dominate",
}
"""What operation counts let us expect of each series' exponent."""

PAGE = """# Performance

How long simulations take compared with a plain PyTorch loop, and how the cost grows. Every number on this page was
measured: `polygenesis bench` and `benchmarks/growth.py` measure, and `benchmarks/page.py` writes this page from
their files in `benchmarks/`.

## Comparison with a plain PyTorch loop

The baseline is a plain PyTorch autograd loop: an `nn.Module` with two `einsum`s, AdamW or SGD, all replicates in one
batch, all cores. Some of its steps are timed and scaled to the whole training. Gradient flow and AdamW are different
processes, so the first rows compare the time to an answer; the `AdamW` rows compare the same numbers step for step.

{table}

{machine}

{load}

Rows that name their baseline after *against* compare other computations of the same numbers (AdamW), or other
methods for the same process (Euler steps, a solver). All other rows compare the time to an answer with that of a
plain PyTorch loop.

## Published runs

The ratios of selected rows by date. Columns have the names of `polygenesis bench --only NAME`: `headline` and
`headline-published` are the figure at λ = 0.016 and 0.001, `adamw-…` the steps of AdamW at m = …, `flow-euler-1024`
the flow against Euler steps, `notebook` one call of `pg.simulate`, `many` the many small runs.

{history}

## Toy models by the general engine

Other networks are trained by the general engine ({{doc}}`general_engine`). The baselines are loops as in a
notebook, in float32 with Adam (`src/polygenesis/bench/loops.py`): replicates as one batch in the first three rows,
networks one after the other in the rest. Both sides are warmed up and take turns, so that other work on the machine
slows both; ratios are those of whole trainings. In the last column PyTorch uses all cores for the loop, and our
replicates are tasks of worker processes.

{toys}

{toy_machine} {toy_load}

Why the layers are written by hand: automatic differentiation in blocks of replicates was 3 to 16 times slower than
the loop on the first three rows (blocks are padded with copies, and random numbers cost more than arithmetic), as
fast on the digits, and 14 times faster on the untied networks. Hand-written layers are one compiled loop without
calls: one replicate at a time in the nearest caches, random numbers computed only where a feature fires. The untied
networks are bounded by BLAS: half of a step is three products of 64 × 32 matrices. Their goal, 39 times the speed
of the loop, was set to three times automatic differentiation, then at 13 times the loop; measured against automatic
differentiation itself, in CPU time, the hand-written layers are 2.98 times as fast. On the digits most of a step is
products of 64 × 32 and 32 × 10 weights with 1,438 images. BLAS computes them at a quarter to three fifths of the
processor's peak, since it copies blocks of the images first; from 1,024 inputs on, the sums run in registers over a few
columns at a time, which made a training 1.4 times as fast; softmax by vector instructions had made it 1.16 times as
fast. A transformer by automatic differentiation, one seed at a time, is no faster than the loop. In the hand-written
transformer, half of a step is products by BLAS; attention, whose products are too small for BLAS, sums whole vectors in
registers, and GELU and softmax are vector instructions.

## How cost grows

Processor seconds of one replicate on one core as a function of one size, {seeds} seeds per point. Exponents are
slopes in log-log coordinates with 95 % intervals (HC3).

{exponents}

```{{figure}} figures/growth.svg
:alt: Processor seconds of a replicate on log-log axes: against n, against m and against one over lambda.

Processor seconds of one replicate: points are means over {seeds} seeds.
```

`polygenesis sweep plan`, and every command that takes more than two seconds, predicts its time beforehand. Over the
{points} runs of this section the prediction was between {lowest:.2g} and {highest:.2g} times the measured time
(median {middle:.2g}).
"""


def main(bench: Path, growth: Path, toys: Path) -> None:
    """Write the page and the figure."""
    found, grown, small = read(bench), json.loads(growth.read_text(encoding="utf-8")), read(toys)
    points = grown["points"]
    ratios = [each["predicted"] / each["seconds"] for each in points]
    machine = found["machine"]
    loaded = max(machine["load_before"] or 0, grown["machine"]["load_before"] or 0)
    text = PAGE.format(
        table=table([row for row in found["rows"] if row["name"] not in {toy["name"] for toy in small["rows"]}]),
        toys=toy_table(small["rows"]),
        toy_machine=describe(small["machine"]),
        toy_load=f"The load before was {small['machine']['load_before']:.1f}."
        + (" The process had one core, so nothing was measured on all." if small["machine"]["cores"] == 1 else ""),
        machine=describe(machine),
        load=f"The load before the measurements was up to {loaded:.1f}: other work ran beside them, so clock times "
        "are too long on both sides."
        if loaded > 1
        else "The machine was otherwise idle.",
        history=history(found),
        exponents=exponents(points),
        seeds=len({each["seed"] for each in points}),
        points=len(points),
        lowest=min(ratios),
        highest=max(ratios),
        middle=float(np.median(ratios)),
    )
    (DOCS / "performance.md").write_text(text, encoding="utf-8")
    plots.save(figure(points).draw(), DOCS / "figures" / "growth", ("svg",))


def history(found: dict[str, Any]) -> str:
    """Add these results to the history, one line a published run, and return it in Markdown, newest first."""
    lines = HISTORY.read_text(encoding="utf-8").splitlines() if HISTORY.exists() else []
    machine = found["machine"]
    new = {
        "date": found.get("date", "unknown"),
        "version": machine["versions"]["polygenesis"],
        "kernels": machine.get("kernels", "unknown"),
        "processor": machine["processor"],
        "cores": machine["cores"],
        "held_back": sorted(machine.get("variables", {})),
        "ratios": {row["name"]: round(row["ratio"], 3) for row in found["rows"] if row["ratio"] is not None},
    }
    written = json.dumps(new, ensure_ascii=False)
    if written not in lines:
        lines.append(written)
        HISTORY.write_text("\n".join(lines) + "\n", encoding="utf-8")
    runs = [json.loads(line) for line in reversed(lines)]
    shown = [name for name in SHOWN if any(name in run["ratios"] for run in runs)]
    rows = ["| date | version | processor | " + " | ".join(shown) + " |", "|---" * (3 + len(shown)) + "|"]
    for run in runs:
        found_ratios = [run["ratios"].get(name) for name in shown]
        ratios = ["–" if r is None else f"{r:,.0f}×" if r >= 100 else f"{r:.3g}×" for r in found_ratios]
        where = f"{run['processor']}, {run['cores']} cores" + (", BLAS held back" if run["held_back"] else "")
        rows.append(f"| {run['date']} | {run['version']} | {where} | " + " | ".join(ratios) + " |")
    return "\n".join(rows)


def table(rows: list[dict[str, Any]]) -> str:
    """The benchmark's rows in Markdown."""
    lines = ["| what | baseline | ours | ratio | goal met? | how |", "|---|---|---|---|---|---|"]
    for row in rows:
        ours = seconds(row["our_seconds"]) + (f", {row['peak_bytes'] / 1e9:.1f} GB" if row["peak_bytes"] else "")
        ratio = "–" if row["ratio"] is None else f"{row['ratio']:,.{0 if row['ratio'] >= 10 else 1}f}×"
        how = row["how"] + (f". Skipped: {row['skipped']}" if row["skipped"] else "")
        lines.append(
            f"| {row['what']} | {seconds(row['baseline_seconds'])} | {ours} | {ratio} | {MARKS[row['met']]} | {how} |"
        )
    return "\n".join(lines)


def toy_table(rows: list[dict[str, Any]]) -> str:
    """The toy models' rows in Markdown, on one thread and on all cores."""
    lines = ["| what | loop | ours | ratio | goal met? | all cores: loop, ours, ratio |", "|---|---|---|---|---|---|"]
    for row in rows:
        loop, own = (row["details"].get(f"all_cores_{side}") for side in ("baseline", "ours"))
        spread = f"{seconds(loop)}, {seconds(own)}, {loop / own:.1f}×" if own else "–"
        lines.append(
            f"| {row['what']} | {seconds(row['baseline_seconds'])} | {seconds(row['our_seconds'])} | "
            f"{row['ratio']:.2g}× | {MARKS[row['met']]} (≥ {row['goal']['ratio']:g}×) | {spread} |"
        )
    return "\n".join(lines)


def describe(machine: dict[str, Any]) -> str:
    """One sentence on the machine."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items() if version)
    return (
        f"Measured on {machine['processor']}, {counted(machine['cores'], 'core')}, "
        f"{machine['memory_bytes'] / 1e9:.0f} GB, "
        f"Python {machine['python']}, {versions}. Peak of one core, measured on a product of two 1024² matrices: "
        f"{machine['peak_flops_float32'] / 1e9:.0f} Gflop/s in float32, {machine['peak_flops_float64'] / 1e9:.0f} in "
        f"float64; it copies {machine['bandwidth_bytes'] / 1e9:.0f} GB/s."
    )


def exponents(points: list[dict[str, Any]]) -> str:
    """The fitted exponents in Markdown."""
    lines = ["| series | exponent of time | exponent of evaluations | operation counts say |", "|---|---|---|---|"]
    for name, expected in THEORY.items():
        chosen = [each for each in points if each["series"] == name]
        if not chosen:  # measured before the series was there
            continue
        x = [each["x"] for each in chosen]
        slopes = [log_slope(x, [each[what] for each in chosen]).slope for what in ("seconds", "evaluations")]
        cells = [
            "{:.2f} [{:.2f}, {:.2f}]".format(*(round(v, 2) + 0.0 for v in (e.value, e.lower, e.upper))) for e in slopes
        ]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} | {expected} |")
    return "\n".join(lines)


def figure(points: list[dict[str, Any]]) -> Chart:
    """Three panels: against n, against m, against 1/λ."""
    panels = []
    for label, names in {
        "features n": {"gradient flow": "flow: n (m = 1024)", "AdamW, 100 steps": "AdamW: n (m = 1024)"},
        "neurons m": {"gradient flow": "flow: m (n = 128)", "AdamW, 100 steps": "AdamW: m (n = 128)"},
        "1/λ": {"gradient flow": "flow: 1/λ (n = 128, m = 512)"},
    }.items():
        series = tuple(
            means(shown, [each for each in points if each["series"] == name]) for shown, name in names.items()
        )
        panels.append(Curves(Axis(label, "log", ticks=TICKS[label]), Axis("processor seconds", "log"), series))
    return Chart(tuple(panels), alt="Cost of a replicate against n, m and 1/λ.")


def means(shown: str, points: list[dict[str, Any]]) -> Series:
    """Mean seconds at each x."""
    x = sorted({each["x"] for each in points})
    y = [np.mean([each["seconds"] for each in points if each["x"] == at]) for at in x]
    return Series(shown, np.array(x, dtype=float), np.array(y), style="both", role=shown.partition(",")[0])


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
