"""RunSpec: everything that defines a run, as one frozen value with a canonical text and a key."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from polygenesis import parts
from polygenesis.checks import PositiveInt, members, part, sentence, whole_of_any_size
from polygenesis.errors import InputError, bad_argument
from polygenesis.features import Features, OneHot
from polygenesis.html import escaped, fragment
from polygenesis.importance import Equal, Importance
from polygenesis.initial import Gaussian, Initial
from polygenesis.interference import FullInterference, Interference
from polygenesis.models import Model
from polygenesis.noise import Noise, NoNoise
from polygenesis.own import STORED, Named, OrOwn, Own, require_importable
from polygenesis.penalties import L1, Penalty
from polygenesis.saving import Save
from polygenesis.seeds import Streams
from polygenesis.targets import Inputs, Target
from polygenesis.training import GradientFlow, Training

SCHEMA = 2
"""Version of the spec's fields and streams; a spec from a newer schema is refused, never guessed at.

1: one stream of random numbers for everything, which λ and the training changed as well. 2: streams by purpose.
"""

NOT_THE_PROCESS = ("replicates", "seed", "precision", "save", "interference")
"""Fields that did not change what is drawn in schema 1."""

WIDTH = 100
"""Letters of a spec that is written in one line; a longer one has a line for each field."""

ADDED = ("interference", "target", "importance")
"""Fields that came after the first specs were stored: a default of theirs is not written, so that keys stay. A part
names such fields of its own as ``added``."""


LONGEST_BITS = 4096
"""Whole numbers in a spec have at most so many bits; the largest that any field takes has 128."""

LARGEST_SEED = 2**128 - 1
"""As large as NumPy's own seeds, which are drawn from the system's entropy."""

Seed = Annotated[int, BeforeValidator(whole_of_any_size), Field(ge=0, le=LARGEST_SEED)]


@part
class RunSpec:
    """Everything that defines a run: the parts, how many replicates, and the seed.

    Equal specs are equal values with equal keys. ``model`` maps the ``features`` to outputs, which should be the
    ``target``; the loss weights the error of each output by its ``importance`` and adds the ``penalty``. ``initial``:
    law of the first weights. ``training``: how they move. ``noise``: what is added to the hidden layer meanwhile.
    ``interference``: which features act on each other. ``precision`` is that of the weights; ``save`` says what is
    kept besides the first and last weights. ``schema`` says which rules draw the random numbers: 1 for specs stored
    before there were :attr:`streams` by purpose. Raises :class:`polygenesis.InputError` for fields that cannot be.

    >>> from polygenesis import AdamW, TiedAutoencoder
    >>> spec = RunSpec(TiedAutoencoder(n=8, m=16), penalty=L1(0.05), replicates=4)
    >>> spec
    RunSpec(model=TiedAutoencoder(n=8, m=16), penalty=L1(strength=0.05), replicates=4)
    >>> len(spec.key), spec.key == RunSpec(TiedAutoencoder(n=8, m=16), penalty=L1(0.05), replicates=4).key
    (64, True)
    >>> spec.streams == spec.replace(penalty=L1(0.1), training=AdamW()).streams
    True
    """

    model: Annotated[Model | parts.Model, OrOwn(Model, parts.Model)]
    features: Annotated[Features | parts.Features, OrOwn(Features, parts.Features)] = OneHot()
    penalty: Annotated[Penalty | parts.Penalty, OrOwn(Penalty, parts.Penalty)] = L1(0.016)
    initial: Annotated[Initial | parts.Initial, OrOwn(Initial, parts.Initial)] = Gaussian()
    noise: Annotated[Noise | parts.Noise, OrOwn(Noise, parts.Noise)] = NoNoise()
    training: Training = GradientFlow()
    replicates: PositiveInt = 1
    seed: Seed = 0
    precision: Literal["float32", "float64"] = "float64"
    save: Save = Save()
    interference: Annotated[Interference | parts.Interference, OrOwn(Interference, parts.Interference)] = (
        FullInterference()
    )
    target: Annotated[Target | parts.Target, OrOwn(Target, parts.Target)] = Inputs()
    importance: Annotated[Importance | parts.Importance, OrOwn(Importance, parts.Importance)] = Equal()
    schema: Annotated[PositiveInt, Field(le=SCHEMA)] = SCHEMA

    def __repr__(self) -> str:
        """The call that makes an equal spec: the model, and every field that differs from its default."""
        given = [(each.name, repr(getattr(self, each.name))) for each in self._told()]
        line = f"RunSpec({', '.join(f'{name}={value}' for name, value in given)})"
        if len(line) <= WIDTH:
            return line
        return "\n".join(["RunSpec(", *(f"    {name}={value}," for name, value in given), ")"])

    def _repr_html_(self) -> str:
        """Show every field in a notebook, those that differ from their default in full ink."""
        told = {each.name for each in self._told()}
        rows = "".join(
            f"<dt>{escaped(each.name)}</dt><dd{'' if each.name in told else ' class=plain'}>"
            f"{escaped(repr(getattr(self, each.name)))}</dd>"
            for each in dataclasses.fields(self)
        )
        note = f"key {self.key[:12]}; fields in grey have their defaults"
        return fragment(f"<dl>{rows}</dl>", "RunSpec", note=note)

    def _told(self) -> list[dataclasses.Field[Any]]:
        """The fields that differ from their default, or have none."""
        return [each for each in dataclasses.fields(self) if getattr(self, each.name) != each.default]

    @property
    def canonical(self) -> str:
        """All fields and the schema's version as JSON with sorted keys and no spaces.

        Without fields of ``ADDED``, and without a part's ``added`` fields, that have their default. Raises
        :class:`polygenesis.InputError` for a part of one's own that cannot be imported (the documentation's page
        "Write a penalty").
        """
        self._require_importable()
        return self._canonical()

    @functools.cached_property
    def key(self) -> str:
        """SHA-256 of the canonical JSON: the name of this run's folder."""
        return hashlib.sha256(self._canonical().encode()).hexdigest()

    @functools.cached_property
    def streams(self) -> Streams:
        """The addresses of this spec's random numbers, by purpose.

        The start depends on n, m and the initial law alone: specs that differ in penalty, training, features, noise,
        target, importance, interference, precision, saving or replicates start from the same W(0), replicate by
        replicate, so that their results can be compared in pairs. In float32 that start is rounded. The data (inputs,
        data sets and the order of minibatches) are those of the start and the features, the noise that of the start
        and the noise: specs with equal features see the same inputs, specs with equal noise the same noise, as far
        as their batches and steps go, and specs with other starts have nothing in common. In schema 1 all three
        are one stream, which every field but replicates, seed, precision, saving and interference changes.
        """
        written = self._written()
        if self.schema == 1:
            process = {name: value for name, value in written.items() if name not in NOT_THE_PROCESS}
            return Streams(*[_digest({**process, "schema": 1})] * 3)
        start = {"schema": self.schema, "n": self.model.n, "m": self.model.m, "initial": written["initial"]}
        data, noise = ({**start, name: written[name]} for name in ("features", "noise"))
        return Streams(_digest(start), _digest(data), _digest(noise))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain numbers, texts, lists and dictionaries; ``schema`` where it is an older one.

        Raises :class:`polygenesis.InputError` for a part of one's own that cannot be imported.
        """
        self._require_importable()
        return self._fields()

    def _fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = _adapter().dump_python(self, mode="json")
        if self.schema == SCHEMA:
            del fields["schema"]
        return fields

    def _canonical(self) -> str:
        return _json({**self._written(), "schema": self.schema})

    def _require_importable(self) -> None:
        for each in own_parts(self).values():
            if isinstance(each, Own):
                require_importable(each)

    def _written(self) -> dict[str, Any]:
        defaults = {each.name: each.default for each in dataclasses.fields(self)}
        unsaid = {name for name in ADDED if getattr(self, name) == defaults[name]}
        written = {name: value for name, value in self._fields().items() if name not in unsaid}
        for name in written:
            part = getattr(self, name)
            for each in () if isinstance(part, Named) else getattr(part, "added", ()):
                if getattr(part, each) == next(f.default for f in dataclasses.fields(part) if f.name == each):
                    del written[name][each]
        return written

    def replace(self, **changes: Any) -> RunSpec:
        """Return a copy with some fields changed.

        Args:
            **changes: new values by field, such as ``penalty=L1(0.1)``; parts are replaced as a whole.
        """
        return dataclasses.replace(self, **changes)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> RunSpec:
        """Build a spec from nested dictionaries, as read from TOML or JSON.

        Args:
            fields: values by field name, parts as dictionaries of their fields with their ``kind``; what is missing has
                its default. Parts of one's own are imported.

        Raises:
            polygenesis.InputError: for unknown and missing fields, bad values, and a newer schema.
        """
        return cls._from(fields, None)

    @classmethod
    def _from(cls, fields: Mapping[str, Any], context: dict[str, Any] | None) -> RunSpec:
        if not isinstance(fields, Mapping):
            raise bad_argument("fields", "be a table of a spec's fields", fields)
        given = dict(fields)
        schema = given.get("schema", SCHEMA)
        if isinstance(schema, int) and schema > SCHEMA:
            raise InputError(
                f"Spec has schema {schema}, but this polygenesis reads up to {SCHEMA}; update polygenesis."
            )
        _refuse_endless(given)
        try:
            return _adapter().validate_python(_with_kinds(given), context=context)
        except ValidationError as error:
            raise sentence(error, cls) from None

    @classmethod
    def from_toml(cls, text: str, *, name: str = "spec") -> RunSpec:
        """Build a spec from TOML text.

        Args:
            text: the fields, with one table for each part.
            name: what an error message calls the text, such as its file.

        Raises:
            polygenesis.InputError: for a syntax error, with its line, and as :meth:`from_dict` does.
        """
        return cls.from_dict(parse_toml(text, name=name))

    @classmethod
    def from_json(cls, text: str, *, name: str = "spec") -> RunSpec:
        """Build a spec from JSON text, canonical or not.

        Args:
            text: an object of the fields, parts as objects.
            name: what an error message calls the text, such as its file.

        Raises:
            polygenesis.InputError: for a syntax error, with its line, and as :meth:`from_dict` does.
        """
        return cls.from_dict(parse_json(text, name=name))

    @classmethod
    def from_file(cls, path: str | Path) -> RunSpec:
        """Read a spec from a file.

        Args:
            path: a name that ends in ``.json`` is read as JSON, any other as TOML; both in UTF-8.

        Raises:
            polygenesis.InputError: for a file that cannot be read, a syntax error, and as :meth:`from_dict` does.
        """
        return cls.from_dict(read_fields(path))


def stored_spec(text: str, *, name: str = "spec") -> RunSpec:
    """Build a spec from JSON that was stored: nothing is imported, so that reading runs no code that a file names.

    A part of somebody's own is itself where its module is loaded, and otherwise :class:`polygenesis.own.Named`.
    """
    return RunSpec._from(parse_json(text, name=name), {STORED: True})


def own_parts(spec: RunSpec) -> dict[str, Own | Named]:
    """The parts of a spec that are no built-in ones, by field."""
    found = {each.name: getattr(spec, each.name) for each in dataclasses.fields(spec)}
    return {name: each for name, each in found.items() if isinstance(each, Own | Named)}


def present(spec: RunSpec) -> RunSpec:
    """Return a spec all of whose parts are loaded; :class:`InputError` says which is not."""
    named = {name: each for name, each in own_parts(spec).items() if isinstance(each, Named)}
    return spec.replace(**{name: each.present() for name, each in named.items()}) if named else spec


def read_fields(path: str | Path) -> dict[str, Any]:
    """Read nested fields from a ``.toml`` or ``.json`` file, saying in one sentence what is wrong with it."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"Cannot read {str(path)!r}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"Cannot read {str(path)!r}: it is not UTF-8 text.") from None
    except ValueError as error:  # a NUL in the name
        raise InputError(f"Cannot read {str(path)!r}: {error}.") from None
    return parse_json(text, name=str(path)) if path.suffix == ".json" else parse_toml(text, name=str(path))


def parse_toml(text: str, *, name: str) -> dict[str, Any]:
    """Parse TOML; raise :class:`InputError` with the line of a syntax error."""
    if not isinstance(text, str):
        raise bad_argument("text", "be TOML text (`from_file` reads a path)", text)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        last = f"at line {len(text.splitlines()) or 1}, the last"
        what = str(error).replace("at end of document", last)
        raise InputError(f"{name} is not valid TOML: {what}.") from None


def parse_json(text: str, *, name: str) -> dict[str, Any]:
    """Parse a JSON object; raise :class:`InputError` with the line of a syntax error."""
    if not isinstance(text, str):
        raise bad_argument("text", "be JSON text (`from_file` reads a path)", text)
    try:
        fields = json.loads(text, object_pairs_hook=_without_repetition)
    except json.JSONDecodeError as error:
        where = f"at line {error.lineno}, column {error.colno}"
        raise InputError(f"{name} is not valid JSON: {error.msg} ({where}).") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is not valid JSON: {error}.") from None
    if not isinstance(fields, dict):
        raise InputError(f"{name} must be a JSON object, but is {fields!r:.80}.")
    return fields


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that gives a field twice: JSON would silently keep the last."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"field {next(name for name in names if names.count(name) > 1)!r} is given twice")
    return fields


def flat_fields(fields: Mapping[str, Any], start: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested fields by dotted name."""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from flat_fields(value, f"{start}{name}.")
        else:
            yield f"{start}{name}", value


def merge(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay changes over nested fields; a changed `kind` drops the old part's other fields."""
    merged = dict(fields)
    for name, value in changes.items():
        old = merged.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            keep = {} if value.get("kind", old.get("kind")) != old.get("kind") else old
            merged[name] = {**keep, **value}
        else:
            merged[name] = value
    return merged


def _with_kinds(fields: dict[str, Any]) -> dict[str, Any]:
    """Name the default kind where a part is given by its fields alone: `[penalty] strength = 1` means L1.

    A default without fields (no noise) is meant by an empty table only: `[noise] std = 1` must say its kind.
    """
    for each in dataclasses.fields(RunSpec):
        given = fields.get(each.name)
        default: Any = each.default
        if not isinstance(given, Mapping) or "kind" in given or not hasattr(default, "kind"):
            continue
        if not given or len(dataclasses.fields(default)) > 1:
            fields[each.name] = {"kind": default.kind, **given}
    return fields


def _refuse_endless(fields: Any, name: str = "") -> None:
    """Refuse whole numbers that Python does not write: others could not even say what is wrong with them."""
    if isinstance(fields, Mapping):
        for each, value in fields.items():
            _refuse_endless(value, f"{name}.{each}" if name else str(each))
    elif isinstance(fields, list | tuple):
        for value in fields:
            _refuse_endless(value, name)
    elif isinstance(fields, int) and fields.bit_length() > LONGEST_BITS:
        raise bad_argument(name, f"be a number of at most {LONGEST_BITS} bits", fields)


def part_classes() -> dict[str, tuple[type, ...]]:
    """The classes that each field of a spec can be: for help texts and tests."""
    return {
        "model": members(Model),
        "features": members(Features),
        "penalty": members(Penalty),
        "initial": members(Initial),
        "noise": members(Noise),
        "training": members(Training),
        "save": (Save,),
        "interference": members(Interference),
        "target": members(Target),
        "importance": members(Importance),
    }


@functools.cache
def _adapter() -> TypeAdapter[RunSpec]:
    return TypeAdapter(RunSpec)


def _digest(value: Any) -> str:
    return hashlib.sha256(_json(value).encode()).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
