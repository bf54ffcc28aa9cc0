"""polygenesis: where polysemantic neurons come from.

Simulate how small networks allocate features to neurons, predict it from theory, classify every neuron and collision,
judge each claim with statistics, and diagnose real networks. Names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polygenesis import detect, plots, probe, stats, studies, sweeps, theory
    from polygenesis.detect import Census, Thresholds, census
    from polygenesis.dynamics import Certificate, Outcome, Race, Run
    from polygenesis.dynamics.race.single_feature import euler_single_feature, single_feature
    from polygenesis.dynamics.simulate import simulate
    from polygenesis.errors import InputError, PolygenesisError, StoreError
    from polygenesis.features import (
        Bernoulli,
        Contexts,
        Correlated,
        Digits,
        ExactlyK,
        FashionMnist,
        Groups,
        Hierarchical,
        LowRank,
        Markov,
        OneHot,
        Spheres,
        Text,
        Tree,
        UnequalOneHot,
    )
    from polygenesis.importance import Geometric, Listed
    from polygenesis.initial import Gaussian, Xavier
    from polygenesis.interference import FullInterference, NoInterference, SameSignOff, SameSignOnly
    from polygenesis.loading import load
    from polygenesis.models import (
        Autoencoder,
        Convolutional,
        Perceptron,
        ResidualPerceptron,
        TiedAutoencoder,
        Transformer,
    )
    from polygenesis.noise import Bipolar, Dropout, GaussianNoise, LaplaceNoise, NoNoise, UniformNoise
    from polygenesis.penalties import (
        L1,
        L2,
        ActivationL1,
        CollisionPenalty,
        ElasticNet,
        GroupLasso,
        L1Schedule,
        Lp,
        NoPenalty,
    )
    from polygenesis.probe.diagnose import diagnose
    from polygenesis.probe.diagnosis import Diagnosis
    from polygenesis.probe.modules import diagnose_module
    from polygenesis.report.explorer.explore import explore
    from polygenesis.report.explorer.page import Explorer
    from polygenesis.saving import Save
    from polygenesis.spec import RunSpec
    from polygenesis.studies import get as study
    from polygenesis.sweeps.sweep import sweep
    from polygenesis.targets import Absolute, Classes, PlusRelu, Products, Xor
    from polygenesis.training import SGD, Adam, AdamW, GradientDescent, GradientFlow

__version__ = "0.1.0"

_HOMES = {
    "detect": ("Census", "Thresholds", "census"),
    "dynamics": ("Certificate", "Outcome", "Race", "Run", "euler_single_feature", "simulate", "single_feature"),
    "errors": ("InputError", "PolygenesisError", "StoreError"),
    "features": (
        "Bernoulli",
        "Contexts",
        "Correlated",
        "Digits",
        "ExactlyK",
        "FashionMnist",
        "Groups",
        "Hierarchical",
        "LowRank",
        "Markov",
        "OneHot",
        "Spheres",
        "Text",
        "Tree",
        "UnequalOneHot",
    ),
    "importance": ("Geometric", "Listed"),
    "initial": ("Gaussian", "Xavier"),
    "interference": ("FullInterference", "NoInterference", "SameSignOff", "SameSignOnly"),
    "models": (
        "Autoencoder",
        "Convolutional",
        "Perceptron",
        "ResidualPerceptron",
        "TiedAutoencoder",
        "Transformer",
    ),
    "noise": ("Bipolar", "Dropout", "GaussianNoise", "LaplaceNoise", "NoNoise", "UniformNoise"),
    "penalties": (
        "ActivationL1",
        "CollisionPenalty",
        "ElasticNet",
        "GroupLasso",
        "L1",
        "L1Schedule",
        "L2",
        "Lp",
        "NoPenalty",
    ),
    "loading": ("load",),
    "probe": ("Diagnosis", "diagnose", "diagnose_module"),
    "report.explorer": ("Explorer", "explore"),
    "saving": ("Save",),
    "spec": ("RunSpec",),
    "sweeps": ("sweep",),
    "targets": ("Absolute", "Classes", "PlusRelu", "Products", "Xor"),
    "training": ("Adam", "AdamW", "GradientDescent", "GradientFlow", "SGD"),
}
"""Where each public name lives."""

_FOLDERS = ("detect", "plots", "probe", "stats", "studies", "sweeps", "theory")
"""Folders that are public as a whole, as in ``pg.theory.slot_model``."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "L1",
    "L2",
    "SGD",
    "Absolute",
    "ActivationL1",
    "Adam",
    "AdamW",
    "Autoencoder",
    "Bernoulli",
    "Bipolar",
    "Census",
    "Certificate",
    "Classes",
    "CollisionPenalty",
    "Contexts",
    "Convolutional",
    "Correlated",
    "Diagnosis",
    "Digits",
    "Dropout",
    "ElasticNet",
    "ExactlyK",
    "Explorer",
    "FashionMnist",
    "FullInterference",
    "Gaussian",
    "GaussianNoise",
    "Geometric",
    "GradientDescent",
    "GradientFlow",
    "GroupLasso",
    "Groups",
    "Hierarchical",
    "InputError",
    "L1Schedule",
    "LaplaceNoise",
    "Listed",
    "LowRank",
    "Lp",
    "Markov",
    "NoInterference",
    "NoNoise",
    "NoPenalty",
    "OneHot",
    "Outcome",
    "Perceptron",
    "PlusRelu",
    "PolygenesisError",
    "Products",
    "Race",
    "ResidualPerceptron",
    "Run",
    "RunSpec",
    "SameSignOff",
    "SameSignOnly",
    "Save",
    "Spheres",
    "StoreError",
    "Text",
    "Thresholds",
    "TiedAutoencoder",
    "Transformer",
    "Tree",
    "UnequalOneHot",
    "UniformNoise",
    "Xavier",
    "Xor",
    "census",
    "detect",
    "diagnose",
    "diagnose_module",
    "euler_single_feature",
    "explore",
    "load",
    "plots",
    "probe",
    "simulate",
    "single_feature",
    "stats",
    "studies",
    "study",
    "sweep",
    "sweeps",
    "theory",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import polygenesis` costs nothing."""
    if name in _FOLDERS:
        return import_module(f"polygenesis.{name}")
    if name == "study":
        return import_module("polygenesis.studies").get
    if name in _HOME_OF:
        return getattr(import_module(f"polygenesis.{_HOME_OF[name]}"), name)
    from polygenesis.errors import no_attribute

    raise no_attribute("module 'polygenesis'", name, __all__)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted([*__all__, "__version__"])
