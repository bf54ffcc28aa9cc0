import dataclasses
from importlib import import_module

import numpy as np
import pytest
from handmade import complete, judged, said

from legible import legible
from polygenesis import detect, stats, studies
from polygenesis.dynamics import simulate
from polygenesis.errors import InputError
from polygenesis.initial import RelatedRows
from polygenesis.probe import Origin
from polygenesis.studies.base import PROFILES
from polygenesis.studies.claim import Verdict
from polygenesis.studies.judging import judge_all
from polygenesis.studies.origin_tests import claims
from polygenesis.studies.origin_tests.display import (
    auc_table,
    evidence_illustration,
    rate_illustration,
    rate_table,
    verdict_table,
)
from polygenesis.studies.origin_tests.estimands import FINDS, NULLS, VERDICTS, Found, same_end
from polygenesis.studies.origin_tests.histories import (
    History,
    Networks,
    avoidance,
    duplicates,
    first_pairs,
    of_objective,
    of_run,
    random_starts,
    related_toy,
    toy,
)
from polygenesis.studies.origin_tests.measures import Examined, Rejections, Scores, examine, scores
from polygenesis.studies.origin_tests.twins import Twins, find_twins, limit, resting_weight

plan = import_module("polygenesis.studies.origin_tests.plan")  # the package's name of this is a function


def chance(n=16, m=24, replicates=10, seed=2):
    return History("chance", "chance", n, m, spec=toy(n, m, replicates=replicates, seed=seed))


def related(n=16, m=24, replicates=10, seed=1, pairs=3):
    spec = related_toy(n, m, pairs=pairs, correlation=-0.9, replicates=replicates, seed=seed)
    return History("related", "input", n, m, first_pairs(pairs), spec=spec)


@pytest.fixture(scope="module")
def networks():
    return {each.name: of_run(each, simulate(each.spec)) for each in (chance(), related())}


# Histories


@pytest.mark.parametrize("correlation", [-1.0, -0.6, 0.5])
def test_related_rows_have_the_correlation_and_the_norm_that_are_asked(correlation):
    rows = RelatedRows(2, correlation=correlation).sample(np.random.default_rng(0), 6, 20_000)
    seen = np.corrcoef(rows)
    for i, j in first_pairs(2):
        assert seen[i, j] == pytest.approx(correlation, abs=0.03)
    for i, j in ((0, 2), (4, 5), (1, 4)):
        assert abs(seen[i, j]) < 0.03
    np.testing.assert_allclose((rows**2).sum(axis=1), 1, atol=0.05)
    with pytest.raises(InputError, match="at most 3, half of a matrix's 6 rows, but is 4"):
        RelatedRows(4).sample(np.random.default_rng(0), 6, 8)


def test_designated_pairs_share_in_related_toys_and_nearly_duplicate_features(networks):
    shared = detect.census(networks["related"].final).pair_counts()
    designed = np.mean([shared[:, i, j] > 0 for i, j in first_pairs(3)])
    assert designed > 0.25  # not all do: at the start chance overlaps compete
    assert np.mean([shared[:, i + 1, j + 1] > 0 for i, j in first_pairs(3)]) < 0.15
    task = of_objective(History("task", "task", 8, 16, first_pairs(2), objective=duplicates(8, 2)), 3, seed=0)
    together = detect.shared_pairs(detect.census(task.final))
    same_sign = {(int(i), int(j)) for i, j, o in zip(together.first, together.second, together.opposite, strict=True)
                 if not o}  # fmt: skip
    assert same_sign == {(0, 1), (2, 3)}


def test_weak_co_occurrence_of_all_works_against_sharing():
    free = History("free", "against", 10, 12, objective=avoidance(10, 0.0))
    against = dataclasses.replace(free, objective=avoidance(10, 0.05))
    shared = [detect.census(of_objective(each, 6, seed=2).final).polysemantic.sum() for each in (free, against)]
    assert shared[0] > 5
    assert shared[1] <= 1


def test_a_start_has_an_address():
    history = History("free", "against", 4, 5, objective=avoidance(4, 0.0))
    np.testing.assert_array_equal(random_starts(history, 2, seed=3), random_starts(history, 5, seed=3)[:2])
    assert not np.array_equal(random_starts(history, 1, seed=3), random_starts(history, 1, seed=4))


# Twins


def test_the_resting_weight_is_where_one_feature_rests():
    w = resting_weight(0.05)
    assert 4 * (1 - w**2) * w == pytest.approx(0.05)
    assert 0.99 < w < 1
    with pytest.raises(ValueError, match="not converged"):
        limit(np.array([[0.7, 0.7]]), 0.05)


def test_twins_end_in_the_same_bits_and_begin_apart(networks):
    found = find_twins(networks["chance"], networks["related"], 5)
    assert len(found) >= 3
    for each in found:
        assert each.same
        assert (np.abs(each.by_chance) > 0.5).sum(axis=1).tolist() == [1] * 16
        assert not np.allclose(each.start_by_chance, each.start_by_input)
        if len(each.designated):
            assert each.relation(each.start_by_input) < -0.7 < each.relation(each.start_by_chance)
            for i, j in each.designated:
                assert (each.by_chance[i] * each.by_chance[j]).sum() < -0.9
    assert f"all {sum(len(each.designated) > 0 for each in found)} twins" in same_end(found)


def test_twins_that_differ_are_seen():
    pair = np.array([[0, 1]])
    apart, opposite = np.eye(2), np.array([[1.0, 0.0], [-1.0, 0.05]])
    end = np.array([[1.0], [-1.0]])
    good = Twins(end, end.copy(), apart, opposite, pair)
    one_bit = Twins(end, np.nextafter(end, 2), apart, opposite, pair)
    assert "1 of 2 twins" in same_end([good, one_bit])
    assert "a mean cosine of 0.00 in the first and −1.00 in the second" in same_end([good])
    assert "no twins" in same_end([Twins(end, end, apart, apart, np.zeros((0, 2), dtype=int))])


def test_related_starts_show_at_the_start_and_not_at_the_end(networks):
    """No claim is made of either: one follows from how starts are made, the other from where rows rest."""
    found = networks["related"]
    by = {each.evidence: each for each in scores(found.history, found.initial, found.final)}
    assert stats.auc(by["start"].score, by["start"].designated) > 0.95
    assert stats.auc(by["final overlap"].score, by["final overlap"].designated) == pytest.approx(0.5, abs=0.05)


# Measures


def test_scores_of_pairs_by_hand():
    history = History("hand", "input", 4, 3, ((0, 1),), spec=toy(4, 3, replicates=10, seed=0))
    final = np.zeros((10, 4, 3))
    final[:, 0, 0], final[:, 1, 0], final[:, 2, 1], final[:, 3, 2] = 1, -1, 1, 1
    final[0, 3] = (0, -1, 0)  # in network 0 alone features 2 and 3 share too
    initial = np.tile(np.eye(4, 3), (10, 1, 1))
    initial[:, 1] = (-1, 0, 0)
    initial[:, 3] = (0, 1, 0)
    by = {each.evidence: each for each in scores(history, initial, final)}
    assert by["final overlap"].score.tolist() == [-1.0] * 11
    assert by["start"].designated.sum() == 10
    assert by["start"].score[by["start"].designated].tolist() == [1.0] * 10
    assert by["start"].score[~by["start"].designated].tolist() == [0.0]
    assert by["3 seeds"].score[by["3 seeds"].designated].tolist() == [2.0] * 10
    assert by["10 seeds"].score[~by["10 seeds"].designated].tolist() == [0.0]


def test_a_history_is_examined_by_every_test(networks):
    found = examine(networks["related"], level=0.05)
    assert found.networks == 10
    assert 0.25 < found.designed < 1
    assert len(found.alone) == 1
    assert len(found.together) == 2
    assert found.rejected("recurrence over seeds", "3 seeds").trials == 3
    assert found.rejected("recurrence over seeds", "10 seeds").hits == 1
    assert found.rejected("collision null", "one final state").trials == 10
    assert found.rejected("related starts", "5 seeds").trials == 2
    assert found.rejected("counterfactual", "5 seeds").trials == 2
    assert found.rejected("split and relax", "one final state").hits == 0
    assert found.rejected("start", "one start and end").trials == 1
    assert found.rejected("nothing", "5 seeds") is None
    crowded = Networks(chance(8, 5), networks["chance"].initial[:, :8, :5], networks["chance"].final[:, :8, :5])
    assert crowded.final.shape[1] > crowded.final.shape[2]


# Judgements


def examined(name, *, null=True, right=Origin.INCIDENTAL, tells=True, trials=100):
    """A history on which tests behave: nothing rejected or everything, all verdicts alike, pairs told or not."""
    tests = {(test, evidence) for test, evidence, _ in (*NULLS, *FINDS)}
    finds = {(test, evidence) for test, evidence, history in FINDS if history == name}
    hits = {each: trials if (each in finds) == null else 0 for each in tests}
    designated = np.arange(200) % 2 == 0
    told_by = np.random.default_rng(0).random(200) + (2 * designated if tells else 0)
    kinds = ("final overlap", "3 seeds", "5 seeds", "10 seeds", "start")
    return Examined(
        History(name, "chance", 8, 8),
        trials,
        2.0,
        0.5,
        tuple(Rejections(*each, hits=hits[each], trials=trials) for each in sorted(tests)),
        (Origin.COMPATIBLE,) * trials,
        (right,) * trials,
        tuple(Scores(kind, told_by, designated, np.arange(200) // 5) for kind in kinds),
    )


def judgements(found, twins):
    return judge_all(claims.CLAIMS, Found(found, twins))


def told(claim, scored):
    """Judge how well a score tells pairs apart, whichever history the claim is about."""
    names = {each.history.name: each for each in everything()}
    kinds = ("final overlap", "10 seeds", "start") if scored else ()
    scores = tuple(dataclasses.replace(scored, evidence=kind) for kind in kinds)
    changed = {name: dataclasses.replace(each, scores=scores) for name, each in names.items()}
    return judged(claim, Found(list(changed.values()), ()))


def everything(**changed):
    origins = dict(VERDICTS)
    names = dict.fromkeys(history for _, _, history in (*NULLS, *FINDS)) | dict.fromkeys(origins)
    return [examined(name, right=origins.get(name, (Origin.INCIDENTAL,))[0], **changed) for name in names]


def test_tests_that_behave_are_supported_and_those_that_do_not_refuted():
    good = judgements(everything(), [])
    rates = len(NULLS) + len(FINDS) + len(VERDICTS)
    assert len(good) == rates + 2
    assert {each.verdict for each in good[:rates]} == {Verdict.SUPPORTED}
    bad = judgements(everything(null=False), [])
    assert {each.verdict for each in bad[: len(NULLS) + len(FINDS)]} == {Verdict.REFUTED}
    wrong = judgements([dataclasses.replace(each, together=(Origin.UNDECIDED,) * 100) for each in everything()], [])
    assert {each.verdict for each in wrong[rates - len(VERDICTS) : rates]} == {Verdict.REFUTED}
    few = judgements(everything(trials=4), [])
    assert {each.verdict for each in few[:rates]} == {Verdict.UNDECIDED}
    assert said(good[0].sentence)[0] == 0


def test_what_tells_pairs_apart():
    one, other = examined("x"), examined("x", tells=False)
    for claim in (claims.BY_SEEDS, claims.BY_TASK):
        assert told(claim, one.scored("start")).verdict is Verdict.SUPPORTED
        assert told(claim, other.scored("start")).verdict is Verdict.REFUTED
        assert told(claim, None).verdict is Verdict.UNDECIDED


def test_tables_and_figure():
    found = everything()[:4]
    rates = rate_table(found)
    assert set(rates["history"]) == {each.history.name for each in found}
    assert ((rates["lower"] <= rates["rate"]) & (rates["rate"] <= rates["upper"])).all()
    assert verdict_table(found)["from 5"].max() == 100
    assert (auc_table(found)["AUC"] > 0.9).all()
    legible(rate_illustration(found).draw())
    legible(evidence_illustration(found).draw())


def test_every_pair_of_test_and_history_is_judged_or_has_something_to_find():
    """By hand: which histories a test must be silent on."""
    silent = {test: {history for each, _, history in NULLS if each == test} for test, _, _ in NULLS}
    chance, rest = {plan.CHANCE, plan.WIDE}, {plan.NEED, plan.AGAINST}
    assert silent["collision null"] == chance | {plan.AGAINST}
    assert silent["recurrence over seeds"] == chance | rest
    assert silent["related starts"] == chance | rest | {plan.TASK}
    assert silent["counterfactual"] == silent["split and relax"] == chance | rest | {plan.STRONG, plan.WEAK}
    assert {each for test, each, _ in NULLS if test == "recurrence over seeds"} == {"3 seeds", "5 seeds", "10 seeds"}
    assert not set(NULLS) & set(FINDS)
    assert {each.name: each.truth for each in plan.every_history("quick")} == plan.TRUTHS


@pytest.mark.parametrize("profile", PROFILES)
def test_every_history_that_is_judged_is_made(profile):
    names = {each.name for each in plan.every_history(profile)}
    assert {history for _, _, history in (*NULLS, *FINDS)} | {name for name, _ in VERDICTS} <= names
    keys = [spec.key for spec in plan.plan(profile).values()]
    assert len(set(keys)) == len(keys) == 5


def test_end_to_end(monkeypatch):
    monkeypatch.setitem(plan.NETWORKS, "quick", (10, 10))
    result = studies.get("origin-tests").run("quick", workers=1)
    complete(result)
    assert len(result.tables["verdicts"])
