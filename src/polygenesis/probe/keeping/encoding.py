"""Encoding values as JSON and arrays: dataclasses, enums, tuples and numbers come back as what they were, nothing else.

::

    (1, 2)              {"$tuple": [1, 2]}
    {"a": 1}            {"$mapping": [["a", 1]]}
    math.inf            {"$float": "inf"}
    np.float32(0.5)     {"$number": 0.5, "dtype": "float32"}
    np.zeros((3, 2))    {"$array": "a0"}, the array beside it
    np.array(["sea"])   {"$texts": ["sea"], "shape": [1], "dtype": "<U3"}
    Origin.UNDECIDED    {"$enum": "Origin", "name": "UNDECIDED"}
    Missing("signs", …) {"$value": "Missing", "fields": {"test": "signs", …}}
"""

from __future__ import annotations

import dataclasses
import enum
import math
import re
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from polygenesis.errors import InputError

Arrays = dict[str, np.ndarray[Any, Any]]
"""Encoded arrays by name."""

PLAIN_DTYPES = frozenset(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)) | {
    "bool", "float16", "float32", "float64",
}  # fmt: skip
"""Names of the dtypes whose arrays and numbers are encoded."""

TEXTS = re.compile(r"<U\d{1,9}|object")
"""Names of the dtypes of arrays of texts."""


class Undecodable(Exception):
    """A tree that no encoding has written; the text completes "it cannot be read: …"."""


def named(classes: Iterable[type]) -> dict[str, type]:
    """Return the classes that may come back by name; two of one name are a mistake of the caller's."""
    found: dict[str, type] = {}
    for each in classes:
        if found.setdefault(each.__name__, each) is not each:
            raise ValueError(f"two classes are named {each.__name__}")
    return found


def reachable(*roots: Any) -> tuple[type, ...]:
    """Return the dataclasses, named tuples and enums among ``roots`` and in the declared types of their fields."""
    found: dict[type, None] = {}
    waiting = list(roots)
    while waiting:
        hint = waiting.pop()
        waiting += typing.get_args(hint)
        if isinstance(hint, type) and hint not in found and _has_parts(hint):
            found[hint] = None
            hints = typing.get_type_hints(hint)
            waiting += [hints[name] for name in _field_names(hint)]
    return tuple(found)


def _has_parts(cls: type) -> bool:
    return dataclasses.is_dataclass(cls) or issubclass(cls, enum.Enum) or hasattr(cls, "_fields")


def _field_names(cls: type) -> tuple[str, ...]:
    """The stored fields of a dataclass or named tuple; none for other classes."""
    if dataclasses.is_dataclass(cls):
        return tuple(each.name for each in stored_fields(cls))
    return tuple(getattr(cls, "_fields", ())) if issubclass(cls, tuple) else ()


def stored_fields(cls: type) -> list[dataclasses.Field[Any]]:
    """The fields of a dataclass that are part of its value: those that its constructor takes, except caches and links.

    A field with ``compare=False`` and a default (such as a test's own result object) is left out.
    """
    return [
        each
        for each in dataclasses.fields(cls)
        if each.init
        and (each.compare or (each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING))
    ]


def encode(value: Any, classes: Iterable[type]) -> tuple[Any, Arrays]:
    """Return a value as a tree that JSON can hold and the arrays that the tree refers to by name.

    ``classes``: the dataclasses, named tuples and enums that may occur. Everything else must be made of None, truth
    values, numbers, texts, lists, tuples, sets, mappings, and arrays of numbers or texts. Raises
    :class:`polygenesis.InputError` that names the place of anything else.
    """
    encoder = _Encoder(named(classes))
    return encoder.tree(value, type(value).__name__), encoder.arrays


class _Encoder:
    def __init__(self, classes: dict[str, type]) -> None:
        self.classes = classes
        self.arrays: Arrays = {}
        self._names: dict[int, str] = {}
        self._kept: list[Any] = []  # an array that is let go could give its id to the next one

    def tree(self, value: Any, place: str) -> Any:
        if isinstance(value, enum.Enum) and self._known(value):
            return {"$enum": type(value).__name__, "name": value.name}
        if isinstance(value, np.ndarray):
            return self._array(value, place)
        if isinstance(value, np.generic) and not isinstance(value, str):
            return self._number(value, place)
        if value is None or isinstance(value, bool | int):
            return value if value is None or isinstance(value, bool) else int(value)
        if isinstance(value, str):
            return str(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {"$float": repr(float(value))}
        return self._parts(value, place)

    def _parts(self, value: Any, place: str) -> Any:
        if self._known(value):
            names = _field_names(type(value))
            fields = {name: self.tree(getattr(value, name), f"{place}.{name}") for name in names}
            return {"$value": type(value).__name__, "fields": fields}
        if type(value) in (list, tuple):
            parts = [self.tree(each, f"{place}[{i}]") for i, each in enumerate(value)]
            return parts if type(value) is list else {"$tuple": parts}
        if isinstance(value, set | frozenset):
            ordered = sorted(value, key=repr)
            return {f"${type(value).__name__}": [self.tree(each, f"{place}{{…}}") for each in ordered]}
        if isinstance(value, Mapping):
            items = value.items()
            return {"$mapping": [[self.tree(k, f"{place} key"), self.tree(v, f"{place}[{k!r}]")] for k, v in items]}
        raise InputError(f"A {type(value).__name__} cannot be saved, but `{place}` is one.")

    def _known(self, value: Any) -> bool:
        return self.classes.get(type(value).__name__) is type(value)

    def _number(self, value: Any, place: str) -> Any:
        if value.dtype.name not in PLAIN_DTYPES:
            raise InputError(f"A number of {value.dtype} cannot be saved, but `{place}` is one.")
        return {"$number": self.tree(value.item(), place), "dtype": value.dtype.name}

    def _array(self, array: np.ndarray[Any, Any], place: str) -> Any:
        if array.dtype.kind in "OU":
            parts = [self.tree(each, f"{place}[…]") for each in array.ravel().tolist()]
            return {"$texts": parts, "shape": list(array.shape), "dtype": array.dtype.newbyteorder("<").str
                    if array.dtype.kind == "U" else "object"}  # fmt: skip
        if array.dtype.name not in PLAIN_DTYPES:
            raise InputError(f"An array of {array.dtype} cannot be saved, but `{place}` is one.")
        if id(array) not in self._names:
            self._names[id(array)] = f"a{len(self.arrays)}"
            self._kept.append(array)
            native = np.require(array, dtype=array.dtype.newbyteorder("="), requirements="C")
            self.arrays[self._names[id(array)]] = native.view(np.ndarray)
        return {"$array": self._names[id(array)]}


def decode(tree: Any, arrays: Mapping[str, np.ndarray[Any, Any]], classes: Iterable[type]) -> Any:
    """Undo :func:`encode`; only ``classes`` are ever made, whatever the tree names.

    Raises :class:`Undecodable` for a tree that is no encoding, that names another class, an array that is not
    there, or fields that the class does not have.
    """
    return _Decoder(arrays, named(classes)).value(tree)


class _Decoder:
    def __init__(self, arrays: Mapping[str, np.ndarray[Any, Any]], classes: dict[str, type]) -> None:
        self.arrays, self.classes = arrays, classes
        self.readers: dict[str, Callable[[Any], Any]] = {
            "$tuple": lambda tree: tuple(self.value(each) for each in _list(tree["$tuple"])),
            "$set": lambda tree: {self.value(each) for each in _list(tree["$set"])},
            "$frozenset": lambda tree: frozenset(self.value(each) for each in _list(tree["$frozenset"])),
            "$mapping": lambda tree: {self.value(key): self.value(each) for key, each in _list(tree["$mapping"])},
            "$float": lambda tree: float(tree["$float"]),
            "$number": self._number,
            "$array": lambda tree: self.arrays[tree["$array"]],
            "$texts": self._texts,
            "$enum": lambda tree: self._class(tree["$enum"], enum.Enum)[tree["name"]],
            "$value": self._value,
        }

    def value(self, tree: Any) -> Any:
        if isinstance(tree, list):
            return [self.value(each) for each in tree]
        if not isinstance(tree, dict):
            return tree
        tag = next(iter(tree), "")
        if tag not in self.readers:
            raise Undecodable(f"{tag!r} is no kind of value")
        try:
            return self.readers[tag](tree)
        except (TypeError, ValueError, LookupError, AttributeError, OverflowError, MemoryError) as error:
            raise Undecodable(f"a part under {tag!r} is wrong ({type(error).__name__}: {error})") from None

    def _class(self, name: str, base: type = object) -> Any:
        if name not in self.classes or not issubclass(self.classes[name], base):
            raise Undecodable(f"this version of polygenesis has no {name!r}")
        return self.classes[name]

    def _value(self, tree: dict[str, Any]) -> Any:
        cls = self._class(tree["$value"])
        fields = {name: self.value(each) for name, each in tree["fields"].items()}
        if unknown := set(fields) - set(_field_names(cls)):
            raise Undecodable(f"{cls.__name__} of this version of polygenesis has no {min(unknown)!r}")
        return cls(**fields)

    def _number(self, tree: dict[str, Any]) -> Any:
        if tree["dtype"] not in PLAIN_DTYPES:
            raise Undecodable(f"{tree['dtype']!r} is no kind of number")
        return np.dtype(tree["dtype"]).type(self.value(tree["$number"]))

    def _texts(self, tree: dict[str, Any]) -> np.ndarray[Any, Any]:
        if not TEXTS.fullmatch(tree["dtype"]):
            raise Undecodable(f"{tree['dtype']!r} is no kind of text")
        texts = [self.value(each) for each in _list(tree["$texts"])]
        array = np.empty(
            len(texts), dtype="object" if tree["dtype"] == "object" else f"<U{_width(texts, tree['dtype'])}"
        )
        array[:] = texts
        return array.reshape(tree["shape"])


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list is missing")
    return value


def _width(texts: list[Any], dtype: str) -> int:
    """The letters of each text of an array: as declared, but no width that its texts do not come near."""
    needed, declared = max((len(each) for each in texts), default=1), int(dtype[2:])
    if declared > 1000 + 10 * needed:
        raise ValueError(f"{declared} letters are declared, and {needed} needed")
    return max(1, declared)
