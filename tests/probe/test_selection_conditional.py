"""Conditional selection against brute force over pairs of samples, and on neurons whose concepts are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from polygenesis.probe.selection.occurrence import occurrence
from polygenesis.probe.selection.questions import COMPLEMENT, INSEPARABLE, Questions
from polygenesis.probe.selection.select import Selection, select

SAMPLES, FEATURES, NEURONS = 3000, 12, 48


def asked(questions: Questions, present: np.ndarray, feature: int, rivals: list[int]):
    common = (present[:, [feature]] & present[:, rivals]).sum(axis=0).astype(float)
    return questions.ask(feature, np.array(rivals, dtype=np.int64), common)


def brute(values: np.ndarray, weights: np.ndarray, with_: np.ndarray, without: np.ndarray) -> float:
    higher = (np.sign(values[with_][:, None] - values[without]) + 1) / 2
    return float(np.average(higher.mean(axis=0), weights=weights[without]))


@pytest.fixture(scope="module")
def overlapping() -> tuple[np.ndarray, np.ndarray]:
    """Features 1 and 2 often come with 0; 4 never comes without 3, nor does 5, which never comes without 4 either."""
    rng = np.random.default_rng(0)
    present = rng.random((800, 6)) < [0.2, 0.1, 0.1, 0.5, 0.6, 0.5]
    present[:, 1:3] |= present[:, [0]] & (rng.random((800, 2)) < 0.5)
    present[:, 4] &= present[:, 3]
    present[:, 5] &= present[:, 4]
    return present, np.round(rng.standard_normal(800) + present[:, 0] + 0.5 * present[:, 4], 1)


@pytest.mark.parametrize("balanced", [True, False])
def test_a_feature_is_asked_among_the_samples_without_its_rivals(overlapping, balanced):
    present, values = overlapping
    known = occurrence(present, balanced=balanced)
    questions = Questions(known, values)
    for feature, rivals in ((1, [0]), (1, [0, 2]), (0, [1, 2]), (3, [0])):
        barred = present[:, rivals].any(axis=1)
        with_, without = present[:, feature] & ~barred, ~present[:, feature] & ~barred
        found = asked(questions, present, feature, rivals)
        assert found.auroc == pytest.approx(brute(values, known.weights, with_, without), abs=1e-12)
    assert not questions._marks.any()


def test_equal_weights_are_the_formula_of_mid_ranks(overlapping):
    """AUROC_{i|¬O} = Σ_{a∈A} (R(a) − R_X(a)) / (|A| (N − |X|)), with mid-ranks by SciPy."""
    present, values = overlapping
    i, x = present[:, 1], present[:, [0, 1, 2]].any(axis=1)
    a = i & ~present[:, [0, 2]].any(axis=1)
    inside = np.zeros(len(values))
    inside[x] = stats.rankdata(values[x])
    area = (stats.rankdata(values)[a] - inside[a]).sum() / (a.sum() * (~x).sum())
    found = asked(Questions(occurrence(present, balanced=False), values), present, 1, [0, 2])
    assert found.auroc == pytest.approx(area, abs=1e-12)


def test_a_child_is_asked_within_its_parents_and_without_the_rest(overlapping):
    present, values = overlapping
    known = occurrence(present)
    for feature, parents, rivals in ((4, [3], []), (4, [3], [1]), (5, [3, 4], [0, 2])):
        universe = present[:, parents].all(axis=1) & ~present[:, rivals].any(axis=1)
        with_, without = universe & present[:, feature], universe & ~present[:, feature]
        found = asked(Questions(known, values), present, feature, [*parents, *rivals])
        assert found.auroc == pytest.approx(brute(values, known.weights, with_, without), abs=1e-12)


def test_the_distance_in_standard_errors_is_at_most_that_over_permutations(overlapping):
    """z uses the variance without ties, which is the largest; permuted activations must have |z| of about 1 or less."""
    present, values = overlapping
    rng, known = np.random.default_rng(1), occurrence(present)
    for feature, rivals in ((1, [0]), (5, [3, 4])):
        z = [asked(Questions(known, rng.permutation(values)), present, feature, rivals).z for _ in range(400)]
        assert 0.85 < np.std(z) < 1.1  # standard error .035


def test_what_labels_cannot_separate_is_said():
    rng = np.random.default_rng(2)
    parent = rng.random(500) < 0.5
    twin = parent ^ (np.arange(500) < 10)
    present = np.column_stack([parent, twin, ~parent])
    questions = Questions(occurrence(present), rng.standard_normal(500))
    assert asked(questions, present, 1, [0]).why == INSEPARABLE
    assert asked(questions, present, 2, [0]).why == COMPLEMENT


# Known concepts


def together(rng: np.random.Generator, phi: float) -> np.ndarray:
    """Features 2p and 2p + 1 occur together with correlation phi."""
    base, own = (rng.random((SAMPLES, FEATURES // 2)) < 0.1 for _ in range(2))
    same = rng.random((SAMPLES, FEATURES // 2)) < phi
    return np.stack([base, np.where(same, base, own)], axis=2).reshape(SAMPLES, FEATURES)


def rectified(rng: np.random.Generator, carriers: np.ndarray, present: np.ndarray) -> np.ndarray:
    return np.maximum(present @ carriers + 0.3 * rng.standard_normal((len(present), carriers.shape[1])), 0)


def one_each(rng: np.random.Generator, features: int, neurons: int) -> np.ndarray:
    carriers = np.zeros((features, neurons))
    carriers[np.arange(neurons) % features, rng.permutation(neurons)] = 1
    return carriers


def hierarchical(rng: np.random.Generator) -> np.ndarray:
    """Eight leaves, their two grandparents and four parents."""
    leaf = rng.integers(0, 8, SAMPLES)[:, None]
    return np.concatenate([leaf == np.arange(8), leaf // 4 == np.arange(2), leaf // 2 == np.arange(4)], axis=1)


def shared(found: Selection, marginal: bool = False) -> int:
    return int(((found.marginal if marginal else found.carried).sum(axis=0) >= 2).sum())


@pytest.mark.parametrize("phi", [0.3, 0.5, 0.6, 0.8])
def test_concepts_that_occur_together_are_told_apart(phi):
    """48 neurons of one concept each: none is shared; with 12 of two concepts that occur together: exactly those."""
    rng = np.random.default_rng([3, int(10 * phi)])
    present, carriers = together(rng, phi), one_each(rng, FEATURES, NEURONS)
    found = select(rectified(rng, carriers, present), present)
    assert shared(found, marginal=True) >= (40 if phi > 0.5 else 0)  # what a threshold alone says
    assert shared(found) == 0
    assert (found.carried == (carriers > 0)).all()
    for k in range(12):
        carriers[:, k] = np.arange(FEATURES) // 2 == k % 6
    found = select(rectified(rng, carriers, present), present)
    assert (found.carried == (carriers > 0)).all()
    assert (found.conditional[found.carried] > 0.75).all()


def test_hierarchical_labels_do_not_make_neurons_shared():
    """56 neurons of a leaf, a parent or a grandparent: each carries that label alone."""
    rng = np.random.default_rng(4)
    present, carriers = hierarchical(rng), one_each(rng, 14, 56)
    found = select(rectified(rng, carriers, present), present)
    assert shared(found, marginal=True) >= 20
    assert (found.carried == (carriers > 0)).all()
    assert not found.inseparable.any()


def test_a_parent_with_one_strong_leaf_and_three_leaves_of_four_are_described_by_what_they_are():
    """Leaf 0 beyond its grandparent; and leaves 0, 1, 2 of grandparent 8, which are parent 10 and leaf 2."""
    rng = np.random.default_rng(5)
    present = hierarchical(rng)
    carriers = np.zeros((14, 2))
    carriers[[8, 0], 0], carriers[[0, 1, 2], 1] = 1, 1
    found = select(rectified(rng, carriers, present), present)
    assert np.flatnonzero(found.carried[:, 0]).tolist() == [0, 8]
    assert np.flatnonzero(found.carried[:, 1]).tolist() == [2, 10]


def test_three_features_of_one_neuron_are_found_among_those_that_occur_together():
    rng = np.random.default_rng(6)
    present, carriers = together(rng, 0.5), np.zeros((FEATURES, 10))
    for k in range(10):
        carriers[rng.choice(FEATURES, 3, replace=False), k] = 1
    assert (select(rectified(rng, carriers, present), present).carried == (carriers > 0)).all()


def test_two_names_of_one_feature_are_inseparable():
    rng = np.random.default_rng(7)
    present = rng.random((1000, 4)) < 0.2
    present[:, 1] = present[:, 0] ^ (rng.random(1000) < 0.005)
    carriers = np.zeros((4, 3))
    carriers[[0, 1, 2], [0, 1, 2]] = 1
    found = select(rectified(rng, carriers, present), present)
    assert (found.carried.sum(axis=0) == 1).all()
    assert found.inseparable.sum(axis=0).tolist() == [1, 1, 0]
    assert not (found.inseparable & found.carried).any()


def test_exclusive_classes_behind_a_relu_stay_as_they_are():
    rng = np.random.default_rng(8)
    labels = rng.choice(10, 2000, p=np.geomspace(1, 30, 10) / np.geomspace(1, 30, 10).sum())
    present = labels[:, None] == np.arange(10)
    found = select(np.maximum(present @ rng.standard_normal((10, 30)) + rng.standard_normal((2000, 30)), 0), labels)
    assert (found.carried == found.marginal).all()
    assert shared(found) > 5
    assert found.conditional[found.carried] == pytest.approx(0.5 + found.effect[found.carried] / 2)


def test_signs_are_kept_where_activations_are_signed():
    """Neurons +A − B: both are carried, with their signs; what a single class raises the other classes do not lower."""
    rng = np.random.default_rng(9)
    present, at = rng.random((SAMPLES, FEATURES)) < 0.3, np.arange(NEURONS)
    carriers = np.zeros((FEATURES, NEURONS))
    carriers[at % FEATURES, at], carriers[(at + 5) % FEATURES, at] = 1, -1
    found = select(present @ carriers + 0.3 * rng.standard_normal((SAMPLES, NEURONS)), present)
    assert found.signed
    assert (found.sign == carriers).all()
    for classes in (2, 3, 5):
        labels = rng.integers(0, classes, 1500)
        one = np.eye(classes)[labels] @ np.eye(classes, 4) + 0.2 * rng.standard_normal((1500, 4))
        found = select(one[:, : min(classes, 4)], labels)
        assert (found.sign == np.eye(classes, 4)[:, : min(classes, 4)]).all()
        assert not found.inseparable.any()
