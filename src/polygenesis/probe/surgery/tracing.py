"""Tracing: which modules read the neurons that a layer makes, and which treat each neuron on its own on the way.

One neuron is made NaN where it leaves its layer, and the module runs once. Whatever holds NaN for this neuron only has
an axis of neurons; a linear layer or convolution that reads along this axis is a reader, and what then holds NaN for
others too has mixed the neurons. Where a threshold hides NaN, infinity is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from polygenesis.errors import InputError
from polygenesis.probe.surgery.calling import Run, check_memory, undisturbed
from polygenesis.probe.surgery.growing import Columns, sized
from polygenesis.probe.surgery.layers import check_whole, layer, of_module

SIGNALS = (float("nan"), float("inf"))


@dataclass(eq=False)
class Route:
    """Where neurons go: their ``readers``, and ``companions``, modules on their way that have numbers for each neuron.

    Both map a dotted name to the entries of each neuron on its axis. ``rows``: the outputs of each neuron where it is
    made, two in a layer that is gate and projection in one. ``mixers``: modules that mixed the neurons. ``ran``: the
    names of the modules that were used.
    """

    rows: Columns
    readers: dict[str, Columns] = field(default_factory=dict)
    companions: dict[str, Columns] = field(default_factory=dict)
    mixers: dict[str, str] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)

    def joined(self, other: Route) -> Route:
        """Return what this and another route reach."""
        return Route(
            self.rows,
            self.readers | other.readers,
            self.companions | other.companions,
            self.mixers | other.mixers,
            self.ran | other.ran,
        )


def traced(module: Any, into: Sequence[str], out_of: Sequence[str], neurons: int, neuron: int, run: Run) -> Route:
    """Return where the neurons of layers go when a module runs, or say why one of them cannot be split exactly.

    ``module``: a copy, which is run. ``into``: the layers that make the ``neurons``; ``out_of``: those that are known
    to read them. Raises :class:`polygenesis.InputError` where one of these does not, and where neurons are mixed.
    """
    each = layer(module, "into", into[0]).outputs // neurons
    for strided in (False,) if each == 1 else (True, False):
        rows = Columns(neurons, each, strided)
        route = _marked(module, into, out_of, rows, neuron, run, SIGNALS[0])
        for signal in SIGNALS[1:]:
            if not route.mixers and not set(out_of) <= set(route.readers):
                route = _marked(module, into, out_of, rows, neuron, run, signal).joined(route)
        if set(out_of) <= set(route.readers):
            break
    _check(route, into, out_of)
    return route


def _marked(
    module: Any, into: Sequence[str], out_of: Sequence[str], rows: Columns, neuron: int, run: Run, signal: float
) -> Route:
    """Run a module with one neuron marked, and see how far the mark goes."""
    parts = dict(module.named_modules())
    route = Route(rows)
    left, first = set(out_of), {"call": True}

    def mark(_: Any, __: Any, output: Any, place: int) -> Any:
        if first.pop("call", False) and (not output.numel() or not bool(output.isfinite().all())):
            raise InputError(
                f"Layer {into[0]!r} must give finite numbers when the module runs, to verify the split, but gives "
                f"{'NaN or infinity' if output.numel() else 'none'}."
            )
        marked = output.clone()
        marked.movedim(place, 0)[rows.of(neuron)] = signal
        return marked

    def see(name: str, part: Any, given: Sequence[Any], output: Any) -> None:
        route.ran.add(name)
        if name in into or any(part.children()) or (route.rows.neurons == 1 and not left):
            return  # the mark of a single neuron is everywhere behind its reader, and says nothing there
        left.discard(name)
        for each in given:
            place = _confined(each, neuron, route.rows.neurons, signal)
            if place is not None:
                _enter(route, name, part, place, output, neuron, signal)

    with _hooked(parts, see), _marking(parts, into, mark), undisturbed(module):
        try:
            run(module)
        except Exception as error:
            check_memory(error)
            if isinstance(error, InputError):
                raise
    return route


@contextmanager
def _hooked(parts: dict[str, Any], see: Callable[[str, Any, Sequence[Any], Any], None]) -> Iterator[None]:
    def hook(name: str) -> Callable[[Any, Any, Any, Any], None]:
        return lambda part, given, keywords, output: see(name, part, (*given, *keywords.values()), output)

    handles = [each.register_forward_hook(hook(name), with_kwargs=True) for name, each in parts.items()]
    try:
        yield
    finally:
        for each in handles:
            each.remove()


@contextmanager
def _marking(parts: dict[str, Any], into: Sequence[str], mark: Callable[..., Any]) -> Iterator[None]:
    def hook(place: int) -> Callable[[Any, Any, Any], Any]:
        return lambda part, given, output: mark(part, given, output, place)

    handles = [parts[name].register_forward_hook(hook(1 - parts[name].weight.ndim)) for name in into]
    try:
        yield
    finally:
        for each in handles:
            each.remove()


def _confined(tensor: Any, neuron: int, neurons: int, signal: float) -> tuple[int, Columns] | None:
    """Return the axis, from the end, on which a mark is at one neuron only, and the entries of each neuron there."""
    import torch

    if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point():
        return None
    marks = tensor.isnan() if signal != signal else ~tensor.isfinite()
    if not bool(marks.any()):
        return None
    for axis in range(-1, -marks.ndim - 1, -1):
        if marks.shape[axis] % neurons:
            continue
        found = set(marks.movedim(axis, 0).flatten(1).any(1).nonzero().flatten().tolist())
        for strided in (False, True):
            columns = Columns(neurons, marks.shape[axis] // neurons, strided and marks.shape[axis] > neurons)
            if found <= set(columns.of(neuron)):
                return axis, columns
    return None


def _enter(
    route: Route, name: str, part: Any, place: tuple[int, Columns], output: Any, neuron: int, signal: float
) -> None:
    """Enter a module that a marked neuron reached: as a reader, as a companion, or as what mixes neurons."""
    import torch

    axis, columns = place
    reader = of_module(name, part)
    if reader is not None:
        if not hasattr(part.weight, "ndim") or axis == reader.place:
            check_whole(reader)
            _put(route.readers, name, columns)
        return  # along another axis each neuron is treated on its own
    answers = [each for each in (output if isinstance(output, tuple | list) else [output]) if torch.is_tensor(each)]
    if any(
        _marked_at_all(each, signal) and _confined(each, neuron, route.rows.neurons, signal) is None for each in answers
    ):
        route.mixers[name] = type(part).__name__
        return
    entries = [each for each, _ in sized(part, columns)]
    if len(set(entries)) < len(entries):
        route.mixers[name] = type(part).__name__
    elif entries:
        _put(route.companions, name, columns)


def _marked_at_all(tensor: Any, signal: float) -> bool:
    return (
        bool((tensor.isnan() if signal != signal else ~tensor.isfinite()).any())
        if tensor.is_floating_point()
        else False
    )


def _put(known: dict[str, Columns], name: str, columns: Columns) -> None:
    if known.setdefault(name, columns) != columns:
        raise InputError(f"Layer {name!r} is used twice, with its neurons in different places: no neuron can be split.")


def _check(route: Route, into: Sequence[str], out_of: Sequence[str]) -> None:
    """Refuse layers that are not used, that do not read the neurons, or that read them mixed."""
    for name in (*into, *out_of):
        if name not in route.ran:
            raise InputError(f"Layer {name!r} was not used when the module ran, so that no split can be verified.")
    makers = " and ".join(map(repr, into))
    for name, kind in route.mixers.items():
        raise InputError(
            f"A split neuron of {makers} would change what {kind} {name!r} gives, which reads all neurons together: "
            "only linear layers and convolutions may, and what stands between must treat each neuron on its own."
        )
    for name in out_of:
        if name not in route.readers:
            raise InputError(
                f"Layer {name!r} must read the neurons of {makers}, each on inputs of its own, but does not: between "
                "them must be element-wise functions, normalizations of single neurons, pooling or flattening only."
            )
