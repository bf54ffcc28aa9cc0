"""Measures against closed forms, and which of them a rotation leaves alone."""

import numpy as np
import pytest
from scipy.stats import ortho_group

from polygenesis import detect
from polygenesis.errors import InputError

RNG_SEED = 20


@pytest.fixture
def weights():
    return np.random.default_rng(RNG_SEED).standard_normal((3, 5, 8)) / np.sqrt(8)


@pytest.mark.parametrize(
    ("row", "fourth", "participation", "alive", "l1", "l2"),
    [
        ([0, 1, 0, 0], 1, 1, 1, 1, 1),
        ([0.5, -0.5, 0.5, 0.5], 0.25, 4, 4, 2, 1),
        ([0.6, 0, -0.8, 0], 0.6**4 + 0.8**4, 1 / (0.6**4 + 0.8**4), 2, 1.4, 1),
        ([2, 2, 0, 0], 32, 2, 2, 4, np.sqrt(8)),
        ([1e-200, 1e-200, 0, 0], 0, 2, 2, 2e-200, 0),
    ],
)
def test_of_one_row(row, fourth, participation, alive, l1, l2):
    measured = [
        measure(np.array([row], dtype=float))[0, 0]
        for measure in (
            detect.fourth_norm,
            detect.participation_ratio,
            detect.survivors,
            detect.l1_norms,
            detect.row_norms,
        )
    ]
    assert measured == pytest.approx([fourth, participation, alive, l1, l2])


def test_a_row_of_zeros_spreads_over_nothing():
    assert np.isnan(detect.participation_ratio([[0.0, 0.0]])).all()
    assert detect.survivors([[0.0, 0.0]]).tolist() == [[0]]
    assert detect.effective_rank([[0.0, 0.0]]).tolist() == [0.0]


def test_random_directions_have_the_known_fourth_norm():
    """E Σ_k u_k⁴ = 3/(m + 2) for u uniform on the sphere; 4 standard errors: fails once in 16,000 seeds."""
    m = 10
    directions = np.random.default_rng(2).standard_normal((4000, m))
    values = detect.fourth_norm(directions / np.linalg.norm(directions, axis=1, keepdims=True))[0]
    assert abs(values.mean() - 3 / (m + 2)) < 4 * values.std() / np.sqrt(4000)


def test_rotation_leaves_alone_what_it_says(weights):
    turned = weights @ ortho_group.rvs(8, random_state=1)
    for measure in (
        detect.overlaps,
        detect.row_norms,
        detect.numerical_rank,
        detect.effective_rank,
        detect.reconstruction_loss,
    ):
        np.testing.assert_allclose(measure(turned), measure(weights), atol=1e-12)
    for measure in (detect.fourth_norm, detect.participation_ratio, detect.l1_norms):
        assert np.abs(measure(turned) - measure(weights)).min() > 1e-6


def test_ranks():
    assert detect.numerical_rank(np.eye(4, 6)).tolist() == [4]
    assert detect.effective_rank(np.eye(4, 6)) == pytest.approx([4])
    assert detect.effective_rank(np.ones((4, 6))) == pytest.approx([1])
    assert detect.effective_rank([[3.0, 0], [0, 1]]) == pytest.approx([4 / 3**0.75])  # shares 3/4 and 1/4
    repeated = np.eye(4, 6)[[0, 0, 1, 1]]
    assert detect.numerical_rank(repeated).tolist() == [2]
    assert detect.effective_rank(repeated) == pytest.approx([2])


def test_loss_is_that_of_the_network(weights):
    """Run every one-hot input through ReLU(W Wᵀ x) and add the squared errors."""
    for one, loss in zip(weights, detect.reconstruction_loss(weights), strict=True):
        outputs = np.stack([np.maximum(one @ (one.T @ x), 0) for x in np.eye(len(one))])
        assert loss == pytest.approx(((outputs - np.eye(len(one))) ** 2).sum())


def test_loss_of_shared_neurons():
    """Opposite signs share a neuron at no loss; the same sign costs 2."""
    assert detect.reconstruction_loss([[1.0], [-1.0]]).tolist() == [0.0]
    assert detect.reconstruction_loss([[1.0], [1.0]]).tolist() == [2.0]
    assert detect.reconstruction_loss(np.zeros((3, 2))).tolist() == [3.0]


def test_start_end_correlation(weights):
    final = np.random.default_rng(3).standard_normal(weights.shape)
    found = detect.start_end_correlation(weights, final)
    each = np.array([[[w0 @ w for w in b] for w0 in a] for a, b in zip(weights, final, strict=True)])
    np.testing.assert_allclose(found.matrix, each.mean(axis=0))
    np.testing.assert_allclose(found.diagonal, [np.diagonal(one).mean() for one in each])
    off = ~np.eye(5, dtype=bool)
    np.testing.assert_allclose(found.off_diagonal, [one[off].mean() for one in each])
    assert not np.allclose(found.matrix, detect.start_end_correlation(final, weights).matrix)


def test_correlation_of_winners_is_their_initial_weight():
    """If every leader wins and ends at ±1, M_ii is the largest initial weight."""
    start = np.random.default_rng(4).standard_normal((2, 6, 9))
    end = np.where(np.abs(start) == np.abs(start).max(axis=2, keepdims=True), np.sign(start), 0)
    found = detect.start_end_correlation(start, end)
    np.testing.assert_allclose(found.diagonal, np.abs(start).max(axis=2).mean(axis=1))


def test_single_feature_has_nothing_off_the_diagonal():
    assert np.isnan(detect.start_end_correlation([[1.0, 0.0]], [[1.0, 0.0]]).off_diagonal).all()


def test_survivors_above():
    assert detect.survivors([[0.5, -0.2, 0.0]], above=0.3).tolist() == [[1]]
    with pytest.raises(InputError, match="`above` must be at least 0"):
        detect.survivors([[1.0]], above=-1)
    with pytest.raises(InputError, match="`above` must be at least 0"):
        detect.survivors([[1.0]], above=float("nan"))


def test_single_precision_loses_little(weights):
    half = weights.astype(np.float32)
    for measure in (detect.fourth_norm, detect.overlaps, detect.effective_rank, detect.reconstruction_loss):
        found = measure(half)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, measure(weights), rtol=1e-5, atol=1e-6)


def test_shapes_must_agree():
    with pytest.raises(InputError, match="`final` must have the shape of `initial`"):
        detect.start_end_correlation(np.eye(3), np.eye(4))
