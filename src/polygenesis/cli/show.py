"""Results on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from polygenesis.report.text import MARKS
from polygenesis.studies.base import StudyResult
from polygenesis.studies.claim import Verdict

if TYPE_CHECKING:
    from rich.box import Box
    from rich.console import Console
    from rich.table import Table

STYLES = {Verdict.SUPPORTED: "green", Verdict.REFUTED: "red", Verdict.UNDECIDED: "yellow"}

PLAIN_WIDTH = 120
"""Width of a table that is not printed on a terminal."""


def console() -> Console:
    """Return the terminal, or a plain page of fixed width where output goes elsewhere."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def verdicts(results: Sequence[StudyResult]) -> Table:
    """Return the table of claims, verdicts and sentences, study by study."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=_box(), leading=0)
    table.add_column("Claim", ratio=5)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("What was found", ratio=7)
    for result in results:
        table.add_section()
        table.add_row(Text(f"{result.title} ({result.name})", "bold"))
        for each in result.judgements:
            word = Text(f"{MARKS[each.verdict]} {each.verdict.value}", STYLES[each.verdict])
            said = f"{each.claim.text} ({each.margin})"
            found = f"{each.sentence} {each.fragile.capitalize()}." if each.fragile else each.sentence
            table.add_row(Text(said), word, Text(found))
    return table


def listing(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a plain table."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=_box())
    for name in columns:
        table.add_column(name)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _box() -> Box:
    from rich import box

    return box.ROUNDED if sys.stdout.isatty() else box.ASCII2
