from collections import Counter
from importlib import import_module

import numpy as np
import pytest
from handmade import agreement, complete, judged, said, slot_counts

from legible import legible
from polygenesis import studies, theory
from polygenesis.dynamics import simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.studies.base import PROFILES
from polygenesis.studies.capacity.cells import CUT_STRENGTHS, SPENT, Cell, measure, plan
from polygenesis.studies.capacity.clusters import clusters
from polygenesis.studies.capacity.display import (
    capacity_illustration,
    cluster_table,
    count_illustration,
    count_table,
    cut_table,
    superposition_table,
)
from polygenesis.studies.capacity.stability import stability_table
from polygenesis.studies.claim import Verdict
from polygenesis.studies.judging import judge_all
from polygenesis.training import GradientFlow

cells = import_module("polygenesis.studies.capacity.cells")  # the package's names of these are functions
estimands = import_module("polygenesis.studies.capacity.estimands")
claims = import_module("polygenesis.studies.capacity.claims")

N = 64


def cell(role, room, counts=(), **changed):
    """A cell of 64 features with hand-made measurements; converged unless changed."""
    counts = np.asarray(counts, dtype=int)
    r = changed.pop("replicates", max(len(counts), 2))
    m = round(room * N)
    fields = {
        "role": role,
        "spec": RunSpec(TiedAutoencoder(n=N, m=m), penalty=NoPenalty() if role == "none" else L1(0.016), replicates=r),
        "usable": np.arange(r) < len(counts),
        "counts": counts,
        "resting": np.ones(r, dtype=bool),
        "dead": np.zeros(r, dtype=int),
        "settled": np.full(r, N),
        "loss": np.zeros(r),
        "told": np.zeros(r),
        "capacity": np.full(r, N) - (np.pad(counts, (0, r - len(counts)))),
        "rank": np.full(r, min(N, m)),
        "moved": np.zeros(len(counts), dtype=int),
        "later": np.full(len(counts), N),
        "clusters": Counter(),
    }
    assert set(changed) <= set(fields)
    return Cell(**(fields | changed))


def drawn(room, number=200, seed=0):
    return slot_counts(N, round(room * N), number, seed)


ROOMS = (0.5, 0.625, 0.75, 0.875, 1, 1.5, 2, 4)


def roomy(**changed):
    return [cell("penalty", room, drawn(room, seed=k), **changed) for k, room in enumerate(ROOMS)]


def test_random_slots_exceed_what_is_forced_most_at_m_equals_n():
    found = roomy()
    between = estimands.between(found)
    assert [each.room for each in between] == [0.625, 0.75, 0.875]
    for each in between:
        test, sentence = agreement(claims.EXCESS, [each]), judged(claims.EXCESS, [each]).sentence
        assert test.estimate.value == pytest.approx(float(theory.incidental_excess(N, each.m)), abs=0.5)
        assert f"{N - each.m} shared neurons are forced" in sentence
        assert test.p_equivalent < 1e-4
        assert agreement(claims.SLOTS, [each]).p_equivalent < 1e-4
    peak = judged(claims.PEAK, found)
    assert peak.verdict is Verdict.SUPPORTED
    assert "at m = 7n/8" in peak.sentence or "at m = 3n/2" in peak.sentence
    assert (
        judged(claims.PEAK, [each for each in found if each.room != 1.5 and each.room != 1]).verdict
        is Verdict.UNDECIDED
    )


def test_what_is_forced_is_no_excess():
    at_floor = cell("penalty", 0.75, np.full(40, 16) + np.arange(40) % 2 * 0)
    over = agreement(claims.EXCESS, [at_floor]).estimate
    assert over.value == 0
    shifted = [cell("penalty", room, drawn(room) // 2) for room in ROOMS]
    assert agreement(claims.SLOTS, [shifted[1]]).p_different < 1e-3
    assert agreement(claims.EXCESS, [cell("penalty", 0.75, [16])]) is None


def test_convergence_ranks_and_moves_are_counted():
    found = roomy()
    assert judged(claims.PLACED, found).verdict is Verdict.SUPPORTED
    lost = [cell("penalty", 1, drawn(1, 150), replicates=200)]
    assert judged(claims.PLACED, lost).verdict is Verdict.REFUTED
    assert judged(claims.REMOVED, found).verdict is Verdict.SUPPORTED
    moved = [cell("penalty", 1, drawn(1), moved=np.full(200, 4))]
    assert said(judged(claims.REMOVED, moved).sentence)[0] == pytest.approx(4 / 64, abs=1e-3)
    assert judged(claims.REMOVED, moved).verdict is Verdict.REFUTED
    assert judged(claims.INDEPENDENT, [cell("none", 1, replicates=400)]).verdict is Verdict.SUPPORTED
    fallen = cell("none", 1, replicates=400, rank=np.where(np.arange(400) < 40, 63, 64))
    assert judged(claims.INDEPENDENT, [fallen]).verdict is Verdict.REFUTED


def test_a_weak_penalty_is_compared_width_by_width():
    usual = [cell("penalty", room, drawn(room, seed=1)) for room in (1, 2)]
    same = [cell("weak", room, drawn(room, seed=2)) for room in (1, 2)]
    more = [cell("weak", room, drawn(room, seed=2) * 2) for room in (1, 2)]
    assert judged(claims.WEAK, [*usual, *same]).verdict is Verdict.SUPPORTED
    assert said(judged(claims.WEAK, [*usual, *more]).sentence)[0] == pytest.approx(2, abs=0.1)
    assert judged(claims.WEAK, usual).verdict is Verdict.UNDECIDED


def test_forced_sharing_hides_no_effect_of_a_weak_penalty():
    """Where 16 neurons must be shared, half the accidents more are a tenth of the count; they are not pooled."""
    usual = [cell("penalty", room, drawn(room, seed=1)) for room in (0.75, 1)]
    more = [cell("weak", room, drawn(room, seed=2) + [0, 4][room == 1]) for room in (0.75, 1)]
    found = judged(claims.WEAK, [*usual, *more])
    assert said(found.sentence)[0] == pytest.approx(1 + 4 / drawn(1, seed=1).mean(), abs=0.05)
    assert found.verdict is Verdict.REFUTED
    assert "m = 48" not in found.regime


def test_shared_dimensions_are_compared_in_any_basis():
    usual = [cell("penalty", room, drawn(room, seed=1)) for room in (1, 2, 4)]
    free = [cell("none", each.room, capacity=each.n - 1.1 * each.shared) for each in usual]
    test = judged(claims.CAPACITY, [*usual, *[cell("none", each.room, replicates=200, capacity=f.capacity)
                                     for each, f in zip(usual, free, strict=True)]])  # fmt: skip
    assert said(test.sentence)[0] == pytest.approx(1.1, abs=0.01)
    assert judged(claims.CAPACITY, [cell("penalty", 1, drawn(1)), cell("none", 1)]).verdict is Verdict.UNDECIDED


def tight(loss, role="none", **changed):
    loss = np.asarray(loss, dtype=float)
    return cell(role, 7 / 16, replicates=len(loss), **({"loss": loss, "told": loss} | changed))


def test_features_without_a_slot():
    superposed = tight([5.6, 5.8, 5.7, 5.5], capacity=np.array([27.9, 28, 27.9, 28]))
    test, sentence = agreement(claims.CHEAPER, [superposed]), judged(claims.CHEAPER, [superposed]).sentence
    assert test.estimate.value == pytest.approx(5.65 / 8)
    assert "0.688 in the best network, 0.543 in the best arrangement" in sentence
    assert agreement(claims.CHEAPER, [tight([8.0, 8.01, 8.02])]).p_different < 0.01
    assert judged(claims.FULL, [superposed]).verdict is Verdict.SUPPORTED
    assert judged(claims.REST_CLAIM, [tight(np.ones(60))]).verdict is Verdict.SUPPORTED
    assert judged(claims.REST_CLAIM, [tight(np.ones(60), resting=np.zeros(60, dtype=bool))]).verdict is Verdict.REFUTED
    assert judged(claims.DEATH, [tight(np.ones(60))]).verdict is Verdict.SUPPORTED
    assert judged(claims.DEATH, [tight(np.ones(60), dead=np.full(60, 8))]).verdict is Verdict.REFUTED
    for each in (claims.REST_CLAIM, claims.DEATH, claims.FULL):
        assert judged(each, []).verdict is Verdict.UNDECIDED


def cut(spent, strength, settled, later=None):
    made = cell("cut", 2, replicates=len(settled), settled=np.asarray(settled), moved=np.zeros(len(settled), dtype=int),
                later=np.asarray(settled if later is None else later))  # fmt: skip
    spec = made.spec.replace(penalty=L1(strength), training=GradientFlow(max_time=spent / strength))
    return Cell(**{**vars(made), "spec": spec})


def test_a_penalty_that_is_cut_off():
    weak, strong = CUT_STRENGTHS
    settled = [30, 31, 32, 33] * 10
    same = [cut(spent, each, settled) for spent in (0.5, 2.0) for each in (weak, strong)]
    assert judged(claims.SPENT, same).verdict is Verdict.SUPPORTED
    assert judged(claims.FROZEN, same).verdict is Verdict.SUPPORTED
    other = [*same[:3], cut(2.0, strong, [40, 41, 42, 43] * 10)]
    assert judged(claims.SPENT, other).verdict is Verdict.REFUTED
    assert f"larger by {10 / 64:.3f} (" in judged(claims.SPENT, other).sentence
    assert "∫λ dt = 2 " in judged(claims.SPENT, other).sentence
    assert (
        judged(claims.FROZEN, [cut(0.5, weak, settled, later=[k + 6 + k % 2 for k in settled])]).verdict
        is Verdict.REFUTED
    )
    assert judged(claims.SPENT, []).verdict is Verdict.UNDECIDED
    assert claims.FROZEN.read([]) == []


def test_a_penalty_that_collapses_is_judged_at_every_strength():
    weak, strong = CUT_STRENGTHS
    settled = [30, 31, 32, 33] * 10
    still = [cut(spent, weak, settled) for spent in (0.5, 2.0)]
    moving = [cut(0.5, strong, settled), cut(2.0, strong, settled, later=[k + 6 + k % 2 for k in settled])]
    found = judge_all([claims.FROZEN], [*still, *moving])
    assert [each.verdict for each in found] == [Verdict.SUPPORTED, Verdict.REFUTED]
    assert [f"λ = {each:g}" in judgement.claim.text for each, judgement in zip((weak, strong), found, strict=True)]
    assert f"Where λ = {strong:g} is cut off at ∫λ dt = 2," in found[1].sentence
    assert {each.family for each in found} == {2}


def on_circle(number):
    angles = 2 * np.pi * np.arange(number) / number
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def test_clusters_are_named_by_their_graph():
    w = np.zeros((10, 5))
    w[:5, :2] = 0.9 * on_circle(5)
    w[5:7, 2] = (1, -1)
    w[7:9, 3] = (0.6, 0.8)
    w[9, 4] = 1e-3  # dead
    assert [str(each) for each in clusters(w)] == ["5 features in 2 dimensions (pentagon)"]
    hexagon = [str(each) for each in clusters(on_circle(6))]
    assert hexagon == ["6 features in 2 dimensions"]
    bent = 0.9 * on_circle(5)
    bent[0] = (1, 0.2)
    assert clusters(bent)[0].name == "pentagon"  # the graph is what counts, not the angles


@pytest.mark.parametrize("room", [0.4375, 0.75])
def test_networks_are_measured(room):
    n = 16
    spec = RunSpec(TiedAutoencoder(n=n, m=round(room * n)), penalty=L1(0.05), replicates=3, seed=1,
                   training=GradientFlow(tolerance=1e-5, max_time=400.0))  # fmt: skip
    found = measure("penalty", simulate(spec))
    assert found.is_crowded == (room < 0.5)
    np.testing.assert_allclose(found.loss, found.told, atol=1e-3)
    if found.is_crowded:
        assert found.unplaced == 2
        assert not found.usable.any()
        assert sum(found.clusters.values()) >= 3
        assert found.forced == found.m
    else:
        np.testing.assert_allclose(found.shared[found.usable], found.counts, atol=1e-6)
        np.testing.assert_array_equal(found.rank[found.usable], n - found.counts)
        assert not found.moved.any()
        assert (found.later == n).all()


def test_what_is_cut_off_early_is_not_settled_later():
    spec = RunSpec(TiedAutoencoder(n=8, m=32), penalty=L1(0.016), replicates=3, training=GradientFlow(max_time=30.0))
    found = measure("cut", simulate(spec))
    assert found.spent == pytest.approx(0.48)
    assert found.settled.sum() < 24
    assert np.abs(found.later - found.settled).max() <= 1


@pytest.mark.parametrize("profile", PROFILES)
def test_the_plan_covers_every_width_with_and_without(profile):
    made = plan(profile)
    assert len({spec.key for spec in made.values()}) == len(made)
    widths = {role: [spec.model.m for name, spec in made.items() if name[0] == role] for role in ("penalty", "none")}
    assert widths["penalty"] == widths["none"]
    assert sum(name[0] == "cut" for name in made) == len(SPENT) * 2
    assert {spec.seed for spec in made.values()} == {4}


def test_end_to_end(monkeypatch):
    monkeypatch.setitem(cells.FEATURES, "quick", 8)
    monkeypatch.setitem(cells.ROOMS, "quick", (0.25, 0.375, 0.75, 1, 2))
    monkeypatch.setitem(cells.REPLICATES, "quick", (4, 3))
    study = studies.get("capacity")
    result = study.run("quick", workers=1)
    assert result.keys == tuple(spec.key for spec in study.specs("quick"))
    complete(result)


def test_half_the_step_another_engine_and_other_thresholds_change_little(monkeypatch):
    monkeypatch.setitem(cells.FEATURES, "quick", 12)
    monkeypatch.setitem(cells.REPLICATES, "quick", (4, 2))
    again = {("penalty", room) for room in (0.75, 1, 2)}
    runs = {name: simulate(spec) if name in again else None for name, spec in plan("quick").items()}
    table = stability_table(runs)
    assert table["m"].tolist() == [9] * 7 + [12] * 7 + [24] * 7
    same = table[table["computed or counted"].str.startswith(("as in", "|W|"))]
    assert (same[["networks with another count", "share of features elsewhere"]] == 0).all().all()
    computed = table[table["computed or counted"].isin(["half the step", "dense products throughout"])]
    assert computed["share of features elsewhere"].mean() < 0.1


def test_tables_and_figures_show_what_was_measured():
    free = [cell("none", room, replicates=20, capacity=np.full(20, 60.0)) for room in ROOMS]
    crowded = [tight([5.6, 5.8], clusters=Counter({"50 features": 1})), tight([5.7, 5.9], role="penalty")]
    weak, strong = CUT_STRENGTHS
    found = [*roomy(), *free, *crowded, cut(0.5, weak, [1, 2]), cut(0.5, strong, [1, 2])]
    table = count_table(found)
    row = table[(table["penalty"] == "penalty") & (table["m/n"] == "3n/4")].iloc[0]
    assert row["excess"] == pytest.approx(row["mean"] - 16)
    assert row["lower"] < row["mean"] < row["upper"]
    assert superposition_table(found)["loss if they died"].tolist() == [8, 8]
    assert cluster_table(found)["found"].tolist() == [1]
    assert cut_table(found)["settled at the cut"].tolist() == [1.5 / 64] * 2
    legible(count_illustration(found).draw())
    shown = legible(capacity_illustration(found).draw()).axes[1].containers
    places = [each.lines[0].get_xdata()[0] for each in shown]
    assert len(places) == len(set(places)) == 2  # with and without a penalty side by side
