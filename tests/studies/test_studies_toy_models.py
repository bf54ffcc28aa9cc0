"""Toy models of superposition: known arrangements, known phases, and controls that must fail."""

import dataclasses
from importlib import import_module

import numpy as np
import pytest
from handmade import agreement, complete, judged, said, slot_counts

from polygenesis import detect, studies
from polygenesis.dynamics import simulate
from polygenesis.importance import Equal, Geometric
from polygenesis.initial import Gaussian
from polygenesis.studies.base import PROFILES
from polygenesis.studies.claim import Verdict
from polygenesis.studies.toy_models.comparison import comparison_table
from polygenesis.studies.toy_models.estimands import Found
from polygenesis.studies.toy_models.geometry import FRACTIONS, POLYTOPES, Toy, arrangement, by_chance
from polygenesis.studies.toy_models.phases import PhaseCell, cell, expected, expected_loss, phase
from polygenesis.studies.toy_models.widths import Width, width

plans = import_module("polygenesis.studies.toy_models.plan")
claims = import_module("polygenesis.studies.toy_models.claims")

R = 200


def polygon(number):
    angles = 2 * np.pi * np.arange(number) / number
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def simplex(dimensions):
    """The vertices of a regular simplex, in its own dimensions."""
    vertices = np.eye(dimensions + 1) - 1 / (dimensions + 1)
    return vertices @ np.linalg.svd(vertices)[2][:dimensions].T


PAIRS = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1], [0.1, 0.1]])
SHAPES = {
    "alone": np.eye(1),
    "digon": np.array([[1.0], [-1.0]]),
    "triangle": polygon(3),
    "tetrahedron": simplex(3),
    "pentagon": polygon(5),
}


def toys(weights, p, *, networks=R, importance=None):
    """Equal networks with a little noise, so that intervals have a width."""
    weights = np.asarray(weights, dtype=float)
    n, m = weights.shape
    spec = plans.toy(n, m, p, importance or Equal(), networks, 10)
    noise = 1e-4 * np.random.default_rng(0).normal(size=(networks, n, m))
    return Toy(spec, p, weights + noise)


def found(**parts):
    return Found(**({"falling": (), "equal": (), "five": (), "phases": (), "widths": ()} | parts))


@pytest.mark.parametrize("name", SHAPES)
def test_polytopes_have_the_dimensionality_of_their_name(name):
    weights = SHAPES[name]
    assert weights.shape == POLYTOPES[name]
    np.testing.assert_allclose(detect.feature_dimensionality(weights), FRACTIONS[name])


def test_arrangements_are_told_apart():
    assert arrangement(1.1 * polygon(5)) == "pentagon"
    assert arrangement(PAIRS) == "two pairs"
    assert arrangement(np.array([[1.0, 0], [0, 1], [0.1, 0.2], [0, 0], [0, 0]])) == "orthogonal"
    assert arrangement(np.zeros((5, 2))) == "other"
    assert arrangement(np.vstack([polygon(4), [[0.8, 0.6]]])) == "other"
    assert 0.3 < by_chance() < 0.4


def test_dense_features():
    right = np.vstack([np.eye(5), np.zeros((15, 5))])
    importance = Geometric(0.7)
    assert judged(claims.DENSE, found(falling=(toys(right, 1.0, importance=importance),))).verdict is Verdict.SUPPORTED
    wrong = toys(np.roll(right, 2, axis=0), 1.0, importance=importance)
    judgement = judged(claims.DENSE, found(falling=(wrong,)))
    assert judgement.verdict is Verdict.REFUTED
    assert said(judgement.sentence)[0] == pytest.approx(16 / 20)


def test_sparse_features_are_more_than_dimensions():
    assert judged(claims.CROWDED, found(equal=(toys(polygon(5), 0.05),))).verdict is Verdict.SUPPORTED
    orthogonal = np.vstack([np.eye(2), np.zeros((3, 2))])
    assert judged(claims.CROWDED, found(equal=(toys(orthogonal, 0.05),))).verdict is Verdict.REFUTED


def test_the_best_outcome_of_the_standard_profile_supports_that_sparse_features_are_crowded():
    """Networks of all densities share their starts, so that there are fewer clusters than networks."""
    specs = {name: spec for name, spec in plans.plan("standard").items() if name[0] in ("falling", "equal")}
    made = {
        name: Toy(spec, name[1], np.ones((spec.replicates, spec.model.n, spec.model.m))) for name, spec in specs.items()
    }
    best = found(**{role: tuple(toy for name, toy in made.items() if name[0] == role) for role in ("falling", "equal")})
    assert judged(claims.CROWDED, best).verdict is Verdict.SUPPORTED


def test_a_plateau_is_as_wide_as_the_densities_at_its_ends():
    pairs = np.vstack([np.eye(2), -np.eye(2)])
    series = [toys(np.eye(2), 1.0), *(toys(pairs, p) for p in (0.4, 0.2, 0.1)), toys(polygon(8), 0.05)]
    judgement = judged(claims.PLATEAU, found(equal=tuple(series)))
    assert judgement.verdict is Verdict.SUPPORTED
    assert said(judgement.sentence) == (4.0, 4.0, 20.0)
    assert judged(claims.PLATEAU, found(equal=(series[0], series[-1]))).verdict is Verdict.UNDECIDED
    short = (series[0], series[1], toys(polygon(8), 0.3))
    assert judged(claims.PLATEAU, found(equal=short)).bounds[0] == 2
    assert said(judged(claims.PLATEAU, found(equal=short)).sentence)[0] == 1


def test_random_directions_are_no_polytopes():
    ordered = toys(np.kron(np.eye(4), [[1.0], [-1.0]]), 0.3)
    assert agreement(claims.POLYTOPES, found(equal=(ordered,))).estimate.value == 1
    drawn = np.random.default_rng(1).normal(size=(R, 16, 8))
    control = dataclasses.replace(ordered, weights=drawn / np.linalg.norm(drawn, axis=2, keepdims=True))
    judgement = judged(claims.POLYTOPES, found(equal=(control,)))
    assert judgement.verdict is Verdict.REFUTED
    none = toys(polygon(20), 0.3)
    assert none.per_feature.mean() < 3 / 8
    assert claims.POLYTOPES.read(found(equal=(none,))) == []


def test_pentagons_and_pairs():
    both = found(five=(toys(PAIRS, 0.2), toys(polygon(5), 0.05)))
    assert judged(claims.PENTAGONS, both).verdict is judged(claims.PAIRS, both).verdict is Verdict.SUPPORTED
    swapped = found(five=(toys(polygon(5), 0.2), toys(PAIRS, 0.05)))
    for claim in (claims.PENTAGONS, claims.PAIRS):
        assert judged(claim, swapped).verdict is Verdict.REFUTED
    assert f"; the others: {R} two pairs" in judged(claims.PENTAGONS, swapped).sentence


def test_dimensions_are_used_up_or_not():
    assert judged(claims.FULL, found(equal=(toys(polygon(5), 0.1),))).verdict is Verdict.SUPPORTED
    line = np.outer(np.ones(5), [1.0, 0])
    assert judged(claims.FULL, found(equal=(toys(line, 0.1),))).verdict is Verdict.REFUTED


def test_phases_of_known_weights():
    assert phase(np.array([[1.0], [-0.9]])) == "superposed"
    assert phase(np.vstack([[1, 0], [-1, 0], [0, 1.0]])) == "own dimension"
    assert phase(np.vstack([[1, 0], [0, 1], [0.1, 0.1]])) == "ignored"


def test_phases_of_least_loss():
    assert expected("pair", 1.0, 0.5) == expected("triple", 1.0, 0.5) == "ignored"
    assert expected("pair", 1.0, 2.0) == expected("triple", 1.0, 2.0) == "own dimension"
    assert expected("pair", 0.05, 2.0) == "superposed"
    assert expected("triple", 0.05, 2.0) == "own dimension"  # the other two share
    assert expected("triple", 0.05, 0.5) == "superposed"


def test_cells_that_disagree_refute():
    spec = plans.toy(2, 1, 0.1, Equal(), 4, 10)
    right, wrong = (PhaseCell("pair", spec, 0.1, 0.5, name, "superposed") for name in ("superposed", "ignored"))
    triple = dataclasses.replace(right, role="triple")
    assert judged(claims.PHASES, found(phases=(right,) * 100 + (triple,))).verdict is Verdict.SUPPORTED
    judgement = judged(claims.PHASES, found(phases=(right,) * 60 + (wrong,) * 40 + (triple,)))
    assert judgement.verdict is Verdict.REFUTED
    assert "60 of 100 cells of the grid have the phase of least loss (60 %)" in judgement.sentence
    assert "interval" not in judgement.sentence  # cells are no draws


def test_the_loss_of_trained_networks_is_the_exact_one():
    two = import_module("polygenesis.theory").two_feature_loss
    weights, biases = np.array([[[0.9], [-1.0]], [[1.0], [-1.0]]]), np.array([[0.02, 0.01], [0.0, 0.0]])
    exact = two(weights[..., 0], biases, density=0.3, importance=0.5)
    np.testing.assert_allclose(expected_loss(weights, biases, 0.3, 0.5), exact, rtol=5e-3)


def test_the_best_network_of_a_cell_counts():
    spec = plans.toy(2, 1, 0.05, Equal(), 4, 1)
    run = simulate(spec)
    weights = np.tile(np.array([[1.0], [0.0]]), (4, 1, 1))
    weights[2] = [[1.0], [-1.0]]
    changed = {"weights": weights, "output_bias": np.zeros((4, 2))}
    made = cell("pair", dataclasses.replace(run, final=weights, parameters=changed), 0.05, 0.5)
    assert made.found == made.expected == "superposed"
    assert made.agrees


def at(way, room, shared, counts=(), n=32):
    spec = plans.toy(n, round(room * n), plans.SPARSE, Equal(), len(shared), 10)
    return Width(way, spec, room, np.asarray(shared, dtype=float), np.asarray(counts, dtype=int))


def test_need_and_chance():
    noise = 0.01 * np.random.default_rng(0).normal(size=20)
    chances = [slot_counts(32, round(room * 32), 100, seed=k) for k, room in enumerate((1, 2))]
    widths = [at("toy", 0.5, 16 + noise), at("toy", 1, np.abs(noise)), at("toy", 2, np.abs(noise))]
    widths += [at("L1", room, c, c) for room, c in zip((1, 2), chances, strict=True)]
    widths += [at("one-hot", room, c) for room, c in zip((1, 2), chances, strict=True)]
    usual = found(widths=tuple(widths))
    for claim in (claims.FULL, claims.NONE, claims.CHANCE, claims.MET):
        assert judged(claim, usual).verdict is Verdict.SUPPORTED, claim.text


def test_sharing_that_is_not_what_is_claimed():
    noise = 0.1 * np.random.default_rng(0).normal(size=20)
    more = [at("toy", 0.5, 20 + noise), *(at("toy", room, 8 + noise) for room in (1, 2))]
    counts = [2 * slot_counts(32, round(room * 32), 100, seed=k) for k, room in enumerate((1, 2))]
    more += [at("L1", room, c, c) for room, c in zip((1, 2), counts, strict=True)]
    more += [at("one-hot", room, np.abs(noise)) for room in (1, 2)]
    for claim in (claims.FULL, claims.NONE, claims.CHANCE, claims.MET):
        assert judged(claim, found(widths=tuple(more))).verdict is Verdict.REFUTED, claim.text
    assert judged(claims.CHANCE, found(widths=(at("L1", 1, noise, [0, 0]),))).verdict is Verdict.UNDECIDED


def test_shared_dimensions_are_shared_neurons_at_convergence():
    design = dataclasses.replace(plans.DESIGNS["quick"], features=8, rooms=(1.0,), networks=6)
    runs = {name: simulate(spec) for name, spec in plans._every_width(design) if name[1] == "L1"}
    ((name, run),) = runs.items()
    made = width(name[1], run, name[2])
    assert run.converged.all()
    np.testing.assert_allclose(made.shared, made.counts, atol=1e-5)
    assert made.forced == 0


@pytest.mark.parametrize("profile", PROFILES)
def test_the_plan_names_every_run_once(profile):
    made = plans.plan(profile)
    assert len({spec.key for spec in made.values()}) == len(made)
    densities, importances = plans.axes(plans.DESIGNS[profile])
    assert sum(name[0] == "pair" for name in made) == len(densities) * len(importances)
    assert 1.0 not in importances
    widths = {way: [name[2] for name in made if name[:2] == ("width", way)] for way in ("toy", "L1", "one-hot")}
    assert widths["toy"] == widths["L1"] == widths["one-hot"]
    assert any(spec.initial == Gaussian() for spec in made.values())  # the paper's own networks


def test_end_to_end(monkeypatch):
    tiny = dataclasses.replace(
        plans.DESIGNS["quick"], size=(8, 2), equal=(1.0, 0.1), grid=(2, 2), rooms=(0.5, 1.0), steps=(200, 100)
    )
    monkeypatch.setitem(plans.DESIGNS, "quick", tiny)
    study = studies.get("toy-models")
    result = study.run("quick", workers=1)
    assert result.keys == tuple(spec.key for spec in study.specs("quick"))
    complete(result)
    table = result.tables["forced and by chance"]
    assert table[table["m/n"] == "n/2"]["forced"].tolist() == [4, 4, 4]
    assert (result.tables["phases"]["trained"].isin(["ignored", "own dimension", "superposed"])).all()


def test_the_published_figures_stand_beside_ours():
    orthogonal = np.vstack([np.eye(2), np.zeros((3, 2))])
    five = (toys(orthogonal, 1.0), toys(PAIRS, 0.2), toys(polygon(5), 0.05, networks=3))
    spec = plans.toy(2, 1, 0.1, Equal(), 4, 10)
    cells = [PhaseCell("pair", spec, 0.1, 0.5, name, "superposed") for name in ("superposed", "ignored")]
    pairs = toys(np.kron(np.eye(4), [[1.0], [-1.0]]), 0.3)
    falling = (toys(np.vstack([np.eye(5), np.zeros((15, 5))]), 1.0, importance=Geometric(0.7)),)
    here = comparison_table(found(five=five, falling=falling, phases=tuple(cells), equal=(pairs,)))["here"].tolist()
    assert here[:3] == [
        f"p = 1: all {R} networks have two orthogonal features",
        f"p = 0.2: all {R} networks have two antipodal pairs",
        "p = 0.05: all 3 networks are pentagons",
    ]
    assert here[3] == "p = 1: 5 of 20 features have a norm of ½ or more; 0 % of these share dimensions (D < 0.95)"
    assert here[4].startswith("1 of 2 cells have the phase of least loss")
    assert here[5] == "D* is within 0.05 of 1 at no density; within 0.05 of 1/2 at p = 0.3"
    assert "1/2: 100 %, 2/5: 0 %" in here[6]
    assert here[7] == "ΣD is 1 to 1 times m"
    assert len(comparison_table(found())) == 0
