"""The store on disk: a folder a run, a file for many small ones; what exists is complete.

::

    <folder>/<key>/spec.json  result.json  arrays.safetensors     one run
    <folder>/packs/<name>.safetensors                            many small runs in one file
    <folder>/parts/<key>/<first>-<stop>/…                        replicates whose run is not complete yet
    <folder>/failures/<key>.json                                 runs that could not be computed
    <folder>/set-aside/…                                         what was found damaged

Everything is written under another name, fsynced and renamed once. Several processes may share a folder: each sees
complete runs only, and of two equal ones the folder that came first stays, unless it is damaged. What is read is
compared with its checksum, its key and its place; what cannot be read at present is never taken for missing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

from polygenesis import files
from polygenesis.dynamics.keeping.folder import (
    Gone,
    Newer,
    Unreadable,
    Unusable,
    check,
    check_key,
    read_folder,
    read_result,
    write_folder,
)
from polygenesis.dynamics.keeping.record import Keep, Record
from polygenesis.errors import StoreError
from polygenesis.sweeps.base import Damage, Failure, RunStore, without_overlaps
from polygenesis.sweeps.packs import KEY, write_pack
from polygenesis.sweeps.places import PACKS, SUFFIX, Places, is_pack, kept_at, part_of
from polygenesis.sweeps.typed import read_value

logger = logging.getLogger(__name__)

T = TypeVar("T")

ATTEMPTS = 5
"""How often a run is looked for again that another process moved while it was read."""


OWN = (".lock", "index.sqlite", PACKS, "parts", "failures", "status", "set-aside")
"""What only a store writes into its folder, besides the folders of its runs."""


class Store(RunStore):
    """A store of runs in a folder. Nothing is created before the first write; the object is small and can be pickled.

    >>> import tempfile
    >>> store = Store(tempfile.mkdtemp())
    >>> len(store), store.keys()
    (0, [])
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.places = Places(self.folder)

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r})"

    def __reduce__(self) -> tuple[type[Store], tuple[Path]]:
        return Store, (self.folder,)

    def put(self, records: Sequence[Record]) -> None:
        """Keep one record as a folder, several as one file; :class:`StoreError` where they cannot be written."""
        whole = [record for record in records if record.kept == "weights"]
        if len(whole) == 1:
            _twice(lambda: write_folder(self.folder / whole[0].key, whole[0]))
        elif whole:
            self.write_pack("weights", whole)
        scalars = [record for record in records if record.kept == "scalars"]
        if scalars:
            self.write_pack("scalars", scalars)
        for each in ("failures/{}.json", "parts/{}"):
            if (self.folder / each).parent.is_dir():
                for record in records:
                    files.remove(self.folder / each.format(record.key))

    def write_pack(self, kept: Keep, records: Sequence[Record]) -> str:
        """Write many records as one file, named by what it keeps and of which runs; return its place.

        Args:
            kept: what all of them keep, "weights" or "scalars".
            records: of whole runs, packed.

        Raises:
            polygenesis.StoreError: where it cannot be written.
        """
        name = f"{kept}-{hashlib.sha256(''.join(sorted(each.key for each in records)).encode()).hexdigest()[:32]}"
        place = f"{PACKS}/{name}{SUFFIX}"

        def write() -> None:
            with files.writing(self.folder / place) as temporary:
                write_pack(temporary, records)

        _twice(write)
        self.places.learn(place, [record.key for record in records])
        return place

    def record(self, key: str) -> Record:
        """Return a run's record, checked against its hashes; :class:`StoreError` where missing or damaged."""
        return self._first(key, lambda place: check(self.unchecked(place, key)))

    def result(self, key: str) -> dict[str, Any]:
        """Return a run's scalars without reading its arrays."""
        return self._first(key, lambda place: self._scalars(place, key))

    def unchecked(self, place: str, key: str) -> Record:
        """The record of a run at one place, as it is.

        Args:
            place: below the store's folder: a run's key or a file in ``packs``.
            key: of the run that should be there.
        """
        return self.places.open(place).record(key) if is_pack(place) else read_folder(self.folder / place, key)

    def scalars(self, place: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Key, spec and result of every run at a place; ``Unusable`` where one is not the run of its key.

        Args:
            place: below the store's folder: a run's key or a file in ``packs``.
        """
        for key in self.places.open(place).keys if is_pack(place) else [place]:
            spec, result = self._texts(place, key)
            yield key, spec, result

    def _scalars(self, place: str, key: str) -> dict[str, Any]:
        return self._texts(place, key)[1]

    def _texts(self, place: str, key: str) -> tuple[str, dict[str, Any]]:
        if is_pack(place):
            pack = self.places.open(place)
            spec, result = pack.spec(key), pack.result(key)
        else:
            spec, result = read_result(self.folder / place)
        check_key(key, spec, result)
        return spec, result

    def _first(self, key: str, read: Callable[[str], T]) -> T:
        """What can be read of a run at the first of its places that is sound."""
        for attempt in range(ATTEMPTS):
            problems: list[Unusable] = []
            for place in self.places.of(key, always=attempt > 0) or self.places.of(key, always=True):
                try:
                    return read(place)
                except Gone as error:
                    problems.append(error)
                    self.places.forget()
                except (Unreadable, Newer) as error:
                    raise self._unread(key, error) from None
                except Unusable as error:
                    problems.append(error)
            damaged = [error for error in problems if not isinstance(error, Gone)]
            if damaged and len(damaged) == len(problems):
                raise StoreError(
                    f"Run {key[:12]} in {str(self.folder)!r} is damaged: {damaged[0]}; "
                    "`polygenesis sweep verify` sets it aside to be run again."
                )
            if not problems:
                break
        raise self._missing(key)

    def _unread(self, key: str, error: Unusable) -> StoreError:
        if isinstance(error, Newer):
            return StoreError(f"Run {key[:12]} in {str(self.folder)!r} cannot be used: {error}.")
        return StoreError(f"{error}.")

    def refresh(self) -> None:
        """Look at the disk anew."""
        self.places.forget()

    def keys(self) -> list[str]:
        """Keys of all complete runs, sorted."""
        return self.places.keys()

    def folders(self) -> list[str]:
        """Keys of the runs that have a folder of their own."""
        return self.places.folders()

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and bool(self.places.of(key))

    def kept(self, key: str) -> Keep | None:
        """What is kept of a run, or None where it is missing: folders keep weights, a file says it in its name."""
        places = self.places.of(key)
        return kept_at(places[0]) if places else None

    def look(self, keys: Iterable[str]) -> tuple[dict[str, Keep], list[Damage]]:
        """What is kept of runs that can be trusted, by key, and what is damaged where they should be."""
        from polygenesis.sweeps.mending import look

        return look(self, keys)

    def discard(self, key: str) -> None:
        """Remove a run's folder; a run within a pack is dropped by writing the pack anew without it."""
        files.remove(self.folder / key)
        for place in self.places.of(key, always=True):
            pack = self.places.open(place)
            self.put([pack.record(each) for each in pack.keys if each != key])
            files.remove(self.folder / place)
        self.places.forget()

    def put_part(self, record: Record) -> None:
        """Keep some replicates of a run until the others are there."""
        part = record.replicates
        target = self.folder / "parts" / record.key / f"{part.start}-{part.stop}"
        _twice(lambda: write_folder(target, record, part))

    def parts(self, key: str) -> list[range]:
        """Which replicates of a run are kept as parts."""
        found = [part_of(entry.name) for entry in files.entries(self.folder / "parts" / key)]
        return without_overlaps([each for each in found if each is not None])

    def part(self, key: str, replicates: range) -> Record:
        """Return one part, checked against its hashes, its key and its place; one that is damaged is removed."""
        place = self.folder / "parts" / key / f"{replicates.start}-{replicates.stop}"
        try:
            return check(read_folder(place, key), replicates)
        except (Unreadable, Newer) as error:
            raise self._unread(key, error) from None
        except Unusable as error:
            files.remove(place)
            raise Unusable(f"Part {place.name} of run {key[:12]} was damaged and removed: {error}.") from None

    def discard_parts(self, key: str) -> None:
        """Remove all parts of a run."""
        files.remove(self.folder / "parts" / key)

    def fail(self, failure: Failure) -> None:
        """Keep the record of a failure."""
        text = json.dumps(dataclasses.asdict(failure), indent=1, sort_keys=True)
        files.write(self.folder / "failures" / f"{failure.key}.json", text.encode())

    def failures(self) -> dict[str, Failure]:
        """Failures by key; one that cannot be read counts as none, so that its run is tried again.

        A run that is there has not failed, whatever a process that was killed while keeping it left behind.
        """
        found: dict[str, Failure] = {}
        for entry in files.entries(self.folder / "failures"):
            key = entry.name.removesuffix(".json")
            if not KEY.fullmatch(key) or key == entry.name or key in self:
                continue
            try:
                found[key] = self.failure(key)
            except Gone:
                continue
            except Unusable as error:
                logger.warning(
                    "The record of a failure %s cannot be read: %s; its run will be tried again.", entry.path, error
                )
        return found

    def failure(self, key: str) -> Failure:
        """The record of one failure; ``Unusable`` where it is damaged or that of another run.

        Args:
            key: of the run that failed.
        """
        found = read_value(self.folder / "failures" / f"{key}.json", Failure)
        if found.key != key:
            raise Unusable(f"it is the failure of run {found.key[:12]!r}")
        return found

    @property
    def begun(self) -> bool:
        """Whether the folder holds anything of a store: a run, or what only a store writes."""
        return any(os.path.lexists(self.folder / name) for name in OWN) or bool(self.keys())

    def check_writable(self) -> None:
        """Create the folder if need be; :class:`StoreError` where nothing can be written to it."""
        files.check_writable(self.folder)

    def lock(self) -> AbstractContextManager[bool]:
        """While entered, tell other processes of this machine that somebody works here; gives whether it is alone."""
        return files.locked(self.folder / ".lock")

    def clean(self) -> None:
        """Remove what processes that are gone left half-written; see ``polygenesis.files``."""
        parts = self.folder / "parts"
        below = [self.folder / name for name in (PACKS, "failures", "status", "set-aside")]
        for folder in (self.folder, *below, parts):
            files.remove_leftovers(folder)
        for entry in files.entries(parts):
            files.remove_leftovers(Path(entry.path))

    def repack(self) -> int:
        """Gather all runs in few files, for file systems that count files; return how many files there are now.

        Killed at any moment it leaves every run in at least one place. :class:`StoreError` where a run is damaged or
        another process of this machine works in the folder.
        """
        from polygenesis.sweeps.mending import repack

        return repack(self)

    def verify(self) -> list[Damage]:
        """Read everything and check it against its hashes; nothing is moved."""
        from polygenesis.sweeps.mending import damages

        return damages(self)

    def set_aside(self, damages: Sequence[Damage]) -> None:
        """Move what is damaged to ``set-aside`` so that it counts as missing, once what is sound in it is kept anew."""
        from polygenesis.sweeps.mending import set_aside

        set_aside(self, damages)

    def restore(self) -> list[str]:
        """Bring sound runs back that lie in ``set-aside`` and are missing; return their keys."""
        from polygenesis.sweeps.mending import restore

        return restore(self)


def _twice(write: Callable[[], T]) -> T:
    """Write, and once more where the folder went away under the first attempt."""
    try:
        return write()
    except StoreError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
    return write()
