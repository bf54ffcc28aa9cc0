"""The source of every claim can be opened: a paper by its identifier, a page of ours with the heading that is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import polygenesis
from polygenesis.citations import SOURCES
from polygenesis.studies import get, names

ROOT = Path(__file__).parents[1]
PAGE = re.compile(r"\bdocs/[\w/-]+\.(?:md|rst)\b")
HEADING = re.compile(r"(docs/[\w-]+\.md), ([A-Z][a-z-]+)")
STATEMENT = re.compile(r"docs/theory\.md, ([A-Z][a-z-]+) (\d)")
CLAIMS = [(name, claim) for name in names() for claim in get(name).claims]
TEXTS = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.py")])


THEORY = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
PAPER = (ROOT / "docs" / "paper.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "claim"), CLAIMS, ids=[f"{name}-{at}" for at, (name, _) in enumerate(CLAIMS)])
def test_what_a_claim_cites_can_be_opened(name, claim):
    """Papers are in the bibliography; pages, headings, equations and functions exist; our numbers stand in a list."""
    papers, pages = re.findall(r"arXiv:\d{4}\.\d{5}", claim.source), PAGE.findall(claim.source)
    assert papers or pages, f"{claim.source!r} names nothing that a reader can open."
    assert set(papers) <= set(SOURCES)
    assert all((ROOT / page).is_file() for page in pages)
    for page, heading in HEADING.findall(claim.source):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert re.search(rf"^#+ .*{heading}|\*\*{heading} \d", text, re.M), heading
    for label in re.findall(r"eq\. ([a-z-]+)", claim.source):
        assert f"({label})" in THEORY, label
        assert "docs/theory.md" in pages, f"{claim.source!r} does not say where its equation stands."
    for folder, function in re.findall(r"\b(theory|detect)\.(\w+)(?![\w.]*md)", claim.source):
        assert function in ("md", "rst") or function in getattr(polygenesis, folder).__all__
    if re.search(r"\b(?:[CE][1-8]|questions? \d+)\b", claim.source):
        assert "docs/paper.md" in pages, f"{claim.source!r} does not say where its number stands."
    for number in re.findall(r"\b[CE][1-8]\b", claim.source):
        assert f"| {number} |" in PAPER
    for number in re.findall(r"\bquestions? (\d+)", claim.source):
        assert f"\n| {number} |" in PAPER


def test_every_derivation_cited_is_there():
    """A statement of the page on theory, such as Capacity 1, wherever it is cited by page and number."""
    cited = {each for path in TEXTS for each in STATEMENT.findall(" ".join(path.read_text(encoding="utf-8").split()))}
    assert {section for section, _ in cited} >= {"Capacity", "Contexts", "Noise", "Regularization", "Winners"}
    assert [(section, number) for section, number in cited if f"**{section} {number} (" not in THEORY] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_names_a_page_that_is_not_there(path):
    if path == Path(__file__):
        return
    text = path.read_text(encoding="utf-8")
    assert re.search(r"\bscience\.md\b|\bscience question", text) is None
    assert all((ROOT / page).is_file() for page in PAGE.findall(text))
