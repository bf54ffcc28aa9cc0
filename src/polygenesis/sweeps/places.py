"""Where the runs of a store lie: folders and packs, listed as they are at the moment.

A place is a name below the store's folder: ``<key>`` or ``packs/<name>.safetensors``.
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

from polygenesis import files
from polygenesis.dynamics.keeping.folder import Gone, Unreadable, Unusable
from polygenesis.dynamics.keeping.record import Keep
from polygenesis.errors import StoreError
from polygenesis.sweeps.packs import KEY, Pack, pack_keys

logger = logging.getLogger(__name__)

PACKS, SUFFIX = "packs", ".safetensors"

OPEN_PACKS = 4
"""Files of many runs that stay open: neighbours in a sweep are mostly in the same one."""


def is_pack(place: str) -> bool:
    """Whether a place is a file of many runs."""
    return place.startswith(f"{PACKS}/")


def kept_at(place: str) -> Keep:
    """What a place keeps of its runs."""
    return "scalars" if place.startswith(f"{PACKS}/scalars-") else "weights"


def part_of(name: str) -> range | None:
    """The replicates that a part's folder is named for."""
    found = re.fullmatch(r"(0|[1-9]\d{0,8})-([1-9]\d{0,8})", name)
    return range(int(found[1]), int(found[2])) if found and int(found[1]) < int(found[2]) else None


class Places:
    """The places of the runs in a folder; packs are looked for again when their folder has changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.forget()

    def forget(self) -> None:
        """Look at the disk anew next time."""
        self._packs: dict[str, list[str]] = {}
        self._of: dict[str, list[str]] = {}
        self._seen = -1
        self._open: dict[str, Pack] = {}
        self.unusable: dict[str, str] = {}

    def folders(self) -> list[str]:
        """Keys of the runs that have a folder of their own."""
        return [entry.name for entry in files.entries(self.folder) if KEY.fullmatch(entry.name) and entry.is_dir()]

    def packs(self) -> list[str]:
        """Places of the files that hold many runs each, those that cannot be used among them."""
        self._scan(always=True)
        return sorted({*self._packs, *self.unusable})

    def keys(self) -> list[str]:
        """Keys of all runs, sorted."""
        self._scan(always=True)
        return sorted({*self.folders(), *self._of})

    def of(self, key: str, *, always: bool = False) -> list[str]:
        """The places of a run: its folder first, then packs that keep weights."""
        if not KEY.fullmatch(key):
            return []
        folder = [key] if files.is_folder(f"{self.folder}/{key}") else []
        if always or key not in self._of:
            self._scan(always=always)
        return [*folder, *self._of.get(key, ())]

    def held(self, place: str) -> list[str]:
        """The keys that a place holds."""
        return list(self._packs.get(place, ())) if is_pack(place) else [place]

    def open(self, place: str) -> Pack:
        """The pack of that place; the last few stay open."""
        if place not in self._open:
            while len(self._open) >= OPEN_PACKS:
                del self._open[next(iter(self._open))]
            self._open[place] = Pack(self.folder / place)
        return self._open[place]

    def learn(self, place: str, keys: list[str]) -> None:
        """Note which runs a pack holds."""
        self._packs[place] = keys
        for key in keys:
            self._of[key] = sorted({*self._of.get(key, ()), place}, key=lambda each: ("/weights-" not in each, each))

    def _scan(self, *, always: bool) -> None:
        folder = self.folder / PACKS
        try:
            stamp = os.stat(folder).st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            stamp = -1
        except OSError as error:
            raise StoreError(f"Cannot read {str(folder)!r}: {error.strerror} (as {files.who()}).") from None
        if stamp == self._seen and not always:
            return
        there = [f"{PACKS}/{entry.name}" for entry in files.entries(folder) if _is_pack_name(entry.name)]
        if set(self._packs) - set(there):
            self.forget()
        for place in there:
            if place not in self._packs and place not in self.unusable:
                self._look(place)
        self.unusable = {place: why for place, why in self.unusable.items() if place in there}
        self._seen = stamp

    def _look(self, place: str) -> None:
        try:
            self.learn(place, pack_keys(self.folder / place))
        except Gone:
            return
        except Unreadable as error:
            raise StoreError(f"{error}.") from None
        except Unusable as error:
            self.unusable[place] = str(error)
            logger.warning("Cannot use %s: %s; `polygenesis sweep verify` sets it aside.", self.folder / place, error)


def _is_pack_name(name: str) -> bool:
    return name.endswith(SUFFIX) and not name.startswith(".")
