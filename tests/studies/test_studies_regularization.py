import dataclasses

import numpy as np
import pytest
from handmade import complete, examined, judged, rounded, said

pytest.importorskip("torch", reason="some pressures need the torch extra")

from polygenesis import studies, theory
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.run import Run
from polygenesis.penalties import L1, ActivationL1, Activations
from polygenesis.studies.claim import Verdict
from polygenesis.studies.regularization import claims, networks, pressures
from polygenesis.studies.regularization.networks import Compared, Network
from polygenesis.sweeps import MemoryStore

BY_NAME = {each.name: each for each in pressures.PRESSURES}
SPECS = pressures.plan("standard")
BASIS = {
    "race": claims.RACE,
    "no basis": claims.NO_BASIS,
    "spread": claims.SPREAD,
    "neurons": claims.NEURONS,
    "noise": claims.NOISE,
}


def compared(name, losses=(3e-4, 1e-3, 3e-3), r=100, **means):
    """A pressure whose networks have these losses and means, one mean for all strengths or one a strength."""
    pressure = BY_NAME[name]
    wobble = np.linspace(-1, 1, r)
    fields = {"fourth_norm": 0.1, "winners": 0.0, "polysemantic": 0.0, "lost": 0.0} | means
    made = []
    for k, strength in enumerate(pressure.strengths):
        own = {key: np.broadcast_to(each, len(pressure.strengths))[k] for key, each in fields.items()}
        made.append(
            Network(
                spec=SPECS[name, strength],
                strength=strength,
                loss=np.full(r, losses[k] if pressure.matched else 1e-9),
                **{key: each + 0.01 * wobble for key, each in own.items()},
            )
        )
    return Compared(pressure, tuple(made))


def test_the_common_loss_is_interpolated_on_the_log_scale():
    found = compared("L1", losses=(1e-4, 1e-2, 1.0), winners=(0.2, 0.6, 0.9))
    assert found.weights() == pytest.approx([0.5, 0.5, 0.0])
    assert found.estimate(lambda each: each.winners).estimate.value == pytest.approx(0.4)
    assert found.reached() == pytest.approx(1e-3)


def test_losses_that_fall_with_the_strength_are_interpolated_too():
    found = compared("L1", losses=(1e-1, 1e-2, 1e-4), winners=(0.2, 0.6, 0.9))
    assert found.weights() == pytest.approx([0.0, 0.5, 0.5])


@pytest.mark.parametrize(("losses", "weights"), [((1.5e-3, 1e-2, 1e-1), [1, 0, 0]), ((1e-6, 1e-5, 6e-4), [0, 0, 1])])
def test_a_grid_that_nearly_reaches_the_loss_counts_at_its_end(losses, weights):
    assert compared("L1", losses=losses).weights() == pytest.approx(weights)


def test_a_grid_far_from_the_loss_is_not_compared():
    far = compared("L1", losses=(3e-3, 1e-2, 1e-1))
    assert far.weights() is None
    found = judged(claims.RACE, [far])
    assert found.verdict is Verdict.UNDECIDED
    assert "cannot be compared" in found.sentence


def test_intervals_hold_the_errors_of_both_strengths():
    """Networks of two strengths with the same starts go up and down together here: their errors add."""
    cells = compared("L1", losses=(1e-4, 1e-2, 1.0))
    found = cells.estimate(lambda each: each.winners).estimate
    one = (0.01 * np.linspace(-1, 1, 100)).var(ddof=1) / 100
    assert found.error == pytest.approx(one**0.5)
    assert found.freedom == pytest.approx(99)
    first, *others = cells.networks
    apart = dataclasses.replace(cells, networks=(dataclasses.replace(first, spec=first.spec.replace(seed=1)), *others))
    found = apart.estimate(lambda each: each.winners).estimate
    assert found.error == pytest.approx((2 * one / 4) ** 0.5)
    assert found.freedom == pytest.approx(198)


LEVEL = 3 / 26


@pytest.mark.parametrize(
    ("name", "means", "verdict"),
    [
        ("L1", {"winners": 0.97}, Verdict.SUPPORTED),
        ("L1", {"winners": 0.5}, Verdict.REFUTED),
        ("group lasso", {"winners": 0.1}, Verdict.SUPPORTED),
        ("group lasso", {"winners": 0.9}, Verdict.REFUTED),
        ("L2", {"fourth_norm": LEVEL}, Verdict.SUPPORTED),
        ("L2", {"fourth_norm": 0.5}, Verdict.REFUTED),
        ("no pressure", {"fourth_norm": LEVEL}, Verdict.SUPPORTED),
        ("dropout", {"fourth_norm": 0.06}, Verdict.SUPPORTED),
        ("dropout", {"fourth_norm": LEVEL}, Verdict.REFUTED),
        ("bipolar noise", {"fourth_norm": 0.8}, Verdict.SUPPORTED),
        ("bipolar noise", {"fourth_norm": LEVEL}, Verdict.REFUTED),
    ],
)
def test_each_expectation_has_its_claim(name, means, verdict):
    found = judged(BASIS[BY_NAME[name].expected], [compared(name, **means)])
    assert found.verdict is verdict
    assert said(found.sentence)[0] == rounded(next(iter(means.values())))


@pytest.mark.parametrize(("count", "verdict"), [(1.4, Verdict.SUPPORTED), (3.0, Verdict.REFUTED)])
def test_races_are_compared_with_l1(count, verdict):
    reference = compared("L1", polysemantic=1.4)
    found = judged(claims.COLLISIONS, [reference, compared("elastic net", polysemantic=count)])
    assert found.verdict is verdict
    assert said(found.sentence)[0] == rounded(count / 1.4)


def test_the_group_lasso_is_held_against_the_dimensions_that_l1_loses():
    reference = compared("L1", lost=1.4)
    assert judged(claims.SAVED, [compared("group lasso", lost=3.0), reference]).verdict is Verdict.SUPPORTED
    assert judged(claims.SAVED, [compared("group lasso", lost=1.4), reference]).verdict is Verdict.REFUTED


def test_noise_without_collisions_is_told_from_chance():
    """The best outcome that the standard profile can have supports the claim: no neuron is shared in any network."""
    r = SPECS["bipolar noise", 0.1].replicates
    quiet = compared("bipolar noise", r=r)
    quiet = dataclasses.replace(
        quiet, networks=tuple(dataclasses.replace(each, polysemantic=np.zeros(r)) for each in quiet.networks)
    )
    assert judged(claims.NO_COLLISIONS, [quiet]).verdict is Verdict.SUPPORTED
    assert judged(claims.NO_COLLISIONS, [compared("bipolar noise", polysemantic=1.4)]).verdict is Verdict.REFUTED


def test_equal_values_are_judged_for_certain():
    flat = compared("L1")
    flat = dataclasses.replace(
        flat, networks=tuple(dataclasses.replace(each, winners=np.ones(100)) for each in flat.networks)
    )
    assert judged(claims.RACE, [flat]).verdict is Verdict.SUPPORTED


def test_shares_of_winners_stay_below_one_and_are_those_of_the_nearest_strength():
    """All features but one in one network have a winner; the bound is that of so many features."""
    found = compared("L1", losses=(3e-4, 1.1e-3, 3e-3), winners=0.0)
    hits = [np.zeros(100), np.append(np.ones(99), 11 / 12), np.zeros(100)]
    found = dataclasses.replace(
        found,
        networks=tuple(dataclasses.replace(e, winners=w) for e, w in zip(found.networks, hits, strict=True)),
    )
    judgement = judged(claims.RACE, [found])
    assert judgement.verdict is Verdict.SUPPORTED
    value, lower, upper = said(judgement.sentence)
    assert value == pytest.approx(1199 / 1200, abs=1e-4)
    assert lower < value - 1e-3
    assert upper <= 1
    assert "at a loss of 0.0011 a feature" in judgement.sentence
    assert "nearest 0.001 a feature" in judgement.regime


def test_l1_on_activations_is_l1_on_weights():
    """The hidden layer of input i is row i (docs/theory.md, Regularization 4); only its zeros differ in training."""
    assert (L1.proximal, ActivationL1.proximal) == (True, False)
    assert "not exact" in BY_NAME["L1 on activations"].reason
    weights = np.random.default_rng(0).standard_normal((4, 12, 24))
    shown = Activations((np.eye(12) @ weights,), 1.0)
    one, other = (part.value({"weights": weights}, shown) for part in (L1(0.3), ActivationL1(0.3)))
    np.testing.assert_allclose(other, one, rtol=1e-12)


def test_networks_are_measured_on_unit_rows():
    spec = dataclasses.replace(SPECS["L1", BY_NAME["L1"].strengths[0]], replicates=1)
    rows = np.zeros((1, 12, 24))
    rows[0, range(12), range(12)] = 0.5
    rows[0, 1] = -rows[0, 0]  # a pair
    rows[0, 2, 2] = rows[0, 2, 3] = 0.5  # split evenly: no winner
    run = Run(spec, rows, rows, (Outcome.FINISHED,), np.ones(1), np.ones(1, dtype=np.int64), "by hand")
    found = networks.measure(run, 0.1)
    assert found.polysemantic.tolist() == [1]
    assert found.lost.tolist() == [1]
    assert found.winners == pytest.approx([11 / 12])
    assert found.fourth_norm == pytest.approx([(11 + 0.5) / 12])
    # A split row still meets feature 3 with W·W' = 1/4 both ways.
    assert found.loss == pytest.approx([(11 * 0.75**2 + 0.5**2 + 2 * 0.25**2) / 12])


@pytest.mark.parametrize("kind", ["batch", "layer"])
def test_losses_under_normalization_are_the_models_own(kind):
    import torch

    from polygenesis.models.base import Setting

    spec = SPECS[f"{kind} normalization", 0.0]
    weights = 0.3 * np.random.default_rng(0).standard_normal((12, 24))
    shown = torch.eye(12, dtype=torch.float64)
    _, out = spec.model.forward({"weights": torch.tensor(weights)[None]}, shown, Setting())
    expected = float(((out[0] - shown) ** 2).sum()) / 12
    assert networks.one_hot_loss(weights, spec) == pytest.approx(expected, rel=1e-9)


def test_every_strength_is_run_once_and_no_basis_is_what_the_engine_says():
    from polygenesis.dynamics.privileged_basis import privileged

    assert len({spec.key for spec in SPECS.values()}) == len(SPECS)
    for (name, _), spec in SPECS.items():
        symmetric = {"no pressure", "L2", "layer normalization", "Gaussian noise"}
        assert (not privileged(spec)) == (name in symmetric)


@pytest.fixture(scope="module")
def result():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(pressures.SIZES, "quick", (4, 8))
        patch.setitem(pressures.STEPS, "quick", 30)
        patch.setitem(pressures.NOISY_STEPS, "quick", 200)
        patch.setitem(pressures.REPLICATES, "quick", (4, 3))
        store = MemoryStore()
        study = studies.get("regularization")
        found = study.run("quick", store=store, workers=1)
        again = examined(study, [store.load(spec.key) for spec in study.specs("quick")])
        yield found, again


def test_the_study_has_all_its_parts(result):
    found, again = result
    assert len(found.judgements) == len(pressures.PRESSURES) + 4 + 1 + 1
    complete(found)
    assert again.judgements == found.judgements
    assert all(again.tables[name].equals(table) for name, table in found.tables.items())


def test_chance_is_that_of_each_row(result):
    """One pressure is tried on networks twice as wide, for which chance is another."""
    first, _, last = result[0].illustrations[0].draw().axes
    marks = {each.get_label(): each.lines[0].get_xdata() for axes in (first, last) for each in axes.containers}
    wide = [each.name for each in pressures.PRESSURES].index("batch normalization, twice as wide")
    for name, law in (
        ("random direction", theory.random_row_fourth_norm),
        ("slot model", lambda m: theory.slot_model(4, m).mean),
    ):
        expected = np.full(len(pressures.PRESSURES), float(law(8)))
        expected[wide] = float(law(16))
        assert marks[name] == pytest.approx(expected)


def test_the_grid_of_strengths_is_around_theory():
    center = float(theory.strength_at_loss("l1", pressures.LOSS))
    assert BY_NAME["L1"].strengths == pytest.approx([center / 2, center, 2 * center], rel=1e-3)


def test_under_normalization_the_code_in_use_is_judged_and_not_the_weights():
    """Rows with one common column: after batch normalization it is gone, and what is left is what the network uses."""
    spec = dataclasses.replace(SPECS["batch normalization", 0.0], replicates=1)
    weights = np.zeros((1, 12, 24))
    weights[0, range(12), range(12)] = 1.0
    weights[..., 23] = 100.0
    run = Run(spec, weights, weights, (Outcome.FINISHED,), np.ones(1), np.ones(1, dtype=np.int64), "by hand")
    found = networks.measure(run, 0.0)
    used = networks.code(weights, spec)[0]
    np.testing.assert_allclose(used.mean(axis=0), 0, atol=1e-12)
    assert found.winners == pytest.approx([1.0])  # of W itself the common column would win
    assert found.polysemantic.tolist() == [0]
