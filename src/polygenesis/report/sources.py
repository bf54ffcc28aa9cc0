"""The page's list of sources."""

from __future__ import annotations

import re
from collections.abc import Sequence

from polygenesis.report.text import prose
from polygenesis.studies.base import StudyResult

PAPER = "2312.03096"
"""The paper whose claims are judged."""

TITLES = {
    PAPER: "What Causes Polysemanticity? An Alternative Origin Story of Mixed Selectivity from Incidental Causes",
}


def sources(results: Sequence[StudyResult]) -> str:
    """Return every source that a claim names, the paper first."""
    named = [each.claim.source for result in results for each in result.judgements]
    found = {identifier for text in named for identifier in re.findall(r"arXiv:(\d{4}\.\d{4,5})", text)}
    ordered = [PAPER, *sorted(found - {PAPER})]
    items = "".join(f"<li>{prose(TITLES.get(each, ''))} {prose('arXiv:' + each)}</li>" for each in ordered)
    return f'<section id="sources"><h2>Sources</h2><ol class="sources">{items}</ol></section>'
