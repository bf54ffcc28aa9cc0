import numpy as np
import pytest

from polygenesis import plots
from polygenesis.errors import InputError


def test_a_weight_that_reached_zero_is_drawn_until_then():
    paths = np.array([[0.5, 0.2, -0.3], [0.7, 0.1, -0.2], [0.9, 0.0, -0.1], [1.0, 0.0, 0.0]])
    chart = plots.race([0, 1, 2, 3], paths, winner=0)
    rest, front = chart.panels[0].series
    np.testing.assert_array_equal(front.y, [0.5, 0.7, 0.9, 1.0])
    np.testing.assert_array_equal(rest.y, [0.3, 0.2, 0.1, 0.0, np.nan, 0.2, 0.1, 0.0, np.nan])
    assert chart.panels[0].x.scale == "linear"


def test_times_over_decades_get_a_log_axis_without_the_first_zero():
    chart = plots.race([0.0, 0.1, 100.0], np.ones((3, 2)), winner=1, leader=0)
    assert chart.panels[0].x.scale == "log"
    assert (chart.panels[0].series[-1].x > 0).all()


def test_a_thousand_weights_stay_one_series_of_the_largest():
    chart = plots.race([1, 2], np.linspace(0, 1, 1000)[None].repeat(2, axis=0), winner=999)
    rest = chart.panels[0].series[0]
    assert rest.name == "the 200 largest of 999 others"
    assert np.nanmin(rest.y) > 0.79
    assert len(chart.interactive().data) == 2


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="one row for each of `times`"):
        plots.race([1, 2, 3], np.ones((2, 4)))
    with pytest.raises(InputError, match="`winner` must be a neuron from 0 to 3"):
        plots.race([1, 2], np.ones((2, 4)), winner=4)
    with pytest.raises(InputError, match="hold a neuron below 2"):
        plots.weights(np.ones((3, 2)), [0, 1, 2], {})
    with pytest.raises(InputError, match="two numbers, at the start and at the end"):
        plots.collisions_between({"benign": [1, 2, 3]})


def test_both_renderings_put_the_signs_above_their_columns():
    chart = plots.weights(np.eye(4) - np.eye(4, k=-1), [0, 0, 2, 3], {"benign": [0]})
    axes = chart.draw().axes[0]
    (signs,) = axes.collections
    assert signs.get_offsets()[:, 0].tolist() == [0]
    assert axes.get_ylim()[1] < signs.get_offsets()[0, 1] < -0.5
    figure = chart.interactive()
    (trace,) = [each for each in figure.data if each.type == "scatter"]
    assert list(trace.x) == [0]
    assert figure.layout.yaxis.range[1] < trace.y[0] < -0.5


def test_a_network_without_shared_neurons_has_no_signs_and_no_legend():
    chart = plots.weights(np.eye(3), [0, 1, 2], {})
    assert chart.panels[0].above == ()
    assert chart.draw().legends == []


def test_more_names_than_can_be_read_stay_under_the_pointer():
    chart = plots.weights(np.eye(120), range(120), {})
    assert chart.draw().axes[0].get_yticks().tolist() == []
    figure = chart.interactive()
    assert figure.layout.yaxis.showticklabels is False
    assert figure.data[0].text[7][7] == "7, 7"
