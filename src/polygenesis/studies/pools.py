"""A claim over several cells: what each of them says, and whether they differ so that no number speaks for all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from polygenesis import stats
from polygenesis.studies import paired
from polygenesis.studies.margin import ALPHA
from polygenesis.studies.paired import Drawn
from polygenesis.studies.wording import numeral, visible

WORDS = {
    stats.Verdict.EQUIVALENT: "inside the margin",
    stats.Verdict.DIFFERENT: "outside",
    stats.Verdict.UNDECIDED: "open",
}
"""What a cell says, corrected for their number."""

NONE: Mapping[str, Drawn] = MappingProxyType({})
"""No cell shares a start."""

LISTED = 8
"""So many cells of one verdict are listed; of more, their number and the range of their values are said."""


Cells = Mapping[str, stats.Agreement]
"""A cell's name → its test."""


def judged_together(together: stats.Agreement, cells: Cells, drawn: Mapping[str, Drawn] = NONE) -> stats.Agreement:
    """Return the pooled test, UNDECIDED where the cells disagree; ``drawn``: cells that may share starts."""
    if not disagree(together, cells, drawn):
        return together
    return replace(together, verdict=stats.Verdict.UNDECIDED, p_equivalent=1.0, p_different=1.0)


def disagree(together: stats.Agreement, cells: Cells, drawn: Mapping[str, Drawn] = NONE) -> bool:
    """Whether the cells contradict the pooled verdict, so that the pool speaks for none of them.

    They do where cells alone are decided both ways, or one of them against the pool (Holm's correction over the
    cells), and where they differ (:func:`heterogeneity`) and their numbers lie on both sides of the
    margin, or one of them on the other side than the pool.
    """
    decided = {together.verdict, *verdicts(cells).values()}
    if {stats.Verdict.EQUIVALENT, stats.Verdict.DIFFERENT} <= decided:
        return True
    p = _differ(cells, drawn)
    sides = {test.lower <= test.estimate.value <= test.upper for test in cells.values() if not test.caution}
    if together.verdict is not stats.Verdict.UNDECIDED:
        sides.add(together.verdict is stats.Verdict.EQUIVALENT)
    return p is not None and p <= ALPHA and len(sides) > 1


def verdicts(cells: Cells) -> dict[str, stats.Verdict]:
    """Return what each cell says alone, corrected for their number; a fit with a caution says nothing."""
    found = dict.fromkeys(cells, stats.Verdict.UNDECIDED)
    for verdict, name in ((stats.Verdict.EQUIVALENT, "p_equivalent"), (stats.Verdict.DIFFERENT, "p_different")):
        chances = [1.0 if test.caution else chance(test, name) for test in cells.values()]
        for cell, p in zip(cells, stats.holm(chances), strict=True):
            if p <= ALPHA:
                found[cell] = verdict
    return found


def heterogeneity(estimates: Sequence[stats.Estimate], drawn: Sequence[Drawn | None] = ()) -> float | None:
    """Return the p-value of "all cells have one mean" by Welch's test (Biometrika 38, 1951); None for too few.

    On the scale of the estimates' errors; estimates without an error, or with a caution, are left out. ``drawn``: what
    is known of the cells' starts; where two cells share some, see :func:`polygenesis.studies.paired.heterogeneity`.
    """
    from scipy import special

    told = [drawn[at] if at < len(drawn) else None for at in range(len(estimates))]
    pairs = zip(estimates, told, strict=True)
    usable = [(e, d) for e, d in pairs if e.error and math.isfinite(e.error) and not e.caution]
    known = [e for e, _ in usable]
    if len(known) < 2 or len({e.scale for e in known}) > 1:
        return None
    met = [Drawn(e, d.parts if d else {}) for e, d in usable]
    if len({start for each in met for start in each.parts}) < sum(len(each.parts) for each in met):
        return paired.heterogeneity(met)
    x = [math.log(e.value) if e.scale == "log" else e.value for e in known]
    w = [1 / float(e.error or 1) ** 2 for e in known]
    k, total = len(known), sum(w)
    mean = sum(a * b for a, b in zip(w, x, strict=True)) / total
    q = sum(a * (b - mean) ** 2 for a, b in zip(w, x, strict=True)) / (k - 1)
    spread = sum((1 - a / total) ** 2 / e.freedom for a, e in zip(w, known, strict=True))
    if not spread:
        return float(special.chdtrc(k - 1, q * (k - 1)))
    f = q / (1 + 2 * (k - 2) / (k**2 - 1) * spread)
    return float(special.fdtrc(k - 1, (k**2 - 1) / (3 * spread), f))


def _differ(cells: Cells, drawn: Mapping[str, Drawn]) -> float | None:
    return heterogeneity([test.estimate for test in cells.values()], [drawn.get(name) for name in cells])


def told(together: stats.Agreement, cells: Cells, drawn: Mapping[str, Drawn] = NONE, resolution: float = 0.0) -> str:
    """Say what the cells say, grouped by verdict, and whether they differ, in numbers that show the resolution."""
    p, found = _differ(cells, drawn), verdicts(cells)
    parts = []
    for verdict, word in WORDS.items():
        here = {name: test for name, test in cells.items() if found[name] is verdict}
        if len(here) > LISTED:
            values = [test.estimate.value for test in here.values()]
            ends = (numeral(each, resolution) for each in (min(values), max(values)))
            parts.append(f"{word}: {len(here)} cells, {' to '.join(ends)}")
        elif here:
            listed = (f"{name} {_interval(test, resolution)}" for name, test in here.items())
            parts.append(f"{word}: " + ", ".join(listed))
    differ = "" if p is None else f" (test of equal cells: p = {p:.2g})"
    start = "The cells disagree" if disagree(together, cells, drawn) else "Cell by cell"
    return f"{start}{differ}: {'; '.join(parts)}."


def _interval(test: stats.Agreement, resolution: float) -> str:
    e, resolution = test.estimate, visible(test.estimate, resolution)
    value, lower, upper = (numeral(each, resolution) for each in (e.value, e.lower, e.upper))
    return f"{value} [{lower}, {upper}]"


def chance(test: stats.Agreement, name: str) -> float:
    """Return a p-value, ``p_equivalent`` or ``p_different``.

    Where only an interval is known and decides, its level is all that is known of the p-value: :data:`ALPHA`.
    """
    verdict = {"p_equivalent": stats.Verdict.EQUIVALENT, "p_different": stats.Verdict.DIFFERENT}[name]
    p = getattr(test, name)
    return float(p) if p is not None else ALPHA if test.verdict is verdict else 1.0
