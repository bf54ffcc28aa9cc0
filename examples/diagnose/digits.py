"""Perceptrons on scikit-learn's digits: 8, 32 and 128 units, with and without a penalty on activations, 8 seeds each.

    pip install 'polygenesis[torch,data]'
    python examples/diagnose/digits.py [FOLDER]

Writes a page for each of the six networks, and the table and figure of docs/diagnosed. About two CPU minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import sources

import polygenesis as pg
from polygenesis import plots, stats
from polygenesis.features import Digits
from polygenesis.models import Perceptron
from polygenesis.penalties import ActivationL1
from polygenesis.probe import Diagnosis, capture
from polygenesis.training import Adam

WIDTHS = (8, 32, 128)
STRENGTHS = (0.0, 0.01)
SEEDS = 8
STEPS = 400

DOCS = Path(__file__).parents[2] / "docs"
ALT = (
    "Two panels over 8, 32 and 128 hidden units, without and with a penalty on activations. Left: the share of live "
    "neurons that two digits or more share. Right: how often the same pairs of digits come back with other seeds, "
    "divided by chance; 1 is chance."
)


def trained(units: int, strength: float, seeds: int = SEEDS, steps: int = STEPS) -> pg.Run:
    """Train perceptrons with one hidden layer, one a seed, by Adam on all training images at once."""
    return pg.simulate(
        pg.RunSpec(
            model=Perceptron(n=64, m=units, layers=1, outputs=10),
            features=Digits(),
            penalty=ActivationL1(strength) if strength else pg.NoPenalty(),
            training=Adam(lr=3e-3, steps=steps),
            replicates=seeds,
            precision="float32",
        )
    )


def diagnosed(run: pg.Run) -> tuple[Diagnosis, float]:
    """Diagnose the hidden layer of all seeds on all images; return the mean accuracy on held-out images too."""
    import torch

    (images, classes), (held, answers) = (Digits(held_out=each).images() for each in (False, True))
    every, labels = np.concatenate([images, held]), np.concatenate([classes, answers])
    inputs = torch.from_numpy(every.astype(np.float32))
    networks = [run.network(replicate) for replicate in range(len(run.outcome))]
    ends = [capture(each, "hidden1", [inputs])[0] for each in networks]
    first, bias = (run.initial_parameters[name] for name in ("layer1", "bias1"))
    starts = [np.maximum(every @ first[r] + bias[r], 0) for r in range(len(networks))]
    with torch.no_grad():
        right = [(each(inputs[-len(held) :]).argmax(1).numpy() == answers).mean() for each in networks]
    names = np.array([f"digit {each}" for each in labels])
    return pg.diagnose(ends, names, initial=starts), float(np.mean(right))


def row(units: int, strength: float, found: Diagnosis, accuracy: float) -> dict[str, object]:
    """What one kind of network shows."""
    again = found.findings.recurrence
    related = found.findings.related
    live = [int((~each.constant).sum()) for each in found.selectivity]
    return {
        "units": units,
        "λ": strength,
        "accuracy": f"{accuracy:.1%}",
        "live": round(float(np.mean(live)), 1),
        "shared": round(float(found.census.polysemantic.mean()), 1),
        "forced": f"{found.verdict.forced:.0%}",
        "recurrence": round(again.ratio, 2),
        "p": again.p_value,
        "pairs beyond chance": len(again.related),
        "starts": round(related.cosine, 2),
        "by chance": round(related.expected, 2),
    }


def figure(kinds: Sequence[tuple[int, float, Diagnosis]]) -> plots.Chart:
    """Draw shared neurons, and recurrence, against the width."""
    left, right = [], []
    for strength in STRENGTHS:
        name = f"λ = {strength:g}" if strength else "no penalty"
        mine = [(units, found) for units, λ, found in kinds if λ == strength]
        shares = [
            stats.mean(found.census.polysemantic / np.array([(~s.constant).sum() for s in found.selectivity]))
            for _, found in mine
        ]
        x = [units for units, _ in mine]
        ends = ([each.lower for each in shares], [each.upper for each in shares])
        left.append(plots.series(name, x, [each.value for each in shares], interval=ends, style="both"))
        right.append(plots.series(name, x, [found.findings.recurrence.ratio for _, found in mine], style="both"))
    chance = plots.Level("chance", 1.0)
    return plots.row(
        plots.panel(left, x="hidden units", y="shared neurons / live neurons", log="x", limits=(0, 1.1), ticks=WIDTHS),
        plots.panel(right, x="hidden units", y="recurrence over chance", log="x", levels=(chance,), ticks=WIDTHS),
        alt=ALT,
    )


def main() -> None:
    """Train and diagnose all six, write pages, table and figure."""
    kinds, rows = [], []
    for strength in STRENGTHS:
        for units in WIDTHS:
            found, accuracy = diagnosed(trained(units, strength))
            assert accuracy > 0.8, f"{units} units have not learned: {accuracy:.1%}"
            kinds.append((units, strength, found))
            rows.append(row(units, strength, found, accuracy))
            name = f"digits-{units}-{strength:g}"
            title = f"Digits, {units} units, " + (f"activation penalty {strength:g}" if strength else "no penalty")
            found.to_html(sources.folder() / f"{name}.html", title=f"{title}, {SEEDS} seeds")
            print(f"\n{title}\n{found.verdict}")
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    lines = [list(table), ["---"] * len(table.columns), *table.astype(str).to_numpy().tolist()]
    (DOCS / "diagnosed" / "digits_table.md").write_text("".join(f"| {' | '.join(line)} |\n" for line in lines), "utf-8")
    for path in plots.save(figure(kinds).draw(), DOCS / "figures" / "diagnosed-digits", ("png",)):
        print(path)


if __name__ == "__main__":
    main()
