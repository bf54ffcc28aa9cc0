"""Depth against enumeration, the tied model, and hand-made rows."""

import itertools

import numpy as np
import pytest

from polygenesis import detect, theory
from polygenesis.errors import InputError


def test_shared_by_chance_by_enumeration():
    """Three classes choose 1, 2 and 1 of 4 neurons, all choices alike."""
    sizes, m = (1, 2, 1), 4
    choices = [list(itertools.combinations(range(m), size)) for size in sizes]
    counts = [
        (np.bincount([k for chosen in each for k in chosen], minlength=m) >= 2).sum()
        for each in itertools.product(*choices)
    ]
    assert float(theory.shared_by_chance(m, sizes)) == pytest.approx(np.mean(counts))


def test_shared_by_chance_of_several_networks():
    found = theory.shared_by_chance(10, [[1, 1], [10, 10], [0, 7]]).array
    np.testing.assert_allclose(found, [0.1, 10, 0])
    with pytest.raises(InputError, match="between 0 and 10 neurons"):
        theory.shared_by_chance(10, [11])


def test_effective_neurons_are_the_participation_ratio_of_the_tied_model():
    weights = np.random.default_rng(0).standard_normal((3, 5, 8))
    np.testing.assert_allclose(theory.effective_neurons(weights**2), detect.participation_ratio(weights))
    assert theory.effective_neurons([0, -2.0, 0]) == 1
    assert theory.effective_neurons([1.0, -1, 1, 1]) == 4
    assert np.isnan(theory.effective_neurons([0.0, 0.0]))


def test_the_growing_mode_wins_the_linear_race():
    """V' = d and d' = g V, solved exactly: in the end both lead where √g V + d did, and V/sd + d/sd points there."""
    rng = np.random.default_rng(1)
    v, d, gain = rng.standard_normal((2000, 8)), rng.standard_normal((2000, 8)), 1.0
    late = v * np.cosh(3.0) + d * np.sinh(3.0) / gain**0.5
    ahead = theory.growing_mode(v, d)
    right = (ahead.argmax(axis=1) == late.argmax(axis=1)).mean()
    assert right > 0.85
    assert right > max((v.argmax(1) == late.argmax(1)).mean(), (d.argmax(1) == late.argmax(1)).mean()) + 0.3
    with pytest.raises(InputError, match="`difference` must have the shape"):
        theory.growing_mode(v, d[:5])
