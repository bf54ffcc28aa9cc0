"""Small pieces of text: badges, names for files, counted nouns."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from polygenesis.errors import InputError
from polygenesis.studies.base import StudyResult
from polygenesis.studies.claim import Judgement, Verdict
from polygenesis.studies.regimes import read_off

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


FACTS = ("Margin", "Regime", "Source", "Cells", "Assumed", "Nearness", "Margin chosen")
"""What is said of like claims under their table; what can be detected has a column."""


def group_facts(group: Sequence[Judgement]) -> list[tuple[str, str]]:
    """Return what stands beside like claims in one table: once where they share it, else with the rows that it is of.

    The regime is that of the runs of all of them, and what the claims add to it.
    """
    specs = tuple({spec.key: spec for each in group for spec in each.of}.values())
    alike = len({each.claim.regime for each in group}) == 1
    regime = replace(group[0], of=specs).regime if alike else f"{read_off(specs)}." if specs else ""
    rows = [dict(replace(each, bounds=None).facts) | {"Regime": "" if alike else each.claim.regime} for each in group]
    for row, each in zip(rows, group, strict=True):
        row["Nearness"] = each.unmarked
    found = []
    for name in FACTS:
        found += [(name, regime)] if name == "Regime" and regime else []
        found += _by_row(name, [row.get(name, "") for row in rows])
    return found


def open_rows(group: Sequence[Judgement]) -> list[tuple[str, str]]:
    """Return why rows of a table of like claims are undecided and what would decide them: row and text."""
    said = [(f"Row {at}", each, each.sentence if each.number else "") for at, each in enumerate(group, 1)]
    return [
        (row, " ".join(part for part in (sentence, each.needed) if part))
        for row, each, sentence in said
        if each.verdict is Verdict.UNDECIDED and (sentence or each.needed)
    ]


def _by_row(name: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    places: dict[str, list[int]] = {}
    for at, text in enumerate(texts, 1):
        if text:
            places.setdefault(text, []).append(at)
    return [(name if len(at) == len(texts) else f"{name}, {_numbered(at)}", text) for text, at in places.items()]


def _numbered(rows: Sequence[int]) -> str:
    """Name rows by their numbers.

    >>> _numbered([2]), _numbered([1, 2, 3, 5])
    ('row 2', 'rows 1–3 and 5')
    """
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    texts = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    said = " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
    return f"row{'s' if len(rows) > 1 else ''} {said}"
