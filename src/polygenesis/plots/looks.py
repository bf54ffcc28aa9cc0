"""Which colour, marker and dash each series of a chart has: one name looks the same in all panels, two names differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from polygenesis.plots.panels import Bars, Matrix, Panel, Part, Series
from polygenesis.plots.style import CYCLE, DASHES, LOOKS, MARKERS, Look, look


def looks(panels: Sequence[Panel]) -> list[list[Look]]:
    """Return the look of each series or part, panel by panel (none for a matrix).

    A role or an own colour comes first. All other names take the colours of the cycle that are left, in order, each
    with a marker of its own; names beyond the cycle repeat its colours with other markers and dashes.

    >>> from polygenesis import plots
    >>> one, other = (plots.panel([plots.series(name, [1, 2], [1, 2])], x="x", y=name) for name in ("loss", "norm"))
    >>> [each.marker for each in sum(looks([one, other]), [])]
    ['circle', 'square']
    """
    shown = [_entries(panel) for panel in panels]
    fixed = [_fixed(each) for entries in shown for each in entries]
    spare = _spares([each for each in fixed if each is not None])
    named: dict[str, Look] = {}
    return [[_look(each, named, spare) for each in entries] for entries in shown]


def _entries(panel: Panel) -> Sequence[Series | Part]:
    if isinstance(panel, Matrix):
        return ()
    return panel.parts if isinstance(panel, Bars) else panel.series


def _fixed(each: Series | Part) -> Look | None:
    """The look that a role or an own colour settles, as far as it does."""
    known = look(each.role) if each.role is not None else LOOKS.get(each.name)
    if each.color is None:
        return known
    base = known or Look(each.color)
    return Look(each.color, base.marker, base.dash, base.width)


def _look(each: Series | Part, named: dict[str, Look], spare: Iterator[Look]) -> Look:
    fixed = _fixed(each)
    if fixed is not None:
        marker = each.marker if isinstance(each, Series) else None
        return Look(fixed.color, marker or fixed.marker, fixed.dash, fixed.width)
    if each.name not in named:
        found = next(spare)
        line = isinstance(each, Series) and each.style == "line"
        named[each.name] = found if line else Look(found.color, found.marker)
    return named[each.name]


def _spares(taken: Sequence[Look]) -> Iterator[Look]:
    """Looks for names without a fixed one: colours that nothing else has come first."""
    free = [color for color in CYCLE if color not in {each.color for each in taken}]
    used = {(each.color, each.marker) for each in taken}
    markers, dashes = list(MARKERS), list(DASHES)
    turn = 0
    while True:
        for k, color in enumerate(free if turn == 0 else CYCLE):
            marker = markers[(k + turn) % len(markers)]
            if (color, marker) not in used:
                used.add((color, marker))
                yield Look(color, marker, dashes[(k + turn) % len(dashes)])
        turn += 1
