"""Counts drawn from a table are the means and intervals that the studies report."""

import numpy as np
import pandas as pd
import pytest

import polygenesis as pg
from legible import legible
from polygenesis import plots, stats
from polygenesis.errors import InputError
from polygenesis.plots import LOOKS
from polygenesis.plots.replicates import MEASURED
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
    with pytest.warns(UserWarning, match=r"does not say n \(features\): pass it, such as n=64, to draw") as said:
        (panel,) = plots.counts(read).panels
    assert [each.filename for each in said] == [__file__]
    assert (panel.x.scale, panel.y.scale) == ("log", "log")
    assert len(plots.counts(read, n=8).panels) == 2


def test_another_field_goes_along_x_with_the_law_beside():
    table = pg.sweep(SPEC, {"penalty.strength": [0.008, 0.016, 0.05], "model.m": [8, 16]}, workers=1)
    chart = plots.counts(table, x="penalty.strength")
    drawn(chart)
    names = [each.name for each in chart.panels[0].series]
    assert names == ["m = 8", "m = 16", *["slot model", "n²/4m"] * 2]
    assert chart.panels[0].y.limits[0] == 0
    assert chart.panels[0].x.label == "penalty λ"
    assert chart.note.splitlines()[1:] == ["points at one λ are shifted sideways"]
    by_width = plots.counts(table)
    assert "points at one m are shifted sideways" in by_width.note
    assert [each.name for each in by_width.panels[0].series][:3] == ["λ = 0.008", "λ = 0.016", "λ = 0.05"]


def test_replicates_that_did_not_end_are_left_out_and_the_figure_says_so(table):
    changed = table.copy()
    changed.attrs = dict(table.attrs)
    changed.loc[0, "outcome"] = "UNDECIDED"
    resting = changed.assign(split_features=[1, *[0] * 17]).replace({"outcome": {"UNDECIDED": "AT_REST"}})
    assert plots.counts(resting, n=8).panels[0].title.startswith("17 of 18 replicates")
    chart = plots.counts(changed)
    assert chart.panels[0].title == "17 of 18 replicates: those with every feature settled"
    rows = changed[(changed["model.m"] == 8)].iloc[1:]
    assert chart.panels[0].series[0].y[0] == rows["polysemantic"].mean()


@pytest.mark.filterwarnings("ignore:The table does not say n")
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
        (
            lambda table: table.assign(outcome="DIVERGED"),
            {},
            "None of 18 replicates has a count to draw: none came to rest, or",
        ),
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


@pytest.mark.parametrize("name", ["Unnamed: 0", "index", "level_0"])
def test_row_numbers_that_pandas_made_a_column_are_no_field(table, name):
    numbered = table.copy()
    numbered.attrs = dict(table.attrs)
    numbered.insert(0, name, range(len(table)))
    one, other = (plots.counts(each).panels[0].series[0] for each in (numbered, table))
    assert (one.name, one.x.tolist(), one.y.tolist()) == (other.name, other.x.tolist(), other.y.tolist())


def test_too_many_lines_name_their_columns(table):
    with pytest.raises(pg.InputError, match="holds 18 lines, one for each seconds, more than 8"):
        plots.counts(table.assign(seconds=np.arange(len(table))))


def test_a_table_that_pandas_wrote_is_drawn_as_it_was(table, tmp_path):
    table.to_csv(tmp_path / "counts.csv")
    read = plots.counts(pd.read_csv(tmp_path / "counts.csv"), n=8)
    for mine, other in zip(read.panels[0].series, plots.counts(table).panels[0].series, strict=True):
        np.testing.assert_array_equal(mine.y, other.y)


def test_a_table_that_says_no_m_is_told_too():
    swept = pd.DataFrame({"penalty.strength": [0.1, 0.1, 0.2, 0.2], "replicate": [0, 1] * 2, "outcome": "CONVERGED"})
    swept = swept.assign(polysemantic=[2, 3, 1, 1])
    with pytest.warns(UserWarning, match=r"does not say m \(neurons\)"):
        assert len(plots.counts(swept).panels[0].series) == 1
    (panel,) = plots.counts(swept.assign(n=8, m=16)).panels
    assert [each.name for each in panel.series] == ["mean count", "slot model", "n²/4m"]
    assert panel.series[2].y.tolist() == [1.0, 1.0]


def test_another_n_than_the_table_says_is_refused(table):
    with pytest.raises(pg.InputError, match="`n` must be the number of features that the table says, 8, but is 64"):
        plots.counts(table, n=64)
    assert len(plots.counts(table, n=8).panels) == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"law": "n2/4m"}, "`law` must be a series"),
        ({"x": 3}, "`x` must be the name of a column"),
        ({"n": 8.0}, "`n` must be a whole number of at least 1"),
        ({"n": True}, "`n` must be a whole number of at least 1"),
        ({"n": 0}, "`n` must be a whole number of at least 1"),
        ({"alt": None}, "`alt` must be text"),
        ({"title": 1}, "`title` must be text"),
    ],
)
def test_an_argument_of_another_kind_is_one_sentence(table, given, sentence):
    with pytest.raises(pg.InputError, match=sentence):
        plots.counts(table, **given)


@pytest.mark.parametrize("curves", ["counts.csv", None, [], [1, 2], {"m": [1]}, np.ones(3)])
def test_what_is_neither_table_nor_series_is_refused(curves):
    with pytest.raises(pg.InputError, match="`curves` must be a pandas table of replicates or a list of series"):
        plots.counts(curves)


def test_a_law_of_ones_own_takes_the_place_of_the_published(table):
    law = plots.series("0.8 n²/4m", [8, 12, 16], [1.6, 1.2, 0.8])
    left, right = plots.counts(table, law=law).panels
    assert [each.name for each in left.series] == ["gradient flow", "slot model", "0.8 n²/4m"]
    np.testing.assert_allclose(right.series[0].y, left.series[0].y / law.y)
    swept = table.assign(**{"penalty.strength": 0.1})
    with pytest.raises(pg.InputError, match=r"`law` must be left out where counts are drawn along penalty\.strength"):
        plots.counts(swept, x="penalty.strength", law=law)


def test_two_penalties_with_equal_counts_are_both_seen(table):
    both = pd.concat([table.assign(**{"penalty.strength": strength}) for strength in (0.1, 0.2)], ignore_index=True)
    both.attrs = dict(table.attrs)
    chart = plots.counts(both)
    for panel in chart.panels:
        one, other = panel.series[:2]
        assert (one.x < other.x).all()
        assert one.at.tolist() == other.at.tolist() == [8, 12, 16]
    one, other = chart.panels[0].series[:2]
    np.testing.assert_allclose(np.sqrt(one.x * other.x), [8, 12, 16])
    assert drawn(chart).data[0].customdata == (8, 12, 16)  # what the pointer reads


def test_the_figure_says_what_its_points_are(table):
    chart = plots.counts(table)
    assert chart.note == "n = 8; points: mean of 6 networks, 95 % interval"
    assert chart.panels[0].y.label == "mean number of polysemantic neurons"
    (legend,) = legible(chart.draw()).legends
    assert legend.get_title().get_text() == chart.note
    assert chart.interactive().layout.legend.title.text == chart.note
    fewer = table.drop(index=0)
    fewer.attrs = dict(table.attrs)
    assert plots.counts(fewer, title="mine").note == "n = 8; points: mean of 5 to 6 networks, 95 % interval"


def test_a_mean_of_zero_is_said_where_no_log_axis_can_show_it(table):
    none = table.assign(polysemantic=table["polysemantic"].where(table["model.m"] < 16, 0))
    none.attrs = dict(table.attrs)
    assert plots.counts(none).note.splitlines()[1] == "1 mean of 0 not shown on the log axis"
    nothing = table.assign(polysemantic=0)
    nothing.attrs = {"fields": {"model.kind": "autoencoder"}}
    (panel,) = plots.counts(nothing).panels
    assert (panel.y.scale, panel.series[0].y.tolist()) == ("linear", [0, 0, 0])


def test_the_law_shows_on_the_slot_model_where_both_are_equal(table):
    law, slots = LOOKS["n²/4m"], LOOKS["slot model"]
    assert (law.dash, slots.dash) == ("dash", "solid")
    assert law.width > slots.width
    names = [each.name for each in plots.counts(table).panels[0].series]
    assert names.index("n²/4m") > names.index("slot model")  # what is drawn last lies on top


def test_series_at_a_single_width_stand_beside_each_other():
    one = pd.DataFrame({"penalty.kind": ["l1", "l1", "none", "none"], "m": 16, "n": 8, "replicate": [0, 1] * 2})
    chart = plots.counts(one.assign(outcome="CONVERGED", polysemantic=[1, 2, 2, 1]))
    first, second = chart.panels[0].series[:2]
    assert first.x[0] < 16 < second.x[0]
    legible(chart.draw())
    drawn(chart)


def test_only_points_that_share_a_width_are_shifted():
    a, b = (
        plots.series("a", [8, 16], [2.0, 1.0], style="points"),
        plots.series("b", [16, 32], [1.0, 0.5], style="points"),
    )
    one, other = plots.counts([a, b]).panels[0].series
    assert (one.x[0], other.x[1]) == (8, 32)
    assert one.x[1] < 16 < other.x[0]


@pytest.mark.parametrize("written", [pg.Outcome.CONVERGED, "converged", "CONVERGED"])
def test_outcomes_of_a_table_of_one_s_own_are_read(written):
    """A run's outcomes are values of an enumeration; a table of them must not lose its rows."""
    table = pd.DataFrame(
        {"m": [8, 8, 16, 16], "replicate": [0, 1] * 2, "outcome": written, "polysemantic": [2, 4, 1, 1]}
    )
    (panel, *_) = plots.counts(table, n=8).panels
    assert panel.series[0].y.tolist() == [3.0, 1.0]


def test_a_replicate_that_is_there_twice_is_refused():
    """Tables of two sweeps that overlap, one under the other, would make intervals too short."""
    table = pg.sweep(pg.RunSpec(pg.TiedAutoencoder(n=4, m=4), replicates=2), {"model.m": [4, 8]}, workers=1)
    both = pd.concat([table, table.iloc[:2]])
    with pytest.raises(InputError, match="each replicate once, but 2 of its 6 rows repeat another"):
        plots.counts(both, n=4)
    plots.counts(both.drop_duplicates(), n=4)
