"""The list of studies says of every page what the page itself says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from polygenesis.report.markdown import plain
from polygenesis.report.text import slug
from polygenesis.studies import get
from polygenesis.studies.registry import STUDIES

FOLDER = Path(__file__).parents[1] / "docs" / "studies"
ROW = re.compile(r"^\| \[(?P<title>.+?)\]\((?P<file>[\w-]+\.md)\) \| .* \| (?P<claims>[^|]+) \|$", re.MULTILINE)
ROWS = {row["file"]: row for row in ROW.finditer((FOLDER / "index.md").read_text(encoding="utf-8"))}
VERDICT = r"^(?:\*\*|\| (?:\d+ \| )?)\S (SUPPORTED|REFUTED|UNDECIDED)\b"
"""How a verdict stands on a page: before a claim of its own, or in the row of a family's table."""
WORDS = ("supported", "refuted", "undecided")


def numbers(text: str) -> dict[str, int]:
    return {word: int(number) for number, word in re.findall(rf"(\d+) ({'|'.join(WORDS)})", text)}


def test_every_page_is_listed():
    assert set(ROWS) == {path.name for path in FOLDER.glob("*.md")} - {"index.md"}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_the_list_counts_the_verdicts_of_the_page(name):
    page = (FOLDER / name).read_text(encoding="utf-8")
    verdicts = Counter(each.lower() for each in re.findall(VERDICT, page, re.MULTILINE))
    assert numbers(ROWS[name]["claims"]) == dict(verdicts)
    said = re.search(r"^(\d+) claims?: (.*?)\. Written", page, re.MULTILINE)
    assert said is not None
    assert numbers(said[2]) == dict(verdicts)
    assert int(said[1]) == sum(verdicts.values())


@pytest.mark.parametrize("name", STUDIES)
def test_a_page_asks_what_its_study_asks(name):
    """In the words of today: a page that was made before they changed is made again by `make pages`."""
    study = get(name)
    page = (FOLDER / f"{slug(name)}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {plain(study.title)}\n\n*{plain(study.question)}*\n")
