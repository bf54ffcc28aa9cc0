"""Does the loss prefer the sharing? Known answers, for the loss that each network was trained on."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis.detect import Thresholds
from polygenesis.dynamics import simulate
from polygenesis.features import Bernoulli, Digits, Hierarchical
from polygenesis.models import Autoencoder, Perceptron, TiedAutoencoder
from polygenesis.penalties import L1, L2, CollisionPenalty, GroupLasso, NoPenalty
from polygenesis.probe import Preference, run_objective, split_and_relax
from polygenesis.probe.surgery.network import Subject, of_run
from polygenesis.probe.surgery.neurons import Surroundings, surroundings
from polygenesis.probe.surgery.relaxing import descend, stacked, total
from polygenesis.probe.surgery.run_objective import RunObjective
from polygenesis.spec import RunSpec
from polygenesis.training import SGD

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

PAIRS = Hierarchical(0.3, children=1, child_probability=1.0)
"""Features 2k and 2k + 1 always fire together."""


def splits(spec: RunSpec, replicates: int = 2):
    run = simulate(spec.replace(replicates=replicates))
    assert run.converged.all()
    found = [one for r in range(replicates) for one in split_and_relax(run, replicate=r)]
    assert found
    return found


def test_the_paper_s_pairs_are_indifferent():
    for one in splits(RunSpec(TiedAutoencoder(10, 10), penalty=L1(0.05))):
        assert one.preference is Preference.INDIFFERENT
        assert one.exact == pytest.approx(one.before, rel=1e-12)
        assert one.settled
        assert one.stayed


def test_pairs_of_an_untied_network_are_indifferent():
    """Both matrices move: with the decoder alone the outputs of the moved features would be lost."""
    for one in splits(RunSpec(Autoencoder(10, 10), penalty=L1(0.05))):
        assert one.preference is Preference.INDIFFERENT
        assert one.exact == pytest.approx(one.before, rel=1e-12)
        assert abs(one.change) < 1e-4
        assert "exact over all 10 inputs" in one.objective


@pytest.mark.parametrize("tied", [True, False])
def test_features_that_always_fire_together_are_preferred(tied):
    """Tied: sharing saves a weight of each pair. Untied: too, and the pairs come back by themselves."""
    for one in splits(RunSpec(Autoencoder(4, 4, tied=tied), features=PAIRS, penalty=L1(0.1), seed=1), 2):
        assert one.preference is Preference.PREFERRED
        assert one.returned or one.change > 0.5
        assert one.exact > one.before + 0.1


def test_a_pair_in_a_network_that_lost_the_other_pair_is_trapped():
    """With two networks of seed 0 one has all four features (loss .28), the other lost two (1.24) and can be left."""
    found = splits(RunSpec(Autoencoder(4, 4, tied=True), features=PAIRS, penalty=L1(0.1)), 2)
    assert {(one.before > 1, one.preference) for one in found} == {
        (False, Preference.PREFERRED),
        (True, Preference.TRAPPED),
    }


def of_pair(penalty):
    """A pair of opposite signs on one of two neurons, judged by the loss of a spec with that penalty."""
    spec = RunSpec(Autoencoder(2, 2, tied=True), penalty=penalty, training=SGD(lr=0.01, steps=1))
    (one,) = split_and_relax(simulate(spec, initial_weights=np.array([[[0.97, 0.0], [-0.97, 0.0]]])))
    assert one.settled
    return one


def test_a_group_lasso_prefers_the_pair():
    """‖(a, −a)‖ = √2 a on one neuron, 2a on two."""
    one = of_pair(GroupLasso(0.05))
    assert one.preference is Preference.PREFERRED
    assert one.exact - one.before == pytest.approx(0.05 * (2 - 2**0.5) * 0.97, rel=0.01)
    assert one.returned or one.split - one.control == pytest.approx(one.exact - one.before, rel=0.1)


def test_a_collision_penalty_gains_from_splitting():
    """κ a² is saved where a pair of size a is split; the run's own loss sees it, the paper's does not."""
    one = of_pair(CollisionPenalty(0.05, 0.02))
    assert one.preference is Preference.TRAPPED
    assert one.split - one.control == pytest.approx(-0.02, rel=0.05)
    assert of_pair(L1(0.05)).preference is Preference.INDIFFERENT


# One neuron, four exclusive classes and cross-entropy. The classes lie on a line, so that one neuron can tell all four:
# a second one must copy its incoming weight and bias, which L1 charges for, and L2 does not let stay.

SELECTED = Thresholds(carries_from=0.2, alive=0.1, relative=True, distributed=True)


def four_classes(penalty) -> Subject:
    spec = RunSpec(Perceptron(1, 1, outputs=4, activation="identity"), features=Digits(), penalty=penalty)
    from polygenesis.dynamics.autograd.batches import Feed

    x = torch.tensor([[-1.5], [-0.5], [0.5], [1.5]], dtype=torch.float64)
    objective = RunObjective(spec, Feed(x, x, 1.0, labels=torch.arange(4), size=4), "cross-entropy of four classes")
    start = {
        "layer1": np.ones((1, 1)),
        "bias1": np.full(1, 0.1),
        "layer2": np.array([[-1.5, -0.5, 0.5, 1.5]]),
        "bias2": np.zeros(4),
    }
    trained = descend(objective, stacked(start), steps=600)
    network = {name: value[0] for name, value in trained.stack.items()}
    around = surroundings(spec, "readout")
    assert around == Surroundings("layer1", "layer2", "bias1", "bias2", rows=False, activation="identity")
    return Subject(network, around, lambda found: found["layer2"].T, objective)


@pytest.mark.parametrize("penalty", [L1(0.05), L2(0.02)], ids=repr)
def test_one_neuron_for_four_exclusive_classes_is_preferred(penalty):
    subject = four_classes(penalty)
    (one,) = split_and_relax(subject, pairs=[(0, 3)], thresholds=SELECTED, steps=1000)
    assert one.preference is Preference.PREFERRED
    assert one.settled
    assert one.returned or one.change > 0.05
    assert one.exact > one.before


def test_without_a_penalty_a_head_start_is_no_preference():
    """Cross-entropy falls for ever; two copies fall faster than one neuron, which is not a resting place."""
    subject = four_classes(NoPenalty())
    (one,) = split_and_relax(subject, pairs=[(0, 3)], thresholds=SELECTED, steps=300)
    assert one.exact == pytest.approx(one.before, rel=1e-12)
    assert not one.settled
    assert one.preference is Preference.UNDECIDED


# The split in the model's own terms


@pytest.mark.parametrize(
    ("model", "reading", "incoming"),
    [
        (Perceptron(6, 5, activation="gelu"), "encoder", "layer1"),
        (Perceptron(6, 5, layers=2, activation="gelu"), "encoder", "layer1"),
        (Perceptron(6, 5, layers=2), "readout", "layer2"),
        (Perceptron(6, 5, layers=3, activation="gelu"), "readout", "layer3"),
        (Autoencoder(6, 5, hidden="relu", output_bias=True), "decoder", "encoder"),
    ],
    ids=repr,
)
def test_a_split_keeps_what_it_says_it_keeps(model, reading, incoming):
    """Copied incoming weights: exact everywhere. Divided ones: exact on inputs of one feature, other outputs aside."""
    spec = RunSpec(model, penalty=NoPenalty())
    around = surroundings(spec, reading)
    assert around.incoming == incoming
    rng = np.random.default_rng(1)
    network = {name: rng.standard_normal(shape) for name, shape in model.shapes.items()}
    grown = around.grown(network)
    assert around.unused(grown) == [5]
    split = around.moved(grown, 2, [1, 4], 5)
    inputs = torch.tensor(np.concatenate([np.eye(6), rng.standard_normal((9, 6))]))

    def outputs(parameters):
        from polygenesis.models import Setting

        tensors = {name: torch.tensor(value[None]) for name, value in parameters.items()}
        return model.forward(tensors, inputs, Setting())[1][0].numpy()

    before, after = outputs(network), outputs(split)
    np.testing.assert_allclose(outputs(grown), before, atol=1e-12)
    if not around.rows:
        np.testing.assert_allclose(after, before, atol=1e-12)
    elif not around.columns:
        np.testing.assert_allclose(after[:6], before[:6], atol=1e-12)
        assert np.abs(after[6:] - before[6:]).max() > 1e-3
    else:
        stay = [0, 2, 3, 5]
        np.testing.assert_allclose(after[np.ix_(stay, stay)], before[np.ix_(stay, stay)], atol=1e-12)
        np.testing.assert_allclose(after[np.ix_([1, 4], [1, 4])], before[np.ix_([1, 4], [1, 4])], atol=1e-12)


def test_an_unused_neuron_is_taken_before_one_is_added():
    run = simulate(RunSpec(Autoencoder(6, 12), penalty=L1(0.05)))
    _, to, grown = of_run(run).with_room()
    assert not grown
    assert not run.parameters["encoder"][0][:, to].any()
    full = simulate(RunSpec(Autoencoder(6, 4, hidden="relu"), training=SGD(lr=0.01, steps=3)))
    assert of_run(full).with_room()[1:] == (4, True)


def test_a_neuron_that_does_not_stay_shared_when_trained_on_is_marked():
    """Two features of one sign on one neuron, as an unfinished run might have them, part by themselves."""
    spec = RunSpec(Autoencoder(2, 2, tied=True), features=Bernoulli(0.2), training=SGD(lr=0.01, steps=1))
    run = simulate(spec, initial_weights=np.array([[[0.8, 0.1], [0.7, -0.3]]]))
    (one,) = split_and_relax(run)
    assert not one.stayed
    assert not one.returned


def test_sliding_along_a_kink_goes_on_to_where_it_ends():
    """J = 1 + |a − b|/10 + (a + b − 2)²/8: no step from a = b lowers it, but the valley goes to (1, 1)."""

    class Valley:
        name = "a valley"

        def slope(self, stack):
            a, b = stack["w"].T
            side, along = np.sign(a - b) / 10, (a + b - 2) / 4
            slope = np.stack([along + side, along - side], axis=1)
            return 1 + np.abs(a - b) / 10 + (a + b - 2) ** 2 / 8, {"w": slope}

        def kink(self, stack):
            return np.zeros(len(stack["w"]))

        def shrink(self, stack, step):
            return stack

    start = {"w": np.array([[0.5, 0.5001], [0.2, 0.2]])}
    end = descend(Valley(), start)
    assert end.settled.all()
    assert (end.value < 1.001).all()
    np.testing.assert_allclose(end.stack["w"], 1, atol=0.05)


def test_arms_that_are_trained_together_end_as_each_does_alone():
    run = simulate(RunSpec(Autoencoder(6, 6), penalty=L1(0.05), replicates=3))
    objective = run_objective(run)
    start = {name: value + 0.05 for name, value in run.parameters.items()}
    together = descend(objective, start)
    for r in range(3):
        alone = descend(objective, {name: value[[r]] for name, value in start.items()})
        assert together.value[r] == pytest.approx(alone.value[0], rel=1e-6)
    assert (together.value <= total(objective, start)).all()
