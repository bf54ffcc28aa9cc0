"""Probe *diagnoses*: which neurons of a real network are mixed, with which features, and why."""

from __future__ import annotations

from polygenesis.probe.battery.counterfactual import Counterfactual, Retrain, counterfactual
from polygenesis.probe.battery.nulls import Mixing, curveball, labels_may_be_permuted
from polygenesis.probe.battery.recurrence import Recurrence, recurrence, recurrence_within
from polygenesis.probe.battery.related_starts import RelatedStarts, related_starts
from polygenesis.probe.battery.start_overlap import StartOverlap, start_overlap
from polygenesis.probe.battery.weight_tests import width_sweep
from polygenesis.probe.diagnose import diagnose
from polygenesis.probe.diagnosis import Diagnosis, SharedNeuron
from polygenesis.probe.dictionaries.reading import read_dictionary
from polygenesis.probe.evidence import Evidence, Missing, Origin, Verdict, judge
from polygenesis.probe.inputs.activations import Activations, read_activations
from polygenesis.probe.inputs.capture import capture
from polygenesis.probe.inputs.files import read_array
from polygenesis.probe.inputs.labels import Labels, read_labels
from polygenesis.probe.modules import diagnose_layers, diagnose_module
from polygenesis.probe.selection.selectivity import Selectivity, selectivity
from polygenesis.probe.surgery.neuron_splitting import NeuronSplit, split_neuron, split_weights
from polygenesis.probe.surgery.objective import Objective, Relaxed, input_objective, one_hot_objective, relax
from polygenesis.probe.surgery.parting import Move, PartedCode, PartedModule, part_code, part_module
from polygenesis.probe.surgery.split_and_relax import Preference, Split, split, split_and_relax

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
