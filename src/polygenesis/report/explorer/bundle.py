"""Bundling: the explorer's modules of JavaScript as one script, without a tool of another language.

Each module becomes a function that runs once, in the order of the imports, and returns what it exports. Modules use
named imports and exports only, each statement on lines of its own; anything else is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from polygenesis.html import asset

PACKAGE = "polygenesis.report.explorer"

_IMPORT = re.compile(r'^import\s*\{(?P<names>[^}]*)\}\s*from\s*"(?P<path>\.{1,2}/[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(?P<kind>(?:async\s+)?function\*?|class|const|let)\s+(?P<rest>[^\n]*)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")


class BundleError(Exception):
    """A module that cannot be joined with the others; a mistake of ours, never of a user's."""


def bundle(entry: str) -> str:
    """Return the module ``entry`` (a path inside the explorer's folder) and all that it imports as one script.

    Raises :class:`BundleError` for a circle of imports, an unknown name, and statements other than named ones.
    """
    modules = list(_modules(entry))
    exports = {path: _exported(path, source) for path, source in modules}
    body = "".join(_as_function(path, source, exports) for path, source in modules)
    return f'(() => {{\n"use strict";\n{body}}})();\n'


def _modules(entry: str) -> Iterator[tuple[str, str]]:
    """Modules in the order in which they must run: each after those that it imports."""
    done: set[str] = set()

    def visit(path: str, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        if path in above:
            raise BundleError(f"{' → '.join([*above, path])} is a circle of imports.")
        if path in done:
            return
        source = asset(PACKAGE, path)
        for found in _IMPORT.finditer(source):
            yield from visit(_resolved(path, found["path"]), (*above, path))
        done.add(path)
        yield path, source

    yield from visit(entry, ())


def _resolved(importer: str, path: str) -> str:
    parts = list(PurePosixPath(importer).parent.parts)
    for part in PurePosixPath(path).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _exported(path: str, source: str) -> list[str]:
    """Names that a module exports, also several of one ``export const A = 1, B = 2;``."""
    found: list[str] = []
    for each in _EXPORT.finditer(source):
        parts = each["rest"].split(",") if each["kind"] in ("const", "let") else [each["rest"]]
        names = [_NAME.match(part.strip()) for part in parts if each["kind"] not in ("const", "let") or "=" in part]
        found += [name.group() for name in names if name]
    left = re.search(r"^(?:export\b.*|import\b.*[\"'].*)", _EXPORT.sub("", _IMPORT.sub("", source)), re.MULTILINE)
    if left:
        raise BundleError(f"{path} has {left.group()!r}, which is no named import or export on a line of its own.")
    return found


def _as_function(path: str, source: str, exports: dict[str, list[str]]) -> str:
    def taken(found: re.Match[str]) -> str:
        other = _resolved(path, found["path"])
        names = [each.strip() for each in found["names"].split(",") if each.strip()]
        missing = set(names) - set(exports[other])
        if missing:
            raise BundleError(f"{path} imports {min(missing)!r}, which {other} does not export.")
        return f"const {{ {', '.join(names)} }} = {_variable(other)};"

    plain = _EXPORT.sub(r"\g<kind> \g<rest>", _IMPORT.sub(taken, source))
    returned = ", ".join(exports[path])
    return f"// {path}\nconst {_variable(path)} = (() => {{\n{plain}return {{ {returned} }};\n}})();\n"


def _variable(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))
