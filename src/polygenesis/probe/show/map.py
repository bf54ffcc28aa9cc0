"""The map of a diagnosis: features by neurons, drawn as squares."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from polygenesis.arrays import Booleans, Floats, Integers
    from polygenesis.probe.diagnosis import Diagnosis

MAPPED = 80
"""Neurons on the map: the shared ones that carry most first, then those with the strongest feature."""

CELL = 13
"""Pixels of one cell."""

FAINT = 0.2
"""Strength, of the largest, below which a cell stays empty."""

NAME = 24
"""Letters of a feature's name that are shown; the rest appears when a square is pointed at."""


def neuron_map(found: Diagnosis) -> str:
    """Draw features by neurons of the first run: area by strength, colour by sign, faint where nothing is carried."""
    strength = np.asarray(found.strength, dtype=np.float64)
    size = np.abs(strength) / max(float(np.abs(strength).max()), 1e-12)
    carried = np.asarray(found.carried)[0]
    neurons, features = _neurons(found, size), _features(carried)
    left = 8 + 6 * min(NAME, max(len(found.names[i]) for i in features))
    cells = [_neuron_name(k, left + CELL * column, CELL * len(features)) for column, k in enumerate(neurons)]
    for row, i in enumerate(features):
        name, y = found.names[i], 14 + CELL * row
        cells.append(f'<text x="{left - 5}" y="{y + 10}" text-anchor="end">{escaped(name[:NAME])}</text>')
        for column, k in enumerate(neurons):
            if size[i, k] >= FAINT or carried[i, k]:
                said = f"{escaped(name)}, neuron {k}: {strength[i, k]:+.3f}"
                x = left + CELL * column
                cells.append(_square(x, y, float(size[i, k]), strength[i, k] > 0, bool(carried[i, k]), said))
    shown, note = _caption(found, len(neurons), len(features))
    width, height = left + CELL * len(neurons) + 8, CELL * len(features) + 44
    return (
        f'<p class="note">{shown}{note}</p><div class="scroll">'
        f'<svg width="{width}" height="{height}" role="img" aria-label="{shown}">{"".join(cells)}</svg></div>'
    )


def escaped(text: str) -> str:
    """Escape a text; `backticks` become code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(str(text)))


def _neurons(found: Diagnosis, size: Floats) -> list[int]:
    first = [each.neuron for each in found.shared if each.run == 0]
    known = set(first)
    rest = [int(k) for k in np.argsort(-size.max(axis=0), kind="stable") if int(k) not in known]
    return (first + rest)[:MAPPED]


def _features(carried: Booleans) -> Integers:
    """Those that some neuron carries, or all where none is."""
    some = np.flatnonzero(carried.any(axis=1))
    return some if len(some) else np.arange(len(carried))


def _caption(found: Diagnosis, neurons: int, features: int) -> tuple[str, str]:
    run = " of the first run" if len(found.census.polysemantic) > 1 else ""
    every = found.strength.shape
    shown = f"{neurons} of {every[1]} neurons{run}, those that carry most first, and {features} of {every[0]} features"
    area = "the weight" if found.source == "weights" else "the effect (the AUROC from −1 to 1)"
    if found.measure not in ("weight", "AUROC"):
        area = "the effect"
    note = f" that some neuron carries. The area of a square is {area}, its colour the sign; faint: not carried."
    return shown, note


def _neuron_name(neuron: int, x: int, below: int) -> str:
    return f'<text transform="translate({x + 10},{20 + below}) rotate(-90)" text-anchor="end">{neuron}</text>'


def _square(x: int, y: int, size: float, positive: bool, carried: bool, said: str) -> str:
    side = (CELL - 1) * size**0.5
    kind = ("p" if positive else "m") + ("" if carried else " f")
    return (
        f'<rect class="{kind}" x="{x + (CELL - side) / 2:.1f}" y="{y + (CELL - side) / 2:.1f}" '
        f'width="{side:.1f}" height="{side:.1f}"><title>{said}</title></rect>'
    )
