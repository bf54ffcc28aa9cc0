"""Plots *draw*: arrays in, figures out. No science here.

A chart is a value made of arrays; ``chart.draw()`` gives a matplotlib figure in the paper's style and
``chart.interactive()`` a Plotly figure from the same numbers.

>>> from polygenesis import plots
>>> chart = plots.chart([plots.series("gradient flow", [256, 512], [81.4, 33.9])], x="neurons m", y="count", log="xy")
>>> chart.draw().axes[0].get_xlabel()
'neurons m'
"""

from __future__ import annotations

from polygenesis.plots.allocation import Allocation, allocation, allocation_strip
from polygenesis.plots.census import bars, rates, shares, threshold_sensitivity
from polygenesis.plots.chart import Chart
from polygenesis.plots.curves import chart, panel, power_law, row, side_by_side
from polygenesis.plots.kinds import collisions, collisions_between
from polygenesis.plots.matrices import matrix, overlaps, start_end
from polygenesis.plots.norms import fourth_norms, sparsification
from polygenesis.plots.owners import weights
from polygenesis.plots.panels import Axis, Bars, Curves, Level, Marks, Matrix, Part, Series, series
from polygenesis.plots.races import race
from polygenesis.plots.sharing import MOST_PAIRS, neuron_map, pairs
from polygenesis.plots.style import COLUMN, LOOKS, PAGE, Look, encode, encode_all, look, paper, ramp, save
from polygenesis.plots.tables import counts

__all__ = [
    "COLUMN",
    "LOOKS",
    "MOST_PAIRS",
    "PAGE",
    "Allocation",
    "Axis",
    "Bars",
    "Chart",
    "Curves",
    "Level",
    "Look",
    "Marks",
    "Matrix",
    "Part",
    "Series",
    "allocation",
    "allocation_strip",
    "bars",
    "chart",
    "collisions",
    "collisions_between",
    "counts",
    "encode",
    "encode_all",
    "fourth_norms",
    "look",
    "matrix",
    "neuron_map",
    "overlaps",
    "pairs",
    "panel",
    "paper",
    "power_law",
    "race",
    "ramp",
    "rates",
    "row",
    "save",
    "series",
    "shares",
    "side_by_side",
    "sparsification",
    "start_end",
    "threshold_sensitivity",
    "weights",
]
