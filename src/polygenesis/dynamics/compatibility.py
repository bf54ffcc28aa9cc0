"""Which parts go together: which specs the compiled engines run, and which specs nothing can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.memory import check_memory, least_memory
from polygenesis.dynamics.recording import SERIES
from polygenesis.errors import InputError, bad_argument, unknown_name
from polygenesis.features import OneHot
from polygenesis.importance import Equal
from polygenesis.interference import FullInterference
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar, GaussianNoise, LaplaceNoise, NoNoise, UniformNoise
from polygenesis.penalties import L1, ActivationL1, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.targets import Inputs
from polygenesis.training import AdamW, GradientDescent, GradientFlow

WEAKEST = 1e-12
"""Weakest penalty whose race a flow may follow to its end: below it, rounding decides what the penalty would."""

OF_THE_PAPER = (
    "benefit_loss",
    "interference_loss",
    "benefit_force",
    "interference_force",
    "penalty_force",
)
"""Series that only the tied autoencoder with one-hot features has."""


def has_closed_form(spec: RunSpec) -> bool:
    """Whether the compiled engines can run a spec: their gradient has a closed form."""
    return (
        isinstance(spec.model, TiedAutoencoder)
        and isinstance(spec.features, OneHot)
        and isinstance(spec.penalty, L1 | NoPenalty)
        and isinstance(spec.noise, NoNoise | Bipolar | UniformNoise | GaussianNoise | LaplaceNoise)
        and isinstance(spec.training, GradientFlow | GradientDescent | AdamW)
        and isinstance(spec.target, Inputs)
        and isinstance(spec.importance, Equal)
    )


def check_together(spec: RunSpec) -> None:
    """Refuse parts that do not go together, in one sentence, before anything is drawn or even listed."""
    check_memory(least_memory(spec), spec)
    _check_model(spec)
    check_features(spec)
    _check_initial(spec)
    _check_training(spec)
    _check_batches(spec)
    _check_series(spec)


def classes(spec: RunSpec) -> int:
    """Number of classes of the inputs, or of the target, or 0."""
    return int(getattr(spec.features, "classes", 0)) or spec.target.classes(spec.model.n)


def normalizes_over_inputs(spec: RunSpec) -> bool:
    """Whether what the model answers to one input depends on the others beside it: batch normalization."""
    return getattr(spec.model, "normalization", None) == "batch"


def check_features(spec: RunSpec) -> None:
    """Refuse features that do not fit the model: another number of inputs, or classes that it has no outputs for."""
    model: Any = spec.model
    if bool(getattr(model, "reads_tokens", False)) != bool(getattr(spec.features, "tokens", False)):
        raise InputError(
            f"Model {model.kind!r} and features {spec.features.kind!r} do not go together: a transformer reads tokens "
            "('text', 'markov'), and nothing else does."
        )
    spec.features.firing_probabilities(spec.model.n)  # refuses a number of features that does not fit
    spec.importance.of(spec.model.n)
    has, wanted = getattr(model, "outputs", None) or model.n, spec.target.outputs(model.n)
    of_data = int(getattr(spec.features, "classes", 0))
    if of_data and not isinstance(spec.target, Inputs):
        raise InputError(
            f"Features {spec.features.kind!r} have classes of their own, so there is no target {spec.target.kind!r} "
            "beside them."
        )
    if of_data and (has != of_data or not hasattr(model, "outputs")):
        raise InputError(
            f"Features {spec.features.kind!r} have {of_data} classes, so the model must be a perceptron with "
            f"outputs = {of_data}, but is {model.kind!r} with outputs = {has}."
        )
    if classes(spec) and not isinstance(spec.importance, Equal):
        raise InputError(
            f"Importance {spec.importance.kind!r} weighs squared errors, but the loss of classes is the cross-entropy."
        )
    output = getattr(model, "output", "relu" if isinstance(model, TiedAutoencoder) else "identity")
    if classes(spec) and output != "identity":
        raise bad_argument("model.output", "be 'identity' where inputs have classes", output)
    if of_data:
        return
    if isinstance(spec.target, Inputs) and has != wanted:
        raise bad_argument("model.outputs", f"be n = {model.n} to reconstruct inputs without classes", has)
    if has != wanted:
        raise InputError(
            f"Target {spec.target.kind!r} of {model.n} features has {wanted} outputs, but {model.kind!r} has {has}; "
            f"use a model with outputs = {wanted}."
        )
    if getattr(spec.features, "masked", False) and (wanted != model.n or classes(spec)):
        raise InputError(
            f"Features {spec.features.kind!r} with `masked` say which features count, but target "
            f"{spec.target.kind!r} has no output for each feature."
        )


def _check_model(spec: RunSpec) -> None:
    check: Any = getattr(spec.model, "check", None)
    if check is not None and (said := check()):
        raise InputError(f"Argument {said}.")
    if not getattr(spec.model, "takes_noise", True) and not isinstance(spec.noise, NoNoise):
        raise InputError(
            f"Noise {spec.noise.kind!r} needs a model of plain hidden layers, but the model is {spec.model.kind!r}."
        )
    _check_fixed(getattr(spec.model, "untrained", ()), spec.model.shapes)
    normalization = getattr(spec.model, "normalization", None)
    if normalization == "layer" and min(spec.model.widths) < 2:
        raise bad_argument(
            "model.m", "be at least 2 for layer normalization, which takes one neuron to 0", spec.model.m
        )


def _check_fixed(fixed: Sequence[str], shapes: Mapping[str, Any]) -> None:
    """Refuse names of fixed parameters that a model does not have, twice the same, and all of them."""
    for name in fixed:
        if name not in shapes:
            raise unknown_name("name in `model.fixed`", name, shapes)
    if len(set(fixed)) < len(fixed):
        raise bad_argument("model.fixed", "name each parameter once", list(fixed))
    if fixed and len(fixed) == len(shapes):
        raise bad_argument("model.fixed", "leave a parameter to train", list(fixed))


class _Undrawn:
    """An initial law that checks the sizes that a model asks of it and draws nothing."""

    def __init__(self, law: Any) -> None:
        self.law = law

    def sample(self, generator: Any, n: int, m: int) -> Floats:
        """Check the sizes and return zeros, (n, m)."""
        self.law.check(n, m)
        return np.zeros((n, m))


def _check_initial(spec: RunSpec) -> None:
    """Let the model ask for its parameters: only it knows how many rows each draw has."""
    if hasattr(spec.initial, "check"):
        law: Any = _Undrawn(spec.initial)
        for name in spec.model.shapes:
            spec.model.draw(name, law, np.random.default_rng(0))


def _check_training(spec: RunSpec) -> None:
    flow = isinstance(spec.training, GradientFlow)
    if flow and not isinstance(spec.noise, NoNoise):
        raise InputError(
            f"Noise {spec.noise.kind!r} needs training in steps, but training is 'gradient-flow'; "
            "use 'gradient-descent' or 'adamw'."
        )
    endless = isinstance(spec.training, GradientFlow) and spec.training.max_time is None
    if endless and 0 < spec.penalty.strength < WEAKEST:
        raise bad_argument(
            "penalty.strength",
            f"be 0 or at least {WEAKEST:g} for gradient flow without `training.max_time`",
            spec.penalty.strength,
        )
    if flow and isinstance(spec.penalty, ActivationL1):
        raise InputError(
            "Penalty 'activation-l1' holds activations at its kink, where gradient flow has no slope to follow; "
            "train in steps ('sgd' or 'adam')."
        )
    if not isinstance(spec.interference, FullInterference) and not (flow and has_closed_form(spec)):
        raise InputError(
            f"Interference {spec.interference.kind!r} needs the tied autoencoder, one-hot features and gradient flow, "
            f"but they are {spec.model.kind!r}, {spec.features.kind!r} and {spec.training.kind!r}."
        )


def _check_batches(spec: RunSpec) -> None:
    """Refuse training on all inputs where there is no end of them, and normalization over a single one."""
    size = int(getattr(spec.training, "batch_size", 0))
    whole = None if size or spec.features.samples else spec.features.enumerate(spec.model.n)
    if not size and not spec.features.samples and whole is None:
        raise InputError(
            f"Training {spec.training.kind!r} on all inputs needs inputs that can be enumerated, but "
            f"{spec.features.kind!r} features with n = {spec.model.n} cannot: give `training.batch_size` (sgd, adam) "
            "or `features.samples`."
        )
    if spec.features.samples and size > spec.features.samples:
        raise bad_argument("training.batch_size", f"be at most the {spec.features.samples} samples", size)
    seen = len(whole.inputs) if whole is not None else size or spec.features.samples
    if normalizes_over_inputs(spec) and seen < 2:
        if whole is not None:
            raise InputError(
                f"Batch normalization needs at least 2 inputs, but {spec.features.kind!r} features with "
                f"`model.n` = {spec.model.n} have {seen}."
            )
        name = "training.batch_size" if size else "features.samples"
        raise bad_argument(name, "be at least 2 for batch normalization", seen)


def _check_series(spec: RunSpec) -> None:
    paper = (
        isinstance(spec.model, TiedAutoencoder)
        and isinstance(spec.features, OneHot)
        and isinstance(spec.target, Inputs)
        and isinstance(spec.importance, Equal)
    )
    for name in spec.save.series:
        if name == "accuracy" and not classes(spec):
            raise InputError(
                f"Series 'accuracy' needs features with classes, or the target 'classes', but they are "
                f"{spec.features.kind!r} and {spec.target.kind!r}."
            )
        if name in OF_THE_PAPER and not paper:
            raise InputError(f"Series {name!r} is defined for the tied autoencoder with one-hot features only.")
        assert name in SERIES or name == "accuracy"
