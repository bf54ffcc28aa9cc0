import math

import numpy as np
import pytest

from polygenesis import theory
from polygenesis.errors import InputError


def test_crowding_is_the_mean_sum_of_negative_overlaps():
    n, m, runs = 30, 20, 400
    w = np.random.default_rng(0).standard_normal((runs, n, m)) * m**-0.5
    overlaps = w @ w.transpose(0, 2, 1)
    sums = -np.minimum(overlaps, 0).sum(axis=2).mean(axis=1)
    # Rows of one network are dependent, networks are not: four standard errors.
    assert abs(sums.mean() - float(theory.crowding(n, m))) < 4 * sums.std() / math.sqrt(runs)


def test_crowding_for_many_neurons():
    assert float(theory.crowding(256, 4096)) == pytest.approx(255 / math.sqrt(2 * math.pi * 4096), rel=1e-3)


def test_unit_rows_without_positive_overlaps_keep_at_most_one():
    w = np.random.default_rng(1).standard_normal((2, 24, 30)) * 30**-0.5
    relaxed = theory.relaxation(w, duration=10.0).weights
    overlaps = relaxed @ relaxed.transpose(0, 2, 1)
    assert -np.minimum(overlaps, 0).sum(axis=2).mean() < 1.02
    assert float(theory.crowding(24, 30)) > 1.5  # they had to give way


def test_the_crowded_law_is_the_slot_model_where_the_factor_is_one():
    slot = theory.slot_model(64, 128).mean
    assert float(theory.crowded_slots(64, 128, constant=1.0, exponent=0.0)) == slot
    theta = float(theory.crowding(64, 128))
    assert float(theory.crowded_slots(64, 128, constant=0.8, exponent=0.2)) == pytest.approx(slot * 0.8 * theta**0.2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.crowding(0, 4), "`n`"),
        (lambda: theory.crowded_slots(1, 4, constant=1.0, exponent=0.1), "`n` must be a whole number of at least 2"),
        (lambda: theory.crowded_slots(4, 4, constant=0.0, exponent=0.1), "`constant`"),
        (lambda: theory.crowded_slots(9, 4, constant=1.0, exponent=0.1), "2m = 8"),
    ],
)
def test_outside_the_regime_one_sentence_says_so(call, message):
    with pytest.raises(InputError, match=message):
        call()
