"""The runner: find finished runs, compute the others in parallel, keep each as soon as it is done."""

from __future__ import annotations

import functools
import logging
import os
import random
import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from polygenesis.dynamics.engines import check_extras
from polygenesis.dynamics.keeping.provenance import sources, versions
from polygenesis.dynamics.keeping.record import Keep
from polygenesis.dynamics.memory import machine_memory
from polygenesis.dynamics.run import Run
from polygenesis.errors import PolygenesisError, bad_argument
from polygenesis.numerals import counted
from polygenesis.progress import Advance, advancing, check_wanted
from polygenesis.spec import RunSpec, present
from polygenesis.sweeps.base import Damage, Failure, Runs, RunStore
from polygenesis.sweeps.events import Event, Kind, Status
from polygenesis.sweeps.limits import check_workers, read_memory
from polygenesis.sweeps.memory import MemoryStore
from polygenesis.sweeps.pool import Died, Pool, Pools
from polygenesis.sweeps.schedule import check_fits, in_parts, tasks, workers_within
from polygenesis.sweeps.sources import check_importable, differ, refuse_changed
from polygenesis.sweeps.stopping import Stop
from polygenesis.sweeps.store import Store
from polygenesis.sweeps.worker import Compute, Job, Reply, Task, compute_replicates, enough, settled, work

logger = logging.getLogger(__name__)

Progress = Callable[[float, float], None] | bool
"""Called with predicted seconds of work (done, in all): their ratio moves evenly, whatever the sizes of the runs."""

DEATHS = 2
"""A run during which its worker died this often is recorded as failed."""

ALONE_SECONDS = 2.0
"""Predicted time below which starting workers costs more than it saves."""


class RunsFailed(PolygenesisError):
    """Some runs could not be computed; ``failures`` holds their records."""

    def __init__(self, failures: Sequence[Failure], count: int) -> None:
        super().__init__(f"{len(failures)} of {counted(count, 'run')} failed; the first: {failures[0]}")
        self.failures = tuple(failures)


class Lost(PolygenesisError):
    """Runs that were done are no longer in their folder."""


class Stopped(PolygenesisError):
    """A sweep stopped before its end, by a signal or a time limit; what was finished is kept."""


def run_all(
    specs: Iterable[RunSpec],
    *,
    store: RunStore | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    on_event: Callable[[Event], None] | None = None,
    compute: Compute = compute_replicates,
    max_memory: int | str | None = None,
) -> Runs:
    """Return the runs of specs in their order, each loaded when asked for.

    Runs that are in the store are not computed again. The others are computed by ``workers`` processes, longest first,
    large ones by replicate, and kept as soon as they are done. Ctrl-C finishes what runs, keeps it and raises
    KeyboardInterrupt; pressed twice it stops at once. Earlier failures are tried again.

    Args:
        specs: :class:`polygenesis.RunSpec` values.
        store: where runs are kept and looked for; in memory, packed, without one.
        workers: how many processes; by default one a core, and 1 computes in this process.
        progress: True for a bar, or a function of (done, in all).
        on_event: called with what happens, one sentence each.
        compute: what computes one run; for tests.
        max_memory: what all workers together may take, in bytes or as "4G".

    Raises:
        polygenesis.sweeps.RunsFailed: after all others are done.
        polygenesis.StoreError: where the store cannot be written.

    >>> from polygenesis.models import TiedAutoencoder
    >>> runs = run_all([RunSpec(TiedAutoencoder(n=4, m=m)) for m in (4, 8)], workers=1)
    >>> [run.final.shape for run in runs]
    [(1, 4, 4), (1, 4, 8)]
    """
    specs, store = list(specs), MemoryStore() if store is None else store
    keyed = [(spec.key, spec) for spec in specs]
    sweep = Sweep(
        dict(keyed),
        store,
        workers=workers,
        compute=compute,
        on_event=on_event,
        progress=progress,
        max_memory=max_memory,
    )
    sweep.run()
    if sweep.failures:
        raise RunsFailed(list(sweep.failures.values()), len(sweep.specs))
    if sweep.lost:
        raise Lost(sweep.loss)
    if sweep.left:
        raise Stopped(
            f"Stopped by {sweep.stop.reason} with {counted(len(sweep.left), 'run')} left; call again to go on."
        )
    return Runs(store, [key for key, _ in keyed])


class Sweep:
    """Specs by key on their way into a store.

    ``keep``: what the store keeps of each run. ``pools``: makes other workers than processes of this machine.
    ``retry_failed``: try runs again that failed before. ``max_seconds``: begin nothing after that time,
    and give up what still runs half a second later.
    ``max_memory``: what all workers together may take, in bytes or as "4G": by prediction fewer compute at once, and
    large runs in smaller parts, where they would take more. :meth:`run` may be called again after a stop and goes on.
    """

    def __init__(
        self,
        specs: dict[str, RunSpec],
        store: RunStore,
        *,
        workers: int | None = None,
        pools: Pools | None = None,
        keep: Keep = "weights",
        retry_failed: bool = True,
        max_seconds: float | None = None,
        max_memory: int | str | None = None,
        compute: Compute = compute_replicates,
        progress: Progress | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        check_workers(workers)
        if max_seconds is not None and not max_seconds > 0:
            raise bad_argument("max_seconds", "be above 0", max_seconds)
        check_wanted(progress)
        self.max_memory = None if max_memory is None else read_memory(max_memory)
        specs = {key: present(spec) for key, spec in specs.items()}
        check_importable(specs.values())
        self.specs, self.store, self.keep, self.compute = specs, store, keep, compute
        self.workers, self.pools, self.retry_failed = workers, pools, retry_failed
        self.progress, self.on_event = progress, on_event
        self._advance: Advance | None = None
        self.stop = Stop(max_seconds)
        self.left: dict[str, RunSpec] = dict(specs)
        self.failures: dict[str, Failure] = {}
        self.found = self.done = self.lost = 0
        self._found: set[str] = set()
        self._damages: list[Damage] = []
        self._deaths: Counter[tuple[str, range]] = Counter()
        self._pending: Counter[str] = Counter()
        self._work_done, self._work = 0.0, 0.0
        self._started = time.monotonic()
        self._queue: deque[Task] = deque()
        self._warned: set[str] = set()

    @property
    def status(self) -> Status:
        """How far the sweep is."""
        elapsed = time.monotonic() - self._started
        share = self._work_done / self._work if self._work else float(not self.left)
        return Status(self.found, self.done, len(self.failures), len(self.left), elapsed, min(share, 1.0), self.lost)

    @property
    def loss(self) -> str:
        """Say that runs which were done are gone."""
        there = self.found + self.done
        return (
            f"Finished runs ({self.lost}) are no longer in {self.store!r}, which was removed or emptied meanwhile; "
            f"{there} of {len(self.specs)} are there, and the same call computes the others again."
        )

    def run(self) -> Status:
        """Compute what is missing and return how far that came; raise KeyboardInterrupt after Ctrl-C."""
        self._find()
        if self.left:
            self.store.check_writable()
            self.store.set_aside(self._damages)
            workers = self._prepare()
            with advancing(self.progress, "Simulating") as self._advance, self.stop, self._shared():
                for task, answer in self._answers(workers):
                    self._hear(task, answer)
        self._recount()
        refuse_changed(self.store, self.specs, self.specs.keys() - self.left.keys() - self.failures.keys())
        if self.stop.reason is not None and self.left:
            self._tell("stopped", f"Stopped by {self.stop.reason}: {self.status}.")
        if self.stop.interrupted:
            raise KeyboardInterrupt
        return self.status

    def _find(self) -> None:
        """Leave out what is finished and sound, and what failed before unless it is to be tried again."""
        self.lost = 0
        kept, self._damages = self.store.look(self.left)
        self._tell_damages()
        refuse_changed(self.store, self.left, kept)
        for key, spec in list(self.left.items()):
            if enough(kept.get(key), self.keep) or (in_parts(spec) and self.store.join_parts(spec, self.keep)):
                del self.left[key]
                self.found += 1
                self._found.add(key)
        if not self.retry_failed:
            for key, failure in self.store.failures().items():
                if key in self.left and differ(self.left[key], failure.versions):
                    continue  # its file was mended since
                if self.left.pop(key, None) is not None:
                    self.failures[key] = failure
        if self.found:
            self._tell("found", f"{self.found} of {counted(len(self.specs), 'run')} there already.")

    def _tell_damages(self) -> None:
        """Say once of each place what is damaged there."""
        by_place: dict[str, list[Damage]] = {}
        for damage in self._damages:
            by_place.setdefault(damage.place, []).append(damage)
        for place, each in by_place.items():
            runs = "its run" if len(each) == 1 else f"{len(each)} of its runs"
            self._tell("damaged", f"{place} is damaged ({each[0].sentence}): {runs} cannot be used.", key=each[0].key)

    def _recount(self) -> None:
        """Make sure that what was done is there still: its folder may have been removed meanwhile."""
        self.store.refresh()
        for key in self.specs.keys() - self.left.keys() - self.failures.keys():
            if self.store.kept(key) is None:
                self.left[key] = self.specs[key]
                self.lost += 1
                if key in self._found:
                    self.found -= 1
                else:
                    self.done -= 1
        if self.lost:
            self._tell("lost", self.loss)

    def _prepare(self) -> int:
        """Make the tasks and say how many workers they are worth."""
        from joblib import cpu_count

        wanted = self.workers or cpu_count()
        most, limit = None, self.max_memory
        if self.pools is None:
            check_fits(self.left.values())
            for spec in self.left.values():
                check_extras(spec)
            limit = limit or machine_memory()
        if limit is not None:
            wanted = workers_within(self.left.values(), limit, wanted)
            most = limit // wanted
        found = tasks(self.left.items(), self.store, wanted, most)
        self._queue.extend(found)
        self._pending.update(job.key for task in found for job in task.jobs)
        self._work = sum(task.seconds for task in found)
        self._started = time.monotonic()
        if self.workers is None and self._work < ALONE_SECONDS:
            return 1
        return min(wanted, len(found))

    @contextmanager
    def _shared(self) -> Iterator[None]:
        """Work beside another process in the same folder: in another order, so that each finds what the other did."""
        if not isinstance(self.store, Store):
            yield
            return
        with self.store.lock() as alone:
            if alone:
                self.store.clean()
            else:
                logger.warning("Another process works in %s; the two share the runs.", self.store.folder)
                shuffled = list(self._queue)
                random.Random(os.getpid()).shuffle(shuffled)
                self._queue = deque(shuffled)
            yield

    def _answers(self, workers: int) -> Iterator[tuple[Task, list[Reply] | Died | BaseException]]:
        """Do the tasks in this process or in workers, and yield each with its answer."""
        if self.pools is None and workers == 1 and self.workers in (None, 1):
            yield from self._here()
            return
        do = functools.partial(work, store=self.store, keep=self.keep, compute=self.compute)
        pool = Pool(workers, do) if self.pools is None else self.pools(workers, do)
        try:
            yield from pool.run(self._queue, self.stop)
        finally:
            pool.close()

    def _here(self) -> Iterator[tuple[Task, list[Reply]]]:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):
            while self._queue and not self.stop.wanted:
                task = self._queue.popleft()
                yield task, work(task, self.store, self.keep, self._computing, stop=lambda: self.stop.wanted)

    def _computing(self, spec: RunSpec, replicates: range) -> Run:
        """Compute in this process, and give up where a stop cannot wait."""
        with self.stop.computing():
            return self.compute(spec, replicates)

    def _hear(self, task: Task, answer: list[Reply] | Died | BaseException) -> None:
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Died):
            self._bury(task)
            return
        for reply in answer:
            self._count(reply)

    def _bury(self, task: Task) -> None:
        """A worker died during a task: try its jobs again one by one, or record the one that did it twice."""
        logger.warning("A worker died; its runs are tried again.")
        for job in task.jobs:
            if self._kept(job):  # it died after that
                self._count(Reply(job, found=job.whole))
                continue
            self._deaths[job.key, job.replicates] += 1
            if len(task.jobs) > 1 or self._deaths[job.key, job.replicates] < DEATHS:
                self._queue.appendleft(Task((job,)))
                continue
            message = f"Its worker process died {DEATHS} times (killed, out of memory, or crashed)."
            failure = Failure(
                job.key, job.spec.canonical, "worker process", message, {**versions(), **sources(job.spec)}
            )
            self._count(Reply(job, failure=failure))
        self._tell("died", f"A worker died while it did {counted(len(task.jobs), 'run')}.", key=task.jobs[0].key)

    def _kept(self, job: Job) -> bool:
        """Whether what a job was to compute is in the store."""
        if settled(self.store, job.key, self.keep):
            return True
        return not job.whole and job.replicates in self.store.parts(job.key)

    def _count(self, reply: Reply) -> None:
        """Note how a job ended; when it was the last of its run, the run is complete."""
        job = reply.job
        self._work_done += job.seconds
        self._pending[job.key] -= 1
        self._repeat(reply.warnings)
        if job.key not in self.left:
            return
        if reply.failure is not None:
            self._lose(reply.failure)
        elif reply.found or (job.whole and self._keep(reply)):
            self._finish(job)
        elif not job.whole:
            if reply.record is not None:
                self.store.put_part(reply.record)
            if not self._pending[job.key]:
                self._join(job)
        if self._advance is not None:
            self._advance(min(self._work_done, self._work), self._work)

    def _keep(self, reply: Reply) -> bool:
        if reply.record is not None:
            self.store.put([reply.record])
        return True

    def _join(self, job: Job) -> None:
        """Join the parts of a run; a part that turned out damaged is computed again."""
        if self.store.join_parts(job.spec, self.keep):
            self._finish(job)
            return
        again = tasks([(job.key, job.spec)], self.store, 1)
        self._pending[job.key] = sum(len(task.jobs) for task in again)
        self._queue.extend(again)

    def _finish(self, job: Job) -> None:
        del self.left[job.key]
        self.done += 1
        self._tell("done", f"Run {job.key[:12]} is done.", key=job.key)

    def _lose(self, failure: Failure) -> None:
        self.store.fail(failure)
        del self.left[failure.key]
        self.failures[failure.key] = failure
        self._tell("failed", str(failure), key=failure.key)

    def _repeat(self, heard: Iterable[str]) -> None:
        """Pass on a worker's warnings, each once."""
        for text in heard:
            if text not in self._warned:
                self._warned.add(text)
                warnings.warn(text, stacklevel=2)

    def _tell(self, kind: Kind, sentence: str, *, key: str = "") -> None:
        if self.on_event is not None:
            self.on_event(Event(kind, sentence, self.status, key))
