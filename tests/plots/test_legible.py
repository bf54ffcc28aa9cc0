"""The check of figures finds what it should: each flaw is drawn once on purpose."""

import pytest

from legible import flaws, legible
from polygenesis import plots
from polygenesis.plots.style import BLUE, CYCLE, GREEN


def bare(columns=1):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3))
    return figure, figure.subplots(1, columns, squeeze=False)[0]


def curve(name, **given):
    return plots.series(name, [1.0, 2.0], [1.0, 2.0], **given)


def panel(*curves, **given):
    return plots.panel(curves, **({"x": "time", "y": "norm"} | given))


def test_a_plain_figure_has_no_flaw():
    legible(plots.row(panel(curve("a"), curve("b"), title="one"), panel(curve("a"), curve("b"))).draw())


@pytest.mark.parametrize("style", ["line", "points", "both"])
def test_two_series_of_one_look_are_found(style):
    same = [curve(name, style=style, color=BLUE, marker="circle") for name in ("a", "b")]
    assert any("'a' and 'b' look alike" in each for each in flaws(plots.row(panel(*same)).draw()))


def test_series_with_intervals_and_bars_are_compared_too():
    interval = ([0.5, 1.5], [1.5, 2.5])
    same = [curve(name, style="points", color=BLUE, interval=interval) for name in ("a", "b")]
    assert any("look alike" in each for each in flaws(plots.row(panel(*same)).draw()))
    figure, (axes,) = bare()
    for name in ("a", "b"):
        axes.bar([0, 1], [1, 2], color=BLUE, label=name)
    assert any("look alike" in each for each in flaws(figure))


def test_one_colour_in_two_panels_under_one_legend_is_found():
    figure, panels = bare(2)
    handles = [axes.plot([0, 1], color=GREEN, label=name)[0] for axes, name in zip(panels, "ab", strict=True)]
    assert not any("look alike" in each for each in flaws(figure))
    figure.legend(handles, ["a", "b"])
    assert any("'a' and 'b' look alike" in each for each in flaws(figure))


def test_a_text_that_is_cut_is_found():
    figure, (axes,) = bare()
    axes.set_xlabel("the share of all networks in which the winner of a class had started ahead of all others")
    assert any("leaves the figure" in each for each in flaws(figure))


def test_a_text_on_a_neighbour_is_found():
    figure, (left, right) = bare(2)
    left.text(0.5, 0.5, "a word that is far too long for its panel")
    found = flaws(figure)
    assert any("lies on the axes of a neighbour" in each for each in found)
    right.set_xlim(10, 20)  # texts that are not drawn do not count
    right.text(0, 0.5, "elsewhere", clip_on=True)
    assert flaws(figure) == found


def test_texts_on_each_other_are_found():
    figure, (axes,) = bare()
    for place in (0.5, 0.51):
        axes.text(place, 0.5, "a name")
    assert flaws(figure) == ["'a name' and 'a name' lie on each other."]


def test_long_names_of_axes_are_broken_into_lines():
    long = "participation ratio of the rows of the readout of a network with two hidden layers"
    chart = plots.row(*(panel(curve("a"), x=long, y=long) for _ in range(3)))
    figure = legible(chart.draw())
    assert figure.axes[0].get_xlabel().replace("\n", " ") == long
    names = [f"digits, {k} hidden layers, activation-L1 0.01" for k in (1, 2)]
    beside = plots.rates(
        names,
        {"a": [0.5, 1.0]},
        intervals={},
        quantity="chance that the winner of the race started ahead of all the other neurons of its hidden layer",
    )
    assert "\n" in legible(plots.bars(beside).draw()).axes[0].get_xlabel()


def test_a_name_looks_the_same_in_all_panels_and_two_names_differ():
    chart = plots.row(panel(curve("a"), curve("b")), panel(curve("c"), curve("a")))
    (a, b), (c, again) = plots.looks.looks(chart.panels)
    assert a == again
    assert len({each.color for each in (a, b, c)}) == 3
    traces = {trace.name: trace.line.color for trace in chart.interactive().data}
    assert traces == {"a": a.color, "b": b.color, "c": c.color}


def test_what_has_no_role_leaves_the_colours_of_roles_alone():
    ((role, other),) = plots.looks.looks([panel(curve("gradient flow"), curve("other"))])
    assert role.color == CYCLE[0] != other.color


@pytest.mark.parametrize("style", ["line", "points"])
def test_more_series_than_colours_still_differ(style):
    legible(plots.row(panel(*(curve(f"s{k}", style=style) for k in range(16))), height=4).draw())


def test_panels_without_a_common_name_have_legends_of_their_own():
    apart = plots.row(panel(curve("a"), curve("b"), title="one"), panel(curve("c"), curve("d"))).draw()
    assert apart.legends == []
    shown = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in legible(apart).axes]
    assert shown == [["a", "b"], ["c", "d"]]


def test_dots_mark_a_zero_and_leave_a_gap_where_nothing_is_known():
    nan = float("nan")
    dots = plots.rates(
        ["x", "y", "z"],
        {"found": [0.0, 1.0, nan], "law": [0.5, 1.5, 1.0]},
        intervals={"found": ([0.0, 0.5, nan], [0.4, 1.5, nan])},
        quantity="count",
        limits=None,
        dots=True,
    )
    figure = legible(plots.bars(dots).draw())
    found, law = (container.lines[0] for container in figure.axes[0].containers)
    assert found.get_xdata()[:2].tolist() == [0.0, 1.0]
    assert found.get_ydata().tolist() == [-0.2, 0.8, 1.8]
    assert law.get_ydata().tolist() == [0.2, 1.2, 2.2]
    traces = plots.bars(dots).interactive().data
    assert [trace.x for trace in traces] == [(0.0, 1.0, None), (0.5, 1.5, 1.0)]
    assert traces[0].y == (-0.2, 0.8, 1.8)
    assert traces[0].error_x.arrayminus[1] == 0.5


def test_series_at_one_place_stand_beside_each_other():
    a, b = plots.side_by_side([curve("a"), curve("b")], 1.21, factor=True)
    assert (b.x / a.x).tolist() == pytest.approx([1.21, 1.21])
    assert (a.x * b.x) ** 0.5 == pytest.approx([1.0, 2.0])
