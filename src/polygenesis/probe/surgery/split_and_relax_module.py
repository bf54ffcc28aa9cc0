"""Split and relax in a PyTorch module: does the loss prefer that a neuron is shared?"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.surgery.layers import block_size, layer, linear_layer, widen
from polygenesis.probe.surgery.module_split import ModuleSplit
from polygenesis.probe.surgery.module_splitting import divide
from polygenesis.probe.surgery.module_training import Lesson, Loss, Trained, answers, correlation, read_batches
from polygenesis.probe.surgery.neuron_splitting import split_neuron
from polygenesis.probe.surgery.split_and_relax import MARGIN
from polygenesis.probe.surgery.weight_splitting import check_place

By = Literal["outputs", "inputs"]
"""Which weights say what the features are: outgoing ones (classes of a readout), or incoming ones."""

CONFIDENCE = 0.95
"""Of the interval of what another order of batches changes."""


def split_and_relax_module(
    module: Any,
    into: str,
    out_of: str,
    neurons: Mapping[int, Sequence[int]],
    loader: Iterable[Any],
    loss: Loss,
    *,
    by: By = "outputs",
    activation: Callable[[Any], Any] | None = None,
    steps: int = 400,
    learning_rate: float = 0.01,
    optimizer: Callable[[Any], Any] | None = None,
    seeds: int = 3,
    tolerance: float = 1e-5,
) -> list[ModuleSplit]:
    """Split neurons of a PyTorch module, one at a time, train with and without the split, and compare the loss.

    ``module``: left as it is. ``into``, ``out_of``: dotted names of the layers before and after the neurons (see
    :func:`split_neuron`). ``neurons``: neuron → what moves to its twin. With ``by="outputs"`` these are outputs of
    ``out_of``, where it is a readout the classes that leave the neuron; both neurons get the same incoming weights.
    With ``by="inputs"`` they are inputs of ``into``, whose weights move, and the outgoing ones are copied; say then
    which ``activation`` stands between the two linear layers (see :func:`split_module`). ``loader``: batches, read
    once. ``loss``: (module, batch) → the loss that the network was trained on, penalties included. All arms see the
    same batches, in ``seeds`` different orders, and the same ``optimizer``, a function of the parameters (by default
    SGD with the ``learning_rate``), for ``steps`` steps; the module's own mode is kept, and losses are means over all
    batches in evaluation mode. Raises :class:`polygenesis.InputError` for layers that do not fit, and where the split
    would change what the next layer answers on the first batch by more than ``tolerance``, relative.

        found = split_and_relax_module(net, "0", "2", {5: [7]}, loader, lambda net, batch:
            cross_entropy(net(batch[0]), batch[1]) + 1e-3 * sum(p.abs().sum() for p in net.parameters()))
    """
    import torch

    if by not in ("outputs", "inputs"):
        raise bad_argument("by", "be 'outputs' or 'inputs'", by)
    for name, value, least in (("steps", steps, 2), ("seeds", seeds, 2)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise bad_argument(name, f"be a whole number of at least {least}", value)
    make = optimizer or (lambda parameters: torch.optim.SGD(parameters, lr=learning_rate))
    lesson = Lesson(read_batches(loader), loss, make, int(steps))
    twins = {k: _apart(module, into, out_of, k, moved, by, activation) for k, moved in neurons.items()}
    changes = {k: _change(module, twin, out_of, lesson, tolerance) for k, twin in twins.items()}
    before, control = lesson.value(module), [lesson.trained(module, seed) for seed in range(seeds)]
    unit = _mean(control) / len(layer(module, "out_of", out_of).weight)
    found = []
    for neuron, twin in twins.items():
        arms, to = [lesson.trained(twin, seed) for seed in range(seeds)], len(layer(twin, "into", into).weight) - 1
        found.append(
            ModuleSplit(
                neuron=int(neuron),
                moved=tuple(int(each) for each in neurons[neuron]),
                to=to,
                before=before,
                change_at_once=changes[neuron],
                control=tuple(each.end for each in control),
                split=tuple(each.end for each in arms),
                otherwise=_otherwise(module, into, out_of, neuron, neurons[neuron], lesson, seeds, by),
                unit=unit,
                margin=_margin(control, arms, unit),
                fallen=(_fallen(control), _fallen(arms)),
                gaps=_gaps(control, arms),
                alike=min(_alike(each.module, into, neuron, to, lesson) for each in arms),
                together=min(_together(each.module, into, out_of, (neuron, to), neurons[neuron], by) for each in arms),
            )
        )
    return found


def _apart(module: Any, into: str, out_of: str, neuron: int, moved: Sequence[int], by: By, activation: Any) -> Any:
    """Return a copy in which one neuron is two."""
    import torch

    if by == "outputs":
        return split_neuron(module, into, out_of, neuron, list(moved)).module
    twin = copy.deepcopy(module)
    first, second = linear_layer(twin, into), linear_layer(twin, out_of)
    block_size(first, second, into, out_of)
    check_place("neuron", neuron, first.out_features)
    for each in moved:
        check_place("neurons", each, first.in_features)
    with torch.no_grad():
        widen(first, second, first.out_features + 1)
        part = torch.zeros_like(first.weight[neuron])
        part[list(moved)] = first.weight[neuron, list(moved)]
        divide(first, second, int(neuron), first.out_features - 1, part, activation)
    return twin


def _change(module: Any, twin: Any, out_of: str, lesson: Lesson, tolerance: float) -> float:
    """How much the next layer's answers on the first batch change at once, relative; refused above the tolerance."""
    (old,) = answers(module, out_of, lesson, lesson.batches[:1])
    try:
        (new,) = answers(twin, out_of, lesson, lesson.batches[:1])
    except RuntimeError as error:
        raise InputError(f"The network does not run once the neuron is split: {str(error).rstrip('.')}.") from None
    change = float((new - old).abs().max()) / max(float(old.abs().max()), 1e-30)
    if not change <= tolerance:
        raise InputError(
            f"The split would change what {out_of!r} answers on the first batch by {change:.2g}, relative, more than "
            f"`tolerance` = {tolerance:.2g}: between the layers there must be element-wise functions only, and inputs "
            "that are divided must not occur together."
        )
    return change


def _otherwise(
    module: Any, into: str, out_of: str, neuron: int, moved: Sequence[int], lesson: Lesson, seeds: int, by: By
) -> tuple[float, ...]:
    """Losses of arms in which as many other outputs moved, at random, a new choice for each seed."""
    outputs = len(layer(module, "out_of", out_of).weight)
    same, rest = set(moved), set(range(outputs)) - set(moved)
    if by != "outputs" or min(len(same), len(rest)) < 1 or outputs < 3:
        return ()
    ends = []
    for seed in range(seeds):
        generator, chosen = np.random.default_rng(seed), same
        while chosen in (same, rest):
            chosen = {int(k) for k in generator.permutation(outputs)[: len(same)]}
        twin = split_neuron(module, into, out_of, neuron, sorted(chosen)).module
        ends.append(lesson.trained(twin, seed).end)
    return tuple(ends)


def _mean(arms: Sequence[Trained]) -> float:
    return float(np.mean([each.end for each in arms]))


def _gaps(control: Sequence[Trained], arms: Sequence[Trained]) -> tuple[float, float]:
    late = [float(np.mean([each.late for each in arm])) for arm in (control, arms)]
    return late[1] - late[0], _mean(arms) - _mean(control)


def _fallen(arms: Sequence[Trained]) -> float:
    return float(np.mean([each.halfway - each.end for each in arms]))


def _margin(control: Sequence[Trained], arms: Sequence[Trained], unit: float) -> float:
    """A twentieth of what one output costs, or what the order of batches explains: t √(2/S) × pooled deviation."""
    from scipy.stats import t

    ends = np.array([[each.end for each in arm] for arm in (control, arms)])
    count = ends.shape[1]
    deviation = float(np.sqrt(ends.var(axis=1, ddof=1).mean()))
    noise = float(t.ppf((1 + CONFIDENCE) / 2, 2 * (count - 1))) * deviation * (2 / count) ** 0.5
    return float(max(MARGIN * unit, noise))


def _alike(module: Any, into: str, neuron: int, to: int, lesson: Lesson) -> float:
    """Correlation of what the two neurons are told, over all batches and places."""
    found = answers(module, into, lesson, lesson.batches)
    axis = 1 if layer(module, "into", into).weight.ndim > 2 else -1
    pair: list[Floats] = [
        np.concatenate([each.select(axis, k).flatten().double().cpu().numpy() for each in found]) for k in (neuron, to)
    ]
    return correlation(*pair)


def _together(module: Any, into: str, out_of: str, pair: tuple[int, int], moved: Sequence[int], by: By) -> float:
    """Share of the weight to what moved, and of that to what stayed, that one neuron of a pair has: the smaller one.

    Weights count as outgoing times incoming ones; 0 right after a split, 1 where one neuron has all.
    """
    first, second = layer(module, "into", into), layer(module, "out_of", out_of)
    block = block_size(first, second, into, out_of)
    incoming = [first.weight[k].detach().abs().flatten() for k in pair]
    outgoing = [second.weight[:, k * block : (k + 1) * block].detach().abs().flatten(1).sum(1) for k in pair]
    divided, whole = (outgoing, incoming) if by == "outputs" else (incoming, outgoing)
    groups = [list(moved), [k for k in range(len(divided[0])) if k not in set(moved)]]
    sizes = np.array(
        [[float(a[group].sum() * b.sum()) for group in groups] for a, b in zip(divided, whole, strict=True)]
    )
    return float((sizes / np.maximum(sizes.sum(axis=0), 1e-30)).min(axis=1).max())
