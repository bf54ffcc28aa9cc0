"""Targets and importance against their definitions; what does not fit is refused before anything is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from polygenesis.dynamics.simulate import check
from polygenesis.errors import InputError
from polygenesis.features import Bernoulli, Contexts, Digits, ExactlyK, Groups, LowRank, OneHot, Tree
from polygenesis.importance import Geometric, Listed
from polygenesis.models import Autoencoder, Perceptron, TiedAutoencoder
from polygenesis.spec import RunSpec
from polygenesis.targets import Absolute, Classes, Inputs, PlusRelu, Products, Xor
from polygenesis.training import SGD, Adam

X = np.array([[1.0, -0.5, 0.0, 2.0], [0.0, 0.0, 3.0, 0.0]])


@pytest.mark.parametrize(
    ("target", "answers"),
    [
        (Inputs(), X),
        (Absolute(), [[1, 0.5, 0, 2], [0, 0, 3, 0]]),
        (PlusRelu(), [[2, -0.5, 0, 4], [0, 0, 6, 0]]),
        (Products(), [[-0.5, 0], [0, 0]]),
        (Xor(), [[0, 1], [0, 1]]),
        (Classes(), [[0, 0, 0, 1], [0, 0, 1, 0]]),
        (Classes(2), [[0, 1], [0, 1]]),
    ],
    ids=repr,
)
def test_answers_are_those_by_hand(target, answers):
    np.testing.assert_array_equal(target.answers(X), answers)
    assert target.outputs(4) == np.shape(answers)[1]
    labels = target.labels(X)
    assert (labels is None) == (target.classes(4) == 0)
    if labels is not None:
        np.testing.assert_array_equal(labels, np.argmax(answers, axis=1))


def test_importance_is_that_of_features_or_of_both_of_a_pair():
    importance = Listed((1.0, 2.0, 3.0, 0.0)).of(4)
    np.testing.assert_array_equal(Absolute().importance(importance), [1, 2, 3, 0])
    np.testing.assert_array_equal(Products().importance(importance), [2, 0])
    np.testing.assert_allclose(Geometric(2.0).of(4), [1, 2, 4, 8])


def test_defaults_leave_the_key_of_a_spec_as_it_was():
    """Keys of runs that were stored before there were targets and importance."""
    spec = RunSpec(Perceptron(4, 8), features=Bernoulli(0.1), training=SGD(0.1, 10), schema=1)
    for name in ("target", "importance", "probabilities", "fixed", "bias_std", "warmup"):
        assert f'"{name}"' not in spec.canonical
    assert '"target"' in spec.replace(target=Absolute()).canonical
    assert '"fixed"' in spec.replace(model=Perceptron(4, 8, fixed=("bias1",))).canonical
    assert spec.replace(target=Absolute()).streams != spec.streams
    assert RunSpec(TiedAutoencoder(4, 8), schema=1).key.startswith("a3d4398b55435e39")
    assert spec.key.startswith("0d6cef68de8860b3")
    assert spec.streams.start.startswith("21c4b98ca617c79e")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": Xor()}, "Target 'xor' of 4 features has 2 outputs, but 'autoencoder' has 4; use a model with outp"),
        ({"model": Perceptron(5, 8), "target": Products()}, "`model.n` must be even for target 'products'"),
        ({"model": Perceptron(4, 8, outputs=3), "target": Classes(3)}, "`target.count` must divide n = 4, but is 3"),
        ({"model": Perceptron(4, 8, outputs=1), "target": Classes(1)}, "`target.count` must be at least 2, but is 1"),
        ({"model": Perceptron(4, 8), "target": Classes(2)}, "has 2 outputs, but 'perceptron' has 4"),
        ({"model": Perceptron(4, 8, output="relu"), "target": Classes()}, "`model.output` must be 'identity'"),
        ({"model": Perceptron(64, 8, outputs=10), "features": Digits(), "target": Classes()}, "classes of their own"),
        ({"features": Contexts(2, masked=True), "model": Perceptron(4, 8, outputs=2), "target": Xor()}, "`masked`"),
        ({"importance": Listed((1.0, 2.0))}, "one number for each of the n = 4 features, but is 2"),
        ({"importance": Geometric(1e20), "model": Autoencoder(400, 4)}, "`importance.ratio` must stay finite"),
        ({"model": Perceptron(4, 8), "target": Classes(), "importance": Geometric(0.5)}, "is the cross-entropy"),
        ({"features": Bernoulli(0.5, probabilities=(0.1,))}, "`features.probabilities` must have one number for each"),
        ({"features": ExactlyK(5)}, "`features.k` must be at most n = 4, but is 5"),
        ({"features": Tree(0.5)}, "`model.n` must be a multiple of 7"),
        ({"features": LowRank(0.5, rank=5)}, "`features.rank` must be at most n = 4, but is 5"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(changes, words):
    with pytest.raises(InputError, match=words):
        check(RunSpec(**{"model": Autoencoder(4, 8), "features": OneHot(), "training": SGD(0.1, 10)} | changes))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Listed((0.0, 0.0)), "`importance.values` must have a number above 0"),
        (lambda: Listed((1.0, -1.0)), r"`values` must be at least 0, but is -1\.$"),
        (lambda: Geometric(0.0), "`ratio` must be greater than 0"),
        (lambda: Bernoulli(0.5, probabilities=(0.5, 2.0)), r"`probabilities` must be at most 1, but is 2\.$"),
        (lambda: Tree(0.5, children=(1000, 1000)), "`features.children` must make a tree of at most 10,000"),
        (lambda: Adam(steps=10, warmup=11), "`training.warmup` must be at most training.steps = 10, but is 11"),
        (lambda: SGD(lr=0.1, steps=10, clip=0.0), "`clip` must be greater than 0"),
        (lambda: ExactlyK(0), "`k` must be greater than 0"),
    ],
)
def test_impossible_values_are_refused_in_one_sentence(make, words):
    with pytest.raises(InputError, match=words):
        make()


def test_large_distributions_are_not_listed():
    """None of these takes time or memory: that there are too many inputs is known beforehand."""
    assert ExactlyK(10**6).enumerate(2 * 10**6) is None
    assert ExactlyK(10**6 - 1).enumerate(10**6) is None
    assert ExactlyK(99).enumerate(100).inputs.sum() == 9900
    assert Groups(0.5, size=10**6, fires="one").enumerate(10**6) is None
    assert Tree(0.5, children=(1,) * 9000).enumerate(9001) is None
    assert Tree(0.5, children=(13,)).enumerate(14) is None
