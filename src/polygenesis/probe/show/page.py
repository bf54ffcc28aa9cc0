"""A diagnosis as one HTML page that needs no network: the answer, the pictures, the evidence, what makes it replay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from polygenesis.html import asset, escaped, palette, prose, shell, table
from polygenesis.probe.show.answer import answer, pairs
from polygenesis.probe.show.map import maps
from polygenesis.probe.show.next_steps import supply
from polygenesis.probe.show.wording import MARKS, number, numbers, record, signs_note

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis
    from polygenesis.probe.judging.sharing import SharedNeuron

TITLE = "Diagnosis of shared neurons"

LISTED, MOST = 20, 200
"""Shared neurons that are listed, and that are listed or folded; the table "neuron" holds all."""

FEATURES = 12
"""Features of a neuron that are listed."""

COUNTED = "Number and effective number of features (inverse participation ratio of the effects)"
PURE = (
    "; purity: the largest share of the 20 samples with the highest activation that has one of the features; p: that "
    "the neuron carries more than one feature, against the null that besides one feature its activation does not "
    "depend on the labels."
)
"""What the columns of numbers are."""


def page(found: Diagnosis, title: str | None = None) -> str:
    """Return the whole page."""
    styles = [palette(), "body{margin:0;background:var(--paper)}", _style()]
    return shell(title or TITLE, _content(found, title), styles=styles)


def body(found: Diagnosis, title: str | None = None) -> str:
    """Return the page's content with a style of its own that leaves what is around it alone, for a notebook."""
    return f"<style>{palette('.pg')}{_style()}</style>{_content(found, title)}"


def _content(found: Diagnosis, title: str | None) -> str:
    parts = [
        ("", answer(found, title)),
        (f"Who shares with whom{', seed by seed' if found.carried.shape[0] > 1 else ''}", pairs(found)),
        ("Neurons and features", maps(found)),
        ("Shared neurons", _neurons(found) if found.shared else ""),
        ("Evidence", _evidence(found) if found.evidence else ""),
        ("What was not possible", _missing(found) if found.missing else ""),
        ("How the answer moves with the threshold", _thresholds(found) if found.sensitivity else ""),
        ("What can be undone", _items(found.advice())),
        ("Notes", _items(found.notes)),
        ("", _replay(found)),
    ]
    sections = (f"<h2>{name}</h2>{part}" if name else part for name, part in parts if part)
    return f"<div class='pg'>{''.join(sections)}</div>"


def _evidence(found: Diagnosis) -> str:
    names = ("Test", "Statistic", "Null", "p", "Effect", "What it says")
    rows = [
        (
            *(escaped(each.test), number(each.statistic), escaped(each.null)),
            *(number(each.p_value), number(each.effect), prose(each.sentence)),
        )
        for each in found.evidence
    ]
    return table(names, rows, numeric=(1, 3, 4), style="data fold", folding=True, label="Evidence")


def _missing(found: Diagnosis) -> str:
    rows = [(escaped(gap.test), prose(gap.reason), prose(supply(gap, found, command=None))) for gap in found.missing]
    names = ("Test", "Why not", "What to supply")
    return table(names, rows, style="data fold", folding=True, label="What was not possible")


def _neurons(found: Diagnosis) -> str:
    """The shared neurons, of each run in turn those that carry most; samples that have one of the features are bold."""
    several, seen = found.carried.shape[0] > 1, any(each.examples for each in found.shared)
    marked = any(each.mark != "unknown" for each in found.shared)
    measure = "weight" if found.source == "weights" else "effect"
    alone = any(value == value for each in found.shared for value in each.conditional)
    names = [*(["Run"] if several else []), "Neuron", *(["Mark"] if marked else []), f"Features ({measure})"]
    names += ["Number", "Effective", *(["Purity", "p"] if seen else [])]
    names += ["Samples with the highest activation"] if seen else []
    rows = [list(_neuron(each, several, marked, seen)) for each in _in_turn(found)]
    notes = ["Of each run, those that carry most come first."]
    notes += ["In brackets: how well the feature is told among samples without the others (AUROC)."] if alone else []
    down = any(value < 0.5 for each in found.shared for value in each.conditional)
    notes += ["Below ½ it is told downwards: the neuron falls with the feature."] if down else []
    notes += [signs_note(found)] if signs_note(found) else []
    notes += (
        ["Samples that have one of the features are bold: where few are, it answers to what has no label."]
        if seen
        else []
    )
    unnamed = seen and bool(found.record) and "examples" not in found.record.get("given", ())
    notes += ["Samples are numbered in their order: give them names with `examples=` in Python."] if unnamed else []
    notes += [f"{COUNTED}{PURE if seen else '.'}"]
    first = names.index("Number")
    numeric = [*range(1 + several), *range(first, first + (4 if seen else 2))]
    shown = table(names, rows[:LISTED], numeric=numeric, style="data fold", folding=True, label="Shared neurons")
    if len(rows) > LISTED:
        rest = table(
            names, rows[LISTED:], numeric=numeric, style="data fold", folding=True, label="More shared neurons"
        )
        shown += f"<details><summary>{len(rows) - LISTED} more neurons</summary>{rest}</details>"
    if len(found.shared) > len(rows):
        shown += f'<p class="note">{len(found.shared) - len(rows):,} more are in the table "neuron".</p>'
    return f'<p class="note">{prose(" ".join(notes))}</p>{shown}'


def _in_turn(found: Diagnosis) -> list[SharedNeuron]:
    """The first shared neurons of every run, one run after another, in the order of runs."""
    by_run: dict[int, list[SharedNeuron]] = defaultdict(list)
    for each in found.shared:
        by_run[each.run].append(each)
    turns = chain.from_iterable(zip_longest(*by_run.values()))
    chosen = [each for each in turns if each is not None][:MOST]
    return sorted(chosen, key=lambda each: each.run)


def _neuron(each: SharedNeuron, several: bool, marked: bool, seen: bool) -> Iterator[str]:
    if several:
        yield escaped(each.run)
    copies = f" <small>copies: {escaped(', '.join(map(str, each.copies)))}</small>" if each.copies else ""
    yield f"{escaped(each.neuron)}{copies}"
    if marked:
        yield f"{MARKS[each.mark][0]} {escaped(each.mark)}"
    areas = each.conditional or (float("nan"),) * len(each.features)  # none of what labels cannot tell apart
    alone = [f" <small>({_told(value)})</small>" if value == value else "" for value in areas]
    features = list(zip(each.features, each.strengths, alone, strict=True))
    rest = f", and {len(features) - FEATURES} more" if len(features) > FEATURES else ""
    yield ", ".join(f"{escaped(name)} {value:+.2f}{more}" for name, value, more in features[:FEATURES]) + rest
    count, *known = numbers(each)
    yield str(count)
    yield from map(number, known if seen else known[:1])
    if seen:
        told = each.told or (False,) * len(each.examples)
        samples = zip(each.examples, told, strict=True)
        yield "; ".join(f"<b>{escaped(name)}</b>" if bold else escaped(name) for name, bold in samples)


def _told(area: float) -> str:
    """An AUROC; below ½ the feature is told by lower activations."""
    return f"{area:.2f}, told downwards" if area < 0.5 else f"{area:.2f}"


def _thresholds(found: Diagnosis) -> str:
    names = list(dict.fromkeys(name for row in found.sensitivity for name in row))
    rows = [[escaped(number(row.get(name))) for name in names] for row in found.sensitivity]
    words = {at for at, name in enumerate(names) if any(isinstance(row.get(name), str) for row in found.sensitivity)}
    numeric = set(range(len(names))) - words
    return table(names, rows, numeric=numeric, style="data fold", folding=True, label="Thresholds")


def _items(texts: tuple[str, ...]) -> str:
    return f"<ul>{''.join(f'<li>{prose(each)}</li>' for each in texts)}</ul>" if texts else ""


def _replay(found: Diagnosis) -> str:
    """What the diagnosis was made of: the same inputs, seed and versions give the same numbers."""
    rows = [(escaped(name), f"<code>{escaped(value)}</code>") for name, value in record(found)]
    if not rows:
        return ""
    listed = table(("What", "Value"), rows, label="Replay")
    said = '<p class="note">The same call with the same inputs gives the same numbers.</p>'
    return f"<details><summary>Replay</summary>{said}{listed}</details>"


def _style() -> str:
    return asset("polygenesis.probe.show", "page.css")
