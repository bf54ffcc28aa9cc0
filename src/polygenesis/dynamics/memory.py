"""Memory: what a run needs at the least, against what this machine has; refused before anything is drawn.

The least is worked out from the sizes in the spec alone, in whole numbers of any size, so that asking costs nothing
even where the answer is terabytes. What a run takes in fact is predicted, more closely, by ``sweeps.cost``.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
from pathlib import Path

from polygenesis.errors import InputError
from polygenesis.features import OneHot, UnequalOneHot
from polygenesis.spec import RunSpec

CONTROL_GROUP = Path("/sys/fs/cgroup/memory.max")
"""Where Linux says what a container, or a job of SLURM or Kubernetes, may take."""


@functools.cache
def machine_memory() -> int | None:
    """Return the bytes of memory of this machine, or of its container; None where nothing says so."""
    found = []
    with contextlib.suppress(AttributeError, ValueError, OSError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with contextlib.suppress(OSError, ValueError):  # there is none, or it says "max"
        found.append(int(CONTROL_GROUP.read_text()))
    return min((each for each in found if each > 0), default=None)


def least_memory(spec: RunSpec, replicates: int = 1) -> int:
    """Return bytes below which some replicates of a spec cannot be computed: their weights, inputs and saved states."""
    width = 4 if spec.precision == "float32" else 8
    n, weights = spec.model.n, sum(math.prod(shape) for shape in spec.model.shapes.values())
    pairs = n * n if isinstance(spec.features, OneHot | UnequalOneHot) else n
    seen = int(getattr(spec.training, "batch_size", 0)) or spec.features.samples
    return width * (replicates * (2 + kept_states(spec)) * weights + pairs + seen * (n + sum(spec.model.widths)))


def kept_states(spec: RunSpec) -> int:
    """Return how many states of a trajectory are kept."""
    times = spec.save.times if isinstance(spec.save.times, int) else len(spec.save.times)
    return times if spec.save.weights else 0


def check_memory(need: int, spec: RunSpec, have: int | None = None) -> None:
    """Refuse what needs more bytes than there are (by default: than this machine has)."""
    have = machine_memory() if have is None else have
    if have is not None and need > have:
        raise InputError(
            f"A run of n = {spec.model.n}, m = {spec.model.m} needs about {size(need)} of memory, "
            f"but this machine has {size(have)}; lower n, m, `replicates` or what is saved."
        )


def size(count: float) -> str:
    """Bytes as a reader says them.

    >>> size(900), size(2_500_000), size(10**400)
    ('900 B', '2.5 MB', 'more than 1,000,000 TB')
    """
    if count > 10**18:
        return "more than 1,000,000 TB"
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"
