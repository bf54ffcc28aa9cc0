"""Residual networks, convolutions and transformers against PyTorch's own layers, and what does not fit them."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis import seeds
from polygenesis.dynamics import simulate
from polygenesis.dynamics.simulate import check
from polygenesis.errors import InputError
from polygenesis.features import Bernoulli, Digits, Markov, OneHot, Text
from polygenesis.models import Autoencoder, Convolutional, Perceptron, ResidualPerceptron, Transformer
from polygenesis.noise import GaussianNoise
from polygenesis.penalties import L1, NoPenalty
from polygenesis.spec import RunSpec
from polygenesis.targets import PlusRelu
from polygenesis.training import SGD, Adam

pytestmark = pytest.mark.torch

STEPS = SGD(lr=0.05, steps=8, batch_size=8)
SPECS = {
    "residual": RunSpec(
        ResidualPerceptron(n=10, m=8, width=6, layers=2, bias_std=0.5),
        features=Bernoulli(0.3, magnitude="symmetric"),
        target=PlusRelu(),
        training=STEPS,
        penalty=L1(0.01),
        replicates=3,
    ),
    "residual-untied": RunSpec(
        ResidualPerceptron(n=10, m=8, width=10, embedding="identity", tied=False, train_embedding=True, bias=False),
        features=Bernoulli(0.3),
        training=STEPS,
        penalty=NoPenalty(),
        replicates=2,
    ),
    "convolutional": RunSpec(
        Convolutional(n=64, m=5, outputs=10, kernel=3, stride=2, bias_std=0.2, activation="gelu"),
        features=Digits(),
        training=STEPS,
        penalty=NoPenalty(),
        replicates=2,
    ),
    "transformer": RunSpec(
        Transformer(n=7, m=16, vocabulary=9, width=12, heads=3, layers=2),
        features=Markov(9),
        training=STEPS,
        penalty=NoPenalty(),
        replicates=3,
    ),
    "transformer-plain": RunSpec(
        Transformer(n=7, m=16, vocabulary=9, width=12, heads=1, activation="relu", normalization="none"),
        features=Markov(9, samples=20),
        training=STEPS,
        penalty=L1(0.01),
        replicates=2,
    ),
}


@pytest.mark.parametrize("name", SPECS)
def test_one_step_is_that_of_the_network_as_a_module(name):
    """PyTorch's layers, loss and optimizer, from the same start on the same inputs."""
    torch = pytest.importorskip("torch")
    from polygenesis.dynamics.autograd.batches import feeds, loss_scale

    if name == "convolutional":
        pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'polygenesis[data]'")
    spec = SPECS[name].replace(training=SGD(lr=0.05, steps=1, batch_size=8), penalty=NoPenalty())
    run = simulate(spec)
    start = simulate(spec.replace(training=SGD(lr=0.05, steps=0, batch_size=8)), initial_weights=run.initial_parameters)
    network = start.network(1)
    feed = next(feeds(spec, [0, 1], torch.float64, "cpu"))
    inputs = feed.inputs[1]
    outputs = network(inputs)
    if feed.labels is None:
        loss = loss_scale(spec) / 8 * ((outputs - feed.targets[1]) ** 2).sum()
    else:
        loss = torch.nn.functional.cross_entropy(outputs.flatten(0, -2), feed.labels[1].flatten())
    trained = [each for each in network.named_parameters() if spec.model.untrained == () or "embed" not in each[0]]
    trained = [each for each in trained if spec.model.untrained == () or "decode" not in each[0]]
    torch.optim.SGD([each for _, each in trained], lr=0.05).zero_grad()
    loss.backward()
    with torch.no_grad():
        for _, each in trained:
            each -= 0.05 * each.grad
    after = run.network(1)
    np.testing.assert_allclose(after(inputs).detach(), network(inputs).detach(), atol=1e-10)
    assert np.abs(after(inputs).detach().numpy() - outputs.detach().numpy()).max() > 1e-4


@pytest.mark.parametrize("name", SPECS)
def test_a_replicate_has_the_same_bits_in_any_batch(name):
    if name == "convolutional":
        pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'polygenesis[data]'")
    one, more = simulate(SPECS[name].replace(replicates=1)), simulate(SPECS[name].replace(replicates=5))
    for each, values in one.parameters.items():
        np.testing.assert_array_equal(values[0], more.parameters[each][0])
    for each in SPECS[name].model.untrained:
        np.testing.assert_array_equal(more.parameters[each], more.initial_parameters[each])


def test_embeddings_are_what_they_say():
    unit = ResidualPerceptron(n=10, m=8, width=6)
    start = simulate(RunSpec(unit, training=SGD(lr=0.1, steps=0), replicates=2)).parameters["embedding"]
    np.testing.assert_allclose(np.linalg.norm(start, axis=-1), 1)
    assert np.abs(start[0] - start[1]).max() > 0.1
    assert ResidualPerceptron(n=10, m=8, width=6, train_embedding=True).untrained == ()


def test_a_transformer_cannot_see_later_tokens():
    torch = pytest.importorskip("torch")
    network = simulate(SPECS["transformer"]).network(0)
    tokens = torch.tensor([[1, 2, 3, 4, 5, 6, 7]])
    other = tokens.clone()
    other[0, 4:] = 0
    np.testing.assert_allclose(network(tokens)[0, :4].detach(), network(other)[0, :4].detach(), atol=1e-12)


def test_a_transformer_learns_a_chain_to_its_entropy():
    """The loss cannot fall below the entropy of the chain; it comes within a tenth of what a uniform guess lacks."""
    features = Markov(8, sharpness=3.0)
    chain = features.chain()
    spec = RunSpec(
        Transformer(n=16, m=16, vocabulary=8, width=16, heads=2),
        features=features,
        penalty=NoPenalty(),
        training=Adam(lr=1e-2, steps=300, batch_size=32, warmup=20, clip=1.0),
        precision="float32",
    )
    vector = np.full(8, 1 / 8)
    entropies = -(chain * np.log(chain)).sum(axis=1)
    floor = []
    for _ in range(16):
        floor.append(vector @ entropies)
        vector = vector @ chain
    loss = float(simulate(spec).evaluate().loss[0])
    lowest = float(np.mean(floor))
    assert lowest - 0.05 < loss < lowest + 0.1 * (np.log(8) - lowest)


# Tokens


def test_a_text_is_read_letter_by_letter(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("abcabcabd é", encoding="utf-8")
    features = Text(str(path))
    assert features.letters == " abcdé"
    assert features.classes == 6
    drawn = features.sample(seeds.generator(0, "text", "inputs"), 3, 50)
    assert drawn.inputs.shape == drawn.labels.shape == (50, 3)
    np.testing.assert_array_equal(drawn.inputs[:, 1:], drawn.labels[:, :-1])
    said = "abcabcabd é"
    for row, after in zip(drawn.inputs.astype(int), drawn.labels, strict=True):
        assert "".join(features.letters[k] for k in [*row, after[-1]]) in said


def test_a_chain_is_drawn_by_its_probabilities():
    """Frequencies within five standard errors: fewer than one false alarm in 10⁴ tests."""
    features = Markov(3)
    drawn = features.sample(seeds.generator(0, "chain", "inputs"), 1, 30_000)
    chain = features.chain()
    np.testing.assert_allclose(chain.sum(axis=1), 1)
    for token in range(3):
        after = drawn.labels[drawn.inputs[:, 0] == token, 0]
        share = np.bincount(after, minlength=3) / len(after)
        assert (np.abs(share - chain[token]) < 5 * np.sqrt(chain[token] * (1 - chain[token]) / len(after))).all()


@pytest.mark.parametrize(
    ("model", "features", "words"),
    [
        (ResidualPerceptron(n=10, m=4, width=6, embedding="identity"), OneHot(), "`model.width` must be n = 10"),
        (Convolutional(n=63, m=4, outputs=10), Digits(), "`model.n` must be the square of an image's side"),
        (Convolutional(n=64, m=4, outputs=10, kernel=5), Digits(), "`model.kernel` must leave a position in each of 2"),
        (Transformer(n=4, m=4, vocabulary=5, width=6, heads=4), Markov(5), "`model.heads` must divide the width 6"),
        (Transformer(n=4, m=4, vocabulary=5, width=6, heads=2), Markov(6), "have 6 classes"),
        (Transformer(n=4, m=4, vocabulary=5), OneHot(), "do not go together: a transformer reads tokens"),
        (Perceptron(4, 4, outputs=5), Markov(5), "do not go together: a transformer reads tokens"),
        (Autoencoder(4, 4), Text("/nowhere/at/all"), "do not go together"),
        (Transformer(n=4, m=4, vocabulary=5), Text("/nowhere/at/all"), "cannot read '/nowhere/at/all'"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(model, features, words):
    if isinstance(features, Digits):
        pytest.importorskip("sklearn", reason="needs scikit-learn: pip install 'polygenesis[data]'")
    with pytest.raises(InputError, match=words):
        check(RunSpec(model, features=features, training=SGD(0.1, 5, batch_size=4)))


def test_noise_needs_plain_hidden_layers():
    with pytest.raises(InputError, match="Noise 'gaussian' needs a model of plain hidden layers"):
        check(SPECS["transformer"].replace(noise=GaussianNoise(0.1)))


def test_a_context_longer_than_the_text_is_refused(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("abab")
    spec = RunSpec(Transformer(n=4, m=4, vocabulary=2), features=Text(str(path)), training=SGD(0.1, 5, batch_size=4))
    with pytest.raises(InputError, match=r"`model\.n` must be below the 4 letters of the text, but is 4"):
        check(spec)
