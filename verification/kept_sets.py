"""Sets of networks, made, diagnosed and kept one by one: a run that was stopped loses one set a process at most.

Each row has a file of JSON lines in `results/diagnosis-error-rates`, one line a set. With POLYGENESIS_RESUME=1 the
lines that the present sources wrote are kept and the rest is measured; without it every row starts anew.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from error_rates import Outcome, Row

import polygenesis
from polygenesis.bench.origins import Case

JOBS = int(os.environ.get("POLYGENESIS_JOBS", str(min(2, os.cpu_count() or 1))))
"""Processes. Seeds have addresses, so that any number of them measures the same."""

DRAWS = 499
"""Of each null: enough for p ≤ .01, at half the cost of the default."""

FIRST_SEED = 500_000
"""Seeds from here on are used nowhere else."""

JUDGING = ("probe", "stats", "detect", "dynamics", "bench/origins")
"""Sources on which a rate depends: lines that others wrote are not mixed with these."""


# One set


def outcome(case: Case, found: Any, keep: Callable[[Case, Any], Outcome]) -> Outcome:
    """What a diagnosis says of a case, beside the truth."""
    truth, names = case.truth, found.names
    kin = {frozenset((each.first, each.second)) for each in found.pairs if each.kin}
    planted = {frozenset((names[i], names[j])) for i, j in truth.pairs}
    return {
        "origin": found.verdict.origin.name,
        "sentence": found.verdict.sentence,
        **{name: _interval(getattr(found, name)) for name in ("forced", "structured", "preferred")},
        "p": {each.test: each.p_value for each in found.evidence if each.p_value is not None},
        "kin": [len(kin & planted), len(planted), len(kin - planted)],
        "shared": _shared(case, found),
        "true share": truth.share,
        "true forced": truth.forced,
        **keep(case, found),
    }


def _interval(estimate: Any) -> list[float] | None:
    return [estimate.value, estimate.lower, estimate.upper] if hasattr(estimate, "upper") else None


def _shared(case: Case, found: Any) -> list[int] | None:
    """Neurons called shared that are, all that are, neurons called shared that are not, all that are not."""
    if case.truth.shared is None:
        return None
    called = {(each.run, each.neuron) for each in found.shared if each.mark != "inseparable"}
    true = {(int(r), int(k)) for r, k in zip(*case.truth.shared.nonzero(), strict=True)}
    return [len(called & true), len(true), len(called - true), case.truth.shared.size - len(true)]


def measured(row: Row, seed: int) -> Outcome:
    """Make the networks of one seed and diagnose them; ``seconds`` of processor for each."""
    from polygenesis.errors import InputError
    from polygenesis.probe import diagnose

    start = time.process_time()
    case = row.make(FIRST_SEED + seed)
    made = time.process_time()
    try:
        found = outcome(case, diagnose(**case.arguments, seed=seed, draws=DRAWS, alternatives=()), row.keep)
    except InputError as error:
        found = {"origin": "REFUSED", "sentence": str(error), "p": {}, "kin": [0, len(case.truth.pairs), 0]}
    seconds = [round(made - start, 3), round(time.process_time() - made, 3)]
    return {"seed": seed, "sources": sources(), "seconds": seconds, **found}


@functools.cache
def sources() -> str:
    """A hash of the code on which rates depend; comments, docstrings and layout do not count."""
    package = Path(polygenesis.__file__).parent
    files = sorted(each for folder in JUDGING for each in (package / folder).rglob("*.py"))
    return hashlib.sha256("".join(map(_code, files)).encode()).hexdigest()[:12]


def _code(path: Path) -> str:
    """What a file does: its syntax tree without comments and docstrings."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


# All sets of a row


def outcomes(row: Row, rows: Callable[[], Mapping[str, Row]]) -> list[Outcome]:
    """Measure what is not yet kept of a row; returns all its sets in order. ``rows`` finds it again in a process."""
    known = {each["seed"]: each for each in kept(row)}
    wanted = [seed for seed in range(row.number) if seed not in known]
    if wanted:
        row.file.parent.mkdir(parents=True, exist_ok=True)
        _rewrite(row.file, list(known.values()))
        with row.file.open("a", encoding="utf-8") as file:
            for each in _each(row, wanted, rows):
                file.write(json.dumps(each, ensure_ascii=False) + "\n")
                file.flush()
                known[each["seed"]] = each
    return [known[seed] for seed in range(row.number)]


def kept(row: Row) -> list[Outcome]:
    """The sets that the present sources measured; a line that a kill cut short is left out."""
    if not row.file.exists():
        return []
    found = []
    for line in row.file.read_text(encoding="utf-8").splitlines():
        try:
            each = json.loads(line)
        except ValueError:
            continue
        if each.get("sources") == sources() and each["seed"] < row.number:
            found.append(each)
    return found


def forget(row: Row) -> None:
    """Start a row anew, unless POLYGENESIS_RESUME says to go on."""
    if not os.environ.get("POLYGENESIS_RESUME"):
        row.file.unlink(missing_ok=True)


def _rewrite(file: Path, lines: list[Outcome]) -> None:
    new = file.with_suffix(".new")
    new.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines), encoding="utf-8")
    new.replace(file)


def _each(row: Row, wanted: list[int], rows: Callable[[], Mapping[str, Row]]) -> Iterator[Outcome]:
    if JOBS == 1:
        yield from (measured(row, seed) for seed in wanted)
        return
    from joblib import Parallel, delayed, parallel_config

    with parallel_config(backend="loky", inner_max_num_threads=1):
        work = Parallel(n_jobs=JOBS, return_as="generator_unordered", batch_size=1)
        yield from work(delayed(_by_name)(rows, row.name, seed) for seed in wanted)


def _by_name(rows: Callable[[], Mapping[str, Row]], name: str, seed: int) -> Outcome:
    return measured(rows()[name], seed)
