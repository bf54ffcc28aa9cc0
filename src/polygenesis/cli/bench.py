"""`polygenesis bench`: our engines beside a plain PyTorch loop, on this machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from polygenesis.cli import show
from polygenesis.cli.folders import check_place
from polygenesis.cli.output import Answer, note
from polygenesis.errors import unknown_name
from polygenesis.extras import is_there
from polygenesis.numerals import counted
from polygenesis.progress import duration

if TYPE_CHECKING:
    from polygenesis.bench import Row

COLUMNS = ("What", "Baseline", "Ours", "Ratio", "Goal", "Met?", "How")


def bench(
    *,
    out: Annotated[Path | None, Parameter(show_default=False)] = None,
    only: Annotated[list[str] | None, Parameter(show_default=False, negative="")] = None,
) -> Answer:
    """Measure the speed on this machine against a plain PyTorch loop; about ten minutes on two cores.

    Parameters
    ----------
    out
        A file for the results as JSON, with a description of the machine.
    only
        Measure only this row; may be given several times.
    """
    from polygenesis.bench import measure, names, results, write
    from polygenesis.bench.machine import capped, describe

    wanted = only or names()
    for name in wanted:
        if name not in names():
            raise unknown_name("row of the benchmark", name, names())
    check_place(out)  # known before ten minutes are spent
    begun, machine, rows = time.monotonic(), describe(), []
    if said := capped():
        note(f"Note: {said}")
    if not is_there("torch"):
        note("Note: PyTorch is not installed, so that most rows have no baseline: pip install 'polygenesis[torch]'.")
    for name in wanted:
        note(f"Measuring {name}.")
        rows.append(measure(name))
    if out is not None:
        write(out, machine, rows)
    table = show.listing(COLUMNS, [cells(row) for row in rows])
    spent = duration(time.monotonic() - begun)
    where = f"{machine['processor']}, {counted(machine['cores'], 'core')}; measured in {spent}."
    hints = () if out is None else (f"The results are kept in {out}.",)
    return Answer(results.content(machine, rows), (table, where), hints)


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
