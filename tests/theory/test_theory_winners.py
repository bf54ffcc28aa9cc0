import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polygenesis as pg
from polygenesis import theory
from polygenesis.errors import InputError
from polygenesis.theory import winners


def start(r=2, n=12, m=20, seed=0):
    return np.random.default_rng(seed).standard_normal((r, n, m)) * m**-0.5


def test_a_leader_is_the_largest_weight_with_its_sign():
    found = theory.leaders(np.array([[[0.1, -0.7, 0.3], [0.2, 0.0, 0.1]]]))
    assert found.neuron.tolist() == [[1, 0]]
    assert found.sign.tolist() == [[-1, 1]]


def test_in_a_clash_the_weaker_one_leaves_and_opposite_signs_stay():
    clash = theory.assignment(np.array([[[0.9, 0.5], [1.0, 0.1]]]))
    assert clash.neuron.tolist() == [[1, 0]]
    benign = theory.assignment(np.array([[[0.9, 0.5], [-1.0, 0.1]]]))
    assert benign.neuron.tolist() == [[0, 0]]
    assert benign.shared(2).tolist() == [[True, False]]
    assert clash.shared(2).tolist() == [[False, False]]


def test_a_feature_that_was_sent_away_can_send_another_one_away():
    found = theory.assignment(np.array([[[0.9, 0.8, 0.1], [1.0, 0.2, 0.1], [0.1, 0.7, 0.3]]]))
    assert found.neuron.tolist() == [[1, 0, 2]]


def test_without_a_free_slot_a_feature_stays_with_its_leader():
    found = theory.assignment(np.array([[[0.9, 0.0], [1.0, 0.2]]]))
    assert found.neuron.tolist() == [[0, 0]]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(0, 9), st.integers(0, 10**6))
def test_assignments_are_stable_and_do_not_depend_on_the_order(n, more, seed):
    m = n + more
    w = start(1, n, m, seed)
    found = theory.assignment(w)
    at = {(int(k), int(s)): i for i, (k, s) in enumerate(zip(found.neuron[0], found.sign[0], strict=True))}
    assert len(at) == n  # one feature a slot
    for i, k in itertools.product(range(n), range(m)):
        if abs(w[0, i, k]) > abs(w[0, i, found.neuron[0, i]]):  # i would rather be on k: somebody stronger is there
            assert abs(w[0, at[k, int(np.sign(w[0, i, k]))], k]) > abs(w[0, i, k])
    shuffled = np.random.default_rng(seed).permutation(n)
    np.testing.assert_array_equal(theory.assignment(w[:, shuffled]).neuron[0], found.neuron[0, shuffled])


@pytest.mark.parametrize("penalty", [0.0, 0.016])
def test_a_relaxation_is_the_flow_of_the_engine(penalty):
    w = start(2, 32, 48)
    found = theory.relaxation(w, duration=2.0, penalty=penalty)
    spec = pg.RunSpec(
        model=pg.TiedAutoencoder(n=32, m=48),
        penalty=pg.L1(penalty),
        training=pg.GradientFlow(max_time=2.0, tolerance=1e-5),
        replicates=2,
    )
    run = pg.simulate(spec, initial_weights=w)
    moved = np.linalg.norm(run.final - w)
    assert np.linalg.norm(found.weights - run.final) < 0.06 * moved  # first order, with the longest stable steps
    assert (found.evaluations < run.evaluations).all()


def test_clocks_of_a_relaxation():
    w = start()
    loss = theory.relaxation(w, duration=2.0, penalty=0.016)
    paper = theory.relaxation(w, duration=8.0, penalty=0.004, clock="paper")
    np.testing.assert_array_equal(loss.weights, paper.weights)


def test_a_relaxed_network_has_no_positive_overlaps_and_unit_rows():
    relaxed = theory.relaxation(start(3, 20, 40), duration=5.0).weights
    overlaps = relaxed @ relaxed.transpose(0, 2, 1)
    np.testing.assert_allclose(np.diagonal(overlaps, axis1=1, axis2=2), 1, atol=0.01)
    assert (overlaps - np.eye(20) * overlaps).max() < 0.01


def test_the_initial_weights_are_left_alone():
    w = start()
    kept = w.copy()
    theory.hurried_race(w, penalty=0.016)
    theory.assignment(w)
    np.testing.assert_array_equal(w, kept)


def test_a_hurried_race_is_a_relaxation_and_a_race():
    w = start()
    relaxed = theory.relaxation(w, duration=winners.RELAXED)
    raced = theory.relaxation(relaxed.weights, duration=3.75, penalty=0.064)
    found = theory.hurried_race(w, penalty=0.016)
    np.testing.assert_array_equal(found.weights, raced.weights)
    np.testing.assert_array_equal(found.evaluations, relaxed.evaluations + raced.evaluations)


def test_chances_of_slots_are_a_softmax():
    chances = theory.slot_chances(np.array([[[0.5, -1.0]]]), 2.0)
    total = np.e + np.e**2 + 2
    np.testing.assert_allclose(chances, [[[[np.e / total, 1 / total], [1 / total, np.e**2 / total]]]])
    assert theory.slot_chances(start(), 1e6).max() == 1.0  # no overflow


def test_chances_of_sharing_by_enumeration():
    chances = theory.slot_chances(start(1, 3, 2), 3.0)
    expected = np.zeros(2)
    for slots in itertools.product(range(4), repeat=3):
        chance = np.prod([chances[0, i].ravel()[slot] for i, slot in enumerate(slots)])
        expected += chance * np.array([{k, k + 2} <= set(slots) for k in range(2)])
    np.testing.assert_allclose(theory.shared_chances(chances)[0], expected)


def test_the_sharpness_behind_winners_is_found_again():
    w = start(4, 300, 10, seed=3)
    generator = np.random.default_rng(4)
    chances = theory.slot_chances(w, 6.0).reshape(4, 300, 20)
    slot = (chances.cumsum(axis=2) > generator.random((4, 300, 1))).argmax(axis=2)
    drawn = theory.Winners(slot % 10, np.where(slot < 10, 1, -1))
    # The information on β is the variance of the scores: its standard error is 2.6 % of 6 here; four of them.
    assert theory.fit_sharpness(w, drawn) == pytest.approx(6.0, rel=0.11)


def test_winners_that_follow_the_weights_blindly_are_certain():
    w = start()
    sharpness = theory.fit_sharpness(w, theory.leaders(w))
    assert theory.slot_chances(w, sharpness).max(axis=(2, 3)).min() > 0.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.leaders(np.zeros((2, 3))), r"`weights` must be real numbers of shape \(r, n, m\)"),
        (lambda: theory.assignment(np.full((1, 2, 2), np.nan)), "finite"),
        (lambda: theory.relaxation(start(), duration=0.0), "`duration` must be a finite number above 0"),
        (lambda: theory.hurried_race(start(), penalty=0.0), "`penalty` must be a finite number above 0"),
        (lambda: theory.slot_chances(start(), -1.0), "`sharpness`"),
        (lambda: theory.shared_chances(np.zeros((2, 3))), r"\(r, n, 2, m\)"),
    ],
)
def test_what_cannot_be_forecast_is_said_in_one_sentence(call, message):
    with pytest.raises(InputError, match=message):
        call()
