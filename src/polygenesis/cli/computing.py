"""Computing runs for a command: an estimate beforehand, progress meanwhile, and what is kept after Ctrl-C."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from polygenesis.cli.app import Stopped
from polygenesis.cli.output import note
from polygenesis.numerals import counted
from polygenesis.progress import duration, progress

if TYPE_CHECKING:
    from polygenesis.spec import RunSpec
    from polygenesis.sweeps import Store

SHORT = 2.0
"""Work of fewer predicted seconds is not announced."""


def compute(
    specs: Sequence[RunSpec],
    store: Store,
    workers: int | None,
    max_memory: str | None = None,
    *,
    label: str = "Simulating",
) -> None:
    """Compute those specs whose runs are not in the store, and keep them there."""
    from polygenesis.dynamics.engines import family
    from polygenesis.dynamics.flow.first_use import early_for
    from polygenesis.kernels import cold
    from polygenesis.sweeps import run_all
    from polygenesis.sweeps.limits import check_workers, read_memory
    from polygenesis.sweeps.sources import refuse_changed

    check_workers(workers)
    limit = None if max_memory is None else read_memory(max_memory, "max-memory")
    wanted = {spec.key: spec for spec in specs}
    there = [key for key in wanted if key in store]
    refuse_changed(store, wanted, there)
    missing = [spec for key, spec in wanted.items() if key not in there]
    if not missing:
        return
    _announce(missing, len(wanted), workers, limit)
    if early_for(spec for spec in missing if family(spec) == "flow"):
        note("Other processes compile the loops of gradient flow, once: about half a minute of processor time.")
    elif cold() and any(family(spec) != "autograd" for spec in missing):
        note("The first run compiles its loops: about half a minute of processor time, once.")
    with stoppable(lambda: kept_in(store, wanted)), progress(label) as advance:
        run_all(missing, store=store, workers=workers, max_memory=limit, progress=advance)


@contextlib.contextmanager
def stoppable(kept: Callable[[], str]) -> Iterator[None]:
    """Let Ctrl-C inside this context end in the sentence that says what is kept."""
    try:
        yield
    except Stopped:
        raise
    except KeyboardInterrupt:
        raise Stopped(kept()) from None


def kept_in(store: Store, keys: Iterable[str]) -> str:
    """Say how many of some runs a store holds."""
    wanted = list(keys)
    done = sum(key in store for key in wanted)
    return f"{done} of {counted(len(wanted), 'run')} kept in {str(store.folder)!r}"


def _announce(missing: Sequence[RunSpec], wanted: int, workers: int | None, limit: int | None) -> None:
    from polygenesis.dynamics.engines import check_extras
    from polygenesis.dynamics.memory import size
    from polygenesis.sweeps.cost import estimate_memory, estimate_seconds, is_predicted, predicted_within
    from polygenesis.sweeps.schedule import check_fits, in_parts, workers_within

    found = wanted - len(missing)
    for spec in missing:
        check_extras(spec)
    cores = workers or os.cpu_count() or 1
    if limit is not None:
        cores = workers_within(missing, limit, cores)
    check_fits(missing)
    work = sum(estimate_seconds(spec) for spec in missing)
    seconds = max(work / cores, max(estimate_seconds(spec) / spec.replicates for spec in missing))
    there = f" ({found} there already)" if found else ""
    if seconds >= SHORT:
        each = max(estimate_memory(spec, replicates=1 if in_parts(spec) else None) for spec in missing)
        factor = max(map(predicted_within, missing))
        known = all(map(is_predicted, missing))
        sure = f"within a factor of {factor}" if known else "or many times that: it is not known"
        about = f"about {duration(seconds)} on {counted(cores, 'core')}, {sure}"
        memory = f"about {size(min(cores, len(missing)) * each)} of memory"
        note(f"{counted(len(missing), 'run')} to compute{there}: {about}, {memory}.")
