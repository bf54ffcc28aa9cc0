"""Tables: data frames as CSV files with every digit and as HTML with the digits that a reader needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis.report.text import attribute, prose

if TYPE_CHECKING:
    import pandas as pd

SHORT = 14
"""Tables with more rows than this start folded."""

DIGITS = 4
"""Significant digits on the page; the CSV files hold all."""

LONG = 32
"""Texts with more letters than this may break into lines."""

LARGE = 1e7
"""Numbers from here on are written with an exponent."""


def to_csv(frame: pd.DataFrame) -> bytes:
    """Return a table as CSV in full precision, with the same line ends on every system."""
    text: str = frame.to_csv(index=named_rows(frame), lineterminator="\n")
    return text.encode()


def to_html(name: str, frame: pd.DataFrame, link: str) -> str:
    """Return a table with its caption, a link to its CSV file, and folded where it is long.

    The caption is ``frame.attrs["caption"]`` where a study has set it, else the table's name.
    """
    title = name[:1].upper() + name[1:]
    caption = f"{prose(str(frame.attrs.get('caption', title)))} <a class='file' href='{link}'>CSV</a>"
    table = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{attribute(title)}">'
        f"<table class='data'><caption>{caption}</caption>{_head(frame)}{_body(frame)}</table></div>"
    )
    if len(frame) <= SHORT:
        return table
    return f"<details><summary>{prose(title)} <small>({len(frame)} rows)</small></summary>{table}</details>"


def _head(frame: pd.DataFrame) -> str:
    names = ([_index_name(frame)] if named_rows(frame) else []) + [str(name) for name in frame.columns]
    numeric = ([False] if named_rows(frame) else []) + [is_numeric(frame.iloc[:, k]) for k in range(frame.shape[1])]
    cells = (_cell("th", prose(name), right, 'scope="col"') for name, right in zip(names, numeric, strict=True))
    return f"<thead><tr>{''.join(cells)}</tr></thead>"


def _body(frame: pd.DataFrame) -> str:
    columns = [[show(value) for value in frame.iloc[:, k]] for k in range(frame.shape[1])]
    numeric = [is_numeric(frame.iloc[:, k]) for k in range(frame.shape[1])]
    rows = []
    for i, label in enumerate(frame.index):
        cells = [_cell("th", prose(show(label)), False, 'scope="row"')] if named_rows(frame) else []
        cells += [_cell("td", prose(column[i]), right) for column, right in zip(columns, numeric, strict=True)]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<tbody>{''.join(rows)}</tbody>"


def _cell(tag: str, content: str, right: bool, extra: str = "") -> str:
    kind = "number" if right else "long" if len(content) > LONG else ""
    attributes = " ".join(each for each in (extra, f'class="{kind}"' if kind else "") if each)
    return f"<{tag} {attributes}>{content}</{tag}>" if attributes else f"<{tag}>{content}</{tag}>"


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
