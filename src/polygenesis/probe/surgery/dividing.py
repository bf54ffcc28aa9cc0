"""Dividing a neuron's incoming weights between two neurons whose outgoing weights are copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from polygenesis.errors import InputError
from polygenesis.probe.surgery.calling import Run, copied, undisturbed
from polygenesis.probe.surgery.growing import copy_companion, grow_companion, grow_inputs, grow_outputs
from polygenesis.probe.surgery.layers import layer
from polygenesis.probe.surgery.splitting import Between
from polygenesis.probe.surgery.tracing import Route


@dataclass(frozen=True, eq=False)
class Division:
    """What dividing needs: the layers, where the neurons go, and what each reader reads when nothing enters them.

    ``resting``: name of a reader → its inputs where the neurons' layer reads zeros, (inputs,); None where all between
    the layers is linear, so that a bias can stay with one of the two neurons.
    """

    around: Between
    route: Route
    resting: dict[str, Any] | None


def division(around: Between, route: Route, run: Run, activation: Callable[[Any], Any] | None) -> Division:
    """Return what is needed to divide neurons; ``activation``: what stands between the layers, None: nothing."""
    biased = layer(around.module, "into", around.into[0]).bias is not None
    linear = activation is None and not route.companions
    nothing = linear or not (biased or route.companions)
    return Division(around, route, None if nothing else _resting(around, route, run))


def _resting(around: Between, route: Route, run: Run) -> dict[str, Any]:
    """Run a copy of the module with zeros in the place of what the neurons' layer reads, and see what readers read."""
    twin = copied(around.module)
    parts, found = dict(twin.named_modules()), {}

    def note(name: str) -> Callable[[Any, Any], None]:
        def hook(part: Any, given: Sequence[Any]) -> None:
            axis = 1 - part.weight.ndim
            found[name] = given[0].detach().movedim(axis, -1).flatten(0, -2)

        return hook

    first = parts[around.into[0]]
    handles = [first.register_forward_pre_hook(lambda _, given: (given[0] * 0, *given[1:]))]
    handles += [parts[name].register_forward_pre_hook(note(name)) for name in route.readers]
    try:
        with undisturbed(twin):
            run(twin)
    finally:
        for each in handles:
            each.remove()
    for name, inputs in found.items():
        if not bool((inputs == inputs[:1]).all()):
            raise InputError(
                f"Layer {name!r} must read one number at all places from a neuron that nothing enters, but does not, "
                "so that a neuron's bias cannot be divided."
            )
    return {name: inputs[0] for name, inputs in found.items()}


def idle_neurons(module: Any, around: Between, route: Route) -> list[int]:
    """Return the neurons that nothing reads, or that nothing writes into and that have no bias."""
    import torch

    first = layer(module, "into", around.into[0])
    silent = (first.incoming() == 0).flatten(1).all(1)
    if first.bias is not None:
        silent &= first.bias == 0
    if route.companions:
        silent &= False  # a normalization on the way may give them something
    unread = torch.ones(around.neurons, dtype=torch.bool, device=silent.device)
    for name, columns in route.readers.items():
        zero = (layer(module, "out_of", name).outgoing() == 0).flatten(1).all(1)
        shape = (columns.each, columns.neurons) if columns.strided else (columns.neurons, columns.each)
        unread &= zero.unflatten(0, shape).all(0 if columns.strided else 1)
    return [int(k) for k in (silent | unread).nonzero()[:, 0]]


def widen(module: Any, around: Between, route: Route, neurons: int) -> None:
    """Give the layers of a copy at least so many neurons, the new ones with weights and biases of zero."""
    more = neurons - around.neurons
    if more <= 0:
        return
    parts = dict(module.named_modules())
    for name in around.into:
        grow_outputs(layer(module, "into", name), route.rows, by=more)
    for name, columns in route.companions.items():
        for k in range(more):
            grow_companion(parts[name], columns.grown(k), 0)
    for name, columns in route.readers.items():
        grow_inputs(layer(module, "out_of", name), columns, more)


def divide(module: Any, ground: Division, neuron: int, to: int, part: Any) -> None:
    """Divide a neuron's incoming weights, copy its outgoing ones, and take off what the bias would add twice.

    ``module``: a copy, changed in place, that has both neurons. ``part``: the incoming weights (d,) that go from
    ``neuron`` to ``to``.
    """
    first, parts = layer(module, "into", ground.around.into[0]), dict(module.named_modules())
    first.incoming()[to] = part
    first.incoming()[neuron] -= part
    neurons = first.outputs
    for name, columns in ground.route.companions.items():
        copy_companion(parts[name], columns.grown(neurons - columns.neurons), neuron, to)
    for name, columns in ground.route.readers.items():
        wide, reader = columns.grown(neurons - columns.neurons), layer(module, "out_of", name)
        outgoing = reader.outgoing()
        outgoing[wide.of(to)] = outgoing[wide.of(neuron)]
    if first.bias is None and ground.resting is None:
        return
    if ground.resting is None:
        first.bias[to] = 0
        return
    if first.bias is not None:
        first.bias[to] = first.bias[neuron]
    for name, columns in ground.route.readers.items():
        _take_off(module, ground, name, neuron, columns.grown(neurons - columns.neurons).of(neuron))


def _take_off(module: Any, ground: Division, name: str, neuron: int, places: list[int]) -> None:
    """Take what two neurons at rest give a reader, and one gave before, off the reader's bias."""
    assert ground.resting is not None
    reader, old = layer(module, "out_of", name), ground.route.readers[name].of(neuron)
    rest = ground.resting[name][old]
    twice = reader.outgoing()[places].flatten(2).sum(2) if reader.outgoing().ndim > 2 else reader.outgoing()[places]
    twice = (twice * rest[:, None]).sum(0)
    if reader.bias is not None:
        reader.module.bias -= twice
    elif float(twice.abs().max()) > 0:
        raise InputError("A neuron with a bias needs a bias behind it to be split, but the decoder has none.")
