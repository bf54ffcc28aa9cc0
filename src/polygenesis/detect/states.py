"""The states that a census tells apart, each with its sentence, and the names of its counts."""

from __future__ import annotations

import enum


class FeatureState(enum.Enum):
    """The state of a feature. The value is the sentence shown to a reader."""

    DEAD = "It has lost its weights: the row norm is below `alive`."
    FAINT = "It is alive, but no neuron carries it."
    SPREAD = "Two or more neurons carry it."
    SETTLED = "Exactly one neuron carries it."


class NeuronState(enum.Enum):
    """The state of a neuron. The value is the sentence shown to a reader."""

    DEAD = "It carries no feature."
    UNDECIDED = "Whether it will carry none, one or two features depends on a feature that has not settled."
    MONOSEMANTIC = "It carries exactly one feature, and that feature is settled."
    POLYSEMANTIC = "It carries two or more settled features."


FEATURE_STATES = tuple(FeatureState)
"""The states in the order of the codes in ``Census.feature_state``."""

NEURON_STATES = tuple(NeuronState)
"""The states in the order of the codes in ``Census.neuron_state``."""

COUNTS = (
    "dead",
    "undecided",
    "monosemantic",
    "polysemantic",
    "shared",
    "clashing",
    "settled_features",
    "split_features",
    "spread_features",
    "faint_features",
    "dead_features",
)
"""The counts of a census, one a replicate each: first of neurons, then of features."""
