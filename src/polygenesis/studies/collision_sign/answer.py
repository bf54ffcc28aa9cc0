"""What became of collisions by sign, in a sentence that stands alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from polygenesis.detect import FATES, ORIGINS, Fate, Origin
from polygenesis.studies import wording
from polygenesis.studies.collision_sign.claims import ROOM
from polygenesis.studies.measurements import Measured, roomy
from polygenesis.studies.shares import share

OPPOSITE, SAME = 0, 1
"""Places of the signs in ``Measured.fates``."""


def answers(measured: Sequence[Measured]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    found = {"signs": _signs(measured), "origins": _origins(measured)}
    return {name: sentence for name, sentence in found.items() if sentence}


def _signs(measured: Sequence[Measured]) -> str:
    """Say what became of collisions, where both signs were followed to rest.

    Every replicate in which nothing moves any more counts: a certificate of convergence would exclude collisions of
    equal signs by definition.
    """
    rooms = [each.fates[each.at_rest] for each in measured if each.m >= ROOM * each.n]
    fates = np.concatenate(rooms) if rooms else np.zeros((0, 2, len(FATES)), dtype=int)
    survived, met = fates[..., FATES.index(Fate.SURVIVED)], fates.sum(axis=2)
    if not met.sum(axis=0).all():
        return ""
    benign = share(survived[:, OPPOSITE], met[:, OPPOSITE], level=0.9)
    malign, cases = int(survived[:, SAME].sum()), int(met[:, SAME].sum())
    return (
        f"Of {int(met[:, OPPOSITE].sum())} pairs of features that start on one neuron with opposite signs "
        f"(benign), {wording.share(benign)} still share it at the end; of {cases} pairs with equal signs (malign), "
        f"{'none does' if not malign else '1 does' if malign == 1 else f'{malign} do'} (m ≥ {ROOM}n)."
    )


def _origins(measured: Sequence[Measured]) -> str:
    """Say how many of the pairs that share a neuron at the end led there at the start."""
    rooms = [each.origins[each.usable] for each in roomy(measured, ROOM)]
    origins = np.concatenate(rooms) if rooms else np.zeros((0, len(ORIGINS)), dtype=int)
    if not origins.any():
        return ""
    led, pairs = origins[:, ORIGINS.index(Origin.BOTH_LED)], origins.sum(axis=1)
    found = wording.share(share(led, pairs, level=0.9))
    return (
        f"In {found} of the {int(pairs.sum())} pairs that share a neuron at the end both features led there at the "
        f"start; into the others at least one moved later (m ≥ {ROOM}n)."
    )
