import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from handmade import complete, examined, judged

from polygenesis import studies
from polygenesis.dynamics import simulate
from polygenesis.features import OneHot
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies import cooccurrence
from polygenesis.studies.base import Verdict
from polygenesis.studies.cooccurrence import claims, continuations, estimands, halving
from polygenesis.studies.cooccurrence.continuations import Series, Sharers
from polygenesis.studies.judging import judge_all
from polygenesis.studies.network_counts import Counted
from polygenesis.training import SGD

RATIOS = (0.0, 0.03, 0.06, 0.12, 0.5)


def cells(strength, half, seed, replicates=400):
    """Poisson counts that fall as exp(−log 2 · ratio / half)."""
    generator = np.random.default_rng(seed)
    spec = RunSpec(model=TiedAutoencoder(6, 12), penalty=L1(strength))
    usable = np.ones(replicates, dtype=bool)
    return [Counted(spec, usable, generator.poisson(0.7 * 0.5 ** (ratio / half), replicates), None) for ratio in RATIOS]


def curve(strength, half, seed):
    return halving.halve("expectation", RATIOS, cells(strength, half, seed), strength)


def found(halves, *, sampled=0.065):
    curves = tuple(curve(s, h, k) for k, (s, h) in enumerate(zip((0.128, 0.064, 0.032, 0.016), halves, strict=True)))
    lasting = tuple(
        estimands.Lasting(
            sharers(s), np.array([0.1, 0.2, 0.5]), 2, np.array([40.0, 40.0, 0.0]), 40, series(s, [0, 0, 40, 40])
        )
        for s in (0.064, 0.016)
    )
    kicked = (series(0.016, [0, 0, 12, 12], 12),)
    return estimands.Found(curves, (), curve(0.128, sampled, 9), {(6, 12): 0.067}, lasting, kicked)


def sharers(strength):
    """Networks of which nothing is known but λ."""
    spec = RunSpec(model=TiedAutoencoder(6, 12), penalty=L1(strength))
    return Sharers(SimpleNamespace(spec=spec), np.zeros((0, 6, 12)), *(np.zeros(0, dtype=int) for _ in range(3)))


def series(strength, happened, cases=40):
    return Series(
        sharers(strength), 0.25, np.array([0.8, 0.92, 1.08, 1.2]), np.array(happened, dtype=float), cases, 1.0
    )


def verdicts(of):
    return {j.claim.text[:30]: j.verdict for j in judge_all(claims.CLAIMS, of)}


def test_half_point_of_exact_counts():
    x = np.array([0.0, 0.05, 0.1, 0.2])
    totals = 1e6 * np.stack([np.exp(-10 * x), np.exp(-5 * x - 20 * x**2), np.exp(-x)])
    at = halving.half_point(x, totals, np.full(4, 1e4))
    second = (-5 + np.sqrt(25 + 80 * np.log(2))) / 40
    np.testing.assert_allclose(at[:2], [np.log(2) / 10, second], rtol=1e-3)
    assert np.isnan(at[2])  # beyond what was looked at


def test_half_is_measured_with_an_interval_that_holds_it():
    estimate = curve(0.064, 0.065, 5).estimate
    assert estimate.lower < 0.065 < estimate.upper
    assert estimate.upper - estimate.lower < 0.03


def test_a_law_that_is_proportional_and_one_that_is_not():
    right = judge_all(claims.CLAIMS, found([0.067] * 4))
    assert right[1].verdict in (Verdict.SUPPORTED, Verdict.UNDECIDED)
    assert right[2].verdict is Verdict.SUPPORTED
    wrong = judge_all(claims.CLAIMS, found([0.067 / 8**0.5, 0.067 / 4**0.5, 0.067 / 2**0.5, 0.067]))
    assert wrong[1].verdict is Verdict.REFUTED
    assert estimands.exponent(found([0.067] * 4).curves).value == pytest.approx(1, abs=0.12)


def test_constants_at_several_sizes_are_corrected_together():
    of = found([0.067] * 4)
    cases = judge_all([claims.CONSTANT], dataclasses.replace(of, others=(curve(0.064, 0.067, 11),)))
    assert [each.family for each in cases] == [2, 2]


def test_another_constant_is_refuted():
    assert judge_all(claims.CLAIMS, found([0.03] * 4))[2].verdict is Verdict.REFUTED


def test_what_does_not_die_is_refuted():
    of = found([0.067] * 4)
    alive = [
        dataclasses.replace(each, cells=(*each.cells[:-1], dataclasses.replace(each.cells[0]))) for each in of.curves
    ]
    assert judge_all(claims.CLAIMS, of)[0].verdict is Verdict.SUPPORTED
    assert judge_all(claims.CLAIMS, dataclasses.replace(of, curves=tuple(alive)))[0].verdict is Verdict.REFUTED


def test_thresholds_are_brackets():
    inside, early, never = (series(0.016, each).threshold for each in ([0, 0, 40, 40], [40] * 4, [0] * 4))
    assert (inside.lower, inside.upper) == (0.92, 1.08)
    assert early.upper == 0.8
    assert never.lower == 1.2
    assert np.isinf(never.upper)
    of = found([0.067] * 4)
    for happened, verdict in (
        ([40] * 4, Verdict.REFUTED),
        ([0] * 4, Verdict.REFUTED),
        ([0, 0, 40, 40], Verdict.SUPPORTED),
    ):
        one = dataclasses.replace(of, kicked=(series(0.016, happened),))
        assert judged(claims.PARTING, one).verdict is verdict


def test_the_page_says_how_p_star_compares_with_theory_and_who_else_tests_it():
    of = found([0.067] * 4)
    twice = dataclasses.replace(of, predicted={(6, 12): estimands.pooled(of.curves).value / 2})
    assert estimands.same_theory(twice).startswith("p* is 2.00 times")
    assert "The study feature-complexity" in estimands.same_theory(twice)
    unknown = dataclasses.replace(of, predicted={(6, 12): float("nan")})
    assert "nan" not in estimands.same_theory(unknown)


def test_pairs_that_part_refute_their_lasting():
    of = found([0.067] * 4)
    gone = tuple(dataclasses.replace(each, kept=np.array([40.0, 10.0, 0.0])) for each in of.lasting)
    assert judged(claims.KEPT, of).verdict is Verdict.SUPPORTED
    assert judged(claims.KEPT, dataclasses.replace(of, lasting=gone)).verdict is Verdict.REFUTED


def test_a_kicked_pair_parts_above_the_barrier_only():
    """Theory's threshold at ρ = 0.5 lies between 0.9 and 1.1 of the simulated one."""
    pytest.importorskip("torch")
    run = simulate(RunSpec(model=TiedAutoencoder(4, 8), features=OneHot(), penalty=L1(0.064), replicates=16))
    networks = continuations.sharers(run, 3)
    assert len(networks.weights) == 3
    found = continuations.kicked(networks, 0.5, np.array([0.9, 1.1]))
    assert found.happened.tolist() == [0, 3]


def test_end_to_end(monkeypatch):
    pytest.importorskip("torch")
    design = cooccurrence.DESIGNS["quick"]
    small = dataclasses.replace(
        design, strengths=(0.128, 0.096), replicates=16, few=16, pairs=100, networks=2, ratios=(0.05, 0.12, 0.5),
        sampled=SGD(lr=0.04, steps=300, batch_size=16), others=((4, 12),), beyond=(),
    )  # fmt: skip
    monkeypatch.setitem(cooccurrence.DESIGNS, "quick", dataclasses.replace(small, strengths_on=(0.096,)))
    study = studies.get("cooccurrence")
    specs = study.specs("quick")
    assert len({spec.key for spec in specs}) == len(specs) == 2 * 4 + 3 + 2
    runs = [simulate(spec) for spec in specs]
    result = examined(study, runs)
    complete(result)
    assert len(result.judgements) == 8
    assert set(result.tables["p* by size and λ"]["inputs"]) == {"expectation", "minibatches"}
    first, second = (each.lines[0].get_xdata() for each in result.illustrations[0].draw().axes[0].containers)
    assert not set(first) & set(second)  # λ side by side
    again = examined(study, runs)
    assert again.judgements == result.judgements
