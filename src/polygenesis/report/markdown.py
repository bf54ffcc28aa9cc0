"""Markdown: one page a study for the documentation, and a table of contents with every verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from polygenesis.files import is_there, write
from polygenesis.html import prose, visible
from polygenesis.numerals import counted, true_minus
from polygenesis.plots import encode_all
from polygenesis.report.tables import SHORT, is_numeric, named_rows, show, title_of
from polygenesis.report.text import MARKS, check_names, group_facts, open_rows, slug
from polygenesis.studies.base import Illustration, StudyResult
from polygenesis.studies.claim import Judgement, Verdict, grouped

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 60
"""Longer tables are cut: the page says so, and how to get all of it."""

_CODE = re.compile("(?<!`)(`[^`]+`)(?!`)")
_BLOCK = re.compile(r"^((?:\d{1,9}(?=[.)] ))?)([.)](?= )|[-+](?=[-+ ])|[#>%:=])")  # lists, headings, MyST's own marks
_SAFE = {"<": "&lt;", "~": "\\~", "`": "&#96;", "{": "&#123;"}  # a brace would begin one of MyST's roles

WRITTEN_BY = "Written by "
"""What ends the count of a page's claims, before the command."""

_HEAD = re.compile(r"# (.+)\n\n(?:\*(.+)\*\n\n)?")
_COUNTS = re.compile(rf"^\d+ claims?: (.+)\. {WRITTEN_BY}`+ ?polygenesis study ", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-ZΑ-Ω“])")
_ESTIMATE = re.compile(r"[\d.,]+(?: %)? \(\d+ % interval[^)]*\)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_PREPRINT = re.compile(r"\barXiv:(\d{4}\.\d{4,5})\b")

ANSWERS = 2
"""So many answers, or sentences of claims where a study has none, stand above the first figure."""

INDEX = """# Studies

One page per study, written by `polygenesis study NAME --pages FOLDER`. Each page has the claims with the
margins and regimes that were stated beforehand, the results with intervals and verdicts, figures, tables and limits.

{table}

```{{toctree}}
:hidden:
:glob:

*
```
"""


def write_pages(
    results: Sequence[StudyResult],
    folder: str | Path,
    *,
    questions: Mapping[str, str] | None = None,
    made: str = "",
) -> list[Path]:
    """Write ``NAME.md`` and ``figures/NAME-*.png`` for every study into a folder, and return the pages' paths.

    ``questions``: study name → its question. ``made``: what the runs were made with, for the last line of a page. Pages
    of other studies in the folder stay, and ``index.md`` lists them all, unless it is someone else's. The same results
    give the same Markdown. Raises
    :class:`polygenesis.InputError` for two studies of one name and :class:`polygenesis.errors.StoreError` for a folder
    that cannot be written.
    """
    check_names(results)
    path = Path(folder)
    pages = []
    for result in results:
        for illustration in result.illustrations:
            write(path / picture(result, illustration.name), encode_all(illustration.draw())["png"])
        pages.append(path / f"{slug(result.name)}.md")
        write(pages[-1], page(result, (questions or {}).get(result.name, ""), made).encode())
    write_index(path)
    return pages


def write_index(path: Path) -> None:
    """List all pages of a folder in its ``index.md``, unless that is someone else's."""
    index = path / "index.md"
    if not is_there(index) or INDEX.partition("{")[0] in index.read_text(encoding="utf-8", errors="replace"):
        write(index, contents(path).encode())


def contents(folder: Path) -> str:
    """Return the table of contents of a folder of pages: each study's title, question and how its claims fared."""
    lines = ["| Study | Question | Claims |", "|---|---|---|"]
    for path in sorted(folder.glob("*.md")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if (head := _HEAD.match(text)) and (counts := _COUNTS.search(text)):
            title, question = head.groups(default="")
            lines.append(f"| [{title}]({path.name}) | {question} | {counts[1]} |")
    return INDEX.format(table="\n".join(lines))


def picture(result: StudyResult, name: str) -> str:
    """Return the relative path of a study's figure."""
    return f"figures/{slug(result.name)}-{slug(name)}.png"


def page(result: StudyResult, question: str = "", made: str = "") -> str:
    """Return a study as one page of Markdown, the first screen of it: question, answer, figure.

    Then the claims with their verdicts, the other figures, tables, limits, and what the page was made with.
    """
    return "\n\n".join(_pieces(result, question, made)) + "\n"


def said(result: StudyResult) -> str:
    """Return the answer: the study's own, whole, or the first sentences of its most telling claims.

    A sentence whose numbers have all been said is left out.
    """
    tellings = [_ended(each) for each in result.answers.values()]
    tellings = tellings or [_ended(_SENTENCE.split(each, maxsplit=1)[0]) for each in result.tellings]
    found: dict[str, set[str]] = {}
    for telling in tellings:
        numbers = _numbers(telling)
        if telling not in found and not any(numbers and numbers <= known for known in found.values()):
            found[telling] = numbers
    return " ".join(plain(each) for each in list(found)[:ANSWERS])


def _numbers(text: str) -> set[str]:
    """Return the estimates of a sentence, each with its interval; where there is none, all its numbers."""
    return set(_ESTIMATE.findall(text)) or set(_NUMBER.findall(text))


def stamp(made: str) -> str:
    """Return the last line of a page: what it was made with.

    >>> stamp("numpy 2.4.6")
    '<small>Made with numpy 2.4.6.</small>'
    """
    return f"<small>Made with {plain(made)}.</small>"


def _pieces(result: StudyResult, question: str, made: str) -> Iterator[str]:
    yield f"# {plain(result.title)}"
    if question:
        yield f"*{plain(question)}*"
    if answer := said(result):
        yield answer
    for first in result.illustrations[:1]:
        yield from _figure(result, first)
    yield f"{_summary(result)} {WRITTEN_BY}{code(f'polygenesis study {result.name} --profile {result.profile}')}."
    for group in grouped(result.judgements):
        yield _claim(group[0]) if len(group) == 1 else _family(group)
    for each in result.illustrations[1:]:
        yield from _figure(result, each)
    for name, frame in result.tables.items():
        yield from _table(name, frame, result)
    if result.limits:
        yield "## Limits"
        yield "\n".join(f"- {plain(limit)}" for limit in result.limits)
    if made:
        yield stamp(made)


def _figure(result: StudyResult, illustration: Illustration) -> Iterator[str]:
    yield f"![{plain(illustration.name)}]({picture(result, illustration.name)})"
    yield plain(illustration.caption)


def _summary(result: StudyResult) -> str:
    found = Counter(each.verdict for each in result.judgements)
    parts = [f"{found[verdict]} {verdict.value}" for verdict in Verdict if found[verdict]]
    return f"{counted(len(result.judgements), 'claim')}: {', '.join(parts) or 'none judged'}."


def _claim(judgement: Judgement) -> str:
    claim, verdict = judgement.claim, judgement.verdict
    said = " ".join(_ended(plain(text)) for text in (judgement.sentence, judgement.fragile.capitalize()) if text)
    return (
        f"**{MARKS[verdict]} {verdict.name} — {_ended(plain(claim.text))}** {said}\n"
        f"<br><small>{_small(judgement.facts)}</small>"
    )


def _family(group: Sequence[Judgement]) -> str:
    """Like claims as one table, and under it why rows are open, and what the rows have in common."""
    lines = ["| Row | Verdict | Claim | Number | Detectable with power 0.8 |", "|---:|---|---|---|---|"]
    for at, each in enumerate(group, 1):
        verdict = f"{MARKS[each.verdict]} {each.verdict.name}" + (" (near the margin)" if each.near else "")
        cells = (str(at), verdict, each.claim.text, each.number or each.sentence, each.detectable)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    undecided = "\n".join(f"- {row}: {_ended(plain(text))}" for row, text in open_rows(group))
    parts = ("\n".join(lines), undecided, f"<small>{_small(group_facts(group))}</small>")
    return "\n\n".join(part for part in parts if part)


def _small(facts: Sequence[tuple[str, str]]) -> str:
    return " ".join(f"{name}: {_ended(_linked(plain(text)))}" for name, text in facts)


def _linked(text: str) -> str:
    """Turn arXiv numbers into links to the abstracts."""
    return _PREPRINT.sub(r"[arXiv:\1](https://arxiv.org/abs/\1)", text)


def _table(name: str, frame: pd.DataFrame, result: StudyResult) -> Iterator[str]:
    title = title_of(name, frame)
    shown = frame.iloc[:MOST_ROWS]
    folded = len(frame) > SHORT
    if folded:
        yield f"<details><summary>{prose(title)} ({len(frame)} rows)</summary>"
    else:
        yield f"**{plain(title)}**"
    yield "\n".join(_rows(shown))
    if len(frame) > MOST_ROWS:
        yield f"The first {MOST_ROWS} rows; {code(f'polygenesis study {result.name}')} writes all as CSV."
    if folded:
        yield "</details>"


def _rows(frame: pd.DataFrame) -> Iterator[str]:
    names = named_rows(frame)
    head = ([" / ".join(str(each or "") for each in frame.index.names)] if names else []) + [str(c) for c in frame]
    right = ([False] if names else []) + [is_numeric(frame.iloc[:, k]) for k in range(frame.shape[1])]
    yield "| " + " | ".join(_cell(each) for each in head) + " |"
    yield "|" + "|".join("---:" if each else "---" for each in right) + "|"
    for label, row in zip(frame.index, frame.itertuples(index=False, name=None), strict=True):
        cells = ([show(label)] if names else []) + [show(value) for value in row]
        yield "| " + " | ".join(_cell(each) for each in cells) + " |"


def plain(text: str) -> str:
    """Escape what Markdown would read as markup, in one line, with true minus signs; `backticks` stay code.

    >>> plain("|W| in [0.8, 1.2], n*m < $5")
    '\\\\|W\\\\| in \\\\[0.8, 1.2\\\\], n\\\\*m &lt; \\\\$5'
    """
    parts = _CODE.split(" ".join(visible(text).split()))
    made = "".join(code(part[1:-1]) if k % 2 else _escaped(part) for k, part in enumerate(parts))
    return _BLOCK.sub(lambda found: f"{found[1]}&#{ord(found[2])};", made)


def _cell(text: str) -> str:
    """A cell of a table, in which a bar would end the cell, even in code."""
    return re.sub(r"(?<!\\)\|", r"\|", plain(text))


def code(text: str) -> str:
    """Return a text as code in a line: as it is, with more backticks around it than any row of them in it.

    >>> code("a `b` c")
    '``a `b` c``'
    """
    shown = " ".join(visible(text).split())
    ticks = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    space = " " if shown[:1] == "`" or shown[-1:] == "`" or not shown else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def _escaped(text: str) -> str:
    shown = re.sub(r"([\\*_|$\[\]])", r"\\\1", true_minus(text).replace("&", "&amp;"))
    for mark in "<~`{":
        shown = shown.replace(mark, _SAFE[mark])
    return shown


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!", ".)")) else f"{text}."
