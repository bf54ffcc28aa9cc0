"""A diagnosis as one HTML page that needs no network: verdict first, then tests, map, neurons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from importlib import resources
from typing import TYPE_CHECKING

from polygenesis.probe.show.map import escaped, neuron_map
from polygenesis.probe.show.text import headline, number

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis, SharedNeuron

LISTED = 20
"""Shared neurons that are listed; the rest are folded."""


def page(found: Diagnosis, title: str | None = None) -> str:
    """Return the whole page."""
    name = escaped(title or "Diagnosis of shared neurons")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>body{{margin:0}}</style></head><body>{body(found, title)}</body></html>\n"
    )


def body(found: Diagnosis, title: str | None = None) -> str:
    """Return the page's content with its style, which is also what a notebook shows."""
    verdict = found.verdict
    notes = "".join(f'<p class="note">{escaped(each)}</p>' for each in (*verdict.cautions, *found.notes))
    said = escaped(headline(found))
    parts = [
        f"<style>{_style()}</style><div class='pg'>",
        f"<h1>{said}</h1>" if title is None else f"<h1>{escaped(title)}</h1><p>{said}.</p>",
        f'<p class="verdict">{escaped(verdict.sentence)}</p>{_bar(found)}{notes}',
        f"<h2>Evidence</h2>{_evidence(found)}",
        f"<h2>Not possible with what was given</h2>{_missing(found)}" if found.missing else "",
        f"<h2>Neurons and features</h2>{neuron_map(found)}",
        f"<h2>Shared neurons</h2>{_neurons(found)}" if found.shared else "",
        f"<h2>How the answer moves with the threshold</h2>{_thresholds(found)}" if found.sensitivity else "",
        f"<h2>What can be undone</h2><ul>{_items(found.advice())}</ul>" if found.advice() else "",
        "</div>",
    ]
    return "".join(parts)


def _bar(found: Diagnosis) -> str:
    """The mix as a bar with its legend."""
    if not found.shared:
        return ""
    verdict = found.verdict
    shares = (
        ("forced", verdict.forced, "forced"),
        ("made", verdict.structured, "structured, at least"),
        ("other", verdict.rest, "other"),
    )
    bars = "".join(f'<i class="{name}" style="width:{100 * share:.1f}%"></i>' for name, share, _ in shares)
    legend = "".join(f'<span><i class="{name}"></i>{said} {share:.0%}</span>' for name, share, said in shares)
    return f'<div class="bar" aria-hidden="true">{bars}</div><p class="legend">{legend}</p>'


def _evidence(found: Diagnosis) -> str:
    names = ("Test", "Statistic", "Null", "p", "Effect", "What it says")
    rows = [
        (e.test, number(e.statistic), e.null, number(e.p_value), number(e.effect), e.sentence) for e in found.evidence
    ]
    return _table(names, [[escaped(each) for each in row] for row in rows], numeric=(1, 3, 4))


def _missing(found: Diagnosis) -> str:
    rows = [[escaped(each) for each in (e.test, e.reason, e.supply)] for e in found.missing]
    return _table(("Test", "Why not", "What to supply"), rows)


def _neurons(found: Diagnosis) -> str:
    """The shared neurons; samples that have one of the features are bold, neurons of strangers are marked."""
    several = len(found.census.polysemantic) > 1
    seen = any(each.examples for each in found.shared)
    told = any(each.mixed is not None for each in found.shared)
    form = "+.2f" if found.source == "weights" else ".2f"
    rows = []
    for each in found.shared:
        carried = (f"{escaped(f)} ({v:{form}})" for f, v in zip(each.features, each.strengths, strict=True))
        row = [str(each.run)] if several else []
        row += [str(each.neuron), ", ".join(carried)]
        row += [{True: "yes", False: "no", None: ""}[each.mixed]] if told else []
        row += [_examples(each)] if seen else []
        rows.append(row)
    optional = ((told, "Mixes strangers"), (seen, "Samples with the highest activation"))
    names = [*(["Run"] if several else []), "Neuron", f"Features ({found.measure})"]
    names += [name for shown, name in optional if shown]
    numeric = (0, 1) if several else (0,)
    notes = "Of each run, those that carry most come first."
    if told:
        notes += " Strangers are features that share no more neurons than by chance."
    if seen:
        notes += " Samples that have one of the features are bold: where few are, it answers to what has no label."
    table = f'<p class="note">{notes}</p>{_table(names, rows[:LISTED], numeric=numeric)}'
    if len(rows) <= LISTED:
        return table
    rest = _table(names, rows[LISTED:], numeric=numeric)
    return f"{table}<details><summary>{len(rows) - LISTED} more</summary>{rest}</details>"


def _examples(each: SharedNeuron) -> str:
    marks = each.told or (False,) * len(each.examples)
    return "; ".join(
        f"<b>{escaped(name)}</b>" if mark else escaped(name) for name, mark in zip(each.examples, marks, strict=True)
    )


def _thresholds(found: Diagnosis) -> str:
    names = tuple(found.sensitivity[0])
    rows = [[number(row[name]) for name in names] for row in found.sensitivity]
    return _table(names, rows, numeric=range(len(names)))


def _table(names: Sequence[str], rows: Iterable[Sequence[str]], *, numeric: Collection[int] = ()) -> str:
    """A table of escaped cells; on a narrow screen each cell says its column."""
    marks = [' class="n"' if at in numeric else "" for at in range(len(names))]
    head = "".join(f'<th scope="col"{mark}>{escaped(name)}</th>' for name, mark in zip(names, marks, strict=True))
    body = "".join(
        "<tr>"
        + "".join(
            f'<td{mark} data-name="{escaped(name)}">{cell}</td>'
            for name, mark, cell in zip(names, marks, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _items(texts: Iterable[str]) -> str:
    return "".join(f"<li>{escaped(each)}</li>" for each in texts)


def _style() -> str:
    return resources.files("polygenesis.probe.show").joinpath("page.css").read_text(encoding="utf-8")
