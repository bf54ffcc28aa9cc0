"""`polygenesis sweep`: look after folders of stored runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from polygenesis.cli.folders import RUNS, existing_store
from polygenesis.report.text import count


def verify(folder: Path = RUNS, /, *, check: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Check every stored run against its hashes and set damaged ones aside. Exit code 1 if there are any.

    Parameters
    ----------
    folder
        The folder of runs.
    check
        Only say what is damaged; move nothing.
    """
    store = existing_store(folder)
    damages = store.verify()
    for damage in damages:
        print(f"{damage.place}: {damage.sentence}")
    if not damages:
        print(f"{count(len(store), 'run')} checked: all are sound.")
        return 0
    if not check:
        store.set_aside(damages)
    where = "" if check else f"; moved to {store.folder / 'set-aside'}, to be run again when they are asked for"
    print(f"{count(len(damages), 'run')} damaged{where}.")
    return 1


def status(folder: Path = RUNS, /) -> None:
    """Say what a folder of runs holds: complete runs, and those that failed with their reasons.

    Parameters
    ----------
    folder
        The folder of runs.
    """
    store = existing_store(folder)
    failures = store.failures()
    print(f"{count(len(store), 'complete run')}, {len(failures)} failed.")
    for failure in failures.values():
        print(failure)
