"""The head of a diagnosis' page: the verdict, the three axes, the pairs seed by seed, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis.html import escaped, prose, table
from polygenesis.probe.show.next_steps import next_steps
from polygenesis.probe.show.wording import AXES, axis, brief, cautions, has_signs, headline, opposed_note
from polygenesis.stats import Estimate

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis
    from polygenesis.probe.judging.sharing import SharedPair

LISTED, MOST, CELLS = 20, 200, 4000
"""Pairs that are shown, pairs that are shown or folded, and cells of all of them, so that the page stays small."""

DARKEST = 0.55
"""Opacity of the blue behind the largest count; more would hide the number."""


def answer(found: Diagnosis, title: str | None) -> str:
    """Return the verdict in large letters, what was diagnosed, what weakens the verdict, and the axes."""
    first, rest = _verdict(found)
    about = headline(found)
    name = f"<b>{escaped(title)}</b> · " if title else ""
    weak = "".join(f"<li>{prose(each)}</li>" for each in cautions(found))
    return (
        f"<header>{f'<p class=note>{prose(found.reading)}</p>' if found.reading else ''}"
        f'<p class="about">{name}{escaped(about[:1].upper() + about[1:])}</p>'
        f"<h1>{prose(first)}</h1>{f'<p class=lead>{prose(rest)}</p>' if rest else ''}"
        f"{f'<ul class=weak>{weak}</ul>' if weak else ''}</header>"
        f'<div class="axes">{"".join(_axis(found, each) for each in AXES)}</div>{_next(found)}'
    )


def pairs(found: Diagnosis) -> str:
    """Return the pairs that share a neuron, most significant first: how many in each run, in all, and by chance."""
    runs, every = found.carried.shape[0], len(found.pairs)
    if not every:
        return '<p class="note">No two features share a neuron in any run.</p>'
    shown = found.pairs[: max(LISTED, min(MOST, CELLS // runs))]
    much = max(max(each.counts) for each in shown)
    reach = max(max(each.observed, each.expected) for each in shown)
    columns = range(runs if runs > 1 else 0)
    names = ["Pair", *(f"{r}" for r in columns), "All" if runs > 1 else "Shared"]
    names += [*(["Opposed"] if has_signs(found) else []), "Chance", "Against chance", "q"]
    rows = [list(_pair(each, much, reach)) for each in shown]
    where = " in each run (by number) and in all" if runs > 1 else ""
    note = (
        f"Neurons that two features share{where}, beside what chance expects: the bar is what was found, the stroke "
        "what chance expects. Most significant pairs first; ● kin: they share more than chance, or start related."
    )
    note += f" {opposed_note(found)}" if has_signs(found) else ""
    if runs == 1:
        note += " One run cannot show what comes back: more seeds do."
    numeric = {*range(1, len(names) - 2), len(names) - 1}
    top = table(names, rows[:LISTED], numeric=numeric, style="pairs", label="Pairs by runs")
    rest = (
        f'<p class="note">{every - len(shown):,} more pairs are in the table "pairs".</p>' if every > len(shown) else ""
    )
    if len(rows) > LISTED:
        more = table(names, rows[LISTED:], numeric=numeric, style="pairs", label="More pairs by runs")
        rest = f"<details><summary>{len(rows) - LISTED} more pairs</summary>{more}</details>{rest}"
    return f'<p class="note">{note}</p>{top}{rest}'


def _verdict(found: Diagnosis) -> tuple[str, str]:
    """The verdict's first clause, and the rest of its sentence."""
    sentence, clauses = found.verdict.sentence, found.verdict.clauses
    if clauses and sentence.startswith(clauses[0]):
        return clauses[0], sentence[len(clauses[0]) :].strip()
    return sentence, ""


def _axis(found: Diagnosis, name: str) -> str:
    value, said = axis(found, name)
    estimate, meaning = getattr(found, name), AXES[name][1]
    if not isinstance(estimate, Estimate):
        return (
            f'<section class="axis none"><h3>{name}</h3><p><b>no answer</b> {prose(said)}</p>'
            f"<small>{prose(meaning)}</small></section>"
        )
    counted = estimate.level == 1  # bookkeeping: a bound, and no interval of a sample
    level = "" if counted or not said else f" ({estimate.level:.0%} interval)".replace("%", " %")
    scale = "" if counted and not estimate.value else _scale(estimate, f"{value} {said}")
    return (
        f'<section class="axis"><h3>{name}</h3><p><b>{escaped(value)}</b> {escaped(said)}{level}</p>{scale}'
        f"<small>{prose(meaning)}</small></section>"
    )


def _scale(estimate: Estimate, said: str) -> str:
    """The estimate as a point, and its interval as a band, on a line from nothing to all."""
    low, value, high = (100 * min(1.0, max(0.0, x)) for x in (estimate.lower, estimate.value, estimate.upper))
    if not np.isfinite([low, value, high]).all():
        return ""
    band, point = f"left:{low:.1f}%;width:{high - low:.1f}%", f"left:{value:.1f}%"
    marks = f'<i style="{band}"></i><b style="{point}"></b>'
    return f'<div class="scale" role="img" aria-label="{escaped(said)}">{marks}</div>'


def _next(found: Diagnosis) -> str:
    steps: Sequence[str] = list(next_steps(found, command=None))
    if not steps:
        return ""
    return f"<h2>What to do next</h2><ul>{''.join(f'<li>{prose(each)}</li>' for each in steps)}</ul>"


def _pair(each: SharedPair, much: int, reach: float) -> Iterator[str]:
    yield f"{'● ' if each.kin else ''}{escaped(each.first)} + {escaped(each.second)}"
    for count in each.counts if len(each.counts) > 1 else ():
        shade = DARKEST * count / max(much, 1)
        yield (
            f'<span class="count" style="background:rgba(0,114,178,{shade:.2f})">{escaped(count)}</span>'
            if count
            else ""
        )
    yield escaped(each.observed)
    if each.opposed is not None:
        yield escaped(each.opposed)
    yield brief(each.expected)
    found, chance = (100 * value / max(reach, 1e-12) for value in (each.observed, each.expected))
    yield f'<span class="against"><i style="width:{found:.0f}%"></i><b style="left:{chance:.0f}%"></b></span>'
    yield brief(each.q)
