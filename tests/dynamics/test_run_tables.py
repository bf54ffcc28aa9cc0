"""The tables of a run hold what its census says."""

import numpy as np
import pandas as pd
import pytest

import polygenesis as pg
from polygenesis import detect
from polygenesis.sweeps import MemoryStore, collect


@pytest.fixture(scope="module")
def run():
    spec = pg.RunSpec(pg.TiedAutoencoder(n=10, m=12), replicates=3, save=pg.Save(times=20, weights=True))
    return pg.simulate(spec)


def test_a_row_a_replicate_is_what_a_sweep_would_show(run):
    table = run.to_dataframe()
    store = MemoryStore()
    store.save(run)
    swept = collect(store)
    shared = [name for name in swept.columns if name in table.columns]
    assert "polysemantic" in shared
    pd.testing.assert_frame_equal(table[shared], swept[shared])
    assert table["n"].tolist() == [10] * 3
    assert table["polysemantic"].tolist() == run.census().polysemantic.tolist()
    assert set(detect.COUNTS) <= set(table.columns)


@pytest.mark.parametrize("ask", [lambda run: run.reading("nope"), lambda run: run.read("nope")])
def test_a_reading_that_the_model_does_not_have_is_one_sentence(run, ask):
    with pytest.raises(pg.InputError, match="nope") as caught:
        ask(run)
    assert "weights" in str(caught.value)


def test_a_row_a_neuron_says_what_shares_it(run):
    table = run.to_dataframe("neuron")
    assert len(table) == 3 * 12
    benign = table[table["kind"] == "benign"]
    assert benign.groupby("replicate").size().reindex(range(3), fill_value=0).tolist() == list(
        run.census().polysemantic
    )
    assert all("+" in carried and "-" in carried for carried in benign["carries"])


def test_a_row_a_feature_says_where_it_led(run):
    table = run.to_dataframe("feature")
    led = detect.leads(run.initial)
    np.testing.assert_array_equal(table["start_neuron"], led.neuron.ravel())
    np.testing.assert_array_equal(table["neuron"], run.census().neuron.ravel())


def test_a_row_a_collision_has_its_fate_and_its_time(run):
    table = run.to_dataframe("collision")
    assert len(table) == len(detect.collisions(run.initial))
    assert {"fate", "opposite", "dissolved_at"} <= set(table.columns)
    gone = table[~table["fate"].isin(["survived", "turned"])]
    assert gone["dissolved_at"].isin(run.times).all()


def test_unknown_tables_are_answered_with_the_known(run):
    with pytest.raises(pg.InputError, match="'neurons'; known: collision, feature, neuron, replicate"):
        run.to_dataframe("neurons")


def test_counts_are_missing_where_they_mean_nothing():
    steps = pg.GradientDescent(lr=0.01, steps=5)
    spec = pg.RunSpec(pg.TiedAutoencoder(n=3, m=4), penalty=pg.NoPenalty(), training=steps)
    run = pg.simulate(spec)
    table = run.to_dataframe()
    assert table["polysemantic"].isna().all()
    assert table["outcome"].tolist() == ["FINISHED"]
    with pytest.raises(pg.InputError, match="means nothing here"):
        run.to_dataframe("neuron")


def test_a_replicate_that_diverged_has_no_counts(run):
    final = run.final.copy()
    final[1] = np.nan
    broken = pg.Run(run.spec, run.initial, final, run.outcome, run.end_time, run.evaluations, run.engine)
    table = broken.to_dataframe()
    assert table["polysemantic"].isna().tolist() == [False, True, False]
    with pytest.raises(pg.InputError, match="Replicate 1 has weights that are not finite"):
        broken.to_dataframe("neuron")
