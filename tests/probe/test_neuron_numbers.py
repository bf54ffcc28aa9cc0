"""Numbers of a neuron: effective number of features, purity, and a p-value that is valid under its null."""

from __future__ import annotations

import numpy as np
import pytest

import polygenesis as pg
from polygenesis import detect
from polygenesis.probe.selection.numbers import effective_number, purity, several_p_value
from polygenesis.probe.selection.occurrence import occurrence


def test_the_effective_number_is_the_inverse_participation_ratio():
    assert effective_number([0.5]) == 1
    assert effective_number([0.5, -0.5, 0.5]) == pytest.approx(3)
    assert effective_number([0.9, 0.3]) == pytest.approx((0.81 + 0.09) ** 2 / (0.81**2 + 0.09**2))
    assert effective_number([np.inf, 1.0, np.inf]) == 2
    assert np.isnan(effective_number([0.0]))
    weights = np.array([[0.9], [0.3]])
    assert effective_number(weights[:, 0]) == pytest.approx(detect.participation_ratio(weights.T)[0, 0])


def test_purity_is_the_share_of_the_commonest_feature():
    present = np.array([[1, 0], [1, 0], [1, 1], [0, 1]], dtype=bool)
    assert purity(present) == 0.75
    assert purity(present[:, :0]) == 0


def labels_of(kind, rng, samples=300):
    if kind == "classes":
        return np.eye(10, dtype=bool)[rng.integers(0, 10, samples)]
    present = rng.random((samples, 12)) < (0.04 if kind == "sparse" else 0.2)
    if kind == "nested":
        present[:, 1] &= present[:, 0]
        present[:, 2] |= present[:, 0]
    return present


def values_of(kind, effect, rng):
    noise = rng.standard_normal(len(effect))
    if kind == "sparse":
        return np.maximum(effect + noise - 2, 0)  # nearly all samples are tied at 0
    return effect + (rng.random(len(effect)) < 0.01 if kind == "rare" else noise)


def p_values(kind, repeats, second, seed=0):
    rng, found = np.random.default_rng(seed), []
    for _ in range(repeats):
        present = labels_of(kind, rng)
        values = values_of(kind, 1.5 * present[:, 0] + second * present[:, 3], rng)
        gaps = [
            values[with_].mean() - values[~with_].mean() if 0 < with_.sum() < len(with_) else 0 for with_ in present.T
        ]
        strongest = np.argsort(-np.abs(gaps))[:2]
        found.append(several_p_value(values, occurrence(present), strongest, signed=kind == "signed"))
    return np.array(found)


@pytest.mark.parametrize("kind", ["classes", "nested", "sparse", "rare", "signed"])
def test_the_p_value_of_a_neuron_of_one_feature_is_valid(kind):
    """Under the null a share of at most α has p ≤ α: of 200 neurons, within three standard errors."""
    found = p_values(kind, 200, 0.0)
    for level in (0.01, 0.05, 0.2):
        assert (found <= level).mean() <= level + 3 * (level * (1 - level) / 200) ** 0.5
    assert (p_values(kind, 30, 2.0) <= 0.01).mean() >= 0.8 or kind == "sparse"


def test_the_bound_is_never_below_the_exact_chance():
    """Against all ways to draw: of 12 ranks with ties, 3 with a mean of at least that seen."""
    from itertools import combinations

    from polygenesis.probe.selection.bounds import chernoff_bound

    ranks = np.array([0.1] * 5 + [0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 0.95])
    draws = np.array([ranks[list(each)].mean() for each in combinations(range(12), 3)])
    for mean in np.unique(draws):
        assert chernoff_bound(ranks, mean, 3, False) >= (draws >= mean - 1e-12).mean() - 1e-12
        assert chernoff_bound(ranks, mean, 3, True) >= (draws <= mean + 1e-12).mean() - 1e-12


@pytest.fixture(scope="module")
def diagnosed():
    rng = np.random.default_rng(0)
    present = rng.random((500, 4)) < 0.25
    hidden = present @ np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]]) + 0.2 * rng.standard_normal((500, 3))
    return pg.diagnose(np.maximum(hidden, 0), present, draws=99)


def test_the_bound_is_one_where_every_rank_is_the_same():
    from polygenesis.probe.selection.bounds import chernoff_bound

    for rank in (0.0, 0.25, 1.0):
        for low in (False, True):
            assert chernoff_bound(np.full(5, rank), rank, 3, low) == 1.0


def test_numbers_are_in_the_table_and_on_the_page(diagnosed):
    frame = diagnosed.to_dataframe("neuron")
    row = frame.iloc[0]
    assert row["number of features"] == 2
    assert 1.9 < row["effective number of features"] <= 2
    assert 0.5 <= row["purity"] <= 1
    assert row["p"] < 1e-6
    page = diagnosed.to_html()
    for name in ("Number", "Effective", "Purity", "<th"):
        assert name in page


def test_weights_have_the_numbers_that_need_no_samples():
    found = pg.diagnose([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    frame = found.to_dataframe("neuron")
    assert frame["effective number of features"].tolist() == [2, 2]
    assert "purity" not in frame


def test_numbers_are_kept(tmp_path, diagnosed):
    again = pg.load(diagnosed.save(tmp_path / "kept"))
    assert again.to_dataframe("neuron").equals(diagnosed.to_dataframe("neuron"))


def test_feature_dimensionality_is_another_name_of_capacity():
    """‖W_i‖² / Σ_j (Ŵ_i · W_j)², as Elhage et al. (2022) write it."""
    weights = np.random.default_rng(0).standard_normal((6, 4))
    units = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    theirs = (weights**2).sum(axis=1) / ((units @ weights.T) ** 2).sum(axis=1)
    assert detect.feature_dimensionality(weights)[0] == pytest.approx(theirs)
    assert (detect.feature_dimensionality(weights) == detect.capacities(weights)).all()
