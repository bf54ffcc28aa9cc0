"""Bundling: the explorer's JavaScript modules as one classic script, without a tool from elsewhere.

A module states its imports first, by name, from files beside it (``import {census} from "../core/census.js";``), and
exports what it declares (``export function``, ``export const``). All modules then share one function's scope, so that
top-level names must differ over all files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from polygenesis.errors import PolygenesisError

_IMPORT = re.compile(r'^import\s*\{(?P<names>[^}]*)\}\s*from\s*"(?P<path>[^"]+)";[ \t]*\n', re.MULTILINE)
_FUNCTION = re.compile(r"^(?P<export>export )?(?:async )?(?:function\*?|class) (?P<name>[\w$]+)", re.MULTILINE)
_VALUES = re.compile(r"^(?P<export>export )?(?:const|let|var) ", re.MULTILINE)
_OTHER = re.compile(r"^(?:import\b|export (?!(?:async )?(?:function|class|const|let|var)\b)).*", re.MULTILINE)
_COMMENT = re.compile("//[^\n]*")
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_QUOTES = "\"'`"


class BundleError(PolygenesisError):
    """Modules that cannot share one script; the sentence names the file."""


@dataclass(frozen=True)
class Module:
    """One file: its text without imports and exports, what it imports (file → names), declares and exports."""

    path: str
    body: str
    imports: Mapping[str, tuple[str, ...]]
    declared: tuple[str, ...]
    exported: frozenset[str]


def bundle(sources: Mapping[str, str], entry: str) -> str:
    """Return one script with the modules that ``entry`` needs, each after those that it imports.

    ``sources``: path (``"core/census.js"``) → text. The script is one function in strict mode, called at once. Raises
    :class:`BundleError` for a file or a name that is not there, an import or export of another form, a circle of
    imports, and two equal top-level names.
    """
    modules = list(_ordered(sources, entry))
    owners: dict[str, str] = {}
    for module in modules:
        for name in module.declared:
            if name in owners:
                raise BundleError(f"Files {owners[name]} and {module.path} both declare {name!r} at their top level.")
            owners[name] = module.path
    body = "\n".join(f"// {module.path}\n{module.body}" for module in modules)
    return f'(() => {{\n"use strict";\n{body}}})();\n'


def read_module(path: str, text: str) -> Module:
    """Read one file's imports, exports and top-level names."""
    imports: dict[str, tuple[str, ...]] = {}
    for found in _IMPORT.finditer(text):
        target = _beside(path, found["path"])
        names = tuple(each.strip() for each in found["names"].split(",") if each.strip())
        if bad := next((each for each in names if not re.fullmatch(r"[\w$]+", each)), None):
            raise BundleError(f"File {path} imports {bad!r} from {target}: names are imported as they are.")
        imports[target] = (*imports.get(target, ()), *names)
    body = _IMPORT.sub("", text)
    if other := _OTHER.search(body):
        raise BundleError(f"File {path} has an import or export of a form that is not bundled: {other.group()!r}.")
    declared = [(found["name"], bool(found["export"])) for found in _FUNCTION.finditer(body)]
    for found in _VALUES.finditer(body):
        declared += [(name, bool(found["export"])) for name in _names(body, found.end())]
    exported = frozenset(name for name, public in declared if public)
    return Module(path, _EXPORT.sub("", body), imports, tuple(name for name, _ in declared), exported)


def _ordered(sources: Mapping[str, str], entry: str) -> Iterator[Module]:
    """Every module that an entry needs, those it imports first."""
    done: set[str] = set()
    open_: list[str] = []

    def visit(path: str, wanted_by: str) -> Iterator[Module]:
        if path not in sources:
            raise BundleError(f"File {wanted_by} imports {path}, which is not there.")
        if path in open_:
            raise BundleError(f"Files import each other in a circle: {' → '.join([*open_, path])}.")
        if path in done:
            return
        open_.append(path)
        module = read_module(path, sources[path])
        for target, names in module.imports.items():
            yield from visit(target, path)
            known = read_module(target, sources[target]).exported
            if missing := next((each for each in names if each not in known), None):
                raise BundleError(f"File {path} imports {missing!r} from {target}, which does not export it.")
        open_.pop()
        done.add(path)
        yield module

    yield from visit(entry, "the page")


def _beside(path: str, target: str) -> str:
    """Resolve a relative address: ("views/a.js", "../core/b.js") → "core/b.js"."""
    if not target.startswith(("./", "../")):
        raise BundleError(f"File {path} imports {target!r}: only files of the explorer can be imported.")
    parts: list[str] = list(PurePosixPath(path).parent.parts)
    for part in PurePosixPath(target).parts:
        if part == "..":
            if not parts:
                raise BundleError(f"File {path} imports {target!r}, which is outside the explorer.")
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _names(text: str, at: int) -> list[str]:
    """The names that a declaration (``const a = 1, {b, c: d} = e;``) declares, from after its keyword."""
    names: list[str] = []
    for declarator in _declarators(text, at):
        target = declarator.partition("=")[0].strip() if declarator[:1] not in "{[" else _pattern(declarator)
        for each in re.split(r"[,{}\[\]]", target):
            name = each.partition("=")[0].rpartition(":")[2].strip().removeprefix("...")
            if name:
                names.append(name)
    return names


def _pattern(declarator: str) -> str:
    """The bracketed left side of a destructuring declaration."""
    depth = 0
    for index, letter in enumerate(declarator):
        depth += (letter in "{[") - (letter in "}]")
        if depth == 0:
            return declarator[: index + 1]
    return declarator


def _declarators(text: str, at: int) -> Iterator[str]:
    """Split a declaration at its top-level commas, up to its semicolon."""
    depth, begin, index = 0, at, at
    while index < len(text):
        letter = text[index]
        if letter in _QUOTES:
            index = _after_quote(text, index)
            continue
        if text.startswith("//", index):
            index = text.find("\n", index)
            if index < 0:
                break
            continue
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and letter in ",;":
            yield _COMMENT.sub("", text[begin:index]).strip()
            begin = index + 1
            if letter == ";":
                return
        index += 1
    raise BundleError(f"A declaration has no end: {text[at : at + 60]!r}; close each with a semicolon.")


def _after_quote(text: str, index: int) -> int:
    """The place behind a quoted text that begins here."""
    quote, index = text[index], index + 1
    while index < len(text) and text[index] != quote:
        index += 2 if text[index] == "\\" else 1
    return index + 1
