"""Probe *diagnoses*: which neurons of a real network are mixed, with which features, and why."""

from __future__ import annotations

from polygenesis.probe.battery.counterfactual import Counterfactual, counterfactual
from polygenesis.probe.battery.detection_limit import DetectionLimit, detection_limit
from polygenesis.probe.battery.nulls import Mixing, curveball
from polygenesis.probe.battery.recurrence import Recurrence, recurrence, recurrence_within
from polygenesis.probe.battery.related_starts import RelatedStarts, related_starts
from polygenesis.probe.battery.start_overlap import StartOverlap, start_overlap
from polygenesis.probe.battery.structured_share import StructuredShare, structured_share
from polygenesis.probe.battery.width_sweep import width_sweep
from polygenesis.probe.diagnose import diagnose
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.dictionaries.matching import Matching, match
from polygenesis.probe.dictionaries.reading import read_dictionary
from polygenesis.probe.evidence import Evidence, Missing
from polygenesis.probe.inputs.activations import Activations, read_activations
from polygenesis.probe.inputs.capture import capture
from polygenesis.probe.inputs.files import read_array
from polygenesis.probe.inputs.fingerprint import fingerprint
from polygenesis.probe.inputs.labels import Labels, read_labels
from polygenesis.probe.judging.axes import Axes
from polygenesis.probe.judging.sharing import SharedNeuron, SharedPair
from polygenesis.probe.judging.verdict import Origin, Verdict
from polygenesis.probe.loading import load
from polygenesis.probe.modules import diagnose_layers, diagnose_module
from polygenesis.probe.selection.basis import Basis, privileged_basis
from polygenesis.probe.selection.select import Selection, select
from polygenesis.probe.selection.selectivity import Selectivity, selectivity
from polygenesis.probe.surgery.code_splitting import SplitCode, split_code
from polygenesis.probe.surgery.module_split import ModuleSplit
from polygenesis.probe.surgery.module_splitting import SplitModule, split_module
from polygenesis.probe.surgery.moving import Move, move_features
from polygenesis.probe.surgery.neuron_splitting import NeuronSplit, split_neuron
from polygenesis.probe.surgery.objective import Objective, Retrain, input_objective, one_hot_objective
from polygenesis.probe.surgery.relaxing import Relaxed, relax
from polygenesis.probe.surgery.resting import Rest, rest
from polygenesis.probe.surgery.run_objective import run_objective
from polygenesis.probe.surgery.split_and_relax import Preference, Split, split_and_relax
from polygenesis.probe.surgery.split_and_relax_module import split_and_relax_module
from polygenesis.probe.surgery.weight_splitting import split_weights

__all__ = [
    "Activations",
    "Axes",
    "Basis",
    "Counterfactual",
    "DetectionLimit",
    "Diagnosis",
    "Evidence",
    "Labels",
    "Matching",
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
    "Selection",
    "Selectivity",
    "SharedNeuron",
    "SharedPair",
    "Split",
    "SplitCode",
    "SplitModule",
    "StartOverlap",
    "StructuredShare",
    "Verdict",
    "capture",
    "counterfactual",
    "curveball",
    "detection_limit",
    "diagnose",
    "diagnose_layers",
    "diagnose_module",
    "fingerprint",
    "input_objective",
    "load",
    "match",
    "move_features",
    "one_hot_objective",
    "privileged_basis",
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
    "select",
    "selectivity",
    "split_and_relax",
    "split_and_relax_module",
    "split_code",
    "split_module",
    "split_neuron",
    "split_weights",
    "start_overlap",
    "structured_share",
    "width_sweep",
]
