"""Benign or malign: the forces on a collision, and what they say of its fate before it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.detect.collisions import Collisions, leads_of, pairs_that_led
from polygenesis.detect.inputs import replicated


@dataclass(frozen=True, eq=False, repr=False)
class LeadRates:
    """The forces on the two leads of every collision (c, 2), loss's clock (docs/theory.md, eq. lead-rate-of-a-pair).

    ``pairs``: the collisions. ``lead``: by how much each feature's largest weight exceeds its second. ``hold``: the
    rate at which its own growth widens the lead; ``push``: the rate at which interference narrows it, ``partner``: the
    part of that which comes from the other feature of the pair. Each penalty on a weight cancels in a lead.
    """

    pairs: Collisions
    lead: Floats
    hold: Floats
    push: Floats
    partner: Floats

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def rate(self) -> Floats:
        """How fast each lead grows, (c, 2)."""
        return self.hold - self.push

    @property
    def number(self) -> Floats:
        """The growth rate of the weaker lead relative to its size, (c,); pairs of the same sign rank below all others.

        Above zero both leads grow. Pairs of the same sign must part, whatever their leads do now: theirs is shifted by
        the span of all numbers, so that they come last and keep their order.
        """
        weaker = (self.rate / np.maximum(self.lead, 1e-12)).min(axis=1)
        span = float(np.ptp(weaker)) + 1.0 if len(weaker) else 0.0
        return np.asarray(np.where(self.pairs.opposite, weaker, weaker - span))

    @property
    def stays(self) -> Booleans:
        """The forecast, (c,): opposite signs, and both leads grow."""
        return np.asarray(self.pairs.opposite & (self.rate > 0).all(axis=1))

    @property
    def mover(self) -> Integers:
        """Which feature of each pair moves if one does, (c,): 0 the first, 1 the second; its lead grows less."""
        return np.asarray(self.rate.argmin(axis=1))

    def __repr__(self) -> str:
        return f"LeadRates({len(self)} collisions, {int(self.stays.sum())} forecast to stay)"


def lead_rates(weights: Any) -> LeadRates:
    """Return the forces on every pair of features that lead on one neuron; one-hot features.

    ``weights``: (r, n, m) or (n, m), at any time before the end. Raises :class:`polygenesis.InputError`.

    Args:
        weights: (r, n, m), or (n, m) for one network.
    """
    w = replicated("weights", weights)
    pairs = pairs_that_led(leads_of(w))
    found = [_of_replicate(np.asarray(each, dtype=np.float64), pairs, a) for a, each in enumerate(w)]
    lead, hold, push, partner = (np.concatenate(column) for column in zip(*found, strict=True))
    return LeadRates(pairs, lead, hold, push, partner)


def _of_replicate(w: Floats, pairs: Collisions, replicate: int) -> tuple[Floats, Floats, Floats, Floats]:
    """The leads and forces of one network's pairs, (its pairs, 2) each; ``w`` is (n, m)."""
    mine = pairs.replicate == replicate
    features = np.stack([pairs.first[mine], pairs.second[mine]], axis=1)
    others = features[:, ::-1]
    overlap = np.maximum(w @ w.T, 0)
    squared = np.diagonal(overlap).copy()
    np.fill_diagonal(overlap, 0.0)
    interference = overlap @ w
    size = np.abs(w)
    size[np.arange(len(w)), size.argmax(axis=1)] = -1.0
    first, second = np.repeat(pairs.neuron[mine][:, None], 2, axis=1), size.argmax(axis=1)[features]
    signs = np.sign(w[features, first]), np.sign(w[features, second])

    def apart(of: Floats, rows: Integers) -> Floats:
        """What pulls the largest weight down less what pulls the second down."""
        return np.asarray(signs[0] * of[rows, first] - signs[1] * of[rows, second])

    lead = np.abs(w[features, first]) - np.abs(w[features, second])
    return (
        lead,
        4 * (1 - squared[features]) * lead,
        4 * apart(interference, features),
        4 * overlap[features, others] * apart(w, others),
    )
