"""How a diagnosis shows itself on a terminal and as tables."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from polygenesis.detect.views import spread
from polygenesis.probe.evidence import Evidence

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.probe.diagnosis import Diagnosis

WIDTH = 110
"""Columns of the text table."""

SHOWN = 12
"""Shared neurons that the text lists; the table and the page hold all."""


def text(found: Diagnosis) -> str:
    """Return a diagnosis as text: verdict, counts, tests, what was missing, shared neurons."""
    lines = [headline(found), *_wrapped("verdict", found.verdict.sentence)]
    for each in (*found.verdict.cautions, *found.notes):
        lines += _wrapped("note", each)
    lines += ["", f"{'test':<22}{'statistic':>10}  {'null':<46}{'p':>8}{'effect':>8}"]
    for one in found.evidence:
        lines += [_row(one), *_indented(one.sentence)]
    if found.missing:
        lines += ["", "not possible"]
        for gap in found.missing:
            lines += _wrapped(gap.test, f"{gap.reason}; supply {gap.supply}.")
    if found.shared:
        lines += ["", f"shared neurons ({len(found.shared)}), those that carry most first; {found.measure} in brackets"]
        lines += [_shared(found, at) for at in range(min(SHOWN, len(found.shared)))]
        if len(found.shared) > SHOWN:
            lines.append(f"  … and {len(found.shared) - SHOWN} more: `to_dataframe()`")
    return "\n".join(lines)


def headline(found: Diagnosis) -> str:
    """Say what was diagnosed and how many neurons are shared."""
    r, n, m = found.census.shape
    runs = "1 run" if r == 1 else f"{r} runs"
    return (
        f"Diagnosis of {found.source}: {n} features, {m} neurons, {runs}; {spread(found.census.shared)} shared neurons"
    )


def neuron_table(found: Diagnosis) -> pd.DataFrame:
    """One row per shared neuron: run, neuron, features, strengths, whether it mixes strangers, examples."""
    import pandas as pd

    columns = ["run", "neuron", "features", "strengths", "mixed", "examples"]
    rows = [(each.run, each.neuron, each.features, each.strengths, each.mixed, each.examples) for each in found.shared]
    return pd.DataFrame(rows, columns=columns)


def test_table(found: Diagnosis) -> pd.DataFrame:
    """One row per test: what it found, or what to supply."""
    import pandas as pd

    rows: list[tuple[object, ...]] = [
        (e.test, e.statistic, e.null, e.p_value, e.effect, e.finding, e.sentence, "") for e in found.evidence
    ]
    rows += [
        (gap.test, None, "", None, None, None, f"Not possible: {gap.reason}.", gap.supply) for gap in found.missing
    ]
    names = ["test", "statistic", "null", "p_value", "effect", "finding", "sentence", "supply"]
    return pd.DataFrame(rows, columns=names)


def threshold_table(found: Diagnosis) -> pd.DataFrame:
    """One row per threshold of selection: how the counts and recurrence move with it."""
    import pandas as pd

    return pd.DataFrame(list(found.sensitivity))


def number(value: float | None) -> str:
    """Write a number for a reader; nothing where there is none, or NaN."""
    if value is None or value != value:
        return ""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}"


def _row(one: Evidence) -> str:
    numbers = f"{number(one.p_value):>8}{number(one.effect):>8}".rstrip()
    return f"{one.test:<22}{number(one.statistic):>10}  {one.null:<46}{numbers}".rstrip()


def _shared(found: Diagnosis, at: int) -> str:
    each = found.shared[at]
    form = "+.2f" if found.source == "weights" else ".2f"
    carried = ", ".join(f"{name} ({value:{form}})" for name, value in zip(each.features, each.strengths, strict=True))
    return "  " + textwrap.shorten(f"run {each.run}, neuron {each.neuron}: {carried}", WIDTH, placeholder=" …")


def _wrapped(name: str, sentence: str) -> list[str]:
    first = f"  {name}: "
    return textwrap.wrap(sentence, WIDTH, initial_indent=first, subsequent_indent="    ")


def _indented(sentence: str) -> list[str]:
    return textwrap.wrap(sentence, WIDTH, initial_indent="    ", subsequent_indent="    ")
