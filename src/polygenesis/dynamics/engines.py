"""Which engine computes a spec: asked here and nowhere else.

Three families: "flow" and "descent" are compiled, for the tied autoencoder with one-hot features, whose gradient has a
closed form; "autograd" computes everything by automatic differentiation and needs PyTorch.
"""

from __future__ import annotations

from typing import Literal

from polygenesis.dynamics.compatibility import has_closed_form
from polygenesis.dynamics.devices import named
from polygenesis.errors import InputError, unknown_name
from polygenesis.extras import require
from polygenesis.interference import FullInterference
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

Family = Literal["flow", "descent", "autograd"]

NAMES: dict[Family, tuple[str, ...]] = {
    "flow": ("flow", "flow-dense", "flow-active-set", "flow-torch"),
    "descent": ("descent",),
    "autograd": ("autograd",),
}
"""Engines by family. Of gradient flow: dense first and by active set later, dense throughout, by active set throughout,
and the first with its dense part in PyTorch on the device that POLYGENESIS_DEVICE names."""

WORTH_MOVING = 2**20
"""From this n²m on "auto" uses that device, where it is another than the CPU: smaller products do not fill it."""


def family(spec: RunSpec) -> Family:
    """Return the family of engines that computes a spec by default."""
    if not has_closed_form(spec):
        return "autograd"
    return "flow" if isinstance(spec.training, GradientFlow) else "descent"


def engine_for(spec: RunSpec, name: str = "auto") -> str:
    """Return the name of the engine that computes a spec: the one that is asked for, or the fastest.

    Raises :class:`polygenesis.InputError` for an engine that cannot compute the spec.
    """
    kind = family(spec)
    known = dict.fromkeys((*NAMES["autograd"], *NAMES[kind]))
    if name not in ("auto", *known):
        raise unknown_name(f"engine for {spec.training.kind}", name, ("auto", *known))
    if name in NAMES["autograd"] and not isinstance(spec.interference, FullInterference):
        raise InputError(f"Engine 'autograd' has no interference {spec.interference.kind!r}; use engine='auto'.")
    if name != "auto":
        return name
    return "flow-torch" if kind == "flow" and moves(spec) else kind


def check_extras(spec: RunSpec, what: str = "This spec or engine") -> None:
    """Refuse a spec that needs a package which is not installed: PyTorch, or what reads its data.

    Raises :class:`polygenesis.InputError`, before anything is drawn.
    """
    if family(spec) == "autograd":
        require("torch", what)
    if module := getattr(spec.features, "module", ""):
        require(module, f"Distribution {spec.features.kind!r} of features")


def moves(spec: RunSpec) -> bool:
    """Whether "auto" computes a spec on the device that POLYGENESIS_DEVICE names, and that is not the CPU."""
    if named() == "cpu":
        return False
    kind, large = family(spec), spec.model.n**2 * spec.model.m >= WORTH_MOVING
    return kind == "autograd" or (kind == "flow" and large)
