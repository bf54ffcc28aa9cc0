"""Counts from a table of replicates, as a sweep or a run gives it, with intervals and the laws beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.errors import InputError, bad_argument
from polygenesis.plots.census import counts_of_series
from polygenesis.plots.chart import Chart
from polygenesis.plots.curves import Log, panel
from polygenesis.plots.panels import Series, series
from polygenesis.plots.style import LOOKS, ramp

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

POOLED = ("seed", "replicates", "n", "model.n")
"""Fields over which counts are put together, and n, which has lines of its own."""

SHORT = {"penalty.strength": "λ", "model.n": "n", "model.m": "m", "n": "n", "m": "m"}
"""Fields that have a letter; others are named by their last part."""

MOST_LINES = 8
"""Series that a figure can hold."""

WIDE, MOST_TICKS = 4.0, 8
"""Ratio of the largest x to the smallest from which their axis is logarithmic, and how many are written on it."""

LAW, SLOTS = "n²/4m", "slot model"


@dataclass(frozen=True, eq=False)
class _Line:
    """Means along x of the replicates that share all other fields; ``n`` and ``m`` (k,) where they are known."""

    name: str
    n: int | None
    m: Floats | None
    x: Floats
    mean: Floats
    low: Floats
    high: Floats


def counts(
    curves: Sequence[Series] | pd.DataFrame,
    *,
    law: Series | None = None,
    x: str | None = None,
    n: int | None = None,
    alt: str = "",
    title: str = "",
) -> Chart:
    """Draw counts of polysemantic neurons against the number of neurons m, both on log axes.

    ``curves``: series, or a table of replicates as :func:`polygenesis.sweep` and ``run.to_dataframe()`` give it. With a
    ``law`` (y given at the same or more widths), a second panel shows every series divided by it, intervals too: on a
    log-log plot over two decades a factor of 0.7 is easy to miss.

    Of a table, the mean of the replicates whose counts are results (converged, or every feature settled at the end of
    their steps) is drawn with its 95 % quasi-Poisson interval, along the field ``x`` (by default m where it varies,
    else the one that does), a series for each value of the other fields but the seed, over which counts are pooled. The
    law n²/4m and the slot model are drawn where the table or ``n`` says how many features there are, for the tied model
    on one-hot features. Raises :class:`polygenesis.InputError` for a table without counts and for a field that is none.

    Args:
        curves: series, or a table of replicates as :func:`polygenesis.sweep` and ``run.to_dataframe()`` give it.
        law: a series by which all are divided in a second panel.
        x: the field along the axis; by default m where it varies.
        n: number of features, where the table does not say it.
        alt: the picture in words, for those who do not see it.
        title: above the panel.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"n": 8, "m": [8, 8, 16, 16], "replicate": [0, 1] * 2, "outcome": "CONVERGED"})
    >>> [each.name for each in counts(table.assign(polysemantic=[2, 4, 1, 1])).panels[0].series]
    ['mean count', 'slot model', 'n²/4m']
    """
    if not isinstance(curves, Sequence):
        return counts_of_table(curves, x=x, n=n, alt=alt, title=title)
    if x is not None or n is not None:
        raise bad_argument("curves", "be a table of replicates where `x` or `n` is given", curves)
    return counts_of_series(curves, law=law, alt=alt, title=title)


def counts_of_table(
    table: pd.DataFrame, *, x: str | None = None, n: int | None = None, alt: str = "", title: str = ""
) -> Chart:
    """Draw mean counts of a table's replicates along one field; see :func:`polygenesis.plots.counts`."""
    missing = [name for name in NEEDED if name not in table.columns]
    if missing:
        raise bad_argument("table", f"have the columns {', '.join(NEEDED)}, as a sweep's has", list(table.columns))
    fields = {**table.attrs.get("fields", {})}
    along = _along(table, x)
    used = table[_usable(table)]
    if used.empty:
        raise InputError(f"None of {len(table)} replicates converged, so there is no count to draw.")
    lines = list(_lines(used, along, fields, n))
    if len(lines) > MOST_LINES:
        raise InputError(f"The table holds {len(lines)} lines, more than {MOST_LINES}: draw a part of its rows.")
    left_out = "" if len(used) == len(table) else f"{len(used)} of {len(table)} replicates: those that converged"
    said = alt or f"Polysemantic neurons against {along}: mean of {len(used)} replicates, 95 % intervals. {left_out}"
    return _chart(lines, along, _lawful(fields, used), title or left_out, said.strip())


def _chart(lines: Sequence[_Line], along: str, lawful: bool, title: str, alt: str) -> Chart:
    """Against m at one n with the law at every width: the studies' figure. Else one panel from zero."""
    shades: Sequence[str | None] = ramp(len(lines)) if len(lines) > 1 else [None]
    points = [
        series(each.name, each.x, each.mean, interval=(each.low, each.high), style="points", color=shade, role=role)
        for each, shade, role in zip(lines, shades, [_role(each.name) for each in lines], strict=True)
    ]
    laws = _laws(lines) if lawful else []
    widths = {name: each for each in laws for name in [each.name]}
    by_width = SHORT.get(along) == "m" and len({each.n for each in lines}) == 1
    if by_width and LAW in widths and set(widths[LAW].x) >= {value for each in points for value in each.x}:
        return counts_of_series(
            [*points, *(each for each in laws if each.name != LAW)], law=widths[LAW], alt=alt, title=title
        )
    places = np.unique(np.concatenate([each.x for each in lines]))
    log: Log = "x" if places[0] > 0 and places[-1] >= WIDE * places[0] else ""
    top = max(float(np.nanmax([*each.mean, *each.high, 1.0])) for each in lines)
    top = max([top, *(float(each.y.max()) for each in laws)])
    shown = panel(
        [*points, *laws],
        x=_label(along),
        y="polysemantic neurons",
        log=log,
        ticks=places.tolist() if log and len(places) <= MOST_TICKS else None,
        title=title,
        limits=(0.0, 1.08 * top),
    )
    return Chart((shown,), alt=alt)


def _lines(table: pd.DataFrame, along: str, fields: Mapping[str, Any], n: int | None) -> Iterator[_Line]:
    """One line for each combination of the other fields that vary, n among them."""
    size = next((name for name in ("model.n", "n") if name in table.columns), None)
    width = next((name for name in ("model.m", "m") if name in table.columns), None)
    others = [
        name
        for name in table.columns
        if name not in MEASURED and name not in (along, *POOLED) and table[name].nunique(dropna=False) > 1
    ]
    by = [*others, *([size] if size is not None and size != along and table[size].nunique() > 1 else [])]
    for values, rows in table.groupby(by, sort=True, dropna=False) if by else [((), table)]:
        points = rows.groupby(along, sort=True)
        x = np.array([value for value, _ in points], dtype=float)
        known = n if n is not None else _only(rows, size, fields.get("model.n"))
        if size == along:
            known = None
        widths = None
        if width is not None and all(each[width].nunique() == 1 for _, each in points):
            widths = np.array([float(each[width].iloc[0]) for _, each in points])
        elif width is None and "model.m" in fields:
            widths = np.full(len(x), float(fields["model.m"]))
        means = np.array([_mean(each[COUNTED].to_numpy(dtype=float)) for _, each in points])
        name = ", ".join(f"{_letter(field)} = {_short(value)}" for field, value in zip(by, values, strict=True))
        yield _Line(name or str(_process(fields)), known, widths, x, *means.T)


def _mean(counts: Floats) -> tuple[float, float, float]:
    """The mean with its 95 % quasi-Poisson interval, which is unknown for a single replicate."""
    from polygenesis import stats

    if len(counts) < 2:
        return float(counts[0]), np.nan, np.nan
    found = stats.mean_count(counts)
    return found.value, found.lower, found.upper


def _laws(lines: Sequence[_Line]) -> list[Series]:
    """The published law where m ≥ n and the slot model where n ≤ 2m, for each n once."""
    from polygenesis import theory

    made, seen = [], set()
    for each in lines:
        if each.n is None or each.m is None or (each.n, *each.m, *each.x) in seen:
            continue
        seen.add((each.n, *each.m, *each.x))
        legend = len(seen) == 1
        roomy, fits = each.m >= each.n, each.n <= 2 * each.m
        if roomy.any():
            law = [float(theory.polysemantic_neurons(each.n, int(m))) for m in each.m[roomy]]
            made.append(Series(LAW, each.x[roomy], np.array(law), role=LAW, legend=legend))
        if fits.any():
            slots = [theory.slot_model(each.n, int(m)).mean for m in each.m[fits]]
            made.append(Series(SLOTS, each.x[fits], np.array(slots), role=SLOTS, legend=legend))
    return made


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
    widths = [name for name in numeric if SHORT.get(name) == "m"]
    for name in (*(each for each in vary if each in widths), *vary, *widths):
        return name
    raise InputError(f"The table has no column of numbers that was swept; it has {', '.join(table.columns)}.")


def _usable(table: pd.DataFrame) -> Any:
    """Replicates whose counts are results: converged, or at the end of their steps with every feature settled."""
    settled = np.ones(len(table), dtype=bool)
    for name in ("split_features", "dead_features"):
        if name in table.columns:
            settled &= (table[name].fillna(1) == 0).to_numpy(dtype=bool)
    ended = table["outcome"].isin(["FINISHED", "AT_REST"]).to_numpy()
    known = table[COUNTED].notna().to_numpy()
    return known & ((table["outcome"] == "CONVERGED").to_numpy() | (ended & settled))


def _lawful(fields: Mapping[str, Any], table: pd.DataFrame) -> bool:
    """Whether the laws are stated for these specs, as far as the table says: the tied model on one-hot features."""
    wanted = {"model.kind": "tied-autoencoder", "features.kind": "one-hot"}
    return all(
        set(table[name] if name in table.columns else [fields.get(name, kind)]) == {kind}
        for name, kind in wanted.items()
    )


def _only(rows: pd.DataFrame, column: str | None, otherwise: Any) -> int | None:
    if column is None:
        return None if otherwise is None else int(otherwise)
    return int(rows[column].iloc[0]) if rows[column].nunique() == 1 else None


def _process(fields: Mapping[str, Any]) -> str:
    kind = fields.get("training.kind")
    return {"gradient-flow": "gradient flow", "gradient-descent": "gradient descent", "adamw": "AdamW"}.get(
        str(kind), "mean count"
    )


def _role(name: str) -> str | None:
    return name if name in LOOKS else None


def _letter(field: str) -> str:
    return SHORT.get(field, field.removesuffix(".kind").rpartition(".")[2])


def _label(field: str) -> str:
    return {"m": "neurons m", "n": "features n", "λ": "penalty λ"}.get(_letter(field), field)


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
