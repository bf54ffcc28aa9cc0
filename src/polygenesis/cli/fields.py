"""Dotted flags for every field of every part of a spec, made from the parts themselves."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

from cyclopts import Group, Parameter, Token
from pydantic import TypeAdapter

from polygenesis.cli.helping import LONG
from polygenesis.spec import RunSpec, part_classes

Schema = Mapping[str, Any]
T = TypeVar("T")

SCALARS = {
    "replicates": "How many networks are trained, each from its own initial weights.",
    "seed": "Where all random numbers start; replicate k is the same whatever the number of replicates.",
    "precision": "Precision of the weights.",
    "schema": "Rules by which random numbers are drawn: 1 is for specs stored by earlier versions.",
}
"""What the fields of a spec that are no parts mean."""

COMMON = {
    "model.kind": "",
    "model.n": "Number of features n.",
    "model.m": "Number of neurons m.",
    "features.kind": "",
    "penalty.kind": "",
    "penalty.strength": "Strength λ of the penalty in the loss.",
    "training.kind": "",
    "training.lr": "Learning rate.",
    "training.steps": "Number of steps.",
}
"""Fields of parts that the short help shows beside the spec's own, and what they are, shorter than their parts say."""

SPEC = Group("Spec", help="The fields that are used most; all of them, and what each kind is: --help-all.", sort_key=50)

BOUNDS = {
    "exclusiveMinimum": "above",
    "minimum": "at least",
    "exclusiveMaximum": "below",
    "maximum": "at most",
    "gt": "above",  # pydantic writes a bound so where a validator of ours stands before it
    "ge": "at least",
    "lt": "below",
    "le": "at most",
}
"""How a schema's bounds are said."""


def with_flags(command: Callable[..., T]) -> Callable[..., T]:
    """Give a command that takes ``**fields`` one dotted flag for every field of a spec.

    All are text but switches and lists: the spec itself reads and checks them.
    """
    found = [_flag(part, name, each) for part, parts in part_classes().items() for name, each in _cases(parts).items()]
    found += [_scalar(each.name) for each in dataclasses.fields(RunSpec) if each.name not in part_classes()]
    signature = inspect.signature(command)
    own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    more = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name, _ in found]
    command.__signature__ = signature.replace(parameters=[*own, *more])  # type: ignore[attr-defined]
    command.__annotations__ = {**command.__annotations__, **dict(found)}
    return command


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags that were given as nested fields.

    >>> nested({"model__n": "64", "model__m": None, "seed": "1"})
    {'model': {'n': '64'}, 'seed': '1'}
    """
    found: dict[str, Any] = {}
    for flag, value in fields.items():
        part, _, name = flag.partition("__")
        if value is not None and name:
            found.setdefault(part, {})[name] = _number_or_list(part, name, value)
        elif value is not None:
            found[part] = value
    return found


def _number_or_list(part: str, name: str, value: Any) -> Any:
    """Read one value as a single one where a field takes either a number or a list."""
    if not isinstance(value, list) or len(value) != 1:
        return value
    either = any("anyOf" in schema for _, schema in _cases(part_classes()[part])[name])
    return value[0] if either else value


def _cases(classes: tuple[type, ...]) -> dict[str, list[tuple[type, Schema]]]:
    """Collect each field's schemas over the classes that have it, kind first."""
    cases: dict[str, list[tuple[type, Schema]]] = {"kind": []} if len(classes) > 1 else {}
    for cls in classes:
        for name, schema in TypeAdapter(cls).json_schema().get("properties", {}).items():
            if name != "kind" or len(classes) > 1:
                cases.setdefault(name, []).append((cls, schema))
    return cases


def _flag(part: str, name: str, cases: list[tuple[type, Schema]]) -> tuple[str, Any]:
    title = f"Spec: {part}"
    LONG.add(title)
    whole = Group(title, help=_group_help(part), sort_key=100 + list(part_classes()).index(part))
    choices = [str(schema["const"]) for _, schema in cases] if name == "kind" else cases[0][1].get("enum", [])
    if name == "kind":
        help = f"({' | '.join(choices)}; default {_default_kind(part)})"
    else:
        everywhere = len(part_classes()[part]) == len(cases)
        help = _help(name, cases, all_have_it=everywhere, about=COMMON.get(f"{part}.{name}", ""))
    group = (SPEC, whole) if f"{part}.{name}" in COMMON else (whole,)
    return _field(f"{part}__{name}", f"--{part}.{name}", _type(cases[0][1]), help, group, choices)


def _scalar(name: str) -> tuple[str, Any]:
    schema = TypeAdapter(get_type_hints(RunSpec, include_extras=True)[name]).json_schema()  # of all parts it takes long
    help = f"{SCALARS[name]} ({_must(schema)}; default {getattr(RunSpec, name)})"
    group = SPEC
    if name == "schema":  # for specs stored long ago
        LONG.add(title := "Spec: version")
        group = Group(title, sort_key=100 + len(part_classes()))
    return _field(name, f"--{name}", _type(schema), help, (group,), schema.get("enum", []))


def _field(
    attribute: str, flag: str, type_: Any, help: str, group: tuple[Group, ...], choices: Sequence[str] = ()
) -> tuple[str, Any]:
    """One flag; ``choices`` are for completion alone: what is not among them the spec answers itself."""
    parameter = Parameter(
        name=flag,
        help=help,
        group=group,
        show_default=False,
        show_choices=False,
        metavar="",
        negative=f"--no-{flag[2:]}" if type_ is bool else "",
        consume_multiple=type_ not in (bool, str),
        converter=_as_typed if choices and type_ is str else None,
    )
    typed = Literal[tuple(choices)] | str if choices and type_ is str else type_
    return attribute, Annotated[typed | None, parameter]


def _as_typed(_: Any, tokens: Sequence[Token]) -> str:
    return tokens[0].value


def _type(schema: Schema) -> Any:
    """Text for every value that the spec will read; switches and lists as what they are."""
    if schema.get("type") == "boolean":
        return bool
    return list[str] if "array" in _types(schema) else str


def _types(schema: Schema) -> list[str]:
    return [each.get("type", "") for each in schema.get("anyOf", [schema])]


def _help(name: str, cases: list[tuple[type, Schema]], *, all_have_it: bool, about: str) -> str:
    _, schema = cases[0]
    pieces = [_must(schema)]
    if not all_have_it:
        pieces.append(", ".join(_kind(cls) for cls, _ in cases))
    if schema.get("type") not in ("array", "boolean"):
        pieces += _defaults(cases)
    about = about or next((text for cls, _ in cases if (text := _about(cls, name))), "")
    return f"{about} ({'; '.join(pieces)})".strip()


def _defaults(cases: list[tuple[type, Schema]]) -> list[str]:
    """Say a field's default, and for which parts where others that have the field must be told."""
    found: dict[str, list[type]] = {}
    for cls, schema in cases:
        if schema.get("default") is not None:
            found.setdefault(str(schema["default"]), []).append(cls)
    return [
        f"default {value}" + ("" if len(owners) == len(cases) else f" for {', '.join(map(_kind, owners))}")
        for value, owners in found.items()
    ]


def _must(schema: Schema) -> str:
    """Say in words what a field can be."""
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if "anyOf" in schema:
        parts = [_must(each) for each in schema["anyOf"] if each.get("type") != "null"]
        return ", or ".join(parts)
    if schema.get("type") == "boolean":
        return "switch"
    if schema.get("type") == "array":
        items = schema.get("items", {})
        return f"one or more of {', '.join(items['enum'])}" if "enum" in items else f"one or more: {_must(items)}"
    words = {"integer": "whole number", "number": "number", "string": "text"}
    limits = [f"{word} {_bound(schema[key])}" for key, word in BOUNDS.items() if key in schema]
    return f"{words.get(str(schema.get('type')), 'value')} {' and '.join(limits)}".rstrip()


def _bound(value: float) -> str:
    """Write a bound; 2^128 − 1 as that.

    >>> _bound(0.5), _bound(2**128 - 1)
    ('0.5', '2^128 − 1')
    """
    bits = int(value).bit_length()
    return f"2^{bits} − 1" if value == 2**bits - 1 and bits > 64 else f"{value:g}"


def _about(cls: type, name: str) -> str:
    """Find what a part's docstring says of a field: "``field``: text", else the sentence that names it."""
    text = " ".join((cls.__doc__ or "").strip().partition("\n")[2].split())  # the first line is the group's help
    colon = re.search(rf"``{name}``: (.+?)\.(?= |$)", text)
    if colon:
        return _sentence(colon[1])
    return next((_sentence(each) for each in re.split(r"(?<=\.) ", text) if f"``{name}``" in each), "")


def _sentence(text: str) -> str:
    plain = text.replace("``", "").strip().rstrip(".")
    named = plain[1:2] == " " and plain[0] != "a"  # a quantity such as n keeps its case
    return (plain if named else plain[:1].upper() + plain[1:]) + "."


def _group_help(part: str) -> str:
    classes = part_classes()[part]
    lines = [(cls.__doc__ or "").strip().splitlines()[0].replace("``", "") for cls in classes]
    if len(classes) == 1:
        return lines[0]
    return "\n\n".join(f"{_kind(cls)}: {line}" for cls, line in zip(classes, lines, strict=True))


def _kind(cls: type) -> str:
    return str(next(each.default for each in dataclasses.fields(cls) if each.name == "kind"))


def _default_kind(part: str) -> str:
    default: Any = next(each.default for each in dataclasses.fields(RunSpec) if each.name == part)
    if default is dataclasses.MISSING:
        return _kind(part_classes()[part][0])  # what a spec file means that gives no kind
    told = [each for each in dataclasses.fields(default) if each.default is dataclasses.MISSING]
    values = [f"{each.name} {getattr(default, each.name):g}" for each in told]
    return " with ".join([default.kind, *([", ".join(values)] if values else [])])
