import dataclasses

import numpy as np
import pytest
from handmade import complete, examined

from polygenesis import detect, studies
from polygenesis.dynamics import simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies import feature_complexity
from polygenesis.studies.base import Verdict
from polygenesis.studies.feature_complexity import claims
from polygenesis.studies.feature_complexity.cases import cases
from polygenesis.studies.feature_complexity.estimands import Cell, predict, preference
from polygenesis.studies.judging import judge_all
from polygenesis.studies.network_counts import Counted
from polygenesis.training import SGD

CURVE = (np.array([0.0, 0.1, 0.2]), np.array([1.0, 0.5, 0.0]))
CASES = {case.name.split(",")[0]: case for case in cases(6, 0.032, 0.128)}


def counted(pairs, replicates=60):
    """Networks in which each of some pairs of features shares a neuron once, dealt round."""
    chosen = [pairs[k % len(pairs)] for k in range(replicates)]
    spec = RunSpec(model=TiedAutoencoder(6, 12), penalty=L1(0.032))
    first, second = np.array(chosen).T
    return Counted(
        spec,
        np.ones(replicates, dtype=bool),
        np.ones(replicates, dtype=int),
        detect.Collisions(
            replicates, np.arange(replicates), np.zeros(replicates, dtype=int), first, second, np.ones(replicates, bool)
        ),
    )


def cell(name, pairs):
    return Cell(CASES[name], counted(pairs), counted([(0, 1)]), 1.0)


def test_rates_of_the_cases():
    assert not cases(6, 0.032, 0.128)[0].rates.any()
    correlated = CASES["correlated pairs"].rates
    assert correlated[0, 1] == 0.5 / 0.032
    assert correlated[0, 2] == 0
    assert CASES["anti-correlated pairs"].rates[0, 1] == 0
    assert CASES["anti-correlated pairs"].rates[0, 2] == 1
    hierarchy = CASES["hierarchy"].rates
    assert hierarchy[0, 1] == hierarchy[0, 2] > 1
    assert hierarchy[1, 2] == hierarchy[0, 3] == 0


@pytest.mark.parametrize("case", [case for case in cases(6, 0.032, 0.128) if case.part.enumerate(6) is not None])
def test_rates_are_those_of_the_inputs(case):
    """κ_ij = n q_ij (a_i + a_j) / 2 λ E‖x‖² from the enumerated inputs (eq. pair-rate)."""
    batch, n = case.part.enumerate(6), 6
    chance = np.full(len(batch.inputs), 1 / len(batch.inputs)) if batch.probabilities is None else batch.probabilities
    together = np.einsum("b,bi,bj->ij", chance, batch.inputs, batch.inputs)
    importance = case.part.importance(n)
    a = np.ones(n) if importance is None else importance
    rates = n * together * (a[:, None] + a) / 2 / ((0.128 if case.sampled else 0.032) * np.trace(together))
    off = ~np.eye(n, dtype=bool)
    np.testing.assert_allclose(case.rates[off], rates[off], atol=2e-3)


def test_prediction_from_a_curve():
    assert predict(cases(6, 0.032, 0.128)[0], 6, 12, CURVE) == 1
    few = predict(CASES["anti-correlated pairs"], 6, 12, CURVE)
    assert few == pytest.approx(0.2 * (1 + 0.8 / 6))


def test_partners_that_never_share_and_those_that_always_do():
    apart = [(i, j) for i in range(6) for j in range(i + 1, 6) if i // 2 != j // 2]
    seen, chance, higher, lower = preference(cell("correlated pairs", apart))
    assert seen == 0
    assert chance == pytest.approx(0.2, abs=0.02)
    assert lower <= 1e-3 < 0.9 < higher
    together = preference(cell("anti-correlated pairs", [(0, 1), (2, 3), (4, 5)]))
    assert together[0] == 1
    assert together[2] <= 1e-3


def test_verdicts_of_preferences():
    apart = [(i, j) for i in range(6) for j in range(i + 1, 6) if i // 2 != j // 2]
    right, wrong = (cell("correlated pairs", pairs) for pairs in (apart, [(0, 1), (2, 3)]))
    every = [(i, j) for i in range(6) for j in range(i + 1, 6)]
    found = judge_all([claims.PREFERENCE], [right, wrong, cell("anti-correlated pairs", every)])
    assert [each.verdict for each in found] == [Verdict.SUPPORTED, Verdict.REFUTED, Verdict.UNDECIDED]


def test_count_against_prediction():
    case = CASES["correlated pairs"]
    good, bad = (Cell(case, counted([(0, 2)]), counted([(0, 1)]), value) for value in (1.0, 0.5))
    spread = np.arange(60) % 2
    good, bad = (
        dataclasses.replace(
            each,
            counted=dataclasses.replace(each.counted, polysemantic=1 + spread),
            base=dataclasses.replace(each.base, polysemantic=1 + spread),
        )
        for each in (good, bad)
    )
    assert judge_all(claims.CLAIMS, [good])[0].verdict is Verdict.SUPPORTED
    assert judge_all(claims.CLAIMS, [bad])[0].verdict is Verdict.REFUTED


def counts_of(ones, replicates=2000):
    return dataclasses.replace(
        counted([(0, 1)], replicates),
        spec=RunSpec(model=TiedAutoencoder(6, 12), penalty=L1(0.032), replicates=replicates),
        polysemantic=(np.arange(replicates) < ones).astype(int),
    )


@pytest.mark.parametrize(
    ("ones", "verdict"),
    [(0, Verdict.REFUTED), (190, Verdict.SUPPORTED), (290, Verdict.REFUTED), (100, Verdict.REFUTED)],
)
def test_a_small_prediction_has_a_small_margin(ones, verdict):
    """Of a tenth of the one-hot counts, half as many again and half as many are as wrong as of all of them."""
    of = Cell(CASES["importance 0.75^i"], counts_of(ones), counts_of(1900), 0.1)
    (reading,) = claims.RATE.read([of])
    assert claims.RATE.margin.bounds(reading.origin, reading.unit) == pytest.approx((0.075, 0.125))
    assert judge_all([claims.RATE], [of])[0].verdict is verdict
    assert judge_all([claims.RATE], [of, of])[1].verdict is verdict


def test_rates_are_corrected_together():
    of = Cell(CASES["correlated pairs"], counts_of(190), counts_of(1900), 0.1)
    found = judge_all(claims.CLAIMS, [of, of, of])
    assert [each.family for each in found if each.claim.margin.quantity == claims.RATE.margin.quantity] == [3, 3, 3]
    ranked = Cell(CASES["importance 0.8^i"], counts_of(190), counts_of(1900), 0.1)
    assert {each.family for each in judge_all([claims.ALIKE], [ranked, ranked])} == {2}


def test_end_to_end(monkeypatch):
    pytest.importorskip("torch")
    small = feature_complexity.Design(6, 12, 12, 0.096, 0.128, SGD(lr=0.04, steps=200, batch_size=16), 100)
    monkeypatch.setitem(feature_complexity.DESIGNS, "quick", small)
    study = studies.get("feature-complexity")
    specs = study.specs("quick")
    assert len({spec.key for spec in specs}) == len(specs)
    runs = [simulate(spec) for spec in specs]
    result = examined(study, runs)
    complete(result)
    assert len(result.judgements) == 19
    assert any("The study cooccurrence" in each for each in result.limits)
