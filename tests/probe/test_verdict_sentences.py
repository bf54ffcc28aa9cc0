"""Every sentence of a verdict is true of the numbers beside it, on every ground truth and on random selections."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from read_back import untrue

from polygenesis.bench import origins
from polygenesis.probe import Origin, diagnose


def planted_activations(rng, share: float, samples: int, present: np.ndarray, features: int, m: int) -> np.ndarray:
    """Rectified activations of neurons of two features, a share of them of the pairs (0, 1) … (4, 5)."""
    carriers = np.zeros((features, m))
    for k in range(m):
        first = 2 * int(rng.integers(3))
        pair = [first, first + 1] if rng.random() < share else rng.choice(features, 2, replace=False)
        carriers[pair, k] = 1
    return np.maximum(present @ carriers + 0.2 * rng.standard_normal((samples, m)), 0)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.integers(1, 5), st.sampled_from([0.0, 0.3, 0.9]), st.integers(2, 12), st.integers(6, 10), st.integers(0, 10**6)
)
def test_sentences_are_true_of_random_networks(runs, share, m, features, seed):
    """From too few neurons for the features to many, one run to five, chance to structure."""
    rng = np.random.default_rng(seed)
    present = rng.random((150, features)) < 0.25
    present[:2] = [[True], [False]]
    given_runs = [planted_activations(rng, share, 150, present, features, m) for _ in range(runs)]
    found = diagnose(given_runs, present, draws=99, seed=seed)
    assert untrue(found) == []


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(1, 6), st.integers(2, 14), st.integers(2, 20), st.floats(0, 1), st.integers(0, 10**6))
def test_sentences_are_true_of_random_weights(runs, n, m, together, seed):
    rng = np.random.default_rng(seed)
    weights = np.zeros((runs, n, m))
    for r in range(runs):
        neuron = rng.integers(0, m, n)
        neuron[1::2] = np.where(rng.random(len(neuron[1::2])) < together, neuron[: 2 * (n // 2) : 2], neuron[1::2])
        weights[r, np.arange(n), neuron] = np.where(np.arange(n) % 2, -1.0, 1.0)
    found = diagnose(weights, draws=99, seed=seed)
    assert untrue(found) == []


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ("at least 5 % of", "at least 95 % of"),
        ("Partly structured", "Structured"),
        ("Counting forces none of the sharing", "Some sharing is forced: really at least 31 % of the excess"),
        ("6 neurons", "7 neurons"),
    ],
)
def test_a_sentence_that_is_not_true_is_noticed(wrong, word):
    """The reader of sentences can fail: a verdict whose words were changed is caught."""
    rng = np.random.default_rng(3)
    present = rng.random((600, 10)) < 0.2
    runs = [planted_activations(rng, 0.5, 600, present, 10, 24) for _ in range(4)]
    found = diagnose(runs, present, draws=199)
    assert untrue(found) == []
    said = found.verdict.sentence
    import re

    patterns = {
        "at least 5 % of": r"at least [0-9.]+ % of the co", "Partly structured": "Partly structured",
        "Counting forces none of the sharing": r"Counting forces none of the sharing", "6 neurons": r"\d+ neurons, ",
    }  # fmt: skip
    replacement = {"at least 5 % of": "at least 99 % of the co", "6 neurons": "999 neurons, "}.get(wrong, word)
    changed = re.sub(patterns[wrong], replacement, said, count=1)
    assert changed != said
    verdict = dataclasses.replace(found.verdict, clauses=(changed,))
    assert untrue(dataclasses.replace(found, verdict=verdict)) != []


def test_a_wrong_origin_is_noticed():
    rng = np.random.default_rng(4)
    present = rng.random((400, 8)) < 0.2
    found = diagnose(planted_activations(rng, 0.5, 400, present, 8, 16), present, draws=99)
    assert found.verdict.origin is Origin.COMPATIBLE
    verdict = dataclasses.replace(found.verdict, origin=Origin.INCIDENTAL)
    assert untrue(dataclasses.replace(found, verdict=verdict)) != []


QUICK = [
    "toy-chance", "toy-chance-square", "toy-need", "toy-input", "toy-input-weak", "one-toy", "task", "always-together",
    "toy-pair", "exclusive-classes", "classes-in-8", "mixture-dense-20", "mixture-dense-80", "mixture-sparse-40",
    "mixture-three-20", "mixture-clumps-0", "co-occurring", "co-occurring-shared", "hierarchical-shared", "signed",
    "dominant", "pairs-at-random", "copied",
]  # fmt: skip
"""Ground truths that take a moment to make; all of them are read back in `verification/`."""

STRUCTURED = (Origin.PARTLY_STRUCTURED, Origin.STRUCTURED)


@pytest.mark.parametrize("name", QUICK)
def test_sentences_are_true_of_ground_truths(name):
    case = origins.make(name, 11)
    found = diagnose(**case.arguments, draws=199, alternatives=())
    assert untrue(found) == []
    if hasattr(found.structured, "lower") and case.truth.share is not None:
        assert found.structured.lower <= case.truth.share + 2 * case.truth.share_error
    if case.truth.origin in ("task", "input") and len(found.carried) > 1:
        assert found.verdict.origin in STRUCTURED
    if case.truth.origin in ("chance", "need"):
        assert found.verdict.origin not in STRUCTURED
    if case.truth.preference == "preferred":
        assert found.preferred.value == 1
    if case.truth.preference == "indifferent":
        assert found.preferred.value == 0
