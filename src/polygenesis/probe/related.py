"""Related starts: do the pairs that share in one run start close together in the other runs?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.errors import InputError
from polygenesis.probe.nulls import TRADES_PER_ROW, random_state, stacked
from polygenesis.probe.recurrence import DECISIVE
from polygenesis.stats import p_value

LEAST_RUNS = 2
"""One run's start cannot speak for itself: what starts close there shares there, with or without structure."""

LEAST_GAP = 0.1
"""Mean cosine, beyond chance, that a finding needs besides its p-value: a tenth of the way to the same row."""


@dataclass(frozen=True)
class RelatedStarts:
    """How related pairs that share in one run start in all other runs.

    ``cosine``: mean cosine of their initial rows there, with its sign turned so that more means more sharing;
    ``expected``: its mean over matrices with the same margins; ``largest``: that of the most related pair that
    shares. ``sharings``: pairs that share, over all runs.
    ``related``: the pairs (i, j) that share, those that start most related first.
    """

    cosine: float
    expected: float
    largest: float
    p_value: float
    sharings: int
    draws: int
    related: tuple[tuple[int, int], ...]

    @property
    def gap(self) -> float:
        """Mean cosine beyond chance."""
        return self.cosine - self.expected

    @property
    def found(self) -> bool:
        """Whether pairs share because they start related: p at most ``DECISIVE`` and a gap of ``LEAST_GAP``."""
        return self.p_value <= DECISIVE and self.gap >= LEAST_GAP

    @property
    def structured_share(self) -> float:
        """Which part of the sharing is by related pairs, 0 to 1: at least so much, as none is more than ``largest``."""
        room = self.largest - self.expected
        return float(np.clip(self.gap / room, 0, 1)) if room > 0 else 0.0


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
    nothing about N^r: the null is matrices with the same margins. Raises :class:`polygenesis.InputError`.
    """
    from polygenesis.probe.trades import carried_weight, weighted_draws

    if len(initial) < LEAST_RUNS or len(initial) != len(shared):
        raise InputError("Argument `initial` must hold the starts of two runs or more, one for each run.")
    starts, columns, widths = stacked(shared)
    sharings = sum(int((k * (k - 1)).sum()) for k in (each.sum(axis=0) for each in shared)) // 2
    if not sharings:
        raise InputError("No pair shares a neuron at the end, so there is nothing to compare the starts with.")
    weights = _elsewhere(initial, signed)
    seen = sum(carried_weight(starts[r], columns[r], widths[r], weights[r]) for r in range(len(shared)))
    trades = np.full(len(shared), TRADES_PER_ROW * (starts.shape[1] - 1), dtype=np.int64)
    null = weighted_draws(starts, columns, widths, trades, weights, draws, random_state(seed))
    pairs, largest = _pairs(shared, weights.mean(axis=0))
    return RelatedStarts(
        cosine=seen / sharings,
        expected=float(null.mean()) / sharings,
        largest=largest,
        p_value=p_value(seen, null, tail="high"),
        sharings=sharings,
        draws=draws,
        related=pairs,
    )


def _elsewhere(initial: Sequence[Floats], signed: bool) -> Floats:
    """Mean cosines of initial rows in all runs but one, (R, n, n)."""
    cosines = np.stack([_cosines(np.asarray(each, dtype=np.float64)) for each in initial])
    elsewhere = (cosines.sum(axis=0) - cosines) / (len(cosines) - 1)
    return np.ascontiguousarray(-elsewhere if signed else elsewhere)


def _cosines(rows: Floats) -> Floats:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return np.asarray(unit @ unit.T)


def _pairs(shared: Sequence[Booleans], weights: Floats) -> tuple[tuple[tuple[int, int], ...], float]:
    """The pairs that share, most related first, and the cosine of the first."""
    counts = sum(each.astype(np.float64) @ each.T for each in shared)
    i, j = np.triu_indices(len(weights), 1)
    here = np.flatnonzero(np.asarray(counts)[i, j] > 0)
    order = here[np.argsort(-weights[i[here], j[here]], kind="stable")]
    return tuple((int(i[at]), int(j[at])) for at in order), float(weights[i[order[0]], j[order[0]]])


def related_text(found: RelatedStarts) -> str:
    """Say in a sentence whether the pairs that share start related in the other runs."""
    if found.found:
        said = "The pairs that share in one run start related in the others"
    elif found.p_value <= DECISIVE:
        said = "The pairs that share in one run start a little related in the others, not enough to mean structure"
    else:
        said = "The pairs that share in one run start no more related in the others than by chance"
    return f"{said}: mean cosine {found.cosine:.2f}, {found.expected:.2f} expected (p = {found.p_value:.2g})."
