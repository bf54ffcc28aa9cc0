import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from polygenesis import theory
from polygenesis.errors import InputError

ROWS = arrays(float, 5, elements=st.floats(-2, 2, width=32))


def product(encoder, decoder, shrinkage):
    soft = np.sign(encoder * decoder) * np.maximum(np.abs(encoder) - shrinkage, 0)
    return float((soft * np.maximum(np.abs(decoder) - shrinkage, 0)).sum())


@pytest.mark.parametrize(
    ("encoder", "decoder", "unlit"),
    [
        ([1.0], [0.5], False),
        ([1.0], [-0.5], True),
        ([1.0, 0.1], [-1.0, 5.0], True),  # −1 + 0.5 at first, and the positive weight drops out at 0.1
        ([1.0, 0.6], [-1.0, 1.0], True),  # −1 + 0.6 at first, −(1 − c)² + (0.6 − c)(1 − c) < 0 later
        ([1.0, 2.0, 2.0], [-3.0, 1.5, -0.1], False),  # −3 + 3 − 0.2 at first; the third drops out: −2.61 + 2.66
        ([0.0, 0.0], [1.0, 1.0], True),
    ],
)
def test_rows_by_hand(encoder, decoder, unlit):
    assert bool(theory.unlit_features(np.array(encoder), np.array(decoder))) is unlit


@given(ROWS, ROWS)
def test_a_row_is_unlit_exactly_if_its_product_is_never_positive(encoder, decoder):
    ends = np.unique(np.concatenate([[0.0], np.minimum(np.abs(encoder), np.abs(decoder))]))
    fine = np.concatenate([np.linspace(a, b, 50) for a, b in itertools.pairwise(ends)] or [[0.0]])
    largest = max(product(encoder, decoder, c) for c in fine)
    if abs(largest) > 1e-6:
        assert bool(theory.unlit_features(encoder, decoder)) is (largest < 0)


def test_a_tied_row_is_never_unlit():
    rows = np.random.default_rng(0).normal(size=(3, 50, 20))
    assert not theory.unlit_features(rows, rows).any()
    assert theory.unlit_features(rows, -rows).all()


def test_the_share_is_one_half_for_one_neuron_and_falls_with_m():
    shares = [theory.unlit_share(m, draws=4000) for m in (1, 8, 128)]
    assert shares[0].interval[0] < 0.5 < shares[0].interval[1] + 0.01
    assert float(shares[0]) > float(shares[1]) > float(shares[2])


def test_the_difference_of_the_rows_decays_and_their_sum_grows():
    e, d = np.array([0.3, -0.2]), np.array([0.1, 0.4])  # one feature: loss (1 − E·D)², eq. untied-modes
    benefit = 2 * (1 - e @ d)
    rise_e, rise_d = benefit * d, benefit * e
    assert np.allclose(rise_e + rise_d, benefit * (e + d))
    assert np.allclose(rise_e - rise_d, -benefit * (e - d))
    assert theory.untied_leaders(e, d) == 0


def test_the_cheapest_pair_of_rows_is_balanced():
    def cost(x):
        return (1 - x[0] * x[1]) ** 2 + 0.1 * np.abs(x).sum()

    best = minimize(cost, [0.5, 1.5], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12})
    assert best.x[0] == pytest.approx(best.x[1], abs=1e-4)


def test_shapes_must_agree():
    with pytest.raises(InputError, match="`decoder` must have the encoder's shape"):
        theory.unlit_features(np.zeros((2, 3)), np.zeros((3, 2)))


def test_interference_pulls_a_dark_product_toward_zero():
    generator = np.random.default_rng(0)  # eq. untied-help: E ReLU(e·x)(d·x) = e·d/2m, here to five standard errors
    e, d = generator.normal(size=(2, 8))
    x = generator.normal(size=(200_000, 8)) / 8**0.5
    sample = np.maximum(x @ e, 0) * (x @ d)
    assert abs(sample.mean() - e @ d / 16) < 5 * sample.std() / 200_000**0.5
