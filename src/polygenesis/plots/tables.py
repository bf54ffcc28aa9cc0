"""Counts from a table of replicates, as a sweep or a run gives it, with intervals and the laws beside them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from polygenesis.arguments import whole
from polygenesis.errors import bad_argument
from polygenesis.plots.census import counts_of_series
from polygenesis.plots.chart import Chart
from polygenesis.plots.curves import Log, panel, spread
from polygenesis.plots.panels import Series, series
from polygenesis.plots.replicates import Line, Means, letter, means_of
from polygenesis.plots.style import LOOKS, ramp

if TYPE_CHECKING:
    import pandas as pd

WIDE, MOST_TICKS = 4.0, 8
"""Ratio of the largest x to the smallest from which their axis is logarithmic, and how many are written on it."""

LAW, SLOTS = "n²/4m", "slot model"

MEAN = "mean number of polysemantic neurons"


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
    log-log plot over two decades a factor of 0.7 is easy to miss. Points of several series at one x stand side by
    side: they are shifted along the axis by a few percent of its length, and the caption of a table's figure says so. A
    count of zero has no mark on a log axis.

    Of a table, the mean of the replicates whose counts are results (converged, or every feature settled at the end of
    their steps) is drawn with its 95 % quasi-Poisson interval, along the field ``x`` (by default m where it varies,
    else the one that does, from zero on a linear axis), a series for each value of the other fields but the seed, over
    which counts are pooled. The law n²/4m, or another ``law``, and the slot model are drawn where the table or ``n``
    says how many features there are, for the tied model on one-hot features; a warning says what is missing.

    A table has the columns ``replicate``, ``outcome`` and ``polysemantic``, a column for each field that varies, by its
    name in the spec (``model.m`` or ``m``, ``penalty.strength``), and may have n (``model.n`` or ``n``),
    ``split_features`` and ``dead_features``. Other columns of a sweep, and row numbers that pandas wrote into a file,
    are not used. Raises :class:`polygenesis.InputError` for a table without counts and for a field that is none.

    Args:
        curves: series, or a table of replicates as :func:`polygenesis.sweep` and ``run.to_dataframe()`` give it.
        law: a series by which all are divided in a second panel; of a table along m, in place of n²/4m.
        x: the field of a table along the axis; by default m where it varies.
        n: number of features, where the table does not say it, as one read from a CSV file does not.
        alt: the picture in words, for those who do not see it.
        title: above the panel.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"n": 8, "m": [8, 8, 16, 16], "replicate": [0, 1] * 2, "outcome": "CONVERGED"})
    >>> [each.name for each in counts(table.assign(polysemantic=[2, 4, 1, 1])).panels[0].series]
    ['mean count', 'slot model', 'n²/4m']
    """
    _check(law=law, x=x, n=n, alt=alt, title=title)
    if _is_table(curves):
        return counts_of_table(curves, law=law, x=x, n=n, alt=alt, title=title)
    if not isinstance(curves, list | tuple) or not curves or not all(isinstance(each, Series) for each in curves):
        raise bad_argument("curves", "be a pandas table of replicates or a list of series (plots.series)", curves)
    if x is not None or n is not None:
        raise bad_argument("curves", "be a table of replicates where `x` or `n` is given", curves)
    return counts_of_series(curves, law=law, alt=alt, title=title)


def _check(*, law: object, x: object, n: object, alt: object, title: object) -> None:
    """Refuse an argument of another kind, in a sentence."""
    if law is not None and not isinstance(law, Series):
        raise bad_argument("law", "be a series (plots.series) or left out", law)
    if x is not None and not isinstance(x, str):
        raise bad_argument("x", "be the name of a column", x)
    if n is not None:
        whole("n", n)
    for name, text in (("alt", alt), ("title", title)):
        if not isinstance(text, str):
            raise bad_argument(name, "be text", text)


def _is_table(curves: object) -> TypeGuard[pd.DataFrame]:
    """Whether this is a pandas table; lists and tuples are told apart without importing pandas."""
    if isinstance(curves, list | tuple):
        return False
    import pandas as pd

    return isinstance(curves, pd.DataFrame)


def counts_of_table(
    table: pd.DataFrame,
    *,
    law: Series | None = None,
    x: str | None = None,
    n: int | None = None,
    alt: str = "",
    title: str = "",
) -> Chart:
    """Draw mean counts of a table's replicates along one field; see :func:`polygenesis.plots.counts`."""
    means = means_of(table, x=x, n=n)
    if law is not None and not means.by_width:
        raise bad_argument("law", f"be left out where counts are drawn along {means.along}: it is given along m", law)
    if law is None and means.unsaid:
        warnings.warn(means.unsaid, stacklevel=3)
    left_out = (
        "" if means.used == means.rows else f"{means.used} of {means.rows} replicates: those with every feature settled"
    )
    said = f"Polysemantic neurons against {means.along}: mean of {means.used} replicates, 95 % intervals. {left_out}"
    return _chart(means, law, title=title or left_out, alt=(alt or said).strip())


def _chart(means: Means, law: Series | None, *, title: str, alt: str) -> Chart:
    """Against m: the studies' figure, on log axes, with ratios to the law where it is known at every width.

    Against another field: one panel from zero.
    """
    lines = means.lines
    shades: Sequence[str | None] = ramp(len(lines)) if len(lines) > 1 else [None]
    points = [
        series(each.name, each.x, each.mean, interval=(each.low, each.high), style="points", color=shade, role=role)
        for each, shade, role in zip(lines, shades, [_role(each.name) for each in lines], strict=True)
    ]
    laws = _laws(lines) if means.lawful else []
    if means.by_width and any((each.y > 0).any() for each in (*points, *laws)):
        published = next((each for each in laws if each.name == LAW), None) if means.n is not None else None
        if law is None and published is not None and {*published.x} >= {value for each in points for value in each.x}:
            law = published
        others = laws if law is None else [each for each in laws if each.name != LAW]
        return counts_of_series(
            [*points, *others], law=law, alt=alt, title=title, y=MEAN, note=_note(means, on_log_axis=True)
        )
    places = np.unique(np.concatenate([each.x for each in lines]))
    log: Log = "x" if places[0] > 0 and places[-1] >= WIDE * places[0] else ""
    top = max(float(np.nanmax([*each.mean, *each.high, 1.0])) for each in lines)
    top = max([top, *(float(each.y.max()) for each in laws)])
    shown = panel(
        [*spread(points, log=bool(log)), *laws],
        x=_label(means.along),
        y=MEAN,
        log=log,
        ticks=places.tolist() if log and len(places) <= MOST_TICKS else None,
        title=title,
        limits=(0.0, 1.08 * top),
    )
    return Chart((shown,), alt=alt, note=_note(means))


def _note(means: Means, *, on_log_axis: bool = False) -> str:
    """What the points are, and n and m where all have one."""
    sizes = [f"{name} = {value}" for name, value in (("n", means.n), ("m", means.m)) if value is not None]
    networks = np.concatenate([each.networks for each in means.lines])
    low, high = int(networks.min()), int(networks.max())
    number = str(high) if low == high else f"{low} to {high}"
    points = f"points: mean of {number} networks, 95 % interval" if high > 1 else "points: one network"
    zeros = sum(int((each.mean == 0).sum()) for each in means.lines) if on_log_axis else 0
    gone = [f"{zeros} mean{'s' if zeros > 1 else ''} of 0 not shown on the log axis"] if zeros else []
    places = np.concatenate([each.x for each in means.lines])
    beside = [f"points at one {letter(means.along)} are shifted sideways"] if len({*places}) < len(places) else []
    return "\n".join(["; ".join([", ".join(sizes), points] if sizes else [points]), *beside, *gone])


def _laws(lines: Sequence[Line]) -> list[Series]:
    """The slot model where n ≤ 2m and the published law where m ≥ n, for each n once.

    The law's dashes come last, so that a slot model at the same height shows between them.
    """
    from polygenesis import theory

    made, seen = [], set()
    for each in lines:
        if each.n is None or each.m is None or (each.n, *each.m, *each.x) in seen:
            continue
        seen.add((each.n, *each.m, *each.x))
        legend = len(seen) == 1
        roomy, fits = each.m >= each.n, each.n <= 2 * each.m
        if fits.any():
            slots = [theory.slot_model(each.n, int(m)).mean for m in each.m[fits]]
            made.append(Series(SLOTS, each.x[fits], np.array(slots), role=SLOTS, legend=legend))
        if roomy.any():
            law = theory.polysemantic_neurons(each.n, each.m[roomy].astype(int)).array
            made.append(Series(LAW, each.x[roomy], law, role=LAW, legend=legend))
    return made


def _role(name: str) -> str | None:
    return name if name in LOOKS else None


def _label(field: str) -> str:
    return {"m": "neurons m", "n": "features n", "λ": "penalty λ"}.get(letter(field), field)
