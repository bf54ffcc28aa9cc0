"""Related starts: do the pairs that share in one run start close together in the other runs?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Booleans, Floats
from polygenesis.checks import floats
from polygenesis.errors import InputError
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.detection_limit import SPARSE, TAIL
from polygenesis.probe.battery.nulls import (
    TRADES_PER_ROW,
    Means,
    classes_of,
    dense_label_null,
    means_of,
    random_state,
)
from polygenesis.probe.battery.pairs import PairCounts, binary, pair_counts, same_features, stacked
from polygenesis.probe.battery.recurrence import DECISIVE
from polygenesis.probe.battery.recurrence_evidence import more_runs
from polygenesis.probe.battery.structured_share import interval, raised
from polygenesis.probe.evidence import Evidence, Missing, p_text
from polygenesis.stats import Estimate, p_value

LEAST_RUNS = 2
"""One run's start cannot speak for itself: what starts close there shares there, with or without structure."""

LEAST_SHARINGS = 10
"""Co-selections, over all runs, from which on the test may decide: fewer make one close pair of starts the result."""

FALSE_BY_START = 0.01
"""Share of the pairs that stand out by their starts that may do so by chance: cosines of starts on one data set have
heavier tails than the normal law that they are compared with."""

CLOSE_FROM, CLOSE_TO = 1.0, 3.0
"""Standard deviations of all pairs' cosines from which on a pair counts as kin by its start, and counts fully."""


@dataclass(frozen=True, eq=False)
class RelatedStarts:
    """How related pairs that share in one run start in all other runs.

    ``cosine``: mean cosine of their initial rows there, with its sign turned so that more means more sharing;
    ``expected``: its mean over matrices with the same margins. ``p_value``: the larger of ``by_margins`` and
    ``by_labels``, each exact under its null. ``sharings``: co-selections, over all runs. ``left_out``: part of each
    run's co-selections that pairs which start close in the other runs have beyond chance, (R,). ``close``: how many
    co-selections such pairs have in all runs, and how many chance gives them. ``related``: the pairs
    (i, j) that share, those that start most related first; ``q``: false discovery rate at which each of them stands out
    by its cosine over all runs, among all pairs.
    """

    cosine: float
    expected: float
    by_margins: float
    by_labels: float
    sharings: int
    draws: int
    left_out: Floats
    close: tuple[int, float]
    related: tuple[tuple[int, int], ...]
    q: tuple[float, ...]

    @property
    def standing_out(self) -> tuple[tuple[int, int], ...]:
        """Pairs (i, j) that share and start closer than all pairs do, the closest first."""
        return tuple(pair for pair, q in zip(self.related, self.q, strict=True) if q <= FALSE_BY_START)

    @property
    def p_value(self) -> float:
        """The larger of the two: below a level only where neither null explains what is seen."""
        return max(self.by_margins, self.by_labels)

    @property
    def gap(self) -> float:
        """Mean cosine beyond chance."""
        return self.cosine - self.expected

    @property
    def decides(self) -> bool:
        """Whether enough pairs share for the test to decide a verdict."""
        return self.sharings >= LEAST_SHARINGS

    @property
    def found(self) -> bool:
        """Whether pairs share because they start related: p at most ``DECISIVE``, and enough pairs that share."""
        return self.p_value <= DECISIVE and self.decides


def related_starts(
    initial: Sequence[Floats],
    shared: Sequence[Booleans],
    *,
    signed: bool,
    seed: int | np.random.Generator = 0,
    draws: int = 999,
) -> RelatedStarts:
    """Test whether the pairs that share in one run start related in the other runs.

    ``initial``: rows (n, m) of R >= 2 runs at their start; ``shared``: their 0/1 matrices (n, m) at the end.
    T = Σ_r Σ_{i<j} N_ij^r c_ij^r, with N_ij^r the neurons that i and j share in run r and c_ij^r the mean cosine
    of their initial rows in the *other* runs (minus it with ``signed``, where opposite signs share). A run's own
    start is left out, because chance overlaps there decide who shares. Where runs are independent, c^r says
    nothing about N^r. The nulls are those of recurrence: matrices with the same margins, and
    N − E N and the starts with the features of each run permuted together. Raises :class:`polygenesis.InputError`.
    """
    from polygenesis.probe.battery.curveball import weighted_draws

    if len(initial) < LEAST_RUNS or len(initial) != len(shared):
        raise InputError("Argument `initial` must hold the starts of two runs or more, one for each run.")
    rng = np.random.default_rng(seed)
    runs = [binary(f"shared[{r}]", each) for r, each in enumerate(shared)]
    same_features(runs)
    pairs = pair_counts(runs)
    if not pairs.sharings.any():
        raise InputError("No pair shares a neuron at the end, so there is nothing to compare the starts with.")
    cosines = np.stack([_cosines(floats("initial", each)) for each in initial]) * (-1 if signed else 1)
    elsewhere = (cosines.sum(axis=0) - cosines) / (len(cosines) - 1)
    starts, columns, widths = stacked(runs)
    trades, classes = np.full(len(runs), TRADES_PER_ROW * cosines.shape[1], dtype=np.int64), classes_of(runs)
    null, sums = weighted_draws(starts, columns, widths, trades, classes, elsewhere, draws, random_state(rng))
    means, i, j = means_of(classes, sums, None, draws), pairs.first, pairs.second
    seen = float((pairs.counts * elsewhere[:, i, j]).sum())
    beyond, labels = dense_label_null(_beyond(pairs, means), cosines, draws, seed=rng)
    sharings, weights = int(pairs.sharings.sum()), _closeness(elsewhere)
    return RelatedStarts(
        cosine=seen / sharings,
        expected=float(null.mean()) / sharings,
        by_margins=p_value(seen, null),
        by_labels=p_value(beyond, labels),
        sharings=sharings,
        draws=draws,
        left_out=_left_out(pairs, _expected(means), weights),
        close=_close(pairs, _expected(means), weights),
        **_by_start(pairs, cosines.mean(axis=0)),
    )


def _cosines(rows: Floats) -> Floats:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return np.asarray(unit @ unit.T)


def _expected(means: Means) -> Floats:
    """E N of all pairs, (R, n, n)."""
    runs = np.arange(len(means.classes))[:, None, None]
    return np.asarray(means.mean[runs, means.classes[:, :, None], means.classes[:, None, :]])


def _beyond(pairs: PairCounts, means: Means) -> Floats:
    """N − E N of all pairs, (R, n, n) symmetric."""
    found = -_expected(means)
    found[:, pairs.first, pairs.second] += pairs.counts
    found[:, pairs.second, pairs.first] += pairs.counts
    return found


def _closeness(elsewhere: Floats) -> Floats:
    """How close each pair starts in the other runs, 0 to 1, (R, n, n): in deviations from the middle of all pairs."""
    i, j = np.triu_indices(elsewhere.shape[1], 1)
    found = np.zeros_like(elsewhere)
    for r, each in enumerate(elsewhere):
        middle, spread = _middle_and_spread(each[i, j])
        found[r] = np.clip(((each - middle) / spread - CLOSE_FROM) / (CLOSE_TO - CLOSE_FROM), 0, 1)
    return found


def _left_out(pairs: PairCounts, expected: Floats, weights: Floats) -> Floats:
    """Σ w (N − E N) / Σ N of each run, with weights w by how close pairs start in the other runs."""
    i, j = np.triu_indices(pairs.features, 1)
    seen = (weights[:, pairs.first, pairs.second] * pairs.counts).sum(axis=1)
    chance = (weights[:, i, j] * expected[:, i, j]).sum(axis=1)
    return np.asarray((seen - chance) / np.maximum(pairs.sharings, 1))


def _close(pairs: PairCounts, expected: Floats, weights: Floats) -> tuple[int, float]:
    """Co-selections, of all runs, of pairs that count as close by half or more; and those that chance gives them."""
    i, j = np.triu_indices(pairs.features, 1)
    near = weights >= 0.5
    seen = int(pairs.counts[near[:, pairs.first, pairs.second]].sum())
    return seen, float(expected[:, i, j][near[:, i, j]].sum())


def share_by_start(found: RelatedStarts, upper: float) -> Estimate:
    """The structured share by pairs that start close in the other runs: at least so much.

    Where few pairs share, the lower end is that of a Poisson count, which counts of this field do not exceed in
    variance; else that of Student's t over runs, whose starts are independent.
    """
    from scipy import special

    by_runs = interval(found.left_out, found.p_value, upper, "pairs that start close in other runs", shared=False)
    seen, chance = found.close
    if found.sharings > SPARSE * len(found.left_out) or not seen:
        return by_runs
    least = float(special.chdtri(2 * seen, 1 - TAIL)) / 2
    return raised(by_runs, max(0.0, least - chance) / found.sharings, by_runs.method)


def _by_start(pairs: PairCounts, cosines: Floats) -> dict[str, Any]:
    """The pairs that share, most related first, and the false discovery rate of each by its cosine (n, n).

    Cosines of all pairs are compared with a normal law about their middle, its spread from their median deviation, so
    that a few close pairs do not hide each other.
    """
    from scipy import special

    from polygenesis.stats import benjamini_hochberg

    i, j = np.triu_indices(len(cosines), 1)
    middle, spread = _middle_and_spread(cosines[i, j])
    every = benjamini_hochberg(special.ndtr(-(cosines[i, j] - middle) / spread))
    q = np.ones_like(cosines)
    q[i, j] = every
    order = np.argsort(-cosines[pairs.first, pairs.second], kind="stable")
    first, second = pairs.first[order], pairs.second[order]
    return {
        "related": tuple(zip(first.tolist(), second.tolist(), strict=True)),
        "q": tuple(q[first, second].tolist()),
    }


def _middle_and_spread(values: Floats) -> tuple[float, float]:
    """Median, and standard deviation of a normal law from the median deviation."""
    middle = float(np.median(values))
    return middle, max(1.4826 * float(np.median(np.abs(values - middle))), 1e-12)


LARGEST = 2**31
"""Bytes of cosines up to which the starts are compared."""


def ask(base: Base) -> Evidence | Missing:
    """Test whether sharing pairs start related in the other runs."""
    if base.initial is None:
        return Missing("related starts", "the start was not kept", "the weights or activations at the start", "initial")
    if base.runs < LEAST_RUNS:
        return Missing(
            "related starts", "one run's start cannot speak for itself", "runs with other seeds", more_runs(base)
        )
    if not base.shares:
        return Missing("related starts", "no pair shares a neuron")
    needed = 3 * 8 * base.runs * len(base.names) ** 2
    if needed > LARGEST:
        return Missing(
            "related starts", f"cosines of all pairs of {len(base.names):,} features would take {needed / 1e9:.0f} GB"
        )
    rng = seeds.generator(base.seed, "diagnose", "related")
    found = related_starts(base.initial, base.carried, signed=base.signed, seed=rng, draws=base.draws)
    return Evidence(
        "related starts",
        found.cosine,
        f"{found.expected:.3g} by chance",
        found.p_value,
        found.gap,
        _sentence(found),
        found.found,
        found,
    )


def _sentence(found: RelatedStarts) -> str:
    """Say whether the pairs that share start related in the other runs."""
    if found.found:
        said = "The pairs that share in one run start related in the others"
    elif found.p_value <= DECISIVE:
        said = f"The pairs that share start related in the other runs, but {found.sharings} are too few to decide"
    else:
        said = "The test does not find that pairs which share in one run start related in the others"
    return f"{said}: mean cosine {found.cosine:.2f}, {found.expected:.2f} expected ({p_text(found.p_value)})."
