"""Former names: what was public in the version before is still found, with a warning, for one release."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def moved(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package whose public names of old now live where ``homes`` says.

    Args:
        package: the package's dotted name.
        homes: the module of each former name, or "module:name" where the name changed too.

    Example:
        >>> find = moved("polygenesis.sweeps", {"Report": "polygenesis.sweeps.status"})
        >>> with warnings.catch_warnings(record=True) as said:
        ...     warnings.simplefilter("always")
        ...     find("Report").__name__
        'Report'
        >>> print(said[0].message)
        polygenesis.sweeps.Report will be gone in the next release; use polygenesis.sweeps.status.Report.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, now = homes[name].partition(":")
        warn_of(f"{package}.{name}", f"{module}.{now or name}", level=3)
        return getattr(import_module(module), now or name)

    return find


def warn_of(old: str, new: str, *, level: int = 2) -> None:
    """Warn that a name will be gone in the next release, and say which one does the same."""
    warnings.warn(f"{old} will be gone in the next release; use {new}.", DeprecationWarning, stacklevel=level)
