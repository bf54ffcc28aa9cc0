"""Docstrings as they stand in the source, read by Sphinx: sections become fields, indented equations literal blocks."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polygenesis.parts import FAMILIES
from polygenesis.spec import part_classes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SECTIONS = {"Args:": "param", "Raises:": "raises", "Returns:": "returns"}
LITERAL = re.compile(r"(``.*?``)")
ERROR = re.compile(r":class:`(?=(?:Input|Store|Polygenesis)Error`)")
ITEM = re.compile(r"    (?P<names>\*{0,2}[\w.]+(?:, \*{0,2}\w+)*): (?P<text>.*)")


def fielded(lines: list[str]) -> Iterator[str]:
    """Turn ``Args:``, ``Returns:`` and ``Raises:`` with what is indented below them into fields."""
    section = ""
    for line in lines:
        if line in SECTIONS:
            section = SECTIONS[line]
            yield ""
            if section == "returns":
                yield ":returns:"
            continue
        if line and not line.startswith(" "):
            if section:
                yield ""
            section = ""
        item = ITEM.fullmatch(line) if section in ("param", "raises") else None
        if item:
            for name in item["names"].split(", "):
                yield f":{section} {name.lstrip('*')}: {item['text']}"
        else:
            yield line


def with_equations(lines: list[str]) -> Iterator[str]:
    """Make a literal block of what is indented after an empty line: there, spaces and signs mean what they show."""
    before, inside, fields = "", False, False
    for line in lines:
        fields = (fields and (not line or line.startswith(" "))) or line.startswith(":")
        starts = line.startswith("    ") and not before and not fields and not inside
        if starts:
            yield from ("::", "")
        inside = starts or (inside and (not line or line.startswith("    ")))
        yield line if inside else plain(line)
        before = line


def plain(line: str) -> str:
    """Take the meaning of substitutions from bars outside of literals, which are magnitudes; name errors in full."""
    if line.lstrip().startswith((">>>", "...")):
        return line
    line = ERROR.sub(":class:`polygenesis.", line)
    return "".join(part if part.startswith("``") else part.replace("|", "\\|") for part in LITERAL.split(line))


def said_of(name: str) -> list[str]:
    """Return the text below a constant in the module where it is made."""
    folder, _, constant = name.rpartition(".")
    package = importlib.import_module(folder)
    for each in ast.parse(Path(package.__file__ or "").read_text(encoding="utf-8")).body:
        if isinstance(each, ast.ImportFrom) and constant in {alias.name for alias in each.names}:
            return said_in(str(each.module), constant)
    return said_in(folder, constant)


def said_in(module: str, constant: str) -> list[str]:
    body = ast.parse(Path(importlib.import_module(module).__file__ or "").read_text(encoding="utf-8")).body
    for each, following in itertools.pairwise(body):
        target = each.targets[0] if isinstance(each, ast.Assign) else getattr(each, "target", None)
        names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)} if target else set()
        match following:
            case ast.Expr(ast.Constant(str(text))) if constant in names:
                return text.splitlines()
    return []


@functools.cache
def contracts() -> dict[type, type]:
    """The base in ``polygenesis.parts`` of each built-in part, which has its methods without extending it."""
    built_in = part_classes()
    return {cls: base for base in FAMILIES.values() for cls in built_in[base._field]}


def arguments_of(cls: type, name: str) -> list[str]:
    """Return the section ``Args:`` of a method: its own, or that of the nearest base whose method takes the same.

    After the bases that a built-in part extends comes the one in ``polygenesis.parts``.
    """
    taken = list(inspect.signature(getattr(cls, name)).parameters)
    for base in (*cls.__mro__, *(contracts()[each] for each in cls.__mro__ if each in contracts())):
        if name in vars(base) and list(inspect.signature(getattr(base, name)).parameters) == taken:
            lines = (inspect.getdoc(getattr(base, name)) or "").splitlines()
            if "Args:" in lines:
                first, *rest = lines[lines.index("Args:") :]
                return [first, *itertools.takewhile(lambda line: not line or line.startswith(" "), rest)]
    return []


def read(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Rewrite the lines of one docstring in place."""
    text = said_of(name) if what == "data" else list(lines)
    examples = next((i for i, line in enumerate(text) if line.startswith(">>>")), len(text))
    said, shown = text[:examples], text[examples:]
    if what == "method" and "Args:" not in said:
        owner, _, method = name.rpartition(".")
        module, _, cls = owner.rpartition(".")
        said += ["", *arguments_of(getattr(importlib.import_module(module), cls), method)]
    lines[:] = [*with_equations(list(fielded(said))), "", *shown, ""]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", read)
    return {"parallel_read_safe": True}
