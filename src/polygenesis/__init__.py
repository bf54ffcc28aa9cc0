"""polygenesis: where polysemantic neurons come from.

Simulate how small networks allocate features to neurons, predict it from theory, classify every neuron and collision,
judge each claim with statistics, and diagnose real networks.

The public names are those that ``__init__.pyi`` imports. Each is imported when it is first used, so that ``import
polygenesis`` costs nothing.
"""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import Any


def _read_homes() -> dict[str, tuple[str, str]]:
    """Read from ``__init__.pyi`` where each public name lives: its module, and the name that it has there."""
    homes = {}
    for line in ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")).body:
        match line:
            case ast.ImportFrom(module=str(home), names=names):
                homes |= {each.name: (home, each.name) for each in names}
            case ast.Assign(targets=[ast.Name(name)], value=ast.Attribute(ast.Name(folder), there)):
                homes[name] = f"{__name__}.{folder}", there
    return homes


_HOMES = _read_homes()

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used; the version is that of the installed package."""
    if name == "__version__":
        return import_module("importlib.metadata").version(__name__)
    if name not in _HOMES:
        from polygenesis.errors import NoAttribute

        raise NoAttribute("module 'polygenesis'", name, lambda: __all__)
    home, there = _HOMES[name]
    return import_module(f"{home}.{there}") if home == __name__ else getattr(import_module(home), there)


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
