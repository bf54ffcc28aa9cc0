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
from polygenesis.probe.evidence import Evidence, Missing, Origin, Verdict, judge
from polygenesis.probe.inputs.activations import Activations, read_activations
from polygenesis.probe.inputs.capture import capture
from polygenesis.probe.inputs.files import read_array, read_dictionary
from polygenesis.probe.inputs.labels import Labels, read_labels
from polygenesis.probe.modules import diagnose_layers, diagnose_module
from polygenesis.probe.selection.selectivity import Selectivity, selectivity
from polygenesis.probe.surgery.code_splitting import SplitCode, split_code
from polygenesis.probe.surgery.module_split import ModuleSplit
from polygenesis.probe.surgery.module_splitting import SplitModule, split_module
from polygenesis.probe.surgery.moving import Move, move_features
from polygenesis.probe.surgery.neuron_splitting import NeuronSplit, split_neuron
from polygenesis.probe.surgery.objective import Objective, input_objective, one_hot_objective
from polygenesis.probe.surgery.relaxing import Relaxed, relax
from polygenesis.probe.surgery.resting import Rest, rest
from polygenesis.probe.surgery.run_objective import RunObjective, run_objective
from polygenesis.probe.surgery.split_and_relax import Preference, Split, split_and_relax
from polygenesis.probe.surgery.split_and_relax_module import split_and_relax_module
from polygenesis.probe.surgery.weight_splitting import split_weights

__all__ = [
    "Activations",
    "Counterfactual",
    "Diagnosis",
    "Evidence",
    "Labels",
    "Missing",
    "Mixing",
    "ModuleSplit",
    "Move",
    "NeuronSplit",
    "Objective",
    "Origin",
    "Preference",
    "Recurrence",
    "RelatedStarts",
    "Relaxed",
    "Rest",
    "Retrain",
    "RunObjective",
    "Selectivity",
    "SharedNeuron",
    "Split",
    "SplitCode",
    "SplitModule",
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
    "move_features",
    "one_hot_objective",
    "read_activations",
    "read_array",
    "read_dictionary",
    "read_labels",
    "recurrence",
    "recurrence_within",
    "related_starts",
    "relax",
    "rest",
    "run_objective",
    "selectivity",
    "split_and_relax",
    "split_and_relax_module",
    "split_code",
    "split_module",
    "split_neuron",
    "split_weights",
    "start_overlap",
    "width_sweep",
]
