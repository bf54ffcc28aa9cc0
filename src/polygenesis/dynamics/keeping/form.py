"""The form of a record: whether its result has every field, and its arrays the shapes that it states.

A checksum says that a text is as it was written, not by whom: what is read is believed field by field.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, get_args

from polygenesis.dynamics.keeping.record import Keep, Record
from polygenesis.dynamics.outcome import Certificate, Outcome

MOST_BYTES = 2**38
"""Bytes of an array that a sparse one may stand for."""


def wrong_field(result: dict[str, Any]) -> str | None:
    """The first field of a result that is missing or of another kind than :func:`record.pack` writes, or None."""
    outcome = result.get("outcome")
    count = len(outcome) if isinstance(outcome, list) else 0
    fields: dict[str, Callable[[Any], bool]] = {
        "outcome": lambda value: count > 0 and all(each in Outcome.__members__ for each in value),
        "key": lambda value: isinstance(value, str),
        "kept": lambda value: value in get_args(Keep),
        "first": lambda value: type(value) is int and value >= 0,
        "engine": lambda value: isinstance(value, str),
        "seconds": lambda value: value is None or _number(value),
        "versions": lambda value: _table(value, str),
        "sha256": lambda value: _table(value, str),
        "shapes": lambda value: _table(value, list) and all(map(_shape, value.values())),
        "end_time": lambda value: _column(value, count, _number),
        "evaluations": lambda value: _column(value, count, _whole),
        "initial_sha256": lambda value: _column(value, count, lambda each: isinstance(each, str)),
        "final_sha256": lambda value: _column(value, count, lambda each: isinstance(each, str)),
        "measures": lambda value: _measures(value, count),
        "certificate": lambda value: value is None or _certificate(value, count),
        "start": lambda value: isinstance(value, str),
    }
    if "start" not in result:  # drawn
        del fields["start"]
    for name, fits in fields.items():
        try:
            if name in result and fits(result[name]):
                continue
        except (TypeError, ValueError, KeyError, AttributeError):
            pass
        return name
    return None


def wrong_array(record: Record) -> str | None:
    """The name of the first array whose pieces do not give its shape, or None."""
    expected = set()
    for name, shape in record.result["shapes"].items():
        whole, indices, values = (record.arrays.get(each) for each in (name, f"{name}.indices", f"{name}.values"))
        size = math.prod(shape)
        if whole is not None:
            expected.add(name)
            if whole.size != size:
                return str(name)
            continue
        if indices is None or values is None:
            return str(name)
        expected |= {f"{name}.indices", f"{name}.values"}
        if indices.dtype.kind != "i" or indices.shape != values.shape or indices.ndim != 1:
            return str(name)
        if size * values.itemsize > MOST_BYTES or (indices.size and not 0 <= indices.min() <= indices.max() < size):
            return str(name)
    return next(iter(sorted(set(record.arrays) - expected)), None)


def _measures(value: Any, count: int) -> bool:
    from polygenesis.detect import COUNTS

    counts = all(_column(value[name], count, lambda each: each is None or _whole(each)) for name in COUNTS)
    return counts and _column(value["fourth_norm"], count, lambda each: each is None or _number(each))


def _certificate(value: Any, count: int) -> bool:
    names = {each.name for each in dataclasses.fields(Certificate)}
    return set(value) == names and all(_column(each, count, _number) for each in value.values())


def _column(value: Any, count: int, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and len(value) == count and all(map(fits, value))


def _table(value: Any, kind: type) -> bool:
    return isinstance(value, dict) and all(isinstance(each, kind) for each in value.values())


def _shape(value: list[Any]) -> bool:
    return all(type(each) is int and 0 <= each < 2**63 for each in value)


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _number(value: Any) -> bool:
    """A number, or the text of one that is not finite."""
    if type(value) is int:
        return abs(value) < 2**63
    return type(value) is float or value in ("nan", "inf", "-inf")
