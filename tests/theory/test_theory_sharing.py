"""The cost of sharing and the thresholds: against sums over inputs, direct minimization and direct flows."""

import numpy as np
import pytest

from polygenesis import theory
from polygenesis.errors import InputError


def by_hand(w: np.ndarray, penalty: float, c: float) -> float:
    total = penalty * np.abs(w).sum()
    for chance, x in ((1 - c, [1, 0]), (1 - c, [0, 1]), (c, [1, 1])):
        output = np.maximum(w @ (w.T @ np.array(x)), 0)
        total += chance * ((output - x) ** 2).sum()
    return total


def test_the_loss_is_the_sum_over_inputs_and_the_force_its_slope():
    weights = np.random.default_rng(0).normal(0, 0.6, (7, 2, 3))
    losses = theory.pair_loss(weights, penalty=0.1, co_occurrence=0.3)
    np.testing.assert_allclose(losses, [by_hand(w, 0.1, 0.3) for w in weights])
    force = theory.pair_force(weights, co_occurrence=0.3)
    for at in np.ndindex(2, 3):
        moved = np.zeros((2, 3))
        moved[at] = 1e-6
        slope = theory.pair_loss(weights + moved, penalty=0.0, co_occurrence=0.3) - theory.pair_loss(
            weights - moved, penalty=0.0, co_occurrence=0.3
        )
        np.testing.assert_allclose(force[(..., *at)], -slope / 2e-6, atol=1e-5)


def test_without_co_occurrence_it_is_the_published_model():
    w = np.random.default_rng(1).normal(0, 0.5, (2, 4))
    overlap = np.maximum(w @ w.T, 0)
    loss = ((1 - np.diag(overlap)) ** 2).sum() + 2 * overlap[0, 1] ** 2
    assert float(theory.pair_loss(w, penalty=0.0)) == pytest.approx(loss)
    np.testing.assert_allclose(theory.pair_force(w), 4 * (w - overlap @ w))


def test_one_feature_on_its_own():
    grid = np.linspace(0, 1.2, 1_200_001)
    for penalty in (0.01, 0.3):
        assert theory.lone_loss(penalty) == pytest.approx(((1 - grid**2) ** 2 + penalty * grid).min(), abs=1e-9)
    assert theory.lone_loss(0.01) == pytest.approx(0.01 - 0.01**2 / 16, abs=1e-6)  # eq. lone-loss


def cheapest(relation: str, penalty: float, c: float) -> float:
    """The least loss on one neuron over a fine grid of sizes."""
    sizes = np.linspace(0, 1.3, 652)
    a, b = np.meshgrid(sizes, sizes)
    pair = np.stack([a, b if relation == "same" else -b], axis=-1)[..., None]
    return float(theory.pair_loss(pair, penalty=penalty, co_occurrence=c).min())


@pytest.mark.parametrize("relation", ["opposite", "same"])
@pytest.mark.parametrize("c", [0.0, 0.01, 0.1, 0.6, 0.99])
def test_the_cost_of_sharing_is_the_least_on_a_grid(relation, c):
    cost = float(theory.sharing_cost(relation, penalty=0.02, co_occurrence=c))
    assert cost == pytest.approx(cheapest(relation, 0.02, c) - 2 * theory.lone_loss(0.02), abs=2e-4)


@pytest.mark.parametrize("penalty", [0.004, 0.02])
def test_the_cost_follows_its_expansion(penalty):
    """Eq. sharing-cost; the neglected terms are of order c³ and λ²."""
    assert float(theory.sharing_cost("opposite", penalty=penalty)) == pytest.approx(0, abs=1e-9)
    for c in (0.003, 0.01, 0.05):
        opposite = float(theory.sharing_cost("opposite", penalty=penalty, co_occurrence=c))
        assert opposite == pytest.approx(2 * c - c**2 / 2, abs=c**3 + 0.1 * penalty * c)
    for c in (0.0, 0.3, 0.9, 0.99):
        same = float(theory.sharing_cost("same", penalty=penalty, co_occurrence=c))
        assert same == pytest.approx(min(1 - c - (2 - 2**0.5) * penalty, 1 - penalty), abs=penalty**2)


def test_the_same_sign_turns_benign_where_it_says():
    """Eq. joint-sharing: the cost changes its sign there."""
    for penalty in (0.005, 0.03):
        at = float(theory.joint_co_occurrence(penalty))
        below, above = (
            float(theory.sharing_cost("same", penalty=penalty, co_occurrence=at + off)) for off in (-1e-3, 1e-3)
        )
        assert below > 0 > above


def parts(ratio: float, c: float, penalty: float, neurons: int) -> bool:
    """Whether an opposite-sign collision with second weights of that ratio separates, by direct gradient flow."""
    a = 1 / np.sqrt(1 + ratio**2)
    rows = [[a, ratio * a, 0], [-a, 0, ratio * a]] if neurons == 3 else [[a, ratio * a], [-1.0, 0]]
    end = theory.relax_pair(np.array(rows), penalty=penalty, co_occurrence=c, time=6 / penalty, step=0.05)
    return bool((np.abs(end[:, 0]) < 0.3).any())


@pytest.mark.parametrize("neurons", [2, 3])
@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.75])
def test_the_critical_co_occurrence_divides_direct_flows(neurons, ratio):
    """Eq. critical-three and critical-two, to 2 % at λ = 0.02."""
    c = float(theory.critical_co_occurrence(ratio, penalty=0.02, neurons=neurons))
    assert not parts(ratio, 0.98 * c, 0.02, neurons)
    assert parts(ratio, 1.02 * c, 0.02, neurons)


def test_co_occurrence_below_zero_is_refused():
    for wrong in ({"co_occurrence": -0.1, "penalty": 0.1}, {"penalty": -1.0}):
        with pytest.raises(InputError, match="must"):
            theory.sharing_cost("same", **wrong)
    with pytest.raises(InputError, match="relation"):
        theory.sharing_cost("both", penalty=0.1)
    with pytest.raises(InputError, match="between 0 and 1"):
        theory.critical_co_occurrence(1.5, penalty=0.1)
    with pytest.raises(InputError, match="2 or 3"):
        theory.critical_co_occurrence(0.5, penalty=0.1, neurons=4)
