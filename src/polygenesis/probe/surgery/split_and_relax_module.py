"""Split and relax in a PyTorch module: does the loss prefer that a neuron is shared?"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.surgery.layers import block_size, layer, linear_layer, widen
from polygenesis.probe.surgery.module_splitting import divide
from polygenesis.probe.surgery.module_training import Lesson, Loss, Trained, answers, correlation, read_batches
from polygenesis.probe.surgery.neuron_splitting import split_neuron
from polygenesis.probe.surgery.split_and_relax import MARGIN, Preference
from polygenesis.probe.surgery.weight_splitting import check_place

By = Literal["outputs", "inputs"]
"""Which weights say what the features are: outgoing ones (classes of a readout), or incoming ones."""

COPIES = 0.99
"""Correlation of two neurons' answers from which on they are copies of one: what was split is one again."""

SHARED, ALONE = 0.1, 0.9
"""Share of both groups of weights from which on a copy carries the mixture again, and a neuron carries it alone."""

CLOSING = 0.01
"""A gap that closes by no more than this share of it in the last quarter of the steps would need 25 times as many."""

CONFIDENCE = 0.95
"""Of the interval of what another order of batches changes."""


@dataclass(frozen=True)
class ModuleSplit:
    """One neuron of a module, split, and what the loss says after both arms were trained on, a number a seed each.

    ``neuron``, ``to``: the two neurons; ``moved``: the outputs (or inputs) whose weights moved. ``before``: the loss
    as given; ``change_at_once``: largest change of the next layer's answers on the first batch, relative: rounding.
    ``control``, ``split``: the losses of the arms; ``otherwise``: of arms in which other weights moved, as many, at
    random: what a neuron more brings without parting these features (empty where there is no other choice).
    ``unit``: what one output costs, the control's loss by the number of outputs. ``margin``: difference of losses up to
    which the arms are alike: a twentieth of the unit, or what the order of batches explains (two-sided 95 %) if that is
    more. ``fallen``: by how much control and split fell in the second half of the steps. ``gaps``: mean loss of the
    split minus that of the control after three quarters and all of the steps. ``alike``: correlation of the
    two neurons after training on; ``together``: the share of the weight to what moved, and of that to what stayed, that
    one of them has again, the smaller of the two; the least of the seeds each.
    """

    neuron: int
    moved: tuple[int, ...]
    to: int
    before: float
    change_at_once: float
    control: tuple[float, ...]
    split: tuple[float, ...]
    otherwise: tuple[float, ...]
    unit: float
    margin: float
    fallen: tuple[float, float]
    gaps: tuple[float, float]
    alike: float
    together: float

    @property
    def change(self) -> float:
        """Mean loss of the split minus that of the control, in units of what one output costs."""
        return float(np.mean(self.split) - np.mean(self.control)) / self.unit

    @property
    def stands(self) -> bool:
        """Whether the gap between the arms no longer closes: in the last quarter of the steps by less than 1 %."""
        late, end = (abs(each) for each in self.gaps)
        return late - end <= CLOSING * end

    @property
    def settled(self) -> bool:
        """Whether both arms fell by no more than the margin in the second half of their steps."""
        return max(self.fallen) <= self.margin

    @property
    def returned(self) -> bool:
        """Whether the mixture is back: on one of the two neurons alone, or on both as copies of one."""
        copies = self.settled and self.alike >= COPIES and self.together >= SHARED
        return self.together >= ALONE or copies

    @property
    def preference(self) -> Preference:
        """What the change says, as far as it is not that of arms that still fall; a split that returns has no rest.

        The split costs something where the gap no longer closes; it gains something where besides the control no longer
        falls, because one neuron more also learns faster.
        """
        if self.returned:
            return Preference.PREFERRED
        difference = self.gaps[-1]
        if difference > self.margin and self.stands:
            return Preference.PREFERRED
        if difference < -self.margin and self.stands and self.fallen[0] <= self.margin:
            return Preference.TRAPPED
        if not (self.settled and abs(difference) <= self.margin):
            return Preference.UNDECIDED
        return Preference.INDIFFERENT

    def __repr__(self) -> str:
        means = [float(np.mean(each)) for each in (self.control, self.split)]
        other = f", {np.mean(self.otherwise):.5g} where others moved" if self.otherwise else ""
        return (
            f"ModuleSplit(neuron {self.neuron}, {', '.join(map(str, self.moved))} moved: {self.preference.name}; loss "
            f"{means[0]:.5g} as it was, {means[1]:.5g} split{other}, alike within {self.margin:.2g})"
        )


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
