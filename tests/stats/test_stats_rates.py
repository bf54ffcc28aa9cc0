"""Count regressions against closed forms, known laws and their stated coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest

from polygenesis import stats
from polygenesis.errors import InputError


def under_dispersed(n, m, rng, runs=()):
    """Binomial counts of mean n²/2m exactly (n²/m is whole on the grid) and variance/mean = 1/2."""
    return rng.binomial(n**2 // m, 0.5, size=(*runs, n.size))


def grid():
    n, m = (axis.ravel() for axis in np.meshgrid([64, 128, 256], [512, 1024, 2048, 4096]))
    return np.repeat(n, 8), np.repeat(m, 8)


def test_power_law_finds_exponents_constant_and_dispersion():
    n, m = grid()
    counts = under_dispersed(n, m, np.random.default_rng(0))
    law = stats.power_law(counts, {"n": n, "m": m})
    assert law.exponents["n"].covers(2)
    assert law.exponents["m"].covers(-1)
    assert law.constant.covers(0.5)
    assert law.dispersion == pytest.approx(0.5, abs=0.15)
    assert law.exponents["n"].error < 0.1
    held = stats.power_law(counts, {"n": n, "m": m}, fixed={"n": 2, "m": -1})
    assert held.constant.covers(0.5)
    assert held.constant.upper / held.constant.lower < 1.2
    assert law.constant.upper / law.constant.lower > 2  # far from the data, at n = m = 1
    assert held.exponents == {}
    np.testing.assert_allclose(law.mean(n=n, m=m).sum(), counts.sum())
    assert "n         ^ 2 (held)" in repr(held)


def test_intercept_only_fit_is_the_closed_form():
    counts = np.array([5, 9, 7, 4, 8, 6, 7, 7, 5, 6])
    law, mean = stats.power_law(counts, {}), stats.mean_count(counts)
    assert law.constant.value == pytest.approx(mean.value)
    assert law.constant.lower == pytest.approx(mean.lower)
    assert law.dispersion == pytest.approx(counts.var(ddof=1) / counts.mean())


@pytest.mark.parametrize("options", [{}, {"robust": True}])
def test_exponent_intervals_cover_at_their_level(options):
    n, m = grid()
    draws = under_dispersed(n, m, np.random.default_rng(1), runs=(300,))
    hits = [stats.power_law(k, {"n": n, "m": m}, **options).exponents["m"].covers(-1) for k in draws]
    # Standard error 1.3 %; Poisson intervals would cover 99 %.
    assert np.mean(hits) == pytest.approx(0.95, abs=0.035)


def test_robust_errors_allow_a_dispersion_that_varies_between_cells():
    """Poisson counts at a mean of 4, nearly noiseless ones at 64: the pooled φ is wrong for their sum."""
    rng, predicted = np.random.default_rng(7), np.repeat([4.0, 64.0], 16)
    draws = [np.concatenate([rng.poisson(4, 16), rng.binomial(66, 64 / 66, 16)]) for _ in range(400)]
    robust = np.mean([stats.ratio_to_prediction(k, predicted, robust=True).covers(1) for k in draws])
    pooled = np.mean([stats.ratio_to_prediction(k, predicted).covers(1) for k in draws])
    # Standard error 1.1 %.
    assert robust == pytest.approx(0.95, abs=0.035)
    assert pooled > 0.985


def test_clustered_errors_grow_with_shared_luck():
    rng = np.random.default_rng(3)
    seeds = np.repeat(np.arange(20), 10)
    x = np.tile(np.geomspace(1, 8, 10), 20)
    luck = np.exp(0.5 * rng.standard_normal(20))[seeds]
    counts = rng.poisson(20 * luck * x)
    plain = stats.power_law(counts, {"x": x}, fixed={"x": 1})
    clustered = stats.power_law(counts, {"x": x}, fixed={"x": 1}, groups=seeds)
    assert clustered.constant.error > 1.5 * plain.constant.error
    assert clustered.constant.freedom == 19
    assert clustered.constant.value == pytest.approx(plain.constant.value)
    assert "clustered" in repr(clustered)


def test_ratio_to_prediction_is_a_ratio_of_sums():
    counts, predicted = np.array([3, 5, 10, 12]), np.array([4.0, 4.0, 11.0, 11.0])
    found = stats.ratio_to_prediction(counts, predicted)
    assert found.value == pytest.approx(1.0)
    mu = found.value * predicted
    phi = np.sum((counts - mu) ** 2 / mu) / 3
    assert found.error == pytest.approx(math.sqrt(phi / counts.sum()))
    assert stats.ratio_to_prediction(counts, 5.0).value == pytest.approx(1.5)


def test_few_or_no_events_are_said():
    x = np.arange(1, 7)
    few = stats.power_law([0, 0, 1, 0, 2, 1], {"x": x})
    assert few.caution.startswith("Only 3 counts above zero; 20 are wanted")
    none = stats.power_law(np.zeros(6), {"x": x})
    assert math.isnan(none.exponents["x"].value)
    assert "All counts are zero" in none.caution
    assert none.constant.upper == math.inf
    held = stats.power_law(np.zeros(6), {"x": x}, fixed={"x": 1})
    assert held.constant.upper == pytest.approx(-math.log(0.025) / 21)
    assert stats.ratio_to_prediction(np.zeros(4), 2.0).upper == pytest.approx(-math.log(0.025) / 8)
    assert "groups" in stats.power_law(np.arange(1, 31), {}, groups=np.arange(30) % 3).caution
    exact = stats.power_law(2 * x, {"x": x})
    assert "exactly on the law" in exact.caution
    assert stats.agrees(exact.exponents["x"], 0.9, 1.1).verdict is stats.Verdict.UNDECIDED


def test_log_slope_of_an_exact_and_of_a_noisy_power():
    x = np.geomspace(1, 100, 30)
    exact = stats.log_slope(x, 3 * x**-2)
    assert exact.slope.value == pytest.approx(-2)
    assert exact.constant.value == pytest.approx(3)
    noise = np.exp(0.1 * np.random.default_rng(4).standard_normal(30))
    noisy = stats.log_slope(x, 3 * x**-2 * noise)
    assert noisy.slope.covers(-2)
    assert not noisy.slope.covers(-1.9)
    assert noisy.spread == pytest.approx(0.1, rel=0.3)
    assert noisy.slope.method == "least squares, HC3"


def test_points_of_one_curve_need_their_groups():
    rng = np.random.default_rng(5)
    runs, x = np.repeat(np.arange(12), 25), np.tile(np.geomspace(1, 100, 25), 12)
    y = x ** (-1 + 0.2 * rng.standard_normal(12)[runs])
    alone, together = stats.log_slope(x, y).slope, stats.log_slope(x, y, groups=runs).slope
    assert together.error > 1.3 * alone.error
    assert together.freedom == 11
    assert together.covers(-1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stats.power_law([1, 2, 3], {"n": [1, 2]}), r"`n` must hold 1 or 3 values"),
        (lambda: stats.power_law([1, 2, 3], {"n": [0, 1, 2]}), "`n` must be above 0"),
        (lambda: stats.power_law([1, 2, 3], {"n": 4}), "vary, and not all together"),
        (lambda: stats.power_law([1, 2], {"n": [1, 2]}), "more than 2 observations"),
        (lambda: stats.power_law([1, 2, 3], {"n": [1, 2, 3]}, fixed={"m": 1}), "`fixed` must hold exponents of n"),
        (lambda: stats.power_law([1, 2, 3], {}, groups=[1, 1, 1]), "at least 2 groups"),
        (lambda: stats.power_law([1, 2, 4], {"n": [1, 2, 3]}).mean(m=2), "`factors` must be n, but is 'm'"),
        (lambda: stats.ratio_to_prediction([1, 2], [1.0, -1.0]), "`predicted` must be above 0"),
        (lambda: stats.log_slope([1, 2, 3], [1, 0, 2]), "`y` must be above 0"),
    ],
)
def test_wrong_input_is_one_sentence(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize(("counts", "predicted"), [([3, 3, 3, 3], 3.0), ([3, 3], [3.0, 3.0]), ([6, 6, 6], 3.0)])
def test_counts_that_all_equal_what_was_predicted_have_a_ratio_and_no_spread(counts, predicted, robust):
    found = stats.ratio_to_prediction(counts, predicted, robust=robust)
    assert found.value == pytest.approx(counts[0] / np.min(predicted))
    assert "exactly on the law" in found.caution
