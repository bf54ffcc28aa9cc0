"""Small pieces of HTML: escaped text, badges, names for files."""

from __future__ import annotations

import html
import re

from polygenesis.studies.base import Verdict

MARKS = {Verdict.SUPPORTED: "✓", Verdict.REFUTED: "✗", Verdict.UNDECIDED: "?"}
"""A sign beside each verdict's word, so that its colour carries nothing alone."""

_CODE = re.compile(r"`([^`]+)`")
_ADDRESS = re.compile(r"(?<![\"'>])(https://[^\s<>\"']+[^\s<>\"'.,;)])")
_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


def prose(text: str) -> str:
    """Escape a sentence; `backticks` become code, addresses and arXiv identifiers become links."""
    escaped = _CODE.sub(r"<code>\1</code>", html.escape(text, quote=False))
    linked = _ARXIV.sub(r'<a href="https://arxiv.org/abs/\1">arXiv:\1</a>', escaped)
    return _ADDRESS.sub(r'<a href="\1">\1</a>', linked)


def attribute(text: str) -> str:
    """Escape a text for use inside a quoted attribute."""
    return html.escape(" ".join(text.split()), quote=True)


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
