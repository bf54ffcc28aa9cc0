"""Text in columns: widths as a terminal counts them, names shortened, sentences wrapped without breaking a word."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest

from polygenesis.html import visible

WIDTH = 80
"""Columns of a terminal window as it opens."""

GAP = 2
"""Columns between two columns of a table."""


def width(text: str) -> int:
    """Count the columns that a text takes on a terminal: two for a wide letter, none for a combining one.

    >>> width("sea"), width("海"), width("e\u0301")
    (3, 2, 1)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def line(text: object) -> str:
    """Return a text as one line without control characters."""
    return " ".join(visible(text).split())


def fitted(text: object, most: int) -> str:
    """Shorten a text to at most ``most`` columns, with … where something is left out.

    >>> fitted("a long name of a feature", 10)
    'a long na…'
    """
    whole = line(text)
    if width(whole) <= most:
        return whole
    kept, taken = [], 1
    for letter in whole:
        taken += width(letter)
        if taken > most:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def fitted_pair(first: object, second: object, most: int) -> str:
    """Write two names with a plus in at most ``most`` columns; a short name leaves its room to the long one.

    >>> fitted_pair("sea", "a long name of a feature", 18)
    'sea + a long name…'
    """
    room = most - 3
    a, b = width(line(first)), width(line(second))
    half = room // 2
    left = a if a + b <= room or a <= half else max(half, room - b)
    return f"{fitted(first, left)} + {fitted(second, room - left)}"


def wrapped(sentence: object, *, first: str = "", then: str | None = None, most: int = WIDTH) -> list[str]:
    """Wrap a sentence between words; a word wider than a line is shortened.

    ``first`` and ``then`` are what the first line and the others begin with; ``then`` defaults to as many spaces.
    """
    rest = " " * width(first) if then is None else then
    lines, current = [], first
    empty = True
    for word in line(sentence).split():
        each = fitted(word, most - width(rest))
        if not empty and width(current) + 1 + width(each) > most:
            lines.append(current)
            current, empty = rest, True
        current += each if empty else f" {each}"
        empty = False
    return [*lines, current.rstrip()]


def table(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[int] = (), most: int = WIDTH
) -> list[str]:
    """Set rows in columns under wrapped headings, or as a list of sentences where they do not fit.

    ``right``: places of columns set to the right. A heading may break after a stroke, as in observed/expected.
    """
    heads = [line(name).replace("/", "/ ") for name in names]
    sizes = _sizes(heads, rows, whole=set(range(len(heads))))
    if sum(sizes) + GAP * len(sizes) > most:
        sizes = _sizes(heads, rows, whole=set(right))
    if sum(sizes) + GAP * len(sizes) > most:
        return [part for row in rows for part in _sentence(names, row, most)]
    return [part for row in (heads, *rows) for part in _set(row, sizes, right)]


def _sizes(heads: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Collection[int]) -> list[int]:
    """The width of each column: of its longest word, or longest cell where cells stay whole."""
    columns = [[line(row[at]) for row in rows] for at in range(len(heads))]
    pieces = [
        [*head.split(), *(cells if at in whole else " ".join(cells).split())]
        for at, (head, cells) in enumerate(zip(heads, columns, strict=True))
    ]
    return [max([1, *(width(piece) for piece in each)]) for each in pieces]


def _set(row: Sequence[str], sizes: Sequence[int], right: Collection[int]) -> Iterator[str]:
    """The lines of one row, whose cells are wrapped to their columns."""
    lines = zip_longest(*(wrapped(cell, most=size) for cell, size in zip(row, sizes, strict=True)), fillvalue="")
    for each in lines:
        cells = []
        for at, (cell, size) in enumerate(zip(each, sizes, strict=True)):
            blank = " " * (size - width(cell))
            cells.append(blank + cell if at in right else cell + blank)
        yield (" " * GAP + (" " * GAP).join(cells)).rstrip()


def _sentence(names: Sequence[str], row: Sequence[str], most: int) -> list[str]:
    said = ", ".join(f"{line(name)} {cell}" for name, cell in zip(names, row, strict=True) if cell)
    return wrapped(said, first=" " * GAP, then=" " * (2 * GAP), most=most)
