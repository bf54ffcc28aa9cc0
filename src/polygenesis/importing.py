"""Importing the modules that a spec names, with one sentence for whatever goes wrong."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from polygenesis.errors import InputError, PolygenesisError, printable

_FOLDERS: list[str] = []


def look_in(folder: str) -> None:
    """Look for such modules in a folder too, after all that is installed: the command's current folder."""
    _FOLDERS[:] = [folder]


def imported(name: str, what: str) -> ModuleType:
    """Import a module by its dotted name; ``what``: what names it, for the sentence.

    Raises :class:`polygenesis.InputError` for a module that is not found, and for whatever its code raises.
    """
    for folder in _FOLDERS:
        if folder not in sys.path:
            sys.path.append(folder)  # last, so that no file there hides an installed module
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and f"{name}.".startswith(f"{error.name}."):
            raise InputError(
                f"Module {name!r} of {what} is not found: it must be installed, on PYTHONPATH or, for the command, in "
                "the current folder."
            ) from None
        problem: BaseException = error
    except (Exception, SystemExit) as error:  # whatever a file does while it is imported
        problem = error
    kind = "" if isinstance(problem, PolygenesisError) else f"{type(problem).__name__}: "
    text = printable((str(problem).strip().splitlines() or [""])[0].rstrip("."))
    raise InputError(f"Module {name!r} of {what} cannot be imported: {kind}{text}.") from problem
