"""Computing runs for a command: an estimate beforehand, progress meanwhile, and what is kept after Ctrl-C."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from polygenesis.cli.app import Stopped
from polygenesis.cli.progress import duration, progress
from polygenesis.errors import bad_argument
from polygenesis.report.text import count

if TYPE_CHECKING:
    from polygenesis.spec import RunSpec
    from polygenesis.sweeps import Store

SHORT = 2.0
"""Work of fewer predicted seconds is not announced."""


def compute(specs: Sequence[RunSpec], store: Store, workers: int | None, *, label: str = "Simulating") -> None:
    """Compute those specs whose runs are not in the store, and keep them there."""
    from polygenesis.sweeps import run_all

    if workers is not None and workers < 1:
        raise bad_argument("workers", "be at least 1", workers)
    wanted = {spec.key: spec for spec in specs}
    missing = [spec for key, spec in wanted.items() if key not in store]
    if not missing:
        return
    _announce(missing, len(wanted), workers)
    try:
        with progress(label) as advance:
            run_all(missing, store=store, workers=workers, progress=advance)
    except KeyboardInterrupt:
        done = sum(key in store for key in wanted)
        kept = f"{done} of {count(len(wanted), 'run')} are kept in {str(store.folder)!r}"
        raise Stopped(f"Stopped: {kept}; the same command goes on from there.") from None


def _announce(missing: Sequence[RunSpec], wanted: int, workers: int | None) -> None:
    from polygenesis.sweeps import estimate_seconds

    found = wanted - len(missing)
    cores = workers or os.cpu_count() or 1
    work = sum(estimate_seconds(spec) for spec in missing)
    seconds = max(work / cores, max(estimate_seconds(spec) / spec.replicates for spec in missing))
    there = f" ({found} are there already)" if found else ""
    if seconds >= SHORT:
        about = f"about {duration(seconds)} on {count(cores, 'core')}"
        print(f"{count(len(missing), 'run')} to compute{there}: {about}, within a factor of three.", flush=True)
