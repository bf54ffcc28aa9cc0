"""The true structured share against cases by hand, closed forms, and laws for which it is 0."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polygenesis.bench.origins.mixtures import DENSE, SEVEN, SPARSE, Mixture, measured_share
from polygenesis.bench.origins.structured_share import expected_counts, structured_share_of, structured_share_truth
from polygenesis.errors import InputError

TOGETHER = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=bool)
"""Four features on two neurons: pairs (0, 1) and (2, 3)."""

ACROSS = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], dtype=bool)
OTHERS = np.array([[1, 0], [0, 1], [0, 1], [1, 0]], dtype=bool)


def test_expected_counts_are_the_mean_over_all_matrices_with_the_margins():
    """Three ways to pair four features, each with two of six pairs: a third each. 30,000 draws, error .003."""
    found = expected_counts(TOGETHER, 30_000, np.random.default_rng(0))
    assert found == pytest.approx(1 / 3, abs=0.015)


def test_by_hand():
    """The same two pairs in every run: μ = 1 for two pairs, e = 1/3 for six: D = ½ (2 · 2/3 + 4 · 1/3) / 2 = 2/3.

    In half of the runs, all three pairings a sixth each beside: μ = 2/3, 1/6: D = ½ (2 · 1/3 + 4 · 1/6) / 2 = 1/3.
    """
    always = structured_share_of([TOGETHER] * 16, draws=2000)
    assert always.value == pytest.approx(2 / 3, abs=0.01)
    assert always.lower <= always.value <= always.upper
    half = structured_share_of([TOGETHER] * 64 + [ACROSS, OTHERS] * 16, draws=400)
    assert half.upper == pytest.approx(1 / 3, abs=0.01)
    assert half.value == pytest.approx(1 / 3, abs=0.04)
    never = structured_share_of([TOGETHER, ACROSS, OTHERS] * 20, draws=400)
    assert never.value < 0.03


def test_what_has_one_matrix_only_is_not_structured_and_nothing_shared_neither():
    """A pair that the margins force to share is no choice of anybody's."""
    forced = np.array([[1, 0], [1, 0]], dtype=bool)
    assert structured_share_of([forced] * 8).upper == 0
    assert structured_share_of([np.eye(3, dtype=bool)] * 8).value == 0
    with pytest.raises(InputError, match="at least 8 runs, but is 3"):
        structured_share_of([forced] * 3)


@pytest.mark.parametrize("changes", [{}, {"popularity": 4.0}, {"clumps": 4}])
def test_pure_chance_has_no_structured_share(changes):
    """Popular features and ties of one run are no structure: the truth is 0, within three errors or .01."""
    law = replace(DENSE, structured=0.0, **changes)
    found = structured_share_truth(law.draw, runs=200, alike=law.alike)
    assert found.value <= max(0.01, 3 * found.error)
    assert measured_share(replace(DENSE, structured=1.0)).value > 0.15


def test_sparse_mixtures_against_the_closed_form():
    """Pairs only, f of them planted: μ = s (f/P + (1 − f)/pairs), e nearly uniform: D ≈ f (1 − P/pairs).

    A planted feature is carried more often, so e is a little larger for planted pairs and D a little smaller.
    """
    for law in (replace(SPARSE, structured=0.4), replace(SEVEN, structured=0.8)):
        found = structured_share_truth(law.draw, runs=200, alike=law.alike)
        closed = law.structured * (1 - law.pairs / 2016)
        assert closed - 0.03 - 3 * found.error < found.value < closed + 3 * found.error


def test_pairs_alike_agree_with_all_pairs_apart():
    """Averaging over pairs that the law does not tell apart changes the noise and not the truth."""
    law = Mixture(n=8, m=40, shared=40, structured=0.5, pairs=2, sizes=(2, 3))
    together = structured_share_truth(law.draw, runs=400, alike=law.alike)
    apart = structured_share_truth(law.draw, runs=400)
    assert together.upper - together.lower < 0.002
    assert apart.lower - 0.01 < together.value < apart.upper + 0.01
    assert apart.value == pytest.approx(together.value, abs=0.02)


def test_draws_of_a_law_replay():
    law = Mixture(n=8, m=20, shared=20, structured=0.5, pairs=2, sizes=(2,))
    assert measured_share(law) == structured_share_truth(law.draw, runs=400, alike=law.alike)
