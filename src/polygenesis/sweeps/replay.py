"""Replay: a stored run computed again from its spec and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Weights
from polygenesis.dynamics.keeping.provenance import sources, versions
from polygenesis.dynamics.keeping.record import Record, given_start, measures
from polygenesis.dynamics.keeping.values import digest, unpack_array
from polygenesis.dynamics.run import Run
from polygenesis.html import escaped, fragment
from polygenesis.own import FILE_OF, SHOWN
from polygenesis.spec import RunSpec
from polygenesis.sweeps.base import RunStore
from polygenesis.sweeps.worker import Compute

LABELS = {
    "numpy_blas": "BLAS of NumPy",
    "scipy_blas": "BLAS of SciPy",
    "torch_blas": "BLAS of PyTorch",
    "numba_target": "processor that Numba compiles for",
    "threads": "number of BLAS threads",
    "kernels": "hash of the compiled code's sources",
}
"""Names of what computed a run, for a reader."""

MACHINE = frozenset((*LABELS, "processor", "machine")) - {"kernels"}
"""What rounds sums otherwise though all versions are the same."""

ALWAYS = ("numpy_blas", "processor", "threads")
"""What every run records of its machine."""

TOLERANCE = 1e-5
"""Largest difference of a final weight (relative to it above one) that other versions of the arithmetic may cause.

Another BLAS or processor rounds sums otherwise, and a settled weight forgets that; a feature that settles elsewhere
differs by about one."""


@dataclass(frozen=True)
class Replay:
    """The comparison of a recomputed run with the stored one.

    ``key``: the run's. ``same_bits``: initial and final weights are identical. ``outcomes``: whether all replicates
    ended alike. ``counts``, ``winners`` and ``signs``: whether the census's counts, each feature's neuron and its sign
    are; None where weights were not kept. ``difference``: the largest one of a final weight. ``versions``: name →
    (then, now) where they differ; the engine, BLAS kernels, the processor and the number of threads are among them.
    ``moved``: features whose neuron or sign differs, and all of them. ``unknown``: what the stored run does not say of
    itself, because an older version wrote it.
    """

    key: str
    same_bits: bool
    outcomes: bool
    counts: bool
    winners: bool | None
    signs: bool | None
    difference: float | None
    versions: dict[str, tuple[str, str]]
    moved: tuple[int, int] | None = None
    unknown: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the run replays: outcomes, counts, winners and signs identical, weights within the tolerance."""
        exact = self.outcomes and self.counts and self.winners is not False and self.signs is not False
        return exact and (self.difference is None or self.difference <= TOLERANCE)

    def _repr_html_(self) -> str:
        return fragment(f"<p>{escaped(self)}</p>", "Replay")

    def __str__(self) -> str:
        """Say in a sentence or two what was found."""
        then = "; ".join(_differs(name, old, new) for name, (old, new) in self.versions.items())
        changed = f" Versions differ: {then}." if then else ""
        if self.same_bits:
            return f"Run {self.key[:12]} replays bit for bit.{changed}"
        changed += self._cause()
        if self.agrees:
            how = "" if self.difference is None else f", weights within {self.difference:.2g}"
            return f"Run {self.key[:12]} replays: outcomes, counts, winners and signs are the same{how}.{changed}"
        named = {"outcomes": self.outcomes, "counts": self.counts, "winners": self.winners, "signs": self.signs}
        differ = ", ".join(name for name, same in named.items() if same is False) or "weights"
        how = "" if self.difference is None else f" (weights by up to {self.difference:.2g})"
        if self.moved is not None and self.moved[0]:
            how += f", the neuron or sign of {self.moved[0]} of {self.moved[1]} features"
        return f"Run {self.key[:12]} does not replay: its {differ} differ{how}.{changed}"

    def _cause(self) -> str:
        """Why bits may differ, as far as it is recorded."""
        if MACHINE & self.versions.keys():
            return " Another processor, BLAS kernel or number of threads rounds sums otherwise: see `The same bits`."
        if self.unknown:
            names = ", ".join(LABELS.get(name, name) for name in self.unknown)
            return f" An older version wrote the run and did not record its {names}."
        return (
            "" if self.versions else " Nothing that is recorded differs: neither versions nor BLAS nor the processor."
        )


def _differs(name: str, old: str, new: str) -> str:
    """Say of one version how it differs; of hashes their first letters."""
    if name.startswith(FILE_OF):
        old, new = old[:SHOWN], new[:SHOWN]
        return f"SHA-256 of the {name} was {old}, is {new}"
    return f"{LABELS.get(name, name)} was {old}, is {new}"


def replay(
    store: RunStore,
    key: str,
    compute: Compute | None = None,
    *,
    progress: Callable[[float, float], None] | bool = False,
) -> Replay:
    """Compute a stored run again (its key may be abbreviated) and compare; nothing is stored.

    A run that began with given weights begins with them again. ``progress``: True for a bar; a function is called with
    (done, in all). Raises :class:`polygenesis.InputError` for a key that
    names no run or several, :class:`polygenesis.StoreError` for a damaged one.

    Args:
        store: a :class:`Store`, a :class:`MemoryStore`, or any :class:`RunStore`.
        key: of the run; its first letters will do where they name one.
        compute: what computes one run; for tests.
        progress: True for a bar; a function is called with (done, in all).
    """
    record = store.record(store.find(key))
    spec = RunSpec.from_json(record.spec, name="the stored spec")
    return compare(record, *_again(record, spec, compute, progress))


def compare(record: Record, again: Run, here: Mapping[str, str] | None = None) -> Replay:
    """Compare a stored record with a run of the same spec; ``here``: what computed that run (:func:`versions`)."""
    result = record.result
    then, now = (
        result["versions"] | {"engine": result["engine"]},
        dict(here or {**versions(), **sources(again.spec)}) | {"engine": again.engine},
    )
    final = unpack_array("final", result["shapes"]["final"], record.arrays) if record.kept == "weights" else None
    winners, signs, difference = (None, None, None) if final is None else _settled(final, again.final)
    moved = None if final is None else _moved(final, again.final)
    return Replay(
        key=record.key,
        same_bits=[digest(each) for each in again.initial] == result["initial_sha256"]
        and [digest(each) for each in again.final] == result["final_sha256"],
        outcomes=[outcome.name for outcome in again.outcome] == result["outcome"],
        counts=_whole(measures(again.final)) == _whole(result["measures"]),
        winners=winners,
        signs=signs,
        difference=difference,
        versions={name: (old, now.get(name, "none")) for name, old in then.items() if now.get(name, "none") != old},
        moved=moved,
        unknown=tuple(name for name in ALWAYS if name not in then),
    )


def _again(
    record: Record, spec: RunSpec, compute: Compute | None, progress: Callable[[float, float], None] | bool
) -> tuple[Run, Mapping[str, str]]:
    """Compute a run once more, with one thread as workers do, and say what computed it."""
    from threadpoolctl import threadpool_limits

    from polygenesis.dynamics import simulate

    with threadpool_limits(1, "blas"):
        if "initial" in record.arrays or "initial.values" in record.arrays:
            run = simulate(spec, initial_weights=given_start(record), progress=progress)
        elif compute is None:
            run = simulate(spec, progress=progress)
        else:
            run = compute(spec, range(spec.replicates))
        return run, {**versions(), **sources(spec)}


def _settled(stored: Weights, again: Weights) -> tuple[bool, bool, float]:
    """Whether each feature has the same neuron and sign, and the largest difference of a weight."""
    if np.array_equal(stored, again, equal_nan=True):
        return True, True, 0.0
    finite = np.isfinite(stored) & np.isfinite(again)
    if not finite.all():
        return False, False, float("nan")
    one, other = np.abs(stored).argmax(axis=2), np.abs(again).argmax(axis=2)
    before, after = (np.take_along_axis(w, k[..., None], 2) for w, k in ((stored, one), (again, other)))
    difference = np.abs(stored.astype(float) - again) / np.maximum(1.0, np.abs(stored))
    return bool((one == other).all()), bool((np.sign(before) == np.sign(after)).all()), float(difference.max())


def _moved(stored: Weights, again: Weights) -> tuple[int, int]:
    """How many features have another neuron or sign, and how many there are."""
    one, other = np.abs(stored).argmax(axis=2), np.abs(again).argmax(axis=2)
    before, after = (np.take_along_axis(w, k[..., None], 2)[..., 0] for w, k in ((stored, one), (again, other)))
    return int(((one != other) | (np.sign(before) != np.sign(after))).sum()), int(one.size)


def _whole(found: dict[str, list[object]]) -> dict[str, list[object]]:
    """The counts among measures: what is not a whole number by nature may differ in its last digits."""
    return {name: values for name, values in found.items() if name != "fourth_norm"}
