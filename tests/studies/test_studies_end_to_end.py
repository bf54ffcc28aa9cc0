"""The studies of the paper from specs to figures, on small networks; the same runs give the same result exactly."""

import json
import re

import numpy as np
import pytest
from handmade import complete, examined, measured, rounded, said, slot_counts

from polygenesis import studies
from polygenesis.noise import Bipolar
from polygenesis.studies import (
    measurements,
    noise_sparsity,
    paper_runs,
    penalty_strength,
    sparsification_speed,
)
from polygenesis.studies.claim import Verdict
from polygenesis.studies.collision_count.answer import answers
from polygenesis.studies.collision_count.claims import EXPONENT, Found
from polygenesis.studies.collision_sign.answer import answers as sign_answers
from polygenesis.studies.judging import judge_all
from polygenesis.studies.sparsification_speed import claims, display, races
from polygenesis.sweeps import MemoryStore


@pytest.fixture(scope="module")
def small():
    """Sizes at which all studies together take seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(paper_runs.FLOWS, "quick", (16, (16, 32, 64, 128, 256), 4))
        patch.setitem(paper_runs.ADAMS, "quick", (8, (8, 16, 32, 64, 128), 3))
        patch.setitem(penalty_strength.SIZES, "quick", (16, (16, 64), 4))
        patch.setitem(penalty_strength.ADAM_SIZES, "quick", (8, (32,), 3))
        patch.setitem(noise_sparsity.STEPS_AND_REPLICATES, "quick", (2000, 2))
        patch.setitem(sparsification_speed.DRAWS, "quick", 2)
        for module in (races, display, claims):
            patch.setattr(module, "NEURONS", 10_000)  # Euler's loop takes seconds at the paper's 100,000
        yield


@pytest.fixture(scope="module")
def store():
    return MemoryStore()


@pytest.fixture(scope="module")
def results(small, store):
    return {name: studies.get(name).run("quick", store=store, workers=1) for name in studies.paper_names()}


def arrays(result):
    """Every number in every figure."""
    return [
        np.asarray(line.get_xydata())
        for each in result.illustrations
        for axes in each.draw().axes
        for line in axes.lines
    ]


@pytest.mark.parametrize("name", studies.paper_names())
def test_a_study_has_all_its_parts(results, name):
    result = results[name]
    assert result.name == name
    complete(result)


@pytest.mark.parametrize("name", [name for name in studies.paper_names() if name != "sparsification-speed"])
def test_the_same_runs_give_the_same_result(small, results, store, name, monkeypatch):
    """Once more from the stored runs, measured anew, as a plain list."""
    study = studies.get(name)
    again = examined(study, [store.load(spec.key) for spec in study.specs("quick")])
    assert again.judgements == results[name].judgements
    assert again.keys == results[name].keys == tuple(spec.key for spec in study.specs("quick"))
    for key, table in again.tables.items():
        assert table.equals(results[name].tables[key])
    assert [each.caption for each in again.illustrations] == [each.caption for each in results[name].illustrations]
    for one, other in zip(arrays(again), arrays(results[name]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_studies_share_is_measured_once(small, results, store, monkeypatch):
    monkeypatch.setattr(measurements, "measure", lambda run: pytest.fail("measured twice"))
    assert studies.get("collision-sign").run("quick", store=store).judgements == results["collision-sign"].judgements


def test_another_store_is_measured_for_itself(small, results, store):
    """A key names a spec; what a store holds under it may differ."""
    specs = studies.get("collision-sign").specs("quick")
    other = MemoryStore()
    for spec, wrong in zip(specs, reversed(specs), strict=True):
        other._records[spec.key] = store.record(wrong.key)
    result = studies.get("collision-sign").run("quick", store=other)
    assert result.tables["fates of collisions"]["m"].tolist()[0] == 256


def test_counts_in_sentences_are_those_of_the_table(results):
    result = results["collision-count"]
    table = result.tables["counts by width"]
    flow = table[(table["training"] == "gradient flow") & (table["m"] >= 2 * table["n"])]
    count = (flow["mean"] * flow["replicates"]).sum()
    assert said(result.judgements[2].sentence)[0] == rounded(count / (flow["n²/4m"] * flow["replicates"]).sum())
    every = table[table["training"] == "gradient flow"]
    slots = (every["mean"] * every["replicates"]).sum() / (every["slot model"] * every["replicates"]).sum()
    assert said(result.judgements[4].sentence)[0] == rounded(slots)


def test_shares_in_sentences_are_those_of_the_tables(results):
    result = results["collision-sign"]
    table = result.tables["fates of collisions"]
    wide = table[(table["sign"] == "opposite") & (table["m"] >= 2 * table["n"])].dropna()
    survived = (wide["survived"] * wide["pairs"]).sum() / wide["pairs"].sum()
    assert said(result.judgements[1].sentence)[0] == pytest.approx(survived, abs=0.005)
    assert f"of {wide['pairs'].sum()} initial pairs" in result.judgements[1].sentence
    shared = result.tables["signs of shared pairs"]
    pairs = (shared["opposite signs"] + shared["same sign"]).sum()
    assert result.judgements[2].sentence.startswith(f"{shared['same sign'].sum() or 'None'} of {pairs} pairs")
    assert result.judgements[2].verdict is not Verdict.REFUTED


def test_leads_in_sentences_are_those_of_the_table(results):
    result = results["initial-leads"]
    table = result.tables["initial leaders by width"].dropna().set_index(["training", "m"])
    for judgement, at in zip(result.judgements[:2], (32, 256), strict=True):
        found = table.loc[("gradient flow", at), "initial leader wins"]
        assert said(judgement.sentence)[0] == pytest.approx(found, abs=0.005)


def test_ratios_in_sentences_are_those_of_the_table(results):
    result = results["penalty-strength"]
    table = result.tables["counts by penalty"].set_index(["training", "m", "λ"])["mean"]
    found = table["gradient flow", 16, 0.01] / table["gradient flow", 16, 0.001]
    assert said(result.judgements[0].sentence)[0] == rounded(found)


def test_norms_in_sentences_are_those_of_the_table(results):
    result = results["noise-sparsity"]
    table = result.tables["fourth norm at the end"]
    for judgement, norm in zip(result.judgements[:12], table["fourth norm"], strict=False):
        assert said(judgement.sentence)[0] == rounded(norm)
    last = arrays(result)[0]
    assert last[-1, 1] == pytest.approx(table["fourth norm"][0])  # the curve ends where the table says
    assert table["noise"][0] == Bipolar(0.1).kind


def test_survivors_in_sentences_are_those_of_the_table(results):
    result = results["sparsification-speed"]
    row = result.tables["surviving weights and norm"].iloc[-1]
    assert said(result.judgements[1].sentence)[0] == rounded(row["m′ exact"] / row["m′ published formula"])
    assert row["m′ by Euler (first row)"] == pytest.approx(row["m′ exact (first row)"], rel=0.03)


def test_exact_rows_are_the_same_numbers_every_time():
    one, other = races._start(3), races._start(3)
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, races._start(4))
    assert one.std() == pytest.approx(races.SCALE * np.sqrt((1 - 2 / np.pi) / races.NEURONS), rel=0.02)


def test_a_result_prints_its_verdicts(results):
    """In a terminal a line a claim, in a notebook a row a claim; nothing of the arrays behind them."""
    for result in results.values():
        shown = repr(result)
        assert len(shown.splitlines()) == len(result.judgements) + 2
        assert all(each.sentence in shown for each in result.judgements)
        assert result._repr_html_().count("<tr>") == len(result.judgements) + 1


SIGN = re.compile(r"(?<![\w.)\]-])-(?=\.?\d)|\de-\d")
"""A hyphen where a minus sign belongs."""


def words(figure):
    """Every text of a drawn figure, and every name, title and label of an interactive one."""
    from matplotlib.text import Text

    return [each.get_text() for each in figure.findobj(Text) if "$" not in each.get_text()]


def strings(value):
    """Every string in nested JSON."""
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inside for text in strings(each)]


@pytest.mark.parametrize("name", studies.paper_names())
def test_no_hyphen_stands_for_a_minus_sign(results, name):
    """In sentences, and in figures; pages write tables, claims and captions with true signs: see tests/report."""
    result = results[name]
    said = [*(each.sentence for each in result.judgements), *result.answers.values()]
    said += [text for each in result.judgements for _, text in each.facts] + [
        each.claim.text for each in result.judgements
    ]
    drawn = [text for each in result.illustrations for text in words(each.draw())]
    live = [text for each in result.illustrations for text in strings(json.loads(each.interactive().to_json()))]
    assert said
    assert drawn
    assert [text for text in (*said, *drawn, *live) if SIGN.search(text)] == []


def test_answers_hold_the_numbers_of_the_tables(results):
    count, sign = results["collision-count"], results["collision-sign"]
    table = count.tables["counts by width"]
    flow = table[(table["training"] == "gradient flow") & (table["m"] >= 2 * table["n"])]
    total = (flow["mean"] * flow["replicates"]).sum()
    assert said(count.answers["count"])[0] == rounded(total / (flow["n²/4m"] * flow["replicates"]).sum())
    fates = sign.tables["fates of collisions"]
    wide = fates[fates["m"] >= 2 * fates["n"]]
    pairs = wide.groupby("sign")["pairs"].sum()
    assert f"Of {pairs['opposite']} pairs" in sign.answers["signs"]
    assert f"of {pairs['same']} pairs with equal signs (malign), none does" in sign.answers["signs"]


def test_what_widening_does_is_the_fitted_power_and_the_mean_of_the_widest():
    flows = [measured(64, 64 * room, slot_counts(64, 64 * room, 40, seed=1)) for room in (2, 4, 8, 16)]
    answer, exponent = answers(flows)["widening"], judge_all([EXPONENT], Found(flows, [flows[0]]))[0]
    assert [100 * each for each in said(answer)] == pytest.approx(
        [100 * 2**each for each in said(exponent.sentence)], abs=1
    )
    assert answer.endswith(f"at m = 16n a network still has {flows[-1].counts.mean():.2g} on average.")


def test_what_too_few_networks_cannot_say_is_left_out():
    nothing = [measured(8, 8 * room, [0, 0], usable=[False, False]) for room in (1, 2, 4)]
    assert answers(nothing) == {}
    assert sign_answers(nothing) == {}
    assert answers([measured(8, 8 * room, [0, 0, 0]) for room in (1, 2, 4)]) == {}
