"""Related starts: do the pairs that share in one run start close together in the other runs?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.errors import InputError
from polygenesis.probe.battery.nulls import TRADES_PER_ROW, binary, label_null, mean_of, random_state, stacked
from polygenesis.probe.battery.recurrence import DECISIVE, pair_counts
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
    shares. ``p_value``: the larger of ``by_margins`` and ``by_labels``, each exact under its null.
    ``sharings``: pairs that share, over all runs.
    ``related``: the pairs (i, j) that share, those that start most related first.
    """

    cosine: float
    expected: float
    largest: float
    by_margins: float
    by_labels: float
    sharings: int
    draws: int
    related: tuple[tuple[int, int], ...]

    @property
    def p_value(self) -> float:
        """The larger of the two: below a level only where neither null explains what is seen."""
        return max(self.by_margins, self.by_labels)

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
    nothing about N^r. The nulls are those of :func:`polygenesis.probe.recurrence`: matrices with the same margins, and
    N − E N and the starts with the features of each run permuted together. Raises :class:`polygenesis.InputError`.
    """
    from polygenesis.probe.battery.curveball import weighted_draws

    if len(initial) < LEAST_RUNS or len(initial) != len(shared):
        raise InputError("Argument `initial` must hold the starts of two runs or more, one for each run.")
    rng = np.random.default_rng(seed)
    runs = [binary(f"shared[{r}]", each) for r, each in enumerate(shared)]
    pairs = np.stack([pair_counts(each) for each in runs])
    sharings = int(pairs.sum())
    if not sharings:
        raise InputError("No pair shares a neuron at the end, so there is nothing to compare the starts with.")
    cosines = np.stack([_cosines(np.asarray(each, dtype=np.float64)) for each in initial]) * (-1 if signed else 1)
    elsewhere = (cosines.sum(axis=0) - cosines) / (len(cosines) - 1)
    starts, columns, widths = stacked(runs)
    trades, state = np.full(len(runs), TRADES_PER_ROW * cosines.shape[1], dtype=np.int64), random_state(rng)
    null, every = weighted_draws(starts, columns, widths, trades, elsewhere, draws, state)
    i, j = np.triu_indices(cosines.shape[1], 1)
    seen = float((pairs * elsewhere[:, i, j]).sum())
    beyond, labels = label_null(pairs - mean_of(every, draws)[:, i, j], cosines[:, i, j], draws, seed=rng)
    return RelatedStarts(
        cosine=seen / sharings,
        expected=float(null.mean()) / sharings,
        by_margins=p_value(seen, null),
        by_labels=p_value(beyond, labels),
        sharings=sharings,
        draws=draws,
        **_pairs(pairs.sum(axis=0), elsewhere.mean(axis=0)),
    )


def _cosines(rows: Floats) -> Floats:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return np.asarray(unit @ unit.T)


def _pairs(counts: Integers, cosines: Floats) -> dict[str, Any]:
    """The pairs that share, most related first, and the cosine of the first."""
    i, j = np.triu_indices(len(cosines), 1)
    here = np.flatnonzero(counts > 0)
    order = here[np.argsort(-cosines[i[here], j[here]], kind="stable")]
    return {
        "related": tuple((int(i[at]), int(j[at])) for at in order),
        "largest": float(cosines[i[order[0]], j[order[0]]]),
    }


def related_text(found: RelatedStarts) -> str:
    """Say in a sentence whether the pairs that share start related in the other runs."""
    if found.found:
        said = "The pairs that share in one run start related in the others"
    elif found.p_value <= DECISIVE:
        said = "The pairs that share in one run start a little related in the others, not enough to mean structure"
    else:
        said = "The pairs that share in one run start no more related in the others than by chance"
    return f"{said}: mean cosine {found.cosine:.2f}, {found.expected:.2f} expected (p = {found.p_value:.2g})."
