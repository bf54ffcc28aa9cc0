"""Figures show names as they are: no markup of Plotly's, no mathematics of matplotlib's."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from matplotlib.text import Text

from hostile_texts import EVERY, TEXTS, one_line, tagged
from polygenesis import plots
from polygenesis.html import shell, visible
from polygenesis.plots.panels import Axis, Bars, Curves, Level, Matrix, Part
from polygenesis.report.figures import plotly_script


def hostile_chart(index):
    """A chart of every kind of panel, with one of the texts in every name."""
    say = functools.partial(tagged, index=index)
    curves = Curves(
        Axis(say("x")), Axis(say("y")),
        (plots.series(say("series"), [1.0, 2.0], [1.0, 2.0]), plots.series(say("other"), [1.0, 2.0], [2.0, 1.0])),
        title=say("curves"), levels=(Level(say("level"), 1.5),),
    )  # fmt: skip
    bars = Bars(
        (say("bar"), "b"),
        (Part(say("part"), np.ones(2)), Part("q", np.ones(2))),
        Axis(say("values")),
        title=say("bars"),
    )
    matrix = Matrix(
        np.eye(2), say("wide"), say("high"), say("quantity"), 1.0, rows=(say("row"), "b"), columns=("1", "2"),
        title=say("matrix"),
    )  # fmt: skip
    return plots.Chart((matrix, curves, bars), height=9.0, stacked=True, alt=say("alt"), note=say("note"))


DRAWN = (
    "x",
    "y",
    "series",
    "other",
    "curves",
    "level",
    "bar",
    "part",
    "values",
    "bars",
    "wide",
    "high",
    "quantity",
    "row",
    "matrix",
    "note",
)


def test_interactive_figures_run_nothing_and_show_names_as_they_are(hostile, tmp_path):
    divs = "".join(f'<div id="p{index}"></div>' for index in EVERY)
    drawn = [f"Plotly.newPlot('p{i}', ...Object.values({hostile_chart(i).interactive().to_json()}));" for i in EVERY]
    draw = "".join(drawn).replace("<", "\\u003c")
    hostile.show(shell("figures", divs, scripts=[plotly_script(), draw]), tmp_path)
    hostile.page.wait_for_function(f"document.querySelectorAll('.infolayer .g-xtitle').length >= {len(TEXTS)}")
    hostile.found([tagged(place, index) for place in DRAWN for index in EVERY], scripts=2)


@pytest.mark.filterwarnings("ignore:constrained_layout not applied")
@pytest.mark.parametrize("index", [8, 9, 11])
def test_figures_for_paper_show_names_as_they_are(index):
    drawn = hostile_chart(index).draw()
    drawn.canvas.draw()
    said = [each.get_text() for each in drawn.findobj(Text)]
    shown = " | ".join(one_line(each.replace(r"\$", "$")) for each in said)
    assert [place for place in DRAWN if one_line(visible(tagged(place, index))) not in shown] == []


@pytest.mark.parametrize("text", ["$x^2$", "$", r"\$x$", "_hidden", "$\\frac{h}$ $"])
def test_no_text_is_mathematics_or_left_out_of_the_legend(text):
    curves = [plots.series(text, [1, 2], [1.0, 2.0]), plots.series("b", [1, 2], [2.0, 1.0])]
    figure = plots.chart(curves, x="x", y="y").draw()
    figure.canvas.draw()
    (legend,) = figure.legends
    first = legend.get_texts()[0]
    shown, mathematics = first._preprocess_math(first.get_text())
    assert (shown.strip(), mathematics) == (text, False)
