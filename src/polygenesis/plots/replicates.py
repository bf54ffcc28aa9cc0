"""Means of a table of replicates along one field, with intervals: a line for each value of the other fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.errors import InputError, bad_argument
from polygenesis.numerals import counted

if TYPE_CHECKING:
    import pandas as pd

COUNTED = "polysemantic"
"""The column that is drawn: neurons with two or more settled features."""

NEEDED = (COUNTED, "outcome", "replicate")
"""Columns without which a table is no table of replicates."""

MEASURED = frozenset(
    (
        *("key", "point", "replicate", "outcome", "end_time", "evaluations", "residual", "excess", "fourth_norm"),
        *("dead", "undecided", "monosemantic", COUNTED, "shared", "clashing"),
        *("settled_features", "split_features", "spread_features", "faint_features", "dead_features"),
    )
)
"""Columns of a table that were measured; all others are fields of the specs."""

ROW_NUMBERS = re.compile(r"Unnamed: \d+(_level_\d+)?|index|level_\d+")
"""Names that pandas gives an index which a file or ``reset_index`` made a column; no field of a spec has such a one."""

POOLED = ("seed", "replicates", "n", "model.n")
"""Fields over which counts are put together, and n, which has lines of its own."""

SIZES, WIDTHS = ("model.n", "n"), ("model.m", "m")
"""Columns that hold the number of features, and of neurons: a sweep's, and a run's."""

SHORT = {"penalty.strength": "λ", "model.n": "n", "model.m": "m", "n": "n", "m": "m"}
"""Fields that have a letter; others are named by their last part."""

MOST_LINES = 8
"""Series that a figure can hold."""


@dataclass(frozen=True, eq=False)
class Line:
    """Means along x of the replicates that share all other fields; ``n`` and ``m`` (k,) where they are known.

    ``networks``: of how many replicates each mean is, (k,).
    """

    name: str
    n: int | None
    m: Floats | None
    x: Floats
    mean: Floats
    low: Floats
    high: Floats
    networks: Integers


@dataclass(frozen=True, eq=False)
class Means:
    """What a table says along one field: its lines, and how many of its ``rows`` replicates are ``used``.

    ``lawful``: whether the laws are stated for its specs, as far as the table says.
    """

    along: str
    lines: tuple[Line, ...]
    used: int
    rows: int
    lawful: bool

    @property
    def by_width(self) -> bool:
        """Whether the field is the number of neurons."""
        return self.along in WIDTHS

    @property
    def n(self) -> int | None:
        """The number of features, where it is known and one for all lines."""
        known = {each.n for each in self.lines}
        return known.pop() if len(known) == 1 else None

    @property
    def m(self) -> int | None:
        """The number of neurons, where it is known and one for all points."""
        known = {value for each in self.lines for value in ([None] if each.m is None else each.m.tolist())}
        one = known.pop() if len(known) == 1 else None
        return None if one is None else int(one)

    @property
    def unsaid(self) -> str:
        """What the laws need and the table does not say, in a sentence; nothing where they need no more."""
        if not self.lawful or self.along in SIZES:
            return ""
        if any(each.m is None for each in self.lines):
            return "The table does not say m (neurons): add it, such as table.assign(n=64, m=128), to draw the law."
        if any(each.n is None for each in self.lines):
            return "The table does not say n (features): pass it, such as n=64, to draw the law."
        return ""


def means_of(table: pd.DataFrame, *, x: str | None, n: int | None) -> Means:
    """Return the means of a table of replicates along a field; see :func:`polygenesis.plots.counts`."""
    missing = [name for name in NEEDED if name not in table.columns]
    if missing:
        raise bad_argument("table", f"have the columns {', '.join(NEEDED)}, as a sweep's has", list(table.columns))
    if "key" in table.columns and (again := table.duplicated()).any():  # as of two sweeps that overlap
        raise InputError(
            f"Argument `table` must have each replicate once, but {int(again.sum()):,} of its {len(table):,} rows "
            "repeat another; write table.drop_duplicates()."
        )
    fields = {**table.attrs.get("fields", {})}
    table = table[[name for name in table.columns if not ROW_NUMBERS.fullmatch(str(name))]]
    along = _along(table, x)
    used = table[_usable(table)]
    if used.empty:
        raise InputError(
            f"None of {counted(len(table), 'replicate')} has a count to draw: none came to rest, or to the end of its "
            "steps, with every feature settled."
        )
    lines = tuple(_lines(used, along, fields, n))
    return Means(along, lines, len(used), len(table), _lawful(fields, used))


def letter(field: str) -> str:
    """Return the letter of a field, or its last part."""
    return SHORT.get(field, field.removesuffix(".kind").rpartition(".")[2])


def _lines(table: pd.DataFrame, along: str, fields: Mapping[str, Any], n: int | None) -> Iterator[Line]:
    """One line for each combination of the other fields that vary, n among them."""
    size = next((name for name in SIZES if name in table.columns), None)
    width = next((name for name in WIDTHS if name in table.columns), None)
    others = [
        name
        for name in table.columns
        if name not in MEASURED and name not in (along, *POOLED) and table[name].nunique(dropna=False) > 1
    ]
    by = [*others, *([size] if size is not None and size != along and table[size].nunique() > 1 else [])]
    groups = list(table.groupby(by, sort=True, dropna=False)) if by else [((), table)]
    if len(groups) > MOST_LINES:
        raise InputError(
            f"The table holds {len(groups)} lines, one for each {' and '.join(by)}, more than {MOST_LINES}: "
            "draw a part of its rows, or drop columns that are no fields of a spec."
        )
    for values, rows in groups:
        points = rows.groupby(along, sort=True)
        x = np.array([value for value, _ in points], dtype=float)
        known = None if size == along else _size(rows, size, fields, n)
        widths = None
        if width is not None and all(each[width].nunique() == 1 for _, each in points):
            widths = np.array([float(each[width].iloc[0]) for _, each in points])
        elif width is None and "model.m" in fields:
            widths = np.full(len(x), float(fields["model.m"]))
        mean, low, high = np.array([_mean(each[COUNTED].to_numpy(dtype=float)) for _, each in points]).T
        name = ", ".join(f"{letter(field)} = {_short(value)}" for field, value in zip(by, values, strict=True))
        networks = np.array([len(each) for _, each in points])
        yield Line(name or _process(fields), known, widths, x, mean, low, high, networks)


def _size(rows: pd.DataFrame, column: str | None, fields: Mapping[str, Any], n: int | None) -> int | None:
    """The number of features of these rows: what the table says, else ``n``, which must not contradict it."""
    said = fields.get("model.n")
    if column is not None:
        said = rows[column].iloc[0] if rows[column].nunique() == 1 else None
    if n is not None and said is not None and int(said) != n:
        raise bad_argument("n", f"be the number of features that the table says, {int(said)}", n)
    return n if said is None else int(said)


def _mean(counts: Floats) -> tuple[float, float, float]:
    """The mean with its 95 % quasi-Poisson interval, which is unknown for a single replicate."""
    from polygenesis import stats

    if len(counts) < 2:
        return float(counts[0]), np.nan, np.nan
    found = stats.mean_count(counts)
    return found.value, found.lower, found.upper


def _along(table: pd.DataFrame, x: str | None) -> str:
    """The field along which counts are drawn: m where it varies, else the only number that does."""
    fields = [name for name in table.columns if name not in MEASURED]
    numeric = [name for name in fields if table[name].dtype.kind in "iuf"]
    if x is not None:
        found = next((name for name in numeric if x in (name, SHORT.get(name), name.rpartition(".")[2])), None)
        if found is None:
            raise bad_argument("x", f"name a column of numbers that was swept ({', '.join(numeric) or 'none'})", x)
        return found
    vary = [name for name in numeric if table[name].nunique() > 1 and name not in ("seed", "replicates")]
    widths = [name for name in numeric if name in WIDTHS]
    for name in (*(each for each in vary if each in widths), *vary, *widths):
        return name
    raise InputError(f"The table has no column of numbers that was swept; it has {', '.join(table.columns)}.")


def _usable(table: pd.DataFrame) -> Any:
    """Replicates whose counts are results: converged, or at the end of their steps with every feature settled."""
    settled = np.ones(len(table), dtype=bool)
    for name in ("split_features", "dead_features"):
        if name in table.columns:
            settled &= (table[name].fillna(1) == 0).to_numpy(dtype=bool)
    outcome = table["outcome"].map(_ending)
    ended = outcome.isin(["FINISHED", "AT_REST"]).to_numpy()
    known = table[COUNTED].notna().to_numpy()
    return known & ((outcome == "CONVERGED").to_numpy() | (ended & settled))


def _ending(outcome: Any) -> str:
    """The name of an outcome as a sweep's table has it, where a table of one's own holds the outcomes themselves."""
    return str(getattr(outcome, "name", outcome)).upper().replace(" ", "_")


def _lawful(fields: Mapping[str, Any], table: pd.DataFrame) -> bool:
    """Whether the laws are stated for these specs, as far as the table says: the tied model on one-hot features."""
    wanted = {"model.kind": "tied-autoencoder", "features.kind": "one-hot"}
    return all(
        set(table[name] if name in table.columns else [fields.get(name, kind)]) == {kind}
        for name, kind in wanted.items()
    )


def _process(fields: Mapping[str, Any]) -> str:
    kind = fields.get("training.kind")
    return {"gradient-flow": "gradient flow", "gradient-descent": "gradient descent", "adamw": "AdamW"}.get(
        str(kind), "mean count"
    )


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
