"""Forces on the leads of collisions: by hand, against finite differences of the flow, and as a forecast."""

import numpy as np
import pytest

from polygenesis import detect
from polygenesis.errors import InputError

N, M, STRENGTH = 10, 6, 0.05


def step(w: np.ndarray, size: float) -> np.ndarray:
    """One step of the flow of the one-hot loss (loss's clock)."""
    return w + size * (4 * (w - np.maximum(w @ w.T, 0) @ w) - STRENGTH * np.sign(w))


def test_a_lead_changes_at_its_rate():
    """Eq. lead-rate-of-a-pair: the penalty cancels, and the rest is the derivative of the lead."""
    for seed in range(5):
        w = np.random.default_rng(seed).normal(0, M**-0.5, (N, M))
        rates = detect.lead_rates(w)
        later = step(w, 1e-7)
        assert len(rates)
        for row in range(len(rates)):
            for column, feature in enumerate((rates.pairs.first[row], rates.pairs.second[row])):
                first, second = np.argsort(-np.abs(w[feature]))[:2]
                assert first == rates.pairs.neuron[row]
                leads = [abs(each[feature, first]) - abs(each[feature, second]) for each in (w, later)]
                assert rates.lead[row, column] == pytest.approx(leads[0])
                assert rates.rate[row, column] == pytest.approx((leads[1] - leads[0]) / 1e-7, abs=1e-5)


def test_the_partners_part_by_hand():
    """Two features alone: all of the push is the partner's, none for opposite signs once they overlap negatively."""
    same = np.array([[0.8, 0.1, 0.0], [0.7, 0.0, 0.2]])
    rates = detect.lead_rates(same)
    np.testing.assert_allclose(rates.push, rates.partner)
    overlap = 0.56
    np.testing.assert_allclose(rates.partner[0], [4 * overlap * 0.7, 4 * overlap * 0.8])
    np.testing.assert_allclose(rates.hold[0], [4 * (1 - 0.65) * 0.7, 4 * (1 - 0.53) * 0.5])
    opposite = detect.lead_rates(same * np.array([[1], [-1]]))
    assert (opposite.push == 0).all()
    assert opposite.stays.tolist() == [True]
    assert rates.stays.tolist() == [False]
    assert rates.mover.tolist() == [1]


def test_the_number_orders_forecasts():
    w = np.random.default_rng(3).normal(0, M**-0.5, (4, N, M))
    rates = detect.lead_rates(w)
    opposite = rates.pairs.opposite
    assert opposite.any()
    assert not opposite.all()
    assert rates.number[~opposite].max() < rates.number[opposite].min()
    np.testing.assert_array_equal(rates.stays[opposite], rates.number[opposite] > 0)
    alone = detect.lead_rates(w[2])
    mine = rates.pairs.replicate == 2
    np.testing.assert_allclose(alone.rate, rates.rate[mine])


def test_no_collision_and_wrong_weights():
    assert len(detect.lead_rates(np.eye(3))) == 0
    assert len(detect.lead_rates(np.eye(3)).number) == 0
    with pytest.raises(InputError, match="weights"):
        detect.lead_rates(np.zeros(3))
