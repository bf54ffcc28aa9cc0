"""Which jobs go together and in which order: small runs in batches, large ones by replicate, longest first."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

from polygenesis.dynamics.engines import family
from polygenesis.dynamics.memory import check_memory, least_memory, size
from polygenesis.errors import InputError
from polygenesis.noise import NoNoise
from polygenesis.spec import RunSpec
from polygenesis.sweeps.base import RunStore, covered
from polygenesis.sweeps.cost import estimate_memory, estimate_seconds
from polygenesis.sweeps.limits import replicates_within
from polygenesis.sweeps.worker import Job, Task

BATCH_SECONDS = 1.0
"""Predicted time up to which small runs are done and kept together: long against the cost of a task and of a file."""
BATCH_RUNS = 1000
"""Most runs of one batch, however short they are predicted to be."""
PART_SECONDS = 4.0
"""Predicted time of the parts of a large run: short enough to balance workers, show progress and lose little."""


def tasks(specs: Iterable[tuple[str, RunSpec]], store: RunStore, workers: int, most: int | None = None) -> list[Task]:
    """Make tasks of keyed specs, longest first; replicates that are kept as parts already are not done again.

    ``most``: bytes that one task may take; parts of large runs are made small enough.
    """
    jobs = [job for key, spec in specs for job in _jobs(key, spec, store, most)]
    small = sum(job.seconds for job in jobs if job.seconds < BATCH_SECONDS)
    share = min(BATCH_SECONDS, max(small / (4 * workers), 1e-9))  # a few tasks a worker even when little is to do
    large = [Task((job,)) for job in jobs if job.seconds >= share]
    batches = _batches([job for job in jobs if job.seconds < share], share)
    return sorted([*large, *batches], key=lambda task: -task.seconds)


def workers_within(specs: Iterable[RunSpec], limit: int, workers: int) -> int:
    """Return how many of the workers may compute at once, so that together they stay below a limit in bytes.

    Raises :class:`polygenesis.InputError` where the smallest piece of a spec does not fit alone.
    """
    needs = ((estimate_memory(spec, replicates=1 if in_parts(spec) else None), spec) for spec in specs)
    need, spec = max(needs, key=lambda pair: pair[0])
    if need > limit:
        n, m = spec.model.n, spec.model.m
        raise InputError(
            f"A run of n = {n}, m = {m} needs about {size(need)}, but `max_memory` is {size(limit)}; "
            "raise it, or run fewer replicates in each spec."
        )
    return min(workers, limit // need)


def check_fits(specs: Iterable[RunSpec]) -> None:
    """Refuse a spec that does not fit into this machine's memory: its smallest piece, or its result.

    Raises :class:`polygenesis.InputError`, before anything is drawn or listed.
    """
    for spec in specs:
        check_memory(least_memory(spec, spec.replicates), spec)
        check_memory(estimate_memory(spec, replicates=1 if in_parts(spec) else None), spec)


def _jobs(key: str, spec: RunSpec, store: RunStore, most: int | None = None) -> list[Job]:
    """One job, or several for the parts of a large run."""
    seconds = estimate_seconds(spec)
    if not in_parts(spec):
        return [Job(spec, key, range(spec.replicates), seconds)]
    missing = gaps(covered(store.parts(key)), spec.replicates)
    count = max(1, math.floor(PART_SECONDS * spec.replicates / seconds))
    if most is not None:
        count = min(count, replicates_within(spec, most))
    pieces = [range(a, min(a + count, gap.stop)) for gap in missing for a in range(gap.start, gap.stop, count)]
    return [Job(spec, key, piece, seconds * len(piece) / spec.replicates) for piece in pieces]


def in_parts(spec: RunSpec) -> bool:
    """Whether a run is long enough to be computed in parts, and can be: whatever draws must know its replicate."""
    if spec.replicates == 1 or not isinstance(spec.noise, NoNoise) or family(spec) == "autograd":
        return False
    return estimate_seconds(spec) >= 2 * PART_SECONDS


def gaps(there: Sequence[int], count: int) -> list[range]:
    """The runs of consecutive numbers below ``count`` that are missing from an increasing sequence."""
    edges = [-1, *there, count]
    return [range(a + 1, b) for a, b in itertools.pairwise(edges) if b - a > 1]


def _batches(jobs: Sequence[Job], share: float) -> list[Task]:
    """Group small jobs in their order until each group is worth a task."""
    groups: list[list[Job]] = []
    total = math.inf
    for job in jobs:
        if total >= share or len(groups[-1]) >= BATCH_RUNS:
            groups.append([])
            total = 0.0
        groups[-1].append(job)
        total += job.seconds
    return [Task(tuple(group)) for group in groups]
