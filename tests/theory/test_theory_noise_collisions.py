"""Noise 1 to 6 of docs/theory.md: closed forms against quadrature, Monte Carlo and differences of the expected loss."""

import itertools
import math

import numpy as np
import pytest

from polygenesis import theory
from polygenesis.errors import InputError
from polygenesis.noise import Bipolar, GaussianNoise, LaplaceNoise, UniformNoise

LAWS = {"bipolar": Bipolar, "uniform": UniformNoise, "gaussian": GaussianNoise, "laplace": LaplaceNoise}


def quantiles(law, count=400_000):
    """Equally likely values of a law at unit variance: its quantiles at the middles of `count` steps."""
    from scipy import stats

    u = (np.arange(count) + 0.5) / count
    if law == "bipolar":
        return np.where(u < 0.5, -1.0, 1.0)
    if law == "uniform":
        return math.sqrt(3) * (2 * u - 1)
    return stats.norm.ppf(u) if law == "gaussian" else stats.laplace.ppf(u, scale=0.5**0.5)


def expected_loss(weights, law, std, count=4000):
    """The expected one-hot loss of rows that meet noise on one neuron each, by quadrature over that neuron's noise."""
    z = std * quantiles(law, count)
    overlap = weights @ weights.T
    total = 0.0
    for j, row in enumerate(weights):
        (neuron,) = np.flatnonzero(row)
        for i in range(len(weights)):
            out = np.maximum(overlap[i, j] + row[neuron] * z, 0)
            total += ((out - (i == j)) ** 2).mean()
    return total


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("overlap", [-0.7, -0.1, 0.0, 0.05, 0.6])
def test_the_rectified_square_is_its_integral(law, overlap):
    values = np.maximum(overlap + 0.2 * quantiles(law), 0) ** 2
    assert theory.rectified_square(law, overlap, 0.2) == pytest.approx(values.mean(), rel=2e-4, abs=1e-6)


@pytest.mark.parametrize("law", LAWS)
def test_mean_magnitudes_are_those_of_the_parts(law):
    drawn = LAWS[law](1.0).sample(np.random.default_rng(0), (400_000,))
    assert np.abs(drawn).mean() == pytest.approx(theory.mean_magnitude(law), abs=5 * 0.75 / 400_000**0.5)
    assert abs(quantiles(law)).mean() == pytest.approx(theory.mean_magnitude(law), rel=1e-4)


def test_magnitude_falls_as_kurtosis_rises():
    order = sorted(LAWS, key=theory.excess_kurtosis)
    assert [theory.mean_magnitude(law) for law in order] == sorted(map(theory.mean_magnitude, order), reverse=True)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("std", [0.1, 0.6])
def test_the_reward_is_the_difference_of_two_networks(law, std):
    a = 0.95
    apart, shared = a * np.eye(4), a * np.eye(4)
    shared[1] = [-a, 0, 0, 0]
    saved = expected_loss(apart, law, std) - expected_loss(shared, law, std)
    assert float(theory.sharing_reward(law, std, a)) == pytest.approx(saved, rel=2e-2)
    assert saved > 0


def test_bipolar_noise_rewards_with_all_of_its_variance():
    assert float(theory.sharing_reward("bipolar", 0.3, 0.9)) == pytest.approx(0.9**2 * 0.3**2)


def bipolar_loss(weights, std):
    """The expected loss under bipolar noise, exactly, for any rows: over all signs."""
    noise = std * np.array(list(itertools.product((-1.0, 1.0), repeat=weights.shape[1])))
    out = np.maximum((weights @ weights.T)[None] + (noise @ weights.T)[:, None, :], 0)
    return ((out - np.eye(len(weights))) ** 2).sum() / len(noise)


def test_the_repulsion_is_the_slope_of_the_expected_loss():
    a, std, step = 0.95, 0.15, 1e-5
    rows = a * np.eye(4, 5)

    def loss(entry):
        moved = rows.copy()
        moved[0, 1] = entry
        return bipolar_loss(moved, std)

    slope = (loss(step) - loss(-step)) / (2 * step)
    assert slope == pytest.approx(float(theory.repulsion("bipolar", std, a)), rel=1e-3)


def test_a_shared_neuron_exerts_no_repulsion():
    a, std, step = 0.95, 0.15, 1e-5
    rows = a * np.eye(4, 5)
    rows[2] = -rows[1]
    moved = [rows.copy(), rows.copy()]
    moved[0][0, 1], moved[1][0, 1] = step, -step
    assert bipolar_loss(moved[0], std) == pytest.approx(bipolar_loss(moved[1], std), abs=1e-9)


@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_bare_rows_of_the_stated_size_are_at_rest(penalty):
    n, std, step = 5, 0.1, 1e-6
    a = theory.bare_norm(n, std, penalty)
    losses = [bipolar_loss(x * np.eye(n), std) + penalty * n * x for x in (a - step, a, a + step)]
    assert abs(losses[2] - losses[0]) / (2 * step) < 1e-4
    assert losses[1] < bipolar_loss((a - 0.05) * np.eye(n), std) + penalty * n * (a - 0.05)


def test_a_row_that_noise_and_penalty_kill_has_no_size():
    assert theory.bare_norm(16, 0.1, 2.0) == 0.0
    assert theory.bare_norm(1000, 0.1) == 0.0


@pytest.mark.parametrize("law", LAWS)
def test_the_threshold_is_where_the_repulsion_is_held(law):
    found = float(theory.repulsion_threshold(law, 16, 0.1))
    norm = theory.bare_norm(16, 0.1, found)
    assert found == pytest.approx(float(theory.repulsion(law, 0.1, norm)), rel=1e-6)


def test_rows_that_sum_to_zero_have_the_least_mean_overlap():
    rows = np.random.default_rng(1).standard_normal((6, 9))
    rows -= rows.mean(axis=0)
    overlaps = rows @ rows.T
    off = overlaps[~np.eye(6, dtype=bool)].mean() / (rows**2).sum(axis=1).mean()
    assert off == pytest.approx(float(theory.mean_overlap(6)))
    with pytest.raises(InputError, match="`n` must be at least 2"):
        theory.mean_overlap(1)


def test_no_rows_interfere_less_than_the_simplex():
    """Jensen's bound (Noise 5) on 200 random sets of unit rows, and equality at the simplex."""
    n, std, rng = 5, 0.3, np.random.default_rng(2)
    least = n * (n - 1) * theory.rectified_square("gaussian", float(theory.mean_overlap(n)), std)

    def cost(rows):
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        overlaps = (unit @ unit.T)[~np.eye(n, dtype=bool)]
        return sum(theory.rectified_square("gaussian", each, std) for each in overlaps)

    assert min(cost(rng.standard_normal((n, 6))) for _ in range(200)) >= least
    assert cost(np.eye(n) - 1 / n) == pytest.approx(least)


def test_one_row_has_no_direction_to_prefer():
    """Noise 2: the expected loss of a single row sees its length only, whatever the kurtosis."""
    sparse, dense = np.eye(1, 6), np.full((1, 6), 6**-0.5)
    assert bipolar_loss(sparse, 0.1) == pytest.approx(bipolar_loss(dense, 0.1), abs=1e-12)
