"""Every toy model in examples/toy_models trains at a small size, and the page lists all of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from polygenesis.dynamics import Outcome, simulate
from polygenesis.spec import RunSpec
from polygenesis.sweeps import read_grid

pytestmark = pytest.mark.torch

FOLDER = Path(__file__).parents[2] / "examples" / "toy_models"
FILES = sorted(FOLDER.glob("*.toml"))


def specs_of(path: Path) -> list[RunSpec]:
    if path.name.endswith(".sweep.toml"):
        grid = read_grid(path)
        specs = list(grid.specs().values())
        return [specs[0], specs[-1]]
    return [RunSpec.from_file(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_toy_model_trains(path):
    for spec in specs_of(path):
        size = min(getattr(spec.training, "batch_size", 0), 256)
        steps = dataclasses.replace(spec.training, steps=40, batch_size=size, warmup=min(spec.training.warmup, 5))
        run = simulate(spec.replace(training=steps, replicates=2))
        start = run.spec.replace(training=dataclasses.replace(steps, steps=0, warmup=0))
        before = simulate(start, initial_weights=run.initial_parameters).evaluate().loss
        assert set(run.outcome) == {Outcome.FINISHED}
        assert np.isfinite(run.final).all()
        assert (run.evaluate().loss < before).all()


def test_there_are_ten_and_the_page_lists_them():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(FILES) >= 10
    for path in FILES:
        assert f"| `{path.name}` |" in page
