"""Axes that change numbers only share a compiled program, and no run's bits depend on the others."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis.dynamics import simulate
from polygenesis.sweeps import Store, plan, run_sweep
from polygenesis.sweeps.grid import grid_from

pytestmark = pytest.mark.torch

SPEC = {
    "model": {"kind": "autoencoder", "n": 5, "m": 2, "tied": True, "output_bias": True},
    "features": {"kind": "bernoulli", "probability": 0.1, "magnitude": "uniform"},
    "penalty": {"kind": "l1", "strength": 0.01},
    "training": {"kind": "adam", "lr": 0.01, "steps": 30, "batch_size": 16},
    "replicates": 3,
}
NUMBERS = {"features.probability": [0.1, 0.5], "penalty.strength": [0, 0.1], "training.lr": [0.01, 1], "seed": [0, 1]}


def grid_of(tmp_path, axes, **changes):
    return grid_from({"spec": SPEC | changes, "axes": axes, "keep": "weights"}, folder=tmp_path)


def test_the_plan_names_the_axes_that_change_numbers_only(tmp_path):
    found = plan(grid_of(tmp_path, NUMBERS | {"model.m": [2, 3], "training.steps": [10, 20]}))
    assert found.together == tuple(NUMBERS)
    assert "training.lr and seed change numbers only: one compiled program trains all their runs" in str(found)
    one = plan(grid_of(tmp_path, {"features.probability": [0.1, 0.2]}))
    assert "features.probability changes numbers only" in str(one)


def test_the_plan_promises_nothing_of_other_engines(tmp_path):
    flow = plan(grid_of(tmp_path, {"penalty.strength": [0.1, 0.2]}, training={}, features={"kind": "one-hot"}))
    assert flow.together == ()
    assert "numbers only" not in str(flow)
    assert plan(grid_of(tmp_path, {"model.m": [2, 3]})).together == ()


def test_a_run_of_a_grid_has_the_bits_that_its_spec_has_alone(tmp_path):
    grid, store = grid_of(tmp_path, NUMBERS), Store(tmp_path / "runs")
    run_sweep(grid, store=store, workers=1)
    finals = []
    for key, spec in grid.specs().items():
        kept, alone = store.load(key), simulate(spec)
        for name, values in alone.parameters.items():
            np.testing.assert_array_equal(kept.parameters[name], values)
        finals.append(alone.final)
    assert len(finals) == 16
    assert len({each.tobytes() for each in finals}) == 16
