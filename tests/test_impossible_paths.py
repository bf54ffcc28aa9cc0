"""Paths that no disk takes, in Python: one sentence each. The commands' are in cli/test_hostile_paths.py."""

from __future__ import annotations

import os

import numpy as np
import pytest

import polygenesis as pg
from polygenesis import plots
from polygenesis.errors import InputError, StoreError
from polygenesis.probe import read_dictionary
from polygenesis.report import render, write_pages

NAMES = {"long": "x" * 300, "NUL": "a\0b", "below a long one": "x" * 300 + "/b", "deep": "a/" * 3000, "file": "file/b"}


@pytest.fixture(scope="module")
def acts():
    """Everything public that takes a path, by name."""
    rng = np.random.default_rng(0)
    labels = rng.random((60, 3)) < 0.5
    run = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=3, m=4)))
    found = pg.diagnose(labels + 0.1 * rng.standard_normal((60, 3)), labels, draws=99)
    chart = plots.chart([plots.series("flow", [8, 16], [4.0, 2.0])], x="m", y="count")
    return {
        "load": pg.load,
        "load from a store": lambda path: pg.load("a" * 8, store=path),
        "save a run": run.save,
        "save a diagnosis": found.save,
        "page of a diagnosis": lambda path: found.to_html(f"{path}.html"),
        "explore": lambda path: pg.explore(path=f"{path}.html"),
        "save a figure": lambda path: chart.save(f"{path}.svg"),
        "render": lambda path: render([], path),
        "write pages": lambda path: write_pages([], path),
        "diagnose a file": lambda path: pg.diagnose(path, labels),
        "diagnose folders": lambda path: read_dictionary(path),
        "labels of a file": lambda path: pg.diagnose(np.ones((60, 3)), path),
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_path_that_cannot_be_is_one_sentence(acts, tmp_path, name):
    (tmp_path / "file").write_text("")
    for what, act in acts.items():
        try:
            act(f"{tmp_path}/{NAMES[name]}")
        except (StoreError, InputError) as error:
            said = str(error)
        except Exception as error:
            raise AssertionError(f"{what}: {type(error).__name__}: {str(error)[:200]}") from error
        else:
            raise AssertionError(f"{what}: taken")
        assert "\n" not in said, what
        assert said.endswith("."), what


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_closed_folder_is_one_sentence(acts, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    for act in acts.values():
        with pytest.raises((StoreError, InputError)):
            act(str(closed / "inside"))
