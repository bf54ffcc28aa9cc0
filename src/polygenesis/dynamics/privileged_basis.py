"""Whether the neurons of a spec mean anything: what singles them out among the directions of the hidden space.

A spec is symmetric under rotations W → WQ of its hidden space if every part is: a linear hidden layer, penalties and
noise that see lengths only, and steps that follow the gradient. The neuron basis then means nothing, and only
quantities that no rotation changes do (``detect.measures``). Adaptive optimizers divide by each weight's own gradients
and so prefer the axes, if weakly.
"""

from __future__ import annotations

from polygenesis.errors import InputError
from polygenesis.noise import GaussianNoise, NoNoise
from polygenesis.spec import RunSpec
from polygenesis.training import Adam, AdamW

INVARIANT = "row_norms, overlaps, effective_rank or capacities (polygenesis.detect)"
"""What can be read instead."""


def privileged(spec: RunSpec) -> tuple[str, ...]:
    """Return what singles out the neurons of a spec, in words; empty where nothing does."""
    found = [spec.model.breaks_rotations or ""]
    if spec.penalty.breaks_rotations:
        found.append(f"the penalty {spec.penalty.kind!r}")
    if not isinstance(spec.noise, NoNoise | GaussianNoise) and getattr(spec.noise, "breaks_rotations", True):
        found.append(f"the noise {spec.noise.kind!r}")
    if isinstance(spec.training, Adam | AdamW):
        found.append(f"the optimizer {spec.training.kind!r}")
    return tuple(each for each in found if each)


def require_neurons(spec: RunSpec) -> None:
    """Refuse to read neurons where nothing singles them out."""
    if not privileged(spec):
        raise InputError(unprivileged(spec))


def unprivileged(spec: RunSpec) -> str:
    """Say that nothing singles out the neurons of a spec, and what can be read instead."""
    return (
        f"A census of neurons means nothing here: no part of the spec tells the neurons of {spec.model.kind!r} from "
        "other directions of its hidden space (no hidden activation, penalty, noise or optimizer that does); "
        f"read {INVARIANT} instead."
    )
