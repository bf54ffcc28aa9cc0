"""Tables: data frames as CSV files with every digit and as HTML with the digits that a reader needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis.files import as_csv
from polygenesis.html import prose, table

if TYPE_CHECKING:
    import pandas as pd

SHORT = 14
"""Tables with more rows than this start folded."""

DIGITS = 4
"""Significant digits on the page; the CSV files hold all."""

LARGE = 1e7
"""Numbers from here on are written with an exponent."""

LEVEL = 0.95
"""Level of the intervals in the columns "lower" and "upper" of a table of which the study says no other."""


def to_csv(frame: pd.DataFrame) -> bytes:
    """Return a table as CSV in full precision, with the same line ends on every system."""
    return as_csv(frame, index=named_rows(frame))


def to_html(name: str, frame: pd.DataFrame, link: str) -> str:
    """Return a table with its caption, a link to its CSV file, and folded where it is long.

    For the caption see :func:`title_of`.
    """
    title = title_of(name, frame, short=True)
    caption = f"{prose(title_of(name, frame))} <a class='file' href='{link}'>CSV</a>"
    named = named_rows(frame)
    names = ([_index_name(frame)] if named else []) + [str(each) for each in frame.columns]
    numeric = [k + named for k in range(frame.shape[1]) if is_numeric(frame.iloc[:, k])]
    made = table(names, _rows(frame), numeric=numeric, named=named, caption=caption, label=title)
    if len(frame) <= SHORT:
        return made
    return f"<details><summary>{prose(title)} <small>({len(frame)} rows)</small></summary>{made}</details>"


def title_of(name: str, frame: pd.DataFrame, *, short: bool = False) -> str:
    """Return a table's caption: ``frame.attrs["caption"]`` where a study has set it (unless ``short``), else its name.

    With the level of its intervals: ``frame.attrs["level"]`` where the study has set it, else :data:`LEVEL`.
    """
    plain = name[:1].upper() + name[1:]
    said = plain if short else str(frame.attrs.get("caption", plain))
    level = frame.attrs.get("level", LEVEL if {"lower", "upper"} <= set(frame.columns) else None)
    if level is None:
        return said
    stop = "." if said.endswith(".") else ""
    return f"{said.removesuffix('.')} (intervals: {100 * level:g} %){stop}"


def _rows(frame: pd.DataFrame) -> Iterator[list[str]]:
    """The cells of each row as HTML, its name first where rows are named."""
    columns = [[prose(show(value)) for value in frame.iloc[:, k]] for k in range(frame.shape[1])]
    named = named_rows(frame)
    for i, label in enumerate(frame.index):
        yield ([prose(show(label))] if named else []) + [column[i] for column in columns]


def show(value: Any) -> str:
    """Write one value for a reader: whole numbers whole, others with four significant digits, nothing as a dash.

    >>> [show(value) for value in (256, 71.23456, 1.5e-9, float("nan"), True, None)]
    ['256', '71.23', '1.5e−9', '–', 'yes', '–']
    """
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return str(int(value)).replace("-", "−")
    if isinstance(value, float | np.floating):
        return _real(float(value))
    return str(value)


def _real(value: float) -> str:
    whole = abs(value) < LARGE and (value.is_integer() or abs(value) >= 10**DIGITS)
    text = f"{value:.0f}" if whole else f"{value:.{DIGITS}g}"
    mantissa, _, exponent = text.partition("e")
    text = mantissa + (f"e{int(exponent)}" if exponent else "")
    return text.replace("-", "−")


def is_numeric(column: pd.Series[Any]) -> bool:
    """Whether a column holds numbers, which are set to the right."""
    return column.dtype.kind in "iuf"


def named_rows(frame: pd.DataFrame) -> bool:
    """Whether the rows are named, rather than merely counted."""
    import pandas as pd

    return not isinstance(frame.index, pd.RangeIndex)


def _index_name(frame: pd.DataFrame) -> str:
    return " / ".join(str(name) for name in frame.index.names if name is not None)
