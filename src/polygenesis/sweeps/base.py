"""What every store of runs can do, wherever it keeps them."""

from __future__ import annotations

import abc
import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from polygenesis.dynamics.keeping.folder import Unusable
from polygenesis.dynamics.keeping.reading import unpack
from polygenesis.dynamics.keeping.record import Keep, Record, join, pack
from polygenesis.dynamics.run import Run
from polygenesis.errors import InputError, StoreError
from polygenesis.spec import RunSpec

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """A run that could not be computed: where and with which message it failed, and its spec.

    ``key``: the run's. ``spec``: as canonical JSON. ``versions``: of the libraries that tried.
    """

    key: str
    spec: str
    where: str
    message: str
    versions: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say which run failed, how and where."""
        return f"Run {self.key[:12]} failed: {self.message} ({self.where})"


@dataclass(frozen=True)
class Damage:
    """A damaged stored item: its key as far as known, its path, and the damage.

    ``place``: the path. ``sentence``: what is wrong with it. ``kind``: "damaged" is what cannot be trusted; what is
    "unreadable" at present (a permission, a failing disk) or of a "newer" version may be sound, and is never moved.
    """

    key: str
    place: str
    sentence: str
    kind: Literal["damaged", "unreadable", "newer"] = "damaged"


class Runs(Sequence[Run]):
    """A sequence of runs in a store, in a given order, each loaded when it is accessed."""

    def __init__(self, store: RunStore, keys: Sequence[str]) -> None:
        self.store, self.keys = store, list(keys)

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Runs(self.store, self.keys[index])
        return self.store.load(self.keys[index])

    def __repr__(self) -> str:
        return f"Runs({len(self)} runs in {self.store!r})"


class RunStore(abc.ABC):
    """A store of runs by key. Every run in it is complete; a failed run is a record of its failure."""

    def save(self, run: Run, *, keep: Keep = "weights", seconds: float = math.nan) -> str:
        """Keep a run and return its key: that of its spec, or one of its own where initial weights were given.

        Args:
            run: what :func:`polygenesis.simulate` returned.
            keep: "weights", or "scalars" for outcomes, counts and times alone.
            seconds: how long it took, for the record; NaN where that is not known.

        Raises:
            polygenesis.StoreError: where it cannot be written.
        """
        record = pack(run, keep=keep, seconds=seconds)
        self.put([record])
        return record.key

    def load(self, key: str) -> Run:
        """Return a stored run, bit for bit.

        Args:
            key: of the run, 64 hexadecimal digits (``run.key``).

        Raises:
            polygenesis.StoreError: where it is missing, damaged or without weights.
        """
        return unpack(self.record(key))

    def find(self, start: str) -> str:
        """Return the one key that begins so.

        Args:
            start: its first digits, in small or capital letters.

        Raises:
            polygenesis.InputError: where no key begins so, or several do.
        """
        found = [key for key in self.keys() if key.startswith(start.lower())]
        if len(found) == 1:
            return found[0]
        folder = getattr(self, "folder", None)
        where = "here" if folder is None else f"in {str(folder)!r}"
        if not found:
            raise InputError(f"No run {where} has a key that begins with {start!r}.")
        raise InputError(f"{len(found)} runs {where} have a key that begins with {start!r}: give more of its letters.")

    def join_parts(self, spec: RunSpec, keep: Keep = "scalars") -> bool:
        """Make one run of its separately computed replicates if all are there; say whether it was so.

        Where weights are to be kept, parts that keep scalars alone are forgotten, to be computed again.

        Args:
            spec: of the run.
            keep: what is asked for, "weights" or "scalars".
        """
        parts = self.parts(spec.key)
        if covered(parts) != list(range(spec.replicates)):
            return False
        try:
            records = [self.part(spec.key, each) for each in parts]
        except Unusable as error:
            logger.warning("%s", error)
            return False
        if keep == "weights" and any(record.kept == "scalars" for record in records):
            self.discard_parts(spec.key)
            for record in records:
                if record.kept == "weights":
                    self.put_part(record)
            return False
        self.put([join(records)])
        return True

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def _missing(self, key: str) -> StoreError:
        return StoreError(f"No run {key[:12]!r} in {self!r}.")

    @abc.abstractmethod
    def put(self, records: Sequence[Record]) -> None:
        """Keep records: all of them or, on an error, none.

        Records of one run are equal but for the time they took: of two that keep the same either stays, and a damaged
        one never. Parts and the failure of the same run are forgotten.

        Args:
            records: of whole runs, packed.

        Raises:
            polygenesis.StoreError: where they cannot be written.
        """

    @abc.abstractmethod
    def record(self, key: str) -> Record:
        """Return a run's record; its arrays are checked against their hashes.

        Args:
            key: of the run, 64 hexadecimal digits (``run.key``).

        Raises:
            polygenesis.StoreError: where it is missing or damaged.
        """

    @abc.abstractmethod
    def result(self, key: str) -> dict[str, Any]:
        """Return a run's scalars without reading its arrays.

        Args:
            key: of the run, 64 hexadecimal digits (``run.key``).

        Raises:
            polygenesis.StoreError: where it is missing or damaged.
        """

    @abc.abstractmethod
    def keys(self) -> list[str]:
        """Keys of all complete runs, sorted."""

    @abc.abstractmethod
    def __contains__(self, key: object) -> bool:
        """Whether a complete run is there."""

    @abc.abstractmethod
    def kept(self, key: str) -> Keep | None:
        """What is kept of a run, "weights" or "scalars", or None where it is missing.

        Args:
            key: of the run, 64 hexadecimal digits (``run.key``).
        """

    def look(self, keys: Iterable[str]) -> tuple[dict[str, Keep], list[Damage]]:
        """What is kept of runs that can be trusted, by key, and what is damaged where they should be.

        Args:
            keys: of the runs; those that are missing have no entry in the result.

        Raises:
            polygenesis.StoreError: where one of them cannot be read at present, or is of a newer version.
        """
        kept = {key: self.kept(key) for key in keys}
        return {key: each for key, each in kept.items() if each is not None}, []

    def refresh(self) -> None:  # noqa: B027 (memory has nothing to look at)
        """Look anew at what is there."""

    @abc.abstractmethod
    def discard(self, key: str) -> None:
        """Forget a run if it is there.

        Args:
            key: of the run, 64 hexadecimal digits (``run.key``).
        """

    @abc.abstractmethod
    def put_part(self, record: Record) -> None:
        """Keep some replicates of a run until the others are there.

        Args:
            record: of consecutive replicates, packed; it knows its run and which they are.

        Raises:
            polygenesis.StoreError: where it cannot be written.
        """

    @abc.abstractmethod
    def parts(self, key: str) -> list[range]:
        """Which replicates of a run are kept as parts, in order and without overlaps.

        Args:
            key: of the run, 64 hexadecimal digits (``run.key``).
        """

    @abc.abstractmethod
    def part(self, key: str, replicates: range) -> Record:
        """Return one part.

        Args:
            key: of the run, 64 hexadecimal digits (``run.key``).
            replicates: one of those that ``parts`` returns.

        Raises:
            polygenesis.StoreError: where it cannot be read; a damaged one (``Unusable``) is removed.
        """

    @abc.abstractmethod
    def discard_parts(self, key: str) -> None:
        """Forget all parts of a run.

        Args:
            key: of the run, 64 hexadecimal digits (``run.key``).
        """

    @abc.abstractmethod
    def fail(self, failure: Failure) -> None:
        """Keep the record of a failure; a later success removes it.

        Args:
            failure: which run, where and with which message.
        """

    @abc.abstractmethod
    def failures(self) -> dict[str, Failure]:
        """Failures by key."""

    @abc.abstractmethod
    def check_writable(self) -> None:
        """Raise :class:`StoreError` in one sentence if nothing can be kept here."""

    @abc.abstractmethod
    def verify(self) -> list[Damage]:
        """Check every stored run against its hashes and say which cannot be trusted."""

    @abc.abstractmethod
    def set_aside(self, damages: Sequence[Damage]) -> None:
        """Move what is damaged out of the way, so that it counts as missing.

        Args:
            damages: what ``verify`` or ``look`` found; what is only unreadable or newer stays where it is.
        """


def covered(parts: Sequence[range]) -> list[int]:
    """The replicates in some parts, in the order of the parts."""
    return [replicate for part in parts for replicate in part]


def without_overlaps(parts: Sequence[range]) -> list[range]:
    """Drop parts that begin before the one before them ends (longest first among those that begin alike)."""
    chosen: list[range] = []
    for part in sorted(parts, key=lambda each: (each.start, -each.stop)):
        if not chosen or part.start >= chosen[-1].stop:
            chosen.append(part)
    return chosen
