"""Predictions of cost: they grow with what makes a run long, and lie within their factor where we measured."""

from __future__ import annotations

import pytest

from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.sweeps import Store, run_all
from polygenesis.sweeps.cost import estimate_bytes, estimate_seconds
from polygenesis.training import AdamW, GradientFlow

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


def seconds_on_one_core():
    """Processor seconds measured once on one core of a 2020s server, of two replicates each."""
    return [
        (RunSpec(model=TiedAutoencoder(n=8, m=16), penalty=L1(0.016), replicates=2), 0.0025),
        (RunSpec(model=TiedAutoencoder(n=64, m=64), penalty=L1(0.004), replicates=2), 0.074),
        (RunSpec(model=TiedAutoencoder(n=64, m=1024), penalty=L1(0.016), replicates=2), 0.086),
        (RunSpec(model=TiedAutoencoder(n=256, m=4096), penalty=L1(0.016), replicates=2, precision="float32"), 1.1),
        (SPEC.replace(training=AdamW(steps=500), precision="float32"), 0.062),
    ]


@pytest.mark.parametrize(("spec", "seconds"), seconds_on_one_core())
def test_predictions_are_within_a_factor_of_three_of_measurements(spec, seconds):
    assert seconds / 3 < estimate_seconds(spec) < seconds * 3


@pytest.mark.parametrize("save", [Save(), Save(times=20, series=("loss",)), Save(times=5, weights=True)])
def test_predicted_bytes_are_those_on_disk(tmp_path, save):
    spec = RunSpec(model=TiedAutoencoder(n=8, m=64), penalty=L1(0.05), replicates=4, save=save)
    run_all([spec], store=Store(tmp_path))
    written = sum(path.stat().st_size for path in (tmp_path / spec.key).iterdir())
    assert written / 3 < estimate_bytes(spec) < written * 3
    assert estimate_bytes(spec, keep="scalars") <= estimate_bytes(spec)
