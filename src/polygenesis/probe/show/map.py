"""The maps of a diagnosis: features by neurons of each run, drawn as squares. Blue is positive, vermillion negative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis.arrays import Booleans, Floats
from polygenesis.html import escaped
from polygenesis.numerals import counted
from polygenesis.probe.show.columns import line
from polygenesis.probe.show.order import Placed, feature_order, placed
from polygenesis.probe.show.wording import MARKS

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis

CELL, TOP = 13, 18
"""Pixels of one cell, and above the cells, where the marks of neurons stand."""

FAINT = 0.2
"""Strength, of the largest, below which a feature that is not carried leaves its cell empty."""

NAME, LONG_NAME = 22, 120
"""Letters of a feature's name beside the map, and under the pointer."""

TOLD = 3000
"""Squares of all maps together that say under the pointer what they are; more would make the page too large."""


def maps(found: Diagnosis) -> str:
    """Draw features by neurons of every run: area by strength, colour by sign, faint where nothing is carried."""
    features = feature_order(found)
    every = placed(found, features)
    if not any(each.neurons for each in every):
        return '<p class="note">No neuron carries a feature.</p>'
    largest = max(1e-12, *(float(np.abs(np.nan_to_num(found.strength[each.run][features])).max()) for each in every))
    cells = sum(int(np.count_nonzero(_carried(found, features, each))) for each in every)
    figures = "".join(_figure(found, features, each, largest, cells <= TOLD) for each in every)
    return f'<p class="note">{_legend(found, len(features), len(every))}</p><div class="maps">{figures}</div>'


def _legend(found: Diagnosis, features: int, runs: int) -> str:
    every, of = found.carried.shape[0], len(found.names)
    said = [f"All {counted(of, 'feature')}" if features == of else f"{features} of {counted(of, 'feature')}"]
    said[0] += ", those that share side by side" + (", in one order for all runs." if every > 1 else ".")
    if runs < every:
        said.append(f"The first {runs} of {every} runs.")
    size = "weight" if found.source == "weights" else "effect (from −1 to 1)"
    said += [
        "Neurons that carry two features or more come first, then neurons that carry one.",
        f'The area of a square is the {size}; <span class="plus">blue is positive</span>, '
        '<span class="minus">vermillion negative</span>; faint: not carried.',
    ]
    if any(each.kin for each in found.pairs):
        said.append("Outlined and joined by a line: features of kin pairs, which stand out.")
    said += [f"{sign} {mark}: {meaning}." for mark, (sign, meaning) in MARKS.items() if _marked(found, mark)]
    return " ".join(said)


def _marked(found: Diagnosis, mark: str) -> bool:
    return mark != "unknown" and any(each.mark == mark for each in found.shared)


def _carried(found: Diagnosis, features: Sequence[int], each: Placed) -> Booleans:
    return np.asarray(found.carried[each.run])[np.ix_(list(features), list(each.neurons))]


def _figure(found: Diagnosis, features: Sequence[int], each: Placed, largest: float, told: bool) -> str:
    runs, listed = found.carried.shape[0], [one for one in found.shared if one.run == each.run]
    count = sum(one.mark != "inseparable" for one in listed)
    said = f"{f'Run {each.run}: ' if runs > 1 else ''}{counted(count, 'neuron')} with two features or more"
    if count < len(listed):
        said += f", and {len(listed) - count} whose features these labels cannot tell apart"
    if each.shared < len(listed):
        size = "weights" if found.source == "weights" else "effects"
        some = "" if len(features) == len(found.names) else " of those that carry a feature shown"
        said += f"; shown are {each.shared}{some}, the ones with the largest sum of {size}"
    if not each.neurons:
        return f"<figure><figcaption>{said}: no neuron carries a feature.</figcaption></figure>"
    names = [found.names[i] for i in features]
    left = 10 + 6 * min(NAME, max(len(line(name)) for name in names))
    width, height = left + CELL * len(each.neurons) + 10, TOP + CELL * len(features) + 40
    inside = "".join(_drawn(found, features, each, largest, told, left))
    return (
        f'<figure><figcaption>{said}.</figcaption><div class="scroll"><svg width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{escaped(said)}">{inside}</svg></div></figure>'
    )


def _drawn(
    found: Diagnosis, features: Sequence[int], each: Placed, largest: float, told: bool, left: int
) -> Iterator[str]:
    chosen = np.ix_(list(features), list(each.neurons))
    strength, carried = np.nan_to_num(np.asarray(found.strength[each.run])[chosen]), _carried(found, features, each)
    size = np.abs(strength) / largest
    yield from _names(found, features, each, left)
    yield _squares("f p", ~carried & (size >= FAINT) & (strength > 0), size, left)
    yield _squares("f m", ~carried & (size >= FAINT) & (strength < 0), size, left)
    yield _lines(each, left)
    if not told:
        yield _squares("p", carried & (strength >= 0), size, left)
        yield _squares("m", carried & (strength < 0), size, left)
        return
    for row, column in np.argwhere(carried):
        value, name = float(strength[row, column]), _short(found.names[features[row]], LONG_NAME)
        x, y, side = _square(int(row), int(column), float(size[row, column]), left)
        kind = ("p" if value >= 0 else "m") + (" k" if each.kin[row, column] else "")
        yield (
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{side:g}" height="{side:g}">'
            f"<title>{escaped(name)}, neuron {each.neurons[column]}: {value:+.3f}</title></rect>"
        )


def _names(found: Diagnosis, features: Sequence[int], each: Placed, left: int) -> Iterator[str]:
    """Names of features at the left, marks above shared neurons, numbers of neurons below."""
    for row, i in enumerate(features):
        name, y = line(found.names[i]), TOP + CELL * row + 10
        full = f"<title>{escaped(_short(name, LONG_NAME))}</title>" if len(name) > NAME else ""
        yield f'<text x="{left - 5}" y="{y}" text-anchor="end">{escaped(_short(name, NAME))}{full}</text>'
    for column, k in enumerate(each.neurons):
        x = left + CELL * column + CELL // 2
        if column < each.shared and each.marks[column] != "unknown":
            sign = MARKS[each.marks[column]][0]
            yield f'<text x="{x}" y="12" text-anchor="middle">{sign}<title>{escaped(each.marks[column])}</title></text>'
        below = TOP + CELL * len(features) + 5
        yield f'<text transform="translate({x + 3},{below}) rotate(-90)" text-anchor="end">{k}</text>'
    if 0 < each.shared < len(each.neurons):
        x = left + CELL * each.shared
        yield f'<path class="edge" d="M{x} {TOP - 4}V{TOP + CELL * len(features) + 4}"/>'


def _squares(kind: str, where: Booleans, size: Floats, left: int) -> str:
    """Many squares as one path, which says nothing under the pointer and takes little room."""
    path = []
    for row, column in np.argwhere(where):
        x, y, side = _square(int(row), int(column), float(size[row, column]), left)
        path.append(f"M{x:g} {y:g}h{side:g}v{side:g}h-{side:g}z")
    return f'<path class="{kind}" d="{"".join(path)}"/>' if path else ""


def _lines(each: Placed, left: int) -> str:
    """A line through the features of a neuron that share more than chance."""
    path = []
    for column in range(len(each.neurons)):
        rows = np.flatnonzero(each.kin[:, column])
        if len(rows):
            x = left + CELL * column + CELL / 2
            path.append(f"M{x:g} {TOP + CELL * (rows[0] + 0.5):g}V{TOP + CELL * (rows[-1] + 0.5):g}")
    return f'<path class="j" d="{"".join(path)}"/>' if path else ""


def _square(row: int, column: int, size: float, left: int) -> tuple[float, float, float]:
    side = round((CELL - 1) * min(size, 1.0) ** 0.5, 1)
    return round(left + CELL * column + (CELL - side) / 2, 1), round(TOP + CELL * row + (CELL - side) / 2, 1), side


def _short(name: str, most: int) -> str:
    whole = line(name)
    return whole if len(whole) <= most else whole[: most - 1] + "…"
