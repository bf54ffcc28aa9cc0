import numpy as np
import pytest
from handmade import complete, examined, judged, rounded, said

from polygenesis import studies, theory
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar, GaussianNoise, LaplaceNoise, NoNoise, UniformNoise
from polygenesis.penalties import L1, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Verdict
from polygenesis.studies.counts import CountRatio, Poisson
from polygenesis.studies.noise_collisions import claims, display, estimands, networks, pairs, plans
from polygenesis.studies.noise_collisions.estimands import Found
from polygenesis.studies.noise_collisions.networks import Network
from polygenesis.sweeps import MemoryStore
from polygenesis.training import GradientDescent

LAWS = (Bipolar, UniformNoise, GaussianNoise, LaplaceNoise)


def of_networks(*trained):
    return Found(trained, (), 100)


def network(n=16, m=32, noise=None, counts=(0,) * 20, *, strength=0.0, overlap=1.0, norm=0.8, resolved=True):
    r = len(counts)
    wobble = 0.01 * np.linspace(-1, 1, r)
    return Network(
        spec=RunSpec(
            model=TiedAutoencoder(n=n, m=m),
            penalty=L1(strength) if strength else NoPenalty(),
            noise=noise or Bipolar(0.1),
            training=GradientDescent(0.05, 100),
            replicates=r,
        ),
        polysemantic=np.asarray(counts),
        shared=np.asarray(counts),
        unplaced=np.zeros(r, dtype=int),
        resolved=np.full(r, resolved),
        overlap=overlap + wobble,
        fourth_norm=norm + wobble,
        times=np.array([1.0, 2.0]),
        curve=np.full((r, 2), norm),
        diverged=0,
    )


@pytest.mark.parametrize(
    ("counts", "chance", "absence"),
    [
        ((0,) * 20, Verdict.REFUTED, Verdict.SUPPORTED),
        ((2,) * 200, Verdict.SUPPORTED, Verdict.REFUTED),
        ((1,) * 60, Verdict.REFUTED, Verdict.REFUTED),
        ((0, 0), Verdict.UNDECIDED, Verdict.UNDECIDED),
    ],
)
def test_counts_are_held_against_chance_and_against_none(counts, chance, absence):
    cell = network(counts=counts)
    for claim, verdict in ((claims.BY_CHANCE, chance), (claims.ABSENCE, absence)):
        found = judged(claim, of_networks(cell))
        assert found.verdict is verdict
        assert said(found.sentence)[0] == rounded(sum(counts) / (len(counts) * 240 / 126))


def test_settings_of_one_law_are_judged_together_and_laws_apart():
    many = [network(counts=(2,) * 100), network(n=16, m=64, counts=(1,) * 100), network(noise=UniformNoise(0.1))]
    for claim in (claims.BY_CHANCE, claims.ABSENCE):
        bipolar, uniform = claim.read(of_networks(*many))
        assert (bipolar.words["settings"], bipolar.words["networks"], uniform.words["settings"]) == (2, 200, 1)
    empty = claims.BY_CHANCE.read(of_networks(network(counts=(0,))))
    assert [each.why for each in empty] == ["Bipolar noise: too few replicates."]


def test_exact_intervals_of_counts_are_those_of_the_gamma_function():
    from scipy import stats

    found = Poisson(5, 10.0).test(0.2, 0.9)
    assert found.estimate.lower == pytest.approx(stats.chi2.ppf(0.05, 10) / 20)
    assert found.estimate.upper == pytest.approx(stats.chi2.ppf(0.95, 12) / 20)
    assert found.p_equivalent == pytest.approx(max(stats.poisson.sf(4, 2.0), stats.poisson.cdf(5, 9.0)))
    assert found.p_different == pytest.approx(min(stats.poisson.cdf(5, 2.0), stats.poisson.sf(4, 9.0)))


def test_two_counts_are_compared_exactly():
    from scipy import stats

    found = CountRatio(np.array([1, 0, 0, 0]), np.array([3, 2])).test(-np.inf, 0.5)
    assert found.estimate.value == pytest.approx(0.1)
    assert found.p_equivalent == pytest.approx(stats.binom.cdf(1, 6, 0.5))  # 4 · 0.5 to 2 · 1
    none = CountRatio(np.zeros(40, dtype=int), np.full(40, 2)).test(-np.inf, 0.5)
    assert none.verdict.name == "EQUIVALENT"
    assert none.estimate.lower == 0 < none.estimate.upper < 0.5


@pytest.mark.parametrize(("overlap", "verdict"), [(1.0, Verdict.SUPPORTED), (0.5, Verdict.REFUTED)])
def test_overlaps_are_held_against_rows_that_sum_to_zero(overlap, verdict):
    found = judged(claims.SIMPLEX, of_networks(network(overlap=overlap)))
    assert found.verdict is verdict


def test_few_features_are_those_whose_overlaps_noise_does_not_reach():
    assert [estimands.is_unreached(network(n=n, noise=Bipolar(0.1))) for n in (1, 2, 4, 5, 8)] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(("norm", "verdict"), [(3 / 34, Verdict.SUPPORTED), (0.8, Verdict.REFUTED)])
def test_few_features_should_not_become_sparse(norm, verdict):
    found = judged(claims.UNMOVED, of_networks(network(n=2, norm=norm)))
    assert found.verdict is verdict


def test_weak_and_strong_penalties_are_told_by_the_threshold():
    every = [network(noise=noise, strength=s) for noise in (NoNoise(), Bipolar(0.1)) for s in (0.05, 0.1, 0.3)]
    weak, strong = estimands.weak_and_strong(every)
    assert [(a.spec.penalty.strength, b.spec.noise.kind) for a, b in weak] == [(0.05, "none")]
    assert [(a.spec.penalty.strength, b.spec.noise.kind) for a, b in strong] == [(0.3, "none")]
    assert float(theory.repulsion_threshold("bipolar", 16, 0.1)) == pytest.approx(weak[0][0].threshold)


@pytest.mark.parametrize(
    ("counts", "weak", "strong"),
    [
        ((0,) * 60, Verdict.SUPPORTED, Verdict.UNDECIDED),
        ((1, 2, 3) * 20, Verdict.REFUTED, Verdict.SUPPORTED),
        ((1,) * 60, Verdict.UNDECIDED, Verdict.REFUTED),
    ],
)
def test_noise_is_compared_with_no_noise(counts, weak, strong):
    for claim, strength, verdict in ((claims.PREVENTED, 0.05, weak), (claims.HELD, 0.3, strong)):
        noisy = network(counts=counts, strength=strength)
        base = network(noise=NoNoise(), counts=(1, 2, 3) * 20, strength=strength)
        assert judged(claim, of_networks(noisy, base)).verdict is verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [((0.0, 0.0), Verdict.REFUTED), ((1.0, 1.0), Verdict.SUPPORTED), ((1.0, 0.0), Verdict.UNDECIDED)],
)
def test_a_lasting_reward_is_one_at_every_strength(changes, verdict):
    each = [
        pairs.RelaxedPair(0.1 * (k + 1), 0.0, 1.0, 1.0 + change, 0.01, True, 1.0) for k, change in enumerate(changes)
    ]
    assert judged(claims.LASTING, Found((), each, 100)).verdict is verdict


def test_a_kept_reward_is_that_of_bare_rows():
    for split, verdict in ((1.01, Verdict.SUPPORTED), (1.001, Verdict.REFUTED)):
        pair = pairs.RelaxedPair(0.1, 0.3, 1.0, split, 0.01, True, 1.0)
        assert judged(claims.KEPT, Found((), (pair,), 100)).verdict is verdict


def test_the_expected_loss_has_the_gradient_it_says():
    rng = np.random.default_rng(0)
    weights, direction = 0.4 * rng.standard_normal((4, 5)), rng.standard_normal((4, 5))
    loss = pairs.expected_loss(0.3, 5)
    slope = (loss(weights + 1e-6 * direction) - loss(weights - 1e-6 * direction)) / 2e-6
    assert slope == pytest.approx(float((loss.smooth(weights)[1] * direction).sum()), rel=1e-5)


def test_the_expected_loss_is_the_mean_of_the_trained_one():
    rng = np.random.default_rng(1)
    weights = 0.5 * rng.standard_normal((3, 4))
    xi = Bipolar(0.2).sample(rng, (40_000, 3, 4))
    out = np.maximum((weights + xi) @ weights.T, 0)
    drawn = ((out - np.eye(3)) ** 2).sum(axis=(1, 2))
    assert abs(drawn.mean() - pairs.expected_loss(0.2, 4)(weights)) < 4 * drawn.std() / 200


@pytest.mark.parametrize("law", LAWS)
def test_bare_pairs_save_what_theory_says(law):
    draws = pairs.simulated_savings(law(0.2), 50_000)
    exact = float(theory.sharing_reward(law(0.2).kind, 0.2))
    assert abs(draws.mean() - exact) < 4 * draws.std() / 50_000**0.5  # wrong once in 16,000


def test_a_pair_held_bare_by_l1_keeps_its_reward_exactly():
    pair = pairs.relaxed_pair(0.1, 0.3)
    assert pair.stayed
    assert pair.change == pytest.approx(pair.norm**2 * 0.01, rel=0.01)
    assert pair.norm == pytest.approx(theory.bare_norm(pairs.FEATURES, 0.1, 0.3), abs=1e-3)


def test_a_network_is_measured(monkeypatch):
    from polygenesis.dynamics.outcome import Outcome
    from polygenesis.dynamics.run import Run

    rows = np.zeros((1, 3, 4))
    rows[0, 0, 0], rows[0, 1, 0], rows[0, 2, 1] = 1.0, -1.0, 1.0
    spec = RunSpec(model=TiedAutoencoder(n=3, m=4), noise=Bipolar(0.1), training=GradientDescent(0.05, 1), replicates=1)
    run = Run(spec, rows, rows, (Outcome.FINISHED,), np.ones(1), np.ones(1, dtype=np.int64), "by hand")
    found = networks.measure(run)
    assert found.polysemantic.tolist() == [1]
    assert found.unplaced.tolist() == [0]
    assert found.overlap == pytest.approx([2 / 3])  # −Σ_{i≠j} overlaps / Σ‖W‖² = 2 / 3
    assert found.fourth_norm == pytest.approx([1.0])


@pytest.fixture(scope="module")
def small():
    with pytest.MonkeyPatch.context() as patch:
        alone = ((8, 16, Bipolar(0.15), 3), (8, 16, GaussianNoise(0.15), 2))
        patch.setitem(plans.ALONE, "quick", (1000, alone))
        patch.setitem(plans.FEW, "quick", ((1, 4),))
        patch.setitem(plans.PRESSED_STEPS, "quick", 1500)
        patch.setitem(plans.PRESSED, "quick", ((NoNoise(), (0.05, 0.3), 4), (Bipolar(0.1), (0.05, 0.3), 4)))
        yield


@pytest.fixture(scope="module")
def store():
    return MemoryStore()


@pytest.fixture(scope="module")
def result(small, store):
    return studies.get("noise-collisions").run("quick", store=store, workers=1)


def test_the_study_has_all_its_parts(result):
    complete(result)
    assert len(result.judgements) == 4 + 1 + 1 + 1 + 1 + 2 + 1 + 1 + 1


def test_what_the_figure_leaves_out_is_said(result):
    assert "one row per law, σ, n and m (n = 1: see the table)" in result.illustrations[0].caption
    threshold = result.tables["noise with L1"]["λ*"].max()
    assert f"{threshold:.3g} under bipolar noise" in result.illustrations[1].caption


def test_the_same_runs_give_the_same_result(result, store):
    study = studies.get("noise-collisions")
    again = examined(study, [store.load(spec.key) for spec in study.specs("quick")])
    assert again.judgements == result.judgements
    assert all(again.tables[name].equals(table) for name, table in result.tables.items())


def test_sentences_say_what_the_tables_say(result):
    table = result.tables["noise alone"]
    row = table.iloc[0]
    (found,) = [each for each in result.judgements if each.claim == claims.BY_CHANCE.of({"law": "Bipolar"})]
    ratio = row["polysemantic"] / row["slot model"]
    assert said(found.sentence)[0] == rounded(ratio)


def test_chance_in_the_table_is_the_slot_model(result):
    table = result.tables["noise with L1"]
    assert table["slot model"].to_numpy() == pytest.approx(240 / 126)
    assert display.alone_table([network()])["slot model"][0] == pytest.approx(240 / 126)
