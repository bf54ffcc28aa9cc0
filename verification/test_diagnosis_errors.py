"""Error rates of the diagnosis on networks whose origin is known, on seeds of their own.

`kept_sets.py` measures and keeps each set; `origin_rows.py` and `planted_rows.py` say which networks.
A test fails where the exact 95 % interval of a rate excludes what is required. POLYGENESIS_REPEATS=4 is a trial,
POLYGENESIS_RESUME=1 goes on where a run was stopped, POLYGENESIS_JOBS sets the processes (two by default). Once all
rows are measured, the table is written: of the documentation with 200 repeats, else beside the kept sets.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from error_rates import KEPT, REPEATS, Measured, Row, judged
from kept_sets import forget, kept, outcomes, sources
from origin_rows import rows

from polygenesis.dynamics.keeping.provenance import in_words
from polygenesis.report.markdown import stamp

TABLE = Path(__file__).parents[1] / "docs" / "diagnosis_error_rates.md"

FULL = 200
"""Repeats of the documentation's table."""

HEAD = ("Networks", "Event", "Required", "Count", "Rate (95 % interval)", "Met")


@pytest.mark.parametrize("name", rows())
def test_rates(name: str) -> None:
    row = rows()[name]
    forget(row)
    found = outcomes(row, rows)
    base = rows().get(row.beside)
    lines = judged(row, found, None if base is None else outcomes(base, rows))
    for line in lines:
        print(*line.cells(), sep=" | ")
    print(f"{seconds(found):.1f} s of CPU, {seconds(found) / len(found):.2f} a set")
    write_table()
    assert [line for line in lines if line.met == "no"] == []


def seconds(found: list) -> float:
    return sum(sum(each["seconds"]) for each in found)


def write_table() -> None:
    """Write the table once every row is measured, failed ones too."""
    measured = {row.name: sorted(kept(row), key=lambda each: each["seed"]) for row in rows().values()}
    if any(len(measured[row.name]) < row.number for row in rows().values()):
        return
    lines = [line for row in rows().values() for line in _lines(row, measured)]
    table = [HEAD, ("---",) * len(HEAD), *(line.cells() for line in lines)]
    text = "".join(f"| {' | '.join(cells)} |\n" for cells in table)
    total = sum(map(seconds, measured.values()))
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "table.md").write_text(f"{text}\n{total / 3600:.2f} hours of CPU, {REPEATS} repeats.\n", encoding="utf-8")
    if REPEATS == FULL:
        TABLE.write_text(f"{text}\n{stamp(f'{in_words()}; sources of the diagnosis {sources()}')}\n", encoding="utf-8")


def _lines(row: Row, measured: dict[str, list]) -> list[Measured]:
    return judged(row, measured[row.name], measured.get(row.beside))
