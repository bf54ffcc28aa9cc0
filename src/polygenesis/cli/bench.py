"""`polygenesis bench`: our engines beside a plain PyTorch loop, on this machine."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from polygenesis.bench import Row, measure, names, write
from polygenesis.bench.machine import capped, describe
from polygenesis.cli import show
from polygenesis.errors import InputError, unknown_name
from polygenesis.progress import duration
from polygenesis.report.text import count

COLUMNS = ("What", "Baseline", "Ours", "Ratio", "Goal", "Met?", "How")


def bench(
    *,
    json: Annotated[Path | None, Parameter(show_default=False)] = None,
    only: Annotated[list[str] | None, Parameter(show_default=False, negative="")] = None,
) -> None:
    """Measure how fast we are beside a plain PyTorch loop on this machine; about ten minutes on two cores.

    Parameters
    ----------
    json
        A file for the results, with a description of the machine.
    only
        Measure these rows alone; may be given several times.
    """
    wanted = only or names()
    for name in wanted:
        if name not in names():
            raise unknown_name("row of the benchmark", name, names())
    if json is not None and not os.access(json.parent, os.W_OK):  # known before ten minutes are spent
        raise InputError(f"Cannot write {str(json)!r}: {str(json.parent)!r} is not a folder that can be written.")
    begun, machine, rows = time.monotonic(), describe(), []
    if said := capped():
        print(f"Note: {said}", file=sys.stderr, flush=True)
    for name in wanted:
        print(f"Measuring {name}.", file=sys.stderr, flush=True)
        rows.append(measure(name))
    if json is not None:
        write(json, machine, rows)
    show.console().print(show.listing(COLUMNS, [cells(row) for row in rows]))
    print(
        f"{machine['processor']}, {count(machine['cores'], 'core')}; measured in {duration(time.monotonic() - begun)}."
    )


def cells(row: Row) -> tuple[str, ...]:
    """Write one row as a reader reads it."""
    ours = seconds(row.ours) + (f", {row.bytes / 1e9:.1f} GB" if row.bytes is not None else "")
    ratio = "–" if row.ratio is None else f"{row.ratio:,.0f}×" if row.ratio >= 10 else f"{row.ratio:.2g}×"
    met = {True: "yes", False: "no", None: "–"}[row.met]
    how = f"{row.how}. Skipped: {row.skipped}" if row.skipped else row.how
    return row.what, seconds(row.baseline), ours, ratio, str(row.goal), met, how


def seconds(value: float | None) -> str:
    """Write a time; short ones with two digits.

    >>> [seconds(value) for value in (None, 0.0123, 3.21, 95, 72_000)]
    ['–', '0.012 s', '3.2 s', '1 min 35 s', '20 h 0 min']
    """
    if value is None:
        return "–"
    return f"{value:.2g} s" if value < 10 else duration(value)
