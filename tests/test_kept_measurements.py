"""Measurements kept for the pages: those of the run, which they stand for only while sources are the same."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import polygenesis as pg
from polygenesis import kernels
from polygenesis.errors import InputError
from polygenesis.studies import get, paper_runs
from polygenesis.studies.measurements import measure
from polygenesis.sweeps import Store

ROOT = Path(__file__).parents[1]


@pytest.fixture
def kept(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    yield importlib.import_module("kept_measurements")
    for name in ("pages", "readme_numbers", "kept_measurements"):
        sys.modules.pop(name, None)


@pytest.fixture
def pages(kept, monkeypatch):
    module = importlib.import_module("pages")
    monkeypatch.setattr(module, "LONG", 0.0)
    monkeypatch.setitem(paper_runs.FLOWS, "quick", (6, (6, 12, 24, 48, 96), 3))
    monkeypatch.setitem(paper_runs.ADAMS, "quick", (6, (6, 12, 24, 48, 96), 3))
    return module


def measured(training=None, m=16):
    spec = paper_runs.autoencoder(8, m, 0.01, training or pg.AdamW(steps=40), 3)
    return measure(pg.simulate(spec))


@pytest.mark.parametrize("training", [pg.AdamW(steps=40), pg.GradientFlow()])
def test_a_line_gives_back_every_bit(kept, tmp_path, training):
    path, before = tmp_path / "measured.jsonl", measured(training)
    kept.KeptMeasurements(path).keep([before])
    after = kept.KeptMeasurements(path)[before.spec.key]
    for each in dataclasses.fields(before):
        one, other = getattr(before, each.name), getattr(after, each.name)
        if isinstance(one, pd.DataFrame):
            pd.testing.assert_frame_equal(one, other)
        elif isinstance(one, np.ndarray):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
        else:
            assert one == other


def test_lines_of_other_sources_do_not_count(kept, tmp_path, monkeypatch):
    path, one, other = tmp_path / "measured.jsonl", measured(m=16), measured(m=12)
    kept.KeptMeasurements(path).keep([one])
    with monkeypatch.context() as patch:
        patch.setattr(kept, "sources", lambda: "others")
        assert one.spec.key not in kept.KeptMeasurements(path)
        kept.KeptMeasurements(path).keep([other])
        assert list(kept.KeptMeasurements(path)) == [other.spec.key]
    assert list(kept.KeptMeasurements(path)) == []


def test_what_decides_a_line_is_all_that_trains_and_counts(kept, monkeypatch, tmp_path):
    """Every compiled file that the engine imports is among the files; one number in them changes the hash."""
    files = set(kept.deciding())
    engine = [ast.parse(path.read_bytes()) for path in (kernels.PACKAGE / "dynamics" / "descent").glob("*.py")]
    nodes = [node for tree in engine for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {part for node in nodes for part in (node.module, *(f"{node.module}.{each.name}" for each in node.names))}
    imported = {Path(kernels.PACKAGE.parent, *name.split(".")).with_suffix(".py") for name in names}
    assert (imported & set(kernels.sources())) - {Path(kernels.__file__)} <= files
    assert kernels.PACKAGE / "dynamics" / "descent" / "steps.py" in imported & files
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text('"""Say."""\n\n\ndef f() -> int:\n    """Say more."""\n    return 1  # why\n')
    other.write_text("def f() -> int: return 1\n")
    assert kept.code(one) == kept.code(other)
    other.write_text("def f() -> int: return 2\n")
    assert kept.code(one) != kept.code(other)


@pytest.mark.parametrize("text", ["{", "[]", '{"no": "key"}', "\xff"])
def test_a_damaged_file_is_one_sentence(kept, tmp_path, text):
    path = tmp_path / "measured.jsonl"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"must be a measurement, but is damaged|cannot be read"):
        kept.KeptMeasurements(path)


def test_a_study_needs_no_runs_of_which_there_are_lines_and_says_the_same(kept, pages, tmp_path, monkeypatch):
    study, path = get("collision-count"), tmp_path / "measured.jsonl"
    expected = study.run("quick", store=Store(tmp_path / "all"))
    first = pages.judged_by_counts(study, "quick", Store(tmp_path / "runs"), 1, kept.KeptMeasurements(path))
    steps = [each.key for each in paper_runs.adams("quick").values()]
    lines = kept.KeptMeasurements(path)
    assert sorted(lines) == sorted(steps)
    store = Store(tmp_path / "fresh")
    again = pages.judged_by_counts(study, "quick", store, 1, lines)
    assert not set(steps) & set(store.keys())
    assert len(store.keys()) == len(paper_runs.flows("quick"))
    for found in (first, again):
        assert found.judgements == expected.judgements
        assert found.answers == expected.answers
        for name, table in expected.tables.items():
            pd.testing.assert_frame_equal(table, found.tables[name])


def test_lines_of_the_repository_are_of_the_paper_s_own_networks(kept):
    """Each is the run that it says it is, in full: AdamW as published, 16 networks a width."""
    path = ROOT / "docs" / "studies" / "measured.jsonl"
    planned = {each.key for study in ("collision-count", "penalty-strength") for each in get(study).specs("thorough")}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        found = json.loads(line)
        assert pg.RunSpec.from_dict(found["spec"]).key == found["key"]
        assert found["key"] in planned
        assert len(found["published"]) == found["spec"]["replicates"] == 16
