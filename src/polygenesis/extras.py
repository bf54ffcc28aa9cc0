"""Packages that polygenesis can do without: whether they are there, and one sentence for all that need them."""

from __future__ import annotations

import importlib.util

from polygenesis.errors import InputError

EXTRAS = {
    "torch": ("PyTorch", "torch"),
    "sklearn": ("scikit-learn", "data"),
    "pyarrow": ("pyarrow", "parquet"),
    "distributed": ("Dask", "cluster"),
}
"""Module → the name of its package for a reader, and the extra of polygenesis that brings it."""


def is_there(module: str) -> bool:
    """Whether a module can be imported; nothing is imported to find out.

    >>> is_there("numpy"), is_there("no_such_module")
    (True, False)
    """
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # what hides it in an environment of somebody's own
        return False


def require(module: str, what: str) -> None:
    """Refuse what needs a module that is not there; raises :class:`polygenesis.InputError`.

    ``what``: what needs it, as the beginning of the sentence.
    """
    if not is_there(module):
        raise missing(module, what)


def missing(module: str, what: str) -> InputError:
    """Say that something needs a module, and which command installs it.

    >>> str(missing("pyarrow", "Option --parquet"))
    "Option --parquet needs pyarrow, which is not installed: pip install 'polygenesis[parquet]'."
    """
    name, extra = EXTRAS[module]
    return InputError(f"{what} needs {name}, which is not installed: pip install 'polygenesis[{extra}]'.")
