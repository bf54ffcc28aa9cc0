"""Split a neuron of any network exactly: one that several features share becomes two, and the function stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.surgery.calling import Run, calling, copied
from polygenesis.probe.surgery.config_width import check_bool, follow
from polygenesis.probe.surgery.driving import Drive
from polygenesis.probe.surgery.splitting import Outputs, between, check_unused, loss_of, moved_outputs, split_copy
from polygenesis.probe.surgery.verifying import Verification, tolerated
from polygenesis.probe.surgery.weight_splitting import check_place


@dataclass(frozen=True, eq=False)
class NeuronSplit:
    """A network with one neuron split, verified, and its loss before and right after.

    ``module``: a copy with the two neurons; ``neuron``, ``to``: their places; ``grown``: whether the layer has one
    more neuron than before, or a dead one was used. ``before``, ``after``: the loss in evaluation mode, None where no
    loss was given. ``largest_change``: of any output on the given inputs. ``readers``: the layers that read the
    neurons; ``companions``: modules on the way, such as normalizations, whose numbers were copied along; ``widened``:
    other layers that got an unused neuron, so that the model's config can say the width of all.
    """

    module: Any
    neuron: int
    to: int
    grown: bool
    before: float | None
    after: float | None
    largest_change: float
    readers: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    widened: tuple[str, ...] = ()

    def __repr__(self) -> str:
        place = "a new neuron" if self.grown else "a neuron that was unused"
        loss = "" if self.before is None else f"; loss {self.before:.6g} before, {self.after:.6g} after"
        change = f"; largest change of an output {self.largest_change:.2g}"
        more = f"; an unused neuron in each of the other layers: {', '.join(self.widened)}" if self.widened else ""
        return f"NeuronSplit(neuron {self.neuron} into itself and {place}, {self.to}{loss}{change}{more})"


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
    widen_all: bool = True,
) -> NeuronSplit:
    """Split one hidden neuron of a PyTorch module into two equal ones, and divide its outgoing weights between them.

    The new neuron gets the same incoming weights and bias, so the same activation, whatever the nonlinearity; the
    weights to ``outputs`` move to it and all others stay. What changes is what training on can do, because the two
    neurons now have gradients of their own. That no answer changes is verified on the inputs.

    Args:
        module: an ``nn.Module``, left as it is; the split is made in a copy. An optimizer of the old module does not
            know the new parameters: make one of the new module's.
        into: dotted name of the layer that makes the neurons: ``Linear``, ``Conv1d`` to ``Conv3d``, transposed ones, or
            ``Conv1D`` of Hugging Face; of a gated layer both names, such as ("mlp.gate_proj", "mlp.up_proj");
            both projections may also be in one.
        out_of: name of the layer that reads the neurons, or several. Other readers that are found are grown along, and
            their weights stay. Between must be element-wise functions, normalizations of single neurons (BatchNorm,
            whose numbers are copied along), pooling or flattening only.
        neuron: which one, from 0.
        outputs: outputs of ``out_of`` whose weights move; {name: outputs} for several layers. None: half of each
            weight moves, of all readers.
        to: a neuron whose outgoing weights are all zero, to be used instead of a new one.
        inputs: a batch for the module: a tensor, a mapping of keywords such as Hugging Face's, a tuple of arguments, or
            inputs with labels. Needed, but for a ``loss`` that runs the module itself.
        loss: module → number; it is evaluated before and after.
        tolerance: largest change of an answer, of the module or of a reader, relative to the largest number in it; by
            default what rounding explains (1e-5 in single, 1e-12 in double precision).
        widen_all: where the config of a Hugging Face model says one width for all layers, the others get an unused
            neuron too, so that what ``save_pretrained`` writes can be loaded. False: none does, and a warning says so.

    Raises :class:`polygenesis.InputError` where the split would not be exact: other kinds of layers, neurons that are
    read together (LayerNorm, softmax), convolutions in groups, tied, computed or quantized weights, answers that
    change, and no inputs to verify it on.

        split = split_neuron(net, "h.0.mlp.c_fc", "h.0.mlp.c_proj", 5, inputs={"input_ids": ids})
    """
    check_bool("widen_all", widen_all)
    around = between(module, into, out_of)
    check_place("neuron", neuron, around.neurons)
    if to is not None:
        check_unused(around, around.plain(), to, neuron)
    moved, allowed = moved_outputs(around, outputs), tolerated(module, tolerance)
    run = _run(module, inputs, loss)
    route = around.route(int(neuron), run)
    if to is not None:
        check_unused(around, route.readers, to, neuron)
    verification = Verification(module, tuple(route.readers), run, allowed, ("The split", "on these inputs"))
    drive = Drive(around.into, route.rows, int(neuron), around.neurons if to is None else int(to))
    answers, place = verification.start(), None if to is None else int(to)
    twin = split_copy(around, route, int(neuron), moved, place)
    change = verification.change(answers, twin)
    verification.driven(drive, twin)
    widened = follow(twin, around, route.rows, 1, widen_all) if to is None else ()
    if widened:
        change = verification.change(answers, twin)
    before, after = (None if loss is None else loss_of(loss, each) for each in (module, twin))
    return NeuronSplit(
        module=twin,
        neuron=int(neuron),
        to=around.neurons if place is None else place,
        grown=to is None,
        before=before,
        after=after,
        largest_change=change.outputs,
        readers=tuple(route.readers),
        companions=tuple(route.companions),
        widened=widened,
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
