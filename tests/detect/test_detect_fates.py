"""Collisions, their fates and origins, on small histories whose answer is known by hand."""

import numpy as np
import pytest

from polygenesis.detect import (
    FATES,
    ORIGINS,
    Fate,
    Origin,
    census,
    collisions,
    encounters,
    follow,
    leads,
    origins,
    shared_pairs,
)
from polygenesis.errors import InputError


def network(*tops, m=6):
    """Rows with one weight each: (neuron, sign); None is a dead row, "split" one of (.7, .7) on neurons 0 and 1."""
    weights = np.zeros((len(tops), m))
    for row, top in zip(weights, tops, strict=True):
        if top == "split":
            row[:2] = 0.7
        elif top is not None:
            row[top[0]] = top[1]
    return weights


PLUS, MINUS = (0, 1.0), (0, -1.0)
HISTORIES = [
    # start of two features on neuron 0, end, fate, left, destination, occupied
    ((PLUS, MINUS), (PLUS, MINUS), Fate.SURVIVED, (False, False), (0, 0)),
    ((PLUS, PLUS), (PLUS, PLUS), Fate.SURVIVED, (False, False), (0, 0)),
    ((PLUS, MINUS), (MINUS, PLUS), Fate.SURVIVED, (False, False), (0, 0)),
    ((PLUS, PLUS), (PLUS, MINUS), Fate.TURNED, (False, False), (0, 0)),
    ((PLUS, PLUS), (PLUS, (3, 1.0)), Fate.ONE_LEFT, (False, True), (0, 3)),
    ((PLUS, PLUS), ((2, 1.0), PLUS), Fate.ONE_LEFT, (True, False), (2, 0)),
    ((PLUS, PLUS), ((2, 1.0), (3, 1.0)), Fate.BOTH_LEFT, (True, True), (2, 3)),
    ((PLUS, PLUS), ((2, 1.0), (2, -1.0)), Fate.MOVED_TOGETHER, (True, True), (2, 2)),
    ((PLUS, PLUS), (PLUS, None), Fate.DIED, (False, False), (0, -1)),
    ((PLUS, PLUS), ((2, 1.0), None), Fate.DIED, (True, False), (2, -1)),
    ((PLUS, PLUS), (None, None), Fate.DIED, (False, False), (-1, -1)),
    ((PLUS, PLUS), ("split", None), Fate.DIED, (False, False), (-1, -1)),
    ((PLUS, PLUS), (PLUS, "split"), Fate.UNDECIDED, (False, False), (0, -1)),
    ((PLUS, MINUS), ("split", "split"), Fate.UNDECIDED, (False, False), (-1, -1)),
]


@pytest.mark.parametrize(("start", "end", "fate", "left", "destination"), HISTORIES)
def test_fate_of_one_collision(start, end, fate, left, destination):
    found = follow(network(*start), network(*end))
    assert len(found.start) == 1
    assert FATES[found.fate[0]] is fate
    assert tuple(found.left[0]) == left
    assert tuple(found.destination[0]) == destination
    opposite = start[0] != start[1]
    assert found.count(fate, opposite=opposite).tolist() == [1]
    assert found.count(fate, opposite=not opposite).tolist() == [0]
    assert np.isnan(found.left_at).all()
    assert np.isnan(found.dissolved_at).all()


def test_every_fate_has_a_history():
    assert {history[2] for history in HISTORIES} == set(Fate)


def test_three_on_one_neuron_are_three_pairs():
    """0 and 1 stay with opposite signs, 2 leaves to a neuron where 3 already is."""
    start = network((0, 1.0), (0, -0.9), (0, 0.8), (4, 1.0))
    end = network((0, 1.0), (0, -1.0), (4, -1.0), (4, 1.0))
    found = follow(start, end)
    pairs = list(zip(found.start.first, found.start.second, found.start.opposite, strict=True))
    assert pairs == [(0, 1, True), (0, 2, False), (1, 2, True)]
    assert [FATES[code] for code in found.fate] == [Fate.SURVIVED, Fate.ONE_LEFT, Fate.ONE_LEFT]
    assert found.left.tolist() == [[False, False], [False, True], [False, True]]
    assert found.occupied.tolist() == [[True, True], [True, True], [True, True]]
    assert len(found.end) == 2
    assert list(zip(found.made.neuron, found.made.first, found.made.second, strict=True)) == [(4, 2, 3)]
    assert found.start.counts.tolist() == [3]
    assert found.start.opposite_counts.tolist() == [2]
    assert found.start.same_counts.tolist() == [1]


def test_an_empty_neuron_is_not_occupied():
    found = follow(network(PLUS, PLUS), network(PLUS, (3, 1.0)))
    assert found.occupied.tolist() == [[False, False]]
    beside_split = follow(network(PLUS, PLUS, (5, 1.0)), network(PLUS, (1, 1.0), "split"))
    assert beside_split.occupied.tolist() == [[False, False]], "a split feature occupies nothing"
    last_crowded = follow(network(PLUS, PLUS, (5, 1.0), (5, -1.0)), network(PLUS, None, (5, 1.0), (5, -1.0)))
    assert last_crowded.occupied.tolist() == [[False, False], [True, True]], "the dead are nowhere"


def test_when_they_left():
    """Feature 1 leaves neuron 0 at time 2, comes back at 3 and leaves for good at 5; feature 2 joins it at 6."""
    zero, away = (0, 1.0), (1, 1.0)
    states = [
        (zero, zero, (2, 1.0)),
        (zero, away, (2, 1.0)),
        (zero, zero, (2, 1.0)),
        (zero, away, (2, 1.0)),
        (zero, away, (1, -1.0)),
    ]
    path = np.array([[network(*state) for state in states]])
    times = [1.0, 2.0, 3.0, 5.0, 6.0]
    found = follow(path[:, 0], path[:, -1], path, times)
    assert np.isnan(found.left_at[0, 0])
    assert found.left_at[0, 1] == 5
    assert found.dissolved_at.tolist() == [5.0]
    assert found.made_at.tolist() == [6.0]
    indexed = follow(path[:, 0], path[:, -1], path)
    assert indexed.left_at[0, 1] == 3

    met = encounters(path, times).to_dataframe()
    columns = ["neuron", "first", "second", "opposite", "begin", "end", "saved", "opposite_at_end"]
    assert met[columns].values.tolist() == [[0, 0, 1, False, 1.0, 3.0, 2, False], [1, 1, 2, True, 6.0, 6.0, 1, True]]


def test_the_dead_have_a_time_too():
    path = np.array([[network(PLUS, PLUS), network(PLUS, PLUS), network(PLUS, None)]])
    found = follow(path[:, 0], path[:, -1], path, [0.0, 10.0, 20.0])
    assert found.left_at[0, 1] == 20
    assert np.isnan(found.left_at[0, 0])


def test_signs_of_an_encounter_may_change():
    path = np.array([[network(PLUS, PLUS), network(PLUS, MINUS)]])
    met = encounters(path)
    assert met.pairs.opposite.tolist() == [False]
    assert met.opposite_at_end.tolist() == [True]
    assert met.saved.tolist() == [2]


def test_no_collisions_at_all():
    apart = np.eye(3)
    found = follow(apart, apart, apart[None, None])
    assert len(found.start) == len(found.end) == len(found.made) == 0
    assert found.counts.shape == (1, 2, len(FATES))
    assert found.summary()["pairs"].sum() == 0
    assert len(found.to_dataframe()) == 0
    assert len(encounters(apart[None, None])) == 0
    assert len(origins(apart, apart).pairs) == 0
    assert origins(apart, apart).summary()["share"].tolist() == [0, 0, 0]


def test_rows_of_zeros_do_not_collide():
    assert len(collisions(np.zeros((2, 3, 4)))) == 0
    assert leads(np.zeros((3, 4))).neuron.tolist() == [-1, -1, -1]


def test_counts_belong_to_their_replicates():
    start = np.stack([network(PLUS, MINUS), network(PLUS, PLUS), network(PLUS, (1, 1.0))])
    end = np.stack([network(PLUS, MINUS), network(PLUS, (1, 1.0)), network(PLUS, (1, 1.0))])
    found = follow(start, end)
    assert found.count(Fate.SURVIVED, opposite=True).tolist() == [1, 0, 0]
    assert found.count(Fate.ONE_LEFT, opposite=False).tolist() == [0, 1, 0]
    assert found.counts.sum() == 2
    table = found.summary().set_index(["sign", "fate"])
    assert table.loc[("same", "one_left"), ["pairs", "share"]].tolist() == [1, 1.0]
    assert "1 survived" in repr(found)
    assert "one_left" in found._repr_html_()
    assert found.to_dataframe()["second_destination"].tolist() == [0, 1]


def test_following_equals_plain_loops():
    """Random crowded histories with dead, split and turned features, one pair at a time."""
    rng = np.random.default_rng(5)
    tops = [None, "split", *((k, s) for k in range(2, 6) for s in (1.0, -1.0))]
    for _ in range(40):
        starts, ends = (rng.integers(0, len(tops), 9) for _ in range(2))
        ends = np.where(rng.random(9) < 0.5, starts, ends)
        found = follow(network(*(tops[i] for i in starts)), network(*(tops[i] for i in ends)))
        expected = []
        for i in range(9):
            for j in range(i + 1, 9):
                a, b = tops[starts[i]], tops[starts[j]]
                if None in (a, b) or where(a) != where(b):
                    continue
                expected.append((i, j, fate_by_hand(a, b, tops[ends[i]], tops[ends[j]])))
        assert [
            (i, j, FATES[code]) for i, j, code in zip(found.start.first, found.start.second, found.fate, strict=True)
        ] == sorted(expected, key=lambda row: (where(tops[starts[row[0]]]), row[0], row[1]))


def where(top):
    """Where a row of `network` leads: of the split row's equal weights the first counts."""
    return 0 if top == "split" else top[0]


def fate_by_hand(a, b, x, y):
    if x is None or y is None:
        return Fate.DIED
    if "split" in (x, y):
        return Fate.UNDECIDED
    here = where(a)
    if x[0] == y[0] == here:
        was, now = (a if a != "split" else (0, 0.7)), (b if b != "split" else (0, 0.7))
        return Fate.SURVIVED if (was[1] * now[1] < 0) == (x[1] * y[1] < 0) else Fate.TURNED
    if here in (x[0], y[0]):
        return Fate.ONE_LEFT
    return Fate.MOVED_TOGETHER if x[0] == y[0] else Fate.BOTH_LEFT


def test_random_starts_collide_as_often_as_chance_says():
    """n(n−1)/2m pairs, half opposite: z within 4 standard errors, so a right program fails once in 8,000 seeds."""
    weights = np.random.default_rng(11).standard_normal((200, 24, 32))
    found = collisions(weights)
    mean, error = found.counts.mean(), found.counts.std(ddof=1) / np.sqrt(200)
    assert abs(mean - 24 * 23 / 64) < 4 * error
    share = found.opposite.mean()
    assert abs(share - 0.5) < 4 * 0.5 / np.sqrt(len(found))


START = np.array([[0.9, 0.5, 0.1], [0.2, -0.8, 0.3], [-0.7, 0.1, 0.6]])


@pytest.mark.parametrize(
    ("end", "origin", "rank", "turned"),
    [
        (((0, 1.0), (1, 1.0), (0, -1.0)), Origin.BOTH_LED, [0, 0], [False, False]),
        (((0, -1.0), (1, 1.0), (0, -1.0)), Origin.BOTH_LED, [0, 0], [True, False]),
        (((1, 1.0), (1, -1.0), (2, 1.0)), Origin.ONE_MOVED_IN, [1, 0], [False, False]),
        (((2, 1.0), (1, -1.0), (2, -1.0)), Origin.BOTH_MOVED_IN, [2, 1], [False, True]),
    ],
)
def test_origin_of_one_pair(end, origin, rank, turned):
    found = origins(START, network(*end, m=3))
    assert [ORIGINS[code] for code in found.origin] == [origin]
    assert found.rank.tolist() == [rank]
    assert found.turned.tolist() == [turned]
    assert found.count(origin).tolist() == [1]
    assert found.counts.sum() == 1
    assert origin.name.lower() in found.to_dataframe()["origin"].tolist()


def test_unsettled_sharers_have_no_origin_but_are_reported():
    found = origins(START, network((0, 1.0), (2, 1.0), "split", m=3))
    assert len(found.pairs) == 0
    assert found.left_out.tolist() == [1]
    assert "1 neurons left out" in repr(found)


def test_origins_agree_with_fates():
    """A pair that led on its neuron at the start is one that survived or turned; the others were made later."""
    rng = np.random.default_rng(7)
    start, end = rng.standard_normal((5, 20, 12)), np.zeros((5, 20, 12))
    tops = np.where(rng.random((5, 20)) < 0.6, np.abs(start).argmax(axis=2), rng.integers(0, 12, (5, 20)))
    np.put_along_axis(end, tops[..., None], rng.choice([-1.0, 1.0], (5, 20, 1)), axis=2)
    fates, found = follow(start, end), origins(start, end)
    kept = sum(fates.count(fate, opposite=o) for fate in (Fate.SURVIVED, Fate.TURNED) for o in (True, False))
    assert kept.sum() > 0
    assert np.array_equal(found.count(Origin.BOTH_LED), kept)
    assert np.array_equal(found.count(Origin.ONE_MOVED_IN) + found.count(Origin.BOTH_MOVED_IN), fates.made.counts)
    assert np.array_equal(found.pairs.counts, shared_pairs(census(end)).counts)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((np.eye(3), np.eye(2)), "`final` must have the shape of `initial`"),
        ((np.eye(3), np.full((3, 3), np.nan)), "`final` must be finite"),
        ((np.eye(3)[0], np.eye(3)), "`initial` must have shape"),
        ((np.eye(3), np.eye(3), np.eye(3)), "`trajectory` must have shape (r, T, n, m)"),
        ((np.eye(3), np.eye(3), np.eye(2)[None, None]), "`trajectory` must have shape (r, T, n, m) = (1, T, 3, 3)"),
        ((np.eye(3), np.eye(3), np.eye(3)[None, None], [0.0, 1.0]), "`times` must have shape (T,) = (1,)"),
        ((np.eye(3), np.eye(3), np.zeros((1, 2, 3, 3)), [1.0, 1.0]), "`times` must be finite and increase"),
        ((np.eye(3), np.eye(3), None, [1.0]), "`times` must come with a `trajectory`"),
        ((np.eye(3), np.eye(3), np.zeros((1, 1, 3, 3)), ["x"]), "`times` must be real numbers"),
    ],
)
def test_wrong_input_is_one_sentence(arguments, says):
    with pytest.raises(InputError) as caught:
        follow(*arguments)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
