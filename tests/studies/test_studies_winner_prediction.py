import numpy as np
import pytest
from handmade import judged, said

from legible import legible
from polygenesis import theory
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Verdict
from polygenesis.studies.judging import judge_all
from polygenesis.studies.measurements import measure
from polygenesis.studies.winner_prediction import claims, not_forecast
from polygenesis.studies.winner_prediction import forecasts as told
from polygenesis.studies.winner_prediction.display import (
    accuracy_illustration,
    accuracy_table,
    chances_illustration,
    chances_table,
)
from polygenesis.studies.winner_prediction.forecasts import (
    ASSIGNED,
    FIFTH,
    HURRIED,
    INITIAL,
    LEADER,
    RELAXED,
    TENTH,
    Forecast,
    at,
    forecast,
    recalibrated,
)
from polygenesis.training import AdamW, GradientFlow

N = 50


def judgements(found):
    return judge_all(claims.CLAIMS, found)


def calibrated(found):
    return judged(claims.CALIBRATED, found)


def polysemantic(found):
    return judged(claims.POLYSEMANTIC, found)


def spec(room=2, n=N, adam=False, replicates=12):
    return RunSpec(
        model=TiedAutoencoder(n=n, m=room * n),
        penalty=L1(0.016),
        training=AdamW() if adam else GradientFlow(),
        replicates=replicates,
    )


def made(source, share, *, room=2, adam=False, cost=0.05, chance=None, sharing=None, replicates=12):
    """A forecast that names a given share of the winners, some more and some less."""
    of = spec(room, adam=adam, replicates=replicates)
    right = np.round(share * N).astype(int) + np.arange(replicates) % 3 - 1
    named = np.arange(N) < right[:, None]
    held_out = np.arange(replicates)[1::2]
    shared = np.arange(of.model.m) < np.full((len(held_out), 1), 10)
    return Forecast(
        spec=of,
        source=source,
        named={LEADER: named, ASSIGNED: named},
        evaluations=np.full(replicates, 50),
        cost=np.full(replicates, cost),
        held_out=held_out,
        chance=np.full((len(held_out), N), share if chance is None else chance),
        sharing=shared * 0.8 if sharing is None else sharing,
        polysemantic=shared,
        sharpness=10.0,
    )


def every(leader=0.4, relaxed=0.6, hurried=0.8, adam=(0.2, 0.22, 0.4), **changed):
    return [
        made(INITIAL, leader),
        made(RELAXED, relaxed),
        made(HURRIED, hurried, **changed),
        made(INITIAL, adam[0], adam=True),
        made(RELAXED, adam[1], adam=True),
        made(TENTH, adam[2], adam=True),
    ]


def verdicts(found):
    return [each.verdict for each in judgements(found)]


def test_what_is_named_well_is_supported():
    supported, refuted = Verdict.SUPPORTED, Verdict.REFUTED
    assert verdicts(every()) == [supported, refuted, supported, supported, refuted, supported, supported]
    assert verdicts(every(relaxed=0.42, hurried=0.4, adam=(0.2, 0.4, 0.8)))[:5] == [
        refuted,
        supported,
        refuted,
        supported,
        supported,
    ]
    assert said(judgements(every())[2].sentence)[0] == pytest.approx(0.8, abs=1e-3)


def test_gains_are_paired():
    """Networks differ much, the gain within each does not."""
    one, other = made(INITIAL, 0.4), made(RELAXED, 0.4)
    right = np.arange(12)[:, None] * 2 + np.arange(12)[:, None] % 2
    one.named[LEADER] = np.arange(N) < right
    one.named[ASSIGNED] = ~one.named[LEADER]  # not what is asked
    other.named[ASSIGNED] = np.arange(N) < right + 9 + np.arange(12)[:, None] % 3
    value, lower, upper = said(judgements([one, other])[0].sentence)
    assert value == pytest.approx(0.2)
    assert upper - lower == pytest.approx(2 * 1.796 * 0.01741 / 12**0.5, abs=2e-4)  # t with 11 degrees of freedom


def test_a_dear_forecast_is_not_a_cheap_one():
    """The cost has a claim, margin and verdict of its own, whatever the share that is named."""
    assert verdicts(every(cost=0.3))[2:4] == [Verdict.SUPPORTED, Verdict.REFUTED]
    found = judgements(every(cost=np.linspace(0.08, 0.125, 12)))[3]
    assert (found.verdict, found.bounds[1]) == (Verdict.UNDECIDED, 0.1)
    assert said(found.sentence)[0] == pytest.approx(0.1025, abs=1e-3)  # a percentage, rounded


def test_chances_that_are_too_high_are_not_calibrated():
    assert calibrated([made(HURRIED, 0.8, chance=0.9)]).verdict is Verdict.REFUTED
    assert calibrated([made(HURRIED, 0.8, chance=0.79)]).verdict is Verdict.SUPPORTED
    assert calibrated([]).verdict is Verdict.UNDECIDED


def test_ranking_neurons_at_random_is_refuted():
    noise = np.random.default_rng(0).random((6, 2 * N))
    assert polysemantic([made(HURRIED, 0.8, sharing=noise)]).verdict is Verdict.REFUTED


def test_the_largest_network_is_judged():
    small, large = made(HURRIED, 0.8), made(HURRIED, 0.8, room=2)
    other = Forecast(**{**vars(large), "spec": spec(2, n=2 * N)})
    assert at([small, other], "gradient flow", HURRIED, 2) is other
    assert at([small], "gradient flow", HURRIED, 4) is None
    assert at([small], "AdamW", HURRIED, 2) is None


def leaders_win(replicates=8):
    """A run in which every feature ends where assignment of the initial weights puts it."""
    of = spec(replicates=replicates)
    start = np.random.default_rng(1).standard_normal((replicates, N, 2 * N)) * (2 * N) ** -0.5
    won = theory.assignment(start)
    final = np.zeros_like(start)
    np.put_along_axis(final, won.neuron[..., None], won.sign[..., None].astype(float), axis=2)
    outcome = (*[Outcome.CONVERGED] * (replicates - 1), Outcome.UNDECIDED)
    return Run(of, start, final, outcome, np.ones(replicates), np.full(replicates, 1000), "by hand")


def test_forecasts_of_a_run_whose_winners_are_known():
    run = leaders_win()
    found = {each.source: each for each in forecast(run, measure(run))}
    initial, relaxed = found[INITIAL], found[RELAXED]
    assert initial.named[ASSIGNED].shape == (7, N)  # the undecided replicate is left out
    assert initial.named[ASSIGNED].all()
    assert not initial.named[LEADER].all()
    assert 0.2 < relaxed.named[ASSIGNED].mean() < 0.95
    assert initial.cost.tolist() == [0.0] * 7
    assert relaxed.cost.tolist() == (relaxed.evaluations / 1000).tolist()
    assert initial.held_out.tolist() == [1, 3, 5]
    shared = ((run.final > 0).any(axis=1) & (run.final < 0).any(axis=1))[[1, 3, 5]]
    np.testing.assert_array_equal(initial.polysemantic, shared)
    assert initial.sharing.shape == shared.shape
    assert initial.chance.shape == (3, N)
    weights = theory.relaxation(run.initial[[5]], duration=theory.winners.RELAXED).weights
    slots, named = theory.slot_chances(weights, relaxed.sharpness)[0], theory.assignment(weights)
    raw = slots[np.arange(N), (named.sign[0] < 0).astype(int), named.neuron[0]]
    np.testing.assert_array_equal(np.argsort(raw), np.argsort(relaxed.chance[2]))  # Platt's line keeps the order


def test_overconfident_chances_are_pulled_back_and_right_ones_stay():
    generator = np.random.default_rng(2)
    true = generator.uniform(0.1, 0.9, 20_000)
    right = generator.random(true.size) < true
    boast = 1 / (1 + (1 / true - 1) ** 3)  # the logit trebled
    given = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(recalibrated(true, right, given), given, atol=0.02)  # some three standard errors
    np.testing.assert_allclose(recalibrated(boast, right, 1 / (1 + (1 / given - 1) ** 3)), given, atol=0.02)
    certain = recalibrated(np.full(50, 0.9), np.ones(50, dtype=bool), np.array([0.9]))
    assert 0.95 < certain[0] < 1


def test_runs_without_results_are_left_out():
    run = leaders_win()
    lost = Run(run.spec, run.initial, run.final, (Outcome.UNDECIDED,) * 8, run.end_time, run.evaluations, "by hand")
    assert {each.spec.key for each in told.forecast_all({"run": run, "lost": lost})} == {run.spec.key}
    assert len(told.forecast_all({"lost": lost})) == 0
    (said_so,) = not_forecast([measure(run), measure(lost)])
    assert said_so.endswith("is left out: 0 of 8 replicates settled every feature.")


def test_tables_and_figures_hold_the_same_numbers():
    found = [*every(), made(FIFTH, 0.7, adam=True), made(HURRIED, 0.9, room=4)]
    table = accuracy_table(found)
    assert len(table) == 2 * len(found)
    assert (table["lower"] < table["winners named"]).all()
    assert (table["upper"] > table["winners named"]).all()
    assert len(chances_table(found)) == len(found)
    axes = legible(accuracy_illustration(table).draw()).axes[0]
    lines = [line.get_ydata() for line in axes.lines if len(line.get_xdata()) == 2]
    assert any(np.allclose(each, [0.8, 0.9]) for each in lines)
    legible(chances_illustration(found, table).draw())
