"""Importing the modules that a spec names, with one sentence for whatever goes wrong, and reading their sources."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from polygenesis.errors import InputError, PolygenesisError, printable

_FOLDERS: list[str] = []

INSTALLED = ("site-packages", "dist-packages")
"""Folders of installed packages, whose code has a version instead."""


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


def texts_of(names: Sequence[str]) -> dict[str, str] | None:
    """Return the sources of modules, and of those beside them that they import, by name; None where one has none.

    Beside a module is what lies in the folder, or below it, that its outermost package or file lies in. Installed
    packages are left out, except what a module imports from its own package. Nothing is imported to find out.
    """
    found: dict[str, str] = {}
    for name in names:
        text = _text(name)
        if text is None:
            return None
        found[name] = text
    beside: dict[str, str] = {}
    waiting = [(name, name) for name in names]
    while waiting:
        name, first = waiting.pop()
        for each in _imports(name, {**found, **beside}[name]):
            if each not in found and each not in beside and _is_beside(each, first):
                text = _text(each)
                if text is not None:
                    beside[each] = text
                    waiting.append((each, first))
    return found | {name: beside[name] for name in sorted(beside)}


def _text(name: str) -> str | None:
    loader: Any = getattr(_spec(name), "loader", None)
    try:
        found: str | None = loader.get_source(name)
    except (AttributeError, ImportError, OSError, SyntaxError):
        return None
    return found


def _spec(name: str) -> ModuleSpec | None:
    """Where a module comes from: of a loaded one as it says itself, of another one without importing its package."""
    if name in sys.modules:
        return getattr(sys.modules[name], "__spec__", None)
    package = name.rpartition(".")[0]
    folders = getattr(_spec(package), "submodule_search_locations", None) if package else None
    if package and folders is None:
        return None
    try:
        return PathFinder.find_spec(name, None if folders is None else list(folders))
    except (ImportError, AttributeError, ValueError):
        return None


def _imports(name: str, text: str) -> Iterator[str]:
    """The modules that a module's source may import, by their absolute names."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    package = getattr(sys.modules.get(name), "__package__", None) or name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from _with_packages([each.name for each in node.names])
        elif isinstance(node, ast.ImportFrom):
            try:
                base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            except ImportError:
                continue
            yield from _with_packages([base, *(f"{base}.{each.name}" for each in node.names)])


def _with_packages(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        steps = name.split(".")
        yield from (".".join(steps[:length]) for length in range(1, len(steps) + 1))


def _is_beside(name: str, first: str) -> bool:
    """Whether a module's source belongs to that of another one, rather than to a library."""
    outermost = name.partition(".")[0]
    if outermost in ("polygenesis", *sys.stdlib_module_names):
        return False
    if outermost == first.partition(".")[0]:
        return True
    file, root = _file(name), _file(first)
    if file is None or root is None:
        return False
    folder = root.parents[first.count(".") + (root.name == "__init__.py")]
    return folder in file.parents and not any(each in INSTALLED for each in file.parts)


def _file(name: str) -> Path | None:
    origin = getattr(_spec(name), "origin", None)
    return Path(origin).resolve() if isinstance(origin, str) and origin.endswith(".py") else None
