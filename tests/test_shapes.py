"""The shapes that docstrings promise, checked by machine: one name is one number in every result of a call.

jaxtyping reads "r n m" as axes; inside one ``jaxtyped`` context a name keeps the size it had first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from beartype import beartype
from jaxtyping import Bool, Float, Integer, jaxtyped

from polygenesis import detect, seeds
from polygenesis.checks import check_weights
from polygenesis.dynamics import initial, simulate
from polygenesis.initial import Gaussian, Initial, Xavier
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar, GaussianNoise, HiddenNoise, LaplaceNoise, UniformNoise
from polygenesis.penalties import L1
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import AdamW, GradientDescent, GradientFlow

A = np.ndarray
R, N, M, T = 3, 5, 11, 4  # all different, and different from every small number, so that no axis passes for another
SPEC = RunSpec(
    TiedAutoencoder(n=N, m=M),
    penalty=L1(0.1),
    replicates=R,
    save=Save(times=T, series=("loss", "polysemantic", "survivors"), weights=True),
)
shaped = jaxtyped(typechecker=beartype)


def misshapen(values: Mapping[str, Any], shapes: Mapping[str, Any]) -> list[str]:
    """Return the names of the values that are not what they should be, given r, n, m and T."""
    with jaxtyped("context"):
        assert isinstance(np.empty((R, N, M, T)), Float[A, "r n m T"])  # what the names are
        return [
            f"{name}: {getattr(values[name], 'dtype', type(values[name]))}{np.shape(values[name])}"
            for name, shape in shapes.items()
            if not isinstance(values[name], shape)
        ]


def attributes(value: object, names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def test_the_checker_tells_axes_and_types_apart():
    right = {"w": np.zeros((R, N, M))}
    assert misshapen(right, {"w": Float[A, "r n m"]}) == []
    for wrong in (np.zeros((R, M, N)), np.zeros((N, M)), np.zeros((R, N, M), dtype=int)):
        assert misshapen({"w": wrong}, {"w": Float[A, "r n m"]})


# Parts draw what their docstrings say


@pytest.mark.parametrize("law", [Gaussian(), Xavier(), Xavier(law="uniform")])
def test_initial_laws_draw_one_network(law: Initial):
    @shaped
    def sample(n: int, m: int) -> Float[A, "{n} {m}"]:
        return law.sample(seeds.generator(0, "shapes", "initial"), n, m)

    assert sample(N, M).dtype == np.float64
    assert sample(1, 1).size == 1


@pytest.mark.parametrize("law", [Bipolar(0.1), UniformNoise(0.1), GaussianNoise(0.1), LaplaceNoise(0.1)])
def test_noise_has_the_shape_asked_for(law: HiddenNoise):
    @shaped
    def sample(a: int, b: int, c: int) -> Float[A, "{a} {b} {c}"]:
        return law.sample(seeds.generator(0, "shapes", "noise"), (a, b, c))

    assert sample(2, N, M).dtype == np.float64


@pytest.mark.parametrize("dimensions", [2, 3, 4])
def test_checked_weights_keep_their_shape(dimensions: int):
    @shaped
    def check(weights: Float[A, "*shape"]) -> Float[A, "*shape"]:
        return check_weights("w", weights, dimensions=dimensions)

    assert check(np.ones((2, 3, 5, 7)[:dimensions], dtype=np.float32)).dtype == np.float32


# Runs

RUN = {
    "initial": Float[A, "r n m"],
    "final": Float[A, "r n m"],
    "end_time": Float[A, " r"],
    "evaluations": Integer[A, " r"],
    "converged": Bool[A, " r"],
    "times": Float[A, " T"],
    "trajectory": Float[A, "r T n m"],
}
CERTIFICATE = dict.fromkeys(["residual", "excess", "dead", "split", "clashing"], Float[A, " r"] | Integer[A, " r"])


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("training", [GradientFlow(), GradientDescent(0.01, 20), AdamW(steps=20)], ids=lambda t: t.kind)
def test_a_run(training: Any, precision: Any):
    run = simulate(SPEC.replace(training=training, precision=precision))
    assert misshapen(attributes(run, RUN), RUN) == []
    assert misshapen(run.series, dict.fromkeys(SPEC.save.series, Float[A, "r T"])) == []
    assert len(run.outcome) == R
    assert {run.initial.dtype, run.final.dtype} == {np.dtype(precision)}
    if run.certificate is not None:
        assert misshapen(attributes(run.certificate, CERTIFICATE), CERTIFICATE) == []


def test_a_run_that_saves_nothing():
    run = simulate(SPEC.replace(save=Save()))
    assert run.trajectory is None
    assert run.series == {}
    assert run.times.shape == (0,)


def test_initial_weights():
    assert misshapen({"w": initial(SPEC)}, {"w": Float[A, "r n m"]}) == []


# Detect: the same shapes for one network and for several

WEIGHTS = initial(SPEC)
CENSUS = {
    "neuron": Integer[A, "r n"],
    "sign": Integer[A, "r n"],
    "settled": Bool[A, "r n"],
    "feature_state": Integer[A, "r n"],
    "neuron_state": Integer[A, "r m"],
    "features_per_neuron": Integer[A, "r m"],
    "polysemantic": Integer[A, " r"],
    "monosemantic": Integer[A, " r"],
    "dead_features": Integer[A, " r"],
    "split_features": Integer[A, " r"],
    "resolved": Bool[A, " r"],
    "polysemantic_fraction": Float[A, " r"],
}
COLLISIONS = {
    "counts": Integer[A, " r"],
    "opposite_counts": Integer[A, " r"],
    "replicate": Integer[A, " c"],
    "neuron": Integer[A, " c"],
    "first": Integer[A, " c"],
    "second": Integer[A, " c"],
    "opposite": Bool[A, " c"],
}
MEASURES = {
    "fourth_norm": Float[A, "r n"],
    "participation_ratio": Float[A, "r n"],
    "survivors": Float[A, "r n"] | Integer[A, "r n"],
    "l1_norms": Float[A, "r n"],
    "row_norms": Float[A, "r n"],
    "overlaps": Float[A, "r n n"],
}


def test_a_census():
    assert misshapen(attributes(detect.census(WEIGHTS), CENSUS), CENSUS) == []
    one = attributes(detect.census(WEIGHTS[0]), CENSUS)
    assert {np.shape(each)[0] for each in one.values()} == {1}


def test_collisions():
    assert misshapen(attributes(detect.collisions(WEIGHTS), COLLISIONS), COLLISIONS) == []


@pytest.mark.parametrize("name", MEASURES)
def test_measures(name: str):
    measure = getattr(detect, name)
    assert misshapen({name: measure(WEIGHTS)}, {name: MEASURES[name]}) == []
    np.testing.assert_array_equal(measure(WEIGHTS[0]), measure(WEIGHTS)[:1])  # one network is r = 1


def test_start_end_correlation():
    shapes = {"matrix": Float[A, "n n"], "diagonal": Float[A, " r"], "off_diagonal": Float[A, " r"]}
    found = detect.start_end_correlation(WEIGHTS, WEIGHTS)
    assert misshapen(attributes(found, shapes), shapes) == []
