"""The page: one HTML file that opens by double click, needs no network, and repeats byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from polygenesis.errors import InputError
from polygenesis.files import write
from polygenesis.html import asset, palette, prose, shell
from polygenesis.report.figures import plotly_script
from polygenesis.report.sections import context_list, navigation, study, summary, verdicts
from polygenesis.report.sources import sources
from polygenesis.report.tables import to_csv
from polygenesis.report.text import slug
from polygenesis.studies.base import StudyResult

TITLE = "What causes polysemanticity?"


def render(
    results: Sequence[StudyResult],
    folder: str | Path,
    *,
    title: str = TITLE,
    context: Mapping[str, str] | None = None,
    questions: Mapping[str, str] | None = None,
) -> Path:
    """Write ``report.html``, ``figures/`` and ``tables/`` into a folder and return the page's path.

    ``context``: facts about what was run, shown under the title. ``questions``: study name → its question. The same
    results give the same bytes. The page is written last, so a page that exists has all its files.
    Raises :class:`polygenesis.InputError` for two studies of one name and
    :class:`polygenesis.errors.StoreError` for a folder that cannot be written.
    """
    names = [each.name for each in results]
    if len(set(names)) < len(names):
        raise InputError(f"Argument `results` must name each study once, but is {names}.")
    sections: list[str] = []
    files: dict[str, bytes] = {}
    live = False
    for result in results:
        number = 1 + sum(name.endswith(".pdf") for name in files)
        section, figures = study(result, (questions or {}).get(result.name, ""), number)
        sections.append(section)
        for each in figures:
            files |= each.files
            live = live or each.interactive
        for name, frame in result.tables.items():
            files[f"tables/{slug(result.name)}-{slug(name)}.csv"] = to_csv(frame)
    page = _page(results, sections, title, context or {}, live)
    path = Path(folder)
    for name, content in {**files, "report.html": page.encode()}.items():
        write(path / name, content)
    return path / "report.html"


def _page(
    results: Sequence[StudyResult], sections: Sequence[str], title: str, context: Mapping[str, str], live: bool
) -> str:
    content = (
        f"{navigation(results)}\n"
        f"<main><header><h1>{prose(title)}</h1><p class='lead'>{summary(results)}</p>{context_list(context)}</header>\n"
        f"{verdicts(results)}\n{chr(10).join(sections)}\n{sources(results)}</main>"
    )
    styles = [palette(), asset("polygenesis.report", "page.css")]
    scripts = [plotly_script(), asset("polygenesis.report", "page.js")] if live else []
    return shell(title, content, styles=styles, scripts=scripts, anchor="top")
