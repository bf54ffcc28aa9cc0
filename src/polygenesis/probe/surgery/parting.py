"""Parting: give features that share a neuron neurons of their own, exactly and without training.

Of a tied signed code, rows in and out at once (docs/theory.md, Mitigation 1); of any PyTorch module with a hidden layer
between two linear maps, by dividing a neuron's incoming weights and copying its outgoing ones:

    v f(a·x + b) = v f(a_1·x + b) + v f(a_2·x + b) − v f(b)      with a = a_1 + a_2,

for every x where f is linear, and otherwise for every x on which a_1·x or a_2·x is zero: for features that do not occur
together.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Weights
from polygenesis.detect import DIRECTION, HALF, Census, Thresholds, census
from polygenesis.detect.inputs import replicated
from polygenesis.errors import InputError, bad_argument, unknown_name
from polygenesis.probe.surgery.split_and_relax import split


@dataclass(frozen=True)
class Move:
    """A feature that left a shared neuron: ``replicate``, ``feature``, and the neurons ``source`` and ``target``."""

    replicate: int
    feature: int
    source: int
    target: int


@dataclass(frozen=True, eq=False)
class PartedCode:
    """Weights (r, n, m) in which pairs were parted, the moves, and how many shared neurons are left, (r,)."""

    weights: Weights
    moves: tuple[Move, ...]
    left: np.ndarray[Any, Any]


def part_code(weights: Any, thresholds: Thresholds = HALF) -> PartedCode:
    """Move one feature of every shared neuron of a tied signed code to an unused neuron, as far as there are any.

    ``weights``: (r, n, m), or (n, m) for one network. Of each shared neuron the features of the sign with fewer move
    together. For converged one-hot networks the loss is exactly the same afterwards, and there is always room where
    m ≥ n. Raises :class:`polygenesis.InputError` for other shapes, NaN and infinity.

    >>> part_code([[1.0, 0.0], [-1.0, 0.0]]).weights[0].tolist()
    [[0.0, 1.0], [-1.0, 0.0]]
    """
    array = np.array(replicated("weights", weights))
    before = census(array, thresholds)
    moves: list[Move] = []
    for a in range(len(array)):
        unused = [int(k) for k in np.flatnonzero(~array[a].any(axis=0))]
        for neuron, carried in before.polysemantic_neurons(a):
            leaving = _fewer(carried, array[a], neuron)
            if not unused or not leaving:
                continue
            target = unused.pop(0)
            array[a] = split(array[a], leaving, target)
            moves += [Move(a, feature, neuron, target) for feature in leaving]
    return PartedCode(array, tuple(moves), np.asarray(census(array, thresholds).polysemantic))


def _fewer(carried: list[tuple[int, int]], weights: Floats, neuron: int) -> list[int]:
    """The features of the rarer sign on a neuron, those whose largest weight is there."""
    home = np.abs(weights).argmax(axis=1)
    by_sign = [[i for i, sign in carried if sign == each and home[i] == neuron] for each in (1, -1)]
    fewer = min(by_sign, key=len)
    return fewer if fewer else max(by_sign, key=len)[1:]


@dataclass(frozen=True, eq=False, repr=False)
class PartedModule:
    """A copy of a module whose shared neurons were parted.

    ``module``: the copy; the given one is as it was. ``moves``: which features went where. ``before``, ``after``: the
    census of its features × neurons. ``change``: the largest change of an output on the given inputs.
    """

    module: Any
    moves: tuple[Move, ...]
    before: Census
    after: Census
    change: float

    def __repr__(self) -> str:
        counts = f"{int(self.before.shared[0])} shared neurons before, {int(self.after.shared[0])} after"
        return f"PartedModule({counts}; {len(self.moves)} features moved; outputs changed by {self.change:.2g} at most)"


def part_module(
    module: Any,
    encoder: str,
    decoder: str,
    inputs: Any,
    *,
    features: Any = None,
    activation: Callable[[Any], Any] | None = None,
    thresholds: Thresholds = DIRECTION,
    tolerance: float = 1e-5,
) -> PartedModule:
    """Part the shared neurons of one hidden layer of a PyTorch module, without training; the function stays the same.

    ``encoder``, ``decoder``: dotted names of the ``torch.nn.Linear`` that makes the layer and of the one that alone
    reads it; between them at most an elementwise ``activation`` (None: linear; else the function, such as
    ``torch.relu``). ``features``: directions (n, d) of the features in the encoder's inputs, linearly independent; by
    default each input is one. A neuron that carries several features (``thresholds``, relative to each feature's own
    code) keeps the strongest; every other one moves to an unused neuron or to a new one. ``inputs``: a batch for the
    module, on which old and new outputs may differ by ``tolerance`` times the largest output at most.

    Raises :class:`polygenesis.InputError` where they differ by more, which happens behind an activation for features
    that occur together, and for layers that do not fit. The given module is never changed.
    """
    import torch

    new = copy.deepcopy(module)
    first, second = (_linear(torch, new, name) for name in (encoder, decoder))
    if first.out_features != second.in_features:
        raise InputError(f"Layer {decoder!r} must read {first.out_features} neurons, but reads {second.in_features}.")
    directions = _directions(features, first.in_features)
    with torch.no_grad():
        old = module(inputs)
        code = _code(first, directions)
        before = census(code, thresholds)
        moves = _moves(before, code, _unused(first, second))
        _widen(torch, first, second, max((each.target for each in moves), default=0) + 1)
        for move in moves:
            _move(torch, first, second, move, directions, activation)
        out = new(inputs)
        change = float((out - old).abs().max())
        limit = tolerance * max(float(old.abs().max()), 1e-30)
    if not change <= limit:
        raise InputError(
            f"Parting would change the outputs by up to {change:.2g}, more than `tolerance` allows ({limit:.2g}): "
            "behind an activation only features that do not occur together can be parted exactly."
        )
    return PartedModule(new, moves, before, census(_code(first, directions), thresholds), change)


def _linear(torch: Any, module: Any, name: str) -> Any:
    parts = dict(module.named_modules())
    if name not in parts or not name:
        raise unknown_name("layer", name, [each for each in parts if each])
    if not isinstance(parts[name], torch.nn.Linear):
        raise InputError(f"Layer {name!r} must be a torch.nn.Linear, but is {type(parts[name]).__name__}.")
    return parts[name]


def _directions(features: Any, width: int) -> Floats:
    """Return the features' directions (n, d), by default the inputs."""
    if features is None:
        return np.eye(width)
    found = np.asarray(features, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != width:
        raise bad_argument("features", f"have shape (n, {width})", f"shape {found.shape}")
    if np.linalg.matrix_rank(found) < len(found):
        raise InputError("Argument `features` must be linearly independent directions, but one depends on others.")
    return found


def _code(layer: Any, directions: Floats) -> Floats:
    """What each feature writes into each neuron, (n, m)."""
    return np.asarray(directions @ layer.weight.detach().double().cpu().numpy().T)


def _unused(first: Any, second: Any) -> list[int]:
    """Neurons that nothing writes into or that nothing reads, and without a bias."""
    silent = (first.weight == 0).all(dim=1)
    if first.bias is not None:
        silent &= first.bias == 0
    unread = (second.weight == 0).all(dim=0)
    return [int(k) for k in (silent | unread).nonzero()[:, 0]]


def _moves(found: Census, code: Floats, unused: list[int]) -> tuple[Move, ...]:
    """Every feature but the strongest leaves a shared neuron, to an unused neuron or to one beyond the last."""
    moves, beyond = [], code.shape[1]
    spare = iter(unused)
    carried: dict[int, list[int]] = {}
    for neuron, feature in zip(found.listed_neuron, found.listed_feature, strict=True):
        carried.setdefault(int(neuron), []).append(int(feature))
    for neuron, together in carried.items():
        strongest = max(together, key=lambda i: abs(code[i, neuron]))
        for feature in together:
            if feature == strongest:
                continue
            target = next(spare, None)
            if target is None:
                target, beyond = beyond, beyond + 1
            moves.append(Move(0, feature, neuron, target))
    return tuple(moves)


def _widen(torch: Any, first: Any, second: Any, width: int) -> None:
    """Add neurons without weights, so that there are at least ``width``."""
    more = width - first.out_features
    if more <= 0:
        return
    rows, columns = first.weight.new_zeros(more, first.in_features), second.weight.new_zeros(second.out_features, more)
    first.weight = torch.nn.Parameter(torch.cat([first.weight, rows]))
    second.weight = torch.nn.Parameter(torch.cat([second.weight, columns], dim=1))
    if first.bias is not None:
        first.bias = torch.nn.Parameter(torch.cat([first.bias, first.bias.new_zeros(more)]))
    first.out_features = second.in_features = first.out_features + more


def _move(
    torch: Any, first: Any, second: Any, move: Move, directions: Floats, activation: Callable[[Any], Any] | None
) -> None:
    """Divide a neuron's incoming weights, copy its outgoing ones, and take off what the bias would add twice."""
    dual = np.linalg.pinv(directions)[:, move.feature]  # writes into this feature's place and no other's
    taken = torch.as_tensor(dual, dtype=first.weight.dtype, device=first.weight.device)
    strength = float(directions[move.feature] @ first.weight[move.source].double().cpu().numpy())
    first.weight[move.target] = strength * taken
    first.weight[move.source] -= strength * taken
    second.weight[:, move.target] = second.weight[:, move.source]
    if first.bias is None:
        return
    if activation is None:
        first.bias[move.target] = 0
        return
    first.bias[move.target] = first.bias[move.source]
    twice = activation(first.bias[move.source])
    if second.bias is not None:
        second.bias -= second.weight[:, move.source] * twice
    elif float(twice.abs()) > 0:
        raise InputError("A neuron with a bias needs a bias behind it to be parted, but the decoder has none.")
