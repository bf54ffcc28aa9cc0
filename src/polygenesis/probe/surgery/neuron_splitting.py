"""Split a neuron of any network exactly: one that several features share becomes two, and the function stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.surgery.calling import Run, calling, copied
from polygenesis.probe.surgery.splitting import Outputs, between, check_unused, loss_of, moved_outputs, split_copy
from polygenesis.probe.surgery.verifying import tolerated, verified
from polygenesis.probe.surgery.weight_splitting import check_place


@dataclass(frozen=True, eq=False)
class NeuronSplit:
    """A network with one neuron split, verified, and its loss before and right after.

    ``module``: a copy with the two neurons; ``neuron``, ``to``: their places; ``grown``: whether the layer has one
    more neuron than before, or a dead one was used. ``before``, ``after``: the loss in evaluation mode, None where no
    loss was given. ``largest_change``: of any output on the given inputs; ``readers``: the layers that read the
    neurons; ``copied``: modules on the way, such as normalizations, whose numbers were copied along.
    """

    module: Any
    neuron: int
    to: int
    grown: bool
    before: float | None
    after: float | None
    largest_change: float
    readers: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()

    def __repr__(self) -> str:
        place = "a new neuron" if self.grown else "a neuron that was unused"
        loss = "" if self.before is None else f"; loss {self.before:.6g} before, {self.after:.6g} after"
        change = f"; largest change of an output {self.largest_change:.2g}"
        return f"NeuronSplit(neuron {self.neuron} into itself and {place}, {self.to}{loss}{change})"


def split_neuron(
    module: Any,
    into: str | Sequence[str],
    out_of: str | Sequence[str],
    neuron: int,
    outputs: Outputs = None,
    *,
    to: int | None = None,
    inputs: Any = None,
    loss: Callable[[Any], Any] | None = None,
    tolerance: float | None = None,
) -> NeuronSplit:
    """Split one hidden neuron of a PyTorch module into two that compute the same, and share out what they feed."""
    around = between(module, into, out_of)
    check_place("neuron", neuron, around.neurons)
    if to is not None:
        check_unused(around, around.plain(), to, neuron)
    moved, allowed = moved_outputs(around, outputs), tolerated(module, tolerance)
    run = _run(module, inputs, loss)
    route = around.route(int(neuron), run)
    if to is not None:
        check_unused(around, route.readers, to, neuron)
    answers = around.answers(route, run)
    place = around.neurons if to is None else int(to)
    twin = split_copy(around, route, int(neuron), moved, None if to is None else place)
    change = verified(answers, twin, tuple(route.readers), run, allowed, ("The split", "on these inputs"))
    before, after = (None if loss is None else loss_of(loss, each) for each in (module, twin))
    return NeuronSplit(
        twin,
        int(neuron),
        place,
        to is None,
        before,
        after,
        change.outputs,
        tuple(route.readers),
        tuple(route.companions),
    )


def _run(module: Any, inputs: Any, loss: Callable[[Any], Any] | None) -> Run:
    """Return what runs the module to verify the split: a call on the inputs, or the loss."""
    if loss is not None and not callable(loss):
        raise bad_argument("loss", "be a function module → number", loss)
    if inputs is not None:
        return calling(copied(module), inputs)
    if loss is None:
        raise InputError(
            "Argument `inputs` must be given, a batch for the module, on which it is verified that the split changes "
            "no output."
        )
    loss_of(loss, module)
    return loss
