import numpy as np
import pytest

from polygenesis import plots
from polygenesis.errors import InputError


def segments(axes):
    """The vertical error bars of an axes, as an array (bars, 2 ends, 2 coordinates)."""
    from matplotlib.collections import LineCollection

    (bars,) = [each for each in axes.collections if isinstance(each, LineCollection)]
    return np.array(bars.get_segments())


def test_interval_ends_stay_where_they_are_on_a_log_axis():
    low, high = np.array([50.0, 20.0]), np.array([90.0, 27.0])
    chart = plots.chart(
        [plots.series("published", [256, 512], [72.6, 23.9], interval=(low, high), style="points")],
        x="m",
        y="c",
        log="xy",
    )
    axes = chart.draw().axes[0]
    assert axes.get_yscale() == "log"
    np.testing.assert_allclose(segments(axes)[:, :, 1], np.stack([low, high], axis=1))
    (trace,) = chart.interactive().data
    np.testing.assert_allclose(np.array(trace.y) - np.array(trace.error_y.arrayminus), low, rtol=1e-5)
    np.testing.assert_allclose(np.array(trace.y) + np.array(trace.error_y.array), high, rtol=1e-5)


def test_distances_instead_of_ends_are_refused():
    with pytest.raises(InputError, match="holds ends, not distances"):
        plots.series("published", [256, 512], [72.6, 23.9], interval=([4.0, 3.9], [4.0, 3.9]))


def test_an_interval_of_replicates_that_all_agree_is_accepted():
    made = plots.series("a", [1.0], [0.1 + 0.2], interval=([0.3], [0.3]))
    assert made.low[0] <= made.y[0] <= made.high[0]


@pytest.mark.parametrize(
    ("x", "y", "message"), [([1, 2], [1], "one shape"), ([[1]], [[1]], "one shape"), ([np.nan], [1], "be finite")]
)
def test_misshapen_series_are_refused(x, y, message):
    with pytest.raises(InputError, match=message):
        plots.series("a", x, y)


def test_zero_on_a_log_x_axis_is_refused():
    with pytest.raises(InputError, match="positive on a log axis"):
        plots.chart([plots.series("a", [0, 1], [1, 1])], x="t", y="c", log="x")


def test_a_count_of_zero_is_a_gap_on_a_log_axis_not_an_error():
    chart = plots.chart([plots.series("a", [1, 2], [3, 0], style="points")], x="m", y="c", log="y")
    chart.draw()
    assert chart.interactive().data[0].y[1] is None


def test_counts_divide_every_series_and_its_interval_by_the_law():
    widths = np.array([256.0, 512.0, 1024.0])
    law = plots.series("n²/4m", widths, 256**2 / (4 * widths))
    flow = plots.series("gradient flow", widths, 1.2 * law.y, interval=(law.y, 1.5 * law.y), style="points")
    second = plots.counts([flow], law=law).panels[1]
    np.testing.assert_allclose(second.series[0].y, 1.2)
    np.testing.assert_allclose(second.series[0].low, 1.0)
    np.testing.assert_allclose(second.series[0].high, 1.5)


def test_points_at_one_of_evenly_spaced_widths_stand_side_by_side():
    widths = np.arange(256.0, 2049, 256)
    law = plots.series("n²/4m", widths, 256**2 / (4 * widths))
    both = [plots.series(name, widths, law.y, style="points") for name in ("gradient flow", "AdamW")]
    a, b = plots.counts(both, law=law).panels[1].series
    assert (a.x < b.x).all()
    np.testing.assert_allclose((a.x + b.x) / 2, widths)


def test_a_law_that_misses_a_width_is_refused():
    with pytest.raises(InputError, match="missing 512"):
        plots.counts([plots.series("AdamW", [256, 512], [3, 2])], law=plots.series("n²/4m", [256], [1]))


def test_the_guide_has_the_stated_slope_and_passes_through_its_point():
    guide = plots.power_law([1.0, 10.0, 100.0], -2.0, through=(10.0, 5.0))
    np.testing.assert_allclose(guide.y, [500.0, 5.0, 0.05])


def test_stacked_bars_start_where_the_last_part_ended():
    panel = plots.shares(["opposite signs", "same sign"], {"survived": [0.9, 0.0], "dissolved": [0.1, 1.0]})
    axes = plots.bars(panel).draw().axes[0]
    starts = [patch.get_x() for patch in axes.patches]
    np.testing.assert_allclose(starts, [0, 0, 0.9, 0.0])


def test_bars_refuse_a_value_too_few_and_a_negative_one():
    with pytest.raises(InputError, match="for each of 2 categories"):
        plots.shares(["a", "b"], {"survived": [1.0]})
    with pytest.raises(InputError, match="be non-negative"):
        plots.shares(["a"], {"survived": [-1.0]})


def test_start_end_splits_the_diagonal_from_the_rest():
    values = np.full((6, 6), -0.5) + np.eye(6)
    picture, densities = plots.start_end(values).panels
    assert picture.largest == 0.5
    same, others = densities.series
    for each, centre in ((same, 0.5), (others, -0.5)):
        area = np.trapezoid(each.y, each.x)
        assert area == pytest.approx(1.0)
        assert np.trapezoid(each.y * each.x, each.x) == pytest.approx(centre, abs=0.05)


def test_both_renderings_show_the_same_numbers():
    times = np.geomspace(1, 1e4, 9)
    chart = plots.fourth_norms(
        {
            "bipolar": [plots.series("σ = 0.1", times, times**0.1 / 3)],
            "gaussian": [plots.series("σ = 0.1", times, times * 0 + 0.17)],
        },
        random_level=3 / 18,
    )
    drawn = [line for axes in chart.draw().axes for line in axes.lines]  # the noise law's and the level's
    traces = chart.interactive().data
    for line, trace in zip(drawn, traces, strict=True):
        np.testing.assert_allclose(line.get_xdata(), trace.x, rtol=1e-5)
        np.testing.assert_allclose(line.get_ydata(), trace.y, rtol=1e-5)


def test_a_name_in_two_panels_appears_once_in_the_legend():
    times = np.geomspace(1, 1e4, 9)
    curve = plots.series("exact", times, times)
    extra = plots.series("published", times, times)
    chart = plots.sparsification([curve, extra], [curve])
    (legend,) = chart.draw().legends
    assert [text.get_text() for text in legend.get_texts()] == ["exact", "published"]
    assert [trace.name for trace in chart.interactive().data if trace.showlegend] == ["exact", "published"]


def test_a_long_legend_breaks_into_rows_that_fit():
    from polygenesis.plots.legends import columns

    assert columns([5, 5], 4.25) == 2
    assert columns([60, 60, 60], 4.25) == 1
    assert 1 < columns([14] * 6, 7.0) < 6


def test_nothing_touches_pyplot():
    import matplotlib.pyplot as plt

    plots.overlaps(np.eye(4)).draw()
    assert plt.get_fignums() == []


def test_a_notebook_shows_the_figure():
    shown = plots.chart([plots.series("a", [1, 2], [1, 2])], x="x", y="y")._repr_png_()
    assert shown.startswith(b"\x89PNG")


LINE = plots.series("a", [1, 2], [1, 2])


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (
            lambda: plots.series("a", [1, 2], [1, 2], style="dots"),
            "Unknown style of a series 'dots'; known: both, line",
        ),
        (
            lambda: plots.series("a", [1, 2], [1, 2], interval=([0, 0],)),
            "two ends, .low, high., numbers or of shape .2,., but has one of shape",
        ),
        (lambda: plots.series("a", [1, 2], [1, 2], interval=([0], [3])), "`a.interval` must be two ends"),
        (lambda: plots.chart([LINE], x="x", y="y", log="z"), "Unknown choice of logarithmic axes 'z'; known: x, xy, y"),
        (lambda: plots.chart(LINE, x="x", y="y"), "`curves` must be a list of series"),
        (lambda: plots.chart([[1, 2]], x="x", y="y"), "`curves` must be a list of series"),
    ],
)
def test_what_a_chart_cannot_draw_is_named(draw, sentence):
    with pytest.raises(InputError, match=sentence):
        draw()
