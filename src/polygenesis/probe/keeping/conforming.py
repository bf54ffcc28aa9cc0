"""Whether a value that was read is of the kind that its field declares: a file decides neither types nor what runs."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, Literal, Union

import numpy as np

NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)


def misplaced(value: Any) -> str:
    """Return the first field, as "Class.field", whose value is of another kind than it declares; "" if none is."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = _hints(type(value))
        for each in dataclasses.fields(value):
            held = getattr(value, each.name)
            if not conforms(held, hints[each.name]):
                return f"{type(value).__name__}.{each.name}"
            if found := misplaced(held):
                return found
        return ""
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple | list) else ()
    return next((found for each in parts if (found := misplaced(each))), "")


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def conforms(value: Any, hint: Any) -> bool:
    """Whether a value may stand in a field: numbers for numbers (whole ones for whole ones), texts for texts, ….

    Whole numbers, others and truth values pass for one another where their values allow it; types that are declared
    in another way than those of stored fields pass.

    >>> conforms((1, 2), tuple[float, ...]), conforms("<b>", int), conforms(None, float | None)
    (True, False, True)
    """
    origin = typing.get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(conforms(value, each) for each in typing.get_args(hint))
    if origin is Literal:
        return any(value == each and type(value) is type(each) for each in typing.get_args(hint))
    if origin in _PARTS:
        return isinstance(value, origin) and _PARTS[origin](value, typing.get_args(hint))
    return _is_one(value, hint) if isinstance(hint, type) and hint not in (object, Any) else True


def _is_one(value: Any, cls: type) -> bool:
    if cls is int:
        return isinstance(value, NUMBERS) and bool(np.isfinite(value)) and value == int(value)
    if cls in (float, bool):
        return isinstance(value, NUMBERS)
    return isinstance(value, cls)


def _tuple(value: tuple[Any, ...], args: tuple[Any, ...]) -> bool:
    if len(args) == 2 and args[1] is Ellipsis:
        return all(conforms(each, args[0]) for each in value)
    return len(value) == len(args) and all(map(conforms, value, args))


def _mapping(value: Mapping[Any, Any], args: tuple[Any, ...]) -> bool:
    return all(conforms(key, args[0]) and conforms(each, args[1]) for key, each in value.items())


def _each(value: Any, args: tuple[Any, ...]) -> bool:
    return all(conforms(each, args[0]) for each in value)


def _array(value: np.ndarray[Any, Any], args: tuple[Any, ...]) -> bool:
    """Numbers where numbers are declared; indices must be whole."""
    kind = next(iter(typing.get_args(args[1])), Any) if len(args) == 2 else Any
    kind = typing.get_origin(kind) or kind
    if not isinstance(kind, type) or not issubclass(kind, np.generic):
        return True
    return value.dtype.kind in ("biu" if issubclass(kind, np.integer | np.bool_) else "biuf")


_PARTS: dict[Any, Callable[[Any, tuple[Any, ...]], bool]] = {
    tuple: _tuple,
    dict: _mapping,
    list: _each,
    set: _each,
    frozenset: _each,
    np.ndarray: _array,
}
"""How the parts of a declared type are compared with those of a value."""
