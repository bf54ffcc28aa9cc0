"""Counts drawn from a table are the means and intervals that the studies report."""

import numpy as np
import pandas as pd
import pytest

import polygenesis as pg
from polygenesis import plots, stats
from polygenesis.plots.tables import MEASURED
from polygenesis.sweeps.index import COLUMNS

SPEC = pg.RunSpec(pg.TiedAutoencoder(n=8, m=8), replicates=6)


@pytest.fixture(scope="module")
def table():
    return pg.sweep(SPEC, {"model.m": [8, 12, 16]}, workers=1)


def drawn(chart):
    chart.draw().canvas.draw()
    return chart.interactive()


def test_no_measured_column_is_taken_for_a_field():
    assert set(COLUMNS) <= MEASURED


def test_means_and_intervals_against_m_with_the_laws(table):
    chart = plots.counts(table)
    drawn(chart)
    left, right = chart.panels
    measured, slots, law = left.series
    assert measured.name == "gradient flow"
    np.testing.assert_array_equal(measured.x, [8, 12, 16])
    np.testing.assert_allclose(law.y, [64 / (4 * m) for m in (8, 12, 16)])
    np.testing.assert_allclose(slots.y, [pg.theory.slot_model(8, m).mean for m in (8, 12, 16)])
    for at, m in enumerate((8, 12, 16)):
        rows = table[(table["model.m"] == m) & (table["outcome"] == "CONVERGED")]
        mean = stats.mean_count(rows["polysemantic"].to_numpy())
        assert (measured.y[at], measured.low[at], measured.high[at]) == (mean.value, mean.lower, mean.upper)
    np.testing.assert_allclose(right.series[0].y, measured.y / law.y)


def test_a_table_of_runs_put_together_gives_the_same(table):
    runs = [pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=8, m=m), replicates=6)) for m in (8, 12, 16)]
    joined = pd.concat([run.to_dataframe() for run in runs], ignore_index=True)
    mine, swept = (plots.counts(each).panels[0].series for each in (joined, table))
    for one, other in zip(mine, swept, strict=True):
        np.testing.assert_array_equal(one.y, other.y)


def test_a_csv_file_has_forgotten_n_and_is_told(table, tmp_path):
    pg.sweeps.write_table(table, tmp_path / "table.csv")
    read = pd.read_csv(tmp_path / "table.csv")
    assert len(plots.counts(read).panels) == 1
    assert len(plots.counts(read, n=8).panels) == 2


def test_another_field_goes_along_x_with_the_law_beside():
    table = pg.sweep(SPEC, {"penalty.strength": [0.008, 0.016, 0.05], "model.m": [8, 16]}, workers=1)
    chart = plots.counts(table, x="penalty.strength")
    drawn(chart)
    names = [each.name for each in chart.panels[0].series]
    assert names == ["m = 8", "m = 16", *["n²/4m", "slot model"] * 2]
    assert chart.panels[0].x.label == "penalty λ"
    by_width = plots.counts(table)
    assert [each.name for each in by_width.panels[0].series][:3] == ["λ = 0.008", "λ = 0.016", "λ = 0.05"]


def test_replicates_that_did_not_end_are_left_out_and_the_figure_says_so(table):
    changed = table.copy()
    changed.attrs = dict(table.attrs)
    changed.loc[0, "outcome"] = "UNDECIDED"
    chart = plots.counts(changed)
    assert chart.panels[0].title == "17 of 18 replicates: those that converged"
    rows = changed[(changed["model.m"] == 8)].iloc[1:]
    assert chart.panels[0].series[0].y[0] == rows["polysemantic"].mean()


def test_steps_count_where_every_feature_settled():
    table = pd.DataFrame(
        {
            "model.m": [4, 4, 8, 8],
            "replicate": [0, 1, 0, 1],
            "outcome": "FINISHED",
            "polysemantic": [2, 9, 1, 1],
            "split_features": [0, 3, 0, 0],
            "dead_features": 0,
        }
    )
    (panel,) = plots.counts(table).panels
    assert panel.series[0].y.tolist() == [2, 1]
    assert np.isnan(panel.series[0].low[0])  # one replicate has no interval
    drawn(plots.counts(table))


def test_no_law_is_drawn_for_another_model(table):
    other = table.copy()
    other.attrs = {"fields": {**table.attrs["fields"], "model.kind": "autoencoder"}}
    (panel,) = plots.counts(other).panels
    assert [each.name for each in panel.series] == ["gradient flow"]


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        (lambda table: table.drop(columns="polysemantic"), {}, "`table` must have the columns polysemantic"),
        (lambda table: table, {"x": "lambda"}, r"`x` must name a column of numbers that was swept \(model.m\)"),
        (lambda table: table.assign(outcome="DIVERGED"), {}, "None of 18 replicates converged"),
        (lambda table: table.drop(columns="model.m"), {}, "no column of numbers that was swept"),
    ],
)
def test_a_table_that_cannot_be_drawn_is_one_sentence(table, change, options, sentence):
    with pytest.raises(pg.InputError, match=sentence):
        plots.counts(change(table), **options)


def test_series_have_no_fields():
    with pytest.raises(pg.InputError, match="be a table of replicates where `x` or `n` is given"):
        plots.counts([plots.series("a", [1], [1])], n=8)


def test_the_law_is_drawn_only_where_it_is_stated():
    widths = {"n": 8, "m": [2, 2, 4, 4, 8, 8], "replicate": [0, 1] * 3, "outcome": "CONVERGED"}
    (panel,) = plots.counts(pd.DataFrame(widths).assign(polysemantic=[2, 2, 4, 3, 2, 1])).panels
    places = {each.name: each.x.tolist() for each in panel.series}
    assert places == {"mean count": [2, 4, 8], "n²/4m": [8], "slot model": [4, 8]}  # m ≥ n, and n ≤ 2m
