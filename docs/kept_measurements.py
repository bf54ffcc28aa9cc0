"""Measurements of long runs, kept as text beside the pages that show them, one line a run.

A line is what :mod:`polygenesis.studies.measurements` read off a run in steps: counts, one a network, not the weights.
It is taken in place of the run only where the code that trains and counts, and its compilers, are those that wrote it.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import json
import math
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis import files
from polygenesis.dynamics.keeping.provenance import versions
from polygenesis.dynamics.outcome import Outcome
from polygenesis.errors import InputError
from polygenesis.kernels import COMPILERS, PACKAGE
from polygenesis.spec import RunSpec
from polygenesis.studies.measurements import Measured

BOOLEAN = ("usable", "at_rest")
REAL = ("diagonal", "off_diagonal")
"""Arrays that hold no whole numbers."""

NO_ARRAYS = ("spec", "outcomes", "thresholds")

DECIDING = (
    "dynamics/descent",
    "dynamics/limits.py",
    "dynamics/start.py",
    "initial.py",
    "seeds.py",
    "training.py",
    "detect",
    "studies/measurements.py",
)
"""What trains the paper's model in steps from its first weights, and what counts its neurons: files of the package."""

MADE_BY = ("numpy", "scipy", "numba", "kernels")
"""Versions that a line names: those that can change the bits of a run."""


class KeptMeasurements:
    """A file of measurements by the key of their runs.

    Args:
        path: a file of JSON lines; it need not exist yet.

    Raises :class:`polygenesis.InputError` where the file is not one of this kind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: dict[str, dict[str, Any]] = {}
        for number, line in enumerate(_lines(path), start=1):
            try:
                found = json.loads(line)
                self._lines[found["key"]] = found
            except (ValueError, KeyError, TypeError):
                raise InputError(f"Line {number} of {str(path)!r} must be a measurement, but is damaged.") from None

    def __contains__(self, key: str) -> bool:
        return key in self._lines and self._lines[key]["sources"] == sources()

    def __iter__(self) -> Iterator[str]:
        return (key for key in self._lines if key in self)

    def __getitem__(self, key: str) -> Measured:
        if key not in self:
            raise KeyError(key)
        return _from_line(self._lines[key])

    def made_by(self, key: str) -> dict[str, str]:
        """Return the versions that computed a run: libraries, and the hash of the compiled code."""
        found: dict[str, str] = self._lines[key]["versions"]
        return found

    def keep(self, measured: Iterable[Measured]) -> None:
        """Add measurements, in place of those of the same runs and of all that other sources wrote."""
        found = versions()
        made_by = {name: found[name] for name in MADE_BY}
        for each in measured:
            self._lines[each.spec.key] = {**_line(each), "sources": sources(), "versions": made_by}
        lines = sorted((self._lines[key] for key in self), key=lambda line: (line["spec"]["model"]["m"], line["key"]))
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        files.write(self.path, text.encode())


@functools.cache
def sources() -> str:
    """Return the hash of what decides a measurement: the code of :data:`DECIDING`, and what compiles it."""
    found = hashlib.sha256("".join(f"{name} {version(name)} " for name in COMPILERS).encode())
    for path in deciding():
        found.update(f"{path.relative_to(PACKAGE).as_posix()} {code(path)}".encode())
    return found.hexdigest()[:16]


def deciding() -> list[Path]:
    """Return the files that decide a measurement."""
    paths = (PACKAGE / each for each in DECIDING)
    return sorted(file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path]))


def code(path: Path) -> str:
    """Return what a file does: its syntax tree without comments and docstrings."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [each for each in node.body if not _is_text(each)]
    return ast.dump(tree)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"File {str(path)!r} cannot be read: {error}.") from None


def _line(measured: Measured) -> dict[str, Any]:
    names = [each.name for each in dataclasses.fields(Measured) if each.name not in NO_ARRAYS]
    table = measured.thresholds
    rows = [[_plain(value) for value in row] for row in table.itertuples(index=False)]
    return {
        "key": measured.spec.key,
        "spec": json.loads(measured.spec.canonical),
        "outcomes": [each.name for each in measured.outcomes],
        **{name: getattr(measured, name).tolist() for name in names},
        "thresholds": {"columns": list(table.columns), "rows": rows},
    }


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _from_line(line: dict[str, Any]) -> Measured:
    import pandas as pd

    names = [each.name for each in dataclasses.fields(Measured) if each.name not in NO_ARRAYS]
    kinds = {name: bool if name in BOOLEAN else np.float64 if name in REAL else np.int64 for name in names}
    arrays = {name: np.array(line[name], kinds[name]) for name in names}
    rows = [[math.nan if each is None else each for each in row] for row in line["thresholds"]["rows"]]
    return Measured(
        **{
            **arrays,
            "spec": RunSpec.from_dict(line["spec"]),
            "outcomes": tuple(Outcome[each] for each in line["outcomes"]),
            "thresholds": pd.DataFrame(rows, columns=line["thresholds"]["columns"]),
        }
    )
