"""Configs of Hugging Face models: the width that a config says follows the layers, so that a saved model loads again.

Such a model is made from its config before its weights are loaded. Whether a config fits is seen by making the model
from it on the device "meta", which holds no numbers, and comparing the shapes of all weights. A config often gives all
layers one width: the others then get neurons that nothing enters and nothing reads, which change nothing.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from typing import Any

from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.surgery.growing import Columns, grow_companion, grow_inputs, grow_outputs
from polygenesis.probe.surgery.layers import check_whole, of_module
from polygenesis.probe.surgery.splitting import Between
from polygenesis.probe.surgery.tying import check_untied

ALONE = ("BatchNorm", "InstanceNorm", "PReLU")
"""Modules with numbers for each neuron that treat each on its own."""

Shapes = dict[str, tuple[int, ...]]


def follow(twin: Any, around: Between, rows: Columns, more: int, others: bool) -> tuple[str, ...]:
    """Let the config of a copy that has ``more`` neurons say so; return the other layers that were widened for it.

    ``rows``: the outputs of each neuron where it is made. ``others``: whether other layers may be widened, in place.
    Warns where the config cannot say it.
    """
    part, old = _configured(twin, around.into[0]), around.neurons
    if part is None:
        return ()
    for most in (0, None) if others else (0,):
        for place in _widths(part.config, old):
            made = _made(part, place, old + more)
            wider = None if made is None else _wider(part, made, rows.each, more)
            if wider is None or (most is not None and len(wider) > most):
                continue
            _widen(part, wider, rows, more)
            _write(part.config, place, old + more)
            _copy_sizes(made, part)
            return tuple(sorted({name for name, axes in wider.items() if "out" in axes}))
    warnings.warn(
        f"The config of this {type(part).__name__} cannot say that {around.into[0]!r} has {old + more} neurons, so "
        "that `from_pretrained` cannot load what `save_pretrained` writes: keep the state_dict, and split the model "
        "again to load it.",
        stacklevel=3,
    )
    return ()


def check_bool(name: str, value: Any) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        raise bad_argument(name, "be True or False", value)


def _configured(module: Any, layer: str) -> Any:
    """The outermost part of a module that is made from a config and holds a layer, or None."""
    for name, part in module.named_modules():
        inside = name == "" or layer.startswith(f"{name}.")
        if inside and all(hasattr(part, each) for each in ("config", "save_pretrained", "from_pretrained")):
            return part
    return None


def _widths(config: Any, old: int, above: str = "") -> Iterator[str]:
    """Every number of a config, and of those in it, that is ``old``; then those left to a default."""
    values = vars(config)
    for wanted in (old, None):
        for name, value in values.items():
            if not name.startswith("_") and type(value) is type(wanted) and value == wanted:
                yield above + name
    for name, value in values.items():
        if hasattr(value, "to_dict") and hasattr(value, "__dict__") and value is not config:
            yield from _widths(value, old, f"{above}{name}.")


def _write(config: Any, place: str, value: int) -> None:
    *path, last = place.split(".")
    for each in path:
        config = getattr(config, each)
    setattr(config, last, value)


def _made(part: Any, place: str, value: int) -> Any:
    """A model without numbers that is made from a config with another width, None where it makes none."""
    import torch

    try:
        config = copy.deepcopy(part.config)
        _write(config, place, value)
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            return type(part)(config)
    except Exception:  # a number that means something else may make no model at all
        return None


def _shapes(part: Any) -> Shapes:
    return {name: tuple(each.shape) for name, each in part.state_dict().items()}


def _wider(part: Any, made: Any, rows: int, more: int) -> dict[str, set[str]] | None:
    """Which layers must get neurons, at their outputs ("out"), inputs ("in") or both, to have the shapes of another.

    None where there is no such way: the shapes then differ by more than neurons.
    """
    mine, wanted = _shapes(part), _shapes(made)
    if mine.keys() != wanted.keys():
        return None
    parts = dict(part.named_modules())
    found: dict[str, set[str]] = {}
    for key in (each for each in mine if mine[each] != wanted[each]):
        name, _, kind = key.rpartition(".")
        side = _side(name, parts.get(name), kind, mine[key], wanted[key], (more, rows * more))
        if side is None:
            return None
        found.setdefault(name, set()).add(side)
    try:
        check_untied(part, [parts[name] for name in found])
    except InputError:
        return None
    return found


def _side(
    name: str, part: Any, kind: str, mine: tuple[int, ...], wanted: tuple[int, ...], more: tuple[int, int]
) -> str | None:
    """On which side of a layer neurons are missing: of a tensor with more numbers along one axis."""
    differing = [axis for axis, (a, b) in enumerate(zip(mine, wanted, strict=False)) if a != b]
    if len(mine) != len(wanted) or len(differing) != 1 or wanted[differing[0]] - mine[differing[0]] not in more:
        return None
    reader, by = of_module(name, part), wanted[differing[0]] - mine[differing[0]]
    if reader is None:
        return "each" if any(each.__name__.startswith(ALONE) for each in type(part).__mro__) else None
    try:
        check_whole(reader)
    except InputError:
        return None
    side = "out" if kind == "bias" or differing[0] == reader.out_axis else "in"
    return side if by == (more[1] if side == "out" else more[0]) else None


def _widen(part: Any, wider: dict[str, set[str]], rows: Columns, more: int) -> None:
    """Give layers neurons with weights of zero, and what treats each neuron on its own the numbers of the first."""
    parts = dict(part.named_modules())
    for name, sides in wider.items():
        found = of_module(name, parts[name])
        if found is None:
            for k in range(more):
                grow_companion(parts[name], Columns(rows.neurons + k), 0)
            continue
        if "out" in sides:
            grow_outputs(found, rows, by=more)
        if "in" in sides:
            grow_inputs(found, Columns(found.inputs), more)


def _copy_sizes(made: Any, part: Any) -> None:
    """Let parts that remember a size, such as ``intermediate_size`` of a gated layer, remember the new one."""
    parts = dict(part.named_modules())
    for name, other in made.named_modules():
        known = vars(parts.get(name, other))
        for attribute, size in vars(other).items():
            if type(size) is int and type(known.get(attribute)) is int and known[attribute] != size:
                setattr(parts[name], attribute, size)
