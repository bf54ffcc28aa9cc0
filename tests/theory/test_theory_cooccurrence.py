"""Co-occurrence: against sums over all inputs, potentials by finite differences, and limits."""

import itertools
import math

import numpy as np
import pytest

from polygenesis import errors, theory
from polygenesis.theory.cooccurrence import MAGNITUDES


def expected_loss(weights, p):
    """(1/p) E ‖ReLU(W Wᵀ x) − x‖² over all inputs."""
    n = len(weights)
    total = 0.0
    for fires in itertools.product([0.0, 1.0], repeat=n):
        x = np.array(fires)
        chance = p ** x.sum() * (1 - p) ** (n - x.sum())
        total += chance * np.sum((np.maximum(weights @ (weights.T @ x), 0) - x) ** 2)
    return total / p


def slope(weights, p, index, size=1e-6):
    """One-sided derivative of the expected loss by one weight, upwards."""
    moved = weights.copy()
    moved[index] += size
    return (expected_loss(moved, p) - expected_loss(weights, p)) / size


def starts(m, pairs, seed):
    generator = np.random.default_rng(seed)
    return (np.sort(np.abs(generator.standard_normal((pairs, m))), axis=1)[:, ::-1] / math.sqrt(m) for _ in range(2))


def test_leaky_loss_is_first_order_in_p():
    rows = np.random.default_rng(3).standard_normal((4, 6))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    exact = [(expected_loss(rows, p) - expected_loss(rows, 1e-9)) / p for p in (1e-4, 1e-5)]
    leaky = (theory.leaky_loss(rows, 1e-4) - theory.leaky_loss(rows, 0.0)) / 1e-4
    negative = np.minimum(rows @ rows.T, 0)
    assert leaky == pytest.approx(np.sum(negative**2))
    # positive overlaps change by O(p) too, in co-occurrence of their own: compare rows without any
    apart = np.array([[1.0, 0], [-0.8, 0.6]])
    found = (expected_loss(apart, 1e-5) - expected_loss(apart, 1e-9)) / 1e-5
    assert found == pytest.approx(2 * 0.8**2, rel=1e-3)
    assert theory.leaky_loss(apart, 1e-5) / 1e-5 == pytest.approx(2 * 0.8**2)
    assert theory.leaky_loss(np.stack([apart, apart]), 0.5).shape == (2,)
    assert np.isfinite(exact).all()


@pytest.mark.parametrize(("p", "strength"), [(0.05, 0.016), (0.2, 0.064), (0.4, 0.004)])
def test_pair_rests_where_the_exact_loss_is_flat(p, strength):
    a, b = theory.pair_at_rest(p, strength)
    pair = np.array([[a], [-b]])
    assert a > b
    assert slope(pair, p, (0, 0)) == pytest.approx(-strength, abs=1e-4)
    assert slope(pair, p, (1, 0)) == pytest.approx(strength, abs=1e-4)


def test_the_two_weights_differ_by_half_of_p():
    a, b = theory.pair_at_rest(0.001, 1e-4)
    assert a - b == pytest.approx(0.0005, rel=0.01)
    assert math.isnan(theory.pair_at_rest(0.95, 0.064)[1])


def test_unused_neurons_exert_no_force():
    a, b = theory.pair_at_rest(0.3, 0.016)
    pair = np.array([[a, 0.0], [-b, 0.0]])
    assert abs(slope(pair, 0.3, (0, 1))) < 1e-5
    assert abs(slope(pair, 0.3, (1, 1))) < 1e-5


@pytest.mark.parametrize(("p", "strength"), [(0.05, 0.016), (0.2, 0.064)])
def test_leak_force_is_that_of_the_exact_loss(p, strength):
    from scipy import optimize

    a, b = theory.pair_at_rest(p, strength)
    c = optimize.brentq(lambda x: 4 * x * (1 - x * x) - strength, 0.6, 1)
    network = np.array([[a, 0.0], [-b, 0.0], [0.0, c]])
    found = max(-slope(network, p, (0, 1)), -slope(network, p, (1, 1)))
    assert theory.leak_force(p, strength) == pytest.approx(found, rel=1e-3)


@pytest.mark.parametrize("strength", [1e-4, 0.004, 0.064])
def test_leak_threshold_is_about_the_root_of_the_penalty(strength):
    value = float(theory.leak_threshold(strength))
    assert theory.leak_force(value, strength) == pytest.approx(strength, rel=1e-6)
    assert value == pytest.approx(math.sqrt(strength) - strength / 2, rel=0.08)


@pytest.mark.parametrize("ratio", [0.1, 0.25, 0.5, 0.9])
def test_separation_is_where_the_slow_energy_is_highest(ratio):
    strength = 0.01
    p = float(theory.separation_threshold(ratio, strength))
    angle = math.atan(ratio)

    def energy(x):
        return strength * (math.cos(x) + math.sin(x)) + 2 * p * math.cos(x) ** 2

    assert energy(angle + 1e-5) == pytest.approx(energy(angle - 1e-5), abs=1e-11)
    assert energy(angle) > max(energy(angle - 0.02), energy(angle + 0.02))


def test_separation_is_proportional_to_the_penalty():
    one, two = (float(theory.separation_threshold(0.3, strength)) for strength in (0.01, 0.02))
    assert two == pytest.approx(2 * one)
    for wrong in (0, 1, -0.1):
        with pytest.raises(errors.InputError, match="ratio"):
            theory.separation_threshold(wrong, 0.01)


@pytest.mark.parametrize("magnitude", MAGNITUDES)
def test_pull_is_the_slope_of_the_mean_squared_smaller_one(magnitude):
    generator = np.random.default_rng(5)
    draws = {
        "constant": np.ones((2, 400_000)),
        "uniform": generator.random((2, 400_000)),
        "exponential": generator.standard_exponential((2, 400_000)),
        "half-normal": np.abs(generator.standard_normal((2, 400_000))),
    }[magnitude]
    mean_square = {"constant": 1, "uniform": 1 / 3, "exponential": 2, "half-normal": 1}[magnitude]

    def phi(o):
        return np.mean(np.minimum(draws[0], o * draws[1]) ** 2) / mean_square

    for o in (0.2, 0.5, 0.9):
        slope_of_phi = (phi(o + 0.05) - phi(o - 0.05)) / 0.1
        assert theory.cooccurrence_pull(o, magnitude) == pytest.approx(slope_of_phi / 2, rel=0.04, abs=2e-3)


def test_without_co_occurrence_every_pair_survives():
    first, second = starts(12, 50, 0)
    assert theory.pairs_survive(first, second, 0.0).all()


def test_a_pair_with_one_near_tie_parts_first():
    """Two neurons each: the lead decides, and a rival close behind loses the pair."""
    first = np.array([[1.0, 0.999], [1.0, 0.2]])
    second = np.array([[1.0, 0.2], [1.0, 0.2]])
    assert theory.pairs_survive(first, second, 0.05).tolist() == [False, True]


def test_half_of_the_pairs_survive_at_six_hundredths_of_the_penalty():
    """3,000 pairs: standard error 0.009; the bounds are four of them around 0.5 at the two sides."""
    first, second = starts(64, 1500, 1)
    share = {ratio: theory.pairs_survive(first, second, ratio).mean() for ratio in (0.045, 0.058, 0.075)}
    assert share[0.045] > 0.5 > share[0.075]
    assert share[0.058] == pytest.approx(0.5, abs=0.052)


def test_survival_falls_with_p_and_rises_with_unequal_magnitudes():
    first, second = starts(8, 400, 2)
    shares = [theory.pairs_survive(first, second, ratio).mean() for ratio in (0.0, 0.05, 0.1, 0.3)]
    assert shares == sorted(shares, reverse=True)
    laws = [theory.pairs_survive(first, second, 0.1, magnitude=law).mean() for law in ("constant", "uniform")]
    assert laws[1] > laws[0]
    assert theory.pairs_survive(first, second, 0.1, magnitude="exponential").mean() > laws[1]


def test_inputs_are_not_changed_and_bad_ones_refused():
    first, second = starts(8, 10, 2)
    kept = first.copy()
    theory.pairs_survive(first, second, 0.1)
    np.testing.assert_array_equal(first, kept)
    with pytest.raises(errors.InputError, match="shape"):
        theory.pairs_survive(first, second[:5], 0.1)
    with pytest.raises(errors.InputError, match="magnitude"):
        theory.pairs_survive(first, second, 0.1, magnitude="cauchy")


def test_displaced_features_meet_others():
    np.testing.assert_allclose(theory.surviving_share([0.0, 0.5, 1.0], 6, 12), [0, 0.5 * (1 + 0.5 / 6), 1])
