"""The page: one HTML file that opens by double click, needs no network, and repeats byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from polygenesis.files import write
from polygenesis.html import asset, palette, prose, shell
from polygenesis.report.figures import Figure, figure, plotly_script
from polygenesis.report.lead import ANSWER, lead, made
from polygenesis.report.playable import explorer_section
from polygenesis.report.rows import rows
from polygenesis.report.sources import sources
from polygenesis.report.tables import to_csv
from polygenesis.report.text import MARKS, check_names, slug
from polygenesis.studies.base import StudyResult

TITLE = "What causes polysemanticity?"


def render(
    results: Sequence[StudyResult],
    folder: str | Path,
    *,
    title: str = TITLE,
    context: Mapping[str, str] | None = None,
    questions: Mapping[str, str] | None = None,
    explorer: bool = False,
) -> Path:
    """Write ``report.html``, ``figures/`` and ``tables/`` into a folder and return the page's path.

    ``context``: facts about what was run. ``questions``: study name → its question. ``explorer``: whether the page
    holds the explorer. The same results give the same bytes. The page is written last, so a page that exists has all
    its files. Raises :class:`polygenesis.InputError` for two studies of one name and
    :class:`polygenesis.errors.StoreError` for a folder that cannot be written.
    """
    check_names(results)
    figures = _figures(results)
    files: dict[str, bytes] = {}
    for result in results:
        for each in figures[result.name]:
            files |= each.files
        for name, frame in result.tables.items():
            files[f"tables/{slug(result.name)}-{slug(name)}.csv"] = to_csv(frame)
    player = explorer_section() if explorer else ""
    page = _page(results, figures, title, context or {}, dict(questions or {}), player)
    path = Path(folder)
    for name, content in {**files, "report.html": page.encode()}.items():
        write(path / name, content)
    return path / "report.html"


def _figures(results: Sequence[StudyResult]) -> dict[str, list[Figure]]:
    """Draw all figures. Figure 1 is the first of the study that answers, or of the first study that has one."""
    drawn = [each.name for each in results if each.illustrations]
    first = next((name for name, _ in ANSWER if name in drawn), drawn[0] if drawn else "")
    number = 1
    found: dict[str, list[Figure]] = {}
    for result in results:
        found[result.name] = figures = []
        for k, each in enumerate(result.illustrations):
            leads = result.name == first and k == 0
            number += not leads
            figures.append(figure(result.name, 1 if leads else number, each))
    return found


def _page(
    results: Sequence[StudyResult],
    figures: Mapping[str, list[Figure]],
    title: str,
    context: Mapping[str, str],
    questions: dict[str, str],
    player: str,
) -> str:
    drawn = [each for of_study in figures.values() for each in of_study]
    first = "".join(each.html for each in drawn if each.number == 1)
    content = (
        f"{_navigation(results, drawn, bool(player))}\n"
        f"<main><header><h1>{prose(title)}</h1>{lead(results)}</header>\n{first}\n{player}\n"
        f"{rows(results, questions, dict(figures))}\n{sources(results)}\n{made(context)}</main>"
    )
    styles = [palette(), asset("polygenesis.report", "page.css")]
    plotly = [plotly_script(), asset("polygenesis.report", "figures.js")]
    live = any(each.interactive for each in drawn)
    framed = [asset("polygenesis.report", "frame.js")] if player else []
    scripts = [asset("polygenesis.report", "rows.js"), *framed, *(plotly if live else [])]
    return shell(title, content, styles=styles, scripts=scripts, anchor="top")


def _navigation(results: Sequence[StudyResult], drawn: Sequence[Figure], playable: bool) -> str:
    """Return the links that stay at the top of the window; one to a study opens its row."""
    first = "".join(f'<a href="#{each.anchor}">Figure 1</a>' for each in drawn if each.number == 1)
    player = '<a href="#explorer">Explorer</a>' if playable else ""
    links = "".join(
        f'<a href="#{slug(each.name)}"><span class="dot {each.verdict.value}" title="{each.verdict.value}">'
        f"{MARKS[each.verdict]}</span>{prose(each.name)}</a>"
        for each in results
    )
    top = '<a href="#top"><b>Answer</b></a>'
    return f'<nav aria-label="Contents">{top}{first}{player}{links}<a href="#sources">sources</a></nav>'
