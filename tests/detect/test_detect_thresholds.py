"""Thresholds: their reasons hold, and their constructor refuses what contradicts itself."""

import dataclasses

import numpy as np
import pytest

from polygenesis.detect import DIRECTION, HALF, MAJORITY, NAMED, PAPER_WINDOW, Thresholds, census, threshold_table
from polygenesis.errors import InputError


@pytest.mark.parametrize("penalty", [1e-4, 1e-3, 0.016, 0.1, 0.5, 1.0, 1.5])
def test_half_lies_between_a_settled_weight_and_zero(penalty):
    """The stable root of (1 − w²)w = λ/4 exists up to λ = 8/(3√3) ≈ 1.54 and is never below 1/√3."""
    roots = np.roots([-1, 0, 1, -penalty / 4])
    settled = max(roots.real[np.abs(roots.imag) < 1e-9])
    assert settled > 1 / np.sqrt(3) > HALF.carries_from > 0
    assert settled > HALF.alive


def test_values():
    assert (PAPER_WINDOW.carries_from, PAPER_WINDOW.carries_to) == (0.8, 1.2)
    assert Thresholds() == HALF
    assert hash(HALF) == hash(Thresholds())
    assert len(set(NAMED.values())) == len(NAMED)
    with pytest.raises(dataclasses.FrozenInstanceError):
        HALF.carries_from = 0.1


def test_recorded_series_use_the_same_edge():
    from polygenesis.dynamics import recording

    assert HALF.carries_from == recording.CARRIES


@pytest.mark.parametrize(
    ("weight", "window", "half"),
    [
        (0.49, False, False),
        (0.5, False, True),
        (0.79, False, True),
        (0.8, True, True),
        (1.2, True, True),
        (1.21, False, True),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_both_ends_count_and_signs_do_not(weight, window, half, sign):
    weights = np.array([[sign * weight, 0.0]])
    assert census(weights, PAPER_WINDOW).carried.any() == window
    assert census(weights, HALF).carried.any() == half


def test_majority_never_spreads_a_row_of_norm_one():
    directions = np.random.default_rng(0).standard_normal((200, 4))
    rows = directions / np.linalg.norm(directions, axis=1, keepdims=True) * 0.9999
    found = census(rows, MAJORITY)
    assert found.spread_features == 0
    assert 0 < found.settled_features < 200


def test_direction_ignores_scale_and_absolute_thresholds_do_not():
    weights = np.random.default_rng(1).standard_normal((2, 6, 5))
    small = census(weights * 1e-3, DIRECTION)
    assert np.array_equal(small.carried, census(weights, DIRECTION).carried)
    assert np.array_equal(small.feature_state, census(weights, DIRECTION).feature_state)
    assert not census(weights * 1e-3, HALF).carried.any()


def test_a_row_far_below_the_largest_is_dead_in_relative_units():
    found = census([[100.0, 0.0], [-5.0, 0.0]], DIRECTION)
    assert found.dead_features == 1
    assert found.carried.tolist() == [[[True, False], [False, False]]]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"carries_from": 0.0}, "carries_from"),
        ({"carries_from": float("nan")}, "carries_from"),
        ({"carries_from": 0.8, "carries_to": 0.8}, "`carries_to` must exceed"),
        ({"alive": -0.1}, "alive"),
        ({"alive": 0.6}, "`alive` must be at most `carries_from` = 0.5"),
        ({"alive": 1.5, "relative": True}, "`alive` must be at most 1"),
        ({"carrys": 1.0}, "carrys"),
    ],
)
def test_wrong_thresholds_are_one_sentence(fields, says):
    with pytest.raises(InputError, match=r".*") as caught:
        Thresholds(**fields)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_table_shows_how_the_count_moves():
    """Feature 2 (weights .7, .7) seems to share with 0 at one half; 1 and 3 share in the window too."""
    weights = np.array([[1, 0, 0], [0, 0.95, 0], [0.7, 0, 0.7], [0, -0.85, 0]], dtype=np.float32)
    table = threshold_table(np.stack([weights, weights])).set_index("thresholds")
    assert len(table) == len(NAMED)
    assert table.loc["half", ["polysemantic", "shared", "split_features", "resolved"]].tolist() == [1, 2, 1, 0]
    assert table.loc["paper window", ["polysemantic", "shared", "split_features"]].tolist() == [1, 1, 1]
    assert table.loc["from 0.9", ["polysemantic", "shared", "split_features"]].tolist() == [0, 0, 2]
    assert (table["polysemantic_sd"] == 0).all()


def test_table_gives_the_standard_deviation_over_replicates():
    table = threshold_table([[[1.0, 0.0], [-1.0, 0.0]], np.eye(2)], [HALF])
    assert table[["polysemantic", "polysemantic_sd"]].values.tolist() == [[0.5, pytest.approx(np.sqrt(0.5))]]


def test_table_takes_own_choices():
    table = threshold_table(np.eye(3), [HALF, MAJORITY])
    assert table["thresholds"].tolist() == [str(HALF), str(MAJORITY)]
    assert table["polysemantic_sd"].isna().all()
    with pytest.raises(InputError, match="at least one choice"):
        threshold_table(np.eye(3), [])
