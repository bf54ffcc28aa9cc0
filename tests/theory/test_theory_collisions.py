"""The chance models against enumeration, exact fractions, simulation and each other."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygenesis import theory
from polygenesis.errors import InputError


def shared(slots):
    """Neurons of which both signed slots (2k, 2k+1) are among `slots`."""
    taken = set(slots)
    return sum(1 for slot in taken if slot % 2 == 0 and slot + 1 in taken)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 1), (3, 2), (4, 3), (5, 3), (6, 3), (4, 6)])
def test_slot_model_is_what_enumeration_counts(n, m):
    counts = Counter(shared(chosen) for chosen in itertools.combinations(range(2 * m), n))
    total = sum(counts.values())
    law = theory.slot_model(n, m)
    for k in range(-1, n + 2):
        assert law.pmf(k) == pytest.approx(counts[k] / total, abs=1e-14)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 1), (3, 2), (4, 3), (6, 2), (5, 3)])
def test_occupancy_model_is_what_enumeration_counts(n, m):
    counts = Counter(shared(chosen) for chosen in itertools.product(range(2 * m), repeat=n))
    law = theory.occupancy_model(n, m)
    for k in range(-1, n + 2):
        assert law.pmf(k) == pytest.approx(counts[k] / (2 * m) ** n, abs=1e-14)


def slot_fraction(n, m, k):
    if not max(0, n - m) <= k <= n // 2:
        return Fraction(0)
    ways = math.comb(m, k) * math.comb(m - k, n - 2 * k) * 2 ** (n - 2 * k)
    return Fraction(ways, math.comb(2 * m, n))


def test_slot_model_keeps_twelve_digits_far_into_both_tails():
    n, m = 2000, 3000
    law = theory.slot_model(n, m)
    for k in (0, 200, 300, 333, 366, 450, 700):
        assert law.pmf(k) == pytest.approx(float(slot_fraction(n, m, k)), rel=1e-11)
    tail = sum(slot_fraction(n, m, k) for k in range(420, n // 2 + 1))
    assert float(law.at_least(420)) == pytest.approx(float(tail), rel=1e-11)
    assert 0 < float(law.at_least(420)) < 1e-9


@pytest.mark.parametrize(("n", "m"), [(256, 256), (256, 4096), (300, 200), (10_000, 1_000_000), (7, 4)])
def test_slot_moments_match_their_closed_forms(n, m):
    law = theory.slot_model(n, m)
    mean = n * (n - 1) / (2 * (2 * m - 1))
    second = n * (n - 1) * (n - 2) * (n - 3) / (4 * (2 * m - 1) * (2 * m - 3))
    assert law.mean == pytest.approx(mean, rel=1e-11)
    assert law.variance == pytest.approx(second + mean - mean**2, rel=1e-8)
    assert law.dispersion < 1


@pytest.mark.parametrize(("n", "m"), [(256, 256), (256, 4096), (300, 100), (2, 1), (50, 3)])
def test_occupancy_law_has_the_exact_moments(n, m):
    law, (mean, variance) = theory.occupancy_model(n, m), theory.occupancy_moments(n, m)
    assert law.mean == pytest.approx(mean, rel=1e-11)
    assert law.variance == pytest.approx(variance, rel=1e-8, abs=1e-12)
    closed = m * (1 - 2 * (1 - 1 / (2 * m)) ** n + (1 - 1 / m) ** n)
    assert mean == pytest.approx(closed, rel=1e-6)


def test_occupancy_moments_agree_with_simulation():
    n, m, runs = 20, 15, 20_000
    slots = np.random.default_rng(5).integers(0, 2 * m, size=(runs, n))
    seen = np.zeros((runs, 2 * m), dtype=bool)
    seen[np.arange(runs)[:, None], slots] = True
    counts = (seen[:, 0::2] & seen[:, 1::2]).sum(axis=1)
    mean, variance = theory.occupancy_moments(n, m)
    # Four standard errors: a right formula fails once in 16,000 seeds.
    assert abs(counts.mean() - mean) < 4 * math.sqrt(variance / runs)
    assert abs(counts.var() / variance - 1) < 4 * math.sqrt(2 / runs) * 1.2


def test_the_models_differ_by_more_than_half_at_m_equals_n_and_agree_for_wide_layers():
    at_n = theory.slot_model(256, 256).mean / theory.occupancy_moments(256, 256)[0]
    wide = theory.slot_model(256, 100_000).mean / theory.occupancy_moments(256, 100_000)[0]
    assert at_n > 1.5
    assert wide == pytest.approx(1, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60))
def test_slot_law_is_a_law_on_its_support(n, m):
    if n > 2 * m:
        with pytest.raises(InputError, match="signed slots"):
            theory.slot_model(n, m)
        return
    law = theory.slot_model(n, m)
    assert law.probabilities.sum() == pytest.approx(1, abs=1e-12)
    assert law.support[0] == max(0, n - m)
    assert law.support[-1] == n // 2
    every = np.arange(-1, n + 1)
    np.testing.assert_allclose(law.cdf(every) + law.sf(every), 1, atol=1e-12)
    np.testing.assert_allclose(law.at_least(every) - law.sf(every), law.pmf(every), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 80), st.integers(40, 200), st.floats(0.5, 0.999))
def test_central_interval_leaves_at_most_half_the_rest_on_either_side(n, m, level):
    law = theory.slot_model(n, m)
    low, high = law.interval(level)
    tail = (1 - level) / 2 + 1e-12
    assert law.at_most(low - 1) <= tail < law.at_most(low) + 2e-12
    assert law.sf(high) <= tail
    assert low == high or law.sf(high - 1) > tail - 2e-12


def test_total_is_the_law_of_a_sum():
    law = theory.slot_model(5, 4)
    three = Counter()
    for trio in itertools.product(law.support, repeat=3):
        three[sum(trio)] += math.prod(float(law.pmf(k)) for k in trio)
    total = law.total(3)
    for k, chance in three.items():
        assert total.pmf(k) == pytest.approx(chance, rel=1e-12)
    assert total.mean == pytest.approx(3 * law.mean)
    assert total.variance == pytest.approx(3 * law.variance)


def test_interval_of_a_mean_shrinks_with_replicates_and_covers_simulated_means():
    law = theory.slot_model(256, 1024)
    low, high = law.mean_interval(16)
    means = law.sample((4000, 16), seed=3).mean(axis=1)
    inside = np.mean((means >= low) & (means <= high))
    # At least 95 % by construction, and not much more: 4000 draws have a standard error of 0.35 %.
    assert 0.945 < inside < 0.97
    assert high - low < (law.interval()[1] - law.interval()[0]) / 3


def test_one_neuron_more_than_the_quantile_is_never_needed():
    law = theory.slot_model(2, 1)  # both slots of the only neuron: always one shared neuron
    assert law.interval(0.99) == (1, 1)
    assert law.quantile(0.01) == law.quantile(0.99) == 1
    assert law.at_least(1) == 1
    assert law.at_least(2) == 0


def test_published_laws():
    assert float(theory.colliding_pairs(4, 3)) == 2
    prediction = theory.polysemantic_neurons(n=256, m=1024)
    assert float(prediction) == 16
    assert prediction.interval is None
    assert "C4" in prediction.source
    assert "arXiv:2312.03096" in repr(prediction)


def test_colliding_pairs_at_the_start_agree_with_simulation():
    n, m, runs = 12, 30, 2000
    top = np.abs(np.random.default_rng(1).standard_normal((runs, n, m))).argmax(axis=2)
    pairs = np.mean((top[:, :, None] == top[:, None, :]).sum(axis=(1, 2)) - n) / 2
    expected = float(theory.colliding_pairs(n, m))
    # Pairs are pairwise independent, so the variance is C(n,2)(1-1/m)/m; four standard errors.
    assert abs(pairs - expected) < 4 * math.sqrt(expected * (1 - 1 / m) / runs)


def test_exact_models_come_with_intervals_and_their_own_regime():
    slot = theory.polysemantic_neurons(300, 200, model="slot")
    assert slot.interval == theory.slot_model(300, 200).interval()
    assert "n <= 2m" in slot.regime
    assert float(theory.polysemantic_neurons(300, 100, model="occupancy")) > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.polysemantic_neurons(10, 9), r"Argument `m` must be at least n = 10 .*, but is 9"),
        (lambda: theory.polysemantic_neurons(0, 9), "`n` must be a whole number of at least 1, but is 0"),
        (lambda: theory.polysemantic_neurons(2.5, 9), "but is 2.5"),
        (lambda: theory.polysemantic_neurons(True, 9), "but is True"),
        (lambda: theory.polysemantic_neurons(2, 9, model="slots"), "known: occupancy, published, slot"),
        (lambda: theory.slot_model(9, 4), "at most 2m = 8"),
        (lambda: theory.occupancy_model(20_001, 4), "20000"),
        (lambda: theory.slot_model(4, 4).interval(1.0), "strictly between 0 and 1"),
        (lambda: theory.slot_model(4, 4).total(0), "replicates"),
    ],
)
def test_outside_the_regime_one_sentence_says_so(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_sizes_can_be_arrays():
    laws = theory.polysemantic_neurons([[32], [64]], [64, 128, 256])
    np.testing.assert_array_equal(laws.array, [[4, 2, 1], [16, 8, 4]])
    np.testing.assert_array_equal(theory.colliding_pairs([2, 4], 2).array, [0.5, 3])
    np.testing.assert_allclose(theory.leaders_alone(2, [2, 4]).array, [0.5, 0.25])
    assert theory.polysemantic_neurons(10**10, 10**10).value == 2.5e9  # beyond the squares of 64-bit whole numbers


@pytest.mark.parametrize("model", ["slot", "occupancy"])
def test_exact_models_give_each_size_its_interval(model):
    found = theory.polysemantic_neurons([32, 64], [[48], [64]], model=model, level=0.9)
    for at, (m, n) in np.ndenumerate(np.array([[(48, 32), (48, 64)], [(64, 32), (64, 64)]], dtype="i,i")):
        one = theory.polysemantic_neurons(int(n), int(m), model=model, level=0.9)
        assert (found.array[at], found.interval[0][at], found.interval[1][at]) == (one.value, *one.interval)


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ((4, [8, 2]), r"`m` must be at least n = 4 .*, but is 2"),
        ((4, [8.5]), r"`m` must be a whole number of at least 1, or an array of such, but is \[8.5\]"),
        (([4, 0], 8), r"`n` must be a whole number of at least 1, or an array of such, but is 0"),
        (([4, 5], [8, 9, 10]), r"`m` must have a shape that broadcasts with that of n, \(2,\), but is shape \(3,\)"),
        ((4, []), r"`m` must be a whole number of at least 1, or an array of such"),
    ],
)
def test_sizes_that_cannot_be_are_one_sentence(sizes, sentence):
    with pytest.raises(InputError, match=sentence):
        theory.polysemantic_neurons(*sizes)
