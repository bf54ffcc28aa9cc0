"""Generated networks are what they say: planted pairs come back, neurons carry what was planted, losses prefer it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from polygenesis.bench.origins import classes, concepts, dictionaries, make, mixtures, names, nuisances, tasks, toys
from polygenesis.bench.origins.classifiers import Training, train
from polygenesis.bench.origins.structured_share import pair_counts
from polygenesis.detect import census
from polygenesis.errors import InputError
from polygenesis.probe import selectivity, split_and_relax
from polygenesis.probe.surgery.relaxing import relax

QUICK = Training(32, steps=60)


def arrays(case):
    """All arrays of a case, in one order."""
    for _, value in sorted(case.arguments.items()):
        if hasattr(value, "final"):
            yield value.final
        elif not hasattr(value, "smooth"):
            yield from value if isinstance(value, list) else [value]


def selected(case, run=0):
    """Features that each neuron of a run discriminates, (n, m), by AUROC alone."""
    labels = case.arguments["labels"]
    labels = labels[run] if isinstance(labels, list) else labels
    return selectivity(case.arguments["activations"][run], labels, permutations=0).selected("auroc", None).T


# By name


@pytest.mark.parametrize(
    "name", ["toy-chance-small", "task", "mixture-three-0", "co-occurring", "copied", "dictionaries"]
)
def test_the_same_seed_gives_the_same_arrays_and_another_gives_others(name):
    first, again, other = make(name, 1), make(name, 1), make(name, 2)
    assert repr(first) == repr(again)
    assert all(np.array_equal(a, b) for a, b in zip(arrays(first), arrays(again), strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(arrays(first), arrays(other), strict=True))


def test_unknown_names_and_seeds_are_one_sentence():
    assert len(set(names())) == len(names()) > 50
    with pytest.raises(InputError, match=r"Unknown name 'toy'; of [0-9]+ that are known, the nearest are .*toy-chance"):
        make("toy", 0)
    with pytest.raises(InputError, match="`seed` must be a whole number of at least 0, but is -1"):
        make("task", -1)


# Toys and tasks


def test_toys_with_too_few_neurons_must_share():
    case = toys.need(3)
    shared = census(case.arguments["activations"].final)
    assert case.truth.forced == 12
    assert ((shared.carried.sum(axis=(1, 2)) - shared.carried.any(axis=1).sum(axis=1)) >= 12).all()


def test_designated_pairs_of_toys_and_tasks_come_back():
    for case, least in ((toys.related(5, correlation=-0.9), 3), (tasks.together(5), 20)):
        given = case.arguments["activations"]
        carried = census(getattr(given, "final", given)).carried
        counts = sum(pair_counts(each) for each in carried)
        n = carried.shape[1]
        designated = np.isin(np.arange(n)[:, None] * n + np.arange(n), [i * n + j for i, j in case.truth.pairs])
        planted = designated[np.triu_indices(n, 1)]
        assert counts[planted].mean() > least * counts[~planted].mean()


@pytest.mark.parametrize("name", ["exclusive-classes", "toy-pair", "always-together"])
def test_what_the_loss_prefers_is_what_it_costs_to_part(name):
    """Both arms at rest, compared with the objective itself and not with the margin of the test."""
    case = make(name, 4)
    weights, objective = case.arguments["activations"][0], case.arguments["objective"]
    assert relax(objective, weights).settled
    found = split_and_relax(weights, objective)
    assert found
    for each in found:
        cost = (each.split - each.control) / (each.control / len(weights))
        assert cost > 0.05 if case.truth.preference == "preferred" else abs(cost) < 1e-4


def test_exclusive_classes_by_hand():
    """Two classes at ±w on one neuron: J = 2 log(1 + exp(−2w²)) + 2λw; apart, at w each: 2 log(1 + exp(−w²)) + 2λw."""
    objective = tasks.cross_entropy_objective(2, 0.1)
    for w in (0.5, 1.4):
        assert objective(np.array([[w], [-w]])) == pytest.approx(2 * np.log1p(np.exp(-2 * w * w)) + 0.2 * w)
        assert objective(np.diag([w, w])) == pytest.approx(2 * np.log1p(np.exp(-w * w)) + 0.2 * w)
    at = np.random.default_rng(0).standard_normal((4, 3))
    slope = tasks.cross_entropy_objective(4, 0.0).smooth(at)[1]
    for place in ((0, 0), (3, 2)):
        step = np.zeros_like(at)
        step[place] = 1e-6
        rise = tasks.cross_entropy_objective(4, 0.0)
        assert slope[place] == pytest.approx((rise(at + step) - rise(at - step)) / 2e-6, rel=1e-6)


# Classifiers


@pytest.mark.torch
@pytest.mark.parametrize("nonlinearity", ["relu", "gelu", "tanh"])
def test_training_is_that_of_torch(nonlinearity):
    """Same start, 40 full-batch steps of torch.optim.Adam on the same loss: the same hidden layer."""
    import torch

    rng = np.random.default_rng(1)
    labels = rng.integers(0, 5, 200)
    inputs = (np.eye(5)[labels] + 0.3 * rng.standard_normal((200, 5))).astype(np.float32)
    training = Training(7, nonlinearity, penalty=0.01, steps=40)
    ours = train(inputs, labels, training, [np.random.default_rng(2), np.random.default_rng(3)])
    for r, seed in enumerate((2, 3)):
        draw = np.random.default_rng(seed)
        act = {"relu": torch.nn.ReLU(), "tanh": torch.nn.Tanh(), "gelu": torch.nn.GELU("tanh")}[nonlinearity]
        net = torch.nn.Sequential(torch.nn.Linear(5, 7), act, torch.nn.Linear(7, 5))
        with torch.no_grad():
            for layer, width in ((net[0], 5), (net[2], 7)):
                layer.weight[:] = torch.tensor(draw.uniform(-1, 1, tuple(layer.weight.shape)) / width**0.5)
                layer.bias.zero_()
        x, y = torch.tensor(inputs), torch.tensor(labels)
        assert ours.initial[r] == pytest.approx(net[:2](x).detach().numpy(), abs=1e-5)
        adam = torch.optim.Adam(net.parameters(), lr=0.01)
        for _ in range(40):
            hidden = net[:2](x)
            loss = torch.nn.functional.cross_entropy(net[2](hidden), y) + 0.01 * hidden.abs().sum(1).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
        assert ours.final[r] == pytest.approx(net[:2](x).detach().numpy(), abs=2e-3)
        assert ours.accuracy[r] == pytest.approx((net(x).argmax(1) == y).float().mean().item(), abs=0.011)


def test_a_network_is_the_same_alone_and_among_others():
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 6, 300)
    inputs = np.eye(6)[labels] + 0.2 * rng.standard_normal((300, 6))
    many = train(inputs, labels, QUICK, [np.random.default_rng(s) for s in range(3)])
    one = train(inputs, labels, QUICK, [np.random.default_rng(2)])
    assert many.final[2] == pytest.approx(one.final[0], abs=1e-4)
    apart = train(np.stack([inputs] * 3), np.stack([labels] * 3), QUICK, [np.random.default_rng(s) for s in range(3)])
    assert many.final == pytest.approx(apart.final, abs=1e-4)
    with pytest.raises(InputError, match="one data set or 3, one a network, but there are 2"):
        train(np.stack([inputs] * 2), np.stack([labels] * 2), QUICK, [np.random.default_rng(s) for s in range(3)])
    with pytest.raises(InputError, match="Unknown nonlinearity 'sine'"):
        train(inputs, labels, replace(QUICK, nonlinearity="sine"), [rng])


def test_classes_are_given_as_said():
    fresh = classes.exchangeable(6, classes=6, samples=300, training=QUICK, runs=3)
    assert len(fresh.arguments["labels"]) == 3
    assert not np.array_equal(*fresh.arguments["labels"][:2])
    one = classes.exchangeable(6, classes=6, samples=300, training=QUICK, runs=3, one_data_set=True, data=9)
    other = classes.exchangeable(7, classes=6, samples=300, training=QUICK, runs=3, one_data_set=True, data=9)
    assert np.array_equal(one.arguments["labels"], other.arguments["labels"])
    assert not np.array_equal(one.arguments["activations"][0], other.arguments["activations"][0])
    assert min(fresh.notes["accuracy"]) > 0.9
    for learned in (False, True):
        rare = classes.exchangeable(
            6, classes=10, samples=20_000, training=replace(QUICK, steps=0), runs=1, ratio=100, learned=learned
        )
        counts = np.bincount(rare.arguments["labels"][0])
        assert counts[0] / counts[-1] == pytest.approx(100, rel=0.35)
        assert rare.truth.origin == ("frequencies" if learned else "chance")
    start = classes.untrained(6, runs=1)
    assert np.array_equal(start.arguments["activations"][0], start.arguments["initial"][0])
    assert start.arguments["activations"][0].shape == (1000, 64)


def test_fewer_units_than_classes_must_share():
    case = classes.few_units(1, runs=1)
    assert case.truth.forced == 12
    assert min(case.notes["accuracy"]) > 0.9
    assert selected(case).sum() - 8 >= 12


def test_similar_inputs_share_neurons_with_every_seed():
    """Planted pairs at cosine .95 share more often than others do, in each of two seeds."""
    case = classes.similar(2, cosine=0.95, runs=2)
    i, j = np.triu_indices(20, 1)
    planted = (i % 2 == 0) & (j == i + 1) & (j < 10)
    for run in range(2):
        counts = pair_counts(selected(case, run))
        assert counts[planted].mean() > 1.5 * counts[~planted].mean()


# Planted neurons


@pytest.mark.parametrize("law", [mixtures.DENSE, mixtures.SPARSE, mixtures.THREE])
def test_mixtures_are_selected_as_they_were_drawn(law):
    case = mixtures.mixture(3, law=replace(law, structured=0.0), runs=2)
    assert (selected(case, 1) == case.truth.carried[1]).mean() > 0.999
    assert case.truth.share == 0
    sizes = [law.sizes[k % len(law.sizes)] for k in range(law.shared)] + [1] * (law.m - law.shared)
    for share in (0.0, 0.8):
        drawn = replace(law, structured=share).draw(np.random.default_rng(0))
        assert sorted(drawn.sum(axis=0)) == sorted(sizes)


def test_structured_neurons_carry_planted_pairs():
    """In 200 runs 80 % of 20 shared neurons carry one of 8 pairs: 16 a run, standard error of the mean .13."""
    law = replace(mixtures.SPARSE, structured=0.8)
    rng = np.random.default_rng(5)
    found = [sum((each[i] & each[j]).sum() for i, j in law.planted) for each in (law.draw(rng) for _ in range(200))]
    assert np.mean(found) == pytest.approx(16 + 4 * 8 / 2016, abs=0.5)
    with pytest.raises(InputError, match="`pairs` must be at most half of n = 20, but is 11"):
        replace(mixtures.DENSE, pairs=11)
    with pytest.raises(InputError, match="`clumps` must leave groups of at least 5 features, but is 10"):
        replace(mixtures.DENSE, clumps=10)


def test_popular_features_are_chosen_in_proportion():
    """Sets with weight ∏ w: of three features at weights 4, 2, 1 the pairs weigh 8, 4, 2 (4,000 draws, error .008)."""
    law = mixtures.Mixture(n=3, m=4000, shared=4000, structured=0.0, pairs=1, sizes=(2,), popularity=4.0)
    drawn = law.draw(np.random.default_rng(6))
    assert law.weights == pytest.approx([4, 2, 1])
    assert pair_counts(drawn) / 4000 == pytest.approx([8 / 14, 4 / 14, 2 / 14], abs=0.03)


def test_labels_that_occur_together():
    case = concepts.co_occurring(7, together=0.8, shared=6)
    labels = case.arguments["labels"][0].astype(float)
    assert np.corrcoef(labels[:, 0], labels[:, 1])[0, 1] == pytest.approx(0.8, abs=0.05)
    assert abs(np.corrcoef(labels[:, 0], labels[:, 2])[0, 1]) < 0.08
    assert case.truth.shared.sum(axis=1).tolist() == [6] * 5
    assert not concepts.co_occurring(7).truth.shared.any()
    leaf = concepts.hierarchical(7, shared=4)
    assert (leaf.arguments["labels"][0].sum(axis=1) == 3).all()
    assert leaf.truth.shared.sum(axis=1).tolist() == [4] * 5
    two = leaf.truth.carried[0][:, leaf.truth.shared[0]]
    assert (two[:4].sum(axis=0) == 1).all()
    assert (two[4:8].sum(axis=0) == 1).all()


def test_signed_weak_and_dominant_neurons():
    def effects(case):
        auroc = selectivity(case.arguments["activations"][0], case.arguments["labels"][0], permutations=0).auroc.T - 0.5
        return auroc, case.truth.carried[0]

    auroc, carried = effects(concepts.signed(8))
    assert (carried.sum(axis=0) == 2).all()
    assert ((auroc > 0.15) & carried).sum(axis=0).tolist() == [1] * 48
    assert ((auroc < -0.15) & carried).sum(axis=0).tolist() == [1] * 48
    auroc, carried = effects(concepts.weak(8))
    assert (auroc[carried] > 0.1).all()
    assert np.abs(auroc[~carried]).max() < 0.12
    auroc, carried = effects(concepts.dominant(8))
    assert carried[0].all()
    assert concepts.dominant(8).arguments["labels"][0][:, 0].mean() == pytest.approx(0.95, abs=0.02)
    assert (concepts.at_random(8).truth.carried.sum(axis=1) == 2).all()


def test_nuisances_leave_what_they_must():
    case = classes.exchangeable(9, classes=6, samples=400, training=QUICK, runs=3)
    moved = nuisances.permuted_and_rescaled(case)
    before, after = selected(case), selected(moved)
    assert sorted(map(tuple, before.T)) == sorted(map(tuple, after.T))
    assert not np.array_equal(before, after)
    rough = nuisances.wrong_labels(case, share=0.1)
    wrong = np.mean([a != b for a, b in zip(case.arguments["labels"], rough.arguments["labels"], strict=True)])
    assert wrong == pytest.approx(0.1, abs=0.035)
    assert not selected(nuisances.random_labels(case)).any()
    doubled = nuisances.copied(concepts.at_random(9), copies=3, noise=0.2)
    values = doubled.arguments["activations"][0]
    assert values.shape[1] == 72
    assert np.corrcoef(values[:, 0], values[:, 1])[0, 1] == pytest.approx(1 / 1.04**0.5, abs=0.01)
    assert np.array_equal(doubled.truth.carried[0][:, ::3], concepts.at_random(9).truth.carried[0])


def test_dictionaries_are_one_network_in_other_orders():
    case = dictionaries.permuted(10, missing=3)
    rows, orders = case.arguments["activations"], case.truth.orders
    assert rows.shape == (5, 40, 64)
    assert np.linalg.norm(rows, axis=2) == pytest.approx(1)
    assert (orders < 0).sum(axis=1).tolist() == [3] * 5
    a, b = ({int(f): rows[r, at] for at, f in enumerate(orders[r]) if f >= 0} for r in (0, 1))
    same = [a[f] @ b[f] for f in a.keys() & b.keys()]
    assert min(same) > 0.95
    assert np.mean(np.einsum("ij,ij->i", rows[0], rows[1])) < 0.2
    apart = dictionaries.permuted(10, related=False)
    best = np.abs(apart.arguments["activations"][0] @ apart.arguments["activations"][1].T).max(axis=1)
    assert np.mean(best > 0.95) < 1  # rows on one neuron are alike in any two networks: only pairs tell them apart
