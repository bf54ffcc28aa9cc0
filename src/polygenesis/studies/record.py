"""The record of margins: every claim with its margin, estimand, regime and seeds, hashed and dated.

What is recorded shows every later change. `polygenesis studies --margins FILE` writes it, and a test compares.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import io
import json
import math
import re
import sys
import textwrap
import tokenize
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

from polygenesis.errors import InputError
from polygenesis.studies.base import PROFILES, Study
from polygenesis.studies.claim import Claim
from polygenesis.studies.registry import get, names

STUDIES = "polygenesis.studies"
"""Where estimands and what they call are followed."""

ELSEWHERE = "fashion-mnist"
"""Features that are run only where their images are installed: left out, so that a record is the same everywhere."""

DIGITS = 16
"""Digits of a hash that are kept."""


def current() -> dict[str, dict[str, Any]]:
    """Return what stands in the source now: study and claim → what is recorded of it."""
    found: dict[str, dict[str, Any]] = {}
    for name in names():
        study = get(name)
        found[f"{name}: runs"] = runs(study)
        for claim in study.claims:
            found[f"{name}: {claim.text}"] = of_claim(claim)
    return found


def of_claim(claim: Claim) -> dict[str, Any]:
    """Return what is recorded of a claim."""
    margin, estimand = claim.margin, claim.estimand
    assert isinstance(estimand, FunctionType)
    return {
        "margin": str(margin),
        "lower": margin.lower if math.isfinite(margin.lower) else None,
        "upper": margin.upper if math.isfinite(margin.upper) else None,
        "of all there is": [end if math.isfinite(end) else None for end in (margin.least, margin.most)],
        "regime": claim.regime,
        "family": claim.family,
        "chosen": claim.trials or "no trial runs recorded",
        "estimand": f"{estimand.__name__} {fingerprint(estimand)}",
    }


def runs(study: Study) -> dict[str, Any]:
    """Return what is recorded of a study's runs: seeds and a hash of all specs, by profile."""
    plans = {
        profile: [spec for spec in study.specs(profile) if spec.features.kind != ELSEWHERE] for profile in PROFILES
    }
    return {
        profile: f"{len(specs)} specs, seeds {sorted({spec.seed for spec in specs})}, "
        + digest("".join(sorted(spec.key for spec in specs)))
        for profile, specs in plans.items()
    }


def differences(kept: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say what differs between a record and what stands in the source, one line each."""
    lines = [f"{name} is not recorded" for name in now if name not in kept]
    lines += [f"{name} is recorded, but gone" for name in kept if name not in now]
    for name in now:
        if name in kept:
            lines += [f"{name}: {key} was {old!r}, is {new!r}" for key, old, new in _changed(kept[name], now[name])]
    return lines


def updated(kept: Mapping[str, Any], now: Mapping[str, Any], date: str) -> dict[str, Any]:
    """Return the record of today: what is new or changed has today's date, and what it was before."""
    found = {}
    for name, entry in now.items():
        old = kept.get(name)
        if old is None:
            found[name] = {**entry, "since": date}
            continue
        changes = list(old.get("changes", []))
        if changed := _changed(old, entry):
            changes.append({"date": date, "before": {key: before for key, before, _ in changed}, "since": old["since"]})
        found[name] = {**entry, "since": date if changed else old["since"]} | ({"changes": changes} if changes else {})
    return found


def parse(text: str, name: str) -> dict[str, Any]:
    """Read a record; raise :class:`polygenesis.InputError` where the text is none."""
    try:
        kept = json.loads(text)
    except ValueError as error:
        raise InputError(f"{name} is not a record of margins: {error}.") from None
    if not isinstance(kept, dict) or not all(isinstance(each, dict) and "since" in each for each in kept.values()):
        raise InputError(f"{name} is not a record of margins: every entry must be a table with a date `since`.")
    return kept


def written(record: Mapping[str, Any]) -> str:
    """Return a record as text; the same record gives the same text."""
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def fingerprint(function: Callable[..., Any]) -> str:
    """Return a hash of a function's code and of all that it calls in `studies`, without comments and layout."""
    parts = followed(function)
    return digest("\n".join(f"{name}={parts[name]}" for name in sorted(parts)))


def followed(function: Callable[..., Any]) -> dict[str, str]:
    """Return what a fingerprint is made of: a function, what it calls and the constants it names, with their code."""
    parts: dict[str, str] = {}
    _collect(function, parts)
    return parts


def digest(text: str) -> str:
    """Return the first digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(key, old.get(key), value) for key, value in new.items() if old.get(key) != value]


def _collect(function: Callable[..., Any], parts: dict[str, str]) -> None:
    name = f"{function.__module__}.{function.__qualname__}"
    if name in parts or not isinstance(function, FunctionType):
        return
    parts[name] = _plain(inspect.getsource(function))
    called = _names(function.__code__)
    for each in sorted(called):
        value = function.__globals__.get(each)
        if isinstance(value, FunctionType) and value.__module__.startswith(STUDIES):
            _collect(value, parts)
        elif each.isupper() and _is_plain(value):
            parts[f"{function.__module__}.{each}"] = repr(value)
    for member in _members(function.__globals__, called):
        _collect(member, parts)


def _is_plain(value: object) -> bool:
    """Whether a constant is a number, a text, or a tuple of them: what a margin or regime may rest on."""
    return isinstance(value, int | float | str) or (isinstance(value, tuple) and all(map(_is_plain, value)))


def _members(seen: Mapping[str, Any], called: set[str]) -> Iterator[FunctionType]:
    """Yield the properties and methods of those names, of classes in the modules that a function's module imports."""
    classes = {f"{each.__module__}.{each.__qualname__}": each for each in seen.values() if inspect.isclass(each)}
    modules = {str(value.__module__) for value in seen.values() if getattr(value, "__module__", None)}
    for module in sorted(each for each in modules if each.startswith(STUDIES)):
        for cls in [each for each in vars(sys.modules[module]).values() if inspect.isclass(each)]:
            classes.setdefault(f"{cls.__module__}.{cls.__qualname__}", cls)
    for name in sorted(each for each in classes if each.startswith(STUDIES)):
        for member in (vars(classes[name])[each] for each in sorted(called & set(vars(classes[name])))):
            found = next((getattr(member, at) for at in ("fget", "func", "__func__") if hasattr(member, at)), member)
            if isinstance(found, FunctionType):
                yield found


def _names(code: CodeType) -> set[str]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return set(code.co_names).union(*map(_names, inner)) if inner else set(code.co_names)


@functools.cache
def _plain(source: str) -> str:
    """Return source without docstrings, comments, white space and the commas that a formatter adds."""
    source = textwrap.dedent(source)
    lines = source.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column] + "\n"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            said = node.body[0]
            for row in range(said.lineno - 1, said.end_lineno or said.lineno):
                lines[row] = "\n"
    return re.sub(r",(?=[)\]}])", "", re.sub(r"\s+", "", "".join(lines)))
