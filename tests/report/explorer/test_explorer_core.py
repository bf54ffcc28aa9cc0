"""The page's own computations, in a browser, against Python's."""

import numpy as np
import pytest

from polygenesis import theory
from polygenesis.detect import census, marks
from polygenesis.detect.fates import FATES, follow
from polygenesis.dynamics import simulate
from polygenesis.dynamics.flow.formulas import penalized
from polygenesis.dynamics.race.single_feature import single_feature
from polygenesis.dynamics.start import initial
from polygenesis.initial import (
    Gaussian,
    Kaiming,
    Laplace,
    Orthogonal,
    SparseGaussian,
    StudentT,
    UnequalRows,
    Uniform,
    Xavier,
)
from polygenesis.initial import Rademacher as Signs
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec

NETWORK = {"n": 12, "m": 16, "penalty": 0.016, "seed": 3, "law": "gaussian", "scale": 1, "interference": True}
LAWS = (Gaussian(), Uniform(), Signs(), Laplace(), StudentT(), SparseGaussian(), Xavier(), Kaiming(), Orthogonal())


@pytest.fixture(scope="module")
def film(core):
    """One simulated network: times (T,), weights (T, n, m), and the trajectory to send back."""
    found = core("simulate", NETWORK, np.array(core("start", NETWORK)))
    weights = np.array(found["weights"], np.float32).reshape(-1, 12, 16)
    return found | {"weights": weights, "times": np.array(found["times"])}


# Start


@pytest.mark.parametrize("law", [*LAWS, UnequalRows()], ids=lambda law: law.kind)
def test_start_laws_have_the_moments_of_ours(core, law):
    spec = {"n": 64, "m": 128, "seed": 1, "law": law.kind, "scale": 1}
    page = np.array([core("start", spec | {"seed": seed}) for seed in range(4)]).reshape(-1, 128)
    ours = np.concatenate([law.sample(np.random.default_rng(seed), 64, 128) for seed in range(4)])
    assert abs(page.mean()) < 4 * ours.std() / np.sqrt(page.size)  # four standard errors: 1 in 16,000 by chance
    if law.kind != "student-t":  # its fourth moment is infinite: quantiles say more
        assert page.std() == pytest.approx(ours.std(), rel=0.1 if law.kind == "unequal-rows" else 0.05)
    near = 0.15 if law.kind == "unequal-rows" else 0.06  # 256 sizes of rows, each a draw
    for quantile in (0.25, 0.5, 0.8, 0.97):
        mine, theirs = (np.quantile(np.abs(each), quantile) for each in (page, ours))
        assert mine == pytest.approx(theirs, rel=near, abs=1e-12)


def test_orthogonal_rows_are_orthogonal_also_where_there_are_too_many(core):
    few = np.array(core("start", NETWORK | {"law": "orthogonal", "scale": 2})).reshape(12, 16)
    assert few @ few.T == pytest.approx(4 * np.eye(12), abs=1e-12)
    many = np.array(core("start", NETWORK | {"law": "orthogonal", "n": 16, "m": 12})).reshape(16, 12)
    assert many.T @ many == pytest.approx(16 / 12 * np.eye(12), abs=1e-12)


def test_the_same_seed_gives_the_same_bits_and_another_one_others(core):
    first, again, other = (core("start", NETWORK | {"seed": seed}) for seed in (3, 3, 4))
    assert first == again
    assert len(set(first) & set(other)) == 0
    assert core("simulate", NETWORK, np.array(first)) == core("simulate", NETWORK, np.array(again))


def test_known_laws_are_the_engines_names(core):
    names = [core("LAWS")[index] for index in range(len(core("LAWS")))]
    assert set(names) == {law.kind for law in (*LAWS, UnequalRows())}


def test_scale_multiplies_the_start(core):
    one, two = (np.array(core("start", NETWORK | {"scale": scale})) for scale in (1, 2))
    assert two == pytest.approx(2 * one)


def test_nudges_are_applied_in_order(core):
    plain = np.array(core("start", NETWORK)).reshape(12, 16)
    nudges = [["set", 0, 3, 0.25], ["flip", 0, 3], ["swap", 0, 5], ["flip", 1, 2]]
    nudged = np.array(core("start", NETWORK | {"nudges": nudges})).reshape(12, 16)
    wanted = plain.copy()
    wanted[0, 3] = -0.25
    wanted[[0, 5]] = wanted[[5, 0]]
    wanted[1, 2] *= -1
    assert (nudged == wanted).all()
    assert core("startWithout", NETWORK | {"nudges": nudges}) == core("start", NETWORK)


# Census, collisions


def test_the_census_agrees_with_the_engines_at_every_frame(core, film):
    for frame in range(0, len(film["times"]), 9):
        weights = film["weights"][frame]
        page, ours = core("census", weights.ravel(), 12, 16), census(weights)
        assert page["leader"] == ours.neuron[0].tolist()
        assert page["sign"] == ours.sign[0].tolist()
        assert page["settled"] == [{0: 0, 3: 2}.get(state, 1) for state in ours.feature_state[0].tolist()]
        count = core("finalCount", weights.ravel(), 12, 16)
        assert count["shared"] == ours.polysemantic[0]
        assert count["malign"] == ours.clashing[0]
        assert count["shared"] == count["benign"] + count["malign"]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ([0.7, 0, 0], "single"),
        ([0.3, 0, 0], "undecided"),
        ([0.8, -0.9, 0], "benign"),
        ([0.8, 0.9, 0], "malign"),
        ([0.8, -0.9, 0.7], "malign"),
        ([0.8, 0.4, 0], "malign"),
        ([0.8, -0.4, 0], "benign"),
        ([0.8, -0.9, 0.4], "malign"),
        ([0, 0, 0], "dead"),
    ],
)
def test_what_the_ring_shows(core, column, kind):
    weights = np.zeros((3, 2))
    weights[:, 1] = column
    found = core("census", weights.ravel(), 3, 2)
    assert found["neurons"][1]["kind"] == kind
    assert found["shared"] == (kind in ("benign", "malign"))
    assert found["neurons"][0]["kind"] == "dead"
    assert {"single": "single", "dead": ""}.get(kind, kind) == marks(weights)[1]


def test_rings_are_the_marks_of_detect(core, film):
    """At every moment of a network: README's picture and the page say the same of each neuron."""
    for weights in film["weights"]:
        page = [each["kind"] for each in core("census", weights.ravel(), *weights.shape)["neurons"]]
        assert ["" if kind == "dead" else kind for kind in page] == marks(weights).tolist()


def test_fates_are_those_of_the_engine(core, film):
    trajectory = {key: film[key] for key in ("n", "m", "times")} | {"weights": film["weights"].ravel()}
    page = core("collisions", trajectory)
    ours = follow(film["weights"][0], film["weights"][-1], film["weights"][None], film["times"])
    rows = zip(ours.start.first, ours.start.second, ours.start.neuron, ours.start.opposite, ours.fate, strict=True)
    wanted = {(i, j, k, bool(o), FATES[f].name.lower().replace("_", " ")) for i, j, k, o, f in rows}
    told = [(e["first"], e["second"], e["neuron"], e["opposite"], e["fate"]) for e in page]
    assert {each for each in told if each[4] not in ("made later", "passing")} == wanted
    made = {(i, j, k) for i, j, k in zip(ours.made.first, ours.made.second, ours.made.neuron, strict=True)}
    assert {each[:3] for each in told if each[4] == "made later"} == made
    assert len(wanted) > 2
    assert len(made) > 0
    for each in page:
        leads = np.abs(film["weights"]).argmax(axis=2) == each["neuron"]
        both = np.flatnonzero(leads[:, each["first"]] & leads[:, each["second"]])
        assert (each["begin"], each["end"]) == (both[0], both[-1])


# Laws, forces, races


@pytest.mark.parametrize(("n", "m"), [(2, 2), (24, 36), (64, 256), (16, 16)])
def test_laws_are_theorys(core, n, m):
    found = core("laws", n, m)
    assert found["law"] == pytest.approx(float(theory.polysemantic_neurons(n, m)))
    assert found["slots"] == pytest.approx(theory.slot_model(n, m).mean)
    assert found["occupancy"] == pytest.approx(theory.occupancy_moments(n, m)[0])


@pytest.mark.parametrize("interference", [True, False])
def test_forces_are_the_gradient(core, interference):
    w = np.random.default_rng(0).normal(0, 0.3, (5, 7))
    w[2, 3:] = 0
    found = core("forces", w.ravel(), 5, 7, 2, 0.1, interference)
    others = np.maximum(w @ w[2], 0) * (np.arange(5) != 2) * interference
    benefit, pushed = 4 * (1 - w[2] @ w[2]) * w[2], -4 * others @ w
    assert found["benefit"] == pytest.approx(benefit)
    assert found["interference"] == pytest.approx(pushed)
    smooth = benefit + pushed
    held = np.where(w[2] == 0, -np.clip(smooth, -0.1, 0.1), -0.1 * np.sign(w[2]))
    assert found["regularization"] == pytest.approx(held)
    assert found["total"] == pytest.approx(smooth + held)
    forces = [each["force"] for each in found["perOther"]]
    assert forces == sorted(forces, reverse=True)
    norms = 4 * others * np.linalg.norm(w, axis=1)
    assert {each["feature"]: each["force"] for each in found["perOther"]} == pytest.approx(
        {j: norms[j] for j in range(5) if j != 2}
    )


@pytest.mark.parametrize("penalty", [0.016, 0.1, 0.0])
def test_the_race_alone_is_the_exact_one(core, penalty):
    row = np.random.default_rng(2).normal(0, 0.2, 24)
    times = np.concatenate([[0.0], np.geomspace(0.01, 300, 30)])
    found = core("exactRace", row, penalty, times)
    ours = single_feature(row, penalty=penalty, times=times, clock="loss")
    weights = np.array(found["weights"]).reshape(31, 24)
    for at, time in enumerate(times):
        assert weights[at] == pytest.approx(ours.weights(time), abs=2e-6)
    assert found["survivors"] == ours.survivors.tolist()
    assert found["winner"] == (-1 if ours.winner is None else ours.winner)
    assert found["finish"] == (pytest.approx(ours.finishing_time, rel=1e-6))


def test_a_race_that_kills_all_its_weights_has_no_winner(core):
    row = np.full(9, 0.01) * np.arange(1, 10)
    found = core("exactRace", row, 3.0, np.array([0.0, 1.0, 50.0]))
    assert single_feature(row, penalty=3.0, clock="loss").winner is None
    assert found["winner"] == -1
    assert found["survivors"][-1] == 0


def test_the_penalty_acts_within_a_step_as_in_the_engine(core):
    draws = np.random.default_rng(3).normal(0, 0.1, (40, 2))
    for weight, ahead in [*draws, (0.0, 0.3), (0.0, -0.3), (0.0, 0.001), (0.1, -0.3), (-0.1, 0.3), (0.1, 0.1)]:
        found = penalized(weight, ahead, 0.02, lambda mask, yes, no: yes if mask else no)
        assert core("penalized", weight, ahead, 0.02) == pytest.approx(found)


def test_when_a_feature_was_decided(core, film):
    leads = np.abs(film["weights"]).argmax(axis=2)
    trajectory = {key: film[key] for key in ("n", "m", "times")} | {"weights": film["weights"].ravel()}
    causes = set()
    for i in range(12):
        found = core("decidedAt", trajectory, i)
        wrong = np.flatnonzero(leads[:, i] != leads[-1, i])
        assert found["frame"] == (wrong[-1] + 1 if len(wrong) else 0)
        assert found["by"] == ("lead" if leads[0, i] == leads[-1, i] else "interference")
        assert (found["rival"] >= 0) <= (found["by"] == "interference")
        causes.add(found["by"])
    assert causes == {"lead", "interference"}


# Frames, noise


def test_frames_hold_the_start_the_end_and_rising_times(core, film):
    start = np.array(core("start", NETWORK)).reshape(12, 16)
    assert (film["weights"][0] == start.astype(np.float32)).all()
    assert film["times"][0] == 0
    assert (np.diff(film["times"]) > 0).all()
    few = core("simulate", NETWORK, start.ravel(), {"frames": 20})
    assert len(few["times"]) == 20
    assert few["times"][-1] == film["times"][-1]
    assert few["weights"][-12 * 16 :] == film["weights"][-1].ravel().tolist()


def test_bipolar_noise_alone_makes_rows_sparse(core):
    spec = {"n": 8, "m": 16, "penalty": 0, "seed": 1, "law": "gaussian"}
    start = np.array(core("start", spec))
    fourth = {}
    for noise in (0.15, 0.0):
        end = core("simulate", spec | {"noise": noise}, start, {"frames": 2})["weights"][-8 * 16 :]
        fourth[noise] = (np.array(end).reshape(8, 16) ** 4).sum(axis=1).mean()
    assert 0.7 < fourth[0.15] < 0.95  # arXiv:2312.03096, §5: 0.79; a random direction has 3/(m + 2) = 0.17
    assert fourth[0.0] < 0.3


def test_a_penalty_that_kills_says_so(core):
    found = core("simulate", NETWORK | {"penalty": 3.0}, np.array(core("start", NETWORK)))
    assert found["outcome"] == "dead features"
    assert found["sentence"].startswith("12 of 12 features lost all their weights")


def test_without_interference_every_feature_keeps_its_leader(core):
    start = np.array(core("start", NETWORK)).reshape(12, 16)
    found = core("simulate", NETWORK | {"interference": False}, start.ravel())
    end = np.array(found["weights"][-12 * 16 :]).reshape(12, 16)
    assert (np.abs(end).argmax(axis=1) == np.abs(start).argmax(axis=1)).all()
    assert found["outcome"] == "converged"


def test_more_features_than_slots_end_undecided_as_in_the_engine(core):
    spec = RunSpec(TiedAutoencoder(n=9, m=3), penalty=L1(0.05), seed=1)
    found = core(
        "simulate", {"n": 9, "m": 3, "penalty": 0.05, "seed": 1, "interference": True}, initial(spec)[0].ravel()
    )
    run = simulate(spec)
    assert run.outcome[0].name == "UNDECIDED"
    assert found["outcome"] in ("undecided", "time limit")
    assert np.array(found["weights"][-27:]).reshape(9, 3) == pytest.approx(run.final[0], abs=1e-3)
