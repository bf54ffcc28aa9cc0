"""Frozen parts whose constructors check their fields and say in one sentence what is wrong."""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from collections.abc import Sequence
from typing import Any, TypeVar, dataclass_transform

import numpy as np
from pydantic import ConfigDict, ValidationError
from pydantic.dataclasses import dataclass as pydantic_dataclass

from polygenesis.arrays import Floats
from polygenesis.errors import InputError, bad_argument, unknown_name

T = TypeVar("T")

STRICTNESS = ConfigDict(extra="forbid", allow_inf_nan=False)
"""Every part and spec refuses unknown fields, NaN and infinity."""


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def part(cls: type[T]) -> type[T]:
    """Make a class a frozen value whose constructor raises :class:`InputError` in one sentence."""
    made = pydantic_dataclass(cls, frozen=True, config=STRICTNESS)
    construct = made.__init__
    positional = [f.name for f in dataclasses.fields(made) if f.init and not f.kw_only]

    @functools.wraps(construct)
    def __init__(self: T, *args: Any, **kwargs: Any) -> None:
        try:
            construct(self, *args, **kwargs)
        except ValidationError as error:
            raise sentence(error, positional=positional) from None

    made.__init__ = __init__  # type: ignore[method-assign, assignment]
    return typing.cast(type[T], made)


def sentence(error: ValidationError, *, positional: Sequence[str] = ()) -> InputError:
    """Turn pydantic's report into one sentence: the first bad field, what it must be, and what it is."""
    first = error.errors()[0]
    path = [step for step in first["loc"] if step not in KNOWN_KINDS]
    if path and isinstance(path[0], int) and path[0] < len(positional):
        path[0] = positional[path[0]]
    name = ".".join(str(step) for step in path) or "spec"
    kind, given = first["type"], first.get("input")
    context: dict[str, Any] = first.get("ctx", {})
    if kind == "extra_forbidden" or kind == "unexpected_keyword_argument":
        return InputError(f"Unknown field `{name}` (given {given!r}).")
    if kind in ("missing", "missing_argument"):
        return InputError(f"Field `{name}` is missing.")
    if kind == "union_tag_invalid":
        return unknown_name(name, context["tag"], str(context["expected_tags"]).replace("'", "").split(", "))
    if kind == "literal_error":
        return unknown_name(name, given, re.findall(r"'([^']*)'", str(context["expected"])))
    if kind == "union_tag_not_found":
        return InputError(f"Field `{name}` must say its `kind`, but is {given!r}.")
    if isinstance(context.get("error"), InputError):
        return typing.cast(InputError, context["error"])
    return bad_argument(name, _requirement(first["msg"]), given)


KNOWN_KINDS: set[str] = set()
"""The `kind` of every part seen so far; pydantic puts them in the paths of its errors, readers do not want them."""


def kind_of(cls: type) -> str:
    """The name by which a part is known in a spec file."""
    return str(next(f.default for f in dataclasses.fields(cls) if f.name == "kind"))


def register_kinds(union: Any) -> None:
    """Note the kinds of a union of parts, so that error messages can leave them out of a field's path."""
    for member in members(union):
        KNOWN_KINDS.add(kind_of(member))


def members(union: Any) -> tuple[type, ...]:
    """The classes of an annotated union of parts."""
    origin = typing.get_origin(union)
    if origin is typing.Annotated:
        return members(typing.get_args(union)[0])
    if origin in (typing.Union, types.UnionType):
        return tuple(typing.get_args(union))
    return (union,)


def _requirement(message: str) -> str:
    """Rephrase pydantic's message so that it follows the word `must`."""
    for start, instead in (
        ("Input should be a valid ", "be a valid "),
        ("Input should be ", "be "),
        ("Input should have ", "have "),
        ("Value error, ", ""),
    ):
        if message.startswith(start):
            return instead + message[len(start) :]
    return f"satisfy: {message}"


def check_weights(name: str, weights: Any, *, dimensions: int = 3) -> Floats:
    """Return weights as a floating array of the stated number of dimensions, or say what is wrong with them.

    float32 and float64 are kept; anything else becomes float64. Raises :class:`InputError` for other shapes, empty axes, NaN.
    """
    array = np.asarray(weights)
    if array.dtype not in (np.float32, np.float64):
        if array.dtype.kind not in "fiub":
            raise bad_argument(name, "be real numbers", f"an array of {array.dtype}")
        array = array.astype(np.float64)
    wanted = {2: "(n, m)", 3: "(r, n, m)", 4: "(r, T, n, m)"}[dimensions]
    if array.ndim != dimensions:
        raise bad_argument(name, f"have shape {wanted}", f"shape {array.shape}")
    if 0 in array.shape:
        raise bad_argument(name, f"have shape {wanted} without an empty axis", f"shape {array.shape}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise bad_argument(name, "be finite", f"{array[where]} at {where}")
    return array

