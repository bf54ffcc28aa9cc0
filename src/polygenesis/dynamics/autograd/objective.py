"""The loss of every replicate from stacked parameters, and its gradient by autograd.

    J = L + penalty,   L = Σ_s share_s Σ_j a_j (y_j − x_j)²   or the mean cross-entropy where inputs have classes.

The gradient of the sum over replicates is each replicate's own, since none depends on another's parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from polygenesis.dynamics.autograd.batches import Feed
from polygenesis.dynamics.autograd.compiling import Program
from polygenesis.dynamics.devices import torch
from polygenesis.models import Setting
from polygenesis.penalties import Activations
from polygenesis.spec import RunSpec

Disturb = Callable[[Any, int], Any]


class Losses(NamedTuple):
    """Loss without penalty, the smooth part of the penalty, and the outputs; (r,), (r,), (r, b, outputs)."""

    task: Any
    pressure: Any
    outputs: Any


def losses(
    spec: RunSpec, parameters: Mapping[str, Any], feed: Feed, disturb: Disturb | None = None, *, whole: bool = True
) -> Losses:
    """Return the losses of each replicate; ``whole`` says whether the penalty's kink is included."""
    setting = Setting(feed.probabilities, disturb, torch().nn.functional)
    layers, outputs = spec.model.forward(parameters, feed.inputs, setting)
    penalty = spec.penalty.value if whole else spec.penalty.smooth
    pressure = penalty(spec.model.matrices(parameters), Activations(layers, feed.shares))
    task = reconstruction(outputs, feed) if feed.labels is None else cross_entropy(outputs, feed)
    return Losses(task, pressure, outputs)


def reconstruction(outputs: Any, feed: Feed) -> Any:
    """Return Σ_s share_s Σ_j a_j (y_j − x_j)², (r,)."""
    error = outputs - feed.targets
    squares = error * error
    if feed.weights is not None:
        squares = squares * feed.weights
    if isinstance(feed.shares, float):
        return feed.shares * squares.sum((-2, -1))
    return (feed.shares * squares).sum((-2, -1))


def cross_entropy(outputs: Any, feed: Feed) -> Any:
    """Return the mean of −log softmax at the right class, (r,), over inputs and, for tokens, positions."""
    chosen = feed.labels.expand(outputs.shape[:-1]).reshape(-1)
    each = torch().nn.functional.cross_entropy(outputs.flatten(0, -2), chosen, reduction="none")
    return each.reshape(len(outputs), -1).mean(-1)


def accuracy(outputs: Any, feed: Feed) -> Any:
    """Return the share of inputs whose largest output is the right class, (r,)."""
    return (outputs.argmax(-1) == feed.labels).to(outputs.dtype).flatten(1).mean(-1)


def gradient(
    spec: RunSpec,
    parameters: Mapping[str, Any],
    feed: Feed,
    disturb: Disturb | None,
    *,
    whole: bool,
    program: Program | None = None,
) -> tuple[dict[str, Any], Losses]:
    """Return the gradient of each replicate's loss by parameter, and the losses and outputs without their history.

    ``program``: the losses without noise as a compiled program, where there is one.
    """
    for each in parameters.values():
        each.requires_grad_(True)
    found = losses(spec, parameters, feed, disturb, whole=whole) if program is None else program(parameters, feed)
    slopes = torch().autograd.grad((found.task + found.pressure).sum(), list(parameters.values()))
    for each in parameters.values():
        each.requires_grad_(False)
    bare = (each if isinstance(each, float) else each.detach() for each in found)
    return dict(zip(parameters, slopes, strict=True)), Losses(*bare)


def bias_curvature(spec: RunSpec, parameters: Mapping[str, Any], outputs: Any, feed: Feed) -> dict[str, Any]:
    """Return ∂²L/∂b_j² = 2 Σ_s share_s a_j [output j is active on s] by name, (r, outputs), where L is quadratic in b.

    All inputs push an output's bias at once: with n one-hot inputs up to 2n, far above the curvature of weights. Of
    outputs that are linear or ReLU it is known exactly; others have no entry.
    """
    output = getattr(spec.model, "output", None)
    if "output_bias" not in parameters or feed.labels is not None or output not in ("identity", "relu"):
        return {}
    active = torch().ones_like(outputs) if output == "identity" else (outputs > 0).to(outputs.dtype)
    if feed.weights is not None:
        active = active * feed.weights
    return {"output_bias": 2 * (feed.shares * active).sum(-2)}
