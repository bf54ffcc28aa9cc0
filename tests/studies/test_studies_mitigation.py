"""Recipes on hand-made cells with known answers, their treatments, and the study from specs to figures."""

import numpy as np
import pytest
from handmade import complete, examined, said
from handmade import judged as alone

from polygenesis import detect, studies
from polygenesis.dynamics import simulate
from polygenesis.studies import mitigation
from polygenesis.studies.base import Verdict
from polygenesis.studies.judging import judge_all
from polygenesis.studies.mitigation import claims, frontier, treatments
from polygenesis.studies.mitigation.cells import Cell, exact_split
from polygenesis.studies.mitigation.claims import share_left
from polygenesis.studies.mitigation.recipes import RECIPES, plain
from polygenesis.sweeps import MemoryStore
from polygenesis.training import SGD, GradientDescent

pytest.importorskip("torch")

BY_NAME = {recipe.name: recipe for recipe in RECIPES}
STEADY = np.array([8, 7, 9, 8, 8, 9, 7, 8] * 4)
TINY = treatments.Scale(8, (8, 12), 4, SGD(lr=0.2, steps=60), GradientDescent(lr=0.1, steps=60))


def cell(name, counts=STEADY, loss=1.0, m=32, work=100.0):
    counts = np.asarray(counts)
    spread = 1 + 0.001 * np.roll(np.arange(len(counts)), len(name))
    zeros = np.zeros(len(counts), dtype=int)
    spec = plain(TINY, m)
    return Cell(BY_NAME[name], spec, 32, m, counts, loss * spread, 32 * spread, work * spread, zeros, zeros)


def judged(*cells):
    return {each.claim.text: each for each in judge_all(claims.CLAIMS[1:], cells)}


def test_a_recipe_that_helps_and_one_that_costs():
    found = judged(cell("plain training"), cell("own neurons", STEADY // 4, loss=2.0), cell("orthogonal start"))
    few, many = (
        found[f"“{name}” leaves at most half of the polysemantic neurons."]
        for name in ("own neurons", "orthogonal start")
    )
    assert (few.verdict, many.verdict) == (Verdict.SUPPORTED, Verdict.REFUTED)
    assert said(few.sentence)[0] == pytest.approx((STEADY // 4).sum() / STEADY.sum(), rel=0.01)
    dear, free = (found[f"“{name}” costs no loss."] for name in ("own neurons", "orthogonal start"))
    assert (dear.verdict, free.verdict) == (Verdict.REFUTED, Verdict.SUPPORTED)
    assert said(dear.sentence)[0] == 2


def test_none_left_is_few_only_where_there_were_many():
    none = 0 * STEADY
    text = "“own neurons” leaves at most half of the polysemantic neurons."
    assert judged(cell("plain training"), cell("own neurons", none))[text].verdict is Verdict.SUPPORTED
    rare = np.eye(32, dtype=int)[0]
    assert judged(cell("plain training", rare), cell("own neurons", none))[text].verdict is Verdict.UNDECIDED
    assert judged(cell("plain training", none), cell("own neurons", none))[text].verdict is Verdict.UNDECIDED
    left = share_left([cell("plain training"), cell("own neurons", none)], "own neurons", level=0.95).estimate
    assert (left.value, left.lower) == (0, 0)
    assert left.upper == pytest.approx(-np.log(0.025) / STEADY.sum())


def test_widths_are_pooled():
    cells = [cell("plain training"), cell("plain training", 3 * STEADY, m=64)]
    cells += [cell("own neurons", STEADY), cell("own neurons", STEADY, m=64)]
    assert share_left(cells, "own neurons").estimate.value == pytest.approx(0.5)


def test_what_theory_says_is_judged():
    text = "“wider, then pruned” leaves 1/4 of the polysemantic neurons."
    for factor, verdict in ((1, Verdict.SUPPORTED), (2, Verdict.REFUTED)):
        cells = [cell("plain training", 4 * STEADY), cell("wider, then pruned", factor * STEADY)]
        assert judged(*cells)[text].verdict is verdict
    split = [cell("plain training"), cell("split", 0 * STEADY)]
    assert f"of {STEADY.sum()} polysemantic neurons “split” leaves 0, and changes loss" in exact_split(split)
    assert not [text for text in judged(*split) if "“split”" in text]  # it cannot fail, so no claim is made of it
    told = np.round([8 * 24 / 40 + 8 * 8 * 7 / (40 * 39)]).astype(int)[0]
    draws = "“loser drawn anew”: redrawn features settle as if at random among the free slots."
    counts = np.full(32, told) + np.tile([0, 1, 0, -1], 8)
    assert (
        judged(cell("plain training", np.full(32, 8)), cell("loser drawn anew", counts))[draws].verdict
        is Verdict.SUPPORTED
    )
    assert (
        judged(cell("plain training", np.full(32, 8)), cell("loser drawn anew", counts // 2))[draws].verdict
        is Verdict.REFUTED
    )


def test_the_frontier_and_its_best_point():
    cells = [
        cell("plain training"),
        cell("own neurons", 0 * STEADY, work=50.0),
        cell("split", 0 * STEADY),
        cell("orthogonal start", STEADY, loss=0.1),
        cell("10 λ first", STEADY, loss=0.1, work=200.0),
    ]
    recipes = [each.recipe for each in cells]
    points = frontier.standing(cells, recipes)
    assert frontier.undominated(points).tolist() == [False, True, False, True, False]
    assert recipes[frontier.best(points)].name == "own neurons"


def test_the_best_recipe_is_sought_among_those_that_can_fail_and_cost_nothing():
    plain, split = cell("plain training"), cell("split", 0 * STEADY)
    found = alone(claims.BEST, [plain, split])
    assert found.verdict is Verdict.REFUTED
    assert "other than “split”: “plain training” (1.00 times" in found.sentence
    assert "best of all at no loss: “split” (0 times" in found.sentence
    good, dear = (cell("loser drawn anew", 0 * STEADY, work=work) for work in (100.5, 102.0))
    assert alone(claims.BEST, [plain, split, good]).verdict is Verdict.SUPPORTED
    assert alone(claims.BEST, [plain, split, dear]).verdict is Verdict.REFUTED
    lossy = cell("loser drawn anew", 0 * STEADY, loss=1.06)
    assert alone(claims.BEST, [plain, split, lossy]).verdict is Verdict.REFUTED
    known = cell("own neurons", 0 * STEADY)
    assert alone(claims.BEST, [plain, split, known]).verdict is Verdict.REFUTED


@pytest.fixture(scope="module")
def run():
    scale = treatments.Scale(16, (16,), 6, TINY.steps, TINY.noisy)
    return simulate(plain(scale, 16)), scale


def test_treatments_do_what_they_say(run):
    found, scale = run
    shared = treatments.shared_neurons(found.final)
    assert shared.sum() > 5
    whole = treatments.as_it_is(found, scale, 16)
    np.testing.assert_array_equal(whole.loss, detect.reconstruction_loss(found.final))
    split = treatments.parted(found, scale, 16)
    assert not treatments.shared_neurons(split.weights).any()
    np.testing.assert_array_equal(split.work, whole.work)
    np.testing.assert_allclose(split.loss, whole.loss, rtol=1e-12)
    np.testing.assert_allclose(np.abs(split.weights).sum(axis=(1, 2)), np.abs(found.final).sum(axis=(1, 2)), rtol=1e-12)
    wide = np.concatenate([found.final, np.zeros((6, 16, 48))], axis=2)[..., np.random.default_rng(0).permutation(64)]
    cut = treatments.pruned(
        type(found)(
            found.spec, wide, wide, *(getattr(found, name) for name in ("outcome", "end_time", "evaluations", "engine"))
        ),
        scale,
        16,
    )
    np.testing.assert_array_equal(treatments.shared_neurons(cut.weights), shared)
    np.testing.assert_allclose(cut.loss, whole.loss)
    faded = treatments.trained_on(found, scale, 16, strength=1e-4)
    np.testing.assert_array_equal(treatments.shared_neurons(faded.weights), shared)
    assert (faded.loss < 0.01 * whole.loss).all()


def test_only_one_feature_of_each_pair_is_drawn_anew(run):
    found, _ = run
    census = detect.census(found.final)
    for on_unused in (False, True):
        start = treatments.draw_anew(found.spec, found.final, 0, on_unused)
        changed = (start != found.final).any(axis=2)
        np.testing.assert_array_equal(changed.sum(axis=1), census.polysemantic)
        for a in range(6):
            for _, carried in census.polysemantic_neurons(a):
                assert changed[a, [i for i, _ in carried]].sum() == 1
    used = found.final.any(axis=1)
    assert not (start * changed[..., None] * used[:, None, :]).any()
    again = treatments.draw_anew(found.spec, found.final, 0, True)
    np.testing.assert_array_equal(start, again)


def test_the_loss_behind_a_hidden_relu():
    scale = treatments.Scale(4, (6,), 3, SGD(lr=0.1, steps=5), TINY.noisy)
    treated = treatments.biased(simulate(plain(scale, 6)), scale, 6, bias=1.0)
    assert treated.weights.shape == (3, 4, 6)
    spec = BY_NAME["hidden ReLU"].spec(scale, 6)
    rectified = simulate(spec.replace(save=spec.save.__class__(times=(5,), series=("loss", "penalty_loss"))))
    expected = (rectified.series["loss"] - rectified.series["penalty_loss"])[:, -1]
    np.testing.assert_allclose(treatments.one_hot_loss(rectified), expected, rtol=1e-5)


def test_end_to_end_and_the_same_twice(monkeypatch):
    monkeypatch.setitem(mitigation.SCALES, "quick", TINY)
    study, store = studies.get("mitigation"), MemoryStore()
    result = study.run("quick", store=store, workers=1)
    again = examined(study, [store.load(spec.key) for spec in study.specs("quick")])
    assert again.judgements == result.judgements
    assert [table.equals(again.tables[name]) for name, table in result.tables.items()] == [True, True]
    assert len(result.tables["recipes"]) == len(RECIPES)
    assert len(result.tables["recipes by width"]) == 2 * len(RECIPES)
    complete(result)
    table = result.tables["recipes"]
    best = {f"“{name}”" for name in table["recipe"][table["on the frontier"]]}
    shown = [each.get_label() for each in result.illustrations[0].draw().axes[0].containers]
    assert {each for each in shown if each.startswith("“")} == best
    assert shown[-1] == "plain training" or "“plain training”" in best  # no other mark hides it
