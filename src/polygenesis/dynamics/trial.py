"""Parts of one's own tried on small arrays before anything is trained: one that contradicts itself is refused.

What is tried is what would otherwise give wrong numbers in silence: a gradient that is not that of the value, a
proximal step of another penalty, replicates that depend on each other, numbers that the given generator did not draw,
a shape that NumPy would stretch. All arrays are in float64, on the CPU, and drawn from fixed seeds.
"""

from __future__ import annotations

import contextlib
import math
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis import parts
from polygenesis.arrays import Floats
from polygenesis.dynamics.devices import steady, torch
from polygenesis.errors import InputError
from polygenesis.models import Setting
from polygenesis.own import title_of
from polygenesis.penalties import Activations
from polygenesis.spec import RunSpec, own_parts

INPUTS = 3
"""Inputs of a trial, each with the same share of the loss."""

SIZE = 0.5
"""Standard deviation of the weights and activations that a penalty is tried on: away from any kink at zero."""

STEP = 1e-6
"""Step of the central difference with which a gradient is compared."""

SAME_SLOPE, ROUNDING = 1e-3, 1e-8
"""Largest difference of a slope, relative to it, and what rounding of the value may add, relative to the value."""

SHORT, SAME_PULL = 1e-4, 0.02
"""Length of the proximal step that is tried, over which a map right to first order errs by less than a share."""

NEAR_ZERO, JUMP = 1e-5, 1e-6
"""How near zero a kink there is looked for, and the least jump of a slope that is one, relative to the value."""

SAME = 1e-9
"""Relative difference of numbers that are equal but for rounding."""


def try_parts(spec: RunSpec) -> None:
    """Try each part of a spec that is no built-in one; :class:`polygenesis.InputError` says what is wrong with it."""
    tries: Mapping[str, Callable[[RunSpec, Any], None]] = {
        "model": _model,
        "features": _features,
        "penalty": _penalty,
        "initial": _initial,
        "noise": _noise,
        "interference": _interference,
        "target": _target,
        "importance": _importance,
    }
    for field, part in own_parts(spec).items():
        with _trying(part):
            tries[field](spec, part)


@contextlib.contextmanager
def _trying(part: Any) -> Iterator[None]:
    """Turn an error in a part's own code into a sentence that names its line; the traceback stays with it."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        last = next((each for each in reversed(frames) if not _ours(each.filename)), frames[-1])
        said = (str(error).strip().splitlines() or [""])[0].rstrip(".")
        where = f"{Path(last.filename).name}:{last.lineno} in {last.name}"
        raise _wrong(part, f"fails with {type(error).__name__}: {said} ({where})") from error


def _ours(filename: str) -> bool:
    return Path(__file__).parents[1] in Path(filename).parents or "site-packages" in Path(filename).parts


def _wrong(part: Any, problem: str) -> InputError:
    return InputError(f"{title_of(part)} {problem}.")


def _must(part: Any, name: str, found: Any, shape: tuple[int, ...]) -> None:
    """Refuse an array of another shape, or one that is not finite."""
    if tuple(np.shape(found)) != shape:
        raise _wrong(part, f"must return shape {shape} from `{name}`, but returns shape {tuple(np.shape(found))}")
    if not np.isfinite(np.asarray(found, dtype=np.float64)).all():
        raise _wrong(part, f"returns numbers from `{name}` that are not finite")


def _drawn(part: Any, name: str, draw: Callable[[np.random.Generator], Any]) -> Floats:
    """Draw twice from equal generators; other numbers would not replay."""
    one, other = (np.asarray(draw(np.random.default_rng(0))) for _ in range(2))
    if not np.array_equal(one, other, equal_nan=True):
        raise _wrong(part, f"draws other numbers from equal generators in `{name}`: use the one that it is given")
    return one


def _initial(spec: RunSpec, part: parts.Initial) -> None:
    n, m = spec.model.n, spec.model.m
    _must(part, "sample", _drawn(part, "sample", lambda generator: part.sample(generator, n, m)), (n, m))


def _noise(spec: RunSpec, part: parts.Noise) -> None:
    shape = (2, INPUTS, spec.model.m)
    _must(part, "sample", _drawn(part, "sample", lambda generator: part.sample(generator, shape)), shape)


def _importance(spec: RunSpec, part: parts.Importance) -> None:
    found = part.of(spec.model.n)
    if found is None:
        return
    _must(part, "of", found, (spec.model.n,))
    if (np.asarray(found) < 0).any() or not np.asarray(found).any():
        raise _wrong(part, "must return importances from `of` none of which is negative, and not all 0")


def _interference(spec: RunSpec, part: parts.Interference) -> None:
    n, m = spec.model.n, spec.model.m
    stages = part.stages(np.random.default_rng(0).standard_normal((n, m)))
    ends = [each.until for each in stages]
    if not ends or ends[-1] != math.inf or any(a >= b for a, b in pairwise(ends)):
        raise _wrong(part, f"must return stages that end later and later, the last at infinity, but they end at {ends}")
    for each in stages:
        if each.kept is None:
            continue
        kept = np.asarray(each.kept)
        fits = kept.shape == (n, n) and kept.dtype == np.bool_
        if not fits or (kept != kept.T).any() or kept.diagonal().any():
            raise _wrong(part, f"must keep pairs as a symmetric array of truth values ({n}, {n}) without its diagonal")


def _features(spec: RunSpec, part: parts.Features) -> None:
    n = spec.model.n
    firing, squares = part.firing_probabilities(n), part.mean_squares(n)
    _must(part, "firing_probabilities", firing, (n,))
    _must(part, "mean_squares", squares, (n,))
    if (np.asarray(firing) < 0).any() or (np.asarray(firing) > 1).any():
        raise _wrong(part, "returns numbers from `firing_probabilities` that are no probabilities")
    if not np.asarray(squares).sum() > 0:
        raise _wrong(part, "must have a mean square above 0, by which the loss is divided")
    if (counts := part.importance(n)) is not None:
        _must(part, "importance", counts, (n,))
    _must(
        part, "sample", _drawn(part, "sample", lambda generator: part.sample(generator, n, INPUTS).inputs), (INPUTS, n)
    )
    if (whole := part.enumerate(n)) is None:
        return
    size = len(whole.inputs)
    _must(part, "enumerate", whole.inputs, (size, n))
    shares = np.full(size, 1 / size) if whole.probabilities is None else np.asarray(whole.probabilities)
    _must(part, "enumerate", shares, (size,))
    expected = {
        "a sum of probabilities": (shares.sum(), 1.0),
        "`mean_squares`": (squares, shares @ whole.inputs**2),
        "`firing_probabilities`": (firing, shares @ (whole.inputs != 0)),
    }
    for name, (said, found) in expected.items():
        if not np.allclose(said, found, rtol=1e-6, atol=1e-12):
            raise _wrong(part, f"has {name} of {_first(said)}, which must be {_first(found)} by `enumerate`")


def _first(values: Any) -> str:
    """The first of some numbers."""
    return f"{float(np.ravel(values)[0]):.6g}"


def _target(spec: RunSpec, part: parts.Target) -> None:
    n = spec.model.n
    inputs = np.asarray(spec.features.sample(np.random.default_rng(0), n, INPUTS).inputs)[:INPUTS]
    outputs, classes = part.outputs(n), part.classes(n)
    _must(part, "answers", part.answers(inputs), (len(inputs), outputs))
    labels = part.labels(inputs)
    if bool(classes) != (labels is not None):
        raise _wrong(
            part, "must return labels from `labels` where `classes` is a number of them, and None where it is 0"
        )
    if labels is not None:
        _must(part, "labels", labels, (len(inputs),))
        if outputs != classes or not ((np.asarray(labels) >= 0) & (np.asarray(labels) < classes)).all():
            raise _wrong(
                part, f"must have an output for each of its {classes} classes, and labels from 0 to {classes - 1}"
            )


def _model(spec: RunSpec, part: parts.Model) -> None:
    if part.layers_by_hand is not None:
        raise _wrong(part, "must leave `layers_by_hand` None: compiled code would run in place of `forward`")
    library, n = torch(), part.n
    for name, shape in part.shapes.items():
        found = _drawn(part, "draw", lambda generator, name=name: part.draw(name, spec.initial, generator))  # type: ignore[misc]
        _must(part, f"draw of {name}", found, tuple(shape))
    state = _normal_state(part.shapes)
    inputs = np.asarray(spec.features.sample(np.random.default_rng(0), n, INPUTS).inputs)[:INPUTS]
    x = library.as_tensor(inputs, dtype=library.float64)
    asked: list[int] = []

    def disturb(hidden: Any, layer: int) -> Any:
        asked.append(layer)
        return hidden

    def forward(parameters: Mapping[str, Any]) -> list[Any]:
        layers, outputs = part.forward(parameters, x, Setting(None, disturb, library.nn.functional))
        return [*layers, outputs]

    with steady(), library.no_grad():
        layers = forward(state)
        if part.takes_noise and sorted(asked) != list(range(len(part.widths))):
            raise _wrong(part, "must call `setting.disturb` once for each hidden layer, as it says `takes_noise`")
        widths = (*part.widths, getattr(part, "outputs", None) or n)
        shapes = [(2, len(inputs), width) for width in widths]
        if [tuple(each.shape) for each in layers] != shapes:
            got = [tuple(each.shape) for each in layers]
            raise _wrong(part, f"must return layers and outputs of shapes {shapes} from `forward`, but returns {got}")
        alone = forward({name: value[1:] for name, value in state.items()})
        if not all(_close(one[1:], other) for one, other in zip(layers, alone, strict=True)):
            raise _wrong(part, "mixes replicates in `forward`: a network must compute the same beside others as alone")
        for name, matrix in part.matrices(state).items():
            if matrix.ndim != 3 or len(matrix) != 2:
                raise _wrong(
                    part, f"must return {name} as (r, features, neurons) from `matrices`, not {tuple(matrix.shape)}"
                )
    plain = {name: value.numpy() for name, value in state.items()}
    for each in part.readings:
        if np.ndim(matrix := part.read(plain, each.name)) != 3 or len(matrix) != 2:
            raise _wrong(part, f"must return {each.name} as (r, features, neurons) from `read`, not {np.shape(matrix)}")


def _penalty(spec: RunSpec, part: parts.Penalty) -> None:
    library = torch()
    with steady():
        state = _normal_state(spec.model.shapes)
        matrices = {name: each.clone() for name, each in spec.model.matrices(state).items()}
        layers = tuple(_normal(library, k, (2, INPUTS, width)) for k, width in enumerate(spec.model.widths))
        value = part.value(matrices, Activations(layers, 1 / INPUTS))
        if isinstance(value, int | float):
            return  # nothing depends on it
        _must(part, "value", value.detach(), (2,))
        with library.no_grad():
            _one_number_a_replicate(part, matrices, layers, value)
            _rotations(part, matrices, layers, value)
        _slope(part, matrices, layers)
        if part.proximal:
            lacks = [name for name in ("shrink", "smooth") if getattr(type(part), name) is getattr(parts.Penalty, name)]
            if lacks:
                raise _wrong(part, f"says `proximal`, so it must have {' and '.join(f'`{each}`' for each in lacks)}")
            for name in matrices:
                _kink(part, matrices, layers, name)
        elif _bends_at_zero(part, matrices, layers):
            warnings.warn(
                f"{title_of(part)} has a kink at zero, but is not `proximal`: gradient flow stalls there, and in steps "
                "no weight becomes exactly zero; see 'A kink at zero' on the documentation's page 'Write a penalty'.",
                stacklevel=2,
            )


def _bends_at_zero(part: parts.Penalty, matrices: Mapping[str, Any], layers: Any) -> bool:
    """Whether the slope jumps where every second weight of a matrix passes zero: v(h) + v(−h) − 2v(0) falls as h."""
    library = torch()
    for name, matrix in matrices.items():
        half = (library.arange(matrix.numel()) % 2 == 0).reshape(matrix.shape)
        rest, way = matrix * ~half, matrix * half
        values = {
            step: part.value({**matrices, name: rest + step * way}, _at(layers))
            for step in (0.0, NEAR_ZERO, -NEAR_ZERO, NEAR_ZERO / 10, -NEAR_ZERO / 10)
        }
        far, near = (
            (values[step] + values[-step] - 2 * values[0.0]).abs() / step for step in (NEAR_ZERO, NEAR_ZERO / 10)
        )
        if ((near > far / 2) & (near > JUMP * values[0.0].abs())).any():
            return True
    return False


def _one_number_a_replicate(part: parts.Penalty, matrices: Mapping[str, Any], layers: Any, value: Any) -> None:
    alone = part.value({name: each[1:] for name, each in matrices.items()}, _at(tuple(each[1:] for each in layers)))
    if not _close(alone, value[1:]):
        raise _wrong(part, "mixes replicates in `value`: a network must pay the same beside others as alone")
    if not part.proximal and not _close(value, part.smooth(matrices, _at(layers))):
        raise _wrong(part, "must return the whole value from `smooth`, as it is not `proximal`")


def _rotations(part: parts.Penalty, matrices: Mapping[str, Any], layers: Any, value: Any) -> None:
    """Compare what it says of rotations of the hidden space with its value after a reflection."""
    if not value.abs().max() or min(each.shape[-1] for each in matrices.values()) < 2:
        return
    turned = part.value(
        {name: _reflected(each) for name, each in matrices.items()}, _at(tuple(map(_reflected, layers)))
    )
    if _close(turned, value) == bool(part.breaks_rotations):
        does = "does not change" if part.breaks_rotations else "changes"
        raise _wrong(
            part, f"says breaks_rotations = {bool(part.breaks_rotations)}, but its value {does} under rotations"
        )


def _slope(part: parts.Penalty, matrices: Mapping[str, Any], layers: Any) -> None:
    """Compare the gradient, by automatic differentiation, with a central difference of the value."""
    library, names = torch(), list(matrices)
    leaves = [each.clone().requires_grad_() for each in (*matrices.values(), *layers)]

    def value(given: list[Any]) -> Any:
        return part.value(dict(zip(names, given, strict=False)), _at(tuple(given[len(names) :])))

    here = value(leaves)
    slopes = [None] * len(leaves)
    if here.requires_grad:
        slopes = library.autograd.grad(here.sum(), leaves, allow_unused=True)
    ways = [_normal(library, 100 + k, each.shape) for k, each in enumerate(leaves)]
    with library.no_grad():
        products = [(slope * way).flatten(1) for slope, way in zip(slopes, ways, strict=True) if slope is not None]
        said = sum((each.sum(1) for each in products), start=here.detach() * 0)
        typical = sum((each.square().sum(1) for each in products), start=here.detach() * 0).sqrt()
        ahead, behind = (
            value([each + sign * STEP * way for each, way in zip(leaves, ways, strict=True)]) for sign in (1, -1)
        )
        found = (ahead - behind) / (2 * STEP)
        allowed = SAME_SLOPE * (found.abs() + said.abs() + typical) + ROUNDING * here.abs()
        if not ((found - said).abs() <= allowed).all():
            raise _wrong(
                part,
                f"has a gradient that is not that of its value: along a random direction it is {said[0]:.6g}, but the "
                f"value changes by {found[0]:.6g}",
            )


def _kink(part: parts.Penalty, matrices: Mapping[str, Any], layers: Any, name: str) -> None:
    """Compare a short proximal step with the slope of value − smooth where it leads: w − v = h ∂kink(v)."""
    library, before = torch(), matrices[name]
    after = part.shrink(before, SHORT)
    if tuple(after.shape) != tuple(before.shape):
        raise _wrong(part, f"must return the shape of its weights from `shrink`, but returns {tuple(after.shape)}")
    after = after.detach().clone().requires_grad_()
    given = {**matrices, name: after}
    kink = part.value(given, _at(layers)) - part.smooth(given, _at(layers))
    slope = library.autograd.grad(kink.sum(), after)[0] if kink.requires_grad else library.zeros_like(before)
    with library.no_grad():
        pull, there = (before - after) / SHORT, after != 0
        error, size = (((slope - pull) * there).norm(), (slope * there).norm() + (pull * there).norm())
        if not error <= SAME_PULL * size + ROUNDING * kink.abs().max():
            raise _wrong(
                part,
                "has a `shrink` that is not the proximal map of value − smooth: over a short step its force has "
                f"norm {(pull * there).norm():.6g}, but the slope there has norm {(slope * there).norm():.6g}",
            )


def _at(layers: tuple[Any, ...]) -> Activations:
    return Activations(layers, 1 / INPUTS)


def _normal(library: Any, number: int, shape: Any) -> Any:
    drawn = np.random.default_rng(number).standard_normal(tuple(shape)) * SIZE
    return library.as_tensor(drawn, dtype=library.float64)


def _normal_state(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """Parameters of two networks."""
    return {name: _normal(torch(), 10 + k, (2, *shape)) for k, (name, shape) in enumerate(shapes.items())}


def _reflected(values: Any) -> Any:
    """Reflect the hidden space, the last axis, at a plane that no axis lies in."""
    normal = _normal(torch(), 1000, values.shape[-1:])
    normal = normal / normal.norm()
    return values - 2 * (values @ normal)[..., None] * normal


def _close(one: Any, other: Any) -> bool:
    """Whether a tensor is equal to another, or to a number, but for rounding of its largest entries."""
    size = one.abs().max() + torch().as_tensor(other).abs().max()
    return bool(((one - other).abs() <= SAME * size + 1e-300).all())
