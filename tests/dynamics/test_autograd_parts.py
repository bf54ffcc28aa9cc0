"""The parts of the general engine against definitions: distributions, the loss's scale, penalties, optimizers."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis import seeds
from polygenesis.dynamics import simulate
from polygenesis.dynamics.autograd.evaluate import evaluate
from polygenesis.dynamics.start import initial_parameters
from polygenesis.errors import InputError
from polygenesis.features import (
    Bernoulli,
    Contexts,
    Correlated,
    Digits,
    ExactlyK,
    FashionMnist,
    Groups,
    Hierarchical,
    LowRank,
    OneHot,
    Spheres,
    Tree,
    UnequalOneHot,
)
from polygenesis.models import Autoencoder, Perceptron, TiedAutoencoder
from polygenesis.noise import Dropout
from polygenesis.penalties import (
    L1,
    L2,
    ActivationL1,
    CollisionPenalty,
    ElasticNet,
    GroupLasso,
    L1Schedule,
    Lp,
    NoPenalty,
)
from polygenesis.spec import RunSpec
from polygenesis.training import SGD, Adam, GradientFlow

N = 6
DISTRIBUTIONS = [
    OneHot(),
    UnequalOneHot(zipf=1.5),
    Bernoulli(0.3, zipf=0.5),
    Contexts(contexts=2, probability=0.4),
    Correlated(0.3, correlation=0.6),
    Correlated(0.3, correlation=-0.4),
    Correlated(0.7, correlation=-0.2),
    Hierarchical(0.4, children=2, child_probability=0.6),
    Hierarchical(0.4, children=2, child_probability=0.6, exclusive=True),
    Bernoulli(0.5, probabilities=(0.9, 0.5, 0.1, 0.2, 0.4, 1.0)),
    ExactlyK(2),
    Groups(0.3, size=3),
    Groups(0.3, size=3, fires="one"),
    Tree(0.4, children=(1, 2, 1), child_probability=0.6),
    Tree(0.4, children=(1, 1, 3), child_probability=0.6, exclusive=True),
]
each_distribution = pytest.mark.parametrize("features", DISTRIBUTIONS, ids=repr)
DRAWS = 40_000


# Distributions. Sampled frequencies lie within five standard errors: fewer than one false alarm in 10⁵ tests.


@each_distribution
def test_exact_probabilities_are_those_of_samples(features):
    whole = features.enumerate(N)
    chances = np.full(len(whole.inputs), 1 / len(whole.inputs)) if whole.probabilities is None else whole.probabilities
    assert chances.sum() == pytest.approx(1)
    assert len(np.unique(whole.inputs, axis=0)) >= len(whole.inputs) - 1  # contexts share the silent input
    np.testing.assert_allclose(chances @ whole.inputs, features.firing_probabilities(N), atol=1e-12)
    drawn = features.sample(seeds.generator(1, repr(features), "inputs"), N, DRAWS).inputs
    together = (whole.inputs * chances[:, None]).T @ whole.inputs
    found = drawn.T @ drawn / DRAWS
    assert (np.abs(found - together) <= 5 * np.sqrt(together * (1 - together) / DRAWS) + 1e-12).all()


def test_correlations_hierarchy_and_contexts_are_what_they_say():
    def drawn(features):
        return features.sample(seeds.generator(2, repr(features), "inputs"), N, DRAWS).inputs

    pairs = np.corrcoef(drawn(Correlated(0.3, correlation=0.6)).T)
    assert pairs[0, 1] == pytest.approx(0.6, abs=0.03)
    assert pairs[0, 2] == pytest.approx(0.0, abs=0.03)
    family = drawn(Hierarchical(0.4, children=2, child_probability=0.6, exclusive=True)).reshape(-1, 2, 3)
    assert not (family[..., 1:].any(-1) & (family[..., 0] == 0)).any()
    assert family[..., 1:].sum(-1).max() == 1
    contexts = drawn(Contexts(contexts=2, probability=0.4))
    assert not (contexts[:, :3].any(1) & contexts[:, 3:].any(1)).any()


def test_circles_common_causes_and_depths_are_what_they_say():
    """Each within five standard errors of the mean of 40,000 draws: fewer than one false alarm in 10⁵ tests."""

    def drawn(features):
        return features.sample(seeds.generator(2, repr(features), "inputs"), N, DRAWS).inputs

    points = drawn(Spheres(0.3, dimensions=3)).reshape(DRAWS, 2, 3)
    radius = np.linalg.norm(points, axis=-1)
    np.testing.assert_allclose(radius[radius > 0], 1)
    assert (radius > 0).mean() == pytest.approx(0.3, abs=5 * 0.3 / (2 * DRAWS) ** 0.5)
    assert np.abs(points.sum(axis=0)).max() < 5 * (DRAWS * 0.1) ** 0.5
    causes = LowRank(0.3, rank=1, strength=0.8)
    fires = drawn(causes)
    assert fires.mean() == pytest.approx(0.3, abs=5 * 0.46 / DRAWS**0.5)
    assert (np.sign(np.corrcoef(fires.T)) == np.sign(causes.correlation(N))).all()  # rank 1: each pair at ±0.8
    tree = Tree(0.9, children=(2, 2), child_probability=0.9)
    depth = tree.sample(seeds.generator(1, "tree", "inputs"), 7, DRAWS).inputs
    assert tree.parents.tolist() == [-1, 0, 0, 1, 1, 2, 2]
    assert (depth[:, 1:] <= depth[:, tree.parents[1:]]).all()
    np.testing.assert_allclose(tree.firing_probabilities(7), [0.9, 0.81, 0.81, *[0.729] * 4])


@pytest.mark.parametrize(
    ("magnitude", "mean", "square"),
    [
        ("constant", 1, 1),
        ("symmetric", 0, 1 / 3),
        ("uniform", 1 / 2, 1 / 3),
        ("exponential", 1, 2),
        ("half-normal", (2 / np.pi) ** 0.5, 1),
    ],
)
def test_magnitudes_have_their_moments(magnitude, mean, square):
    features = Bernoulli(0.5, magnitude=magnitude)
    x = features.sample(seeds.generator(3, magnitude, "inputs"), N, DRAWS).inputs
    fired = x[x != 0]
    for power, wanted in ((1, mean), (2, square)):
        assert abs((fired**power).mean() - wanted) <= 5 * (fired**power).std() / fired.size**0.5 + 1e-12
    np.testing.assert_allclose(features.mean_squares(N), 0.5 * square)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Correlated(0.1, correlation=-0.5), "be at least -0.1111 for probability 0.1"),
        (lambda: Bernoulli(1e-30), "`probability` must be at least 1e-12, but is 1e-30"),
        (lambda: Contexts(probability=1e-30), "`probability` must be at least 1e-12, but is 1e-30"),
        (lambda: Correlated(1e-30), "`probability` must be at least 1e-12, but is 1e-30"),
        (lambda: Hierarchical(1e-30), "`probability` must be at least 1e-12, but is 1e-30"),
        (lambda: Contexts(contexts=4).enumerate(6), "must divide n = 6"),
        (lambda: Hierarchical(0.5, children=3).firing_probabilities(6), "must be a multiple of 4"),
        (lambda: FashionMnist(folder="nowhere").firing_probabilities(784), "apt install dataset-fashion-mnist"),
    ],
)
def test_features_that_cannot_be_answer_in_one_sentence(make, words):
    with pytest.raises(InputError, match=words):
        make()


def test_digits_are_split_once_and_for_all():
    pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'polygenesis[data]'")
    (train, labels), (test, _) = Digits().images(), Digits(held_out=True).images()
    assert (train.shape, test.shape) == ((1438, 64), (359, 64))
    assert train.max() == 1
    assert set(labels) == set(range(10))
    rows = {each.tobytes() for each in train}
    assert sum(each.tobytes() in rows for each in test) == 0


# The loss: expected per expected firing


@pytest.mark.torch
@each_distribution
def test_a_silent_network_loses_n(features):
    spec = RunSpec(Autoencoder(N, 4, tied=True), features=features, penalty=NoPenalty())
    loss = evaluate(spec, {"weights": np.zeros((2, N, 4))}).loss
    np.testing.assert_allclose(loss, N)


@pytest.mark.torch
def test_rare_independent_features_tend_to_one_hot():
    weights = {"weights": seeds.generator(4, "rare", "weights").standard_normal((3, N, 9)) / 3}
    spec = RunSpec(TiedAutoencoder(N, 9), penalty=NoPenalty())
    limit = evaluate(spec, weights).loss
    gaps = [np.abs(evaluate(spec, weights, features=Bernoulli(p)).loss - limit).max() for p in (1e-2, 1e-3, 1e-4)]
    assert gaps[2] < 1e-2 * limit.max()
    assert gaps[0] / gaps[1] == pytest.approx(10, rel=0.1)  # the difference is O(p)
    assert gaps[1] / gaps[2] == pytest.approx(10, rel=0.1)
    own = [((1 - (w**2).sum(1)) ** 2).sum() for w in weights["weights"]]
    crossed = [(np.maximum(w @ w.T - np.diag((w**2).sum(1)), 0) ** 2).sum() for w in weights["weights"]]
    np.testing.assert_allclose(limit, np.add(own, crossed))  # science by hand


@pytest.mark.torch
def test_contexts_with_a_mask_do_not_see_the_other_context():
    """Features 1 and 3 on one neuron with one sign cost nothing where only the active context's outputs count."""
    weights = np.zeros((1, 4, 4))
    for feature, neuron in enumerate((0, 1, 0, 2)):
        weights[0, feature, neuron] = 1
    spec = RunSpec(Autoencoder(4, 4, tied=True), penalty=NoPenalty())
    seen = evaluate(spec, {"weights": weights}, features=Contexts(2, 0.3, masked=True)).loss[0]
    unseen = evaluate(spec, {"weights": weights}, features=Contexts(2, 0.3)).loss[0]
    assert seen == pytest.approx(0)
    assert unseen > 0.5


@pytest.mark.torch
@pytest.mark.parametrize(
    ("model", "features", "words"),
    [
        (Autoencoder(4, 8), Digits(), "`model.n` must be 64, the pixels of 'digits', but is 4"),
        (Autoencoder(64, 8), Digits(), "'digits' have 10 classes, so the model must be a perceptron"),
        (Perceptron(64, 8, outputs=10), Bernoulli(0.1), "`model.outputs` must be n = 64 to reconstruct"),
        (Autoencoder(64, 8), Contexts(5, magnitude="uniform"), "`features.contexts` must divide n = 64"),
    ],
    ids=repr,
)
def test_evaluation_refuses_features_that_do_not_fit(model, features, words):
    if isinstance(features, Digits):
        pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'polygenesis[data]'")
    parameters = {name: np.zeros((1, *shape)) for name, shape in model.shapes.items()}
    with pytest.raises(InputError, match=words):
        evaluate(RunSpec(model), parameters, features=features)


@pytest.mark.torch
@pytest.mark.parametrize("kind", [Autoencoder, Perceptron])
def test_activations_of_one_input_are_refused_under_batch_normalization(kind):
    """A single input would be its own mean: zeros, whatever the network."""
    spec = RunSpec(kind(4, 8, normalization="batch"), penalty=NoPenalty(), training=SGD(lr=0.01, steps=2))
    run = simulate(spec)
    with pytest.raises(InputError, match=r"`inputs` must have at least 2 rows for batch normalization, .*\(1, 4\)"):
        run.activations(np.eye(4)[:1])
    assert run.activations(np.eye(4)[:2])[0].any()


# Penalties


PENALTIES = [
    L1(0.3),
    NoPenalty(),
    L2(0.3),
    ElasticNet(0.3, 0.2),
    Lp(0.3, 1.5),
    GroupLasso(0.3),
    GroupLasso(0.3, groups="features"),
    CollisionPenalty(0.3, 0.2),
    ActivationL1(0.3),
]


@pytest.mark.torch
@pytest.mark.parametrize("penalty", PENALTIES, ids=repr)
def test_penalties_are_their_formulas(penalty):
    w = seeds.generator(5, "penalty", "weights").standard_normal((2, 4, 5))
    by_hand = {
        "l1": lambda v: 0.3 * np.abs(v).sum(),
        "none": lambda v: 0.0,
        "l2": lambda v: 0.3 * (v**2).sum(),
        "elastic-net": lambda v: 0.3 * np.abs(v).sum() + 0.2 * (v**2).sum(),
        "lp": lambda v: 0.3 * ((v**2 + 1e-4) ** 0.75).sum(),
        "group-lasso": lambda v: (
            0.3 * np.linalg.norm(v, axis=0 if getattr(penalty, "groups", "") == "neurons" else 1).sum()
        ),
        "collision": lambda v: (
            0.3 * np.abs(v).sum()
            + 0.2 * sum(abs(v[i, k] * v[j, k]) for k in range(5) for j in range(4) for i in range(j))
        ),
        "activation-l1": lambda v: 0.3 * np.abs(v).sum(),  # one-hot inputs: the hidden vectors are the rows
    }[penalty.kind]
    spec = RunSpec(TiedAutoencoder(4, 5), penalty=penalty)
    np.testing.assert_allclose(evaluate(spec, {"weights": w}).penalty, [by_hand(v) for v in w], rtol=1e-6)


@pytest.mark.parametrize("penalty", [each for each in PENALTIES if each.proximal], ids=repr)
def test_proximal_steps_are_the_least_of_what_they_minimize(penalty):
    """prox(w) minimizes ‖u − w‖²/2 + step · kink(u): no nearby u is better. (Sharing: each weight given the others.)"""
    generator, step = seeds.generator(6, repr(penalty), "weights"), 0.7
    w = generator.standard_normal((1, 3, 4))
    found = penalty.shrink(w, step)
    if isinstance(penalty, CollisionPenalty):
        others = np.abs(w).sum(1, keepdims=True) - np.abs(w)
        expected = np.sign(w) * np.maximum(np.abs(w) - step * (0.3 + 0.2 * others), 0)
        np.testing.assert_allclose(found, expected, atol=1e-12)
        return
    kinks = {
        "l1": lambda u: 0.3 * np.abs(u).sum(),
        "elastic-net": lambda u: 0.3 * np.abs(u).sum(),
        "group-lasso": lambda u: (
            0.3 * np.linalg.norm(u[0], axis=0 if getattr(penalty, "groups", "") == "neurons" else 1).sum()
        ),
    }
    cost = lambda u: ((u - w) ** 2).sum() / 2 + step * kinks[penalty.kind](u)  # noqa: E731
    assert not np.allclose(found, w)
    for _ in range(200):
        assert cost(found) <= cost(found + 0.01 * generator.standard_normal(w.shape)) + 1e-9


@pytest.mark.torch
def test_a_schedule_is_its_end_after_it_and_its_line_before():
    """Constant λ as a schedule is L1; a line takes the steps of changing λ by hand."""
    training = SGD(lr=0.01, steps=40)
    spec = RunSpec(Autoencoder(4, 6, tied=True), training=training)
    start = initial_parameters(spec)
    same = simulate(spec.replace(penalty=L1Schedule(0.2, 0.2, 1.0)), initial_weights=start).final
    np.testing.assert_allclose(same, simulate(spec.replace(penalty=L1(0.2)), initial_weights=start).final, atol=1e-15)
    by_hand = start["weights"]
    for step in range(40):
        penalty = L1(0.4 * min(step * 0.01 / 0.3, 1))
        one = spec.replace(penalty=penalty, training=SGD(lr=0.01, steps=1))
        by_hand = simulate(one, initial_weights=by_hand).final
    line = simulate(spec.replace(penalty=L1Schedule(0.0, 0.4, 0.3)), initial_weights=start).final
    np.testing.assert_allclose(line, by_hand, atol=1e-14)


def test_a_schedule_knows_its_strength_at_whole_numbers_and_arrays():
    schedule = L1Schedule(0.0, 0.4, 4.0)
    assert [schedule.strength_at(time) for time in (0, 2, 2.0, 9)] == [0, 0.2, 0.2, 0.4]
    np.testing.assert_allclose(schedule.strength_at(np.array([1, 9])), [0.1, 0.4])


def test_dropout_keeps_the_mean():
    factors = Dropout(0.25).sample(seeds.generator(7, "dropout", "noise"), (DRAWS,))
    assert set(np.unique(factors)) == {0.0, 1 / 0.75}
    assert factors.mean() == pytest.approx(1, abs=5 * factors.std() / DRAWS**0.5)


# Optimizers and models, against PyTorch's own


@pytest.mark.torch
@pytest.mark.parametrize(
    "training",
    [
        SGD(lr=0.01, steps=50, momentum=0.9, weight_decay=0.1),
        Adam(lr=0.01, steps=50, weight_decay=0.1, decoupled=False),
        Adam(lr=0.01, steps=50, weight_decay=0.1, beta1=0.8, beta2=0.95),
        SGD(lr=0.05, steps=50, schedule="linear"),
        Adam(lr=0.05, steps=50, schedule="cosine"),
        SGD(lr=0.05, steps=50, schedule="linear", warmup=20, clip=0.5),
        Adam(lr=0.05, steps=50, schedule="cosine", warmup=10, clip=0.01, weight_decay=0.1, decoupled=False),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "model",
    [
        Autoencoder(5, 7, hidden="gelu", output="identity", hidden_bias=True, output_bias=True, normalization="layer"),
        Autoencoder(5, 7, hidden="relu", normalization="batch"),
        Perceptron(5, 7, layers=3),
    ],
    ids=["layer", "batch", "perceptron"],
)
def test_steps_are_those_of_pytorch(model, training):
    torch = pytest.importorskip("torch")
    spec = RunSpec(model, penalty=NoPenalty(), training=training, replicates=3)
    run = simulate(spec)
    network = simulate(spec.replace(training=SGD(lr=1.0, steps=0)), initial_weights=run.initial_parameters).network(1)
    network.train()
    if isinstance(training, SGD):
        optimizer = torch.optim.SGD(
            network.parameters(), lr=training.lr, momentum=training.momentum, weight_decay=training.weight_decay
        )
    else:
        kind = torch.optim.AdamW if training.decoupled else torch.optim.Adam
        betas = (training.beta1, training.beta2)
        optimizer = kind(network.parameters(), lr=training.lr, betas=betas, weight_decay=training.weight_decay)
    shares = {"constant": lambda s: 1.0, "linear": lambda s: 1 - s, "cosine": lambda s: (1 + np.cos(np.pi * s)) / 2}
    warm = training.warmup

    def share(s):
        return (s + 1) / warm if s < warm else shares[training.schedule]((s - warm) / (50 - warm))

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
    inputs = torch.eye(5, dtype=torch.float64)
    for _ in range(50):
        optimizer.zero_grad()
        ((network(inputs) - inputs) ** 2).sum().backward()
        if training.clip:
            torch.nn.utils.clip_grad_norm_(network.parameters(), training.clip)
        optimizer.step()
        scheduler.step()
    ours = run.network(1)
    for theirs, mine in zip(network.parameters(), ours.parameters(), strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), atol=1e-9)


@pytest.mark.torch
def test_proximal_steps_end_in_exact_zeros_and_subgradients_do_not():
    spec = RunSpec(Autoencoder(4, 8, tied=True), penalty=L1(0.2), training=SGD(lr=0.02, steps=400), replicates=2)
    exact, smeared = simulate(spec), simulate(spec.replace(training=Adam(lr=0.01, steps=400)))
    assert "proximal" in exact.engine
    assert "proximal" not in smeared.engine
    assert (exact.final == 0).mean() > 0.5
    assert not (smeared.final == 0).any()


@pytest.mark.torch
def test_a_network_that_diverges_says_so_and_keeps_finite_weights():
    spec = RunSpec(Autoencoder(4, 8, tied=True), penalty=NoPenalty(), training=SGD(lr=5.0, steps=200), replicates=2)
    run = simulate(spec)
    assert {each.name for each in run.outcome} == {"DIVERGED"}
    assert np.isfinite(run.final).all()


@pytest.mark.torch
def test_digits_are_learned_and_held_out_digits_too():
    pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'polygenesis[data]'")
    spec = RunSpec(
        Perceptron(64, 32, outputs=10),
        features=Digits(),
        penalty=NoPenalty(),
        training=Adam(lr=5e-3, steps=250, batch_size=64),
        precision="float32",
        replicates=2,
    )
    run = simulate(spec)
    assert run.final.shape == (2, 10, 32)
    assert run.evaluate().accuracy.min() > 0.95
    assert run.evaluate(Digits(held_out=True)).accuracy.min() > 0.9
    (hidden,) = run.activations(Digits(held_out=True).images()[0])
    assert hidden.shape == (2, 359, 32)
    assert hidden.min() == 0


@pytest.mark.torch
def test_a_flow_of_a_rotation_invariant_penalty_keeps_what_rotations_keep():
    """L2 on a linear tied network: rotating the start rotates the end, and overlaps stay the same."""
    spec = RunSpec(Autoencoder(4, 5, tied=True), penalty=L2(0.05), training=GradientFlow(max_time=300.0))
    start = initial_parameters(spec)["weights"]
    rotation = np.linalg.qr(seeds.generator(8, "rotation", "matrix").standard_normal((5, 5)))[0]
    one, other = simulate(spec, initial_weights=start).final, simulate(spec, initial_weights=start @ rotation).final
    np.testing.assert_allclose(one @ one.mT, other @ other.mT, atol=1e-4)
    assert np.abs(one - other).max() > 0.1
