"""What one worker does: compute the runs of a task one after the other and keep them as they finish."""

from __future__ import annotations

import dataclasses
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from polygenesis.dynamics.keeping.provenance import sources, versions
from polygenesis.dynamics.keeping.record import Keep, Record, pack, pack_all
from polygenesis.dynamics.replicates import at_most
from polygenesis.dynamics.run import Run
from polygenesis.dynamics.start import initial
from polygenesis.errors import PolygenesisError
from polygenesis.spec import RunSpec
from polygenesis.sweeps.base import Failure, RunStore
from polygenesis.sweeps.memory import MemoryStore
from polygenesis.sweeps.stopping import GivenUp

Compute = Callable[[RunSpec, range], Run]
"""Computes some consecutive replicates of a spec; the run's arrays hold these replicates alone."""

FLUSH_SECONDS = 2.0
"""Small runs are kept together when this time has passed since the last ones were: so much work a kill can cost."""

LARGE_BYTES = 2**22
"""Runs with larger weights are kept at once and alone."""


@dataclass(frozen=True)
class Job:
    """A spec to compute, or some consecutive replicates of it."""

    spec: RunSpec
    key: str
    replicates: range
    seconds: float

    @property
    def whole(self) -> bool:
        """Whether these are all replicates of the spec."""
        return len(self.replicates) == self.spec.replicates


@dataclass(frozen=True)
class Task:
    """Jobs that one worker does in one go."""

    jobs: tuple[Job, ...]

    @property
    def seconds(self) -> float:
        """Predicted time."""
        return sum(job.seconds for job in self.jobs)


@dataclass(frozen=True)
class Reply:
    """How a job ended: kept in the store, brought along as a record, found there already, or failed."""

    job: Job
    found: bool = False
    record: Record | None = None
    failure: Failure | None = None
    warnings: tuple[str, ...] = ()


def work(
    task: Task, store: RunStore, keep: Keep, compute: Compute, stop: Callable[[], bool] | None = None
) -> list[Reply]:
    """Do the jobs of a task and reply to each; what a disk store keeps is not sent back.

    A job whose run is in the store by now (another process may share it) is not done again. ``stop`` is asked before
    each job after the first; a job that is given up meanwhile is left undone. Raises
    :class:`polygenesis.StoreError` where the store cannot be written.
    """
    desk = _Desk(store, keep)
    for job in task.jobs:
        if stop is not None and stop():
            break
        try:
            desk.do(job, compute)
        except GivenUp:
            break
    desk.flush()
    return desk.replies


class _Desk:
    """The runs of one task that are computed but not kept yet, and the replies so far."""

    def __init__(self, store: RunStore, keep: Keep) -> None:
        self.store, self.keep = store, keep
        self.sends = isinstance(store, MemoryStore)
        self.replies: list[Reply] = []
        self.waiting: list[tuple[Job, Run, float, tuple[str, ...]]] = []
        self.since = time.monotonic()

    def do(self, job: Job, compute: Compute) -> None:
        """Compute one job unless its run is there; it is kept with the next ones, or at once where it is large."""
        if settled(self.store, job.key, self.keep):
            self.replies.append(Reply(job, found=True))
            return
        outcome, seconds, heard = attempt(job, compute)
        if isinstance(outcome, Failure):
            self.replies.append(Reply(job, failure=outcome, warnings=heard))
            return
        self.waiting.append((job, outcome, seconds, heard))
        large = outcome.final.nbytes > LARGE_BYTES or outcome.trajectory is not None
        if large or not job.whole or time.monotonic() - self.since > FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Keep what is waiting."""
        whole = [(run, seconds) for job, run, seconds, _ in self.waiting if job.whole]
        records = {record.key: record for record in pack_all(whole, keep=self.keep)}
        if records and not self.sends:
            self.store.put(list(records.values()))
        for job, run, seconds, heard in self.waiting:
            record = records[job.key] if job.whole else self._part(job, run, seconds)
            self.replies.append(Reply(job, record=record if self.sends else None, warnings=heard))
        self.waiting, self.since = [], time.monotonic()

    def _part(self, job: Job, run: Run, seconds: float) -> Record:
        record = pack(run, keep=self.keep, seconds=seconds, first=job.replicates.start, drawn=True)
        if not self.sends:
            self.store.put_part(record)
        return record


def enough(kept: Keep | None, keep: Keep) -> bool:
    """Whether what is kept of a run is what is asked for, or more."""
    return kept == "weights" or (kept is not None and keep == "scalars")


def settled(store: RunStore, key: str, keep: Keep) -> bool:
    """Whether a run is there with what is asked for, and can be trusted: another process may have kept it."""
    return enough(store.kept(key), keep) and enough(store.look([key])[0].get(key), keep)


def attempt(job: Job, compute: Compute) -> tuple[Run | Failure, float, tuple[str, ...]]:
    """Compute one job and time it; an error becomes the record of a failure, warnings are brought along."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        start = time.perf_counter()
        try:
            with at_most(1):  # the other cores have workers of their own
                outcome: Run | Failure = compute(job.spec, job.replicates)
        except Exception as error:  # whatever a spec's code raises is this run's failure, not the sweep's
            outcome = failure(job, error)
        seconds = time.perf_counter() - start
    return outcome, seconds, tuple(dict.fromkeys(str(each.message) for each in heard if each.category is UserWarning))


def failure(job: Job, error: Exception) -> Failure:
    """The record of a run that raised an error: the error, and the innermost line it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    where = f"{Path(last.filename).name}:{last.lineno} in {last.name}" if last else "unknown place"
    message = str(error) if isinstance(error, PolygenesisError) else f"{type(error).__name__}: {error}"
    return Failure(job.key, job.spec.canonical, where, message, {**versions(), **sources(job.spec)})


def compute_replicates(spec: RunSpec, replicates: range) -> Run:
    """Simulate some consecutive replicates of a spec: the same numbers as within the whole run."""
    from polygenesis.dynamics import simulate

    if len(replicates) == spec.replicates:
        return simulate(spec)
    run = simulate(spec.replace(replicates=len(replicates)), initial_weights=initial(spec, replicates))
    return dataclasses.replace(run, spec=spec)
