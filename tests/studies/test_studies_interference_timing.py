import dataclasses

import numpy as np
import pytest
from handmade import complete, examined, said

from polygenesis import studies
from polygenesis.interference import FullInterference, NoInterference, SameSignOff, SameSignOnly
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies import interference_timing
from polygenesis.studies.claim import Verdict
from polygenesis.studies.interference_timing.arms import (
    ALONE,
    EARLY,
    EXPECTED,
    FAILURES,
    LATE,
    SHORT,
    SIZES,
    Arm,
    Start,
    Watched,
    forces,
)
from polygenesis.studies.interference_timing.claims import CLAIMS, LONE, WEAK_SHORT
from polygenesis.studies.interference_timing.display import arm_table
from polygenesis.studies.interference_timing.estimands import Found, changes
from polygenesis.studies.judging import judge_all
from polygenesis.studies.paper_runs import FLOW_PENALTY
from polygenesis.sweeps import MemoryStore

N, R = 100, 12
SHORTER = {0.2: 0.02, 0.5: 0.13}
SPEC = RunSpec(TiedAutoencoder(N, 2 * N), penalty=L1(FLOW_PENALTY), replicates=R)


def judgements(arms, seen):
    return judge_all(CLAIMS, Found(arms, seen))


def arm(part, changed: int, shared: int = 10) -> Arm:
    """R networks in which the first ``changed`` features won elsewhere than with full interference."""
    winner = np.tile(np.arange(1, N + 1), (R, 1))
    winner[:, :changed] += 1000
    return Arm(
        spec=SPEC.replace(interference=part),
        winner=winner,
        converged=np.ones(R, dtype=bool),
        shared=np.full(R, shared) + np.arange(R) % 2,
        same_sign=np.zeros(R, dtype=int),
        dead=np.zeros(R, dtype=int),
        pairs=frozenset((a, 0, 1) for a in range(R)),
    )


def family(early: int, later: int, late: int, same: int) -> list[Arm]:
    half = LATE / FLOW_PENALTY
    return [
        arm(FullInterference(), 0),
        arm(NoInterference(), 60, shared=21),
        arm(SameSignOnly(), same),
        arm(SameSignOff(), 5),
        arm(NoInterference(until=EARLY), early),
        arm(NoInterference(since=EARLY), later),
        arm(NoInterference(until=half), 50),
        arm(NoInterference(since=half), late),
    ]


def watched(share: float, moved: int) -> Watched:
    """Forces of which interference is a share at the start; ``moved`` leads changed at every early time."""
    parts = np.ones((3, R, 2, N)) * np.array([1 - share, share, 0.0])[:, None, None, None]
    parts *= np.linspace(0.99, 1.01, R)[None, :, None, None] ** np.array([0, 1, 0])[:, None, None, None]
    times = {0.001: moved, 0.002: moved, 0.01: moved}
    return Watched(
        spec=SPEC,
        early=SPEC,
        shorter=tuple(Start(norm, SPEC, share + np.linspace(-0.01, 0.01, R)) for norm, share in SHORTER.items()),
        times=np.array([0.0, 10.0]),
        benefit=parts[0],
        interference=parts[1],
        penalty=parts[2],
        changed=np.zeros((R, 2, N), dtype=bool),
        largest=np.zeros(200),
        proved=dict(zip(FAILURES, (0.001, 0.002), strict=True)),
        expected=0.01,
        moved={time: np.full(R, count) + np.arange(R) % 2 for time, count in times.items()},
    )


def verdicts(arms, seen):
    return [each.verdict for each in judgements(arms, [seen])]


def test_what_the_paper_says_would_be_supported():
    found = judgements(family(early=1, later=40, late=1, same=1), [watched(0.03, 2)])
    assert [each.verdict for each in (found[0], *found[3:7])] == [Verdict.SUPPORTED] * 5
    assert found[7].verdict is Verdict.REFUTED
    assert said(found[3].sentence)[0] == 0.01
    assert said(found[4].sentence)[0] == 0.4


def test_every_shorter_start_is_judged():
    assert tuple(SHORTER) == SHORT
    found = judge_all([WEAK_SHORT], Found([], [watched(0.03, 2)]))
    assert [each.verdict for each in found] == [Verdict.SUPPORTED, Verdict.REFUTED]
    assert [said(each.sentence)[0] for each in found] == list(SHORTER.values())
    assert {each.family for each in found} == {2}


def test_the_opposite_is_refuted_with_its_numbers():
    found = judgements(family(early=30, later=10, late=20, same=55), [watched(0.6, 70)])
    assert [each.verdict for each in (found[0], *found[3:7])] == [Verdict.REFUTED] * 5
    assert said(found[6].sentence)[0] == 0.55
    assert "None at all changes 60.0 %, all but those pairs' 5.0 %" in found[6].sentence


def test_counts_without_interference_are_said_width_by_width():
    wide = [
        dataclasses.replace(each, spec=each.spec.replace(model=TiedAutoencoder(N, 8 * N)))
        for each in family(1, 40, 1, 1)
    ]
    sentence = next(each.sentence for each in judge_all([LONE], Found([*family(1, 40, 1, 1), *wide], [])))
    assert "21.5 a network at m = 200 (with interference 10.5); 21.5 a network at m = 800" in sentence


def test_expected_leads():
    right = judgements(family(1, 40, 1, 1), [watched(0.03, 2)])
    wrong = judgements(family(1, 40, 1, 1), [watched(0.03, 20)])
    assert EXPECTED * N == 2
    assert (right[-1].verdict, wrong[-1].verdict) == (Verdict.UNDECIDED, Verdict.REFUTED)  # 2.5 on average


def test_only_networks_that_converged_are_compared():
    full, other = arm(FullInterference(), 0), arm(NoInterference(), 30)
    full.converged[:5] = False
    changed, features = changes(other, full)
    assert changed.tolist() == [30.0] * (R - 5)
    assert features.tolist() == [float(N)] * (R - 5)
    table = arm_table([full, other])
    assert table["winners changed"].tolist() == [0.0, 0.3]


def test_forces_by_hand():
    w = np.array([[[0.6, 0.0], [0.5, 0.5], [0.0, -1.0]]])
    benefit, interference, penalty = forces(w, 0.1)
    overlap = 0.3  # of the first two; the third overlaps negatively with the second
    np.testing.assert_allclose(benefit[0], [4 * 0.64 * 0.6, 4 * 0.5 * 0.5**0.5, 0.0])
    np.testing.assert_allclose(interference[0], [4 * overlap * 0.5**0.5, 4 * overlap * 0.6, 0.0])
    np.testing.assert_allclose(penalty[0], [0.1, 0.1 * 2**0.5, 0.1])


@pytest.fixture(scope="module")
def results():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "quick", (8, (2,), 4))
        patch.setitem(ALONE, "quick", 8)
        study = studies.get("interference-timing")
        store = MemoryStore()
        first = study.run("quick", store=store, workers=1)
        again = examined(study, [store.load(spec.key) for spec in study.specs("quick")])
        yield first, again


def test_end_to_end(results):
    result, again = results
    assert again.judgements == result.judgements
    complete(result)
    assert len(result.judgements) == 9
    axes = result.illustrations[1].draw().axes[1]
    drawn = {each.get_label(): each for each in (*axes.lines, *axes.containers)}
    assert {"m = 16", "m = 16, first order", "m = 16, proved"} <= set(drawn)
    assert len(axes.collections) == 1  # the interval of the measured curve
    arms = result.tables["interference switched off"]
    assert arms["winners changed"].iloc[0] == 0
    changed = arms.set_index(["interference", "t₀"])["winners changed"]
    assert said(result.judgements[3].sentence)[0] == pytest.approx(changed["off until t₀", EARLY], abs=0.005)
    forces_then = result.tables["forces over time"]
    assert forces_then["t"].iloc[0] == 0
    assert forces_then["leads changed"].iloc[0] == 0


def test_every_arm_starts_from_the_same_weights():
    specs = interference_timing.InterferenceTiming().specs("standard")
    assert {spec.streams for spec in specs if spec.save.nothing and spec.model.m == 256} == {specs[0].streams}, (
        "arms differ in interference and in the number of replicates alone"
    )
