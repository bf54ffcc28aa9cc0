"""Two features in one dimension: against closed forms, sums over inputs, and the phases that the paper names."""

import numpy as np
import pytest

from polygenesis import errors, theory


def summed(weights, biases, p, importance, nodes=300):
    """The loss by Gauss and Legendre's rule over the inputs, kinks and all."""
    at, share = np.polynomial.legendre.leggauss(nodes)
    values, chances = np.append(0.0, (at + 1) / 2), np.append(1 - p, p * share / 2)
    x = np.stack(np.meshgrid(values, values, indexing="ij"), axis=-1)
    y = np.maximum((x @ weights)[..., None] * weights + biases, 0)
    return float(np.einsum("ab,a,b->", ((y - x) ** 2) @ np.array([1, importance]), chances, chances))


@pytest.mark.parametrize("seed", range(6))
def test_the_loss_is_that_of_a_sum_over_inputs(seed):
    generator = np.random.default_rng(seed)
    weights, biases = generator.normal(size=2), 0.3 * generator.normal(size=2)
    found = theory.two_feature_loss(weights, biases, density=0.4, importance=0.7)
    assert float(found) == pytest.approx(summed(weights, biases, 0.4, 0.7), rel=1e-5)


def test_closed_forms():
    p = 0.3
    nothing = theory.two_feature_loss([0.0, 0.0], [0.0, 0.0], density=p, importance=2.0)
    assert float(nothing) == pytest.approx(3 * p / 3)  # p/3 is E x²
    ignored = theory.two_feature_loss([1.0, 0.0], [0.0, p / 2], density=p, importance=2.0)
    assert float(ignored) == pytest.approx(2 * (p / 3 - p**2 / 4))
    pair = theory.two_feature_loss([1.0, -1.0], [0.0, 0.0], density=p)
    assert float(pair) == pytest.approx(p**2 / 3)  # both fire: 2 E min(x, y)² = 1/3
    same = theory.two_feature_loss([1.0, 1.0], [0.0, 0.0], density=p)
    assert float(same) == pytest.approx(2 * p * (1 - p) / 3 + p**2 * 2 / 3)


def test_many_networks_at_once():
    weights = np.array([[1.0, -1.0], [1.0, 0.0]])
    found = theory.two_feature_loss(weights, [0.0, 0.0], density=0.5)
    assert found.shape == (2,)
    alone = [float(theory.two_feature_loss(w, [0.0, 0.0], density=0.5)) for w in weights]
    np.testing.assert_allclose(found, alone)


def test_dense_features_are_ignored_and_sparse_ones_superposed():
    dense = theory.best_two_features(1.0, 0.5)
    np.testing.assert_array_equal(dense.weights, [1, 0])
    assert dense.loss == pytest.approx(0.5 / 12)
    other = theory.best_two_features(1.0, 2.0)
    np.testing.assert_array_equal(other.weights, [0, 1])
    sparse = theory.best_two_features(0.05, 0.5)
    np.testing.assert_allclose(np.abs(sparse.weights), 1, atol=0.05)
    assert sparse.weights.prod() < 0
    assert sparse.loss < 0.05**2 / 3
    assert float(theory.two_feature_loss(sparse.weights, sparse.biases, density=0.05, importance=0.5)) == pytest.approx(
        sparse.loss
    )


def test_nothing_near_the_minimum_is_better():
    best = theory.best_two_features(0.4, 0.6)
    near = np.random.default_rng(0).normal(scale=0.03, size=(500, 4))
    losses = theory.two_feature_loss(best.weights + near[:, :2], best.biases + near[:, 2:], density=0.4, importance=0.6)
    assert losses.min() > best.loss


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: theory.best_two_features(1.5), "`density` must be at most 1, but is 1.5"),
        (lambda: theory.best_two_features(0.0), "density"),
        (lambda: theory.best_two_features(0.5, -1.0), "importance"),
        (lambda: theory.two_feature_loss([1.0], [0.0, 0.0], density=0.5), "weights"),
        (lambda: theory.two_feature_loss([1.0, 0.0], [np.nan, 0.0], density=0.5), "biases"),
    ],
)
def test_wrong_input_is_named(call, said):
    with pytest.raises(errors.InputError, match=said):
        call()


@pytest.mark.parametrize("importance", [0.1, 0.3, 0.6, 1.0])
def test_a_bare_pair_is_cheaper_than_ignoring_below_the_density_of_the_theory(importance):
    """docs/theory.md, eq. two-feature-phases: p < 4I/(2 + 5I)."""
    limit = 4 * importance / (2 + 5 * importance)
    for p, cheaper in ((0.99 * limit, True), (1.01 * limit, False)):
        pair = theory.two_feature_loss([1.0, -1.0], [0.0, 0.0], density=p, importance=importance)
        ignored = theory.two_feature_loss([1.0, 0.0], [0.0, p / 2], density=p, importance=importance)
        assert (float(pair) < float(ignored)) == cheaper


@pytest.mark.parametrize(("importance", "change"), [(0.1, 0.18), (0.2, 0.30), (0.5, 0.48)])
def test_least_loss_turns_from_a_pair_to_an_ignored_feature_where_the_theory_says(importance, change):
    assert theory.best_two_features(change - 0.01, importance).weights.prod() < -0.5
    np.testing.assert_array_equal(theory.best_two_features(change + 0.01, importance).weights, [1, 0])


def test_equal_features_share_at_every_density():
    for p in (0.1, 0.4, 0.7):
        first, second = theory.best_two_features(p).weights
        assert first == pytest.approx(-second, rel=1e-3)
    for p in (0.8, 0.9, 1.0):
        weights = theory.best_two_features(p).weights
        assert weights.prod() < -0.3
        assert max(abs(weights)) > 2 * min(abs(weights))
