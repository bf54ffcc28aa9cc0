"""A diagnosis as one HTML page that needs no network: verdict first, then tests, map, neurons."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from polygenesis.probe.views import headline, number

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis

MAPPED = 80
"""Neurons on the map: the shared ones first, then those with the strongest feature."""

LISTED = 20
"""Shared neurons that are listed; the rest are folded."""

CELL = 13
"""Pixels of one cell of the map."""


def page(found: Diagnosis) -> str:
    """Return the whole page."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Diagnosis of shared neurons</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>body{{margin:0}}</style></head><body>{body(found)}</body></html>\n"
    )


def body(found: Diagnosis) -> str:
    """Return the page's content with its style, which is also what a notebook shows."""
    verdict = found.verdict
    notes = "".join(f'<p class="note">{_text(each)}</p>' for each in (*verdict.cautions, *found.notes))
    parts = [
        f"<style>{_style()}</style><div class='pg'><h1>{_text(headline(found))}</h1>",
        f'<p class="verdict">{_text(verdict.sentence)}</p>{_bar(found)}{notes}',
        f"<h2>Evidence</h2>{_evidence(found)}",
        f"<h2>Not possible with what was given</h2>{_missing(found)}" if found.missing else "",
        f"<h2>Neurons and features</h2>{_map(found)}",
        f"<h2>Shared neurons</h2>{_neurons(found)}" if found.shared else "",
        f"<h2>How the answer moves with the threshold</h2>{_thresholds(found)}" if found.sensitivity else "",
        f"<h2>What can be undone</h2><ul>{_items(found.advice())}</ul>" if found.splits and found.advice() else "",
        "</div>",
    ]
    return "".join(parts)


def _bar(found: Diagnosis) -> str:
    if not found.shared:
        return ""
    shares = (("forced", found.verdict.forced), ("made", found.verdict.structured), ("other", found.verdict.rest))
    bars = "".join(f'<i class="{name}" style="width:{100 * share:.1f}%"></i>' for name, share in shares)
    said = f"forced {shares[0][1]:.0%}, structured at least {shares[1][1]:.0%}, other {shares[2][1]:.0%}"
    return f'<div class="bar" role="img" aria-label="{said}">{bars}</div>'


def _evidence(found: Diagnosis) -> str:
    rows = [
        f"<tr><th scope='row'>{_text(e.test)}</th><td class='n'>{number(e.statistic)}</td><td>{_text(e.null)}</td>"
        f"<td class='n'>{number(e.p_value)}</td><td class='n'>{number(e.effect)}</td><td>{_text(e.sentence)}</td></tr>"
        for e in found.evidence
    ]
    return _table(("Test", "Statistic", "Null", "p", "Effect", "What it says"), rows)


def _missing(found: Diagnosis) -> str:
    rows = [
        f"<tr><th scope='row'>{_text(e.test)}</th><td>{_text(e.reason)}</td><td>{_text(e.supply)}</td></tr>"
        for e in found.missing
    ]
    return _table(("Test", "Why not", "What to supply"), rows)


def _neurons(found: Diagnosis) -> str:
    seen = any(each.examples for each in found.shared)
    rows = [
        f"<tr><td class='n'>{each.run}</td><td class='n'>{each.neuron}</td><td>"
        + ", ".join(f"{_text(f)} ({v:+.2f})" for f, v in zip(each.features, each.strengths, strict=True))
        + (f"</td><td>{_text(', '.join(each.examples))}</td></tr>" if seen else "</td></tr>")
        for each in found.shared
    ]
    names = ("Run", "Neuron", "Features", "Samples with the highest activation")[: 4 if seen else 3]
    table = _table(names, rows[:LISTED])
    if len(rows) <= LISTED:
        return table
    return f"{table}<details><summary>{len(rows) - LISTED} more</summary>{_table(names, rows[LISTED:])}</details>"


def _thresholds(found: Diagnosis) -> str:
    names = tuple(found.sensitivity[0])
    rows = [
        "<tr>" + "".join(f"<td class='n'>{number(row[name])}</td>" for name in names) + "</tr>"
        for row in found.sensitivity
    ]
    return _table(names, rows)


def _map(found: Diagnosis) -> str:
    """Draw features by neurons of the first run: area by strength, colour by sign."""
    strength = np.asarray(found.strength, dtype=np.float64)
    size = np.abs(strength) / max(float(np.abs(strength).max()), 1e-12)
    first = [each.neuron for each in found.shared if each.run == 0]
    rest = [int(k) for k in np.argsort(-size.max(axis=0), kind="stable") if int(k) not in set(first)]
    neurons = (first + rest)[:MAPPED]
    left = 8 + 6 * min(24, max(map(len, found.names)))
    width, height = left + CELL * len(neurons) + 8, CELL * len(found.names) + 40
    cells = [
        f'<text transform="translate({left + CELL * column + 10},{20 + CELL * len(found.names)}) rotate(-90)" '
        f'text-anchor="end">{neuron}</text>'
        for column, neuron in enumerate(neurons)
    ]
    for row, name in enumerate(found.names):
        y = 14 + CELL * row
        cells.append(f'<text x="{left - 5}" y="{y + 10}" text-anchor="end">{_text(name[:24])}</text>')
        for column, neuron in enumerate(neurons):
            side = (CELL - 1) * float(size[row, neuron]) ** 0.5
            if size[row, neuron] < 0.05:
                continue
            x = left + CELL * column
            kind = "p" if strength[row, neuron] > 0 else "m"
            said = f"{_text(name)}, neuron {neuron}: {strength[row, neuron]:+.3f}"
            cells.append(
                f'<rect class="{kind}" x="{x + (CELL - side) / 2:.1f}" y="{y + (CELL - side) / 2:.1f}" '
                f'width="{side:.1f}" height="{side:.1f}"><title>{said}</title></rect>'
            )
    shown = f"{len(neurons)} of {strength.shape[1]} neurons of the first run, shared ones first"
    return (
        f'<p class="note">{shown}; the area of a square is the strength, its colour the sign; neurons below.</p>'
        '<div class="scroll">'
        f'<svg width="{width}" height="{height}" role="img" aria-label="{shown}">{"".join(cells)}</svg></div>'
    )


def _table(names: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f"<th scope='col'>{_text(name)}</th>" for name in names)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _items(texts: Iterable[str]) -> str:
    return "".join(f"<li>{_text(each)}</li>" for each in texts)


def _style() -> str:
    return resources.files("polygenesis.probe").joinpath("page.css").read_text(encoding="utf-8")


def _text(text: str) -> str:
    """Escape a text; `backticks` become code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(str(text)))
