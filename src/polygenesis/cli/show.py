"""Results on a terminal: tables where they fit, paragraphs where a column would break its words."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.box import Box
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from polygenesis.studies import StudyResult

STYLES = {"supported": "green", "refuted": "red", "undecided": "yellow"}

PLAIN_WIDTH = 120
"""Width of a table that is not printed on a terminal."""

BESIDE = 3
"""Letters that a column takes beside its text: a line and two spaces."""


def console() -> Console:
    """Return the terminal, or a plain page of fixed width where output goes elsewhere."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)


@dataclass(frozen=True)
class Listing:
    """Rows of text under the names of their columns; a row of one cell is a heading.

    On a terminal that is too narrow for the longest words of all columns, each row is a paragraph.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]

    @property
    def _cells(self) -> list[tuple[str, ...]]:
        """The texts of each column, its name first."""
        whole = [tuple(map(str, row)) for row in self.rows if len(row) == len(self.columns)]
        return list(zip(self.columns, *whole, strict=True))

    def widths(self, room: int) -> list[int] | None:
        """Return each column's width in so many letters: at least its longest word; None where that does not fit.

        What is left goes to the columns that need more, in equal parts.
        """
        widths = [max(len(word) for cell in column for word in ["", *cell.split()]) for column in self._cells]
        needed = [max(map(len, column)) for column in self._cells]
        spare = room - sum(widths) - BESIDE * len(widths) - 1
        if spare < 0:
            return None
        for done, k in enumerate(sorted(range(len(widths)), key=lambda k: needed[k])):
            more = min(needed[k] - widths[k], spare // (len(widths) - done))
            widths[k], spare = widths[k] + more, spare - more
        return widths

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Choose between a table and paragraphs."""
        widths = self.widths(options.max_width)
        if widths is None:
            yield from self._paragraphs()
        else:
            yield self._table(widths)

    def _table(self, widths: Sequence[int]) -> Table:
        from rich.table import Table

        table = Table(box=_box(), leading=0)
        for name, width in zip(self.columns, widths, strict=True):
            table.add_column(name, width=width)
        for row in self.rows:
            if len(row) == 1:
                table.add_section()
            table.add_row(*row)
        return table

    def _paragraphs(self) -> Iterator[Text | Padding]:
        from rich.padding import Padding
        from rich.text import Text

        for row in self.rows:
            yield Text(str(row[0]), "bold")
            for name, cell in zip(self.columns[1:], row[1:], strict=False):
                yield Padding(Text.assemble(f"{name}: ", cell), (0, 0, 0, 2))


def verdicts(results: Sequence[StudyResult]) -> Listing:
    """Return claims, verdicts and sentences, study by study."""
    from rich.text import Text

    from polygenesis.report.text import MARKS

    rows: list[tuple[Text, ...]] = []
    for result in results:
        rows.append((Text(f"{result.title} ({result.name})", "bold"),))
        for each in result.judgements:
            word = Text(f"{MARKS[each.verdict]} {each.verdict.value}", STYLES[each.verdict.value])
            said = f"{each.claim.text} ({each.margin})"
            found = f"{each.sentence} {each.fragile.capitalize()}." if each.fragile else each.sentence
            rows.append((Text(said), word, Text(found)))
    return Listing(("Claim", "Verdict", "What was found"), tuple(rows))


def listing(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Listing:
    """Return a plain table."""
    from rich.text import Text

    return Listing(tuple(columns), tuple(tuple(map(Text, row)) for row in rows))


def _box() -> Box:
    from rich import box

    return box.ROUNDED if sys.stdout.isatty() else box.ASCII2
