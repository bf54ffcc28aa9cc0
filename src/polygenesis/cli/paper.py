"""`polygenesis paper` and `polygenesis report FOLDER`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

from cyclopts import Parameter

from polygenesis.cli import show
from polygenesis.cli.computing import compute
from polygenesis.cli.folders import RESULTS, existing_store, writable_store
from polygenesis.cli.studies import examine
from polygenesis.errors import InputError, StoreError
from polygenesis.report import render
from polygenesis.report.lead import summary
from polygenesis.report.text import count
from polygenesis.spec import RunSpec, parse_json
from polygenesis.studies import Profile, get, paper_names
from polygenesis.studies.base import PROFILES
from polygenesis.sweeps import Store
from polygenesis.training import AdamW

SETTINGS = "report.json"
"""What a page was made of: so that `polygenesis report` can make it again."""


def paper(
    *,
    folder: Path = RESULTS,
    profile: Annotated[Profile | None, Parameter(show_default=False)] = None,
    full: Annotated[bool, Parameter(negative="")] = False,
    workers: Annotated[int | None, Parameter(show_default=False)] = None,
    max_memory: Annotated[str | None, Parameter(show_default=False)] = None,
) -> None:
    """Reproduce the paper: run its studies, judge its claims, and write one page with figures and tables.

    Finished runs are kept in FOLDER/runs and never computed again: a second call only writes the page.

    Parameters
    ----------
    folder
        Where the page, figures, tables and runs go.
    profile
        quick: a minute. standard (the default): gradient flow at the paper's own sizes, AdamW at n = 64.
        thorough: more replicates, and AdamW at n = 256 as published, which takes hours.
    full
        AdamW at full size too: the same as --profile thorough.
    workers
        Processes that compute at once; by default one a core.
    max_memory
        What all processes together may take, such as 4G: by prediction, fewer compute at once where needed.
    """
    if full and profile not in (None, "thorough"):
        raise InputError(f"Flag --full means --profile thorough, but --profile is {profile}.")
    chosen: Profile = "thorough" if full else profile or "standard"
    store = writable_store(folder / "runs")
    compute(_specs(chosen), store, workers, max_memory)
    _publish(folder, chosen, store, workers)


def report(folder: Path = RESULTS, /, *, workers: Annotated[int | None, Parameter(show_default=False)] = None) -> None:
    """Write the page of a folder again from its stored runs, without computing any.

    Parameters
    ----------
    folder
        A folder that `polygenesis paper` has written.
    workers
        Processes that work at once; by default one a core.
    """
    profile = _stored_profile(folder)
    store = existing_store(folder / "runs")
    missing = sum(spec.key not in store for spec in _specs(profile))
    if missing:
        again = f"polygenesis paper --folder {folder} --profile {profile}"
        raise InputError(f"Folder {str(folder)!r} lacks {count(missing, 'run')}; compute with: {again}")
    _publish(folder, profile, store, workers)


def _publish(folder: Path, profile: Profile, store: Store, workers: int | None) -> None:
    """Judge every study, write the page, and print the verdicts."""
    names = paper_names()
    results = [examine(name, profile, store, workers) for name in names]
    questions = {name: get(name).question for name in names}
    page = render(results, folder, context=_context(profile, _specs(profile)), questions=questions, explorer=True)
    _keep_settings(folder, profile)
    show.console().print(show.verdicts(results))
    print(f"{summary(results)} The page is {page}.")


def _specs(profile: Profile) -> list[RunSpec]:
    found = (spec for name in paper_names() for spec in get(name).specs(profile))
    return list({spec.key: spec for spec in found}.values())


def _context(profile: Profile, specs: Sequence[RunSpec]) -> dict[str, str]:
    from polygenesis.dynamics.keeping.provenance import in_words

    replicates = sum(spec.replicates for spec in specs)
    adam = sorted({spec.model.n for spec in specs if isinstance(spec.training, AdamW)})
    sizes = ", ".join(f"n = {n}" for n in adam)
    more = "" if profile == "thorough" else " (n = 256 as published with `--full`: hours)"
    return {
        "Made by": f"`polygenesis paper --profile {profile}`",
        "Runs": f"{count(len(specs), 'spec')}, {count(replicates, 'trained network')}",
        "AdamW": sizes + more if adam else "not run",
        "Versions": in_words(),
    }


def _keep_settings(folder: Path, profile: Profile) -> None:
    try:
        (folder / SETTINGS).write_text(json.dumps({"profile": profile}) + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"Cannot write {str(folder / SETTINGS)!r}: {error.strerror}.") from None


def _stored_profile(folder: Path) -> Profile:
    path = folder / SETTINGS
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise InputError(f"Folder {str(folder)!r} holds no report: {SETTINGS} cannot be read there.") from None
    profile = parse_json(text, name=str(path)).get("profile")
    if profile not in PROFILES:
        raise InputError(f"{path} must name a profile ({', '.join(PROFILES)}), but names {profile!r}.")
    return cast(Profile, profile)
