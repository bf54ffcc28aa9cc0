import dataclasses

import numpy as np
import pytest
from handmade import agreement, judged, measured, said, slot_counts

from legible import legible
from polygenesis import theory
from polygenesis.detect import ORIGINS, Origin
from polygenesis.studies.base import PROFILES
from polygenesis.studies.claim import Verdict
from polygenesis.studies.judging import judge_all
from polygenesis.studies.rate_constant import claims
from polygenesis.studies.rate_constant.cells import EVENTS, FEWEST, STRENGTHS, Cell, of, plan, replicates_of, roomy
from polygenesis.studies.rate_constant.display import (
    cell_table,
    crowding_illustration,
    law_illustration,
    origin_table,
    score_table,
)
from polygenesis.studies.rate_constant.laws import deviances, fitted, floor, log_ratio, published, raw
from polygenesis.training import GradientDescent

TRAINING = [(32, 32), (32, 64), (32, 128), (64, 64), (64, 128), (64, 256), (128, 128), (128, 256), (128, 512)]
HELD_OUT = [(48, 96), (96, 96), (96, 288)]
REPLICATES = 200


def exponents(found):
    return [judged(claim, found) for claim in (claims.EXPONENT_N, claims.EXPONENT_M)]


def constant(found):
    return judged(claims.CONSTANT, found)


def crowded(found):
    return judged(claims.CROWDED, found)


def better_laws(found):
    return [agreement(claim, found) for claim in (claims.FORMULA, claims.COMPUTED)]


def cell(role, n, m, counts, *, told=None, descent=False, **changed):
    of = measured(n, m, np.asarray(counts, dtype=int), **changed)
    if descent:
        training = GradientDescent(lr=0.05, steps=100)
        of = dataclasses.replace(of, spec=of.spec.replace(training=training))
    return Cell(role, of, np.asarray(counts if told is None else told, dtype=float))


def drawn(mean, n, m, replicates=REPLICATES, seed=0):
    """Counts of a known mean, spread half as much as Poisson counts: binomial with chance one half."""
    generator = np.random.default_rng([seed, n, m])
    trials = 2 * mean
    return generator.binomial(int(trials), 0.5, replicates) + (generator.random(replicates) < (trials % 1) / 2)


def grid(mean, *, role="training", sizes=TRAINING, replicates=REPLICATES):
    return [cell(role, n, m, drawn(mean(n, m), n, m, replicates)) for n, m in sizes]


def test_counts_on_the_law_have_its_exponents_and_constant():
    found = roomy(grid(lambda n, m: n**2 / (4 * m), replicates=2000), 2)
    assert len(found) == 6
    assert [each.verdict for each in exponents(found)] == [Verdict.SUPPORTED] * 2
    assert constant(found).verdict is Verdict.SUPPORTED
    assert said(exponents(found)[0].sentence)[0] == pytest.approx(2, abs=0.05)


def test_counts_off_the_law_are_refuted():
    found = roomy(grid(lambda n, m: 0.3 * n**2.3 * m**-1.2), 2)
    assert [each.verdict for each in exponents(found)] == [Verdict.REFUTED] * 2
    assert constant(roomy(grid(lambda n, m: 0.85 * n**2 / (4 * m)), 2)).verdict is Verdict.REFUTED
    assert said(exponents(found)[1].sentence)[0] == pytest.approx(-1.2, abs=0.05)


def test_too_few_cells_decide_nothing():
    one = grid(lambda n, m: 4, sizes=[(32, 64)])
    assert [each.verdict for each in exponents(one)] == [Verdict.UNDECIDED] * 2
    assert crowded(one).verdict is Verdict.UNDECIDED
    assert better_laws(one) == [None, None]
    assert agreement(claims.LEADERS, []) is None


def test_strengths_and_ways_of_training_are_compared_cell_by_cell():
    flow = grid(lambda n, m: n**2 / (4 * m))
    weak = cell("penalty", 64, 128, drawn(8, 64, 128, seed=1), strength=STRENGTHS[0])
    strong = cell("penalty", 64, 128, drawn(12, 64, 128, seed=2), strength=STRENGTHS[1])
    found = judged(claims.WEAKER_OR_STRONGER, [*flow, weak, strong])
    assert said(found.sentence)[0] == pytest.approx(1.5, abs=0.05)
    assert "m = 128" in found.sentence
    descent = cell("process", 32, 64, drawn(4, 32, 64, seed=3), descent=True)
    adam = cell("process", 32, 64, drawn(2, 32, 64, seed=4), adam=True)
    assert (descent.training, adam.training) == ("gradient descent", "AdamW")
    equal, less = (agreement(claim, [*flow, descent, adam]) for claim in (claims.DESCENT, claims.ADAM))
    assert equal.estimate.value == pytest.approx(1, abs=0.07)
    assert less.estimate.value == pytest.approx(0.5, abs=0.05)
    # Both arms have the same relative error, so their ratio has √2 times the error of one.
    alone = 0.5**0.5 * (4 * REPLICATES) ** -0.5
    assert equal.estimate.error == pytest.approx(2**0.5 * alone, rel=0.15)
    assert agreement(claims.ADAM, flow) is None


def pairs(n, m, led, moved, share):
    """A cell whose features keep a given share of leads, with pairs by origin relative to independent features."""
    slots = theory.slot_model(n, m).mean
    origins = np.zeros((REPLICATES, len(ORIGINS)), dtype=int)
    origins[:, ORIGINS.index(Origin.BOTH_LED)] = drawn(led * slots * share**2, n, m, seed=5)
    origins[:, ORIGINS.index(Origin.BOTH_MOVED_IN)] = drawn(moved * slots * (1 - share**2), n, m, seed=6)
    kept = np.full(REPLICATES, round(share * n))
    return cell("training", n, m, origins.sum(axis=1), origins=origins, kept_lead=kept)


def test_pairs_by_origin_are_held_against_independent_features():
    found = [pairs(128, 256, 1.0, 0.8, 0.5), pairs(128, 384, 1.0, 0.8, 0.5)]
    led, moved = (agreement(claim, found) for claim in (claims.LEADERS, claims.MOVERS))
    assert led.estimate.value == pytest.approx(1, abs=0.06)
    assert moved.estimate.value == pytest.approx(0.8, abs=0.04)
    row = origin_table(found).iloc[0]
    assert row["leads kept"] == 0.5
    assert row["both led / p²"] == pytest.approx(1, abs=0.1)
    assert row["one moved in / 2p(1−p)"] == 0


def crowded_mean(n, m):
    return float(theory.crowded_slots(n, m, constant=0.8, exponent=0.2))


def test_crowding_is_found_and_wins_on_new_cells():
    training, held_out = grid(crowded_mean), grid(crowded_mean, role="held-out", sizes=HELD_OUT)
    assert crowded(training).verdict is Verdict.SUPPORTED
    assert said(crowded(training).sentence)[0] == pytest.approx(0.2, abs=0.03)
    formula, _ = better_laws([*training, *held_out])
    assert formula.p_equivalent < 0.01
    slot = [cell("training", n, m, slot_counts(n, m, REPLICATES, seed=7)) for n, m in TRAINING]
    assert crowded(slot).verdict is not Verdict.SUPPORTED


def test_what_the_cells_have_stands_beside_what_was_fitted():
    """A curve that falls and rises again has a small exponent; its ends and its lowest cell are said as counted."""
    bent = {(128, 1024): 1.0, (128, 512): 0.7, (128, 256): 0.9, (128, 128): 1.1}
    cells = grid(lambda n, m: bent[n, m] * theory.slot_model(n, m).mean, sizes=list(bent), replicates=2000)
    first, lowest, _, last = (f"{each.counts.mean() / theory.slot_model(each.n, each.m).mean:.2g}" for each in cells)
    found = crowded(cells)
    assert f"the cells there have {first} and {last}, and the lowest of all cells has {lowest}, at" in found.sentence
    assert "θ from 1.6 to 4.5" in found.regime


def test_a_forecast_of_each_network_beats_the_means():
    """Where what is told is what is counted, the mean of a cell cannot win."""
    slot = lambda n, m: theory.slot_model(n, m).mean  # noqa: E731
    training, held_out = grid(slot), grid(slot, role="held-out", sizes=HELD_OUT)
    _, computed = better_laws([*training, *held_out])
    assert computed.p_equivalent < 1e-6
    noise = np.random.default_rng(8)
    blind = [dataclasses.replace(each, told=noise.permutation(each.told)) for each in [*training, *held_out]]
    _, same = better_laws(blind)
    assert same.p_equivalent > 0.01


def test_laws_predict_what_they_say():
    training = grid(crowded_mean)
    laws = {law.name: law for law in [*published(), *fitted(training)]}
    one = training[4]
    assert laws["n²/4m"].predict(one)[0] == 64**2 / (4 * 128)
    assert laws["slot model"].predict(one)[0] == theory.slot_model(64, 128).mean
    assert laws["occupancy model"].predict(one)[0] == theory.occupancy_moments(64, 128)[0]
    assert laws["crowded slots"].predict(one)[0] == pytest.approx(crowded_mean(64, 128), rel=0.03)
    assert log_ratio(laws["n²/4m"], one) == pytest.approx(np.log(one.counts.mean() / 8))
    exact = cell("training", 64, 128, [8, 8, 0])
    assert deviances(laws["n²/4m"], [exact]).tolist() == [0, 0, 16]
    nothing = cell("training", 64, 128, [0, 0])
    assert deviances(floor(), [nothing]).tolist() == [0, 0]
    assert deviances(floor(), training).mean() < deviances(laws["n²/4m"], training).mean()


def names(axes):
    return {each.get_label() for each in axes.containers}


def test_every_table_and_figure():
    training, held_out = grid(crowded_mean), grid(crowded_mean, role="held-out", sizes=HELD_OUT)
    lost = cell("process", 32, 64, [3, 3], usable=[False, False])
    laws = [*published(), *fitted(training)]
    table = cell_table([*training, *held_out, lost], published())
    assert table["networks"].tolist() == [REPLICATES] * 12 + [0]
    assert table["within 5 % of n²/4m"].tolist()[-1] == "undecided"
    row = table[(table["n"] == 128) & (table["m"] == 512)].iloc[0]
    assert row["over n²/4m"] == pytest.approx(row["mean"] / 8)
    assert row["lower"] < row["mean"] < row["upper"]
    scores = score_table(laws, training, held_out).set_index("law")["deviance a count, held-out"]
    assert scores["crowded slots"] < scores["n²/4m"]
    dilute = grid(lambda n, m: theory.slot_model(n, m).mean, role="dilute", sizes=[(16, 256)])
    crowding = legible(crowding_illustration([*training, *held_out, *dilute]).draw())
    assert {"training cells", "held-out cells", "dilute cells"} <= names(crowding.axes[0])
    assert all(each.has_yerr for each in crowding.axes[1].containers)
    new = legible(law_illustration([*laws, raw()], [*held_out, *dilute]).draw())
    assert "hurried race, not fitted" in names(new.axes[1])
    assert new.axes[0].get_yticklabels()[0].get_text().startswith("n = 16, m = 256")
    assert all(each.sentence for each in judge_all(claims.CLAIMS, [*training, *held_out]))


@pytest.mark.parametrize("profile", PROFILES)
def test_every_held_out_cell_is_new(profile):
    roles = [(role, spec.model.n, spec.model.m) for (role, *_), spec in plan(profile).items()]
    sizes = {role: {(n, m) for each, n, m in roles if each == role} for role, _, _ in roles}
    assert not sizes["training"] & sizes["held-out"]
    assert sizes["penalty"] <= sizes["training"]
    assert sizes["process"] <= sizes["training"]
    assert len({spec.key for spec in plan(profile).values()}) == len(roles)


def test_replicates_follow_the_events_that_are_wanted():
    assert replicates_of(64, 128, "standard") == 100  # eight polysemantic neurons each
    assert replicates_of(32, 256, "standard") == EVENTS["standard"][1]
    assert replicates_of(256, 256, "quick") == FEWEST


def test_cells_without_results_are_left_out():
    lost = cell("training", 32, 64, [3, 3], usable=[False, False])
    assert of([lost], "training") == []


def test_small_crowding_is_judged_by_itself():
    """The formula, seen at larger θ, is too low where counts follow 1.2 times the slot model; a raw forecast is not."""
    slots = lambda n, m: 1.2 * theory.slot_model(n, m).mean  # noqa: E731
    found = [*grid(crowded_mean), *grid(slots, role="dilute", sizes=[(16, 128), (20, 320)], replicates=2000)]
    formula, raw = (judged(claim, found) for claim in (claims.DILUTED, claims.DILUTED_TOLD))
    assert formula.verdict is Verdict.REFUTED
    assert said(formula.sentence)[0] > 1.2
    assert raw.verdict is Verdict.SUPPORTED
    assert "2 cells with θ from 0.42 to 0.53" in formula.sentence
    assert "θ from 0.42 to 0.53" in raw.regime
    assert all(each.crowding < 0.8 for each in found if each.role == "dilute")
