"""Looking after a store: what is damaged is found, set aside and brought back, and runs are gathered in few files.

What is sound is written first and what it was read from moved last, so that a kill or a full disk at any moment leaves
every sound run where it counts. Nothing is moved that cannot be read, that a newer version wrote, that is gone by now,
or that turns out sound at a second look.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from polygenesis import files
from polygenesis.dynamics.keeping.folder import ARRAYS, Gone, Newer, Unreadable, Unusable, check, read_folder
from polygenesis.dynamics.keeping.record import Keep, Record
from polygenesis.errors import StoreError
from polygenesis.sweeps.base import Damage
from polygenesis.sweeps.packs import KEY, Pack
from polygenesis.sweeps.places import is_pack, kept_at, part_of
from polygenesis.sweeps.status import read_report

if TYPE_CHECKING:
    from polygenesis.sweeps.store import Store

logger = logging.getLogger(__name__)

SMALL_BYTES = 2**26
"""Files up to this size are hashed whole before a run in them counts as done; larger ones when they are loaded."""

PACK_RUNS, PACK_BYTES = 5000, 2**28
"""Most runs and bytes of a file that gathers runs: what is read at once must fit in memory easily."""

PASSES = 5
"""How often the places are listed again while other processes add some."""

ASIDE = "set-aside"


def look(store: Store, keys: Iterable[str]) -> tuple[dict[str, Keep], list[Damage]]:
    """What is kept of runs that can be trusted, by key, and what is damaged where they should be.

    Texts and keys are always checked, arrays in files up to :data:`SMALL_BYTES`. Raises :class:`StoreError` where a
    place of one of the runs cannot be read, or holds it as a newer version writes it.
    """
    wanted = set(keys)
    for _ in range(PASSES):
        store.refresh()
        places = dict.fromkeys(place for key in wanted for place in store.places.of(key))
        found: dict[str, Keep] = {}
        problems = [Damage("", place, why) for place, why in store.places.unusable.items()]
        try:
            for place in places:
                for key, each in _examine(store, place, thorough=False):
                    if isinstance(each, Damage):
                        problems.append(each)
                    elif key in wanted and found.get(key) != "weights":
                        found[key] = each.kept
        except Gone:
            continue
        for each in problems:
            if each.kind != "damaged" and (not each.key or each.key in wanted - set(found)):
                raise StoreError(_sentence(store, each))
        return found, [each for each in problems if each.kind == "damaged"]
    raise StoreError(
        f"Runs in {str(store.folder)!r} are being moved by another process; try again when that has ended."
    )


def damages(store: Store) -> list[Damage]:
    """Read everything in a store and say what cannot be used; what another process moves meanwhile is none of it."""
    found: list[Damage] = []
    seen: set[str] = set()
    for _ in range(PASSES):
        store.refresh()
        places = [*store.folders(), *store.places.packs(), *_parts(store), *_small(store)]
        if not (new := [place for place in places if place not in seen]):
            break
        for place in new:
            seen.add(place)
            with contextlib.suppress(Gone):
                found += [each for _, each in _examine(store, place, thorough=True) if isinstance(each, Damage)]
    return found


def set_aside(store: Store, damages: Sequence[Damage]) -> None:
    """Keep anew what is sound in damaged places, then move these to ``set-aside``: the rest counts as missing."""
    for place in dict.fromkeys(damage.place for damage in damages if damage.kind == "damaged"):
        path = store.folder / place
        try:
            there = list(_examine(store, place, thorough=True, salvage=True))
        except Gone:
            continue
        wrong = [each for _, each in there if isinstance(each, Damage)]
        if not wrong or any(each.kind != "damaged" for each in wrong):
            continue  # mended or moved by somebody else, or not for us to judge
        sound = [each for _, each in there if isinstance(each, Record)] if is_pack(place) else []
        if sound and store.write_pack(sound[0].kept, sound) == place:
            logger.warning("Wrote %s anew.", path)
            continue
        moved = _move(path, store.folder / ASIDE / place.removeprefix("packs/").replace("/", "-"))
        if moved is not None:
            logger.warning("Set aside %s.", path)
            with contextlib.suppress(Gone):
                _bring_back(store, moved)  # another process may have put a sound one there just before
    store.refresh()


def restore(store: Store) -> list[str]:
    """Bring back the sound runs in ``set-aside`` that are missing; what is wholly sound there is removed afterwards."""
    restored: list[str] = []
    for entry in files.entries(store.folder / ASIDE):
        with contextlib.suppress(Gone):
            restored += _bring_back(store, Path(entry.path))
    return sorted(set(restored))


def _bring_back(store: Store, path: Path) -> list[str]:
    """Keep the sound runs of something that was set aside, where they are missing; return their keys."""
    there = list(_found_aside(path))
    if (unread := next((each for each in there if isinstance(each, Unreadable)), None)) is not None:
        raise StoreError(f"{unread}.")
    sound = [each for each in there if isinstance(each, Record)]
    kept, _ = look(store, [each.key for each in sound])
    missing = [each for each in sound if kept.get(each.key) not in ("weights", each.kept)]
    for keep in get_args(Keep):
        store.put([each for each in missing if each.kept == keep])
    if sound and len(sound) == len(there):
        files.remove(path)
    store.refresh()
    return [each.key for each in missing]


def repack(store: Store) -> int:
    """Gather all runs of a store in few files, and remove what they were read from once those are there and sound."""
    with store.lock() as alone:
        if not alone:
            raise StoreError(f"Another process works in {str(store.folder)!r}; pack it when that has ended.")
        store.clean()
        store.refresh()
        before = [*store.places.packs(), *store.folders()]
        written = {store.write_pack(group[0].kept, group) for group in _groups(store, before)}
        for place in written:
            Pack(store.folder / place)
        for place in before:
            if place not in written:
                files.remove(store.folder / place)
        store.refresh()
    return len(written)


def _groups(store: Store, places: Sequence[str]) -> Iterator[list[Record]]:
    """All records in groups worth a file each, those that keep the same together."""
    keys = dict.fromkeys(key for place in places for key in _held(store, place))
    for kept in get_args(Keep):
        group: list[Record] = []
        size = 0
        for key in keys:
            if store.kept(key) != kept:
                continue
            record = store.record(key)
            group.append(record)
            size += sum(array.nbytes for array in record.arrays.values())
            if len(group) >= PACK_RUNS or size > PACK_BYTES:
                yield group
                group, size = [], 0
        if group:
            yield group


def _held(store: Store, place: str) -> list[str]:
    if place in store.places.unusable:
        raise StoreError(
            f"{str(store.folder / place)!r} is damaged: {store.places.unusable[place]}; "
            "`polygenesis sweep verify` sets it aside."
        )
    return store.places.held(place)


def _examine(
    store: Store, place: str, *, thorough: bool, salvage: bool = False
) -> Iterator[tuple[str, Record | Damage]]:
    """Every record at a place with its key, or what is wrong with it; :class:`Gone` where the place is."""
    path = store.folder / place
    if is_pack(place):
        yield from _examine_pack(store, place, thorough=thorough, salvage=salvage)
        return
    key = next((part for part in Path(place).parts if KEY.fullmatch(part)), "")
    try:
        if place.startswith("failures/"):
            store.failure(path.stem)
        elif place.startswith("status/"):
            read_report(path)
        elif place.startswith("parts/"):
            check(read_folder(path, key), part_of(path.name))
        elif thorough or _size(path / ARRAYS) <= SMALL_BYTES:
            yield key, check(read_folder(path, key))
        else:
            ((_, spec, result),) = store.scalars(place)
            yield key, Record(key, spec, result)
    except Gone:
        raise
    except Unusable as error:
        yield key, _damage(key, place, error)


def _examine_pack(store: Store, place: str, *, thorough: bool, salvage: bool) -> Iterator[tuple[str, Record | Damage]]:
    try:
        pack = Pack(store.folder / place, whole=not salvage)
    except Gone:
        raise
    except Unusable as error:
        yield "", _damage("", place, error)
        return
    if salvage and not pack.whole:
        yield "", Damage("", place, "the texts of the pack do not match their hash")
    arrays = thorough or pack.size <= SMALL_BYTES
    for key in pack.keys:
        try:
            record = check(pack.record(key)) if arrays else pack.checked_scalars(key)
            if record.kept != kept_at(place):
                raise Unusable(f"it keeps {record.kept}, other than the name of its pack says")
            yield key, record
        except Unusable as error:
            yield key, _damage(key, place, error)


def _damage(key: str, place: str, error: Unusable) -> Damage:
    kind: Any = "unreadable" if isinstance(error, Unreadable) else "newer" if isinstance(error, Newer) else "damaged"
    return Damage(key, place, str(error), kind)


def _sentence(store: Store, damage: Damage) -> str:
    """What is wrong with something that is not damaged, for a reader."""
    if damage.kind == "unreadable":
        return f"{damage.sentence}."
    return f"Run {damage.key[:12]} in {str(store.folder)!r} cannot be used: {damage.sentence}."


def _parts(store: Store) -> Iterator[str]:
    for run in files.entries(store.folder / "parts"):
        if KEY.fullmatch(run.name):
            for entry in files.entries(Path(run.path)):
                if not entry.name.startswith(files.TEMPORARY):
                    yield f"parts/{run.name}/{entry.name}"


def _small(store: Store) -> Iterator[str]:
    """Failures and statuses."""
    for folder in ("failures", "status"):
        for entry in files.entries(store.folder / folder):
            if entry.name.endswith(".json"):
                yield f"{folder}/{entry.name}"


def _found_aside(path: Path) -> Iterator[Record | Unusable]:
    """The sound records of something that was set aside, and what is wrong with the others."""
    try:
        if path.is_dir():
            yield check(read_folder(path))
            return
        pack = Pack(path, whole=False)
    except Gone:
        raise
    except Unusable as error:
        yield error
        return
    if not pack.whole:
        yield Unusable("the texts of the pack do not match their hash")
    for key in pack.keys:
        try:
            yield check(pack.record(key))
        except Unusable as error:
            yield error


def _move(source: Path, target: Path) -> Path | None:
    """Move a file or folder to a name that is free, never over another; return it, or None if nothing was there."""
    number, free = 1, target
    while True:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir() and not source.is_symlink():
                free.mkdir()  # a folder replaces an empty one alone
                os.rename(source, free)
            else:
                _link(source, free)
            return free
        except FileExistsError:
            number += 1
            free = target.with_name(f"{target.name}.{number}")
        except OSError as error:
            with contextlib.suppress(OSError):
                free.rmdir()
            if isinstance(error, FileNotFoundError):
                return None
            raise StoreError(f"Cannot move {str(source)!r} to {str(free)!r}: {error.strerror}.") from None


def _link(source: Path, free: Path) -> None:
    """Move a file to a free name, or raise FileExistsError."""
    try:
        os.link(source, free, follow_symlinks=False)
    except (PermissionError, NotImplementedError, OSError) as error:
        if isinstance(error, FileExistsError | FileNotFoundError) or os.path.lexists(free):
            raise
        os.rename(source, free)  # a file system without links
        return
    os.unlink(source)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # reading it says why
