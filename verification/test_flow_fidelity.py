"""A faster engine that picks other winners is another model: the flow against plain small steps, at length.

Run by `make verify` (minutes). The reference is proximal Euler with h = 0.02 in the paper's clock, float64, dense.
"""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis import detect, stats
from polygenesis.dynamics import simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

FEATURES, REPLICATES, STRENGTH = 64, 10, 0.016
SMALL_STEP = 0.02
AGREEMENT = 0.99
"""Share of features that must end on the reference's neuron with its sign."""
COUNT_MARGIN = 0.05
"""Equivalence margin for the ratio of mean counts."""


def small_steps(start: np.ndarray, strength: float, end: float) -> np.ndarray:
    """Integrate (n, m) by proximal Euler with the fixed small step up to ``end`` (paper's clock)."""
    w, threshold = start.astype(float), SMALL_STEP * strength / 4
    for _ in range(round(end / SMALL_STEP)):
        w += SMALL_STEP * (w - np.maximum(w @ w.T, 0) @ w)
        w = np.sign(w) * np.maximum(np.abs(w) - threshold, 0)
    return w


@pytest.fixture(scope="module")
def reference() -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Starts and ends (r, n, m) by small steps, by width; a little past the slowest race."""
    ends = {}
    for m in (64, 128, 512):
        start = np.random.default_rng([FEATURES, m]).standard_normal((REPLICATES, FEATURES, m)) / m**0.5
        ends[m] = start, np.array([small_steps(each, STRENGTH, 8 * 4 / STRENGTH) for each in start])
    return ends


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("m", [64, 128, 512])
def test_the_flow_picks_the_winners_of_small_steps(reference, m: int, precision: str) -> None:
    start, end = reference[m]
    spec = RunSpec(model=TiedAutoencoder(n=FEATURES, m=m), penalty=L1(STRENGTH), replicates=REPLICATES)
    run = simulate(spec, initial_weights=start.astype(precision))
    flow, truth = detect.census(run.final), detect.census(end)
    done = run.converged & truth.resolved
    assert done.sum() >= REPLICATES - 1
    same = ((flow.neuron == truth.neuron) & (flow.sign == truth.sign))[done]
    print(f"m = {m}, {precision}: {same.mean():.4f} of the features agree")
    assert same.mean() >= AGREEMENT
    difference = flow.polysemantic[done] - truth.polysemantic[done]
    bound = COUNT_MARGIN * truth.polysemantic[done].mean()
    assert abs(difference.mean()) <= max(bound, 1 / done.sum()), "paired counts agree within the margin"


@pytest.mark.parametrize("m", [64, 256])
def test_counts_do_not_depend_on_the_step(m: int) -> None:
    """Independent draws at the default tolerance and at a tenth of it: counts within 5 %, an equivalence test."""
    spec = RunSpec(model=TiedAutoencoder(n=FEATURES, m=m), penalty=L1(STRENGTH), replicates=400, precision="float32")
    fine = spec.replace(training=GradientFlow(tolerance=1e-4))
    counts = [detect.census(simulate(each).final).polysemantic for each in (spec, fine)]
    found = stats.samples_agree(*counts, 0.05, relative=True)
    print(f"m = {m}: {found}")
    assert found.verdict is stats.Verdict.EQUIVALENT
