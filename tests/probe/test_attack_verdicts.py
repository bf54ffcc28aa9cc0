"""Verdicts on networks too small, too sparse or too regular to say much, read back against their numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from read_back import untrue

from polygenesis.errors import InputError
from polygenesis.probe import Missing, Origin, diagnose, one_hot_objective
from polygenesis.probe.battery.structured_share import capped
from polygenesis.stats import Estimate, proportion


def codes(runs: int, features: int, pairs: int, returning: float, seed: int) -> np.ndarray:
    """Signed codes of one neuron a feature: ``pairs`` neurons have two, planted ones with chance ``returning``."""
    rng = np.random.default_rng(seed)
    weights = np.zeros((runs, features, features))
    for each in weights:
        here = [(2 * p, 2 * p + 1) for p in range(pairs) if rng.random() < returning]
        free = rng.permutation(sorted(set(range(features)) - {i for pair in here for i in pair})).tolist()
        shared = here + [(free.pop(), free.pop()) for _ in range(pairs - len(here))]
        for k, (i, j) in enumerate(shared):
            each[i, k], each[j, k] = 1, -1
        for k, i in enumerate(free, start=pairs):
            each[i, k] = 1
    return weights


def activations(carriers: np.ndarray, present: np.ndarray, seed: int = 0) -> np.ndarray:
    return present @ carriers.astype(float) + 0.1 * np.random.default_rng(seed).random(
        (len(present), carriers.shape[1])
    )


PRESENT = np.random.default_rng(1).random((400, 3)) < 0.4


@pytest.mark.parametrize(("runs", "pairs"), [(3, 1), (3, 2), (4, 1), (5, 1), (8, 1)])
def test_a_handful_of_co_selections_that_do_not_come_back_excludes_nothing(runs, pairs):
    for seed in range(6):
        found = diagnose(codes(runs, 40, pairs, 0.0, seed), draws=99, seed=seed)
        assert found.verdict.origin is Origin.COMPATIBLE
        assert untrue(found) == []


@pytest.mark.parametrize(("runs", "pairs", "returning"), [(3, 1, 0.7), (5, 1, 0.8), (5, 2, 0.9)])
def test_pairs_that_came_back_in_every_run_do_not_show_that_they_always_do(runs, pairs, returning):
    truth = returning - 2 * pairs / 40**2  # at most: chance would have put a few there as well
    above = [diagnose(codes(runs, 40, pairs, returning, seed), draws=199, seed=seed).structured for seed in range(20)]
    assert sum(getattr(each, "lower", 0) > truth for each in above) <= 2  # of 20, each wrong at most once in 40


def test_the_lower_end_is_that_of_a_proportion_where_all_came_back():
    certain = Estimate(1.0, 0.99, 1.0, 0.95, "left out", 3)
    assert capped(certain, 3).lower == pytest.approx(proportion(3, 3).lower)
    assert capped(replace(certain, lower=0.1), 3).lower == 0.1
    assert capped(replace(certain, value=0.0, lower=0.0), 3).lower == 0.0


@pytest.mark.parametrize(
    "carriers",
    [np.ones((3, 1)), np.array([[1, 0], [1, 1], [0, 1]]), np.array([[1, 0], [1, 1], [0, 0]])],
    ids=["one neuron", "two neurons", "a feature that nobody selects"],
)
def test_where_margins_leave_no_choice_nothing_is_said_to_change_with_the_seed(carriers):
    found = diagnose([activations(carriers, PRESENT, r) for r in range(3)], PRESENT, alternatives=(), draws=99)
    assert found.verdict.origin is Origin.COMPATIBLE
    assert isinstance(found.structured, Missing)
    assert "leave no choice" in found.verdict.sentence
    assert untrue(found) == []


def test_a_network_given_twice_is_refused_in_every_form():
    weights = codes(3, 20, 4, 0.5, 0)
    carriers = np.random.default_rng(3).random((3, 12)) < 0.5
    runs = [activations(carriers, PRESENT, r) for r in range(3)]
    assert not any("same network" in each for each in diagnose(weights, draws=99).verdict.cautions)
    for given, more in (
        ((weights[[0, 1, 0]],), {}),
        ((weights[0],), {"runs": [weights[1], weights[0].copy()]}),
        (([runs[0], runs[1], runs[0].copy()], PRESENT), {}),
        ((runs[0], PRESENT), {"runs": [runs[1], runs[0]]}),
    ):
        with pytest.raises(InputError, match="Runs 0 and 2 are the same network, number by number; networks of other"):
            diagnose(*given, draws=99, **more)
    with pytest.raises(InputError, match=r"Runs 0 and 1 \(and 1 more\) are the same network"):
        diagnose(weights[[0, 0, 0]], draws=99)


def test_rows_that_are_taken_for_the_same_feature_are_said_to_be():
    assert any("rows were not matched" in each for each in diagnose(codes(3, 20, 4, 0.5, 0), draws=99).notes)
    assert not any("rows were not" in each for each in diagnose(codes(1, 20, 4, 0.5, 0), draws=99).notes)


def test_weights_without_any_feature_are_not_judged():
    found = diagnose(np.zeros((3, 4, 5)))
    assert found.verdict.origin is Origin.UNDECIDED
    assert "no feature is live" in found.verdict.sentence


def test_huge_weights_have_a_norm():
    assert diagnose(1e200 * codes(3, 12, 2, 0.5, 0), draws=99).verdict.origin is not Origin.UNDECIDED


def test_one_threshold_is_no_range():
    carriers = np.random.default_rng(3).random((3, 12)) < 0.5
    found = diagnose([activations(carriers, PRESENT, r) for r in range(3)], PRESENT, alternatives=(), draws=99)
    assert "threshold" not in found.verdict.sentence
    assert len(found.sensitivity) == 1


WRONG = {
    "alternatives": (0.2,), "progress": 3, "widths": {8: [2], 16: [3]}, "thresholds": 0.5, "seed": True,
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_argument_is_named(name):
    with pytest.raises(InputError, match=f"Argument `{name}`"):
        diagnose([activations(np.eye(3), PRESENT)] * 3, PRESENT, draws=99, **{name: WRONG[name]})


def test_labels_of_fewer_runs_than_there_are_have_their_number_named():
    classes = PRESENT.argmax(axis=1)
    with pytest.raises(InputError, match="one for each of the 3 runs, but is a list of 2"):
        diagnose([activations(np.eye(3), PRESENT)] * 3, [classes, classes])


def test_alternatives_of_weights_are_refused():
    with pytest.raises(InputError, match="`alternatives` needs `labels`"):
        diagnose(codes(3, 12, 2, 0.5, 0), alternatives=(0.8,))


def test_training_that_returns_other_shapes_is_refused():
    weights = codes(3, 12, 2, 0.5, 0)
    with pytest.raises(InputError, match="`retrain` must return weights of shape"):
        diagnose(weights, initial=weights, retrain=lambda starts: starts[:, :2], counterfactuals=2, draws=99)


def test_one_thing_has_a_singular():
    weights = np.array([[1.0, 0.0], [-1.0, 0.0]])
    assert untrue(diagnose(weights, objective=one_hot_objective(0.1), splits=1)) == []


def test_what_would_have_been_found_says_of_which_pairs():
    found = diagnose(codes(8, 40, 20, 0.0, 0), draws=99, seed=0)
    assert found.verdict.origin is Origin.INCIDENTAL
    assert "had its pairs come back in every second run" in found.verdict.sentence
    assert untrue(found) == []


def test_thousands_of_features_are_written_out():
    weights = np.zeros((3, 1200, 200))
    weights[:, np.arange(1200), np.arange(1200) % 200] = np.array([1.0, 0.9, 0.8])[:, None]
    assert "at least 1,001 (mean of the runs)" in diagnose(weights, draws=99).verdict.sentence
