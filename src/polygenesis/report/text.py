"""Small pieces of text: badges, names for files, counted nouns."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from polygenesis.errors import InputError
from polygenesis.studies.base import StudyResult
from polygenesis.studies.claim import Judgement, Verdict

MARKS = {Verdict.SUPPORTED: "✓", Verdict.REFUTED: "✗", Verdict.UNDECIDED: "?"}
"""A sign beside each verdict's word, so that its colour carries nothing alone."""

LONGEST = 80
"""Letters of a name in a file's name: two of them and an ending are still a name that a disk takes."""


def badge(verdict: Verdict) -> str:
    """Return a verdict as a word with its sign."""
    return (
        f'<span class="badge {verdict.value}"><span aria-hidden="true">{MARKS[verdict]}</span> {verdict.value}</span>'
    )


def slug(text: str) -> str:
    """Turn a name into one that is safe in file names, links and element ids.

    Names without Latin letters and very long names end in a mark of their own, so that two of them stay two.

    >>> slug("Counts by width (m ≥ n)")
    'counts-by-width-m-n'
    """
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if plain and len(plain) <= LONGEST:
        return plain
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain[:LONGEST].strip('-') or 'item'}-{mark}"


def check_names(results: Sequence[StudyResult]) -> None:
    """Raise :class:`polygenesis.InputError` where two studies, tables or figures would be one file or one row."""
    _distinct("results", "study", [each.name for each in results])
    for result in results:
        _distinct("results", f"table of study {result.name!r}", result.tables)
        _distinct("results", f"figure of study {result.name!r}", [each.name for each in result.illustrations])


def _distinct(argument: str, what: str, names: Iterable[str]) -> None:
    """Raise where two names are the same, or the same in the names of files."""
    known: dict[str, str] = {}
    for name in names:
        if (place := slug(name)) in known:
            said = "twice" if known[place] == name else f"as {known[place]!r} and {name!r}, which are one name in files"
            raise InputError(f"Argument `{argument}` must name each {what} once, but names one {said}.")
        known[place] = name


def shared_facts(group: Sequence[Judgement]) -> list[tuple[str, str]]:
    """Return what like claims have in common beside their verdicts: margin, regime over all of them, source."""
    first = group[0]
    specs = tuple({spec.key: spec for each in group for spec in each.of}.values())
    whole = replace(first, of=specs, effect="", needed="", cells="", bounds=None)
    own = [replace(each, of=specs, effect="", needed="", cells="", bounds=None) for each in group]
    return [fact for fact in whole.facts if all(fact in each.facts for each in own)]
