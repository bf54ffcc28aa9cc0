"""Perceptrons on scikit-learn's digits: 8, 32 and 128 units, with and without a penalty on activations, 8 seeds each.

    pip install 'polygenesis[torch,data]'
    python examples/diagnose/digits.py [FOLDER]

Writes a page for each of the six networks, and the table and figure of docs/diagnosed.md. About three CPU minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import page_tables
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

ASIDE = (0.95, 1.0, 1.05)
"""Factors of the width at which the three curves are drawn, so that their intervals do not hide one another."""

FIGURE = Path(__file__).parents[2] / "docs" / "figures" / "diagnosed-digits"
ALT = (
    "Two panels over 8, 32 and 128 hidden units, without and with a penalty on activations, and before training. Left: "
    "the share of live neurons that two digits or more share. Right: the structured share, which is the part of the "
    "co-selections that comes back with every seed beyond chance, with its 95 % interval; 0 is chance."
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


def diagnosed(run: pg.Run) -> tuple[Diagnosis, Diagnosis, float]:
    """Diagnose the hidden layer of all seeds on all images, trained and untrained; return the held-out accuracy too."""
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
    untrained = pg.diagnose(starts, names, alternatives=())
    return pg.diagnose(ends, names, initial=starts), untrained, float(np.mean(right))


def column(found: Diagnosis, untrained: Diagnosis, accuracy: float) -> dict[str, str]:
    """What one kind of network shows."""
    return {"accuracy": f"{accuracy:.1%}"} | page_tables.counts(found) | page_tables.axes(found, untrained)


def figure(kinds: Sequence[tuple[int, float, Diagnosis, Diagnosis]]) -> plots.Chart:
    """Draw shared neurons, and the structured share, against the width."""
    left, right = [], []
    for strength, aside in zip((*STRENGTHS, None), ASIDE, strict=True):
        name = "before training" if strength is None else f"λ = {strength:g}" if strength else "no penalty"
        mine = [(m, start if strength is None else end) for m, λ, end, start in kinds if λ == (strength or 0.0)]
        left.append(_curve(name, [(units * aside, _shared(each)) for units, each in mine]))
        right.append(_curve(name, [(units * aside, each.structured) for units, each in mine]))
    x = "hidden units"
    return plots.row(
        plots.panel(left, x=x, y="shared neurons / live neurons", log="x", limits=(0, 1.1), ticks=WIDTHS),
        plots.panel(right, x=x, y="structured share", log="x", limits=(0, 1.1), ticks=WIDTHS),
        alt=ALT,
    )


def _shared(found: Diagnosis) -> stats.Estimate:
    """Shared neurons among the live ones, over seeds."""
    return stats.mean(found.census.polysemantic / np.array([(~each.constant).sum() for each in found.selectivity]))


def _curve(name: str, points: Sequence[tuple[float, stats.Estimate]]) -> plots.Series:
    """A line through the estimates, with their intervals."""
    ends = [each.lower for _, each in points], [each.upper for _, each in points]
    return plots.series(name, [m for m, _ in points], [each.value for _, each in points], interval=ends, style="both")


def main() -> None:
    """Train and diagnose all six, write pages, table and figure."""
    kinds, columns = [], {}
    for strength in STRENGTHS:
        for units in WIDTHS:
            found, untrained, accuracy = diagnosed(trained(units, strength))
            assert accuracy > 0.8, f"{units} units have not learned: {accuracy:.1%}"
            kinds.append((units, strength, found, untrained))
            penalty = f"activation penalty {strength:g}" if strength else "no penalty"
            title = f"Digits, {units} units, {penalty}, {SEEDS} seeds"
            found.to_html(sources.folder() / f"digits-{units}-{strength:g}.html", title=title)
            print(f"\n{title}\n{found.verdict}\nBefore training: {untrained.verdict}")
            columns[f"{units} units, λ = {strength:g}"] = column(found, untrained, accuracy)
    table = page_tables.write("digits_table.md", columns)
    print(f"\n{table.read_text('utf-8')}", *plots.save(figure(kinds).draw(), FIGURE, ("png",)), sep="\n")


if __name__ == "__main__":
    main()
