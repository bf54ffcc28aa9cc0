"""Predictions of cost: they grow with what makes a run long, and lie within their factor where we measured."""

from __future__ import annotations

import importlib.util
import json
from collections import defaultdict
from pathlib import Path
from statistics import median

import pytest

from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.sweeps import Store, run_all
from polygenesis.sweeps.cost import estimate_bytes, estimate_seconds
from polygenesis.training import AdamW, GradientFlow

ROOT = Path(__file__).parents[2]

SPEC = RunSpec(model=TiedAutoencoder(n=64, m=256), penalty=L1(0.01), replicates=2)


@pytest.mark.parametrize(
    "longer",
    [
        {"model": TiedAutoencoder(n=128, m=256)},
        {"model": TiedAutoencoder(n=64, m=512)},
        {"penalty": L1(0.001)},
        {"replicates": 3},
    ],
)
def test_what_makes_a_run_longer_is_predicted_so(longer):
    assert estimate_seconds(SPEC.replace(**longer)) > estimate_seconds(SPEC)


def test_a_time_limit_and_steps_bound_the_prediction():
    assert estimate_seconds(SPEC.replace(training=GradientFlow(max_time=1.0))) < estimate_seconds(SPEC)
    ten, twenty = (estimate_seconds(SPEC.replace(training=AdamW(steps=steps))) for steps in (1000, 2000))
    assert twenty == pytest.approx(2 * ten, rel=0.1)
    assert estimate_seconds(SPEC.replace(penalty=NoPenalty())) > 0


def series() -> dict:
    """What benchmarks/growth.py measures: the specs of a series by what changes in it."""
    path = ROOT / "benchmarks" / "growth.py"
    place = importlib.util.spec_from_file_location("growth", path)
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return {name: dict(points) for name, points in module.SERIES.items()}


def test_predictions_are_within_a_factor_of_three_of_measurements():
    """Processor seconds of one core of a server, kept beside the page of performance, with the median of each point."""
    specs, seconds = series(), defaultdict(list)
    for point in json.loads((ROOT / "benchmarks" / "growth.json").read_text(encoding="utf-8"))["points"]:
        seconds[point["series"], point["x"]].append(point["seconds"])
    times = {place: median(each) / estimate_seconds(specs[place[0]][place[1]]) for place, each in seconds.items()}
    assert len(times) > 40
    assert {place: each for place, each in times.items() if not 1 / 3 < each < 3} == {}


@pytest.mark.parametrize("save", [Save(), Save(times=20, series=("loss",)), Save(times=5, weights=True)])
def test_predicted_bytes_are_those_on_disk(tmp_path, save):
    spec = RunSpec(model=TiedAutoencoder(n=8, m=64), penalty=L1(0.05), replicates=4, save=save)
    run_all([spec], store=Store(tmp_path))
    written = sum(path.stat().st_size for path in (tmp_path / spec.key).iterdir())
    assert written / 3 < estimate_bytes(spec) < written * 3
    assert estimate_bytes(spec, keep="scalars") <= estimate_bytes(spec)
