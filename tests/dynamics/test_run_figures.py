"""The figures of a run show what its census and its trajectory say."""

import numpy as np
import pytest

import polygenesis as pg
from legible import legible
from polygenesis import detect
from polygenesis.plots import LOOKS


@pytest.fixture(scope="module")
def run():
    return pg.simulate(
        pg.RunSpec(pg.TiedAutoencoder(n=12, m=16), replicates=2, seed=3, save=pg.Save(times=40, weights=True))
    )


@pytest.fixture(scope="module")
def bare():
    return pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=6, m=8), replicates=1))


def drawn(chart):
    """Draw with both libraries, so that a chart that neither can draw fails."""
    chart.draw().canvas.draw()
    return chart.interactive()


@pytest.mark.parametrize("replicate", [0, 1])
def test_weights_stand_in_the_order_of_their_owners_with_shared_neurons_first(run, replicate):
    chart = run.plot("weights", replicate=replicate)
    (panel,) = chart.panels
    drawn(chart)
    shared = [neuron for neuron, _ in run.census().polysemantic_neurons(replicate)]
    rows, columns = [int(each) for each in panel.rows], [int(each) for each in panel.columns]
    assert sorted(columns[: len(shared)]) == sorted(shared)
    assert sorted(rows) == list(range(12))
    np.testing.assert_array_equal(panel.values, run.final[replicate][np.ix_(rows, columns)])
    assert np.abs(panel.values).sum() == pytest.approx(np.abs(run.final[replicate]).sum())  # nothing was left out
    places = [columns.index(each) for each in run.census().neuron[replicate][rows]]
    assert places == sorted(places)
    assert sorted(at for marks in panel.above for at in marks.columns) == list(range(len(shared)))


def test_marks_have_the_looks_of_their_kinds():
    weights = np.array([[[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0], [0, 1.0, 0], [0, 0, 0.3]]])
    run = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=5, m=3)))
    object.__setattr__(run, "final", weights)
    chart = run.plot("weights")
    assert {each.role: each.columns for each in chart.panels[0].above} == {"malign": (0,), "benign": (1,)}
    colours = {trace.name: trace.marker.color for trace in drawn(chart).data if trace.type == "scatter"}
    assert colours == {"malign": LOOKS["malign"].color, "benign": LOOKS["benign"].color}
    assert LOOKS["benign"].marker != LOOKS["malign"].marker
    (legend,) = chart.draw().legends
    assert [text.get_text() for text in legend.get_texts()] == ["malign", "benign"]


def test_undecided_neurons_are_not_said_to_be_shared():
    run = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=5, m=3)))
    object.__setattr__(run, "final", np.array([[[0.7, 0.7, 0], [0, 0, 1.0], [0, 0, 1.0], [0, 0, 0], [0, 0, 0]]]))
    chart = run.plot("weights")
    assert chart.panels[0].title == "Weights at the end: 1 shared (1 malign),\n2 neurons undecided"
    assert chart.alt.endswith("; 1 shared (1 malign), 2 neurons undecided.")
    legible(chart.draw())
    object.__setattr__(run, "final", np.array([[[0.7, 0.7, 0], [0, 1.0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]]))
    assert run.plot("weights").panels[0].title == "Weights at the end: none shared,\n2 neurons undecided"


def test_the_start_has_collisions_by_lead(run):
    panel = run.plot("weights", start=True).panels[0]
    pairs = detect.collisions(run.initial[0])
    assert {int(panel.columns[at]) for marks in panel.above for at in marks.columns} == set(pairs.neuron)


def test_a_race_shows_every_weight_with_the_winner_in_front(run):
    feature = 4
    chart = run.plot("race", replicate=1, feature=feature)
    drawn(chart)
    winner = int(run.census().neuron[1, feature])
    path = np.abs(run.trajectory[1, :, feature, winner])
    front = chart.panels[0].series[-1]
    np.testing.assert_array_equal(front.y, path[: len(front.y)])
    assert front.x[-1] >= run.end_time[1]
    assert front.role == ("positive" if run.final[1, feature, winner] > 0 else "negative")
    leader = int(np.abs(run.initial[1, feature]).argmax())
    (rest,) = [each for each in chart.panels[0].series if each.role == "other neurons"]
    assert np.isnan(rest.y).sum() == 16 - len({winner, leader})  # one gap after each other neuron
    assert f"neuron {winner} " in front.name


def test_by_default_a_race_is_one_that_interference_decided(run):
    led, won = detect.leads(run.initial).neuron[0], run.census().neuron[0]
    overtaken = np.flatnonzero(led != won)
    assert run.plot("race").panels[0].title.startswith(f"Feature {overtaken[0] if len(overtaken) else 0},")


def test_a_race_without_interference_ends_where_it_led(bare):
    chart = bare.plot("race", feature=2, exact=True)
    drawn(chart)
    assert f"neuron {np.abs(bare.initial[0, 2]).argmax()} " in chart.panels[0].series[-1].name


def test_collisions_over_time_end_with_the_census(run):
    chart = run.plot("collisions", replicate=1)
    drawn(chart)
    benign, malign = chart.panels[0].series
    assert (benign.y[-1], malign.y[-1]) == (run.census().polysemantic[1], 0)
    assert [(each.name, each.value) for each in chart.panels[0].levels] == [("n²/4m", 12**2 / (4 * 16))]


def test_without_a_trajectory_collisions_are_those_of_start_and_end(bare):
    chart = bare.plot("collisions")
    drawn(chart)
    values = {part.name: part.values.tolist() for part in chart.panels[0].parts}
    pairs = detect.collisions(bare.initial[0])
    assert values["benign"][0] + values["malign"][0] == len(set(pairs.neuron))
    assert values["benign"][1] == bare.census().polysemantic[0]


def test_no_law_is_drawn_where_none_is_stated():
    crowded = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=8, m=4)))
    assert crowded.plot("collisions").panels[0].levels == ()


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        ({"which": "wieghts"}, "Unknown figure of a run 'wieghts'; known: collisions, race, weights"),
        ({"which": "weights", "replicate": 1}, "`replicate` must be a whole number from 0 to 0, but is 1"),
        ({"which": "weights", "replicate": "first"}, "`replicate` must be a whole number"),
        ({"which": "weights", "feature": 1}, "Unknown option of the figure 'weights' 'feature'; known: reading, start"),
        ({"which": "weights", "reading": "decoder"}, "Unknown reading of tied-autoencoder"),
        ({"which": "race"}, r"which this run did not save: give its spec save=pg.Save\(times=200, weights=True\)"),
        ({"which": "race", "exact": True, "feature": 6}, "`feature` must be a whole number from 0 to 5, but is 6"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(bare, ask, sentence):
    with pytest.raises(pg.InputError, match=sentence):
        bare.plot(**ask)


def test_the_exact_race_is_refused_where_it_does_not_hold():
    run = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=4, m=4), training=pg.GradientDescent(lr=0.01, steps=5)))
    with pytest.raises(pg.InputError, match=r"exact race is that of gradient flow .* 'gradient-descent'"):
        run.plot("race", exact=True)


def test_neurons_that_mean_nothing_are_not_drawn():
    steps = pg.GradientDescent(lr=0.01, steps=5)
    run = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=4, m=4), penalty=pg.NoPenalty(), training=steps))
    with pytest.raises(pg.InputError, match="A census of neurons means nothing here"):
        run.plot()


def test_what_diverged_is_not_drawn(run):
    broken = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=4, m=4)))
    object.__setattr__(broken, "final", np.full((1, 4, 4), np.nan))
    with pytest.raises(pg.InputError, match="Replicate 0 has weights that are not finite"):
        broken.plot()


@pytest.mark.torch
def test_other_models_are_drawn_by_their_readings():
    pytest.importorskip("torch")
    spec = pg.RunSpec(pg.Autoencoder(n=4, m=6), training=pg.SGD(lr=0.05, steps=40))
    run = pg.simulate(spec)
    for each in spec.model.readings:
        chart = run.plot("weights", reading=each.name)
        rows, columns = ([int(name) for name in names] for names in (chart.panels[0].rows, chart.panels[0].columns))
        np.testing.assert_allclose(chart.panels[0].values, run.read(each.name)[0][np.ix_(rows, columns)])
        drawn(run.plot("collisions", reading=each.name))
