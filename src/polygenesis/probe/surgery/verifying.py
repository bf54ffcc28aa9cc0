"""Verifying: a module and its copy with a split neuron answer the same on the user's inputs, up to rounding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.surgery.calling import Run, check_memory, copied, said, undisturbed
from polygenesis.probe.surgery.driving import Drive

ROUNDING = {"float64": 1e-12, "float32": 1e-5, "float16": 5e-3, "bfloat16": 4e-2}
"""Largest change that rounding explains, relative to the largest number of an output, by the module's precision.

A few hundred units in the last place for long chains of layers; a few for half precision, which is rounded in between.
"""


ALONE = "something else also reads or makes the neurons, or does not treat each on its own"
TOGETHER = "behind an activation only features that do not occur together can be split apart exactly"
"""Why an answer can change, though the layers fit."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a module, and the readers of the neurons in it, answered: (whose, tensor), in the order of their calls."""

    tensors: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Change:
    """The largest change of an output of the module, and of any answer relative to the largest number in it."""

    outputs: float
    relative: float


def tolerated(module: Any, tolerance: Any) -> float:
    """Return the tolerance given, or what rounding explains in the module's coarsest precision."""
    if tolerance is None:
        kinds = {str(each.dtype).removeprefix("torch.") for each in module.parameters()}
        return max((ROUNDING[each] for each in kinds if each in ROUNDING), default=ROUNDING["float32"])
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 <= tolerance < 1:
        raise bad_argument("tolerance", "be a number from 0 to 1", tolerance)
    return float(tolerance)


def answered(
    module: Any, readers: Sequence[str], run: Run, seed: int = 0, drive: Drive | None = None, twin: bool = False
) -> Answers:
    """Run a copy of a module, and return what it and the readers answer.

    ``seed``: of all that the module draws. ``drive``: drives a neuron, or both where the module is the ``twin``.
    """
    copy = copied(module)
    found: list[tuple[str, Any]] = []
    driving = nullcontext() if drive is None else drive.of(copy, twin)
    with driving, _listening(copy, ("", *readers), found), undisturbed(copy, seed):
        run(copy)
    return Answers(tuple(found))


@contextmanager
def _listening(module: Any, names: Sequence[str], found: list[tuple[str, Any]]) -> Iterator[None]:
    parts = dict(module.named_modules())

    def hook(name: str) -> Any:
        return lambda _, __, output: found.extend((name, each.detach().clone()) for each in tensors(output))

    handles = [parts[name].register_forward_hook(hook(name)) for name in dict.fromkeys(names)]
    try:
        yield
    finally:
        for each in handles:
            each.remove()


def tensors(output: Any) -> list[Any]:
    """Return the tensors of an output: of a tensor, a tuple, a mapping such as a ModelOutput, or a dataclass."""
    import torch

    if isinstance(output, torch.Tensor):
        return [output]
    if isinstance(output, Mapping):
        return [each for value in output.values() for each in tensors(value)]
    if isinstance(output, tuple | list | set):
        return [each for value in output for each in tensors(value)]
    if is_dataclass(output) and not isinstance(output, type):
        return [each for name in fields(output) for each in tensors(getattr(output, name.name, None))]
    return []


@dataclass(frozen=True, eq=False)
class Verification:
    """How modules are compared: the given module and what it answered, its readers, the run, and the tolerance.

    ``words``: what is done, and on which inputs; ``reason``: why an answer may change all the same.
    """

    module: Any
    readers: tuple[str, ...]
    run: Run
    tolerance: float
    words: tuple[str, str]
    reason: str = ALONE

    def start(self) -> Answers:
        """Return what the given module answers, or say that there is nothing to compare."""
        found = answered(self.module, self.readers, self.run)
        if not any(bool(each.numel()) and bool(each.isfinite().any()) for _, each in found.tensors):
            raise InputError(f"The module must give numbers {self.words[1]}, to verify the split, but gives none.")
        return found

    def change(self, before: Answers, twin: Any) -> Change:
        """Return by how much a module with a split neuron answers otherwise, or refuse it.

        Raises :class:`polygenesis.InputError` where an answer changes by more than ``tolerance`` times the largest
        number in it, and where the module does not run.
        """
        try:
            return self._compared(before, self._after(twin))
        except InputError:
            if self._random(before):
                raise InputError(
                    "The module draws random numbers in evaluation mode, so that its answers with and without the "
                    "split cannot be compared; make it the same each time first."
                ) from None
            raise

    def driven(self, drive: Drive, twin: Any) -> None:
        """Refuse a module with a split neuron whose answers differ where the neuron is driven far up and down."""
        try:
            before = answered(self.module, self.readers, self.run, drive=drive)
        except Exception as error:  # the module may refuse such numbers, with and without a split
            check_memory(error)
            return
        words = (self.words[0], f"{self.words[1]}, where neuron {drive.neuron} is driven far up and down,")
        after = self._after(twin, drive)
        replace(self, words=words)._compared(before, after)

    def _after(self, twin: Any, drive: Drive | None = None) -> Answers:
        try:
            return answered(twin, self.readers, self.run, drive=drive, twin=True)
        except InputError:
            raise
        except Exception as error:  # whatever reads a neuron more than it knows may raise
            check_memory(error)
            raise InputError(
                f"The network does not run once the neuron is split: {said(error)}; something else also reads or makes "
                "the neurons, such as the second projection of a gated layer, which `into` must then name too."
            ) from None

    def _random(self, before: Answers) -> bool:
        """Whether the given module answers otherwise with other random numbers."""
        try:
            again = answered(self.module, self.readers, self.run, seed=1)
            self._compared(before, again)
        except InputError:
            return True
        return False

    def _compared(self, before: Answers, after: Answers) -> Change:
        outputs, relative, (what, where) = 0.0, 0.0, self.words
        if [name for name, _ in before.tensors] != [name for name, _ in after.tensors]:
            raise InputError(f"{what} would change which layers the module uses {where}, or how often.")
        for (name, old), (_, new) in zip(before.tensors, after.tensors, strict=True):
            change, size = _difference(old, new)
            share = change / max(size, 1e-30)
            outputs, relative = max(outputs, change if name == "" else 0.0), max(relative, share)
            if not change <= self.tolerance * size:
                whose = "an output" if name == "" else f"what {name!r} answers"
                raise InputError(
                    f"{what} would change {whose} {where} by {share:.2g} of its largest number, more than "
                    f"`tolerance` = {self.tolerance:.2g} allows for rounding: {self.reason}."
                )
        return Change(outputs, relative)


def _difference(old: Any, new: Any) -> tuple[float, float]:
    """The largest difference of two tensors, and the largest number in the first."""
    import torch

    if old.shape != new.shape:
        raise InputError(
            f"The split would change the shape of an output from {tuple(old.shape)} to {tuple(new.shape)}: the module "
            "gives its neurons away, and whatever reads them cannot be grown along."
        )
    if not old.numel():
        return 0.0, 0.0
    wide = torch.complex128 if old.is_complex() else torch.float64
    first, second = (each.to(wide) if each.device.type != "mps" else each.cpu().to(wide) for each in (old, new))
    same = (first == second) | (first.isnan() & second.isnan())
    difference = torch.where(same, 0.0, (first - second).abs())
    finite = first.abs()[first.isfinite()]
    change = float(difference.max())
    return (change if change == change else float("inf")), float(finite.max()) if finite.numel() else 0.0
