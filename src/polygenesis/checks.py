"""Frozen parts whose constructors check their fields and say in one sentence what is wrong."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import re
import sys
import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, dataclass_transform

import numpy as np
from pydantic import BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass as pydantic_dataclass

from polygenesis.arrays import Floats
from polygenesis.errors import InputError, Suggesting, bad_argument, did_you_mean, printable, shortened, unknown_name

T = TypeVar("T")

STRICTNESS = ConfigDict(extra="forbid", allow_inf_nan=False)
"""Every part and spec refuses unknown fields, NaN and infinity."""


MOST = 2**53
"""Whole numbers stay below this, as far as tables and other languages count exactly; no size of a run comes near it."""

HUGE, TINY = 1e30, sys.float_info.min
"""Real numbers stay below the first in size: their fourth powers, which losses have, are then finite in float64.
The second is the smallest but 0: smaller ones (denormal numbers) have lost digits, and may have no inverse."""


def whole(value: object) -> int:
    """Return a whole number as an int: a number of any type, or its text; truth values are not numbers."""
    number = whole_of_any_size(value)
    if abs(number) >= MOST:
        raise ValueError("be a whole number below 2^53")
    return number


def whole_of_any_size(value: object) -> int:
    """Return a whole number as :func:`whole` does, however large."""
    number = _number(value)
    if isinstance(number, float) and not number.is_integer():
        raise ValueError("be a whole number")
    return int(number)


def real(value: object) -> float:
    """Return a finite number as a float: a number of any type, or its text; truth values are not numbers."""
    try:
        number = float(_number(value))
    except OverflowError:
        number = np.inf
    if not np.isfinite(number):
        raise ValueError("be a finite number")
    if abs(number) >= HUGE:
        raise ValueError(f"be below {HUGE:g} in size")
    if 0 < abs(number) < TINY:
        raise ValueError(f"be 0 or at least {TINY:.3g} in size")
    return number + 0.0  # −0 becomes 0: equal values must have equal keys


def _number(value: object) -> int | float:
    """Read a number or its text; anything else is not a number (NaN)."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        for read in (int, float):
            with contextlib.suppress(ValueError):
                return read(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else np.nan


PositiveInt = Annotated[int, BeforeValidator(whole), Field(gt=0)]
"""A whole number above 0."""
NonNegativeInt = Annotated[int, BeforeValidator(whole), Field(ge=0)]
"""A whole number that is not negative."""
PositiveFloat = Annotated[float, BeforeValidator(real), Field(gt=0)]
"""A finite number above 0."""
NonNegativeFloat = Annotated[float, BeforeValidator(real), Field(ge=0)]
"""A finite number that is not negative."""


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def part(cls: type[T]) -> type[T]:
    """Make a class a frozen value whose constructor raises :class:`InputError` in one sentence."""
    made = pydantic_dataclass(cls, frozen=True, config=STRICTNESS)
    construct = made.__init__

    @functools.wraps(construct)
    def __init__(self: T, *args: Any, **kwargs: Any) -> None:
        try:
            construct(self, *args, **kwargs)
        except ValidationError as error:
            raise sentence(error, made) from None

    made.__init__ = __init__  # type: ignore[method-assign, assignment]
    made.__getattr__ = Suggesting.__getattr__  # type: ignore[attr-defined]
    return typing.cast(type[T], made)


def kind_of(cls: type) -> str:
    """The name by which a part is known in a spec file."""
    return str(next(f.default for f in dataclasses.fields(cls) if f.name == "kind"))


def members(union: Any) -> tuple[type, ...]:
    """The classes of an annotated union of parts, or of a union of such unions."""
    origin = typing.get_origin(union)
    if origin is typing.Annotated:
        return members(typing.get_args(union)[0])
    if origin in (typing.Union, types.UnionType):
        return tuple(each for one in typing.get_args(union) for each in members(one))
    return (union,)


def sentence(error: ValidationError, owner: type, *, within: str = "") -> InputError:
    """Turn pydantic's report on a part of class ``owner`` into one sentence; ``within``: the field that it stands in.

    It tells of the first unknown part or field (often a misspelling that explains the rest), else of the
    first bad one: its dotted name, what it must be, and what it is.
    """
    report = min(error.errors(), key=_priority)
    kind, given, context = report["type"], report.get("input"), report.get("ctx", {})
    unknown = kind in _UNKNOWN
    path, known = _walk(owner, report["loc"][:-1] if unknown else report["loc"])
    path = [*([within] if within else []), *path, *([str(report["loc"][-1])] if unknown else [])]
    name = printable(".".join(path) or owner.__name__)
    if isinstance(context.get("error"), InputError):
        return typing.cast(InputError, context["error"])
    if unknown:
        return _unknown_field(name, given, known[0], owner)
    if kind == "unexpected_positional_argument":
        fields = ", ".join(_positional(owner)) or "no unnamed values"
        return InputError(f"{owner.__name__} takes {fields}, but is given {shortened(given)} as well.")
    if kind == "multiple_argument_values":
        return InputError(f"Field `{name}` is given twice.")
    if kind in ("missing", "missing_argument"):
        return InputError(f"Field `{name}` is missing.")
    if kind == "union_tag_invalid":
        return _unknown_kind(name, context["tag"], [kind_of(each) for each in known])
    if kind == "literal_error":
        return unknown_name(name.removesuffix(".kind"), given, re.findall(r"'([^']*)'", str(context["expected"])))
    return bad_argument(name, _requirement(kind, report["msg"], context, known), _written(given))


def _unknown_kind(name: str, given: object, known: list[str]) -> InputError:
    """Say that no built-in part has a kind; where it is written like a class, how one's own class is named."""
    error, (module, _, cls) = unknown_name(name, given, known), str(given).rpartition(".")
    if cls.isidentifier() and cls != cls.lower():
        return InputError(f"{error} A class of your own is named with a colon: {module or 'my_module'}:{cls}.")
    return error


def _written(given: Any) -> Any:
    """A whole number as an int, however given: pydantic before 2.12 reports the float that :func:`real` made of it."""
    return int(given) if isinstance(given, float) and given.is_integer() and abs(given) < MOST else given


_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")


def _priority(report: Any) -> int:
    """Unknown kinds first, then unknown fields, then the rest in the order of the fields."""
    if report["type"] == "literal_error" and report["loc"][-1] == "kind":
        return 0
    return 1 if report["type"] in _UNKNOWN else 2


def _walk(owner: type, location: tuple[int | str, ...]) -> tuple[list[str], tuple[type, ...]]:
    """Follow pydantic's path to a field: the names a reader knows, and the parts that can stand there.

    pydantic's path also holds the `kind` of each union's member and the positions of unnamed values and list
    entries. For an unknown field the part is the one that does not have it.
    """
    path: list[str] = []
    here: tuple[type, ...] = (owner,)
    for step in location:
        if isinstance(step, int):
            path += [] if path else _positional(owner)[step : step + 1]
        elif chosen := tuple(each for each in here if len(here) > 1 and kind_of(each) == step):
            here = chosen
            continue
        else:
            path.append(step)
        fields = typing.get_type_hints(here[0], include_extras=True) if here else {}
        if path and path[-1] in fields:
            here = tuple(filter(dataclasses.is_dataclass, members(fields[path[-1]])))
    return path, here


def _positional(cls: type) -> list[str]:
    return [f.name for f in dataclasses.fields(cls) if f.init and not f.kw_only]


def _unknown_field(name: str, given: object, cls: type, owner: type) -> InputError:
    """Say which fields there are, which other kinds have this one, and which name may have been meant."""
    fields = sorted(f.name for f in dataclasses.fields(cls) if f.name != "kind")
    has = f"fields {', '.join(fields)}" if fields else "no fields"
    prefix, _, last = name.rpartition(".")
    parts = _parts(owner)
    kinds = [kind_of(each) for each in parts.get(prefix, ()) if last in _names(each)]
    more = f" It is a field of {', '.join(kinds)}: set `{prefix}.kind`." if kinds else ""
    there = [f"{prefix}.{field}" if prefix else field for field in fields]
    elsewhere = [f"{part}.{f}" for part, classes in parts.items() if part != prefix for c in classes for f in _names(c)]
    more = more or did_you_mean(name, dict.fromkeys([*there, *elsewhere]))
    return InputError(f"Unknown field `{name}` (given {shortened(given)}); {cls.__name__} has {has}.{more}")


def _parts(owner: type) -> dict[str, tuple[type, ...]]:
    """The fields of a class that are parts, and the classes that each can be."""
    hints = typing.get_type_hints(owner, include_extras=True)
    found = {name: tuple(filter(dataclasses.is_dataclass, members(hint))) for name, hint in hints.items()}
    return {name: classes for name, classes in found.items() if classes}


def _names(cls: type) -> list[str]:
    return [f.name for f in dataclasses.fields(cls)]


def _requirement(kind: str, message: str, context: Mapping[str, Any], known: tuple[type, ...]) -> str:
    """Say what pydantic asks for so that it follows the word `must`."""
    kinds = ", ".join(kind_of(each) for each in known) if len(known) > 1 else ""
    match kind:
        case "greater_than":
            return f"be greater than {context['gt']:g}"
        case "greater_than_equal":
            return f"be at least {context['ge']:g}"
        case "less_than":
            return f"be less than {context['lt']:g}"
        case "less_than_equal":
            return f"be at most {context['le']:g}"
        case "bool_type" | "bool_parsing":
            return "be true or false"
        case "tuple_type":
            return "be a list"
        case "union_tag_not_found":
            return f"say its `kind` ({kinds})"
        case "model_attributes_type":
            return f"be a part ({kinds}) or a table with its `kind`"
        case "dataclass_type":
            return f"be of class {context['class_name']} or a table of its fields"
    return message.removeprefix("Value error, ").replace("Input should", "").strip()


def unmasked(name: str, value: Any) -> Any:
    """Return a value as it is, unless NumPy would take masked numbers in it for numbers.

    Raises :class:`InputError` for a masked array, or a list with one, in which anything is masked.
    """
    several = value if isinstance(value, list | tuple) else (value,)
    for each in several:
        if isinstance(each, np.ma.MaskedArray) and (count := int(np.ma.getmaskarray(each).sum())):
            raise InputError(
                f"Argument `{name}` must have no masked entries, but {count} of {each.size} are masked; "
                "leave those samples out, or fill them."
            )
    return value


def plain_array(name: str, value: Any, must: str = "be an array") -> Array:
    """Return whatever holds an array as NumPy's: the one place where other libraries' arrays are turned into ours.

    ``name``: the argument, for the sentence. ``value``: an array, nested lists, a tensor or parameter of PyTorch (with
    or without a gradient, on any device, sparse or dense, bfloat16 and float8 as float32), a list of such, a sparse
    matrix of SciPy's, a data frame or series, or anything that NumPy takes. Values and number types stay otherwise as
    they are. Raises :class:`InputError` for masked entries and for what NumPy cannot read.

    >>> plain_array("weights", [[1, 2], [3, 4]]).shape
    (2, 2)
    """
    try:
        array = np.asarray(unmasked(name, _for_numpy(value)))
        if array.dtype.kind == "V" and array.dtype.name.startswith(SHORT_FLOATS):  # as JAX writes them
            array = array.astype(np.float32)
        return array
    except InputError:
        raise
    except Exception as error:  # each library raises its own kinds for what has no values
        if lengths := _uneven(value):
            uneven = f"has rows of {lengths[0]} and {lengths[1]} numbers"
            raise InputError(f"Argument `{name}` must {must}, but {uneven}.") from None
        raise InputError(f"Argument `{name}` must {must}, but NumPy says: {_first_line(error)}") from None


def _uneven(value: Any) -> tuple[int, int] | None:
    """The first two lengths that differ among the rows of nested lists; None where none do."""
    if not isinstance(value, list | tuple):
        return None
    sizes = [_length(each) for each in value]
    if len(set(sizes)) > 1:
        return sizes[0], next(size for size in sizes if size != sizes[0])
    return next((found for each in value if (found := _uneven(each))), None)


def _length(value: Any) -> int:
    """The entries of a list or along an array's first axis; 0 for what has none, such as a number."""
    shape = (len(value),) if isinstance(value, list | tuple) else tuple(getattr(value, "shape", ()))
    return int(shape[0]) if shape else 0


NUMBERS = "be real numbers, in rows of equal length"
"""What arrays of numbers must be, unless someone says it better."""


def floats(name: str, value: Any, wanted: str = NUMBERS) -> Floats:
    """Return whatever holds real numbers as a float64 array of any shape; ``wanted``: what they must be, in words.

    See :func:`plain_array`. NaN and infinity may be among them. Raises :class:`InputError` for masked entries, complex
    numbers, and what is no number.
    """
    if value is None:  # NumPy would make NaN of it
        raise bad_argument(name, wanted, value)
    array = plain_array(name, value, wanted)
    try:
        if array.dtype.kind not in "biufO":
            raise TypeError(f"{array.dtype} is no kind of real number")
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        if wanted == NUMBERS and array.dtype.kind != "O":
            raise InputError(f"Argument `{name}` must be real numbers, but is an array of {array.dtype}.") from None
        raise bad_argument(name, wanted, value) from None


Array = np.ndarray[Any, Any]

SHORT_FLOATS = ("bfloat16", "float8", "float6", "float4")
"""Beginnings of the names of floats that NumPy lacks."""


def _for_numpy(value: Any) -> Any:
    """Return a tensor, a sparse matrix or a data frame as an array, and so inside lists; all else as it is."""
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        return _of_tensor(value)
    if hasattr(value, "tocsr") and hasattr(value, "toarray"):
        return value.toarray()
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    if isinstance(value, list | tuple) and any(_holds_tensors(each) for each in value):
        return [_for_numpy(each) for each in value]
    return value


def _holds_tensors(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_holds_tensors, value))
    return hasattr(value, "detach") or hasattr(value, "tocsr")


def _of_tensor(tensor: Any) -> Any:
    tensor = tensor.detach()
    if getattr(tensor, "is_quantized", False):
        tensor = tensor.dequantize()
    if str(tensor.layout) != "torch.strided":
        tensor = tensor.to_dense()
    if str(tensor.dtype).removeprefix("torch.").startswith(SHORT_FLOATS):
        tensor = tensor.float()
    return tensor.cpu().resolve_conj().resolve_neg().numpy()


def _first_line(error: Exception) -> str:
    said = str(error).strip().splitlines()
    return shortened_text(said[0] if said else type(error).__name__)


def shortened_text(text: str, limit: int = 200) -> str:
    """Return a message of another library, cut where it is too long for a sentence, with its full stop."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def check_weights(name: str, weights: Any, *, dimensions: int = 3) -> Floats:
    """Return weights as a floating array of the stated number of dimensions, or say what is wrong with them.

    ``weights``: anything that :func:`plain_array` takes, such as a ``torch.nn.Parameter``. float32 and float64 are
    kept; anything else becomes float64. Raises :class:`InputError` for other shapes, empty axes, NaN.
    """
    array = plain_array(name, weights, "be an array of real numbers")
    if array.dtype.kind in "OU" and not array.ndim:
        raise bad_argument(name, "be an array of real numbers", weights)
    if array.dtype not in (np.float32, np.float64):
        if array.dtype.kind not in "fiub":
            raise InputError(f"Argument `{name}` must be real numbers, but is an array of {array.dtype}.")
        array = array.astype(np.float64)
    wanted = {2: "(n, m)", 3: "(r, n, m)", 4: "(r, T, n, m)"}[dimensions]
    if array.ndim != dimensions:
        raise bad_argument(name, f"have shape {wanted}", f"shape {array.shape}")
    if 0 in array.shape:
        raise bad_argument(name, f"have shape {wanted} without an empty axis", f"shape {array.shape}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise InputError(f"Argument `{name}` must be finite, but is {array[where]} at {where}.")
    return array
