"""Does the loss of a PyTorch module prefer its shared neurons? Asked of those that carry most, after a diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from polygenesis.errors import InputError, bad_argument, unknown_name
from polygenesis.probe.battery.battery import Findings
from polygenesis.probe.battery.splitting import NOT_SPLIT, TEST, Splits, evidence
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.evidence import Missing
from polygenesis.probe.inputs.wrappers import layer_name
from polygenesis.probe.judging.axes import preferred
from polygenesis.probe.judging.sentences import preferred as preferred_words
from polygenesis.probe.judging.sharing import SharedNeuron
from polygenesis.probe.judging.verdict import Origin
from polygenesis.probe.surgery.layers import layer
from polygenesis.probe.surgery.module_training import Loss
from polygenesis.probe.surgery.split_and_relax_module import split_and_relax_module
from polygenesis.probe.surgery.splitting import between

ARGUMENTS = ("between", "between")
"""The argument that names the layers before the neurons, and the one that names those after them."""

SPLITS = 5
"""Shared neurons that are split by default, those that carry most first."""


@dataclass(frozen=True, eq=False)
class Asked:
    """The loss, the layers before and after the neurons, and which outputs belong to which feature."""

    loss: Loss
    between: tuple[tuple[str, ...], str]
    outputs: Mapping[str, Sequence[int]] | None


def with_loss(
    found: Diagnosis,
    module: Any,
    loader: Iterable[Any],
    asked: Asked,
    *,
    most: int,
    steps: int,
    learning_rate: float,
) -> Diagnosis:
    """Return the diagnosis with its preferred axis: neurons split exactly, both arms trained on with the same batches.

    Of each neuron the outputs of its strongest feature stay, and those of the others move to its twin. Raises
    :class:`polygenesis.InputError` for layers that do not fit and for features without outputs.
    """
    into, out_of = _names(module, asked)
    _check_neurons(module, into, out_of, found.carried.shape[2])
    outputs = _outputs(found, layer(module, "between", out_of).outputs, asked.outputs)
    shared = [each for each in found.shared if each.run == 0 and each.mark != "inseparable"]
    moves = {each.neuron: moved for each in shared if (moved := _moved(each, outputs))}
    if not most:
        return _not_asked(found, NOT_SPLIT)
    if not moves or found.verdict.origin in (Origin.NOTHING_SHARED, Origin.UNDECIDED):
        return _not_asked(found)
    chosen = dict(list(moves.items())[:most])
    tried = split_and_relax_module(
        module, into, out_of, chosen, loader, asked.loss, steps=steps, learning_rate=learning_rate
    )
    splits = Splits(tuple((0, each) for each in tried), recurring=False)
    estimate = preferred(splits)
    gaps = tuple(each for each in found.missing if each.test != TEST)
    said = found.verdict.clauses
    at = next((i for i, each in enumerate(said) if each.startswith("The verdict")), len(said))
    where = " of run 0" if found.carried.shape[0] > 1 else ""
    clauses = (*said[:at], *preferred_words(estimate, where=where), *said[at:])
    split = {"between": [into[0] if len(into) == 1 else list(into), out_of], "steps": steps, "rate": learning_rate}
    return replace(
        found,
        axes=replace(found.axes, preferred=estimate),
        findings=Findings((*found.evidence, evidence(splits)), gaps),
        verdict=replace(found.verdict, clauses=clauses, rests_on=(*found.verdict.rests_on, TEST)),
        splits=splits.tried,
        record={**found.record, "split": split},
    )


def check_asked(module: Any, asked: Asked) -> None:
    """Look up the layers around the neurons before anything is run. Raises :class:`polygenesis.InputError`."""
    into, out_of = _names(module, asked)
    try:
        between(module, into, out_of, ARGUMENTS)
    except InputError:
        if _swapped(module, into, out_of) is None:
            raise
        raise InputError(f"Argument `between` {_first_the_writer(into, out_of)}.") from None


def check_outputs(outputs: Any) -> None:
    """Refuse what does not map features to lists of outputs; None is none given."""
    must = "be a dictionary {feature: [output, ...], ...}"
    if outputs is None:
        return
    if not isinstance(outputs, Mapping):
        raise bad_argument("outputs", must, outputs)
    for name, given in outputs.items():
        if isinstance(given, str | bytes) or not isinstance(given, Iterable):
            raise bad_argument("outputs", must, {name: given})


def _check_neurons(module: Any, into: tuple[str, ...], out_of: str, neurons: int) -> None:
    """Refuse layers around other neurons than those that were diagnosed; say so if they are in the wrong order."""
    around = between(module, into, out_of, ARGUMENTS).neurons
    if around == neurons or not neurons:
        return
    said = f"must name the layers before and after the {neurons} neurons that were diagnosed, but between them are "
    if _swapped(module, into, out_of) == neurons:
        raise InputError(f"Argument `between` {_first_the_writer(into, out_of)}.")
    raise InputError(f"Argument `between` {said}{around}.")


def _swapped(module: Any, into: tuple[str, ...], out_of: str) -> int | None:
    """How many neurons lie between the layers in the other order; None where they do not fit so."""
    if len(into) > 1:
        return None
    try:
        return between(module, out_of, into[0], ARGUMENTS).neurons
    except InputError:
        return None


def _first_the_writer(into: tuple[str, ...], out_of: str) -> str:
    return (
        "must name first the layer that writes the neurons and then the one that reads them, but is the other way "
        f"round: write between=({out_of!r}, {into[0]!r})"
    )


def _names(module: Any, asked: Asked) -> tuple[tuple[str, ...], str]:
    """The names in the module of the layers before and after the neurons, whatever wrapper they were read from."""
    into, out_of = asked.between
    return tuple(layer_name(module, each) for each in into), layer_name(module, out_of)


UNKNOWN = "no neuron of the first run carries two features whose outputs are known"
"""Why there may be no neuron to split."""


def _not_asked(found: Diagnosis, reason: str = UNKNOWN) -> Diagnosis:
    """The diagnosis with the reason why the loss was not asked, though it is known."""
    gap = Missing(TEST, reason)
    missing = (*(each for each in found.missing if each.test != TEST), gap)
    axes = replace(found.axes, preferred=replace(gap, test="preferred"))
    return replace(found, axes=axes, findings=Findings(found.evidence, missing))


def _outputs(found: Diagnosis, width: int, given: Mapping[str, Sequence[int]] | None) -> Mapping[str, Sequence[int]]:
    """The outputs of each feature: those given, or, of classes that are numbered, the output of the same number."""
    if given is not None:
        for name in given:
            if str(name) not in found.names:
                raise unknown_name("feature in `outputs`", name, found.names)
        return {str(name): outputs for name, outputs in given.items()}  # classes are numbers where they were given
    if len(found.names) == width and all(name.isdigit() and int(name) < width for name in found.names):
        return {name: [int(name)] for name in found.names}
    raise InputError(
        f"Argument `outputs` must say which of the {width} outputs belong to which feature, "
        f"{{feature: [output, ...], ...}}, because the features are not numbered as the outputs are; where no output "
        "belongs to one feature, as in a residual stream, what the loss prefers cannot be asked."
    )


def _moved(each: SharedNeuron, outputs: Mapping[str, Sequence[int]]) -> list[int]:
    """The outputs that leave a neuron: of all features but the strongest."""
    known = [name for name in each.features if name in outputs]
    return sorted({int(output) for name in known[1:] for output in outputs[name]})
