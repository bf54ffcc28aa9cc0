"""The figures of a diagnosis as charts, for papers and notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from polygenesis import plots
from polygenesis.errors import InputError, unknown_name
from polygenesis.probe.show.order import feature_order, placed

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis

FIGURES = ("map", "pairs")

DRAWN = 30
"""Features on the figure of the map, whose runs stand below each other on a page of paper."""


def figure(found: Diagnosis, which: str) -> plots.Chart:
    """Return the "map" of features by neurons of each run, or the "pairs" by runs beside what chance expects.

    Raises :class:`polygenesis.InputError` for another name, and where no neuron carries a feature or no pair shares.
    """
    if which == "map":
        return _map(found)
    if which == "pairs":
        return _pairs(found)
    raise unknown_name("figure", which, FIGURES)


def _pairs(found: Diagnosis) -> plots.Chart:
    if not found.pairs:
        raise InputError("There is no figure of pairs: no two features share a neuron in any run.")
    shown = found.pairs[: plots.MOST_PAIRS]
    return plots.pairs(
        [each.first for each in shown],
        [each.second for each in shown],
        [each.counts for each in shown],
        [each.expected for each in shown],
        kin=[each.kin for each in shown],
        alt=f"{len(shown)} of {len(found.pairs)} pairs of features by runs: neurons they share, beside chance.",
    )


def _map(found: Diagnosis) -> plots.Chart:
    features = feature_order(found, DRAWN)
    every = [each for each in placed(found, features) if each.neurons]
    if not every:
        raise InputError("There is no map: no neuron carries a feature in any run.")
    strengths = []
    for each in every:
        chosen = np.ix_(list(features), list(each.neurons))
        carried = np.asarray(found.carried[each.run])[chosen]
        strengths.append(np.where(carried, np.asarray(found.strength[each.run], dtype=float)[chosen], np.nan))
    return plots.neuron_map(
        strengths,
        [found.names[i] for i in features],
        [each.neurons for each in every],
        kin=[each.kin for each in every],
        titles=[f"run {each.run}" if found.carried.shape[0] > 1 else "" for each in every],
        quantity="weight" if found.source == "weights" else "effect",
        alt="Which neuron carries which feature in each run, by strength and sign.",
    )
