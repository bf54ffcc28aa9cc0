"""Probe *diagnoses*: which neurons of a real network are mixed, with which features, and why."""

from __future__ import annotations

from polygenesis.former import moved
from polygenesis.probe.battery.detection_limit import DetectionLimit
from polygenesis.probe.battery.recurrence import Recurrence
from polygenesis.probe.battery.structured_share import StructuredShare
from polygenesis.probe.diagnose import diagnose
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.dictionaries.matching import Matching, match
from polygenesis.probe.dictionaries.reading import read_dictionary
from polygenesis.probe.evidence import Evidence, Missing
from polygenesis.probe.inputs.capture import capture
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
from polygenesis.probe.surgery.moving import Move
from polygenesis.probe.surgery.neuron_splitting import NeuronSplit, split_neuron
from polygenesis.probe.surgery.objective import Objective, input_objective, one_hot_objective
from polygenesis.probe.surgery.run_objective import run_objective
from polygenesis.probe.surgery.split_and_relax import Preference, Split, split_and_relax
from polygenesis.probe.surgery.split_and_relax_module import split_and_relax_module
from polygenesis.probe.surgery.weight_splitting import split_weights

__all__ = [
    "Axes",
    "Basis",
    "DetectionLimit",
    "Diagnosis",
    "Evidence",
    "Matching",
    "Missing",
    "ModuleSplit",
    "Move",
    "NeuronSplit",
    "Objective",
    "Origin",
    "Preference",
    "Recurrence",
    "Selection",
    "Selectivity",
    "SharedNeuron",
    "SharedPair",
    "Split",
    "SplitCode",
    "SplitModule",
    "StructuredShare",
    "Verdict",
    "capture",
    "diagnose",
    "diagnose_layers",
    "diagnose_module",
    "input_objective",
    "load",
    "match",
    "one_hot_objective",
    "privileged_basis",
    "read_dictionary",
    "run_objective",
    "select",
    "selectivity",
    "split_and_relax",
    "split_and_relax_module",
    "split_code",
    "split_module",
    "split_neuron",
    "split_weights",
]

_FORMER = {
    "Activations": "polygenesis.probe.inputs.activations",
    "Counterfactual": "polygenesis.probe.battery.counterfactual",
    "Labels": "polygenesis.probe.inputs.labels",
    "Mixing": "polygenesis.probe.battery.nulls",
    "PartedCode": "polygenesis.probe.surgery.code_splitting:SplitCode",
    "PartedModule": "polygenesis.probe.surgery.module_splitting:SplitModule",
    "RelatedStarts": "polygenesis.probe.battery.related_starts",
    "Relaxed": "polygenesis.probe.surgery.relaxing",
    "Rest": "polygenesis.probe.surgery.resting",
    "Retrain": "polygenesis.probe.surgery.objective",
    "StartOverlap": "polygenesis.probe.battery.start_overlap",
    "counterfactual": "polygenesis.probe.battery.counterfactual",
    "curveball": "polygenesis.probe.battery.nulls",
    "detection_limit": "polygenesis.probe.battery.detection_limit",
    "fingerprint": "polygenesis.probe.inputs.fingerprint",
    "move_features": "polygenesis.probe.surgery.moving",
    "part_code": "polygenesis.probe.surgery.code_splitting:split_code",
    "part_module": "polygenesis.probe.surgery.module_splitting:split_module",
    "read_activations": "polygenesis.probe.inputs.activations",
    "read_array": "polygenesis.probe.inputs.files",
    "read_labels": "polygenesis.probe.inputs.labels",
    "recurrence": "polygenesis.probe.battery.recurrence",
    "recurrence_within": "polygenesis.probe.battery.recurrence",
    "related_starts": "polygenesis.probe.battery.related_starts",
    "relax": "polygenesis.probe.surgery.relaxing",
    "rest": "polygenesis.probe.surgery.resting",
    "split": "polygenesis.probe.surgery.moving:move_features",
    "start_overlap": "polygenesis.probe.battery.start_overlap",
    "structured_share": "polygenesis.probe.battery.structured_share",
    "width_sweep": "polygenesis.probe.battery.width_sweep",
}
"""Names that were public before, and where each lives: "module", or "module:name" where the name changed too."""

__getattr__ = moved(__name__, _FORMER)
