"""Parts of one's own: classes outside the package, which a spec names by where they are imported from.

There is no registry. The ``kind`` of such a part is its import path, ``my_penalties:LogPenalty``, so that every process
finds it again: a worker, a job of a cluster, a replay. The code of a part decides the numbers, so each class has the
hash of the source that defined it (:func:`sources`), which a record keeps.

A stored spec is data: reading it imports nothing. A part whose module is not loaded is then :class:`Named`.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import hashlib
import inspect
import json
import re
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar, cast

from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError, WrapSerializer, WrapValidator
from pydantic.errors import PydanticUserError

from polygenesis.checks import members, part, sentence
from polygenesis.errors import InputError, did_you_mean, shortened
from polygenesis.importing import imported, texts_of

T = TypeVar("T")

KIND = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*(?:\.[^\W\d]\w*)*")
"""The kind of a part of one's own: a module and a class in it."""

SHOWN = 12
"""Letters of a hash that a sentence shows."""

FILE_OF = "file of "
"""Begins the name under which a record keeps the hash of a part's source."""

STORED = "stored"
"""Key of the validation's context: the spec was stored, so nothing is imported."""


class Own(abc.ABC):  # noqa: B024 (what is abstract stands in the base of each field)
    """What every part of one's own has: a kind, which is where it is imported from."""

    _field: ClassVar[str] = ""
    _needs: ClassVar[tuple[str, ...]] = ()
    _source: ClassVar[str] = ""
    _modules: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise _undecorated(type(self))

    @property
    def kind(self) -> str:
        """Where the class is imported from: its module and its name."""
        return path_of(type(self))

    def __reduce__(self) -> Any:
        """Travel as a kind and fields: another process imports the class, and notices where its file is another."""
        require_importable(self)
        return _rebuilt, (base_of(type(self)), self.kind, fields_of(self), self._source)

    def __copy__(self) -> Own:
        """A frozen value is its own copy."""
        return self

    def __deepcopy__(self, memo: Any) -> Own:
        """A frozen value is its own copy."""
        return self


class Named:
    """A part of one's own as a stored spec names it: its kind, its fields, and the hash of the source that ran.

    Where its module is loaded it answers as the part itself does, with a warning where the source is another one;
    where it is not, it has its fields, and refuses everything else in one sentence. ``problem``: why it can never be
    the part, where that is known.
    """

    __slots__ = ("_base", "_fields", "_kind", "_part", "_problem", "_source")

    def __init__(
        self, base: type[Own], kind: str, fields: Mapping[str, Any], source: str = "", problem: str = ""
    ) -> None:
        self._base, self._kind, self._fields, self._source, self._problem = base, kind, dict(fields), source, problem
        self._part: Own | None = None

    @classmethod
    def of(cls, own: Own, source: str) -> Named:
        """Name a part whose source, when it ran, was another one."""
        named = cls(base_of(type(own)), own.kind, fields_of(own), source)
        named._part = own
        return named

    def ran(self, source: str) -> Named:
        """Return the same with the hash of the source that ran."""
        return Named(self._base, self._kind, self._fields, source, self._problem)

    @property
    def kind(self) -> str:
        """Where the class is imported from."""
        return self._kind

    def present(self) -> Own:
        """Return the part itself, without importing anything; :class:`InputError` says why that cannot be."""
        if self._problem:
            raise InputError(self._problem)
        module = self._kind.partition(":")[0]
        if sys.modules.get(module) is None:
            raise InputError(
                f"{_title(self._base)} {self._kind!r} is not loaded, for reading what is stored imports nothing: "
                f"`import {module}` first."
            )
        if self._part is None:
            self._part = made(self._base, self._kind, self._fields)
            if self._source and self._part._source != self._source:
                warnings.warn(changed(self._part, self._source), stacklevel=2)
        return self._part

    def settled(self) -> Own | Named:
        """Return the part itself where it is loaded and its source is the one that ran, otherwise this."""
        if self._problem or not _is_loaded(self._kind):
            return self
        try:
            found = made(self._base, self._kind, self._fields)
        except InputError:
            return self
        return self if self._source and found._source != self._source else found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._fields and (self._problem or not _is_loaded(self._kind)):
            return self._fields[name]
        return getattr(self.present(), name)

    def _value(self) -> tuple[type[Own], str, str]:
        return self._base, self._kind, json.dumps(self._fields, sort_keys=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self._value() == other._value()

    def __hash__(self) -> int:
        return hash(self._value())

    def __repr__(self) -> str:
        fields = "".join(f", {name}={value!r}" for name, value in self._fields.items())
        return f"Named({self._kind!r}{fields})"

    def __reduce__(self) -> Any:
        return Named, (self._base, self._kind, self._fields, self._source, self._problem)


class OrOwn:
    """Lets a field of a spec take parts of one's own beside the built-in ones, whose form and keys stay as they are.

    ``known``: the union of built-in parts. ``base``: what classes of one's own extend.
    """

    def __init__(self, known: Any, base: type[Own]) -> None:
        self.known, self.base, self.classes = known, base, members(known)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """Read and write the built-in parts as before."""
        return handler.generate_schema(Annotated[self.known, WrapValidator(self._read), WrapSerializer(self._write)])

    def _read(self, value: Any, handler: Any, info: Any) -> Any:
        if isinstance(value, Mapping):
            kind = value.get("kind")
            if not isinstance(kind, str) or ":" not in kind:
                return handler(value)
            fields = {name: each for name, each in value.items() if name != "kind"}
            if info.context and info.context.get(STORED):
                return Named(self.base, kind, fields).settled()
            return made(self.base, kind, fields)
        if isinstance(value, Named) and value._base is self.base:
            return value.settled()
        if isinstance(value, Own | Named):
            return self._checked(value)
        if isinstance(value, self.classes) and type(value) not in self.classes:
            raise InputError(
                f"Class `{type(value).__name__}` extends {_builtin(type(value))}, whose code would run in its place: "
                f"extend parts.{self.base.__name__} instead."
            )
        return handler(value)

    def _checked(self, value: Own | Named) -> Own:
        base = base_of(type(value)) if isinstance(value, Own) else value._base
        if not isinstance(value, self.base):
            name = type(value).__name__ if isinstance(value, Own) else value.kind
            raise InputError(
                f"Argument `{self.base._field}` must extend parts.{self.base.__name__}, but {name} extends "
                f"parts.{base.__name__}."
            )
        _check_class(type(value))
        try:
            hash(value)
        except TypeError as error:
            raise InputError(
                f"Fields of `{type(value).__name__}` must be values that cannot change, such as a tuple in place of a "
                f"list, but Python says: {error}."
            ) from None
        return value

    def _write(self, value: Any, handler: Any) -> Any:
        if isinstance(value, Own):
            return {**fields_of(value), "kind": value.kind}
        if isinstance(value, Named):
            return {**value._fields, "kind": value.kind}
        return handler(value)


def finished(cls: type[T], families: Mapping[str, type[Own]]) -> type[T]:
    """Make a class of somebody's own a part; :class:`InputError` says what it lacks.

    ``families``: what it may extend, by name.
    """
    name, base = cls.__name__, next((each for each in families.values() if issubclass(cls, each)), None)
    if base is None:
        raise InputError(f"Class `{name}` must extend one of {', '.join(f'parts.{each}' for each in families)}.")
    if builtin := _builtin(cls):
        raise InputError(
            f"Class `{name}` extends {builtin}, whose code would run in its place: extend parts.{base.__name__} alone."
        )
    own = [each for each in cls.__mro__ if each not in base.__mro__]
    annotated = {each for one in own for each in inspect.get_annotations(one)}
    if "kind" in annotated or any("kind" in one.__dict__ for one in own):
        raise InputError(f"Class `{name}` must have no `kind` of its own: its kind is where it is imported from.")
    lacks = sorted(getattr(cls, "__abstractmethods__", ()))
    lacks += [each for each in base._needs if each not in annotated and not hasattr(cls, each)]
    if lacks:
        raise InputError(f"Class `{name}` lacks {', '.join(lacks)}, which every parts.{base.__name__} has.")
    _check_signatures(cls, base)
    try:
        made_part = part(cls)
    except PydanticUserError as error:
        raise InputError(
            f"Fields of `{name}` must be numbers, texts, switches, or tuples of these, but pydantic says: "
            f"{str(error).splitlines()[0]}"
        ) from None
    if not getattr(made_part, "__pydantic_complete__", True):
        raise InputError(f"Fields of `{name}` must have types whose names are known where the class is defined.")
    texts = _texts_of(made_part)
    cast(Any, made_part)._source = hashlib.sha256("\0".join(texts.values()).encode()).hexdigest() if texts else ""
    cast(Any, made_part)._modules = tuple(texts)
    return made_part


def _check_signatures(cls: type, base: type[Own]) -> None:
    """Refuse a method that cannot be called as that of the base is."""
    for name, method in vars(base).items():
        own = inspect.getattr_static(cls, name)
        if name.startswith("_") or not inspect.isfunction(method) or own is method or not inspect.isfunction(own):
            continue
        wanted, found = inspect.signature(method), inspect.signature(own)
        try:
            found.bind(*wanted.parameters)
        except TypeError:
            raise InputError(
                f"Class `{cls.__name__}` must take ({', '.join(wanted.parameters)}) in `{name}`, but takes "
                f"({', '.join(found.parameters)})."
            ) from None


def base_of(cls: type) -> type[Own]:
    """Return what a class of one's own extends: the base of its field."""
    return next(each for each in reversed(cls.__mro__) if issubclass(each, Own) and each is not Own)


def path_of(cls: type) -> str:
    """Return where a class is imported from."""
    return f"{cls.__module__}:{cls.__qualname__}"


def fields_of(own: Own) -> dict[str, Any]:
    """Return the fields of a part as plain numbers, texts and lists."""
    found: dict[str, Any] = _adapter(type(own)).dump_python(own, mode="json")
    return found


def made(base: type[Own], kind: str, fields: Mapping[str, Any]) -> Own:
    """Import a class by its kind and make the part of it; :class:`InputError` in one sentence where that fails."""
    cls = load(base, kind)
    try:
        return cast(Own, _adapter(cls).validate_python(dict(fields)))
    except ValidationError as error:
        raise sentence(error, cls, within=base._field) from None


def load(base: type[Own], kind: str) -> type[Own]:
    """Import the class that a kind names; :class:`InputError` where there is none, or it does not extend ``base``."""
    title, (name, _, path) = _title(base), kind.partition(":")
    if name in ("__main__", "__mp_main__") or "<locals>" in kind:
        raise InputError(f"{title} {shortened(kind)} cannot be imported: it was defined {_where(name)}; {PUT}.")
    if not KIND.fullmatch(kind):
        raise InputError(f"{title} {shortened(kind)} must be named as module:Class, such as my_parts:MyClass.")
    found: Any = imported(name, f"{title.lower()} {kind!r}")
    file = getattr(found, "__file__", None)
    for step in path.split("."):
        known = [each for each, value in vars(found).items() if isinstance(value, type) and issubclass(value, Own)]
        if not hasattr(found, step):
            where = f" ({file})" if file else ""
            raise InputError(f"Module {name!r}{where} has no class {path!r}.{did_you_mean(step, known, quote=chr(39))}")
        found = getattr(found, step)
    if not isinstance(found, type) or not issubclass(found, base):
        raise InputError(f"{title} {kind!r} must be a class that extends parts.{base.__name__}, but is {_what(found)}.")
    _check_class(found)
    return found


def _is_loaded(kind: str) -> bool:
    """Whether a class is there already; nothing is imported to find out, nor by a module that imports when asked."""
    name, _, path = kind.partition(":")
    found: Any = sys.modules.get(name)
    for step in path.split("."):
        found = getattr(found, "__dict__", {}).get(step)
    return isinstance(found, type) and issubclass(found, Own)


PUT = "put the class into a file and import it from there"
"""What makes a class importable."""


def require_importable(own: Own) -> None:
    """Refuse a part that no other process could import: one of a notebook's cell, a script or a function."""
    cls = type(own)
    name = cls.__module__
    if name in ("__main__", "__mp_main__") or "<locals>" in cls.__qualname__:
        raise InputError(
            f"Class `{cls.__qualname__}` is defined {_where(name)}, where no other process finds it, so that it can be "
            f"simulated here but not stored, sent to a worker or replayed; {PUT}."
        )
    found: Any = sys.modules.get(name)
    for step in cls.__qualname__.split("."):
        found = getattr(found, step, None)
    if found is not cls:
        raise InputError(
            f"Class `{cls.__qualname__}` is no longer the one that {path_of(cls)!r} names, because its module was "
            "loaded anew or the name was given away; make the part again."
        )
    if not cls._source:
        raise InputError(
            f"Class `{cls.__qualname__}` has no source that can be read, which a record has to name; {PUT}."
        )


def source_of(own: Own | Named) -> str:
    """Return the SHA-256 of the files of a part, of what it extends and imports; nothing where it is not known."""
    return own._source


def title_of(own: Own) -> str:
    """Return what a sentence calls a part: its field and its kind."""
    return f"{_title(base_of(type(own)))} {own.kind!r}"


def sources(parts: Mapping[str, Own | Named]) -> dict[str, str]:
    """Return the hash of the source of each part of one's own, by the name that a record gives it."""
    return {f"{FILE_OF}{each.kind}": source_of(each) for each in parts.values() if source_of(each)}


def changed(own: Own, before: str) -> str:
    """Say that a stored run was computed by another version of a part's file."""
    module = sys.modules.get(type(own).__module__)
    file = Path(getattr(module, "__file__", None) or type(own).__module__).name
    imported = " or of a module that it imports" if len(own._modules) > 1 else ""
    return (
        f"{title_of(own)} of a stored run was defined by another version of {file}{imported}: its "
        f"SHA-256 was {before[:SHOWN] or 'unknown'}, is {own._source[:SHOWN]}."
    )


def _rebuilt(base: type[Own], kind: str, fields: Mapping[str, Any], source: str) -> Own | Named:
    """Undo :meth:`Own.__reduce__` in another process; where that fails, the part says why when it is used."""
    try:
        found = made(base, kind, fields)
    except InputError as error:
        return Named(base, kind, fields, source, str(error))
    if found._source != source:
        return Named(
            base, kind, fields, source, f"{changed(found, source)[:-1]}; it must not change while runs use it."
        )
    return found


def _check_class(cls: type) -> None:
    if "_source" not in cls.__dict__:
        raise _undecorated(cls)


def _undecorated(cls: type) -> InputError:
    return InputError(f"Class `{cls.__name__}` needs the decorator `@parts.part` above it.")


def _builtin(cls: type) -> str:
    """The name of the built-in part that a class extends, or nothing."""
    return next(
        (
            each.__name__
            for each in cls.__mro__[1:]
            if each.__module__.startswith("polygenesis.") and dataclasses.is_dataclass(each)
        ),
        "",
    )


def _texts_of(cls: type) -> dict[str, str]:
    """The sources of the modules that define a class, what it extends, and what these import from beside them.

    They are read when the class is made: a file that is edited later is not the one that runs. Nothing where one
    cannot be read.
    """
    modules = [each.__module__ for each in reversed(cls.__mro__)]
    library = ("polygenesis", *sys.stdlib_module_names)
    return texts_of(list(dict.fromkeys(each for each in modules if each.partition(".")[0] not in library))) or {}


def _where(module: str) -> str:
    return "in a notebook or a script that was run" if module in ("__main__", "__mp_main__") else "inside a function"


def _title(base: type[Own]) -> str:
    return base._field.capitalize()


def _what(value: Any) -> str:
    return f"class {value.__name__}" if isinstance(value, type) else shortened(value)


@functools.lru_cache(maxsize=256)
def _adapter(cls: type) -> TypeAdapter[Any]:
    return TypeAdapter(cls)
