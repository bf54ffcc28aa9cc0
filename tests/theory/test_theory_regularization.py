"""Regularization 1 to 7 of docs/theory.md: relaxed rows, identities, symmetries and simulated dropout."""

import numpy as np
import pytest

from polygenesis import theory
from polygenesis.errors import InputError
from polygenesis.noise import Dropout
from polygenesis.penalties import L1, L2, Activations, ElasticNet, GroupLasso, Lp

NOTHING = Activations((), 1.0)


def value(part, weights):
    return float(np.sum(part.value({"weights": np.asarray(weights, dtype=float)[None]}, NOTHING)))


@pytest.mark.parametrize(
    ("name", "p", "part"),
    [
        ("l1", 1.0, L1),
        ("l2", 2.0, L2),
        ("elastic-net", 1.0, lambda s: ElasticNet(s, s)),
        ("lp", 1.5, lambda s: Lp(s, 1.5)),
        ("lp", 0.5, lambda s: Lp(s, 0.5)),
    ],
)
@pytest.mark.parametrize("loss", [1e-4, 1e-2])
def test_one_weight_at_this_strength_rests_at_the_loss(name, p, part, loss):
    made = part(float(theory.strength_at_loss(name, loss, p)))
    a = np.linspace(0.6, 1.0, 400_001)
    slope = np.gradient((1 - a**2) ** 2, a)
    at = np.sqrt(1 - np.sqrt(loss))
    own = (value(made, [[at + 1e-6]]) - value(made, [[at - 1e-6]])) / 2e-6
    assert np.interp(at, a, slope) + own == pytest.approx(0, abs=2e-4)
    assert (1 - at**2) ** 2 == pytest.approx(loss)


def test_a_loss_without_a_rest_is_refused():
    with pytest.raises(InputError, match="`loss` must be below 4/9"):
        theory.strength_at_loss("l1", 0.5)
    with pytest.raises(InputError, match="Unknown penalty"):
        theory.strength_at_loss("l3", 0.1)


@pytest.mark.parametrize("p", [0.5, 1.0, 1.5, 2.0, 3.0])
def test_the_larger_weight_gains_below_two_only(p):
    small, large = (float(theory.relative_decay(p, w)) for w in (0.2, 0.4))
    assert np.sign(small - large) == np.sign(2 - p)
    slope = (0.4 + 1e-6) ** p - (0.4 - 1e-6) ** p
    assert large == pytest.approx(slope / 2e-6 / 0.4, rel=1e-6)


def test_dropout_costs_the_fourth_norm():
    rng = np.random.default_rng(0)
    row = rng.standard_normal(6) * 0.4
    kept = Dropout(0.3).sample(rng, (400_000, 6))
    drawn = (1 - (row**2 * kept).sum(axis=1)) ** 2
    exact = float(theory.dropout_loss(float((row**2).sum()), float((row**4).sum()), 0.3))
    assert abs(drawn.mean() - exact) < 4 * drawn.std() / 400_000**0.5


def test_the_group_lasso_pays_for_sharing():
    apart, shared = np.eye(2), np.array([[1.0, 0.0], [-1.0, 0.0]])
    assert value(GroupLasso(1.0), apart) == pytest.approx(2.0)
    assert value(GroupLasso(1.0), shared) == pytest.approx(2**0.5)
    assert value(L1(1.0), apart) == value(L1(1.0), shared)


def test_rotations_with_equal_columns_cost_the_group_lasso_the_same():
    turned = np.array([[1.0, 1.0], [1.0, -1.0]]) / 2**0.5
    assert value(GroupLasso(1.0), turned) == pytest.approx(value(GroupLasso(1.0), np.eye(2)))
