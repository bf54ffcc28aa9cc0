"""Hand-written layers and draws are those of autograd and NumPy, and networks that are lost are called so."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis import seeds
from polygenesis.dynamics import Outcome, simulate
from polygenesis.dynamics.autograd import engine
from polygenesis.dynamics.autograd.layered import is_layered
from polygenesis.dynamics.simulate import check
from polygenesis.errors import InputError
from polygenesis.features import Bernoulli, Contexts, Correlated, Digits, Markov, OneHot
from polygenesis.models import Autoencoder, Perceptron, TiedAutoencoder, Transformer
from polygenesis.noise import GaussianNoise
from polygenesis.penalties import L1, L2, ElasticNet, GroupLasso, L1Schedule, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.targets import Absolute, Classes, PlusRelu, Products, Xor
from polygenesis.training import SGD, Adam, AdamW, GradientDescent, GradientFlow

pytestmark = pytest.mark.torch

TIED = Autoencoder(5, 2, tied=True, output_bias=True)
DEEP = Perceptron(6, 16, layers=2)
SPECS = {
    "tied-stream": RunSpec(
        TIED,
        features=Bernoulli(0.1, magnitude="uniform"),
        penalty=NoPenalty(),
        training=Adam(steps=120, batch_size=100, lr=1e-2),
        replicates=3,
    ),
    "gelu-momentum-proximal": RunSpec(
        Autoencoder(6, 10, hidden="gelu", hidden_bias=True, output_bias=True),
        features=Bernoulli(0.3, importance_decay=0.8),
        penalty=L1(0.05),
        training=SGD(1e-2, 100, momentum=0.9, schedule="cosine"),
        replicates=2,
    ),
    "masked-elastic-coupled": RunSpec(
        Autoencoder(12, 20, hidden="relu"),
        features=Contexts(3, 0.5, masked=True),
        penalty=ElasticNet(0.05, 0.1),
        training=Adam(steps=100, batch_size=30, weight_decay=0.1, decoupled=False),
    ),
    "masked-enumerated": RunSpec(
        Autoencoder(6, 3, hidden="relu", bias_std=0.3, hidden_bias=True),
        features=Contexts(2, 0.5, masked=True),
        penalty=L2(0.05),
        training=SGD(lr=1e-2, steps=60, weight_decay=0.1),
    ),
    "scheduled-data": RunSpec(
        DEEP,
        features=Correlated(0.3, samples=50, magnitude="exponential"),
        penalty=L1Schedule(0.1, 0.3, 0.2),
        training=AdamW(steps=60),
        replicates=2,
    ),
    "one-hot-tied": RunSpec(TiedAutoencoder(12, 24), penalty=L1(0.03), training=GradientDescent(0.01, 100)),
    "warm-clipped": RunSpec(
        DEEP,
        features=Bernoulli(0.3, samples=30),
        penalty=L1(0.1),
        training=Adam(
            lr=1e-2, steps=60, batch_size=9, warmup=20, clip=0.2, schedule="linear", weight_decay=0.1, decoupled=False
        ),
        replicates=2,
    ),
    "clipped-descent": RunSpec(
        Autoencoder(6, 10, fixed=("encoder",)),
        features=Bernoulli(0.3),
        penalty=ElasticNet(0.1, 0.2),
        training=SGD(lr=1e-2, steps=60, warmup=60, clip=1.0, weight_decay=0.1, momentum=0.5),
    ),
    "fixed": RunSpec(
        Perceptron(6, 8, fixed=("layer1", "bias1"), bias_std=0.5),
        features=Bernoulli(0.2),
        penalty=L1(0.1),
        training=SGD(lr=1e-2, steps=50, batch_size=16),
    ),
    "absolute": RunSpec(
        DEEP, features=Bernoulli(0.5, magnitude="uniform"), target=Absolute(), training=Adam(steps=50, batch_size=20)
    ),
    "plus-relu": RunSpec(
        Autoencoder(6, 4, hidden="relu"),
        features=Bernoulli(0.5, importance_decay=0.9),
        target=PlusRelu(),
        training=Adam(steps=50),
    ),
    "xor": RunSpec(Perceptron(6, 9, outputs=3), features=Bernoulli(0.5), target=Xor(), training=Adam(steps=50)),
    "products-importance": RunSpec(
        Perceptron(6, 9, outputs=3),
        features=Bernoulli(0.5, importance_decay=0.7, magnitude="uniform", samples=40),
        target=Products(),
        training=Adam(steps=50, batch_size=8),
    ),
    "one-neuron": RunSpec(
        Perceptron(4, 1, outputs=4), features=OneHot(), target=Classes(), penalty=NoPenalty(), training=Adam(steps=50)
    ),
    "classes-stream": RunSpec(
        Perceptron(6, 5, outputs=3),
        features=Bernoulli(0.4, magnitude="uniform"),
        target=Classes(3),
        training=Adam(steps=50, batch_size=12),
    ),
    "transformer-stream": RunSpec(
        Transformer(n=7, m=10, vocabulary=9, width=8, heads=2, layers=2),
        features=Markov(9),
        penalty=L1(0.01),
        training=SGD(0.2, 20, momentum=0.9, batch_size=5),
        replicates=2,
    ),
    "transformer-plain-data": RunSpec(
        Transformer(n=5, m=12, vocabulary=4, width=6, heads=3, activation="relu", normalization="none"),
        features=Markov(4, samples=12),
        penalty=ElasticNet(0.02, 0.05),
        training=Adam(lr=1e-2, steps=30, weight_decay=0.1, decoupled=False),
    ),
    "transformer-clipped": RunSpec(
        Transformer(n=3, m=6, vocabulary=12, width=4, heads=1, activation="relu"),
        features=Markov(12, samples=11),
        penalty=L2(0.01),
        training=SGD(lr=0.5, steps=25, batch_size=4, clip=0.3, warmup=5, weight_decay=0.1),
        replicates=2,
    ),
    "transformer-one-position": RunSpec(
        Transformer(n=1, m=3, vocabulary=3, width=2, heads=2, layers=3, normalization="none"),
        features=Markov(3),
        penalty=L1Schedule(0.1, 0.3, 0.2),
        training=Adam(lr=1e-2, steps=30, batch_size=1, schedule="cosine"),
    ),
}


def by_autograd(spec, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(engine, "is_layered", lambda _: False)
        return simulate(spec, engine="autograd")


@pytest.mark.parametrize("name", SPECS)
def test_steps_are_those_of_autograd(name, monkeypatch):
    save = Save(times=4, series=("loss", "penalty_loss"), weights=True)
    spec = SPECS[name].replace(save=save)
    assert is_layered(spec)
    ours, theirs = simulate(spec, engine="autograd"), by_autograd(spec, monkeypatch)
    for each, values in ours.parameters.items():
        np.testing.assert_allclose(values, theirs.parameters[each], atol=1e-12, err_msg=each)
    assert np.abs(ours.final - ours.initial).max() > 1e-3
    np.testing.assert_allclose(ours.trajectory, theirs.trajectory, atol=1e-12)
    for each, values in ours.series.items():
        np.testing.assert_allclose(values, theirs.series[each], rtol=1e-9, err_msg=each)
    assert ours.outcome == theirs.outcome


def test_a_classifier_of_images_is_that_of_autograd(monkeypatch):
    pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'polygenesis[data]'")
    spec = RunSpec(
        Perceptron(64, 16, outputs=10), features=Digits(), penalty=L2(0.001), training=Adam(steps=30, batch_size=128)
    )
    ours, theirs = simulate(spec), by_autograd(spec, monkeypatch)
    for each, values in ours.parameters.items():
        np.testing.assert_allclose(values, theirs.parameters[each], atol=1e-12)


def test_single_precision_is_single_throughout(monkeypatch):
    spec = SPECS["tied-stream"].replace(precision="float32")
    ours, theirs = simulate(spec), by_autograd(spec, monkeypatch)
    assert ours.final.dtype == np.float32
    np.testing.assert_allclose(ours.final, theirs.final, atol=1e-4)


WIDE = {
    "tied": RunSpec(
        Autoencoder(13, 9, tied=True, output_bias=True),
        penalty=L1(0.01),
        training=SGD(lr=0.05, steps=10, batch_size=1029),
    ),
    "deep": RunSpec(
        Perceptron(14, 18, layers=2, outputs=7), target=Products(), training=SGD(lr=0.05, steps=10, batch_size=1024)
    ),
}


@pytest.mark.parametrize("name", WIDE)
def test_layers_on_many_inputs_are_multiplied_in_registers_and_are_those_of_autograd(name, monkeypatch):
    spec = WIDE[name].replace(features=Bernoulli(0.3, magnitude="uniform"), precision="float32")
    ours, theirs = simulate(spec), by_autograd(spec, monkeypatch)
    for each, values in ours.parameters.items():
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, theirs.parameters[each], atol=2e-6, err_msg=each)
    assert np.abs(ours.final - ours.initial).max() > 1e-2
    exact = simulate(spec.replace(precision="float64"))
    np.testing.assert_allclose(ours.final, exact.final, atol=2e-6)


def test_what_compiled_code_does_not_train_goes_to_autograd():
    spec = SPECS["tied-stream"]
    for changes in (
        {"noise": GaussianNoise(0.1)},
        {"penalty": GroupLasso(0.1)},
        {"training": GradientFlow()},
        {"model": Autoencoder(5, 2, normalization="layer")},
    ):
        assert not is_layered(spec.replace(**changes))


def test_fixed_parameters_stay_and_others_move(monkeypatch):
    spec = SPECS["fixed"]
    for run in (simulate(spec), by_autograd(spec, monkeypatch)):
        for name, values in run.parameters.items():
            moved = not np.array_equal(values, run.initial_parameters[name])
            assert moved == (name not in spec.model.fixed)
        assert run.initial_parameters["bias1"].std() > 0.1


def test_fixed_parameters_stay_under_gradient_flow():
    model = Autoencoder(4, 6, fixed=("encoder",))
    run = simulate(RunSpec(model, penalty=L1(0.05), training=GradientFlow(max_time=2.0)))
    np.testing.assert_array_equal(run.parameters["encoder"], run.initial_parameters["encoder"])
    assert np.abs(run.parameters["decoder"] - run.initial_parameters["decoder"]).max() > 0.01


@pytest.mark.parametrize(
    ("fixed", "words"),
    [
        (("encoders",), "Unknown name in `model.fixed` 'encoders'; known: decoder, encoder"),
        (("encoder", "encoder"), "`model.fixed` must name each parameter once"),
        (("encoder", "decoder"), "`model.fixed` must leave a parameter to train"),
    ],
)
def test_fixed_parameters_are_checked(fixed, words):
    with pytest.raises(InputError, match=words):
        check(RunSpec(Autoencoder(4, 6, fixed=fixed)))


@pytest.mark.parametrize(("n", "b", "steps"), [(5, 16, 3), (7, 3, 4), (1, 1, 2), (5, 411, 2), (1033, 2, 2)])
@pytest.mark.parametrize("magnitude", ["constant", "uniform", "symmetric"])
@pytest.mark.parametrize("p", [0.05, 0.4, 1.0])
def test_compiled_draws_are_those_of_numpy(n, b, steps, magnitude, p):
    from polygenesis.dynamics.autograd.drawing import ONE, SYMMETRIC, UNIFORM, draw_independent

    kinds = {"constant": ONE, "uniform": UNIFORM, "symmetric": SYMMETRIC}
    features = Bernoulli(p, zipf=0.5, magnitude=magnitude)
    drawn = features.sample(seeds.generator(3, "draws", "inputs"), n, b * steps).inputs
    key = seeds.generator(3, "draws", "inputs").bit_generator.state["state"]["key"]
    four, more, out = np.zeros(4, np.uint64), np.zeros(4, np.uint64), np.zeros((n, b))
    for step in reversed(range(steps)):  # any step without those before it
        draw_independent(
            key,
            step * n * b,
            n * b * steps,
            features.firing_probabilities(n),
            kinds[magnitude],
            four,
            more,
            out,
        )
        np.testing.assert_array_equal(out.T, drawn[step * b : (step + 1) * b])


def test_a_run_goes_on_over_many_blocks_of_draws(monkeypatch):
    """Blocks of draws, and returns to Python, fall anywhere among the steps."""
    from polygenesis.dynamics.autograd import batches, layered, sources

    for module in (batches, sources):
        monkeypatch.setattr(module, "AT_ONCE", 5 * 100 * 7)
    monkeypatch.setattr(layered, "evaluations_at_once", lambda _: 3)
    spec = SPECS["tied-stream"]
    ours, theirs = simulate(spec), by_autograd(spec, monkeypatch)
    np.testing.assert_allclose(ours.final, theirs.final, atol=1e-12)


@pytest.mark.parametrize(("precision", "ulps"), [("float32", 4), ("float64", 8)])
def test_elementary_functions_are_those_of_scipy(precision, ulps):
    from numba import njit
    from scipy import special

    from polygenesis.dynamics.autograd.layers import cross_entropy, excite

    @njit(error_model="numpy")
    def run(before, after, logits, labels, rows):
        excite(2, before, after)
        cross_entropy(logits, labels, rows)

    x = np.concatenate([np.linspace(-12, 12, 4001), [-1e30, -0.0, 1e30]]).astype(precision)
    before, after = x[None].copy(), np.empty((1, len(x)), precision)
    logits = np.stack([x[:4001], np.zeros(4001, precision)])
    run(before, after, logits, np.ones(4001, np.int64), np.empty((2, 4001), precision))
    wide = x.astype(np.float64)
    near, bell = special.ndtr(wide), np.exp(-wide * wide / 2) / np.sqrt(2 * np.pi)
    with np.errstate(invalid="ignore"):
        expected = np.where(np.isfinite(wide * bell), near + wide * bell, near)
    small = ulps * np.finfo(precision).eps
    np.testing.assert_allclose(after[0], wide * near, rtol=small, atol=small)
    np.testing.assert_allclose(before[0], expected, atol=small)
    np.testing.assert_allclose(logits[0] * 4001, special.expit(wide[:4001]), rtol=8 * small)


# Lost networks


def test_finite_weights_without_bound_are_no_finished_run(monkeypatch):
    spec = RunSpec(
        Autoencoder(6, 10, output_bias=True),
        features=Bernoulli(0.3),
        penalty=NoPenalty(),
        training=SGD(lr=0.05, steps=60),
    )
    for training, end in ((spec.training, Outcome.FINISHED), (SGD(lr=3.0, steps=8), Outcome.DIVERGED)):
        for run in (
            simulate(spec.replace(training=training)),
            by_autograd(spec.replace(training=training), monkeypatch),
        ):
            assert np.isfinite(run.final).all()
            assert run.outcome == (end,)


def test_a_loss_of_a_silent_network_does_not_hide_huge_weights():
    """Behind a closed ReLU the loss is that of answering 0, whatever the size of the weights."""
    from polygenesis.dynamics.autograd.divergence import lost

    spec = RunSpec(Autoencoder(3, 4, output_bias=True), training=SGD(lr=0.1, steps=1), replicates=2)
    start = {name: np.full((2, *shape), 0.1) for name, shape in spec.model.shapes.items()}
    final = {name: values.copy() for name, values in start.items()}
    final["output_bias"][1] = -1.9e16
    assert lost(spec, start, final).tolist() == [False, True]
    assert lost(spec, final, final).tolist() == [False, False]  # it began so
