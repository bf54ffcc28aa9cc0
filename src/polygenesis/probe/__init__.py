"""Probe *diagnoses*: which neurons of a real network are mixed, with which features, and why."""

from __future__ import annotations

from polygenesis.probe.activations import Activations, read_activations
from polygenesis.probe.capture import capture, diagnose_layers, diagnose_module
from polygenesis.probe.counterfactual import Counterfactual, Retrain, counterfactual
from polygenesis.probe.diagnose import diagnose
from polygenesis.probe.diagnosis import Diagnosis, SharedNeuron
from polygenesis.probe.evidence import Evidence, Missing, Origin, Verdict, judge
from polygenesis.probe.files import read_array, read_dictionary
from polygenesis.probe.labels import Labels, read_labels
from polygenesis.probe.neuron_splitting import NeuronSplit, split_neuron, split_weights
from polygenesis.probe.nulls import Mixing, curveball, labels_may_be_permuted
from polygenesis.probe.objective import Objective, Relaxed, input_objective, one_hot_objective, relax
from polygenesis.probe.parting import Move, PartedCode, PartedModule, part_code, part_module
from polygenesis.probe.recurrence import Recurrence, recurrence, recurrence_within
from polygenesis.probe.related import RelatedStarts, related_starts
from polygenesis.probe.selectivity import Selectivity, selectivity
from polygenesis.probe.splitting import Preference, Split, split, split_and_relax
from polygenesis.probe.starting import StartOverlap, start_overlap
from polygenesis.probe.weight_tests import width_sweep

__all__ = [
    "Activations",
    "Counterfactual",
    "Diagnosis",
    "Evidence",
    "Labels",
    "Missing",
    "Mixing",
    "Move",
    "NeuronSplit",
    "Objective",
    "Origin",
    "PartedCode",
    "PartedModule",
    "Preference",
    "Recurrence",
    "RelatedStarts",
    "Relaxed",
    "Retrain",
    "Selectivity",
    "SharedNeuron",
    "Split",
    "StartOverlap",
    "Verdict",
    "capture",
    "counterfactual",
    "curveball",
    "diagnose",
    "diagnose_layers",
    "diagnose_module",
    "input_objective",
    "judge",
    "labels_may_be_permuted",
    "one_hot_objective",
    "part_code",
    "part_module",
    "read_activations",
    "read_array",
    "read_dictionary",
    "read_labels",
    "recurrence",
    "recurrence_within",
    "related_starts",
    "relax",
    "selectivity",
    "split",
    "split_and_relax",
    "split_neuron",
    "split_weights",
    "start_overlap",
    "width_sweep",
]
