"""The parts of the page: verdicts first, then one section a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from polygenesis.html import prose
from polygenesis.report.figures import Figure, figure
from polygenesis.report.tables import to_html
from polygenesis.report.text import MARKS, badge, count, slug
from polygenesis.studies.base import Judgement, StudyResult, Verdict

ELSEWHERE = prose(
    "Results that are not in `results`: add `--folder FOLDER` to the study, `--runs FOLDER/runs` to a replay."
)
"""The page does not name its own folder, so that its bytes are the same wherever it lies."""


def navigation(results: Sequence[StudyResult]) -> str:
    """Return the links that stay at the top of the window."""
    links = "".join(
        f'<a href="#{slug(each.name)}"><span class="dot {each.verdict.value}" title="{each.verdict.value}">'
        f"{MARKS[each.verdict]}</span>{prose(each.name)}</a>"
        for each in results
    )
    return f'<nav aria-label="Studies"><a href="#top"><b>Verdicts</b></a>{links}<a href="#sources">sources</a></nav>'


def summary(results: Sequence[StudyResult]) -> str:
    """Return one sentence: how many claims, and how many of each verdict."""
    found = Counter(each.verdict for result in results for each in result.judgements)
    parts = [f"{found[verdict]} {verdict.value}" for verdict in Verdict if found[verdict]]
    studies = count(len(results), "study", "studies")
    return f"{count(sum(found.values()), 'claim')} from {studies}: {', '.join(parts) or 'none judged'}."


def verdicts(results: Sequence[StudyResult]) -> str:
    """Return the table of all claims with their verdicts and sentences, study by study."""
    head = '<tr><th scope="col">Claim</th><th scope="col">Verdict</th><th scope="col">What was found</th></tr>'
    bodies = "".join(_verdict_rows(result) for result in results)
    return f"<table class='verdicts'><caption>Every claim, judged</caption><thead>{head}</thead>{bodies}</table>"


def _verdict_rows(result: StudyResult) -> str:
    rows = "".join(
        f'<tr><th scope="row">{prose(each.claim.text)}</th><td>{badge(each.verdict)}</td>'
        f"<td>{prose(each.sentence)}</td></tr>"
        for each in result.judgements
    )
    title = f'<a href="#{slug(result.name)}">{prose(result.title)}</a>'
    return f'<tbody><tr class="study"><th scope="rowgroup" colspan="3">{title}</th></tr>{rows}</tbody>'


def context_list(context: Mapping[str, str]) -> str:
    """Return what was run, with what: as the caller states it."""
    rows = "".join(f"<div><dt>{prose(name)}</dt><dd>{prose(value)}</dd></div>" for name, value in context.items())
    return f"<dl class='context'>{rows}</dl>" if rows else ""


def study(result: StudyResult, question: str, first_figure: int) -> tuple[str, list[Figure]]:
    """Return a study's section and its figures, numbered from ``first_figure`` on."""
    figures = [figure(result.name, first_figure + k, each) for k, each in enumerate(result.illustrations)]
    return f'<section id="{slug(result.name)}">{"".join(_pieces(result, question, figures))}</section>', figures


def _pieces(result: StudyResult, question: str, figures: Sequence[Figure]) -> Iterator[str]:
    yield f"<header><h2>{prose(result.title)}</h2><code>{prose(result.name)}</code></header>"
    if question:
        yield f"<p class='question'>{prose(question)}</p>"
    yield from (_claim(each) for each in result.judgements)
    yield from (each.html for each in figures)
    for name, frame in result.tables.items():
        yield to_html(name, frame, f"tables/{slug(result.name)}-{slug(name)}.csv")
    if result.limits:
        items = "".join(f"<li>{prose(limit)}</li>" for limit in result.limits)
        yield f"<h3>Limits</h3><ul class='limits'>{items}</ul>"
    yield _replay(result)


def _claim(judgement: Judgement) -> str:
    claim = judgement.claim
    facts = (("Margin", claim.margin), ("Regime", claim.regime), ("Source", claim.source))
    rows = "".join(f"<div><dt>{name}</dt><dd>{prose(text)}</dd></div>" for name, text in facts if text)
    return (
        f'<article class="claim {judgement.verdict.value}"><h3>{prose(claim.text)}</h3>'
        f"<p>{badge(judgement.verdict)} {prose(judgement.sentence)}</p><dl>{rows}</dl></article>"
    )


def _replay(result: StudyResult) -> str:
    command = f"polygenesis study {result.name} --profile {result.profile}"
    keys = "".join(f"<li><code>polygenesis replay {key[:12]}</code></li>" for key in result.keys)
    runs = (
        f"<details><summary>{count(len(result.keys), 'stored run')}</summary><ul>{keys}</ul></details>" if keys else ""
    )
    return f"<h3>Replay</h3><pre><code>{command}</code></pre>{runs}<p class='elsewhere'>{ELSEWHERE}</p>"
