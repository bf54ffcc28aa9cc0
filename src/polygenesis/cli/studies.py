"""`polygenesis studies` and `polygenesis study NAME`."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from polygenesis.cli import show
from polygenesis.cli.computing import compute, kept_in, stoppable
from polygenesis.cli.folders import RESULTS, writable_store
from polygenesis.cli.output import Answer
from polygenesis.errors import InputError
from polygenesis.files import is_there, write
from polygenesis.numerals import counted

if TYPE_CHECKING:
    from polygenesis.spec import RunSpec
    from polygenesis.studies import StudyResult
    from polygenesis.sweeps import Store

Profile = Literal["quick", "standard", "thorough"]
"""As in ``studies.base``, which is slow to import: help is not."""


def _known(_: Any) -> list[str]:
    """The names that a shell completes."""
    from polygenesis.studies.registry import GROUPS, STUDIES

    return [*STUDIES, *GROUPS]


def studies(*, margins: Annotated[Path | None, Parameter(show_default=False)] = None) -> Answer:
    """List the studies and their questions, or record what each claims: `polygenesis studies --margins margins.json`.

    Parameters
    ----------
    margins
        A file that records every claim's margin, estimand, regime and seeds with hashes and dates.
        If the file exists, changed entries get today's date and keep their former values.
    """
    from polygenesis.studies import get, names

    if margins is not None:
        return _record(margins)
    rows = [(name, get(name).question) for name in names()]
    data = {"studies": [{"name": name, "question": question} for name, question in rows]}
    return Answer(data, (show.listing(("Study", "Question"), rows),), ("Run one: polygenesis study NAME",))


def study(
    name: Annotated[str, Parameter(completer=_known)],
    /,
    *more: Annotated[str, Parameter(completer=_known)],
    profile: Profile = "standard",
    folder: Path = RESULTS,
    pages: Annotated[Path | None, Parameter(show_default=False)] = None,
    workers: Annotated[int | None, Parameter(show_default=False)] = None,
    max_memory: Annotated[str | None, Parameter(show_default=False)] = None,
) -> Answer:
    """Run studies, print their verdicts, and write one page with figures and tables.

    Parameters
    ----------
    name
        A study (`polygenesis studies` lists them), or a group: paper, questions, networks, all.
    more
        Further studies, for the same page.
    profile
        quick: a minute. standard: the sizes of the report. thorough: sizes for a publication.
    folder
        Where results go: the page to FOLDER/NAME (FOLDER/studies for several names), runs to FOLDER/runs.
    pages
        A folder for additional Markdown pages, one per study, as in the documentation.
    workers
        Number of worker processes; by default one per core.
    max_memory
        Memory limit for all workers together, such as 4G; fewer workers run if the predicted use exceeds it.
    """
    from polygenesis.report import render, write_pages
    from polygenesis.studies import get
    from polygenesis.studies.registry import chosen

    wanted = chosen([name, *more])
    specs = specs_of(wanted, profile)
    store = writable_store(folder / "runs")
    with stoppable(lambda: kept_in(store, [spec.key for spec in specs])):
        compute(specs, store, workers, max_memory)
        results = [examine(each, profile, store, workers) for each in wanted]
        questions = {each: get(each).question for each in wanted}
        place = folder / ("studies" if more else name)
        page = render(results, place, title=_title(results), context={"Profile": profile}, questions=questions)
        if pages is not None:
            from polygenesis.dynamics.keeping.provenance import in_words

            write_pages(results, pages, questions=questions, made=in_words())
    return judged(results, profile, page)


def judged(results: Sequence[StudyResult], profile: str, page: Path) -> Answer:
    """Say what studies found of each claim, and where the page is."""
    from polygenesis.report.lead import summary

    claims = [
        {
            "study": result.name,
            "claim": each.claim.text,
            "verdict": each.verdict,
            "sentence": each.sentence,
            "margin": each.margin,
            "regime": each.regime,
            "source": each.claim.source,
            "near_the_margin": each.near,
        }
        for result in results
        for each in result.judgements
    ]
    data = {"profile": profile, "summary": summary(results), "claims": claims, "page": page}
    return Answer(data, (show.verdicts(results), summary(results)), (f"The page is {page}.",))


def _record(path: Path) -> Answer:
    """Write the record of margins, and say what changed."""
    from polygenesis.studies import record

    kept = record.parse(_text(path), str(path)) if is_there(path) else {}
    now = record.current()
    changes = record.differences(kept, now)
    write(path, record.written(record.updated(kept, now, datetime.date.today().isoformat())).encode())
    said = f"{counted(len(changes), 'change')} since the last record. It is {path}."
    return Answer({"changes": changes, "file": path}, (*changes, said))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"Argument `margins` must name a file that can be read, but is {str(path)!r}: {error}."
        ) from None


def _title(results: Sequence[StudyResult]) -> str:
    """The one study's title, or the paper's question where the studies can answer it."""
    from polygenesis.report.lead import answer
    from polygenesis.report.page import TITLE

    if len(results) == 1:
        return results[0].title
    return TITLE if answer(results) else "What the studies found"


def specs_of(names: Sequence[str], profile: Profile) -> list[RunSpec]:
    """Return the runs that studies need, each once."""
    from polygenesis.studies import get

    return list({spec.key: spec for each in names for spec in get(each).specs(profile)}.values())


def examine(name: str, profile: Profile, store: Store, workers: int | None) -> StudyResult:
    """Judge a study whose runs are all in the store."""
    from polygenesis.studies import get

    return get(name).run(profile, store=store, workers=workers)
