"""`polygenesis studies` and `polygenesis study NAME`."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from polygenesis.cli import show
from polygenesis.cli.computing import compute
from polygenesis.cli.folders import RESULTS, writable_store
from polygenesis.errors import InputError
from polygenesis.files import is_there, write
from polygenesis.report import render, write_pages
from polygenesis.report.lead import answer, summary
from polygenesis.report.page import TITLE
from polygenesis.spec import RunSpec
from polygenesis.studies import Profile, StudyResult, get, names, record
from polygenesis.studies.registry import chosen
from polygenesis.sweeps import Store


def studies(*, margins: Annotated[Path | None, Parameter(show_default=False)] = None) -> None:
    """List the studies and their questions, or record what each claims: `polygenesis studies --margins margins.json`.

    Parameters
    ----------
    margins
        A file that records every claim's margin, estimand, regime and seeds with hashes and dates. Where it is there,
        what changed since gets today's date, and what it was before is kept.
    """
    if margins is not None:
        _record(margins)
        return
    rows = [(name, get(name).question) for name in names()]
    show.console().print(show.listing(("Study", "Question"), rows))


def study(
    name: str,
    /,
    *more: str,
    profile: Profile = "standard",
    folder: Path = RESULTS,
    pages: Annotated[Path | None, Parameter(show_default=False)] = None,
    workers: Annotated[int | None, Parameter(show_default=False)] = None,
    max_memory: Annotated[str | None, Parameter(show_default=False)] = None,
) -> None:
    """Run studies, print their verdicts, and write one page with figures and tables.

    Parameters
    ----------
    name
        A study (`polygenesis studies` lists them), or a group: paper, questions, networks, all.
    more
        Further studies, for the same page.
    profile
        quick: a minute. standard: what the report shows. thorough: what a paper would use.
    folder
        Where results go: the page to FOLDER/NAME (FOLDER/studies for several names), runs to FOLDER/runs.
    pages
        A folder for one page of Markdown a study as well, as the documentation shows them.
    workers
        Processes that compute at once; by default one a core.
    max_memory
        What all processes together may take, such as 4G: by prediction, fewer compute at once where needed.
    """
    wanted = chosen([name, *more])
    store = writable_store(folder / "runs")
    compute(_specs(wanted, profile), store, workers, max_memory)
    results = [examine(each, profile, store, workers) for each in wanted]
    questions = {each: get(each).question for each in wanted}
    place = folder / ("studies" if more else name)
    page = render(results, place, title=_title(results), context={"Profile": profile}, questions=questions)
    if pages is not None:
        from polygenesis.dynamics.keeping.provenance import in_words

        write_pages(results, pages, questions=questions, made=in_words())
    show.console().print(show.verdicts(results))
    print(f"{summary(results)} The page is {page}.")


def _record(path: Path) -> None:
    """Write the record of margins, and say what changed."""
    kept = record.parse(_text(path), str(path)) if is_there(path) else {}
    now = record.current()
    changes = record.differences(kept, now)
    write(path, record.written(record.updated(kept, now, datetime.date.today().isoformat())).encode())
    print("\n".join([*changes, f"{len(changes)} changes since the last record. It is {path}."]))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"Argument `margins` must name a file that can be read, but is {str(path)!r}: {error}."
        ) from None


def _title(results: Sequence[StudyResult]) -> str:
    """The one study's title, or the paper's question where the studies can answer it."""
    if len(results) == 1:
        return results[0].title
    return TITLE if answer(results) else "What the studies found"


def _specs(wanted: Sequence[str], profile: Profile) -> list[RunSpec]:
    return list({spec.key: spec for each in wanted for spec in get(each).specs(profile)}.values())


def examine(name: str, profile: Profile, store: Store, workers: int | None) -> StudyResult:
    """Judge a study whose runs are all in the store."""
    return get(name).run(profile, store=store, workers=workers)
