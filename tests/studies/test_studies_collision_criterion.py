from dataclasses import replace

import numpy as np
import pytest
from handmade import agreement, complete, examined, judged, rounded, said

from polygenesis import detect, studies
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.claim import Verdict
from polygenesis.studies.collision_criterion import claims
from polygenesis.studies.collision_criterion.estimands import Found, lead_times
from polygenesis.studies.collision_criterion.pairs import CO_OCCURRENCES, PENALTIES, Survival, Threshold, colliding
from polygenesis.studies.collision_criterion.snapshots import AT, SIZES, Followed, Snapshot, _decisions
from polygenesis.sweeps import MemoryStore

NETWORKS, PAIRS = 12, 10


def of_run(claim):
    return lambda run: judged(claim, Found([run], [], []))


ranking, mover, early, precision = map(of_run, (claims.RANKING, claims.MOVER, claims.EARLY, claims.PRECISION))


def same_sign(runs):
    return judged(claims.SAME_SIGN, Found(runs, [], []))


def threshold(points):
    return judged(claims.THRESHOLD, Found([], points, []))


def closed_form(shares):
    return judged(claims.CLOSED_FORM, Found([], [], shares))


def collapses(shares):
    return [agreement(claims.COLLAPSE, Found([], [], shares), at) for at in range(len(CO_OCCURRENCES))]


def rates(grows: np.ndarray) -> detect.LeadRates:
    """Pairs of opposite signs, ``PAIRS`` a network, whose leads grow or not, (c, 2)."""
    c = NETWORKS * PAIRS
    network, row = np.divmod(np.arange(c), PAIRS)
    pairs = detect.Collisions(NETWORKS, network, row, 2 * row, 2 * row + 1, opposite=np.ones(c, dtype=bool))
    flat = np.zeros((c, 2))
    return detect.LeadRates(pairs, flat + 1.0, np.where(grows, 1.0, -1.0) + 0.01 * network[:, None], flat, flat)


def followed(grows: np.ndarray, left: np.ndarray, decided: float = 0.6) -> Followed:
    """Two snapshots, at λt = 0.03 and the judged time, with one forecast and one truth."""
    c = len(left)
    first = Snapshot(0.03, rates(grows), ~left.any(axis=1), left, np.zeros(c), np.full(c, decided))
    same = np.full(NETWORKS, 40)
    return Followed(
        spec=RunSpec(TiedAutoencoder(64, 128), penalty=L1(0.016), replicates=NETWORKS),
        networks=NETWORKS,
        usable=NETWORKS,
        snapshots=(first, replace(first, time=AT)),
        same=same,
        survivors=0 * same,
        pairs_at_rest=same,
    )


@pytest.fixture
def truth():
    """In each network six pairs stay, and of four one feature leaves: the second of the last, else the first."""
    left = np.zeros((NETWORKS, PAIRS, 2), dtype=bool)
    left[:, 6:9, 0] = left[:, 9, 1] = True
    return left.reshape(-1, 2)


def test_a_perfect_forecast_is_supported(truth):
    run = followed(~truth, truth)
    found = [ranking(run), mover(run), early(run)]
    assert [each.verdict for each in found] == [Verdict.SUPPORTED] * 3
    assert [said(each.sentence)[0] for each in found] == [1.0, 1.0, 1.0]
    gain = precision(run)
    assert said(gain.sentence)[0] == pytest.approx(0.4), "all of six that should stay do, six of ten by signs"
    assert gain.verdict is Verdict.SUPPORTED


def inverted(truth):
    """Leads that grow where a feature leaves, and nowhere else."""
    return np.broadcast_to(truth.any(axis=1)[:, None], truth.shape)


def test_a_wrong_forecast_is_refuted(truth):
    run = followed(inverted(truth), truth)
    found = [ranking(run), early(run), mover(followed(truth, truth))]
    assert [each.verdict for each in found] == [Verdict.REFUTED] * 3
    assert [said(each.sentence)[0] for each in found[1:]] == [0.0, 0.0]


def test_lead_times_count_from_the_last_wrong_forecast(truth):
    run = followed(~truth, truth)
    assert lead_times(run, by_sign=False)[0] == pytest.approx(0.57)
    later_right = replace(run, snapshots=(replace(run.snapshots[0], rates=rates(inverted(truth))), run.snapshots[1]))
    assert lead_times(later_right, by_sign=False)[0] == pytest.approx(0.6 - AT)
    later_wrong = replace(run, snapshots=(run.snapshots[0], replace(run.snapshots[1], rates=rates(inverted(truth)))))
    assert (lead_times(later_wrong, by_sign=False)[0] == 0).all()
    by_sign = lead_times(run, by_sign=True)[0].reshape(NETWORKS, PAIRS)
    assert (by_sign[:, :6] > 0).all()
    assert (by_sign[:, 6:] == 0).all()


def test_decisions_by_hand():
    """A pair that parts at the third time; one that stays and is past being overtaken at the second."""
    pairs = detect.Collisions(1, *(np.array(x) for x in ([0, 0], [0, 1], [0, 2], [1, 3])), opposite=np.ones(2, bool))
    leads = np.array([[[0, 0, 1, 1], [0, 0, 1, 1], [0, 5, 1, 1]]])
    ratios = np.array([[[0.9, 0.9, 0.9, 0.9], [0.1, 0.1, 0.4, 0.4], [0.1, 0.1, 0.1, 0.1]]])
    times = np.array([0.0, 0.1, 0.2])
    decided = _decisions(pairs, np.array([False, True]), leads, ratios, times)
    assert decided.tolist() == [0.2, 0.1]
    never = _decisions(pairs, np.array([True, True]), leads[:, :2], np.ones((1, 2, 4)), times[:2])
    assert np.isnan(never).all()


def test_one_survivor_of_the_same_sign_refutes(truth):
    run = followed(~truth, truth)
    assert same_sign([run]).verdict is Verdict.SUPPORTED
    assert same_sign([run]).sentence.startswith("None of 480 pairs")
    one = replace(run, survivors=np.eye(1, NETWORKS, dtype=int)[0])
    assert same_sign([one]).verdict is Verdict.REFUTED
    assert same_sign([replace(run, same=0 * run.same)]).verdict is Verdict.UNDECIDED


def test_thresholds_must_all_be_near():
    near, far = Threshold(3, 0.5, 1.0, 0.99, 1.0), Threshold(2, 0.5, 1.0, 1.09, 1.095)
    assert threshold([near]).verdict is Verdict.SUPPORTED
    assert threshold([near, far]).verdict is Verdict.REFUTED
    assert threshold([near, replace(far, below=1.04, above=1.06)]).verdict is Verdict.UNDECIDED
    assert threshold([replace(far, above=np.inf)]).verdict is Verdict.REFUTED


def test_survival_is_compared_at_equal_ratios():
    alternate = np.arange(1000) % 2 == 0
    shares = [Survival(p, c * p, alternate, alternate) for p in PENALTIES for c in CO_OCCURRENCES]
    assert closed_form(shares).verdict is Verdict.SUPPORTED
    assert {test.verdict.name for test in collapses(shares)} == {"EQUIVALENT"}
    other = [
        replace(each, stayed=~each.stayed | alternate) if each.penalty == PENALTIES[1] else each for each in shares
    ]
    split = closed_form(other)
    assert split.verdict is Verdict.UNDECIDED, "right in all at one λ and in half at the other"
    assert "The cells disagree" in split.sentence
    assert {test.verdict.name for test in collapses(other)} == {"DIFFERENT"}


def test_a_forecast_must_beat_the_more_frequent_fate():
    """Where one in twenty stays, a forecast that names another one of them is right in nine of ten, and no good."""
    at = np.arange(1000) % 20
    useless = [Survival(p, c * p, at == 0, at == 1) for p in PENALTIES for c in CO_OCCURRENCES]
    found = closed_form(useless)
    assert found.verdict is Verdict.REFUTED
    assert "right in 90.0 % of 10000 collisions, the more frequent fate in 95.0 %" in found.sentence
    assert said(found.sentence)[0] == pytest.approx(-0.05)
    good = [replace(each, forecast=each.stayed) for each in useless]
    assert closed_form(good).verdict is Verdict.SUPPORTED


def test_few_survivors_may_differ_as_well_as_many():
    """1 and 18 of 600 differ by 0.03, but by a factor of 18."""
    few, more = np.arange(600) < 1, np.arange(600) < 18
    shares = [Survival(p, c * p, n, n) for p, n in zip(PENALTIES, (few, more), strict=True) for c in CO_OCCURRENCES]
    assert {test.verdict.name for test in collapses(shares)} == {"DIFFERENT"}
    none = [replace(each, stayed=np.zeros(600, dtype=bool)) for each in shares]
    assert collapses(none) == [None] * len(CO_OCCURRENCES)


def test_colliding_starts_collide():
    start = colliding(50, "test")
    neuron = np.abs(start).argmax(axis=2)
    sign = np.sign(np.take_along_axis(start, neuron[..., None], axis=2)[..., 0])
    assert start.shape == (50, 2, 3)
    assert (neuron[:, 0] == neuron[:, 1]).all()
    assert (sign.sum(axis=1) == 0).all()


@pytest.fixture(scope="module")
def results():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "quick", (12, (2,), 6))
        study = studies.get("collision-criterion")
        store = MemoryStore()
        first = study.run("quick", store=store, workers=1)
        yield first, examined(study, [store.load(spec.key) for spec in study.specs("quick")])


def test_end_to_end(results):
    result, again = results
    assert again.judgements == result.judgements
    complete(result)
    assert len(result.judgements) == 13
    for key, table in result.tables.items():
        assert again.tables[key].equals(table)
    named = result.tables["pairs that co-occur"]
    gain = named["fates named"] - np.maximum(named["survived"], 1 - named["survived"])
    gain = (gain * named["collisions"]).sum() / named["collisions"].sum()
    assert said(result.judgements[7].sentence)[0] == pytest.approx(rounded(gain), abs=1e-4)
