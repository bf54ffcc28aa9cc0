"""A run written as a folder of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polygenesis.dynamics.keeping.folder import (
    ARRAYS,
    RESULT,
    SPEC,
    Unusable,
    read_result,
    write_folder,
)
from polygenesis.dynamics.keeping.record import pack
from polygenesis.errors import StoreError, bad_argument
from polygenesis.files import entries, is_folder, is_there

if TYPE_CHECKING:
    from polygenesis.dynamics.run import Run


def save(run: Run, folder: Any) -> Path:
    """Write a run as a folder, whole or not at all, and return its path; see :meth:`polygenesis.Run.save`."""
    if not isinstance(folder, str | os.PathLike) or not str(folder):
        raise bad_argument("folder", "be the path of a folder", folder)
    target = Path(folder)
    _check_free(target)
    write_folder(target, pack(run))
    return target


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
