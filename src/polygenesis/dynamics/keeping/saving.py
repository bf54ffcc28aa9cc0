"""A run written as a folder of its own, and read back bit for bit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from polygenesis.dynamics.base import Run
from polygenesis.dynamics.keeping.folder import (
    ARRAYS,
    RESULT,
    SPEC,
    Unusable,
    check,
    read_folder,
    read_result,
    write_folder,
)
from polygenesis.dynamics.keeping.record import pack, unpack
from polygenesis.errors import StoreError, bad_argument
from polygenesis.files import entries, is_folder, is_there


def save(run: Run, folder: Any) -> Path:
    """Write a run as a folder, whole or not at all, and return its path; see :meth:`polygenesis.Run.save`."""
    if not isinstance(folder, str | os.PathLike) or not str(folder):
        raise bad_argument("folder", "be the path of a folder", folder)
    target = Path(folder)
    _check_free(target)
    write_folder(target, pack(run))
    return target


def load(folder: str | os.PathLike[str]) -> Run:
    """Read a run that :meth:`polygenesis.Run.save` or a store wrote: the same bits.

    Raises :class:`polygenesis.StoreError` for a folder that is missing, holds no run, or is damaged.
    """
    place = Path(folder)
    if not is_folder(place):
        raise StoreError(f"Folder {str(place)!r} does not exist.")
    if not is_run(place):
        raise StoreError(f"Folder {str(place)!r} holds no run: {RESULT} is missing.")
    try:
        return unpack(check(read_folder(place)))
    except Unusable as error:
        raise StoreError(f"The run in {str(place)!r} is damaged: {error}.") from None


def is_run(folder: Path) -> bool:
    """Whether a folder looks like a run's."""
    return is_there(folder / RESULT) and is_there(folder / SPEC)


def _check_free(target: Path) -> None:
    """Refuse a place that holds anything but a run: that would be lost."""
    if not is_there(target):
        return
    if not is_folder(target):
        raise StoreError(f"Cannot write a run to {str(target)!r}, which is a file.")
    held = {each.name for each in entries(target)}
    if others := sorted(held - {SPEC, RESULT, ARRAYS}):
        raise StoreError(
            f"Folder {str(target)!r} holds {others[0]!r}, which is no part of a run, and is left as it is."
        )
    if held:
        try:
            read_result(target)
        except Unusable as error:
            raise StoreError(f"Folder {str(target)!r} holds no run and is left as it is: {error}.") from None
