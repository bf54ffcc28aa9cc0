"""Error rates of the diagnosis on networks whose origin is known, on seeds of their own (an hour of CPU).

Every test prints its rate with a 95 % interval. REPEATS sets of five seeds each, and five times as many where the
question is a level: of 200 sets a test at 5 % rejects between 2 and 8 % often enough. What a test measured is kept in
`results/diagnosis-error-rates`, and the table of the documentation is written once all are there; with
POLYGENESIS_RESUME=1 tests that have passed already are skipped, so that a run that was stopped goes on.
"""

from __future__ import annotations

import copy
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from polygenesis import stats
from polygenesis.probe import Diagnosis, Origin, diagnose

sys.path.append(str(Path(__file__).parents[1] / "tests" / "probe"))

from networks import (
    duplicates,
    gaussian_classes,
    hidden_activations,
    planted,
    toy,
    toy_with_related_starts,
    trained,
)

REPEATS = int(os.environ.get("POLYGENESIS_REPEATS", "200"))
AT_LEVEL = 5 * REPEATS
"""Sets of seeds for tests of a level, 5 % or 6 %: its standard error is .7 %."""

TESTS = 18
"""Tests in this file: with fewer the table would have gaps."""

FIRST_SEED = 500_000
"""Seeds from here on are used nowhere else."""


TABLE = Path(__file__).parents[1] / "docs" / "diagnosis_error_rates.md"
"""What the documentation shows; written when all tests here have run."""

RATES: list[tuple[str, str, str, str]] = []

KEPT = Path(__file__).parents[1] / "results" / "diagnosis-error-rates"
"""What each test measured, one file a test."""


def rate(network: str, event: str, hits: int, trials: int) -> float:
    """Keep and print a rate with its exact interval, and return it."""
    found = stats.proportion(hits, trials)
    interval = f"{found.lower:.3f}–{found.upper:.3f}"
    RATES.append((network, event, f"{hits} of {trials}", f"{hits / trials:.3f} ({interval})"))
    print(*RATES[-1], sep=" | ")
    return hits / trials


@pytest.fixture(autouse=True)
def piece(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep what a test measured if it passes; with POLYGENESIS_RESUME skip it if it has."""
    file = KEPT / f"{request.node.name}.json"
    if os.environ.get("POLYGENESIS_RESUME") and _rates(file) is not None:
        pytest.skip(f"measured already, see {file}")
    RATES.clear()
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed == failed:
        KEPT.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"repeats": REPEATS, "rates": RATES}, ensure_ascii=False), encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def table(request: pytest.FixtureRequest) -> Iterator[None]:
    """Write the table for the documentation once all tests have passed with this number of repeats."""
    yield
    names = [each.name for each in request.session.items if each.path == Path(__file__)]
    pieces = [_rates(KEPT / f"{name}.json") for name in names]
    if len(names) == TESTS and all(each is not None for each in pieces):
        rows = [row for each in pieces for row in each or []]
        lines = [("Network", "Event", "Count", "Rate (95 % interval)"), ("---",) * 4, *rows]
        TABLE.write_text("".join(f"| {' | '.join(line)} |\n" for line in lines), encoding="utf-8")


def _rates(file: Path) -> list[list[str]] | None:
    """What is kept of a test that ran with this number of repeats."""
    if not file.exists():
        return None
    kept = json.loads(file.read_text(encoding="utf-8"))
    return kept["rates"] if kept["repeats"] == REPEATS else None


def at_most(level: float, trials: int) -> float:
    """A rate of ``level`` with its Monte Carlo error: three standard errors."""
    return level + 3 * (level * (1 - level) / trials) ** 0.5


def diagnoses(make, sets: int = REPEATS) -> list[Diagnosis]:
    return [make(FIRST_SEED + each) for each in range(sets)]


def verdicts(name: str, found: list[Diagnosis], right: Origin) -> float:
    print(name, dict(Counter(each.verdict.origin.name for each in found)))
    return rate(name, f"verdict {right.name}", sum(each.verdict.origin is right for each in found), len(found))


def false_positives(name: str, found: list[Diagnosis], test: str) -> float:
    evidence = [each for one in found for each in one.evidence if each.test == test and each.p_value is not None]
    return rate(name, f"{test}, p ≤ .05", sum(each.p_value <= 0.05 for each in evidence), len(evidence))


def by_each_null(name: str, found: list[Diagnosis]) -> None:
    """How often each of the two nulls alone would have rejected: the reason why p is the larger of both."""
    for test, results in (
        ("recurrence", [one.findings.recurrence for one in found]),
        ("related starts", [one.findings.related for one in found]),
    ):
        for null, values in (
            ("margins", [each.by_margins for each in results if each is not None]),
            ("labels", [each.by_labels for each in results if each is not None]),
        ):
            hits = sum(each is not None and each <= 0.05 for each in values)
            rate(name, f"{test} by {null} alone, p ≤ .05", hits, len(values))


def findings(name: str, found: list[Diagnosis], test: str) -> float:
    """How often a test finds what it looks for, decisively."""
    hits = sum(any(each.test == test and each.finding for each in one.evidence) for one in found)
    return rate(name, f"{test}, found", hits, len(found))


@pytest.mark.parametrize(("n", "m"), [(32, 64), (48, 48), (64, 128)])
def test_chance(n: int, m: int) -> None:
    found = diagnoses(lambda seed: diagnose(toy(n, m, seed), seed=seed, draws=499), AT_LEVEL)
    name = f"chance, n={n}, m={m}"
    for test in ("recurrence over seeds", "related starts", "collision null"):
        assert false_positives(name, found, test) <= at_most(0.05, AT_LEVEL)
    wrong = sum(each.preference.name == "PREFERRED" for one in found for _, each in one.splits)
    assert rate(name, "split called preferred", wrong, sum(len(one.splits) for one in found)) <= 0.05
    assert verdicts(name, found, Origin.INCIDENTAL) >= 0.95


@pytest.mark.parametrize(("n", "m"), [(32, 20), (48, 32)])
def test_need(n: int, m: int) -> None:
    found = diagnoses(lambda seed: diagnose(toy(n, m, seed), seed=seed, draws=499), AT_LEVEL)
    name = f"need, n={n}, m={m}"
    for test in ("recurrence over seeds", "related starts"):
        assert false_positives(name, found, test) <= at_most(0.05, AT_LEVEL)
    assert verdicts(name, found, Origin.NECESSARY) >= 0.95


@pytest.mark.parametrize("pairs", [3, 6])
def test_structured_by_task(pairs: int) -> None:
    objective = duplicates(24, pairs)

    def make(seed: int) -> Diagnosis:
        start, end = trained(objective, 24, 48, seed)
        return diagnose(end, initial=start, objective=objective, seed=seed, draws=499)

    assert verdicts(f"task, {pairs} pairs", diagnoses(make), Origin.STRUCTURED_BY_TASK) >= 0.95


@pytest.mark.parametrize(("correlation", "pairs", "least"), [(-0.9, 4, 0.95), (-0.9, 8, 0.95), (-0.6, 8, 0.0)])
def test_structured_by_input(correlation: float, pairs: int, least: float) -> None:
    found = diagnoses(
        lambda seed: diagnose(
            toy_with_related_starts(32, 64, seed, pairs=pairs, correlation=correlation), seed=seed, draws=499
        )
    )
    name = f"input, {pairs} pairs at correlation {correlation}"
    findings(name, found, "recurrence over seeds")
    findings(name, found, "related starts")
    assert verdicts(name, found, Origin.STRUCTURED_BY_INPUT) >= least


def test_one_final_state_is_never_called_incidental() -> None:
    found = [diagnose(toy(32, 64, FIRST_SEED + each, runs=1).final, seed=each) for each in range(REPEATS)]
    verdicts("one final state", found, Origin.COMPATIBLE_WITH_INCIDENTAL)
    assert not any(each.verdict.origin is Origin.INCIDENTAL for each in found)


def test_one_classifier_is_called_neither_incidental_nor_structured() -> None:
    """Recurrence within one run sees ties of any kind, those by accident too: it is reported, and decides nothing."""
    found = []
    for seed in range(FIRST_SEED, FIRST_SEED + REPEATS):
        rng = np.random.default_rng([seed, 64])
        inputs, classes = gaussian_classes(1000, 10, 20, rng)
        found.append(diagnose(hidden_activations(inputs, classes, 64, rng), classes, seed=seed, draws=499))
    name = "one exchangeable classifier, 64 units"
    false_positives(name, found, "recurrence within the run")
    verdicts(name, found, Origin.RECURS_WITHIN_RUN)
    verdicts(name, found, Origin.COMPATIBLE_WITH_INCIDENTAL)
    assert all(each.verdict.origin in (Origin.RECURS_WITHIN_RUN, Origin.COMPATIBLE_WITH_INCIDENTAL) for each in found)


@pytest.mark.parametrize("paired", [False, True])
def test_classifiers(paired: bool) -> None:
    """Exchangeable Gaussian classes, fresh data and means per seed, and paired prototypes."""

    def make(seed: int) -> Diagnosis:
        runs, labels, starts = [], [], []
        for each in range(5):
            rng = np.random.default_rng([seed, each, paired])
            inputs, classes = gaussian_classes(1000, 10, 20, rng, paired=paired)
            first = copy.deepcopy(rng).standard_normal((20, 32))  # what the network below draws first
            starts.append(np.maximum(inputs @ first, 0))
            runs.append(hidden_activations(inputs, classes, 32, rng))
            labels.append(classes)
        return diagnose(runs, labels, initial=starts, seed=seed, draws=499)

    sets = REPEATS if paired else AT_LEVEL
    found = diagnoses(make, sets)
    name = "paired prototypes" if paired else "exchangeable classes"
    rejected = false_positives(name, found, "recurrence over seeds")
    related = false_positives(name, found, "related starts")
    by_each_null(name, found)
    structured = verdicts(name, found, Origin.STRUCTURED)
    assert (structured >= 0.95) if paired else (max(rejected, related) <= at_most(0.06, sets))


@pytest.mark.parametrize("noise", [0.1, 0.3, 0.5, 0.7])
def test_planted_carriers(noise: float) -> None:
    missed = invented = there = absent = 0
    for each in range(REPEATS):
        activations, present, carriers = planted(3000, 24, 12, shared=6, noise=noise, seed=FIRST_SEED + each)
        shared = carriers.sum(axis=0) >= 2
        found = diagnose(activations, present, draws=99)
        called = np.isin(np.arange(24), [one.neuron for one in found.shared])
        missed, invented = missed + int((shared & ~called).sum()), invented + int((called & ~shared).sum())
        there, absent = there + int(shared.sum()), absent + int((~shared).sum())
    assert rate(f"planted, noise {noise}", "shared neuron missed", missed, there) <= (0.01 if noise <= 0.5 else 1)
    assert rate(f"planted, noise {noise}", "shared neuron invented", invented, absent) <= 0.01
