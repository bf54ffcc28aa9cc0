"""One row a study: closed its question, marks and most telling sentence; open its claims, figures, tables, limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from polygenesis.html import escaped, prose, table
from polygenesis.numerals import counted
from polygenesis.report.figures import Figure
from polygenesis.report.lead import answer, telling
from polygenesis.report.tables import to_html
from polygenesis.report.text import MARKS, badge, group_facts, open_rows, slug
from polygenesis.studies.base import StudyResult
from polygenesis.studies.claim import Judgement, Verdict, grouped

ELSEWHERE = prose(
    "Results that are not in `results`: add `--folder FOLDER` to the study, `--runs FOLDER/runs` to a replay."
)
"""The page does not name its own folder, so that its bytes are the same wherever it lies."""

OPENER = "<button type='button' id='open-all' aria-expanded='false' hidden>Open all</button>"
"""Opens and closes all rows; shown where there is JavaScript."""


def rows(results: Sequence[StudyResult], questions: dict[str, str], figures: dict[str, list[Figure]]) -> str:
    """Return the section of all studies. ``figures``: study name → its figures, in the order of its illustrations."""
    if not results:
        return ""
    said = answer(results)
    alone = len(results) == 1
    made = "\n".join(
        _row(each, questions.get(each.name, ""), figures[each.name], telling(each, said) if said else "", alone)
        for each in results
    )
    title = "The claims" if alone else "The claims, study by study"
    opener = "" if alone else OPENER
    return f"<section id='studies'><header><h2>{title}</h2>{opener}</header>\n{made}\n</section>"


def marks(result: StudyResult) -> str:
    """Return one mark a claim, and for those who cannot see them how many of each."""
    found = Counter(each.verdict for each in result.judgements)
    words = ", ".join(f"{found[verdict]} {verdict.value}" for verdict in Verdict if found[verdict]) or "none judged"
    signs = "".join(
        f'<span class="mark {each.verdict.value}" aria-hidden="true">{MARKS[each.verdict]}</span>'
        for each in result.judgements
    )
    return f'<span class="marks" role="img" aria-label="{words}" title="{words}">{signs}</span>'


def _row(result: StudyResult, question: str, figures: Sequence[Figure], sentence: str, opened: bool) -> str:
    asked = f"<span class='question'>{prose(question)}</span>" if question else ""
    repeated = any(sentence == each.sentence for each in result.judgements)  # then it is hidden while the row is open
    style = "telling repeated" if repeated else "telling"
    said = f"<span class='{style}'>{prose(sentence)}</span>" if sentence else ""
    inside = "".join(_pieces(result, figures))
    return (
        f'<details class="study" id="{slug(result.name)}"{" open" if opened else ""}>'
        f"<summary><h3>{prose(result.title)}</h3>{marks(result)}{asked}{said}</summary>"
        f"<div class='inside'>{inside}</div></details>"
    )


def _pieces(result: StudyResult, figures: Sequence[Figure]) -> Iterator[str]:
    for group in grouped(result.judgements):
        yield _claim(group[0]) if len(group) == 1 else _family(group)
    for each in figures:
        yield each.html if each.number > 1 else f"<p><a href='#{each.anchor}'>Figure 1</a> is at the top.</p>"
    for name, frame in result.tables.items():
        yield to_html(name, frame, f"tables/{slug(result.name)}-{slug(name)}.csv")
    if result.limits:
        items = "".join(f"<li>{prose(limit)}</li>" for limit in result.limits)
        yield f"<h4>Limits</h4><ul class='limits'>{items}</ul>"
    yield _replay(result)


def _claim(judgement: Judgement) -> str:
    small = "".join(f"<div><dt>{name}</dt><dd>{prose(text)}</dd></div>" for name, text in judgement.facts)
    return (
        f'<article class="claim {judgement.verdict.value}"><h4>{badge(judgement.verdict)} {prose(judgement.claim.text)}'
        f"</h4><p>{prose(judgement.sentence)}</p>{_fragile(judgement)}<dl>{small}</dl></article>"
    )


def _family(group: Sequence[Judgement]) -> str:
    """Like claims as one table, and under it why rows are open, and what the rows have in common."""
    common = "".join(f"<div><dt>{name}</dt><dd>{prose(text)}</dd></div>" for name, text in group_facts(group))
    open_ = "".join(f"<p class='note'>{row}: {prose(text)}</p>" for row, text in open_rows(group))
    lines = [
        (
            str(at),
            f"{badge(each.verdict)}{_fragile(each)}",
            prose(each.claim.text),
            prose(each.number or each.sentence),
            prose(each.detectable),
        )
        for at, each in enumerate(group, 1)
    ]
    shown = table(("Row", "Verdict", "Claim", "Number", "Detectable with power 0.8"), lines, label="Like claims")
    return f'<article class="claim family">{shown}{open_}<dl>{common}</dl></article>'


def _fragile(judgement: Judgement) -> str:
    return f"<p class='note'>{prose(judgement.fragile.capitalize())}.</p>" if judgement.fragile else ""


def _replay(result: StudyResult) -> str:
    command = f"polygenesis study {result.name} --profile {result.profile}"
    keys = "".join(f"<li><code>polygenesis replay {escaped(key[:12])}</code></li>" for key in result.keys)
    runs = (
        f"<details><summary>{counted(len(result.keys), 'stored run')}</summary><ul>{keys}</ul></details>"
        if keys
        else ""
    )
    return f"<h4>Replay</h4><pre><code>{escaped(command)}</code></pre>{runs}<p class='elsewhere'>{ELSEWHERE}</p>"
