"""Write all pages whose numbers are computed: studies, README, figures, diagnosed networks, error rates.

    make pages                                                         # everything, as published
    python docs/pages.py --plan                                        # what that would take
    python docs/pages.py capacity penalty-strength --profile quick --into /tmp/pages

Parts are studies, groups of studies (paper, questions, networks, all), figures, readme, diagnosed and error-rates.
The paper's own studies are published at the thorough profile (AdamW at n = 256, hours), all others at the standard one.
Runs are kept in `--runs`, and a page that was written from these sources at this profile is not made again: after a
kill the same command goes on. What was counted in runs that take more than a minute of one core is kept in
docs/studies/measured.jsonl, one line a run, and runs with a line of these sources are not computed again. With `--into`
pages go to another folder, as they would stand in the repository.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import paper_verdicts
import readme_numbers
from kept_measurements import KeptMeasurements

from polygenesis.cli.app import STOPPED
from polygenesis.cli.computing import compute
from polygenesis.cli.folders import writable_store
from polygenesis.dynamics.keeping.provenance import in_words
from polygenesis.errors import InputError, PolygenesisError
from polygenesis.files import write
from polygenesis.numerals import counted
from polygenesis.progress import duration
from polygenesis.report import write_pages
from polygenesis.report.markdown import write_index
from polygenesis.report.text import slug
from polygenesis.spec import RunSpec
from polygenesis.studies import get
from polygenesis.studies.base import PROFILES, NamedRuns, Profile, Study, StudyResult
from polygenesis.studies.measurements import know, measure
from polygenesis.studies.registry import GROUPS, PAPER, STUDIES, chosen
from polygenesis.sweeps import Store
from polygenesis.sweeps.base import Runs
from polygenesis.sweeps.cost import estimate_seconds
from polygenesis.training import GradientFlow

COUNTED = ("collision-count", "collision-sign", "initial-leads", "penalty-strength")
"""Studies that need no more of a run than its measurements."""

MEASURED = Path("docs", "studies", "measured.jsonl")
"""Where measurements of long runs are kept."""

LONG = 60.0
"""Predicted seconds of one core from which measurements are kept of a run in steps; figures show the flow's weights."""

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "src" / "polygenesis"

DIAGNOSED = ("digits", "mnist_cnn", "fashion_mnist", "minilm")
"""Scripts of examples/diagnose, each of which writes a table of docs/diagnosed."""

PARTS = {
    "figures": "docs/figures of the README: about a minute",
    "readme": "numbers of the README and of docs/summaries.md, verdicts of docs/paper.md, from the pages: seconds",
    "diagnosed": "the tables and the figure of docs/diagnosed.md: about eight minutes of processor time",
    "error-rates": "docs/diagnosis_error_rates.md: hours; sets that were measured from these sources are kept",
}
"""What there is beside the studies, and what it takes."""

IN_PLACE = ("diagnosed", "error-rates")
"""Parts whose scripts write into docs themselves."""


def main(given: Sequence[str] | None = None) -> int:
    """Say what it takes, then write page after page; return the exit code."""
    asked = _arguments(given)
    try:
        studies, parts = wanted(asked.parts)
        if asked.into != ROOT and (misplaced := [each for each in IN_PLACE if each in parts]):
            if asked.parts:
                raise InputError(
                    f"Part `{misplaced[0]}` is written into docs alone, but --into is {str(asked.into)!r}."
                )
            parts = [each for each in parts if each not in IN_PLACE]
        store = writable_store(asked.runs)
        profiles = {each: asked.profile or published(each) for each in studies}
        kept = Written(asked.runs.parent / "pages.json")
        measured = KeptMeasurements(asked.into / MEASURED)
        for line in announced(profiles, parts, store, measured, asked.workers):
            print(line, flush=True)
        if asked.plan:
            return 0
        failed = _studies(profiles, asked, store, kept, measured)
        for part in parts:
            failed += _part(part, asked.into)
    except InputError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stopped:
        print(str(stopped) or "Stopped: what is written stays; the same command goes on from there.", file=sys.stderr)
        return STOPPED
    for line in failed:
        print(f"Not written: {line}", file=sys.stderr)
    return 1 if failed else 0


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="studies, groups, or parts; by default all")
    parser.add_argument("--profile", choices=PROFILES, help="size of the studies' runs; by default as published")
    parser.add_argument("--into", type=Path, default=ROOT, help="the folder that README.md and docs are written into")
    parser.add_argument("--runs", type=Path, default=ROOT / "results" / "runs", help="where runs are kept")
    parser.add_argument("--workers", type=int, default=None, help="processes; by default one a core")
    parser.add_argument("--plan", action="store_true", help="say what it takes, and stop")
    return parser.parse_args(given)


def wanted(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the studies and the other parts that names stand for; none stands for everything.

    >>> wanted(["readme", "capacity"])
    (['capacity'], ['readme'])
    """
    if not names:
        return list(STUDIES), list(PARTS)
    studies = [each for each in names if each not in PARTS]
    if unknown := [each for each in studies if each not in STUDIES and each not in GROUPS]:
        raise InputError(f"Unknown part {unknown[0]!r}; known: {', '.join([*STUDIES, *GROUPS, *PARTS])}.")
    return chosen(studies), [each for each in PARTS if each in names]


def published(study: str) -> Profile:
    """Return the profile at which a study's page is published: the paper's experiments in full, the others in minutes.

    >>> published("collision-count"), published("capacity")
    ('thorough', 'standard')
    """
    return "thorough" if study in PAPER else "standard"


def announced(
    profiles: Mapping[str, Profile],
    parts: Sequence[str],
    store: Store,
    measured: KeptMeasurements,
    workers: int | None,
) -> Iterator[str]:
    """Say, line by line, what is to be computed and how long that is predicted to take."""
    cores, before = workers or os.cpu_count() or 1, set[str]()
    for profile in PROFILES:
        studies = [each for each, its in profiles.items() if its == profile]
        if not studies:
            continue
        specs = [spec for spec in specs_of(studies, profile) if spec.key not in before]
        before |= {spec.key for spec in specs}
        missing = [spec for spec in specs if spec.key not in store and spec.key not in measured]
        seconds = sum(map(estimate_seconds, missing)) / cores
        said = f"{counted(len(missing), 'run')} of {len(specs)} to compute, about {duration(seconds)} on {cores} cores"
        which = f"{counted(len(studies), 'study', 'studies')} at the {profile} profile"
        yield f"{which}: {said}, and minutes to measure each."
    for part in parts:
        yield f"{part}: {PARTS[part]}."


def specs_of(studies: Sequence[str], profile: Profile) -> list[RunSpec]:
    """Return the runs of several studies, each once."""
    return list({spec.key: spec for each in studies for spec in get(each).specs(profile)}.values())


def _studies(
    profiles: Mapping[str, Profile],
    asked: argparse.Namespace,
    store: Store,
    kept: Written,
    measured: KeptMeasurements,
) -> list[str]:
    """Write a page a study as soon as its runs are there, then the list of all; say which could not be written."""
    failed, folder = [], asked.into / "docs" / "studies"
    for at, (name, profile) in enumerate(profiles.items(), start=1):
        page = folder / f"{slug(name)}.md"
        if kept.holds(page, profile):
            print(f"[{at}/{len(profiles)}] {name}: its page is there already.", flush=True)
            continue
        start = time.monotonic()
        try:
            study = get(name)
            if name in COUNTED:
                result = judged_by_counts(study, profile, store, asked.workers, measured)
            else:
                compute(study.specs(profile), store, asked.workers, label=name)
                result = study.run(profile, store=store, workers=asked.workers)
        except PolygenesisError as error:
            failed.append(f"{name}: {error}")
            continue
        write_pages([result], folder, questions={name: study.question}, made=in_words())
        kept.keep(page, profile)
        print(f"[{at}/{len(profiles)}] {name}: {page} after {duration(time.monotonic() - start)}.", flush=True)
    if profiles and folder.is_dir():
        write_index(folder)
    return failed


def judged_by_counts(
    study: Study, profile: Profile, store: Store, workers: int | None, measured: KeptMeasurements
) -> StudyResult:
    """Judge a study of which long runs are measured one by one, each kept as soon as it is there."""
    plan = study.plan(profile)
    steps = [each for each in plan.values() if not isinstance(each.training, GradientFlow)]
    long = [each for each in steps if each.key not in measured and estimate_seconds(each) >= LONG]
    for at, spec in enumerate(sorted(long, key=estimate_seconds), start=1):
        compute([spec], store, workers, label=f"{study.name}, long run {at} of {len(long)}")
        measured.keep([measure(store.load(spec.key))])
    compute([each for each in plan.values() if each.key not in measured], store, workers, label=study.name)
    know(store, [measured[each.key] for each in plan.values() if each.key in measured])
    return study.result(NamedRuns(list(plan), Runs(store, [each.key for each in plan.values()])), profile)


def _part(part: str, into: Path) -> list[str]:
    """Write one of the other parts; say why it could not be written."""
    print(f"{part} …", flush=True)
    if part == "readme":
        failed = readme_numbers.write_readme(ROOT, into) + readme_numbers.write_summaries(ROOT, into)
        return failed + paper_verdicts.write_verdicts(ROOT, into)
    if part == "figures":
        return readme_numbers.write_figures(ROOT, into)
    if part == "diagnosed":
        scripts = [ROOT / "examples" / "diagnose" / f"{name}.py" for name in DIAGNOSED]
        return [each for script in scripts for each in _called(script.stem, [str(script)])]
    tests = ["-m", "pytest", "-q", str(ROOT / "verification" / "test_diagnosis_errors.py")]
    return _called(part, tests, {"POLYGENESIS_RESUME": "1"})


def _called(name: str, arguments: Sequence[str], more: dict[str, str] | None = None) -> list[str]:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env={**os.environ, **(more or {})}, check=False)
    return [] if done.returncode == 0 else [f"{name}: its script ended with exit code {done.returncode}"]


class Written:
    """Which pages were written from these sources, and at which profile: kept beside the runs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.entries: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.entries = {}
        self.sources = digest(
            *(each.read_bytes() for each in sorted(SOURCES.rglob("*")) if each.suffix in (".py", ".css"))
        )

    def holds(self, page: Path, profile: Profile) -> bool:
        """Whether a study's page is there as it was written at a profile."""
        return page.is_file() and self.entries.get(str(page.resolve())) == self._entry(page, profile)

    def keep(self, page: Path, profile: Profile) -> None:
        """Note that a study's page was written at a profile."""
        self.entries[str(page.resolve())] = self._entry(page, profile)
        write(self.path, (json.dumps(self.entries, indent=1, sort_keys=True) + "\n").encode())

    def _entry(self, page: Path, profile: Profile) -> list[str]:
        figures = sorted((page.parent / "figures").glob(f"{page.stem}-*.png"))
        return [profile, self.sources, digest(page.read_bytes(), *(each.read_bytes() for each in figures))]


def digest(*contents: bytes) -> str:
    """Return one hash of several contents."""
    return hashlib.sha256(b"".join(hashlib.sha256(each).digest() for each in contents)).hexdigest()[:16]


if __name__ == "__main__":
    raise SystemExit(main())
