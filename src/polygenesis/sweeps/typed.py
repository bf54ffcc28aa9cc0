"""Small values kept as JSON, believed field by field when they are read back."""

from __future__ import annotations

import dataclasses
import json
import typing
from pathlib import Path
from typing import Any, TypeVar

from polygenesis.dynamics.keeping.folder import Unusable, reading
from polygenesis.dynamics.keeping.tensors import read_bytes

T = TypeVar("T")

MOST_BYTES = 2**24
"""Bytes of a small value's file: a failure holds a spec and a message."""


def read_value(path: Path, cls: type[T]) -> T:
    """Read a dataclass from a JSON file; :class:`Unusable` where it is damaged, unreadable or gone."""
    with reading(path):
        data = read_bytes(path, MOST_BYTES)
    try:
        return value(cls, json.loads(data, parse_constant=_refuse))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Unusable(f"it holds no {cls.__name__.lower()}") from None


def value(cls: type[T], fields: Any) -> T:
    """Make a dataclass of nested fields; ValueError or TypeError where one is missing or of another type."""
    known = typing.get_type_hints(cls)
    if not isinstance(fields, dict):
        raise ValueError("no table")
    given = {name: _fit(known[name], fields[name]) for name in known if name in fields}  # a newer version may add some
    return cls(**given)


def _fit(kind: Any, given: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        return value(typing.cast(type, kind), given)
    if kind is float and type(given) in (int, float) and abs(given) < 2**63:
        return float(given)
    if kind in (int, str) and type(given) is kind and (kind is str or abs(given) < 2**63):
        return given
    if kind == (str | None) and (given is None or isinstance(given, str)):
        return given
    if kind == dict[str, str] and isinstance(given, dict) and all(isinstance(each, str) for each in given.values()):
        return given
    raise ValueError("another type")


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
