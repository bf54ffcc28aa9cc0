"""Loading what was kept: a run or a diagnosis from its folder, or a run from a store by its key."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polygenesis.errors import InputError, StoreError, bad_argument
from polygenesis.files import is_folder, is_there
from polygenesis.numerals import counted

if TYPE_CHECKING:
    from polygenesis.dynamics.run import Run
    from polygenesis.probe.diagnosis import Diagnosis
    from polygenesis.sweeps import RunStore

RUNS = "results/runs"
"""The store that is asked for keys by default: where the commands keep runs."""

KEY = re.compile(r"[0-9a-fA-F]{8,64}")
"""A key, or as much of its beginning as names a run."""


def load(place: str | os.PathLike[str], *, store: RunStore | str | os.PathLike[str] = RUNS) -> Run | Diagnosis:
    """Read a run or a diagnosis back, bit for bit.

    Args:
        place: the folder that ``run.save`` or ``found.save`` wrote, or the key of a run in ``store``, of which the
            first 8 letters are enough where they name one run. A folder is looked for first. A path such as
            ``runs/4a42001e`` is the key of a run in the folder ``runs``.
        store: a folder of runs, or a store; by default where the commands keep runs.

    Raises:
        polygenesis.StoreError: for what cannot be read.
        polygenesis.InputError: for a key that names no run or several.

    >>> import tempfile, polygenesis as pg
    >>> folder = tempfile.mkdtemp()
    >>> run = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=4, m=8)))
    >>> bool((pg.load(run.save(f"{folder}/run")).final == run.final).all())
    True
    """
    if not isinstance(place, str | os.PathLike) or not str(place):
        raise bad_argument("place", "be the path of a folder or the key of a run", place)
    folder = Path(place)
    if is_folder(folder):
        return _from_folder(folder)
    if is_there(folder):
        raise StoreError(f"{str(folder)!r} is a file; name the folder that holds the run or the diagnosis.")
    if KEY.fullmatch(str(place)):
        return _from_store(str(place), store)
    if KEY.fullmatch(folder.name) and is_folder(folder.parent):
        return _from_store(folder.name, folder.parent)
    raise StoreError(
        f"Folder {str(folder)!r} does not exist, and the name is no key of a run (8 letters or more, of 0–9 and a–f)."
    )


def _from_folder(folder: Path) -> Run | Diagnosis:
    from polygenesis.dynamics.keeping.reading import is_run
    from polygenesis.dynamics.keeping.reading import load as load_run

    if is_run(folder):
        return load_run(folder)
    from polygenesis.probe.keeping.storing import TREE

    if is_there(folder / TREE):
        from polygenesis.probe.loading import load as load_diagnosis

        return load_diagnosis(folder)
    from polygenesis.sweeps import Store

    held = len(Store(folder))
    several = (
        f": it is a store of {counted(held, 'run')}, so name one by its key, with store={str(folder)!r}" if held else ""
    )
    raise StoreError(f"Folder {str(folder)!r} holds neither a run nor a diagnosis{several}.")


def _from_store(start: str, store: Any) -> Run:
    from polygenesis.sweeps import RunStore, Store

    if not isinstance(store, RunStore | str | os.PathLike):
        raise bad_argument("store", "be a folder of runs or a store", store)
    if not isinstance(store, RunStore):
        if not is_folder(store):
            raise InputError(
                f"There is no folder {start!r}, and no folder of runs {str(store)!r} in which it could be a key; "
                "name one with store=."
            )
        store = Store(store)
    run: Run = store.load(store.find(start))
    return run
