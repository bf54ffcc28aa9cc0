"""What a reader could not make out on a matplotlib figure: series that look alike, texts that are cut or collide."""

from __future__ import annotations

from itertools import combinations

SLACK = 1.5
"""Pixels by which boxes of texts may leave the figure or meet: they are a little larger than the letters."""


def flaws(figure):
    """Say in sentences which series of a panel or legend look alike, and which texts leave the figure or collide."""
    drawn = texts(figure)
    return [*alike(figure), *outside(figure, drawn), *intruders(figure, drawn), *collisions(drawn)]


def legible(figure):
    """Assert that a figure has no flaw; return it."""
    found = flaws(figure)
    assert not found, "\n".join(found)
    return figure


def alike(figure):
    """Series of one panel, or entries of one legend, that differ by name but not by what is drawn."""
    groups = [list(zip(*axes.get_legend_handles_labels(), strict=True)) for axes in figure.axes]
    first = {name: handle for group in reversed(groups) for handle, name in reversed(group)}
    shared = [[text.get_text() for text in legend.get_texts()] for legend in figure.legends]
    groups += [[(first[name], name) for name in names] for names in shared]  # not the legend's copies of the handles
    found = []
    for group in groups:
        for (one, name), (other, second) in combinations(group, 2):
            if name != second and look(one) == look(other):
                found.append(f"{name!r} and {second!r} look alike: {look(one)}.")
    return list(dict.fromkeys(found))


def look(handle):
    """Colour and marker of a series; its dash too where it has no marker."""
    from matplotlib.colors import to_hex
    from matplotlib.container import Container

    first = handle[0] if isinstance(handle, Container) else handle
    if hasattr(first, "get_marker"):
        marker = str(first.get_marker())
        plain = marker in ("none", "None", "")
        return to_hex(first.get_color()), repr(first._unscaled_dash_pattern) if plain else marker
    color = first.get_facecolor()
    return to_hex(color[0] if getattr(color, "ndim", 1) > 1 else color), type(first).__name__


def texts(figure):
    """Every text that is drawn, with its box in pixels and the axes that it belongs to (None: the figure)."""
    from matplotlib.text import Text

    seen = []
    draw = Text.draw

    def note(self, renderer, *rest, **named):
        box = Text.get_window_extent(self, renderer)
        cut = self.get_clip_on() and self.clipbox is not None and not meet(box, self.clipbox)
        if self.get_visible() and self.get_text().strip() and not cut:
            seen.append((self, box))
        return draw(self, renderer, *rest, **named)

    Text.draw = note
    try:
        figure.draw_without_rendering()
    finally:
        Text.draw = draw
    owners = {id(each): axes for axes in figure.axes for each in axes.findobj(Text)}
    return [(each.get_text(), box, owners.get(id(each))) for each, box in seen]


def outside(figure, drawn):
    """Texts that leave the canvas."""
    width, height = figure.bbox.width, figure.bbox.height
    return [
        f"{text!r} leaves the figure."
        for text, box, _ in drawn
        if box.x0 < -SLACK or box.y0 < -SLACK or box.x1 > width + SLACK or box.y1 > height + SLACK
    ]


def intruders(figure, drawn):
    """Texts that lie on axes which they do not belong to."""
    return [
        f"{text!r} lies on the axes of a neighbour."
        for text, box, owner in drawn
        for axes in figure.axes
        if owner is not axes and meet(box, axes.get_window_extent())
    ]


def collisions(drawn):
    """Texts that lie on each other."""
    return [
        f"{first!r} and {second!r} lie on each other."
        for (first, one, _), (second, other, _) in combinations(drawn, 2)
        if meet(one, other)
    ]


def meet(one, other):
    """Whether two boxes share more than their edges."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    along = min(one.y1, other.y1) - max(one.y0, other.y0)
    return across > SLACK and along > SLACK
