"""Contexts 1 to 3 of docs/theory.md, by enumeration, by drawing slots, and against the general features' own loss."""

import itertools

import numpy as np
import pytest

from polygenesis import theory
from polygenesis.dynamics import simulate
from polygenesis.errors import InputError
from polygenesis.features import Contexts
from polygenesis.interference import WithinContexts
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.context_sharing.networks import masked_losses


def slots(n, m, contexts, draws, seed):
    """Place each context's features on slots at random, at most one a slot: (draws, n) slots from 0 to 2m − 1."""
    rng = np.random.default_rng(seed)
    size = n // contexts
    keys = rng.random((draws, contexts, 2 * m))
    return keys.argsort(axis=2)[:, :, :size].reshape(draws, n)


@pytest.mark.parametrize(("n", "m", "contexts"), [(12, 10, 2), (12, 10, 3), (8, 12, 8)])
def test_counts_by_placing_features_on_slots(n, m, contexts):
    placed = slots(n, m, contexts, 20_000, 0)
    context = np.arange(n) // (n // contexts)
    first, second = np.triu_indices(n, 1)
    across = context[first] != context[second]
    one, other = placed[:, first][:, across], placed[:, second][:, across]
    equal = (one == other).sum(axis=1)
    opposite = ((one // 2 == other // 2) & (one != other)).sum(axis=1)
    carried = np.apply_along_axis(np.bincount, 1, placed // 2, minlength=m)
    shared = (carried >= 2).sum(axis=1)
    law = float(theory.equal_sign_pairs(n, m, contexts))
    for counts, expected in ((equal, law), (opposite, law)):
        assert abs(counts.mean() - expected) < 4 * counts.std() / 20_000**0.5
    expected = float(theory.shared_neurons_of_contexts(n, m, contexts))
    assert abs(shared.mean() - expected) < 4 * shared.std() / 20_000**0.5
    if contexts == 2:
        low, high = theory.equal_sign_pairs(n, m, 2).interval
        assert (equal < low).mean() < 0.03 > (equal > high).mean()
        assert (equal <= low).mean() > 0.02 < (equal >= high).mean()


def test_one_context_is_the_slot_model_and_has_no_pairs_across():
    assert float(theory.shared_neurons_of_contexts(30, 40, 1)) == pytest.approx(theory.slot_model(30, 40).mean)
    assert float(theory.equal_sign_pairs(30, 40, 1)) == 0


def test_many_contexts_share_twice_as_much_as_one():
    found = float(theory.shared_neurons_of_contexts(64, 6400, 64))
    assert found == pytest.approx(64**2 / (2 * 6400), rel=0.03)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((10, 5, 3), "`contexts` must divide n = 10"), ((10, 2, 1), "`n` must be at most 4"), ((4, 0, 1), "`m` must")],
)
def test_impossible_contexts_are_refused(arguments, said):
    with pytest.raises(InputError, match=said):
        theory.shared_neurons_of_contexts(*arguments)


@pytest.mark.parametrize("size", [1, 3])
def test_the_gated_network_is_exact_on_every_input(size):
    encoder, decoder, bias = theory.gated_network(size)
    assert encoder.shape == (2 * size + 1, size + 1)
    assert decoder.shape == (size + 1, 2 * size)
    for values in itertools.product((0.0, 0.3, 1.0, 2.0), repeat=size):
        for q in (1.0, -1.0):
            x = np.concatenate([values, np.zeros(size)] if q > 0 else [np.zeros(size), values])
            out = np.maximum(np.append(x, q) @ encoder @ decoder + bias, 0)
            np.testing.assert_allclose(out, x, atol=1e-12)
    shared = decoder[:size]  # every feature neuron serves one feature of either context, with equal signs
    assert ((shared > 0).sum(axis=1) == 2).all()
    assert (shared >= 0).all()


def test_no_neuron_alone_separates_two_features_of_equal_signs():
    """The bound u² + (v − 1)² ≥ 1/2 for u ≥ v, on a grid."""
    u, v = np.meshgrid(np.linspace(0, 2, 201), np.linspace(0, 2, 201))
    assert (u**2 + (v - 1) ** 2)[u >= v].min() == pytest.approx(0.5)


def test_equal_signs_without_contexts_cost_one():
    u, v = np.meshgrid(np.linspace(0, 2, 201), np.linspace(0, 2, 201))
    assert ((1 - u) ** 2 + (1 - v) ** 2 + 2 * u * v).min() == pytest.approx(1.0)


def test_the_masked_loss_of_rare_features_is_that_of_one_hot_inputs():
    """features.Contexts with a reader who knows the context, as p → 0, against the loss that the flow descends."""
    n, m, contexts = 6, 4, 2
    weights = 0.6 * np.random.default_rng(0).standard_normal((n, m))
    batch = Contexts(contexts, 1e-5, masked=True).enumerate(n)
    out = np.maximum(batch.inputs @ weights @ weights.T, 0)
    squared = ((out - batch.inputs) ** 2 * batch.relevance).sum(axis=1)
    loss = n * (batch.probabilities @ squared) / (batch.probabilities @ (batch.inputs**2).sum(axis=1))
    assert loss == pytest.approx(masked_losses(weights, contexts).sum(), rel=1e-4)


def test_interference_within_contexts_is_the_gradient_of_the_masked_loss():
    """A short flow with interference within contexts moves along the masked loss's slope."""
    n, m, contexts, ahead = 6, 8, 2, 1e-4
    start = 0.5 * np.random.default_rng(1).standard_normal((1, n, m))
    from polygenesis.training import GradientFlow

    spec = RunSpec(
        TiedAutoencoder(n=n, m=m),
        penalty=L1(0.0),
        interference=WithinContexts(contexts),
        training=GradientFlow(max_time=ahead, tolerance=1e-6),
    )
    moved = (simulate(spec, initial_weights=start).final - start)[0]
    slope = np.empty((n, m))
    for at in np.ndindex(n, m):
        step = np.zeros((n, m))
        step[at] = 1e-6
        up, down = (masked_losses(start[0] + sign * step, contexts).sum() for sign in (1, -1))
        slope[at] = (up - down) / 2e-6
    np.testing.assert_allclose(moved, -ahead * slope, rtol=5e-3, atol=1e-7)


def test_contexts_must_divide_the_features():
    spec = RunSpec(TiedAutoencoder(n=6, m=8), interference=WithinContexts(4))
    with pytest.raises(InputError, match=r"`interference.contexts` must divide n = 6"):
        simulate(spec)
