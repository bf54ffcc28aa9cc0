"""Figures of who shares with whom: rows level with each other, blue positive, names as they are."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from polygenesis import plots
from polygenesis.errors import InputError


def made(k=4, runs=3):
    counts = np.arange(k * runs).reshape(k, runs) % 5
    names = [f"feature {i}" for i in range(k)]
    return plots.pairs(names, names[::-1], counts, np.full(k, 0.7), kin=np.arange(k) < 2), counts


def test_points_are_level_with_the_rows_beside_them():
    chart, counts = made()
    drawn = chart.draw()
    drawn.canvas.draw()
    left, right = drawn.axes
    for row in range(len(counts)):
        assert left.transData.transform((0, row))[1] == pytest.approx(right.transData.transform((0, row))[1], abs=0.5)
    live = chart.interactive().layout
    assert live.yaxis.range == live.yaxis2.range == (3.5, -0.5)


def test_every_cell_holds_its_number():
    chart, counts = made()
    written = {text.get_position(): text.get_text() for text in chart.draw().axes[0].texts}
    assert written == {(r, k): str(counts[k, r]) for k, r in np.ndindex(*counts.shape)}
    assert chart.draw().axes[0].get_yticklabels()[0].get_text() == "● feature 0 + feature 3"


def test_at_most_thirty_pairs_are_drawn():
    assert len(made(k=40)[0].panels[0].rows) == 30


@pytest.mark.parametrize("values", [[[1.0, -1.0]], [[0.4, -0.3]]])
def test_blue_is_positive_in_print_and_on_the_page(values):
    chart = plots.Chart((plots.matrix(values, x="x", y="y", quantity="q"),))
    image = chart.draw().axes[0].images[0]
    positive, negative = image.cmap(image.norm(np.array(values[0])))
    largest = abs(values[0][0])
    assert to_hex(positive) == plots.style.BLUE
    if values[0][1] == -largest:
        assert to_hex(negative) == plots.style.VERMILLION
    axis = chart.interactive().layout.coloraxis
    assert [color for _, color in axis.colorscale] == [plots.style.VERMILLION, "#ffffff", plots.style.BLUE]
    assert not axis.reversescale
    assert axis.cmax == largest
    assert axis.cmin == -axis.cmax


def test_a_collision_has_the_look_of_its_kind():
    assert plots.look("same sign") == plots.look("malign")
    assert plots.look("opposite signs") == plots.look("benign")


def test_a_map_has_a_panel_a_run_with_its_own_neurons():
    strengths = [np.array([[0.9, np.nan], [-0.8, 0.5]]), np.array([[np.nan], [0.2]])]
    kin = [strengths[0] < 0, np.zeros((2, 1), dtype=bool)]
    chart = plots.neuron_map(strengths, ["$a$ b$", "c"], [[4, 7], [1]], kin=kin, quantity="effect")
    assert [panel.title for panel in chart.panels] == ["run 0", "run 1"]
    assert chart.grid == (2, 1)
    drawn = chart.draw()
    drawn.canvas.draw()
    first = drawn.axes[0]
    assert [label.get_text() for label in first.get_xticklabels()] == ["4", "7"]
    np.testing.assert_array_equal(first.images[0].get_array().mask, np.isnan(strengths[0]))
    np.testing.assert_array_equal(first.collections[0].get_offsets(), [[0, 1]])
    heat, dots, *_ = chart.interactive().data
    assert heat.text[1][0] == "c, 4"
    assert (dots.x, dots.y) == ((0,), (1,))
    assert chart.interactive().layout.yaxis.ticktext[0] == "$a$ b$"


def test_a_name_between_dollars_is_no_mathematics():
    chart = plots.neuron_map([[[1.0]]], [r"$\frac{1$ and $x$"], [[0]])
    label = chart.draw().axes[0].get_yticklabels()[0]
    assert label._preprocess_math(label.get_text()) == (r"$\frac{1$ and $x$", False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((["a"], ["b"], [1, 2], [0.1]), "one row a pair and one column a run"),
        ((["a"], ["b"], [[1, 2]], [0.1, 0.2]), "one number for each of 1 pairs"),
        ((["a", "c"], ["b"], [[1, 2]], [0.1]), "one number for each of 1 pairs"),
    ],
)
def test_pairs_that_do_not_match_are_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        plots.pairs(*arguments)


def test_kin_and_maps_of_another_shape_are_refused():
    with pytest.raises(InputError, match="say of each of 1 pairs whether it is kin"):
        plots.pairs(["a"], ["b"], [[1]], [0.1], kin=[True, False])
    with pytest.raises(InputError, match="a row for each of 2 features and a column for each of 1 neurons"):
        plots.neuron_map([[[1.0]]], ["a", "b"], [[0]])
