"""One feature's race: against the full system, Euler's loop, closed forms, the paper's figure, its symmetries."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from polygenesis.dynamics.race.gaps import BLOCK, Gaps
from polygenesis.dynamics.race.single_feature import RaceOutcome, euler_single_feature, single_feature
from polygenesis.errors import InputError
from systems import race_by_events

START = np.array([0.31, -0.12, 0.055, 0.0, -0.28, 0.2, 0.17, -0.006])


def gaussian_start(m, seed=0, scale=0.9):
    return np.random.default_rng(seed).normal(size=m) * scale / np.sqrt(m)


def weights_at(race, times):
    return np.array([race.weights(time) for time in times])


@pytest.mark.parametrize("penalty", [0.003, 0.03, 0.1, 0.2, 0.3])
def test_exact_race_is_the_full_system(penalty):
    times = np.concatenate([[0.0], np.geomspace(0.1, 3 / penalty, 30)])
    race = single_feature(START, penalty=penalty, times=times)
    expected = race_by_events(START, penalty, times)
    np.testing.assert_allclose(weights_at(race, times), expected, atol=1e-7)
    np.testing.assert_allclose(race.l1, np.abs(expected).sum(axis=1), atol=1e-7)
    np.testing.assert_allclose(race.l2, np.sqrt((expected**2).sum(axis=1)), atol=1e-7)
    np.testing.assert_array_equal(race.survivors, np.count_nonzero(expected, axis=1))
    assert race.winner == (0 if race.outcome is RaceOutcome.WON else None)


@given(
    st.lists(st.floats(-0.9, 0.9).map(lambda w: round(w, 3)), min_size=1, max_size=6),
    st.floats(0.01, 0.5),
)
@settings(max_examples=40)
def test_any_small_race_is_the_full_system(start, penalty):
    start = np.array(start)
    race = single_feature(start, penalty=penalty)
    # the full system cannot tell a tie from rounding, nor the hair's breadth between life and death
    assume(race.outcome is not RaceOutcome.TIED)
    critical = 2 / (3 * math.sqrt(3))
    assume(abs(penalty - critical) > 0.02)
    times = np.linspace(0, min(race.times[-1], 60.0), 12)[1:]
    expected = race_by_events(start, penalty, times) if times[-1] > times[0] else np.zeros((11, len(start)))
    np.testing.assert_allclose(weights_at(race, times), expected, atol=1e-5)


@pytest.mark.parametrize("clock", ["paper", "loss"])
def test_euler_approaches_the_exact_race_in_proportion_to_its_step(clock):
    times = [2.0, 8.0, 20.0]
    exact = single_feature(START, penalty=0.05, times=times, clock=clock)
    errors = []
    for step in (0.02, 0.01, 0.005):
        euler = euler_single_feature(START, penalty=0.05, times=times, step=step, clock=clock)
        np.testing.assert_array_equal(euler.survivors, exact.survivors)
        errors.append(np.abs(euler.l1 - exact.l1).max())
    assert errors[0] < 0.02
    assert errors[1] / errors[0] == pytest.approx(0.5, abs=0.1)
    assert errors[2] / errors[1] == pytest.approx(0.5, abs=0.1)


def test_euler_by_hand():
    euler = euler_single_feature([0.6, -0.04, 0.0], penalty=0.2, times=[0.0, 0.5, 1.0], step=0.5)
    one = 0.6 + 0.5 * ((1 - 0.3616) * 0.6 - 0.2)
    two = one + 0.5 * ((1 - one**2) * one - 0.2)
    np.testing.assert_allclose(euler.l1, [0.64, one, two], rtol=1e-14)
    np.testing.assert_allclose(euler.l2, [math.sqrt(0.3616), one, two], rtol=1e-14)
    assert list(euler.survivors) == [2, 1, 1]
    np.testing.assert_allclose(euler.weights, [two, 0, 0])


def test_euler_keeps_signs_and_places():
    euler = euler_single_feature(START, penalty=0.01, times=[5.0])
    exact = single_feature(START, penalty=0.01, times=[5.0]).weights(5.0)
    np.testing.assert_allclose(euler.weights, exact, atol=0.01)


def test_slow_manifold_error_shrinks_with_the_penalty():
    """Relative differences of finishing time and of ‖w‖₁ at one tenth of the race fall in proportion to λ√m."""
    start = gaussian_start(400, scale=1.0)
    differences = []
    for penalty in (1e-3, 1e-4, 1e-5):
        times = [0.1 / penalty, 0.5 / penalty]
        exact = single_feature(start, penalty=penalty, times=times)
        slow = single_feature(start, penalty=penalty, times=times, method="slow-manifold")
        assert slow.winner == exact.winner
        relative = abs(slow.finishing_time / exact.finishing_time - 1)
        differences.append((relative, np.abs(slow.l1 / exact.l1 - 1).max(), np.abs(slow.l2 / exact.l2 - 1).max()))
    differences = np.array(differences)
    assert (differences[0] < 20 * 1e-3).all()
    assert (differences[1:] < 0.2 * differences[:-1]).all()


def test_slow_manifold_of_two_in_closed_form():
    """Two weights: λt = (1/√2) arcsinh((2g − d)/d) until g = d; both forms of the integral are met."""
    penalty, high = 1e-6, 0.5
    for low in (0.499999, 0.3, 0.01):
        race = single_feature([high, low], penalty=penalty, times=[1.0], method="slow-manifold")
        gap = high - low
        expected = (math.asinh((2 * high - gap) / gap) - math.asinh(1)) / math.sqrt(2) / penalty
        assert race.finishing_time == pytest.approx(expected, rel=1e-9)
        middle = 0.4 * expected
        x = gap * math.sinh(math.asinh((2 * high - gap) / gap) - math.sqrt(2) * penalty * middle)
        g = (x + gap) / 2
        np.testing.assert_allclose(race.weights(middle), np.array([g, g - gap]) / math.hypot(g, g - gap), rtol=1e-9)


def test_slow_manifold_stays_on_the_unit_sphere_and_drops_in_order():
    start = gaussian_start(3000)
    race = single_feature(start, penalty=1e-5, method="slow-manifold")
    np.testing.assert_allclose(race.l2, 1, rtol=1e-12)
    assert (np.diff(race.survivors) <= 0).all()
    assert (np.count_nonzero(race.weights(0.0)), race.survivors[-1]) == (3000, 1)
    np.testing.assert_allclose(np.abs(race.weights(race.times[-1])).max(), 1)


def test_slow_manifold_counts_every_drop_out_at_its_time():
    start = np.array([0.5, 0.4, 0.3, 0.3, 0.1])
    race = single_feature(start, penalty=1e-4, method="slow-manifold")
    drop = race._solution._drop
    for index, left in enumerate([4, 2, 2, 1]):
        for time, expected in ((drop[index] * (1 - 1e-9), None), (drop[index], left), (drop[index] * (1 + 1e-9), left)):
            count = np.count_nonzero(race.weights(time))
            assert count == expected if expected is not None else count > left


def test_without_penalty_the_norm_follows_the_logistic_law():
    times = np.linspace(0, 10, 21)
    race = single_feature(START, penalty=0.0, times=times)
    square = (START**2).sum()
    expected = np.sqrt(square / (square + (1 - square) * np.exp(-2 * times)))
    np.testing.assert_allclose(race.l2, expected, rtol=1e-13)
    np.testing.assert_allclose(race.weights(3.0), START * (expected[6] / expected[0]), rtol=1e-13)
    assert race.outcome is RaceOutcome.UNPENALIZED
    assert (race.winner, race.finishing_time) == (None, math.inf)
    assert race.final_weight == pytest.approx(0.31 / math.sqrt(square))


def test_one_weight_alone_settles_at_the_root():
    race = single_feature([-0.2], penalty=0.1, times=[1e-9, 500.0, 1e12])
    w = race.final_weight
    assert (1 - w * w) * w == pytest.approx(0.1, rel=1e-12)
    np.testing.assert_allclose(race.l1, [0.2, w, w], rtol=1e-8)
    assert race.weights(500.0)[0] < 0
    assert (race.finishing_time, race.winner, race.outcome) == (0.0, 0, RaceOutcome.WON)


@pytest.mark.parametrize(("start", "penalty"), [([0.05, 0.01], 0.06), ([0.9, 0.5], 0.4), (START, 0.5)])
def test_a_penalty_too_strong_kills_all(start, penalty):
    race = single_feature(start, penalty=penalty)
    assert race.outcome is RaceOutcome.DEAD
    assert (race.winner, race.final_weight) == (None, 0.0)
    assert 0 < race.finishing_time < race.death_time < math.inf
    times = np.array([race.death_time * 0.99, race.death_time * 1.01])
    expected = race_by_events(start, penalty, times)
    np.testing.assert_allclose(weights_at(race, times), expected, atol=1e-6)
    assert (expected[0] != 0).any()
    assert not weights_at(race, times)[1].any()


def test_zero_weights_stay_zero_and_a_zero_row_is_dead_from_the_start():
    assert single_feature(START, penalty=0.01).weights(3.0)[3] == 0
    race = single_feature(np.zeros(4), penalty=0.01, times=[0.0, 1.0])
    assert race.outcome is RaceOutcome.DEAD
    assert not race.survivors.any()
    assert race.death_time == 0


@pytest.mark.parametrize("method", ["exact", "slow-manifold"])
def test_ties_stay_ties(method):
    race = single_feature([0.3, -0.3, 0.1, 0.3], penalty=1e-3, method=method)
    assert race.outcome is RaceOutcome.TIED
    assert race.winner is None
    assert race.survivors[-1] == 3
    w = race.final_weight
    assert (1 - 3 * w * w) * w == pytest.approx(1e-3 if method == "exact" else 0, abs=1e-12)
    np.testing.assert_allclose(race.weights(race.times[-1]), [w, -w, 0, w], atol=2e-3)


def test_the_two_clocks_tell_the_same_race():
    times = np.array([1.0, 10.0, 30.0])
    paper = single_feature(START, penalty=0.02, times=times)
    loss = single_feature(START, penalty=0.08, times=times / 4, clock="loss")
    np.testing.assert_allclose(loss.l1, paper.l1, rtol=1e-12)
    np.testing.assert_array_equal(loss.survivors, paper.survivors)
    assert loss.finishing_time == pytest.approx(paper.finishing_time / 4)
    np.testing.assert_allclose(loss.weights(2.5), paper.weights(10.0), rtol=1e-12)
    again = single_feature(START, penalty=0.08, clock="loss")
    np.testing.assert_allclose(again.times * 4, single_feature(START, penalty=0.02).times, rtol=1e-12)


def test_it_is_gradient_descent_of_one_feature():
    """The same law as `simulate` with n = 1, where there is no interference; sign(W) chatters by lr λ around zero."""
    from polygenesis.dynamics import simulate
    from polygenesis.models import TiedAutoencoder
    from polygenesis.penalties import L1
    from polygenesis.spec import RunSpec
    from polygenesis.training import GradientDescent

    lr, steps, penalty = 1e-4, 60_000, 0.2
    spec = RunSpec(model=TiedAutoencoder(n=1, m=8), penalty=L1(penalty), training=GradientDescent(lr=lr, steps=steps))
    run = simulate(spec, initial_weights=START[None, None])
    race = single_feature(START, penalty=penalty, times=[lr * steps], clock="loss")
    np.testing.assert_allclose(run.final[0, 0], race.weights(lr * steps), atol=2e-4)
    assert 1 < race.survivors[0] < 7


@given(st.integers(0, 10**6))
@settings(max_examples=15)
def test_order_and_signs_are_names_only(seed):
    rng = np.random.default_rng(seed)
    start = rng.normal(size=20) / 5
    order, signs = rng.permutation(20), rng.choice([-1, 1], 20)
    race, renamed = (single_feature(w, penalty=0.01) for w in (start, (start * signs)[order]))
    np.testing.assert_array_equal(renamed.l1, race.l1)
    assert order[renamed.winner] == race.winner
    np.testing.assert_array_equal(renamed.weights(40.0), (race.weights(40.0) * signs)[order])


def test_gaps_in_blocks_are_the_plain_sums():
    starts = np.abs(gaussian_start(2 * BLOCK + 17))
    gaps = Gaps.of(starts)
    for gap in (gaps.lead, 0.7 * gaps.lead, gaps.runner_up * 1.5, gaps.runner_up):
        ahead = np.maximum(gap - (starts.max() - starts), 0)
        count, first, second = gaps.moments(np.array([gap]))
        assert count[0] == np.count_nonzero(ahead)
        np.testing.assert_allclose([first[0], second[0]], [ahead.sum(), (ahead**2).sum()], rtol=1e-11)
        assert gaps.square(gap) == pytest.approx(second[0], rel=1e-14)


def test_small_squares_survive_beside_one_huge_lead():
    """A leader 1e6 times all others: naive prefix sums lose the others' squares, centred ones do not."""
    starts = np.full(1000, 1e-6)
    starts[0] = 1.0
    gaps = Gaps.of(starts)
    end = gaps.runner_up + 1e-9  # everyone is still alive, by 1e-9
    assert gaps.square(end) == pytest.approx(end**2 + 999e-18, rel=1e-15)
    assert gaps.means[-1] == pytest.approx(0.999 * (1 - 1e-6), rel=1e-12)
    assert gaps.spreads[-1] == pytest.approx(0.999 * (1 - 1e-6) ** 2, rel=1e-12)


def test_the_papers_own_experiment():
    """E1 (docs/paper.md: m = 1e5, λ = 1e-5, |N(0, .9/√m)|), as read off its figure: m' scatters from draw to draw."""
    start = np.abs(gaussian_start(10**5))
    race = single_feature(start, penalty=1e-5, times=[1e2, 1e3, 1e4])
    assert race.survivors[0] == pytest.approx(7.8e4, rel=0.03)
    assert race.survivors[1] == pytest.approx(1.45e4, rel=0.04)
    assert race.survivors[2] == pytest.approx(2.5e2, rel=0.2)
    assert race.l1[-1] == pytest.approx(11.5, rel=0.08)
    assert 0.3 < race.finishing_time * 1e-5 < 5


def test_a_race_is_fast_to_read_and_can_be_sent_to_another_process():
    race = single_feature(START, penalty=0.02)
    assert "won, winner=0" in repr(race)
    again = pickle.loads(pickle.dumps(race))
    np.testing.assert_array_equal(again.weights(12.0), race.weights(12.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w0": []}, "Argument `w0` must have shape (m,) with m >= 1, but is shape (0,)."),
        ({"w0": [[1.0]]}, "Argument `w0` must have shape (m,) with m >= 1, but is shape (1, 1)."),
        ({"w0": [0.1, math.nan]}, "Argument `w0` must be finite, but is nan at 1."),
        ({"w0": ["a"]}, "Argument `w0` must be real numbers, but is ['a']."),
        ({"penalty": -1.0}, "Argument `penalty` must be a finite number of at least 0, but is -1.0."),
        ({"penalty": math.nan}, "Argument `penalty` must be a finite number of at least 0, but is nan."),
        ({"penalty": "strong"}, "Argument `penalty` must be a finite number of at least 0, but is 'strong'."),
        ({"times": [2.0, 1.0]}, "Argument `times` must be finite, at least 0 and increasing, but is [2.0, 1.0]."),
        ({"times": [-1.0]}, "Argument `times` must be finite, at least 0 and increasing, but is [-1.0]."),
        ({"times": [1.0, math.inf]}, "Argument `times` must be finite, at least 0 and increasing, but is [1.0, inf]."),
        ({"times": []}, "Argument `times` must have shape (T,) with T >= 1, but is shape (0,)."),
        ({"times": "soon"}, "Argument `times` must be numbers, but is 'soon'."),
        ({"clock": "wall"}, "Unknown clock 'wall'; known: loss, paper."),
    ],
)
@pytest.mark.parametrize("follow", [single_feature, euler_single_feature])
def test_wrong_input_is_answered_in_one_sentence(follow, change, message):
    given_arguments = {"w0": [0.1, 0.2], "penalty": 0.01, "times": [1.0], **change}
    with pytest.raises(InputError) as caught:
        follow(given_arguments.pop("w0"), **given_arguments)
    assert str(caught.value) == message


def test_wrong_method_step_regime_and_time():
    with pytest.raises(InputError, match=r"Unknown method 'fast'; known: exact, slow-manifold\."):
        single_feature(START, penalty=0.01, method="fast")
    with pytest.raises(InputError, match=r"Argument `step` must be a finite number above 0, but is 0\."):
        euler_single_feature(START, penalty=0.01, times=[1.0], step=0)
    with pytest.raises(InputError, match=r"Argument `penalty` must satisfy .* on the slow manifold, but is 3\.0\."):
        single_feature(START, penalty=3.0, method="slow-manifold")
    with pytest.raises(InputError, match=r"Argument `time` must be a finite number of at least 0, but is -1\."):
        single_feature(START, penalty=0.01).weights(-1)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["exact", "slow-manifold"])
def test_neck_and_neck_is_decided_after_a_longer_race(method):
    """A runner-up behind by 1e-12 needs about log(1e12) = 28 time units of 1/λ."""
    race = single_feature([0.5, 0.5 * (1 - 1e-12), 0.2], penalty=1e-4, method=method)
    assert race.winner == 0
    assert 15e4 < race.finishing_time < 30e4
    assert race.survivors[-1] == 1
