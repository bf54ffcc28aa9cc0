"""The collision null: more shared neurons than n features in 2m signed slots at random give?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis.detect import Census
from polygenesis.numerals import counted
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.recurrence import LEVEL
from polygenesis.probe.evidence import Evidence, Missing, p_text
from polygenesis.theory import CountLaw, slot_model

CROWDED = "with more features than neurons, trained networks share a little more than random slots do"
"""Why it is left out below m = n: its test at 5 % rejects 14 to 29 % of such networks."""


def ask(base: Base) -> Evidence | Missing:
    """Compare the number of shared neurons with random signed slots, where codes are of one neuron and n <= m."""
    if not base.one_neuron_codes:
        return Missing(
            "collision null", "it holds for signed codes of one neuron a feature, never for thresholded selectivity"
        )
    live = base.census.shape[1] - base.census.dead_features
    if not live.min():
        return Missing("collision null", "there is a run without any live feature")
    if live.max() > base.census.shape[2]:
        return Missing("collision null", CROWDED, "a network with at least as many neurons as features")
    return collision_null(base.census)


def collision_null(census: Census) -> Evidence:
    """Compare the shared neurons with n features in 2m signed slots at random: exact law, high side only, n <= m.

    Trained networks with m >= n share less than that on average, so that p is too large rather than too small.
    """
    live = (census.shape[1] - census.dead_features).tolist()
    m = census.shape[2]
    law = _sum_of_laws([slot_model(n, m) for n in live])
    seen = int(census.polysemantic.sum())
    p = float(law.at_least(seen))
    more = "More sharing than chance gives" if p <= LEVEL else "No more sharing than chance gives"
    return Evidence(
        "collision null",
        float(seen),
        f"{law.mean:.4g} by chance",
        p,
        seen / law.mean if law.mean else None,
        f"{more}: {counted(seen, 'shared neuron')}, {law.mean:.4g} expected (exact, {p_text(p)}). "
        "Less than expected proves nothing.",
        p <= LEVEL,
    )


def _sum_of_laws(laws: Sequence[CountLaw]) -> CountLaw:
    """The law of the sum of independent counts, by exact convolution."""
    first, total = 0, np.ones(1)
    for law in laws:
        first, total = first + law.first, np.convolve(total, law.probabilities)
    return CountLaw("sum of slot models", first, total, laws[0].regime, laws[0].source)
