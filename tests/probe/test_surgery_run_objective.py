"""The objective of a run: its own loss and penalty, its own slope, its own zeros; and at rest where it converged."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from polygenesis.dynamics import simulate
from polygenesis.errors import InputError
from polygenesis.features import Bernoulli, Contexts, Correlated, Digits, Hierarchical, UnequalOneHot
from polygenesis.interference import NoInterference
from polygenesis.models import Autoencoder, Perceptron, TiedAutoencoder
from polygenesis.noise import GaussianNoise
from polygenesis.penalties import L1, L2, ActivationL1, CollisionPenalty, ElasticNet, GroupLasso, Lp, NoPenalty
from polygenesis.probe import Objective, one_hot_objective, run_objective, split_and_relax
from polygenesis.probe.surgery.relaxing import net_speed, stacked, total
from polygenesis.probe.surgery.resting import rest
from polygenesis.spec import RunSpec
from polygenesis.training import SGD, Adam, GradientFlow

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

STEPS = SGD(lr=0.01, steps=20)
SPECS = {
    "untied": RunSpec(Autoencoder(5, 6), penalty=L1(0.1), training=STEPS),
    "tied with biases": RunSpec(
        Autoencoder(5, 6, tied=True, hidden="gelu", hidden_bias=True, output_bias=True),
        penalty=ElasticNet(0.1, 0.2),
        training=STEPS,
    ),
    "layer normalization": RunSpec(Autoencoder(5, 6, normalization="layer"), penalty=L2(0.1), training=STEPS),
    "two hidden layers": RunSpec(Perceptron(5, 6, layers=2), penalty=Lp(0.1, 0.5), training=STEPS),
    "correlated": RunSpec(
        Autoencoder(6, 4, hidden="relu"), features=Correlated(0.3, correlation=0.5), penalty=GroupLasso(0.1),
        training=STEPS,
    ),
    "hierarchical": RunSpec(
        Perceptron(6, 4), features=Hierarchical(0.4, child_probability=0.6), penalty=CollisionPenalty(0.1, 0.2),
        training=STEPS,
    ),
    "unequal, importance": RunSpec(
        Autoencoder(5, 6, tied=True), features=UnequalOneHot(zipf=1.0, importance_decay=0.7), penalty=NoPenalty(),
        training=Adam(steps=20),
    ),
    "masked contexts": RunSpec(
        Autoencoder(6, 4), features=Contexts(2, 0.4, masked=True), penalty=ActivationL1(0.1), training=STEPS
    ),
    "sampled": RunSpec(
        Autoencoder(6, 4),
        features=Bernoulli(0.2, magnitude="uniform"),
        penalty=L1(0.1),
        training=SGD(lr=0.01, steps=20, batch_size=16),
    ),
    "fresh batches of what can be enumerated": RunSpec(
        Perceptron(6, 4), features=Bernoulli(0.2), penalty=L1(0.1), training=Adam(steps=20, batch_size=16)
    ),
    "classes": RunSpec(
        Perceptron(64, 4, outputs=10), features=Digits(), penalty=L1(1e-3), training=Adam(steps=5, batch_size=64)
    ),
}  # fmt: skip
each_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())


def ran(spec: RunSpec, replicates: int = 2):
    if isinstance(spec.features, Digits):
        pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'polygenesis[data]'")
    return simulate(spec.replace(replicates=replicates))


@each_spec
def test_it_is_the_loss_and_the_penalty_of_the_run(spec):
    run = ran(spec)
    found = run.evaluate()
    for replicate in range(2):
        objective = run_objective(run, replicate)
        values = total(objective, run.parameters)
        np.testing.assert_allclose(values, found.loss + found.penalty, rtol=1e-12)
    assert ("fixed sample of 4,096" in objective.name) == (spec is SPECS["sampled"])


@each_spec
def test_its_slope_is_that_of_differences_and_its_zeros_are_optimal(spec):
    """Central differences of the smooth part; and after a proximal step J is no higher, however the step is."""
    objective = run_objective(run := ran(spec, 1))
    rng = np.random.default_rng(0)
    point = {name: value + 0.1 * rng.standard_normal(value.shape) for name, value in run.parameters.items()}
    _, slope = objective.slope(point)
    way = {name: rng.standard_normal(value.shape) for name, value in point.items()}
    ends = [objective.slope({name: point[name] + h * way[name] for name in point})[0][0] for h in (1e-6, -1e-6)]
    along = sum(float((slope[name] * way[name]).sum()) for name in point)
    assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(along, rel=1e-4, abs=1e-6)
    ahead = objective.shrink({name: point[name] - 1e-4 * slope[name] for name in point}, 1e-4)
    assert total(objective, ahead)[0] < total(objective, point)[0]
    assert all(value.shape == run.parameters[name].shape for name, value in ahead.items())


def test_the_data_set_of_each_replicate_is_its_own():
    """The recorded loss of a run on a data set of its own is that of its last parameters on it."""
    from polygenesis.saving import Save

    spec = RunSpec(
        Autoencoder(6, 4), features=Bernoulli(0.3, samples=40), penalty=L1(0.1), training=STEPS,
        save=Save(times=2, series=("loss",)),
    )  # fmt: skip
    run = ran(spec)
    values = [float(total(run_objective(run, r), run.parameters)[r]) for r in range(2)]
    np.testing.assert_allclose(values, run.series["loss"][:, -1], rtol=1e-12)
    assert "all 40 inputs of its data set" in run_objective(run).name
    swapped = float(total(run_objective(run, 1), run.parameters)[0])
    assert swapped != pytest.approx(values[0])


def test_weight_decay_counts_where_it_is_a_slope():
    plain = RunSpec(Autoencoder(5, 6, hidden_bias=True), penalty=L1(0.1), training=SGD(lr=0.01, steps=5))
    run = ran(plain, 1)
    squares = sum(float((value**2).sum()) for value in run.parameters.values())
    without = total(run_objective(run), run.parameters)[0]
    for training, share in [
        (SGD(lr=0.01, steps=5, weight_decay=0.2), 0.1),
        (Adam(steps=5, weight_decay=0.2, decoupled=False), 0.1),
        (Adam(steps=5, weight_decay=0.2), 0.0),
    ]:
        objective = run_objective(dataclasses.replace(run, spec=plain.replace(training=training)))
        assert total(objective, run.parameters)[0] == pytest.approx(without + share * squares)
        assert ("decoupled" in objective.name) == (share == 0)


def test_the_paper_keeps_its_closed_form():
    run = ran(RunSpec(TiedAutoencoder(5, 6), penalty=L1(0.1)), 1)
    objective = run_objective(run)
    assert isinstance(objective, Objective)
    found = run.evaluate()
    assert objective(run.final[0]) == pytest.approx(found.loss[0] + found.penalty[0])


FLOWS = {
    "the paper": RunSpec(TiedAutoencoder(16, 16), penalty=L1(0.05)),
    "float32": RunSpec(Autoencoder(8, 8), penalty=L1(0.05), precision="float32"),
    "untied": RunSpec(Autoencoder(8, 8), penalty=L1(0.05)),
    "output bias": RunSpec(Autoencoder(6, 6, tied=True, output_bias=True), penalty=L1(0.05)),
    "elastic net": RunSpec(Autoencoder(8, 8, tied=True), penalty=ElasticNet(0.05, 0.02)),
    "lp": RunSpec(Autoencoder(8, 8, tied=True), penalty=Lp(0.05, 1.0)),
    "collision penalty": RunSpec(Autoencoder(8, 8, tied=True), penalty=CollisionPenalty(0.05, 0.2)),
    "correlated": RunSpec(Autoencoder(6, 6, tied=True), features=Correlated(0.3, correlation=0.6), penalty=L1(0.05)),
    "a data set": RunSpec(Autoencoder(6, 6, tied=True), features=Bernoulli(0.2, samples=100), penalty=L1(0.05)),
}


@pytest.mark.parametrize("spec", FLOWS.values(), ids=FLOWS.keys())
def test_what_converged_is_at_rest_under_its_own_objective(spec):
    run = ran(spec, 1)
    assert run.converged.all()
    assert rest(run).at_rest


def test_what_was_stopped_early_is_not_at_rest():
    stopped = ran(RunSpec(Autoencoder(8, 8), penalty=L1(0.05), training=GradientFlow(max_time=3.0)), 1)
    assert not stopped.converged.any()
    assert rest(stopped).speed > 100 * rest(stopped).limit
    stepped = ran(RunSpec(Autoencoder(8, 8), penalty=L1(0.05), training=STEPS), 1)
    assert not rest(stepped).at_rest


def test_a_foreign_objective_is_not_at_rest_where_the_run_is():
    """The paper's loss at the end of a run with an elastic net: the control that must fail."""
    run = ran(FLOWS["elastic net"], 1)
    foreign = one_hot_objective(run.spec.penalty.strength)
    assert net_speed(foreign, stacked({"weights": run.final[0]}))[0] > 100 * rest(run).limit


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            RunSpec(Autoencoder(4, 4), noise=GaussianNoise(0.1), training=STEPS),
            r"trained under noise \('gaussian'\)",
        ),
        (RunSpec(Autoencoder(4, 4, normalization="batch"), training=STEPS), "batch normalization makes the answer"),
        (RunSpec(TiedAutoencoder(4, 4), interference=NoInterference()), r"its interference \('none'\) takes away"),
    ],
)
def test_a_loss_that_is_no_function_of_the_parameters_is_refused(spec, words):
    with pytest.raises(InputError, match=words):
        run_objective(ran(spec, 1))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (RunSpec(Autoencoder(4, 4, normalization="layer"), training=STEPS), "layer normalization cannot be split"),
        (RunSpec(Autoencoder(4, 4, tied=True), penalty=L2(0.1), training=STEPS), "the same in every rotation"),
    ],
)
def test_a_neuron_that_cannot_be_split_is_refused(spec, words):
    with pytest.raises(InputError, match=words):
        split_and_relax(ran(spec, 1))


def test_wrong_arguments_are_one_sentence():
    run = ran(RunSpec(Autoencoder(4, 4), training=STEPS), 1)
    with pytest.raises(InputError, match="`replicate` must be a whole number from 0 to 0, but is 1"):
        split_and_relax(run, replicate=1)
    with pytest.raises(InputError, match="Unknown reading of autoencoder 'readout'; known: decoder, encoder, product"):
        split_and_relax(run, reading="readout")
    with pytest.raises(InputError, match="must be left out for a run"):
        split_and_relax(run, run_objective(run))
    with pytest.raises(InputError, match="must be an Objective"):
        split_and_relax(run.final[0], 3)
