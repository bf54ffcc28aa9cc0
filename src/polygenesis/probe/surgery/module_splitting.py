"""Split the shared neurons of a module's hidden layer by the features that enter them, exactly and without training.

Of any PyTorch module with a hidden layer between two linear maps, by dividing a neuron's incoming weights and copying
its outgoing ones:

    v f(a·x + b) = v f(a_1·x + b) + v f(a_2·x + b) − v f(b)      with a = a_1 + a_2,

for every x where f is linear, and otherwise for every x on which a_1·x or a_2·x is zero: for features that do not occur
together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.detect import DIRECTION, Census, Thresholds, census
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.inputs.labels import plain
from polygenesis.probe.surgery.calling import calling, copied
from polygenesis.probe.surgery.config_width import check_bool, follow
from polygenesis.probe.surgery.dividing import divide, division, idle_neurons, widen
from polygenesis.probe.surgery.layers import Layer, linear_layer
from polygenesis.probe.surgery.moving import Move
from polygenesis.probe.surgery.splitting import between
from polygenesis.probe.surgery.verifying import TOGETHER, Verification, tolerated


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
    tolerance: float | None = None,
    widen_all: bool = True,
) -> SplitModule:
    """Split the shared neurons of one hidden layer of a PyTorch module, without training; the function stays the same.

    Args:
        module: any ``torch.nn.Module``; never changed.
        encoder: dotted name of the linear layer (``torch.nn.Linear``, or ``Conv1D`` of Hugging Face) that makes the
            neurons.
        decoder: that of the linear layer that reads them. Other readers are grown along; normalizations of single
            neurons on the way are copied along.
        inputs: a batch for the module: a tensor, a mapping of keywords, a tuple of arguments, or inputs with labels.
        features: directions (n, d) of the features in the encoder's inputs, linearly independent; by default each input
            is one. A neuron that carries several features keeps the strongest; every other one moves to an unused
            neuron or to a new one.
        activation: the elementwise function between the layers, such as ``torch.relu``; None: they are linear.
        thresholds: from which weight on a neuron carries a feature, relative to the feature's own code.
        tolerance: largest change of an answer, of the module or of what reads the neurons, relative to the largest
            number in it; by default what rounding explains (1e-5 in single, 1e-12 in double precision).
        widen_all: where the config of a Hugging Face model says one width for all layers, the others get unused neurons
            too, so that what ``save_pretrained`` writes can be loaded; see :func:`split_neuron`.

    Raises :class:`polygenesis.InputError` where answers change by more, which happens behind an activation for features
    that occur together, and for layers that do not fit or cannot be changed alone.
    """
    import torch

    if not isinstance(encoder, str) or not isinstance(decoder, str):
        raise InputError(
            f"Arguments `encoder` and `decoder` must each name one layer, but are {encoder!r} and {decoder!r}: neurons "
            "of a gated layer are products, which cannot be divided by what enters them; `split_neuron` splits them."
        )
    check_bool("widen_all", widen_all)
    _check_fit(module, encoder, decoder)
    around = between(module, encoder, decoder, ("encoder", "decoder"))
    first = linear_layer(module, "encoder", encoder)
    directions, allowed = _directions(features, first.inputs), tolerated(module, tolerance)
    run = calling(copied(module), inputs)
    route = around.route(0, run)
    code = _code(first, directions)
    before = census(code, thresholds)
    moves = _moves(before, code, idle_neurons(module, around, route))
    words = ("Splitting", "on these inputs")
    verification = Verification(module, tuple(route.readers), run, allowed, words, TOGETHER)
    answers, ground = verification.start(), division(around, route, run, activation)
    new = copied(module)
    with torch.no_grad():
        widen(new, around, route, max((each.target for each in moves), default=0) + 1)
        for move in moves:
            divide(
                new, ground, move.source, move.target, _part(linear_layer(new, "encoder", encoder), move, directions)
            )
    more = linear_layer(new, "encoder", encoder).outputs - around.neurons
    change = verification.change(answers, new)
    if more and follow(new, around, route.rows, more, widen_all):
        change = verification.change(answers, new)
    after = census(_code(linear_layer(new, "encoder", encoder), directions), thresholds)
    return SplitModule(new, moves, before, after, change.outputs)


def _check_fit(module: Any, encoder: str, decoder: str) -> None:
    import torch

    if not isinstance(module, torch.nn.Module):
        raise InputError(f"Argument `module` must be a torch.nn.Module, but is {type(module).__name__}.")
    first, second = linear_layer(module, "encoder", encoder), linear_layer(module, "decoder", decoder)
    if second.inputs != first.outputs:
        raise InputError(f"Layer {decoder!r} must read {first.outputs} neurons, but reads {second.inputs}.")


def _directions(features: Any, width: int) -> Floats:
    """Return the features' directions (n, d), by default the inputs."""
    if features is None:
        return np.eye(width)
    found = plain("features", features)
    if found.dtype.kind not in "fiu" or not np.isfinite(found).all():
        raise bad_argument("features", "hold finite numbers", features)
    found = found.astype(np.float64)
    if found.ndim != 2 or found.shape[1] != width:
        raise bad_argument("features", f"have shape (n, {width})", f"shape {found.shape}")
    if np.linalg.matrix_rank(found) < len(found):
        raise InputError("Argument `features` must be linearly independent directions, but one depends on others.")
    return found


def _code(layer: Layer, directions: Floats) -> Floats:
    """What each feature writes into each neuron, (n, m)."""
    return np.asarray(directions @ layer.incoming().detach().double().cpu().numpy().T)


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


def _part(first: Layer, move: Move, directions: Floats) -> Any:
    """A feature's share of a neuron's incoming weights, (d,): what it writes there, and no other feature."""
    import torch

    weights = first.incoming()[move.source]
    dual = np.linalg.pinv(directions)[:, move.feature]  # writes into this feature's place and no other's
    taken = torch.as_tensor(dual, dtype=weights.dtype, device=weights.device)
    return float(directions[move.feature] @ weights.detach().double().cpu().numpy()) * taken
