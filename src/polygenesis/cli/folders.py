"""Where results and runs are kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from polygenesis import files
from polygenesis.errors import InputError, StoreError

if TYPE_CHECKING:
    from polygenesis.sweeps import Grid, Store

RESULTS = Path("results")
"""Where pages, figures and tables go by default."""

RUNS = RESULTS / "runs"
"""Where runs are kept by default: all commands share them, so nothing is computed twice."""


def writable_store(folder: Path) -> Store:
    """Return the store in a folder after checking that runs can be kept there."""
    store = store_at(folder)
    store.check_writable()
    return store


def store_at(folder: Path) -> Store:
    """Return the store in a folder that is there or can be made."""
    from polygenesis.sweeps import Store

    for place in (folder, *folder.parents):
        if os.path.lexists(place) and not files.is_folder(place):
            raise StoreError(f"Cannot keep runs in {str(folder)!r}: {str(place)!r} is a file.")
    return Store(folder)


def existing_store(folder: Path) -> Store:
    """Return the store in a folder that must be there."""
    from polygenesis.sweeps import Store

    if not files.is_folder(folder):
        what = "is a file" if os.path.lexists(folder) else "does not exist"
        raise InputError(f"Folder of runs {str(folder)!r} {what}.")
    return Store(folder)


def check_place(path: Path | None, *, makes_folders: bool = False) -> None:
    """Refuse a file that cannot be written before anything is computed or written.

    ``makes_folders``: whether folders that are missing are made on the way.
    """
    if path is None:
        return
    if files.is_folder(path):
        raise StoreError(f"Cannot write {str(path)!r}: it is a folder.")
    parent = path.parent
    while makes_folders and not os.path.lexists(parent) and parent != parent.parent:
        parent = parent.parent
    if not files.is_folder(parent):
        raise StoreError(f"Cannot write {str(path)!r}: there is no folder {str(parent)!r}.")
    if not os.access(parent, os.W_OK):
        raise StoreError(f"Cannot write {str(path)!r}: nothing can be written in {str(parent)!r}.")


def named(place: Path) -> tuple[Store, Grid | None]:
    """Return the store that a folder of runs or a sweep file names, and the file's grid; the store must be there."""
    if place.suffix in (".toml", ".json") or (os.path.lexists(place) and not files.is_folder(place)):
        from polygenesis.sweeps import read_grid

        grid = read_grid(place)
        return existing_store(grid.store), grid
    return _begun(existing_store(place)), None


def _begun(store: Store) -> Store:
    """Refuse a folder in which no store has begun, such as the one above the runs: it would be called sound."""
    if store.begun:
        return store
    inside = store.folder / RUNS.name
    asked = f" Did you mean {str(inside)!r}?" if files.is_folder(inside) and type(store)(inside).begun else ""
    raise InputError(f"Folder {str(store.folder)!r} holds no runs.{asked}")
