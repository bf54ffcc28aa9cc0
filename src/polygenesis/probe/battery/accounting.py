"""Accounting: how much of the sharing is forced by numbers alone, a lower bound.

Of the excess Σ_k (c_k − 1)₊ at least n_live − m_live is forced. Of the features, at least n_live − m_live + 1 have no
neuron of their own: a features with one each leave m_live − a neurons, and one at least for the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis.numerals import counted
from polygenesis.probe.battery.base import Base
from polygenesis.probe.evidence import Evidence, Missing
from polygenesis.theory import accounting


@dataclass(frozen=True)
class Account:
    """Bookkeeping of all runs, summed: ``forced`` of the ``excess``, ``homeless`` features (at least so many without a
    neuron of their own), ``idle`` neurons. ``features``, ``neurons``: live ones, one number a run, (R,)."""

    forced: int
    excess: int
    homeless: int
    idle: int
    features: tuple[int, ...]
    neurons: tuple[int, ...]

    @property
    def share(self) -> float:
        """The forced share of the excess, a lower bound; 0 where nothing is shared."""
        return self.forced / self.excess if self.excess else 0.0


def account(base: Base) -> Account:
    """Add up the bookkeeping of all runs."""
    forced = idle = excess = homeless = 0
    features = []
    for matrix, live in zip(base.carried, base.live, strict=True):
        per_neuron, per_feature = matrix.sum(axis=0), matrix.sum(axis=1)
        alive, over = int((per_feature > 0).sum()), int(np.maximum(per_neuron - 1, 0).sum())
        each = accounting(alive, int(live), int((per_neuron > 0).sum()), over)
        forced, idle, excess = forced + each.necessary, idle + each.idle, excess + each.excess
        homeless += alive - live + 1 if alive > live else 0
        features.append(alive)
    return Account(forced, excess, homeless, idle, tuple(features), tuple(base.live))


def ask(base: Base) -> Evidence | Missing:
    """State how much of the excess was forced: bookkeeping, no test."""
    found = account(base)
    said = (
        f"Σ(features − 1) over shared neurons is {found.excess:,} in {counted(base.runs, 'run')}: "
        f"at least {found.forced:,} forced, at most {found.excess - found.forced:,} not"
    )
    own = f"; at least {counted(found.homeless, 'feature')} without a neuron of their own" if found.homeless else ""
    return Evidence(
        "accounting",
        float(found.excess),
        f"{found.forced} forced",
        None,
        found.share,
        f"{said}{own}; {_idle(found)}.",
        None,
        found,
    )


def _idle(found: Account) -> str:
    """Say how many neurons stayed without a feature though one could have had them; none of them counts without any."""
    if not any(found.features):
        return "no neuron has a feature"
    return f"{counted(found.idle, 'neuron')} left idle"
