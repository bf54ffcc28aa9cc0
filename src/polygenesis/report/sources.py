"""The page's list of sources."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.citations import PAPER, SOURCES, bibliography
from polygenesis.html import prose
from polygenesis.studies.base import StudyResult


def sources(results: Sequence[StudyResult]) -> str:
    """Return the paper, and every source that a claim names."""
    named = " ".join(each.claim.source for result in results for each in result.judgements)
    cited = [PAPER, *(key for key in SOURCES if key != PAPER and key in named)]
    items = "".join(f"<li>{prose(line)}</li>" for line in bibliography(cited))
    return f'<section id="sources"><h2>Sources</h2><ol class="sources">{items}</ol></section>'
