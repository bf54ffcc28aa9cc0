"""Limits: how many processes and how much memory a user allows, and how many replicates fit into it."""

from __future__ import annotations

import re

from polygenesis.arguments import whole
from polygenesis.errors import bad_argument
from polygenesis.spec import RunSpec
from polygenesis.sweeps.cost import estimate_memory

UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

_AMOUNT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([kKMGT]?)(i?)B?")


MOST_WORKERS = 10_000
"""Processes that may compute at once: more is a mistake."""


def check_workers(workers: int | None) -> None:
    """Refuse a number of processes that cannot be; None is one a core."""
    if workers is not None:
        whole("workers", workers, most=MOST_WORKERS)


def read_memory(value: int | float | str, name: str = "max_memory") -> int:
    """Read bytes from a number or a text such as 4G, 500MB or 2GiB; raise :class:`polygenesis.InputError` otherwise.

    >>> read_memory("1.5G"), read_memory("2GiB"), read_memory(10)
    (1500000000, 2147483648, 10)
    """
    found = _AMOUNT.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    if found is None or (found[3] and not found[2]) or len(found[1]) > 30:
        raise bad_argument(name, "be bytes such as 4G or 500M", value)
    unit = UNITS["k" if found[2] in "kK" and found[2] else found[2]]
    count = float(found[1]) * (1024 ** list(UNITS.values()).index(unit) if found[3] else unit)
    if count < 1:
        raise bad_argument(name, "be above 0", value)
    return int(count)


def replicates_within(spec: RunSpec, limit: int) -> int:
    """Return how many replicates of a spec one process may compute in one go below a limit in bytes, at least 1."""
    one, two = estimate_memory(spec, replicates=1), estimate_memory(spec, replicates=2)
    return max(1, 1 + (limit - one) // max(two - one, 1))
