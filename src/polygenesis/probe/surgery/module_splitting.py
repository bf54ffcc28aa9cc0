"""Split the shared neurons of a module's hidden layer by the features that enter them, exactly and without training.

Of any PyTorch module with a hidden layer between two linear maps, by dividing a neuron's incoming weights and copying
its outgoing ones:

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

from polygenesis.arrays import Floats
from polygenesis.detect import DIRECTION, Census, Thresholds, census
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.surgery.layers import idle_neurons, linear_layer, widen
from polygenesis.probe.surgery.moving import Move


@dataclass(frozen=True, eq=False, repr=False)
class SplitModule:
    """A copy of a module whose shared neurons were split.

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
        return f"SplitModule({counts}; {len(self.moves)} features moved; outputs changed by {self.change:.2g} at most)"


def split_module(
    module: Any,
    encoder: str,
    decoder: str,
    inputs: Any,
    *,
    features: Any = None,
    activation: Callable[[Any], Any] | None = None,
    thresholds: Thresholds = DIRECTION,
    tolerance: float = 1e-5,
) -> SplitModule:
    """Split the shared neurons of one hidden layer of a PyTorch module, without training; the function stays the same.

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
    first, second = (linear_layer(new, name) for name in (encoder, decoder))
    if first.out_features != second.in_features:
        raise InputError(f"Layer {decoder!r} must read {first.out_features} neurons, but reads {second.in_features}.")
    directions = _directions(features, first.in_features)
    with torch.no_grad():
        old = module(inputs)
        code = _code(first, directions)
        before = census(code, thresholds)
        moves = _moves(before, code, idle_neurons(first, second))
        widen(first, second, max((each.target for each in moves), default=0) + 1)
        for move in moves:
            _move(first, second, move, directions, activation)
        out = new(inputs)
        change = float((out - old).abs().max())
        limit = tolerance * max(float(old.abs().max()), 1e-30)
    if not change <= limit:
        raise InputError(
            f"Splitting would change the outputs by up to {change:.2g}, more than `tolerance` allows ({limit:.2g}): "
            "behind an activation only features that do not occur together can be split apart exactly."
        )
    return SplitModule(new, moves, before, census(_code(first, directions), thresholds), change)


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


def _move(first: Any, second: Any, move: Move, directions: Floats, activation: Callable[[Any], Any] | None) -> None:
    """Give a feature's share of a neuron's incoming weights to another: what it writes there, and no other feature."""
    import torch

    dual = np.linalg.pinv(directions)[:, move.feature]  # writes into this feature's place and no other's
    taken = torch.as_tensor(dual, dtype=first.weight.dtype, device=first.weight.device)
    strength = float(directions[move.feature] @ first.weight[move.source].double().cpu().numpy())
    divide(first, second, move.source, move.target, strength * taken, activation)


def divide(
    first: Any, second: Any, neuron: int, to: int, part: Any, activation: Callable[[Any], Any] | None = None
) -> None:
    """Divide a neuron's incoming weights, copy its outgoing ones, and take off what the bias would add twice.

    ``first``, ``second``: the linear layers around the neurons, changed in place. ``part``: the incoming weights (d,)
    that go from ``neuron`` to ``to``. ``activation``: what stands between the layers; None: nothing.
    """
    first.weight[to] = part
    first.weight[neuron] -= part
    second.weight[:, to] = second.weight[:, neuron]
    if first.bias is None:
        return
    if activation is None:
        first.bias[to] = 0
        return
    first.bias[to] = first.bias[neuron]
    twice = activation(first.bias[neuron])
    if second.bias is not None:
        second.bias -= second.weight[:, neuron] * twice
    elif float(twice.abs()) > 0:
        raise InputError("A neuron with a bias needs a bias behind it to be split, but the decoder has none.")
