"""`polygenesis paper` and `polygenesis report FOLDER`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

from cyclopts import Parameter

from polygenesis.cli.computing import compute, kept_in, stoppable
from polygenesis.cli.folders import RESULTS, existing_store, writable_store
from polygenesis.cli.output import Answer
from polygenesis.cli.studies import Profile, examine, judged, specs_of
from polygenesis.errors import InputError
from polygenesis.files import write
from polygenesis.numerals import counted

if TYPE_CHECKING:
    from polygenesis.spec import RunSpec
    from polygenesis.sweeps import Store

SETTINGS = "report.json"
"""What a page was made of: so that `polygenesis report` can make it again."""


def paper(
    *,
    folder: Path = RESULTS,
    profile: Annotated[Profile | None, Parameter(show_default=False)] = None,
    full: Annotated[bool, Parameter(negative="")] = False,
    workers: Annotated[int | None, Parameter(show_default=False)] = None,
    max_memory: Annotated[str | None, Parameter(show_default=False)] = None,
) -> Answer:
    """Reproduce the paper: run its studies, judge its claims, and write one page with figures and tables.

    Finished runs are stored in FOLDER/runs and not computed again: a second call only writes the page.

    Parameters
    ----------
    folder
        The folder for the page, figures, tables and runs.
    profile
        quick: a minute. standard (the default): gradient flow at the paper's own sizes, AdamW at n = 64.
        thorough: more replicates, and AdamW at n = 256 as published: about five hours of one core.
    full
        AdamW at full size too; the same as --profile thorough.
    workers
        Number of worker processes; by default one per core.
    max_memory
        Memory limit for all workers together, such as 4G; fewer workers run if the predicted use exceeds it.
    """
    if full and profile not in (None, "thorough"):
        raise InputError(f"Flag --full means --profile thorough, but --profile is {profile}.")
    chosen: Profile = "thorough" if full else profile or "standard"
    specs, store = _specs(chosen), writable_store(folder / "runs")
    with stoppable(lambda: kept_in(store, [spec.key for spec in specs])):
        compute(specs, store, workers, max_memory)
        return _publish(folder, chosen, store, workers)


def report(
    folder: Path = RESULTS, /, *, workers: Annotated[int | None, Parameter(show_default=False)] = None
) -> Answer:
    """Rewrite the page of a results folder from its stored runs, without computing any.

    Parameters
    ----------
    folder
        A folder that `polygenesis paper` has written.
    workers
        Number of worker processes; by default one per core.
    """
    profile = _stored_profile(folder)
    store = existing_store(folder / "runs")
    missing = sum(spec.key not in store for spec in _specs(profile))
    if missing:
        again = f"polygenesis paper --folder {folder} --profile {profile}"
        raise InputError(f"Folder {str(folder)!r} lacks {counted(missing, 'run')}; compute with: {again}")
    return _publish(folder, profile, store, workers)


def _publish(folder: Path, profile: Profile, store: Store, workers: int | None) -> Answer:
    """Judge every study, write the page, and say the verdicts."""
    from polygenesis.report import render
    from polygenesis.studies import get, paper_names

    names = paper_names()
    results = [examine(name, profile, store, workers) for name in names]
    questions = {name: get(name).question for name in names}
    page = render(results, folder, context=_context(profile, _specs(profile)), questions=questions, explorer=True)
    _keep_settings(folder, profile)
    return judged(results, profile, page)


def _specs(profile: Profile) -> list[RunSpec]:
    from polygenesis.studies import paper_names

    return specs_of(paper_names(), profile)


def _context(profile: Profile, specs: Sequence[RunSpec]) -> dict[str, str]:
    from polygenesis.dynamics.keeping.provenance import in_words
    from polygenesis.training import AdamW

    replicates = sum(spec.replicates for spec in specs)
    adam = sorted({spec.model.n for spec in specs if isinstance(spec.training, AdamW)})
    sizes = ", ".join(f"n = {n}" for n in adam)
    more = "" if profile == "thorough" else " (n = 256 as published with `--full`: about five hours of one core)"
    return {
        "Made by": f"`polygenesis paper --profile {profile}`",
        "Runs": f"{counted(len(specs), 'spec')}, {counted(replicates, 'trained network')}",
        "AdamW": sizes + more if adam else "not run",
        "Versions": in_words(),
    }


def _keep_settings(folder: Path, profile: Profile) -> None:
    write(folder / SETTINGS, f"{json.dumps({'profile': profile})}\n".encode())


def _stored_profile(folder: Path) -> Profile:
    path = folder / SETTINGS
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise InputError(f"Folder {str(folder)!r} holds no report: {SETTINGS} cannot be read there.") from None
    from polygenesis.spec import parse_json

    profile, known = parse_json(text, name=str(path)).get("profile"), get_args(Profile)
    if profile not in known:
        raise InputError(f"{path} must name a profile ({', '.join(known)}), but names {profile!r}.")
    return cast(Profile, profile)
