"""Claims over several cells: where the cells disagree, no pooled verdict speaks for them."""

import math

import numpy as np
import pytest
from handmade import judged
from scipy import stats as reference

from polygenesis import stats
from polygenesis.stats.estimate import pivotal
from polygenesis.studies import pools
from polygenesis.studies.claim import Claim, Verdict, read
from polygenesis.studies.evidence import Counted, Pool, pool
from polygenesis.studies.margin import Margin


def normal(value, error, freedom=math.inf):
    return pivotal(value, error, freedom, 0.9, "normal", 16)


def judge(together, cells, margin=None):
    evidence = pool(together, cells)
    claim = Claim("It is one.", "nobody", margin or Margin.around("It", 1, 0.1), "anywhere", "Found {found}.")
    return judged(Claim(**{**vars(claim), "estimand": lambda _: read(evidence)}), None)


def test_cells_that_agree_leave_the_pooled_verdict():
    found = judge(normal(1.0, 0.01), {"m = n": normal(0.99, 0.02), "m = 2n": normal(1.01, 0.02)})
    assert found.verdict is Verdict.SUPPORTED
    assert found.cells.startswith("Cell by cell (test of equal cells: p = 0.48): inside the margin: m = n 0.990")
    apart = judge(normal(1.5, 0.01), {"m = n": normal(1.4, 0.02), "m = 2n": normal(1.6, 0.02)})
    assert apart.verdict is Verdict.REFUTED  # they differ, but no cell lies inside


def test_a_pool_of_cells_on_both_sides_is_undecided_and_names_them():
    """AdamW over gradient flow: .735 at m = n, 1.04 at 2n, 1.08 at 4n; together .932."""
    cells = {"m = n": normal(0.735, 0.029), "m = 2n": normal(1.04, 0.03), "m = 4n": normal(1.08, 0.03)}
    found = judge(normal(0.932, 0.017), cells)
    assert found.verdict is Verdict.UNDECIDED
    assert "The cells disagree (test of equal cells: p = " in found.sentence
    assert "outside: m = n 0.735" in found.sentence
    assert found.needed == "More networks would not decide it, because its cells disagree."


def test_a_pool_that_would_stand_falls_with_a_cell_that_contradicts_it():
    cells = {"m = n": Counted(990, 1000), "m = 2n": Counted(70, 100)}
    margin = Margin.share("Share", above=0.9)
    assert judge(Counted(1060, 1100), {}, margin).verdict is Verdict.SUPPORTED
    found = judge(Counted(1060, 1100), cells, margin)
    assert found.verdict is Verdict.UNDECIDED
    assert "inside the margin: m = n 0.990" in found.sentence
    assert "outside: m = 2n 0.700" in found.sentence


def test_cells_are_corrected_for_their_number():
    """Of twenty cells inside one lies outside by chance at 5 %; that contradicts nothing."""
    cells = {str(k): normal(1.0, 0.02) for k in range(19)} | {"odd": normal(1.14, 0.022)}
    assert judge(normal(1.0, 0.005), cells).verdict is Verdict.UNDECIDED  # they differ: p = 4e-5
    mild = cells | {"odd": normal(1.05, 0.04)}
    assert judge(normal(1.0, 0.005), mild).verdict is Verdict.SUPPORTED


def test_welch_is_that_of_equal_means():
    generator = np.random.default_rng(0)
    samples = [generator.normal(0, scale, size) for scale, size in ((1, 8), (3, 12), (1, 20))]
    estimates = [stats.mean(each, level=0.9) for each in samples]
    two = pools.heterogeneity(estimates[:2])
    assert two == pytest.approx(reference.ttest_ind(samples[0], samples[1], equal_var=False).pvalue, rel=1e-6)
    known = [normal(1.0, 0.1), normal(1.2, 0.1), normal(0.9, 0.2)]
    x, w = np.array([1.0, 1.2, 0.9]), np.array([100.0, 100.0, 25.0])
    q = (w * (x - (w * x).sum() / w.sum()) ** 2).sum()
    assert pools.heterogeneity(known) == pytest.approx(reference.chi2.sf(q, 2))


def test_welch_keeps_its_level():
    """With equal means p ≤ 0.05 in 5 % of 2,000 sets; 7 % or more has a chance below 1e-4."""
    generator = np.random.default_rng(1)
    rejected = 0
    for _ in range(2000):
        samples = [generator.normal(0, scale, 8) for scale in (1, 2, 4, 1)]
        p = pools.heterogeneity([stats.mean(each, level=0.9) for each in samples])
        rejected += p <= 0.05
    assert rejected < 140


def test_a_single_cell_is_no_pool():
    one = normal(1.0, 0.01)
    assert pool(one, {"m = n": one}) is one
    assert pool(one, {"m = n": one, "m = 2n": None}) is one
    assert isinstance(pool(one, {"m = n": one, "m = 2n": one}), Pool)


def test_many_cells_are_summed_up():
    cells = {f"cell {k}": normal(1.0 + 0.001 * k, 0.05) for k in range(12)}
    assert "open: 12 cells, 1.00 to 1.01" in judge(normal(1.0, 0.01), cells).cells
