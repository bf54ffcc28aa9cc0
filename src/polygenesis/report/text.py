"""Small pieces of text: badges, names for files, counted nouns."""

from __future__ import annotations

import re

from polygenesis.studies.base import Verdict

MARKS = {Verdict.SUPPORTED: "✓", Verdict.REFUTED: "✗", Verdict.UNDECIDED: "?"}
"""A sign beside each verdict's word, so that its colour carries nothing alone."""


def badge(verdict: Verdict) -> str:
    """Return a verdict as a word with its sign."""
    return (
        f'<span class="badge {verdict.value}"><span aria-hidden="true">{MARKS[verdict]}</span> {verdict.value}</span>'
    )


def slug(text: str) -> str:
    """Turn a name into one that is safe in file names, links and element ids.

    >>> slug("Counts by width (m ≥ n)")
    'counts-by-width-m-n'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "item"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun.

    >>> count(1, "claim"), count(3, "study", "studies")
    ('1 claim', '3 studies')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
