"""Charts as values: arrays, labels and scales, drawn by matplotlib for files and by Plotly for the page.

A :class:`Chart` is a row of panels (``panels``); the modules beside this one build the charts that studies need.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from polygenesis.plots.panels import PIXELS, Bars, Panel
from polygenesis.plots.style import COLUMN, PAGE

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as PlotlyFigure


@dataclass(frozen=True, eq=False, repr=False)
class Chart:
    """A row of panels that can be drawn for print or for the page.

    ``height``: in inches, of the whole figure; ``alt``: what the figure shows, for a reader who cannot see it.
    ``stacked``: the panels stand below each other, each as wide as the page. ``note``: what holds for all series, as a
    line above their names.
    """

    panels: tuple[Panel, ...]
    height: float = 2.7
    alt: str = ""
    stacked: bool = False
    note: str = ""

    @property
    def grid(self) -> tuple[int, int]:
        """How many rows and columns of panels there are."""
        return (len(self.panels), 1) if self.stacked else (1, len(self.panels))

    @property
    def names_once(self) -> bool:
        """Whether panels of bars side by side have the same categories, whose names the first panel shows for all."""
        named = [each.categories for each in self.panels if isinstance(each, Bars)]
        return not self.stacked and len(named) == len(self.panels) and len(set(named)) == 1

    @property
    def width(self) -> float:
        """The width in inches: a column for one panel, the page for more."""
        return COLUMN * 1.25 if len(self.panels) == 1 and not self.stacked else PAGE

    def draw(self) -> Figure:
        """Draw with matplotlib, in the paper's style."""
        from polygenesis.plots.drawing import draw

        return draw(self)

    def save(self, path: str | Path) -> Path:
        """Write the figure and return the path.

        Args:
            path: ends in .pdf, .svg or .png, which decides the format; an older file is replaced.

        Raises:
            polygenesis.InputError: for another end.
            polygenesis.StoreError: where it cannot be written.
        """
        from polygenesis.plots.style import save_figure

        return save_figure(self.draw, path)

    def __repr__(self) -> str:
        """Say what is on the figure; a notebook shows the figure itself."""
        number = f"{len(self.panels)} panels" if len(self.panels) > 1 else "1 panel"
        return f"Chart: {number} of {'; '.join(each.summary for each in self.panels)}"

    @cached_property
    def _png(self) -> bytes:
        """The figure for a screen, drawn once."""
        from polygenesis.plots.style import SCREEN, encode

        return encode(self.draw(), "png", dpi=SCREEN)

    def _repr_png_(self) -> bytes:
        """The figure, for programs that show no HTML."""
        return self._png

    def _repr_html_(self) -> str:
        """The figure as a notebook shows it, as wide as its column, with its alternative text."""
        from polygenesis.html import picture

        return picture(self._png, self.alt or repr(self), width=round(self.width * PIXELS))

    def interactive(self) -> PlotlyFigure:
        """Draw with Plotly, for the report's page or a notebook."""
        from polygenesis.plots.interactive import interactive

        return interactive(self)
