"""scikit-learn: seeds of a classifier, their hidden activations as arrays, classes and probabilities as labels."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the data extra")

import polygenesis as pg


def test_seeds_of_a_classifier():
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier

    digits = load_digits()
    images, names = digits.data[:400] / 16, [f"digit {each}" for each in digits.target[:400]]
    nets = [MLPClassifier((12,), tol=0.05, n_iter_no_change=2, random_state=seed) for seed in range(3)]
    for net in nets:
        net.fit(images, names)
    hidden = [np.maximum(images @ net.coefs_[0] + net.intercepts_[0], 0) for net in nets]
    found = pg.diagnose(hidden, names, draws=99)
    assert found.census.shape == (3, 10, 12)
    assert found.names[0] == "digit 0"
