"""Detect *classifies*: weights in, census out, the same for toys and real networks."""

from __future__ import annotations

from polygenesis.detect.census import Census, census, census_series
from polygenesis.detect.collisions import (
    Collisions,
    Encounters,
    Leads,
    collisions,
    encounters,
    leads,
    shared_pairs,
)
from polygenesis.detect.criterion import LeadRates, lead_rates
from polygenesis.detect.fates import FATES, Fate, Fates, follow
from polygenesis.detect.kinds import NEURON_KINDS, SHARED_KINDS, NeuronKind, count_kinds, kinds_by_lead, neuron_kinds
from polygenesis.detect.marking import marks
from polygenesis.detect.measures import (
    StartEndCorrelation,
    capacities,
    effective_rank,
    feature_dimensionality,
    fourth_norm,
    l1_norms,
    numerical_rank,
    overlaps,
    participation_ratio,
    reconstruction_loss,
    row_norms,
    start_end_correlation,
    survivors,
)
from polygenesis.detect.origins import ORIGINS, Origin, Origins, origins
from polygenesis.detect.sensitivity import threshold_table
from polygenesis.detect.states import COUNTS, FEATURE_STATES, NEURON_STATES, FeatureState, NeuronState
from polygenesis.detect.thresholds import DIRECTION, HALF, MAJORITY, NAMED, PAPER_WINDOW, Thresholds

__all__ = [
    "COUNTS",
    "DIRECTION",
    "FATES",
    "FEATURE_STATES",
    "HALF",
    "MAJORITY",
    "NAMED",
    "NEURON_KINDS",
    "NEURON_STATES",
    "ORIGINS",
    "PAPER_WINDOW",
    "SHARED_KINDS",
    "Census",
    "Collisions",
    "Encounters",
    "Fate",
    "Fates",
    "FeatureState",
    "LeadRates",
    "Leads",
    "NeuronKind",
    "NeuronState",
    "Origin",
    "Origins",
    "StartEndCorrelation",
    "Thresholds",
    "capacities",
    "census",
    "census_series",
    "collisions",
    "count_kinds",
    "effective_rank",
    "encounters",
    "feature_dimensionality",
    "follow",
    "fourth_norm",
    "kinds_by_lead",
    "l1_norms",
    "lead_rates",
    "leads",
    "marks",
    "neuron_kinds",
    "numerical_rank",
    "origins",
    "overlaps",
    "participation_ratio",
    "reconstruction_loss",
    "row_norms",
    "shared_pairs",
    "start_end_correlation",
    "survivors",
    "threshold_table",
]
