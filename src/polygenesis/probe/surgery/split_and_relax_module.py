"""Split and relax in a PyTorch module: does the loss prefer that a neuron is shared?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from polygenesis.arguments import positive, whole
from polygenesis.errors import bad_argument
from polygenesis.probe.surgery import module_arms
from polygenesis.probe.surgery.calling import copied
from polygenesis.probe.surgery.dividing import division
from polygenesis.probe.surgery.driving import Drive
from polygenesis.probe.surgery.layers import layer, linear_layer
from polygenesis.probe.surgery.module_arms import By, Question
from polygenesis.probe.surgery.module_split import ModuleSplit
from polygenesis.probe.surgery.module_training import Lesson, Loss, Trained, read_batches
from polygenesis.probe.surgery.split_and_relax import MARGIN
from polygenesis.probe.surgery.splitting import Between, between, loss_of
from polygenesis.probe.surgery.verifying import ALONE, TOGETHER, Verification, tolerated
from polygenesis.probe.surgery.weight_splitting import check_place, places
from polygenesis.progress import Wanted, advancing

CONFIDENCE = 0.95
"""Of the interval of what another order of batches changes."""


def split_and_relax_module(
    module: Any,
    into: str | Sequence[str],
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
    tolerance: float | None = None,
    progress: Wanted = None,
) -> list[ModuleSplit]:
    """Split neurons of a PyTorch module, one at a time, train with and without the split, and compare the loss.

    All arms see the same batches, in ``seeds`` different orders; the module's own mode is kept, and losses are means
    over all batches in evaluation mode.

    Args:
        module: left as it is.
        into, out_of: dotted names of the layers before and after the neurons; see :func:`split_neuron`.
        neurons: neuron → what moves to its twin. With ``by="outputs"`` these are outputs of ``out_of``, where it is a
            readout the classes that leave the neuron; both neurons get the same incoming weights.
        loader: batches, read once.
        loss: (module, batch) → the loss that the network was trained on, penalties included.
        by: "inputs" says that inputs of ``into`` move: their weights go to the twin, and the outgoing ones are copied.
        activation: with ``by="inputs"``, what stands between the two linear layers; see :func:`split_module`.
        steps, learning_rate: of training on.
        optimizer: a function of the parameters; by default SGD with the ``learning_rate``.
        seeds: how many orders of the batches, 2 at least.
        tolerance: largest change of an answer on the first batch, relative; by default what rounding explains.
        progress: True shows a bar with the time left; a function is called with (steps done, steps in all).

    Raises :class:`polygenesis.InputError` for layers that do not fit or cannot be changed alone, and where a split
    would change what the module or the readers of the neurons answer on the first batch.

        found = split_and_relax_module(net, "0", "2", {5: [7]}, loader, lambda net, batch:
            cross_entropy(net(batch[0]), batch[1]) + 1e-3 * sum(p.abs().sum() for p in net.parameters()))
    """
    import torch

    if by not in ("outputs", "inputs"):
        raise bad_argument("by", "be 'outputs' or 'inputs'", by)
    for name, value, least in (("steps", steps, 2), ("seeds", seeds, 2)):
        whole(name, value, least)
    if not callable(loss):
        raise bad_argument("loss", "be a function (module, batch) → loss", loss)
    if optimizer is not None and not callable(optimizer):
        raise bad_argument("optimizer", "be a function of the parameters", optimizer)
    positive("learning_rate", learning_rate)
    if not isinstance(out_of, str):
        raise bad_argument("out_of", "be the dotted name of one layer", out_of)
    around, allowed = between(module, into, out_of), tolerated(module, tolerance)
    moves = _moves(around, neurons, by)
    with advancing(progress, "Splitting and relaxing") as advance:
        arms = int(seeds) * (1 + len(moves) * (2 if by == "outputs" else 1))
        make = optimizer or (lambda parameters: torch.optim.SGD(parameters, lr=learning_rate))
        lesson = Lesson(read_batches(loader), loss, make, int(steps), _count(advance, arms * int(steps)))
        return _asked(around, moves, lesson, by, activation, int(seeds), allowed)


def _count(advance: Callable[[float, float], None] | None, total: int) -> Callable[[], None]:
    """Return what to call after each of the steps; it says how many are done, of how many."""
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if advance is not None:
            advance(done, total)

    return step


def _moves(around: Between, neurons: Any, by: By) -> dict[int, tuple[int, ...]]:
    """Read which neurons are split, and what moves of each."""
    if not isinstance(neurons, Mapping):
        raise bad_argument("neurons", "map neurons to what moves to their twins, {neuron: [output, ...], ...}", neurons)
    name = (around.out_of if by == "outputs" else around.into)[0]
    found = layer(around.module, "into" if by == "inputs" else "out_of", name)
    if by == "inputs":
        if len(around.into) > 1 or layer(around.module, "into", name).outputs > around.neurons:
            raise bad_argument("by", "be 'outputs' for a gated layer, whose neurons are products", by)
        linear_layer(around.module, "into", name)
        linear_layer(around.module, "out_of", around.out_of[0])
    for neuron in neurons:
        check_place("neuron", neuron, around.neurons)
    size = found.outputs if by == "outputs" else found.inputs
    return {int(neuron): tuple(places("neurons", moved, size)) for neuron, moved in neurons.items()}


def _asked(
    around: Between,
    moves: Mapping[int, tuple[int, ...]],
    lesson: Lesson,
    by: By,
    activation: Callable[[Any], Any] | None,
    seeds: int,
    allowed: float,
) -> list[ModuleSplit]:
    """Split each neuron, verify that nothing changes, train both arms on, and compare."""
    if not moves:
        return []

    def first(module: Any) -> Any:
        return lesson.loss(module, lesson.batches[0])

    loss_of(first, around.module)
    route = around.route(min(moves), first)
    ground = division(around, route, first, activation) if by == "inputs" else None
    question = Question(around, route, lesson, by, seeds, ground)
    twins = {neuron: question.apart(neuron, moved) for neuron, moved in moves.items()}
    words, reason = ("The split", "on the first batch"), ALONE if by == "outputs" else TOGETHER
    verification = Verification(around.module, tuple(route.readers), first, allowed, words, reason)
    old = verification.start()
    changes = {neuron: verification.change(old, each).relative for neuron, each in twins.items()}
    if by == "outputs":
        for neuron, twin in twins.items():
            verification.driven(Drive(around.into, route.rows, neuron, around.neurons), twin)
    before, control = lesson.value(copied(around.module)), question.trained(around.module)
    return [
        _compared(question, neuron, moved, twins[neuron], control, (before, changes[neuron]))
        for neuron, moved in moves.items()
    ]


def _compared(
    question: Question,
    neuron: int,
    moved: tuple[int, ...],
    twin: Any,
    control: Sequence[Trained],
    known: tuple[float, float],
) -> ModuleSplit:
    around, to = question.around, question.around.neurons
    unit = _mean(control) / layer(around.module, "out_of", around.out_of[0]).outputs
    arms = question.trained(twin)
    return ModuleSplit(
        neuron=neuron,
        moved=moved,
        to=to,
        before=known[0],
        change_at_once=known[1],
        control=tuple(each.end for each in control),
        split=tuple(each.end for each in arms),
        otherwise=module_arms.otherwise(question, neuron, moved),
        unit=unit,
        margin=_margin(control, arms, unit),
        fallen=(_fallen(control), _fallen(arms)),
        gaps=_gaps(control, arms),
        alike=min(module_arms.alike(question, each.module, (neuron, to)) for each in arms),
        together=min(module_arms.together(question, each.module, (neuron, to), moved) for each in arms),
    )


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
