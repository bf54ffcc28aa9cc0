"""The general engine: the closed forms' own trajectories, the same bits in any batch, and what it refuses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from polygenesis.detect import census
from polygenesis.dynamics import Outcome, simulate
from polygenesis.dynamics.autograd import compiling
from polygenesis.dynamics.keeping.record import pack
from polygenesis.dynamics.simulate import check
from polygenesis.errors import InputError
from polygenesis.features import Bernoulli, Contexts, Digits
from polygenesis.initial import RelatedRows
from polygenesis.models import Autoencoder, Perceptron, TiedAutoencoder
from polygenesis.noise import Bipolar, Dropout, GaussianNoise, NoNoise
from polygenesis.penalties import L1, L2, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.sweeps import Store, run_all
from polygenesis.sweeps.replay import replay
from polygenesis.training import SGD, Adam, AdamW, GradientDescent, GradientFlow

pytestmark = pytest.mark.torch

TIED = TiedAutoencoder(n=12, m=24)
UNTIED = Autoencoder(n=6, m=10, hidden="relu", output_bias=True)
NORMALIZED = Autoencoder(n=6, m=10, hidden="relu", output_bias=True, normalization="layer")


# The closed forms


@pytest.mark.parametrize("training", [GradientDescent(0.01, 300), AdamW(lr=2e-3, steps=300)], ids=lambda t: t.kind)
@pytest.mark.parametrize(
    "noise", [NoNoise(), Bipolar(0.1), GaussianNoise(0.1, shared=True)], ids=["none", "bipolar", "shared"]
)
def test_steps_are_those_of_the_closed_form(training, noise):
    save = Save(times=tuple(range(0, 301, 30)), weights=True, series=("loss", "interference_force"))
    spec = RunSpec(TIED, penalty=L1(0.03), training=training, noise=noise, replicates=3, save=save)
    ours, theirs = simulate(spec, engine="autograd"), simulate(spec)
    assert ours.engine.startswith("autograd")
    assert not theirs.engine.startswith("autograd")
    np.testing.assert_allclose(ours.trajectory, theirs.trajectory, atol=1e-10)
    np.testing.assert_array_equal(ours.times, theirs.times)
    for name, values in theirs.series.items():
        np.testing.assert_allclose(ours.series[name], values, rtol=1e-8)


def test_flow_has_the_winners_of_the_closed_form():
    spec = RunSpec(TIED, penalty=L1(0.03), replicates=40, training=GradientFlow(tolerance=1e-4))
    ours, theirs = simulate(spec, engine="autograd"), simulate(spec)
    assert ours.converged.all()
    assert {*ours.outcome} == {Outcome.AT_REST}
    one, other = census(ours.final), census(theirs.final)
    assert (one.neuron == other.neuron).mean() >= 0.99
    np.testing.assert_array_equal(one.polysemantic, other.polysemantic)
    assert ours.certificate.residual.max() < 4 * spec.training.residual
    assert ours.certificate.excess.max() <= 0


# The same bits


@pytest.mark.parametrize(
    "changes",
    [
        {"penalty": L1(0.05), "training": GradientFlow(max_time=20.0)},
        {"penalty": L2(0.01), "training": Adam(lr=1e-2, steps=60), "noise": GaussianNoise(0.1)},
        {"features": Bernoulli(0.2), "training": SGD(lr=1e-2, steps=60, momentum=0.9, batch_size=16)},
        {"features": Bernoulli(0.2, samples=40), "training": Adam(steps=60, batch_size=16), "precision": "float32"},
        {"features": Contexts(3, 0.5), "training": SGD(lr=1e-2, steps=60)},
        {
            "model": Autoencoder(9, 13, normalization="layer"),
            "features": Bernoulli(0.2, samples=40),
            "training": Adam(steps=60, batch_size=16),
        },
    ],
    ids=["flow", "adam-noise", "sgd-fresh", "adam-data", "sgd-exact", "normalized-data"],
)
def test_a_replicate_has_the_same_bits_in_any_batch(changes):
    """Its streams and its place in a block are its own; in odd sizes the last digit may depend on the place."""
    spec = RunSpec(**{"model": Autoencoder(n=9, m=13, hidden="gelu"), "penalty": NoPenalty()} | changes)
    runs = [simulate(spec.replace(replicates=count)) for count in (1, 7, 32)]
    for name, values in runs[-1].parameters.items():
        assert not np.array_equal(values[0], values[1]) or name.endswith("bias")
        for run in runs[:-1]:
            count = len(run.final)
            np.testing.assert_array_equal(run.parameters[name], values[:count])


@pytest.mark.parametrize("training", [GradientFlow(max_time=1.0), SGD(lr=1e-2, steps=3)], ids=lambda t: t.kind)
def test_the_program_of_a_block_does_not_depend_on_the_number_of_replicates(training, monkeypatch):
    """Products of other shapes may round differently, on some processors and for some shapes: there are none."""
    from polygenesis.dynamics.autograd import objective

    shapes, plain = set(), objective.losses

    def seen(spec, parameters, feed, *more, **options):
        shapes.add(tuple(tuple(each.shape) for each in parameters.values()))
        return plain(spec, parameters, feed, *more, **options)

    monkeypatch.setattr(objective, "losses", seen)
    for count in (1, 7, 65):
        simulate(RunSpec(NORMALIZED, training=training, replicates=count, penalty=NoPenalty()))
    assert len(shapes) == 1


# Stiff, stuck and still flows


def test_a_stiff_output_bias_costs_no_short_steps(monkeypatch):
    """Taken exactly, it leaves the trajectory within the tolerance and the end as it was, in far fewer steps."""
    from polygenesis.dynamics.autograd import flow

    model = Autoencoder(16, 32, tied=True, output_bias=True)
    spec = RunSpec(model, penalty=L1(0.064), replicates=4, save=Save(times=(1.0, 4.0), weights=True))
    exact = simulate(spec)
    monkeypatch.setattr(flow, "bias_curvature", lambda *_: {})
    explicit = simulate(spec)
    assert exact.evaluations.sum() < 0.6 * explicit.evaluations.sum()
    np.testing.assert_allclose(exact.trajectory, explicit.trajectory, atol=0.02)
    np.testing.assert_allclose(exact.final, explicit.final, atol=1e-4)
    for name in ("weights", "output_bias"):
        np.testing.assert_allclose(exact.parameters[name], explicit.parameters[name], atol=1e-4)


@pytest.mark.parametrize("output", ["relu", "identity", "gelu"])
def test_the_curvature_of_an_output_bias_is_that_of_autograd(output):
    torch = pytest.importorskip("torch")
    from polygenesis.dynamics.autograd.batches import feeds
    from polygenesis.dynamics.autograd.objective import bias_curvature, losses

    model = Autoencoder(4, 6, output=output, output_bias=True)
    spec = RunSpec(model, features=Bernoulli(0.3, importance_decay=0.8), penalty=L1(0.1))
    feed = next(feeds(spec, [0], torch.float64, "cpu"))
    generator = torch.Generator().manual_seed(1)
    parameters = {
        name: torch.randn(1, *shape, generator=generator, dtype=torch.float64) for name, shape in model.shapes.items()
    }

    def loss(bias):
        return losses(spec, parameters | {"output_bias": bias}, feed).task.sum()

    hessian = torch.autograd.functional.hessian(loss, parameters["output_bias"])[0, :, 0, :]
    found = bias_curvature(spec, parameters, losses(spec, parameters, feed).outputs, feed)
    if output == "gelu":
        assert not found
    else:
        torch.testing.assert_close(torch.diag(found["output_bias"][0]), hessian)


def test_relaxation_at_both_ends():
    torch = pytest.importorskip("torch")
    from polygenesis.dynamics.autograd.flow import SERIES_BELOW, relaxation

    z = torch.tensor([0.0, SERIES_BELOW * 0.999, SERIES_BELOW * 1.001, 1.0, 800.0], dtype=torch.float64)
    one, two = relaxation(z)
    exact = -np.expm1(-z[1:].numpy()) / z[1:].numpy()
    np.testing.assert_allclose(one, [1, *exact], rtol=1e-6)  # three terms of the series: z³/24
    np.testing.assert_allclose(two, [0.5, *((1 - exact) / z[1:].numpy())], rtol=1e-6)


def test_a_flow_that_gets_nowhere_says_so(monkeypatch):
    from polygenesis.dynamics.autograd import flow

    monkeypatch.setattr(flow, "STALL_LOOK", 20)
    monkeypatch.setattr(flow, "RINGING", 1e-7)
    run = simulate(RunSpec(UNTIED, penalty=L1(0.05), replicates=2))
    assert set(run.outcome) == {Outcome.STALLED}
    assert not run.converged.any()


def test_what_is_still_is_at_rest_at_once():
    """Features that leak onto second neurons are at rest in the arithmetic long before a race's time has passed."""
    from polygenesis.studies.cooccurrence import continuations

    plain = simulate(RunSpec(TiedAutoencoder(6, 12), penalty=L1(0.064), replicates=24))
    networks = continuations.sharers(plain, 2)
    spec = plain.spec.replace(features=Bernoulli(0.25), replicates=2)
    run = simulate(spec, initial_weights=networks.weights)
    assert (run.certificate.split > 0).any()
    assert run.converged.all()
    assert run.end_time.max() < 5 / 0.064


def test_networks_with_features_of_their_own_flow_together():
    from polygenesis.dynamics.autograd.together import flow_together

    spec = RunSpec(TiedAutoencoder(4, 8), features=Bernoulli(0.1), penalty=L1(0.064), replicates=2)
    features, start = [Bernoulli(0.05), Bernoulli(0.3)], simulate(spec).initial
    together = flow_together(spec, features, start)
    for k, each in enumerate(features):
        alone = simulate(spec.replace(features=each, replicates=1), initial_weights=start[[k]])
        np.testing.assert_allclose(together[k], alone.final[0], atol=1e-8)
    with pytest.raises(InputError, match="exact expectations over the same inputs"):
        flow_together(spec, [Bernoulli(0.1), Contexts(2)], start)


# Saving


def test_saving_changes_nothing():
    spec = RunSpec(UNTIED, penalty=L1(0.05), training=GradientFlow(max_time=20.0), replicates=3)
    saved = spec.replace(save=Save(times=7, series=("loss", "participation_ratio"), weights=True))
    plain, kept = simulate(spec), simulate(saved)
    np.testing.assert_array_equal(plain.final, kept.final)
    assert np.isfinite(kept.trajectory).all()
    assert (np.diff(kept.series["loss"], axis=1) <= 1e-9).all()  # a flow never raises its loss
    np.testing.assert_array_equal(kept.trajectory[:, -1], kept.final)


# Refusals


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"training": GradientFlow(), "features": Bernoulli(0.1)}, "give `training.batch_size`"),
        ({"features": Contexts(5), "training": SGD(0.01, 10, batch_size=4)}, "must divide n = 32"),
        ({"features": Contexts(5, samples=9), "training": SGD(0.01, 10)}, "`features.contexts` must divide n = 32"),
        (
            {
                "model": Autoencoder(32, 8, normalization="batch"),
                "features": Bernoulli(0.1),
                "training": SGD(0.1, 10, batch_size=1),
            },
            "`training.batch_size` must be at least 2 for batch normalization, but is 1",
        ),
        (
            {
                "model": Perceptron(32, 8, normalization="batch"),
                "features": Bernoulli(0.1, samples=1),
                "training": SGD(0.1, 10),
            },
            "`features.samples` must be at least 2 for batch normalization, but is 1",
        ),
        (
            {"model": Autoencoder(1, 8, normalization="batch")},
            "needs at least 2 inputs, but 'one-hot' features with `model.n` = 1 have 1",
        ),
        (
            {
                "model": Perceptron(64, 8, outputs=10, output="relu"),
                "features": Digits(),
                "training": SGD(0.1, 10, batch_size=4),
            },
            "`model.output` must be 'identity' where inputs have classes, but is 'relu'",
        ),
        ({"model": Autoencoder(32, 1, normalization="layer")}, "`model.m` must be at least 2 for layer normalization"),
        ({"model": Perceptron(32, 1, normalization="layer")}, "`model.m` must be at least 2 for layer normalization"),
        ({"initial": RelatedRows(17)}, "`initial.pairs` must be at most 16, half of a matrix's 32 rows, but is 17"),
        ({"model": Perceptron(32, 8), "initial": RelatedRows(5)}, "at most 4, half of a matrix's 8 rows, but is 5"),
        ({"save": Save(times=3, series=("accuracy",))}, "needs features with classes"),
        ({"save": Save(times=3, series=("benefit_loss",))}, "tied autoencoder with one-hot features only"),
        ({"noise": Bipolar(0.1)}, "needs training in steps"),
    ],
)
def test_parts_that_do_not_go_together_answer_in_one_sentence(changes, words):
    spec = RunSpec(**{"model": Autoencoder(32, 64)} | changes)
    if isinstance(spec.features, Digits):
        pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'polygenesis[data]'")
    with pytest.raises(InputError, match=words):
        check(spec)  # before anything is drawn
    with pytest.raises(InputError, match=words):
        simulate(spec)


def test_a_census_without_a_basis_is_refused():
    spec = RunSpec(Autoencoder(4, 8, tied=True), penalty=L2(0.1), training=SGD(lr=0.01, steps=5))
    with pytest.raises(InputError, match="means nothing here"):
        simulate(spec).census()
    assert simulate(spec.replace(penalty=L1(0.1))).census().shape == (1, 4, 8)


def test_the_network_computes_what_the_engine_does():
    torch = pytest.importorskip("torch")
    spec = RunSpec(UNTIED, training=Adam(steps=50, lr=1e-2), penalty=NoPenalty(), replicates=2)
    run = simulate(spec.replace(save=Save(times=(50,), series=("loss",))))
    network, inputs = run.network(1), torch.eye(6, dtype=torch.float64)
    loss = float(((network(inputs).detach() - inputs) ** 2).sum())
    assert loss == pytest.approx(run.series["loss"][1, -1])


def test_the_page_s_example_runs(capsys):
    page = (Path(__file__).parents[2] / "docs" / "general_engine.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    exec(compile(code, "general_engine.md", "exec"), {})
    assert "Evaluation(loss" in capsys.readouterr().out


def test_a_run_comes_back_from_a_store_with_all_its_parameters(tmp_path):
    spec = RunSpec(UNTIED, features=Bernoulli(0.2), penalty=L1(0.1), training=SGD(0.01, 30, batch_size=8), replicates=3)
    (kept,) = run_all([spec], store=Store(tmp_path))
    fresh = simulate(spec)
    for name in spec.model.shapes:
        np.testing.assert_array_equal(kept.parameters[name], fresh.parameters[name])
        np.testing.assert_array_equal(kept.initial_parameters[name], fresh.initial_parameters[name])
    np.testing.assert_array_equal(kept.read("encoder"), fresh.parameters["encoder"])
    np.testing.assert_array_equal(kept.final, fresh.parameters["decoder"].mT)


def test_a_run_from_given_parameters_has_a_key_of_its_own_and_replays(tmp_path):
    """Only the encoder is given: the decoder, which the census reads, is the drawn one."""
    spec, store = RunSpec(UNTIED, training=SGD(0.01, 5)), Store(tmp_path)
    run = simulate(spec, initial_weights={"encoder": np.ones((1, 6, 10))})
    record = pack(run)
    assert record.key != spec.key
    store.put([record])
    assert replay(store, record.key).same_bits
    np.testing.assert_array_equal(store.load(record.key).initial_parameters["encoder"], 1.0)


def test_given_parameters_are_where_training_starts():
    spec = RunSpec(UNTIED, training=SGD(0.01, 0), replicates=2)
    encoder = np.ones((2, 6, 10), dtype=np.float32)
    run = simulate(spec, initial_weights={"encoder": encoder})
    np.testing.assert_array_equal(run.parameters["encoder"], encoder)
    assert run.parameters["decoder"].dtype == np.float32
    assert run.parameters["decoder"].std() > 0
    for given, words in [
        ({"encoder": encoder[:1]}, "must have shape encoder"),
        ({"weights": encoder}, "Unknown parameter of autoencoder 'weights'"),
        (encoder, "must name the parameters of 'autoencoder'"),
    ]:
        with pytest.raises(InputError, match=words):
            simulate(spec, initial_weights=given)


def test_cuda_agrees_with_the_cpu(monkeypatch):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    spec = RunSpec(UNTIED, penalty=L1(0.05), training=SGD(0.01, 100), replicates=3)
    cpu = simulate(spec)
    monkeypatch.setenv("POLYGENESIS_DEVICE", "cuda")
    np.testing.assert_allclose(simulate(spec).final, cpu.final, atol=1e-9)


def test_compiled_losses_train_the_same_networks(monkeypatch):
    """To float32's rounding over twenty steps; skipped where torch.compile finds no compiler of C++."""
    if shutil.which("g++") is None and shutil.which("c++") is None:
        pytest.skip("torch.compile needs a C++ compiler")
    training = Adam(lr=0.01, steps=20, batch_size=8)
    spec = RunSpec(
        UNTIED, features=Bernoulli(0.2), penalty=L1(0.05), training=training, replicates=3, precision="float32"
    )
    plain = simulate(spec)
    monkeypatch.setenv("POLYGENESIS_COMPILE", "1")
    fused = simulate(spec)
    assert plain.engine == "autograd-adam-layers"
    assert fused.engine == "autograd-adam-compiled"
    np.testing.assert_allclose(fused.final, plain.final, atol=1e-5)
    noisy = simulate(spec.replace(noise=Dropout(0.1)))
    assert not noisy.engine.endswith("compiled")


def test_a_census_says_which_matrix_it_read_and_why():
    run = simulate(RunSpec(UNTIED, penalty=L1(0.05), training=SGD(0.01, 5)))
    for name in (None, "decoder", "encoder", "product"):
        found = run.census(name)
        assert found.read.startswith(f"{name or 'decoder'}: ")
        assert f"\n  read:     {found.read}\n" in repr(found)
        assert found.read.split("<")[0] in found._repr_html_()
    assert "read:" not in repr(census(run.final))
    with pytest.raises(InputError, match="Argument `replicate` must be a whole number from 0 to 0, but is 5"):
        run.network(5)


def test_only_a_compiler_that_fails_is_a_users_mistake(monkeypatch):
    spec = RunSpec(UNTIED, penalty=L1(0.05), training=SGD(0.01, 1))
    monkeypatch.setenv("POLYGENESIS_COMPILE", "1")

    def failing(error):
        def program(*_):
            raise error

        return lambda *_: program

    monkeypatch.setattr(compiling, "_program", failing(compiling.compiler_failures()("no toolchain\nand more")))
    with pytest.raises(InputError, match=r"is 1, but torch\.compile fails here: no toolchain$"):
        simulate(spec)
    monkeypatch.setattr(compiling, "_program", failing(ValueError("ours")))
    with pytest.raises(ValueError, match="ours"):
        simulate(spec)


def test_compiling_is_asked_for_by_0_or_1(monkeypatch):
    monkeypatch.setenv("POLYGENESIS_COMPILE", "fast")
    with pytest.raises(InputError, match="POLYGENESIS_COMPILE must be 0 or 1, but is 'fast'"):
        simulate(RunSpec(UNTIED, training=SGD(0.01, 1)))


def test_an_unknown_device_answers_in_one_sentence(monkeypatch):
    monkeypatch.setenv("POLYGENESIS_DEVICE", "abacus")
    with pytest.raises(InputError, match="must be a PyTorch device"):
        simulate(RunSpec(UNTIED, training=SGD(0.01, 1)))
