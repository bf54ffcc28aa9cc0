"""What became of the paper's claims and experiments: a table of docs/paper.md, from the studies' pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from readme_numbers import replaced

from polygenesis.files import write

MARK = "verdicts of the paper's claims"

LISTED = 4
"""Like claims that stand line by line; of more, the verdicts are counted beside their margin."""

NUMBERED = re.compile(r"^\| ([CE]\d) \|.*\|(.*<studies/.*)\|$", re.MULTILINE)
"""A row of the tables of claims and experiments: its number, and the studies that judge it."""

CARD = re.compile(r"^\*\*. (SUPPORTED|REFUTED|UNDECIDED)(?: \([^)]*\))? — (.*?)\*\*")
ROW = re.compile(r"^\| \d+ \| . (SUPPORTED|REFUTED|UNDECIDED)(?: \([^)]*\))? \| (.*?) \|", re.MULTILINE)
MARGIN = re.compile(r"<small>Margin: (.*?)(?:; Holm's correction[^.]*)?\. Regime")
SOURCE = re.compile(r"\bSource: (.*?)(?:\. [A-Z][a-z]+(?: [a-z]+)?[,:]|</small>)", re.DOTALL)
SIGNS = {"supported": "✓", "refuted": "✗", "undecided": "?"}


@dataclass(frozen=True)
class Stated:
    """A claim of a page, or a family of like ones: verdicts with texts, the margin, and what it cites."""

    judged: list[tuple[str, str]]
    margin: str
    source: str

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield verdicts in words, and what was judged."""
        if len(self.judged) <= LISTED:
            yield from ((f"{SIGNS[verdict]} {verdict}", text) for verdict, text in self.judged)
            return
        found = Counter(verdict for verdict, _ in self.judged)
        yield ", ".join(f"{found[each]} {each}" for each in SIGNS if found[each]), self.margin


def stated(page: str) -> Iterator[Stated]:
    """Yield the claims of a study's page in order."""
    blocks = page.split("\n\n")
    for at, block in enumerate(blocks):
        card = CARD.match(block)
        judged = [(found[1].lower(), found[2]) for found in ([card] if card else ROW.finditer(block))]
        facts = block if card else next((each for each in blocks[at:] if each.startswith("<small>Margin")), "")
        margin, source = MARGIN.search(facts), SOURCE.search(facts)
        if judged and margin and source:
            yield Stated(judged, margin[1], source[1])


def table(text: str, folder: Path) -> tuple[str, list[str]]:
    """Return the table for the claims that a text lists, and which of them no page judges."""
    lines, failed = ["| | verdict | claim as it was judged | page |", "|---|---|---|---|"], []
    for number, cell in NUMBERED.findall(text):
        rows = []
        for name in re.findall(r"<studies/([\w-]+)>", cell):
            page = folder / f"{name}.md"
            found = stated(page.read_text(encoding="utf-8")) if page.is_file() else ()
            rows += [
                f"| {number} | {verdict} | {said} | [{name}](studies/{name}.md) |"
                for each in found
                if re.search(rf"\b{number}\b", each.source)
                for verdict, said in each.lines()
            ]
        lines += rows
        if not rows:
            failed.append(f"docs/paper.md: no page in docs/studies judges {number}")
    return "\n".join(lines), failed


def write_verdicts(root: Path, into: Path) -> list[str]:
    """Write docs/paper.md with the verdicts of the pages there; say which claims no page judges."""
    name = Path("docs") / "paper.md"
    text = (root / name).read_text(encoding="utf-8")
    found, failed = table(text, into / "docs" / "studies")
    if not failed:
        text = replaced(text, MARK, f"\n\n{found}\n\n")
    (into / name).parent.mkdir(parents=True, exist_ok=True)
    write(into / name, text.encode())
    return failed
