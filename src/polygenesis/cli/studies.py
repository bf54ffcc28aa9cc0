"""`polygenesis studies` and `polygenesis study NAME`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from polygenesis.cli import show
from polygenesis.cli.computing import compute
from polygenesis.cli.folders import RESULTS, writable_store
from polygenesis.report import render
from polygenesis.report.sections import summary
from polygenesis.studies import Profile, StudyResult, get, names
from polygenesis.sweeps import Store


def studies() -> None:
    """List the studies and their questions."""
    rows = [(name, get(name).question) for name in names()]
    show.console().print(show.listing(("Study", "Question"), rows))


def study(
    name: str,
    /,
    *,
    profile: Profile = "standard",
    folder: Path = RESULTS,
    workers: Annotated[int | None, Parameter(show_default=False)] = None,
) -> None:
    """Run one study, print its verdicts, and write its page, figures and tables.

    Parameters
    ----------
    name
        The study; `polygenesis studies` lists them.
    profile
        quick: a minute. standard: what the report shows. thorough: what a paper would use.
    folder
        Where results go: the page to FOLDER/NAME, runs to FOLDER/runs.
    workers
        Processes that compute at once; by default one a core.
    """
    chosen = get(name)
    store = writable_store(folder / "runs")
    compute(chosen.specs(profile), store, workers)
    result = examine(name, profile, store, workers)
    page = render(
        [result], folder / name, title=result.title, context={"Profile": profile}, questions={name: chosen.question}
    )
    show.console().print(show.verdicts([result]))
    print(f"{summary([result])} The page is {page}.")


def examine(name: str, profile: Profile, store: Store, workers: int | None) -> StudyResult:
    """Judge a study whose runs are all in the store."""
    return get(name).run(profile, store=store, workers=workers)
