"""Signs of pairs: two features, of which one raises a neuron and the other lowers it, do not belong together."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest
from read_back import untrue

import polygenesis as pg
from polygenesis.probe import Origin, diagnose
from polygenesis.probe.battery.pairs import opposed, pair_counts
from polygenesis.probe.keeping import storing

FEATURES, NEURONS, PLANTED = 10, 30, 12


def network(seed: int, sign: int, *, signed: bool = True):
    """Activations in which features 0 and 1 share twelve neurons, 1 with the given sign, and others share by chance."""
    rng = np.random.default_rng([seed, 3])
    weights = np.zeros((FEATURES, NEURONS))
    for k in range(NEURONS):
        pair = (0, 1) if k < PLANTED else rng.choice(FEATURES, 2, replace=False)
        weights[pair[0], k] = 1
        weights[pair[1], k] = sign if k < PLANTED else rng.choice([-1, 1]) if signed else 1
    reach = PRESENT @ weights + 0.15 * rng.standard_normal((len(PRESENT), NEURONS))
    return np.tanh(reach) if signed else np.maximum(reach, 0)


LABELS = np.random.default_rng(7).integers(0, FEATURES, 900)
PRESENT = np.eye(FEATURES)[LABELS]


def found_with(sign: int, *, signed: bool = True):
    return diagnose([network(r, sign, signed=signed) for r in range(4)], LABELS, draws=199, alternatives=())


@pytest.fixture(scope="module")
def against():
    return found_with(-1)


@pytest.fixture(scope="module")
def alike():
    return found_with(1)


@pytest.fixture(scope="module")
def one_sided():
    return found_with(1, signed=False)


def pair_clause(found) -> str:
    (clause,) = [each for each in found.verdict.clauses if "out:" in each]
    return clause


def test_opposed_neurons_are_counted_as_by_hand():
    rng = np.random.default_rng(1)
    signs = [rng.choice([-1, 0, 0, 1], (6, width)) for width in (9, 14)]
    pairs = pair_counts([each != 0 for each in signs])
    counted = opposed(pairs, signs)
    for i, j, number in zip(pairs.first, pairs.second, counted, strict=True):
        assert number == sum(int((each[i] * each[j] == -1).sum()) for each in signs)
    assert counted.sum() > 0
    assert (opposed(pairs, [np.abs(each) for each in signs]) == 0).all()
    assert (opposed(pairs, [np.sign(-each) for each in signs]) == counted).all()


def test_a_pair_that_is_opposed_is_said_to_be(against):
    first = against.pairs[0]
    assert against.verdict.origin in (Origin.PARTLY_STRUCTURED, Origin.STRUCTURED)
    assert {first.first, first.second} == {"0", "1"}
    assert first.opposed >= 4 * PLANTED
    where = "all" if first.opposed == first.observed else str(first.opposed)
    said = f"({first.observed} neurons, {first.expected:.2g} by chance; in {where} of them one raises the neuron"
    assert said in pair_clause(against)
    assert untrue(against) == []


def test_a_pair_of_one_sign_is_not_said_to_be_opposed(alike):
    first = alike.pairs[0]
    assert {first.first, first.second} == {"0", "1"}
    assert 2 * first.opposed < first.observed
    (said,) = re.findall(r"0 \+ 1 \(([^)]*)\)", pair_clause(alike))
    assert said == f"{first.observed} neurons, {first.expected:.2g} by chance"
    assert untrue(alike) == []


def test_one_network_has_its_opposed_pair_named():
    wide = np.hstack([network(r, -1) for r in range(4)])
    found = diagnose(wide, LABELS, draws=199, alternatives=())
    first = found.pairs[0]
    assert first.q <= 0.05
    (said,) = re.findall(r"pairs? stands? out, 0 \+ 1 \(([^)]*)\)", found.verdict.cautions[0])
    assert said.startswith(f"{first.observed} neurons, ")
    assert re.findall(r"in (\w+) of them one raises", said)[0] in ("all", str(first.opposed))
    assert untrue(found) == []
    for words, wrong in (("share again ", "share again 900 times as often, or "), (f"({first.observed} ", "(1 ")):
        changed = dataclasses.replace(found.verdict, cautions=(found.verdict.cautions[0].replace(words, wrong),))
        assert untrue(dataclasses.replace(found, verdict=changed)) != []


def test_signs_do_not_change_what_is_tested(against, alike):
    """The same pairs, counts, p-values and shares whichever sign a feature has."""
    assert against.structured.value == pytest.approx(alike.structured.value, abs=0.05)
    assert against.verdict.origin is alike.verdict.origin
    assert {each.mark for each in against.shared if set(each.features) == {"0", "1"}} == {"kin"}


def test_the_answer_says_how_many_shared_neurons_two_features_raise(against):
    signs = [np.array(each.signs) for each in against.shared]
    raised = sum((each > 0).sum() >= 2 for each in signs)
    pairs = sum(int((each > 0).sum() * (each < 0).sum()) for each in signs)
    every = sum(len(each) * (len(each) - 1) // 2 for each in signs)
    said = (
        f"At least two features raise {raised} of {len(signs)} shared neurons; in {pairs} of {every} co-selections one"
    )
    assert 0 < raised < len(signs)
    assert said in against.verdict.sentence
    assert said in " ".join(repr(against).split())
    assert said in against.to_html()


def test_tables_text_and_page_count_opposed_neurons(against):
    table = against.to_dataframe("pairs")
    assert list(table["opposed"]) == [each.opposed for each in against.pairs]
    assert (table["opposed"] <= table["observed"]).all()
    row = next(line for line in repr(against).split("\n") if line.startswith("* 0 + 1"))
    assert row.split()[-3] == str(against.pairs[0].opposed)
    head = re.findall(r"<table class='pairs'>.*?</thead>", against.to_html())[0]
    assert re.findall("<th [^>]*>(.*?)</th>", head)[-5:] == ["All", "Opposed", "Chance", "Against chance", "q"]
    assert "tells the two apart" in against.to_html()
    assert "not alike, kin or not" in against.to_html()
    assert "not alike, kin or not" in " ".join(repr(against).split())


def test_where_nothing_goes_down_nothing_is_said_of_signs(one_sided):
    assert {each.opposed for each in one_sided.pairs} == {None}
    assert "opposed" not in one_sided.to_dataframe("pairs")
    shown = one_sided.verdict.sentence + repr(one_sided) + one_sided.to_html()
    for word in ("Opposed", "opposed", "raise", "opposite"):
        assert word not in shown
    assert untrue(one_sided) == []


def test_weights_are_opposed_by_their_signs():
    weights = np.zeros((4, 12, 12))
    for r, each in enumerate(weights):
        order = np.random.default_rng(r).permutation(12)
        each[0, order[0]], each[1, order[0]] = 1, -1
        for i in range(2, 12):
            each[i, order[i]] = 1
    found = diagnose(weights, draws=99)
    assert [(each.observed, each.opposed) for each in found.pairs] == [(4, 4)]
    assert "in all of them the signs are opposed" in pair_clause(found)
    assert {each.opposed for each in diagnose(np.abs(weights), draws=99).pairs} == {None}


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (r"in (\d+|all) of them one raises", "in 3 of them one raises"),
        (r"; in (\d+|all) of them one raises the neuron and the other lowers it\)", ")"),
        (r"raise \d+ of", "raise 1 of"),
        (r"in \d+ of (\d+) co-selections", r"in \1 of \1 co-selections"),
        (r"\d+ of (\d+) pairs", r"\1 of \1 pairs"),
    ],
)
def test_a_wrong_number_of_signs_is_noticed(against, words, wrong):
    said = against.verdict.sentence
    changed = re.sub(words, wrong, said, count=1)
    assert changed != said
    verdict = dataclasses.replace(against.verdict, clauses=(changed,))
    assert untrue(dataclasses.replace(against, verdict=verdict)) != []


def test_counts_of_signs_are_stored_and_older_folders_have_none(against, tmp_path):
    folder = against.save(tmp_path / "found")
    assert repr(pg.load(folder).pairs) == repr(against.pairs)
    content = json.loads((folder / "diagnosis.json").read_text())
    content.pop("checksum")
    del content["value"]["fields"]["pair_table"]["fields"]["opposed"]
    content["checksum"] = storing._checksum(content)
    (folder / "diagnosis.json").write_text(json.dumps(content))
    older = pg.load(folder)
    assert [each.observed for each in older.pairs] == [each.observed for each in against.pairs]
    assert {each.opposed for each in older.pairs} == {None}
