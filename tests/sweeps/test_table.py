"""Tables: one row a finished replicate, equal for equal sweeps; the index can always be made again."""

from __future__ import annotations

import json
import os
import sqlite3

import numpy as np
import pandas as pd
import pytest
from test_runner import faking

from polygenesis.detect import census
from polygenesis.errors import InputError
from polygenesis.sweeps import Failure, MemoryStore, Store, run_all
from polygenesis.sweeps.grid import grid_from
from polygenesis.sweeps.index import Index, rebuild
from polygenesis.sweeps.runner import Sweep
from polygenesis.sweeps.sweep import sweep
from polygenesis.sweeps.table import collect, to_xarray, write_table

GRID = grid_from(
    {
        "spec": {"replicates": 2, "penalty": {"strength": 0.1}},
        "axes": {"model": {"n": [3, 2], "m": [4, 8]}, "seed": [5]},
        "zip": [{"initial.kind": ["gaussian", "xavier"]}],
    }
)


def filled(store, grid=GRID, **options):
    Sweep(grid.specs(), store, workers=1, **options).run()
    return store


@pytest.fixture(params=["disk", "memory"])
def store(request, tmp_path):
    return Store(tmp_path / "runs") if request.param == "disk" else MemoryStore()


@pytest.mark.parametrize("keep", ["scalars", "weights"])
def test_one_row_a_replicate_in_the_order_of_the_points(store, keep):
    table = collect(filled(store, keep=keep), GRID)
    points = list(GRID.points())
    assert list(table["key"]) == [point.key for point in points for _ in range(2)]
    assert list(table["replicate"]) == [0, 1] * len(points)
    for name in ("model.n", "model.m", "seed", "initial.kind"):
        assert list(table[name]) == [point.values[name] for point in points for _ in range(2)]
    runs = run_all([point.spec for point in points])
    assert list(table["polysemantic"]) == [int(x) for run in runs for x in census(run.final).polysemantic]
    assert list(table["end_time"]) == [x for run in runs for x in run.end_time]
    assert list(table["outcome"]) == [outcome.name for run in runs for outcome in run.outcome]
    assert table["polysemantic"].dtype == "int64"
    assert (table.attrs["missing"], table.attrs["failed"]) == (0, 0)


def test_what_is_missing_or_failed_is_counted_not_hidden(store):
    points = list(GRID.points())
    run_all([point.spec for point in points[2:]], store=store, compute=faking())
    store.fail(Failure(points[0].key, points[0].spec.canonical, "here", "broke"))
    table = collect(store, GRID)
    assert len(table) == 2 * (len(points) - 2)
    assert (table.attrs["missing"], table.attrs["failed"]) == (1, 1)


def test_without_a_grid_the_fields_that_differ_are_columns(store):
    table = collect(filled(store))
    assert {"model.n", "model.m", "initial.kind"} < set(table.columns)
    assert "seed" not in table.columns
    assert list(table["key"]) == sorted(table["key"])


def test_an_empty_store_gives_an_empty_table(store):
    assert collect(store).empty
    table = collect(store, GRID)
    assert table.empty
    assert table.attrs["missing"] == len(GRID.specs())
    assert "polysemantic" in table.columns


def test_counts_that_are_not_known_are_missing_values(store):
    def compute(spec, replicates):
        run = faking()(spec, replicates)
        run.final[0, 0, 0] = np.nan
        return run

    run_all([next(GRID.points()).spec], store=store, workers=1, compute=compute)
    table = collect(store)
    assert table["polysemantic"].isna().tolist() == [True, False]
    assert table["polysemantic"].dtype == "Int64"


def test_equal_sweeps_give_equal_bytes_however_they_ran(tmp_path):
    for name, workers in (("a", 1), ("b", 2)):
        store = Store(tmp_path / name)
        order = dict(sorted(GRID.specs().items(), reverse=name == "b"))
        Sweep(order, store, workers=workers, keep="weights" if name == "a" else "scalars").run()
        write_table(collect(store, GRID), tmp_path / f"{name}.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_csv_reads_back(tmp_path):
    table = collect(filled(MemoryStore()), GRID)
    write_table(table, tmp_path / "t.csv")
    back = pd.read_csv(tmp_path / "t.csv")
    pd.testing.assert_frame_equal(back, table, check_dtype=False)


def test_parquet_reads_back_and_repeats(tmp_path):
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    table = collect(filled(MemoryStore()), GRID)
    for name in "ab":
        write_table(table, tmp_path / f"{name}.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.parquet"), table, check_dtype=False)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_without_pyarrow_parquet_is_one_sentence(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise ImportError("Missing optional dependency 'pyarrow'.")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", refuse)
    with pytest.raises(InputError, match=r"A \.parquet file needs pyarrow, which is not installed"):
        write_table(pd.DataFrame({"a": [1]}), tmp_path / "t.parquet")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match=r"must end in \.parquet or \.csv"):
        write_table(pd.DataFrame({"a": [1]}), tmp_path / "t.xlsx")


def test_the_xarray_view(tmp_path):
    pytest.importorskip("xarray", reason="the view needs xarray")
    table = collect(filled(MemoryStore()), GRID)
    data = to_xarray(table, ["model.n", "model.m", "initial.kind"])
    assert data["polysemantic"].shape == (2, 2, 2, 2)


def test_axes_of_a_view_must_tell_rows_apart():
    table = collect(filled(MemoryStore()), GRID)
    with pytest.raises(InputError, match="tells rows apart"):
        to_xarray(table, ["model.n"])
    with pytest.raises(InputError, match="name columns of the table"):
        to_xarray(table, ["model.q"])


def rows(store):
    with Index(store) as index:
        index.refresh()
        return list(index.rows())


def test_the_index_learns_of_what_is_new_and_forgets_what_is_gone(tmp_path):
    store = Store(tmp_path)
    specs = list(GRID.specs().values())
    run_all(specs[:2], store=store, workers=1)
    assert len(rows(store)) == 4
    run_all(specs, store=store, workers=1)
    assert len(rows(store)) == 2 * len(specs)
    store.discard(specs[0].key)
    assert len(rows(store)) == 2 * len(specs) - 2
    before = rows(store)
    (tmp_path / "index.sqlite").unlink()
    assert rows(store) == before
    rebuild(store)
    assert rows(store) == before


@pytest.mark.parametrize("spoil", ["garbage", "other version", "half"])
def test_a_damaged_index_is_made_anew(tmp_path, spoil):
    store = filled(Store(tmp_path))
    before, path = rows(store), tmp_path / "index.sqlite"
    if spoil == "garbage":
        path.write_bytes(b"not a database" * 1000)
    elif spoil == "half":
        path.write_bytes(path.read_bytes()[:5000])
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("pragma user_version = 99")
    assert rows(store) == before


def test_a_run_whose_scalars_become_weights_is_one_row_still(tmp_path):
    store = filled(Store(tmp_path), keep="scalars")
    before = rows(store)
    assert rows(filled(store, keep="weights")) == before


def test_packing_gathers_every_run_in_few_files_and_loses_none(tmp_path):
    store = Store(tmp_path)
    specs = list(GRID.specs().values())
    for spec in specs[:3]:
        run_all([spec], store=store)  # one folder each
    run_all(specs[3:6], store=store, workers=1)  # a file
    Sweep({spec.key: spec for spec in specs[6:]}, store, keep="scalars").run()
    before = {key: (store.kept(key), store.result(key)) for key in store}
    loaded = {key: store.load(key) for key in store if store.kept(key) == "weights"}
    table = collect(store, GRID)
    assert store.repack() == 2
    assert store.folders() == []
    assert len(list((tmp_path / "packs").iterdir())) == 2
    for one in (store, Store(tmp_path)):
        assert {key: (one.kept(key), one.result(key)) for key in one} == before
        for key, run in loaded.items():
            assert np.array_equal(one.load(key).final, run.final)
    assert store.verify() == []
    pd.testing.assert_frame_equal(collect(store, GRID), table)
    assert store.repack() == 2  # again: nothing changes


def test_packing_refuses_while_somebody_works_in_the_folder(tmp_path):
    store = filled(Store(tmp_path))
    with store.lock() as alone:
        assert alone
        with pytest.raises(Exception, match="Another process works"):
            Store(tmp_path).repack()
    assert Store(tmp_path).repack() == 1


def test_a_table_of_parts_shows_them_as_text():
    grid = grid_from({"spec": {"model": {"n": 2, "m": 4}}, "axes": {"penalty": [{"strength": 0.5}, {"kind": "none"}]}})
    table = collect(filled(MemoryStore(), grid, compute=faking()), grid)
    assert [json.loads(text) for text in table["penalty"]] == [{"strength": 0.5}, {"kind": "none"}]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_that_cannot_be_written_can_still_be_read(tmp_path):
    store = filled(Store(tmp_path / "runs"))
    before = collect(store, GRID)
    (tmp_path / "runs" / "index.sqlite").unlink()
    (tmp_path / "runs").chmod(0o500)
    pd.testing.assert_frame_equal(collect(Store(tmp_path / "runs"), GRID), before)
    (tmp_path / "runs").chmod(0o700)


def test_a_table_knows_what_its_specs_share():
    base = {"model": {"n": 4, "m": 6}, "penalty": {"strength": 0.02}}
    store = MemoryStore()
    table = sweep(base, {"model.m": [6, 8], "penalty.kind": ["l1"]}, store=store, workers=1)
    fields = table.attrs["fields"]
    assert fields["model.n"] == 4
    assert "model.m" not in fields
    assert not [name for name in fields if name.startswith("penalty.")]  # the axis may change all of them
    assert collect(store).attrs["fields"]["penalty.strength"] == 0.02


def test_a_spreadsheet_knows_the_letters_of_a_table(tmp_path):
    """It takes a file for UTF-8 only where a mark says so; plain tables have none, which other programs like better."""
    for name, mark in (("plain", b""), ("λ = 0,1", b"\xef\xbb\xbf")):
        write_table(pd.DataFrame({"who": [name], "count": [3]}), tmp_path / "t.csv")
        assert (tmp_path / "t.csv").read_bytes().startswith(mark + b"who,count\n")
        assert pd.read_csv(tmp_path / "t.csv").to_dict("list") == {"who": [name], "count": [3]}


def test_no_name_in_a_csv_is_taken_for_a_formula(tmp_path):
    names = ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "plain", "'quoted"]
    table = pd.DataFrame({"=name": names, "number": np.linspace(-2, 2, len(names)), "gap": [None, *names[1:]]})
    write_table(table, tmp_path / "t.csv")
    back = pd.read_csv(tmp_path / "t.csv")
    assert list(back.columns) == ["'=name", "number", "gap"]
    assert list(back["'=name"]) == [f"'{name}" for name in names[:6]] + names[6:]
    assert list(back["number"]) == list(table["number"])
    assert back["gap"].isna().tolist() == [True] + [False] * 7
    assert list(table["=name"]) == names


@pytest.mark.parametrize("file", ["index.sqlite", "index.sqlite-journal"])
def test_an_index_that_others_hold_or_spoil_costs_only_time(tmp_path, file):
    store = filled(Store(tmp_path))
    before = rows(store)
    (tmp_path / file).write_bytes(b"garbage" * 300)
    assert rows(store) == before
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        connection.execute("update places set content = replace(content, 'CONVERGED', 'UNDECIDED')")
    assert rows(store) == before
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        connection.execute("delete from places")
    assert rows(store) == before
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        connection.execute("drop table places")
        connection.execute("create table places (place blob, content int)")
    assert rows(store) == before


def test_an_index_that_is_locked_is_not_waited_for_forever(tmp_path, monkeypatch):
    store = filled(Store(tmp_path))
    before = rows(store)
    monkeypatch.setattr("polygenesis.sweeps.index.WAIT_SECONDS", 0.05)
    other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    other.execute("begin exclusive")
    assert rows(store) == before
    other.close()
    assert (tmp_path / "index.sqlite").exists()
