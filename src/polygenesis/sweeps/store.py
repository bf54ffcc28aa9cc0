"""The store on disk: a folder a run, a file for many small ones; what exists is complete.

::

    <folder>/<key>/spec.json  result.json  arrays.safetensors     one run
    <folder>/packs/<name>.safetensors                            many small runs in one file
    <folder>/parts/<key>/<first>-<stop>/…                        replicates whose run is not complete yet
    <folder>/failures/<key>.json                                 runs that could not be computed
    <folder>/set-aside/…                                         what was found damaged

Everything is written under another name, fsynced and renamed once. Several processes may share a folder: each sees
complete runs only, and of two equal ones the folder that came first stays, unless it is damaged.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, get_args

from polygenesis import files
from polygenesis.dynamics.keeping.folder import Unusable, check, read_folder, read_result, write_folder
from polygenesis.dynamics.keeping.record import Keep, Record
from polygenesis.errors import StoreError
from polygenesis.sweeps.base import Damage, Failure, RunStore, without_overlaps
from polygenesis.sweeps.packs import Pack, pack_keys, write_pack

logger = logging.getLogger(__name__)

KEY = re.compile(r"[0-9a-f]{64}")

PACK_RUNS, PACK_BYTES = 5000, 2**28
"""Most runs and bytes of a file that gathers runs: what is read at once must fit in memory easily."""

OPEN_PACKS = 4
"""Files of many runs that stay open: neighbours in a sweep are mostly in the same one."""


class Store(RunStore):
    """Runs in a folder. Nothing is created before the first write; the value is small and may be sent to workers."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._places: dict[str, str] = {}
        self._packs: set[str] = set()
        self._packs_seen = -1
        self._open: dict[str, Pack] = {}

    def __repr__(self) -> str:
        return f"Store({str(self.folder)!r})"

    def __reduce__(self) -> tuple[type[Store], tuple[Path]]:
        return Store, (self.folder,)

    def put(self, records: Sequence[Record]) -> None:
        """Keep one record as a folder, several as one file; :class:`StoreError` where they cannot be written."""
        whole = [record for record in records if record.kept == "weights"]
        if len(whole) == 1:
            write_folder(self.folder / whole[0].key, whole[0])
        elif whole:
            self._write_pack("weights", whole)
        scalars = [record for record in records if record.kept == "scalars"]
        if scalars:
            self._write_pack("scalars", scalars)
        for each in ("failures/{}.json", "parts/{}"):
            if (self.folder / each).parent.is_dir():
                for record in records:
                    files.remove(self.folder / each.format(record.key))

    def record(self, key: str) -> Record:
        """Return a run's record, checked against its hashes; :class:`StoreError` where missing or damaged."""
        place = self._place(key)
        try:
            return check(read_folder(place, place.name) if isinstance(place, Path) else self._pack(place).record(key))
        except Unusable as error:
            raise self._damaged(key, error) from None

    def result(self, key: str) -> dict[str, Any]:
        """Return a run's scalars without reading its arrays."""
        place = self._place(key)
        try:
            return read_result(place)[1] if isinstance(place, Path) else self._pack(place).result(key)
        except Unusable as error:
            raise self._damaged(key, error) from None

    def keys(self) -> list[str]:
        """Keys of all complete runs, sorted."""
        self._scan_packs(always=True)
        return sorted({*self.folders(), *self._places})

    def folders(self) -> list[str]:
        """Keys of the runs that have a folder of their own."""
        try:
            with os.scandir(self.folder) as entries:
                return [entry.name for entry in entries if KEY.fullmatch(entry.name)]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise StoreError(f"Cannot read folder {str(self.folder)!r}: {error.strerror}.") from error

    def packs(self) -> list[str]:
        """Names of the files that hold many runs each."""
        self._scan_packs(always=True)
        return sorted(self._packs)

    def open_pack(self, name: str) -> Pack:
        """Open a file of many runs."""
        return Pack(self.folder / "packs" / f"{name}.safetensors")

    def __contains__(self, key: object) -> bool:
        if not isinstance(key, str) or not KEY.fullmatch(key):
            return False
        if self._folder(key):
            return True
        if key not in self._places:
            self._scan_packs()
        return key in self._places

    def kept(self, key: str) -> Keep | None:
        """What is kept of a run, or None where it is missing: folders keep weights, a file says it in its name."""
        if key not in self:
            return None
        return "scalars" if self._places.get(key, "").startswith("scalars") and not self._folder(key) else "weights"

    def discard(self, key: str) -> None:
        """Remove a run's folder; a run within a pack is dropped by writing the pack anew without it."""
        files.remove(self.folder / key)
        self._scan_packs()
        name = self._places.get(key)
        if name is not None:
            pack = self.open_pack(name)
            self._replace_pack(name, [pack.record(each) for each in pack.keys if each != key])

    def put_part(self, record: Record) -> None:
        """Keep some replicates of a run until the others are there."""
        part = record.replicates
        write_folder(self.folder / "parts" / record.key / f"{part.start}-{part.stop}", record)

    def parts(self, key: str) -> list[range]:
        """Which replicates of a run are kept as parts."""
        found = [re.fullmatch(r"(\d+)-(\d+)", path.name) for path in (self.folder / "parts" / key).glob("*-*")]
        return without_overlaps([range(int(each[1]), int(each[2])) for each in found if each])

    def part(self, key: str, replicates: range) -> Record:
        """Return one part, checked against its hashes."""
        place = self.folder / "parts" / key / f"{replicates.start}-{replicates.stop}"
        try:
            return check(read_folder(place, key))
        except Unusable as error:
            files.remove(place)
            raise Unusable(f"Part {place.name} of run {key[:12]} was damaged and removed: {error}.") from None

    def discard_parts(self, key: str) -> None:
        """Remove all parts of a run."""
        files.remove(self.folder / "parts" / key)

    def fail(self, failure: Failure) -> None:
        """Keep the record of a failure."""
        text = json.dumps(dataclasses.asdict(failure), indent=1, sort_keys=True)
        files.write(self._failure_path(failure.key), text.encode())

    def failures(self) -> dict[str, Failure]:
        """Failures by key; one that cannot be read counts as none, so that its run is tried again.

        A run that is there has not failed, whatever a process that was killed while keeping it left behind.
        """
        found: dict[str, Failure] = {}
        for path in sorted((self.folder / "failures").glob("*.json")):
            if path.stem in self:
                continue
            try:
                found[path.stem] = Failure(**json.loads(path.read_text(encoding="utf-8")))
            except (ValueError, TypeError, OSError):
                logger.warning("The record of a failure %s cannot be read; its run will be tried again.", path)
        return found

    def check_writable(self) -> None:
        """Create the folder if need be; :class:`StoreError` where nothing can be written to it."""
        files.check_writable(self.folder)

    def lock(self) -> AbstractContextManager[bool]:
        """While entered, tell other processes of this machine that somebody works here; gives whether it is alone."""
        return files.locked(self.folder / ".lock")

    def clean(self) -> None:
        """Remove what killed processes of this machine left half-written."""
        for folder in (
            self.folder,
            self.folder / "packs",
            self.folder / "failures",
            self.folder / "parts",
            *(self.folder / "parts").glob("*"),
        ):
            files.remove_leftovers(folder)

    def repack(self) -> int:
        """Gather all runs in few files, for file systems that count files; return how many files there are now.

        Killed at any moment it leaves every run in at least one place. :class:`StoreError` where a run is damaged or
        another process of this machine works in the folder.
        """
        with self.lock() as alone:
            if not alone:
                raise StoreError(f"Another process works in {str(self.folder)!r}; pack it when that has ended.")
            before, folders = set(self.packs()), self.folders()
            written = {self._write_pack(group[0].kept, group) for group in self._groups()}
            for name in before - written:
                files.remove(self.folder / "packs" / f"{name}.safetensors")
            for key in folders:
                files.remove(self.folder / key)
            self._forget()
        return len(written)

    def _groups(self) -> Iterator[list[Record]]:
        """All records in groups worth a file each, those that keep the same together."""
        for kept in get_args(Keep):
            group: list[Record] = []
            size = 0
            for key in self._keys_by_place(kept):
                record = self.record(key)
                group.append(record)
                size += sum(array.nbytes for array in record.arrays.values())
                if len(group) >= PACK_RUNS or size > PACK_BYTES:
                    yield group
                    group, size = [], 0
            if group:
                yield group

    def _keys_by_place(self, kept: Keep) -> Iterator[str]:
        for name in self.packs():
            if name.startswith(kept):
                yield from (key for key in self.open_pack(name).keys if self._place(key) == name)
        if kept == "weights":
            yield from sorted(self.folders())

    def verify(self) -> list[Damage]:
        """Read every run and check it against its hashes."""
        return list(self._damages())

    def set_aside(self, damages: Sequence[Damage]) -> None:
        """Move damaged folders and files to ``set-aside``, so that their runs count as missing; keep what is sound."""
        for place in dict.fromkeys(damage.place for damage in damages):
            path = self.folder / place
            sound = self._sound_records(path) if path.suffix == ".safetensors" else []
            target = _free(self.folder / "set-aside" / path.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(path, target)
            logger.warning("Set aside %s.", path)
            if sound:
                self.put(sound)
        self._forget()

    def _damages(self) -> Iterator[Damage]:
        for key in self.folders():
            try:
                check(read_folder(self.folder / key, key))
            except Unusable as error:
                yield Damage(key, key, str(error))
        for path in sorted((self.folder / "packs").glob("*.safetensors")):
            place = str(path.relative_to(self.folder))
            try:
                pack = Pack(path)
            except Unusable as error:
                yield Damage("", place, str(error))
                continue
            for key in pack.keys:
                try:
                    check(pack.record(key))
                except Unusable as error:
                    yield Damage(key, place, str(error))

    def _sound_records(self, path: Path) -> list[Record]:
        try:
            pack = Pack(path)
        except Unusable:
            return []
        found = []
        for key in pack.keys:
            try:
                found.append(check(pack.record(key)))
            except Unusable:
                continue
        return found

    def _replace_pack(self, name: str, records: Sequence[Record]) -> None:
        self.put(records)
        files.remove(self.folder / "packs" / f"{name}.safetensors")
        self._forget()

    def _write_pack(self, kept: Keep, records: Sequence[Record]) -> str:
        """Write many records as one file, named by what it keeps and of which runs; return the name."""
        name = f"{kept}-{hashlib.sha256(''.join(sorted(each.key for each in records)).encode()).hexdigest()[:32]}"
        with files.writing(self.folder / "packs" / f"{name}.safetensors") as temporary:
            write_pack(temporary, records)
        self._packs.add(name)
        self._learn(name, [record.key for record in records])
        return name

    def _learn(self, name: str, keys: Sequence[str]) -> None:
        """Note which runs a pack holds; where two hold the same run, the one that keeps weights counts."""
        for key in keys:
            if not self._places.get(key, "").startswith("weights"):
                self._places[key] = name

    def _place(self, key: str) -> Path | str:
        """The folder of a run, or the name of the pack that holds it."""
        if KEY.fullmatch(key) and self._folder(key):
            return self.folder / key
        if key not in self._places:
            self._scan_packs(always=True)
        if key not in self._places:
            raise self._missing(key)
        return self._places[key]

    def _folder(self, key: str) -> bool:
        return os.path.isdir(f"{self.folder}/{key}")

    def _pack(self, name: str) -> Pack:
        """The pack of that name; the last few stay open."""
        if name not in self._open:
            while len(self._open) >= OPEN_PACKS:
                del self._open[next(iter(self._open))]
            self._open[name] = self.open_pack(name)
        return self._open[name]

    def _scan_packs(self, *, always: bool = False) -> None:
        """Learn of new packs; without ``always`` only when the folder's time stamp has moved."""
        folder = self.folder / "packs"
        try:
            stamp = folder.stat().st_mtime_ns
            if stamp == self._packs_seen and not always:
                return
            names = {path.stem for path in folder.glob("*.safetensors")}
        except OSError:
            names, stamp = set(), -1
        if self._packs - names:
            self._places = {key: name for key, name in self._places.items() if name in names}
        for name in names - self._packs:
            try:
                self._learn(name, pack_keys(folder / f"{name}.safetensors"))
            except Unusable as error:
                logger.warning("Cannot use %s: %s; `polygenesis sweep verify` sets it aside.", folder / name, error)
        self._packs, self._packs_seen = names, stamp

    def _forget(self) -> None:
        """Look at the disk anew next time."""
        self._places, self._packs, self._packs_seen, self._open = {}, set(), -1, {}

    def _failure_path(self, key: str) -> Path:
        return self.folder / "failures" / f"{key}.json"

    def _damaged(self, key: str, error: Unusable) -> StoreError:
        return StoreError(
            f"Run {key[:12]} in {str(self.folder)!r} is damaged: {error}; "
            "`polygenesis sweep verify` sets it aside to be run again."
        )


def _free(path: Path) -> Path:
    """A path that is not taken yet: the given one, or one with a number."""
    number, free = 1, path
    while free.exists():
        number, free = number + 1, path.with_name(f"{path.name}.{number}")
    return free
