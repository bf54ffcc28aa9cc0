"""Selections of one run: thresholds, measures, invariance, copies, the basis, and chance at unequal frequencies."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polygenesis.bench.origins.classifiers import gaussian_classes, hidden_activations
from polygenesis.errors import InputError
from polygenesis.probe.battery.recurrence import recurrence, recurrence_within
from polygenesis.probe.selection import select as select_module
from polygenesis.probe.selection.basis import privileged_basis
from polygenesis.probe.selection.occurrence import occurrence
from polygenesis.probe.selection.select import Selection, select


def network(rng: np.random.Generator, neurons: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Neurons of two random features each, behind a ReLU, and 12 independent labels."""
    present = rng.random((2000, 12)) < 0.1
    carriers = np.zeros((12, neurons))
    for k in range(neurons):
        carriers[rng.choice(12, 2, replace=False), k] = rng.uniform(0.3, 1, 2)
    return np.maximum(present @ carriers + 0.3 * rng.standard_normal((2000, neurons)), 0), present


@pytest.fixture(scope="module")
def found() -> Selection:
    return select(*network(np.random.default_rng(0)), thresholds=(0.65, 0.75, 0.9))


def test_a_selection_says_what_it_holds(found):
    assert found.carried.shape == found.sign.shape == found.conditional.shape == (12, 24)
    assert (np.isnan(found.conditional) == ~found.carried).all()
    assert (found.sign == found.carried).all()  # behind a ReLU
    assert found.effect == pytest.approx(2 * found.selectivity.auroc.T - 1)
    assert "24 neurons, 12 features; auroc from 0.75" in repr(found)


@pytest.mark.parametrize("threshold", [0.65, 0.75, 0.9])
def test_selecting_at_several_thresholds_is_selecting_at_each(found, threshold):
    alone = select(*network(np.random.default_rng(0)), threshold=threshold)
    at = found.at(threshold)
    for name in ("carried", "sign", "inseparable", "copy_of", "marginal", "effect"):
        assert (getattr(alone, name) == getattr(at, name)).all()
    assert np.array_equal(alone.conditional, at.conditional, equal_nan=True)
    assert at.threshold == threshold


def test_other_thresholds_are_refused(found):
    with pytest.raises(InputError, match=r"one of those selected at, 0\.65, 0\.75, 0\.9, but is 0\.8\."):
        found.at(0.8)
    with pytest.raises(InputError, match=r"`threshold` must lie above 0\.5 and below 1, but is 0\.4"):
        select(*network(np.random.default_rng(0)), thresholds=(0.7, 0.4))


@pytest.mark.parametrize(("measure", "threshold"), [("difference", 0.8), ("information", 0.05)])
def test_other_measures_are_asked_conditionally_too(measure, threshold):
    """Labels that occur together at .8: one concept a neuron, by every measure; effects carry their signs."""
    rng = np.random.default_rng(1)
    first = rng.random((2000, 4)) < 0.15
    second = np.where(rng.random((2000, 4)) < 0.8, first, rng.random((2000, 4)) < 0.15)
    present = np.concatenate([first, second], axis=1)
    activations = present @ np.eye(8) + 0.3 * rng.standard_normal((2000, 8))
    seen = select(activations, present, measure=measure)
    assert seen.threshold == threshold
    assert (seen.marginal.sum(axis=0) >= 2).all()
    assert (seen.carried == np.eye(8, dtype=bool)).all()
    down = select(-activations, present, measure=measure)
    assert (down.sign == -np.eye(8)).all()
    assert down.effect == pytest.approx(-seen.effect)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), power=st.sampled_from([0.5, 1.0, 3.0]))
def test_units_and_scales_do_not_matter(found, seed, power):
    rng = np.random.default_rng(seed)
    activations, present = network(np.random.default_rng(0))
    order, features = rng.permutation(24), rng.permutation(12)
    turned = select((activations[:, order] * rng.uniform(0.01, 100, 24)) ** power, present[:, features])
    assert (turned.carried == found.carried[np.ix_(features, order)]).all()


def test_half_precision_and_streams_select_the_same():
    activations, present = network(np.random.default_rng(2))
    half = activations.astype(np.float16)
    for given_ in (half.astype(np.float64), iter([half[:500], half[500:]])):
        assert (select(given_, present).carried == select(half, present).carried).all()


# Copies


@pytest.mark.parametrize("times", [2, 4])
def test_copies_of_one_unit_are_represented_once(times):
    rng = np.random.default_rng(3)
    activations, present = network(rng)
    repeated = np.repeat(activations, times, axis=1)
    noisy = repeated + 0.06 * rng.standard_normal(repeated.shape)  # a fifth of each unit's own noise
    for each in (repeated, noisy):
        found = select(each, present)
        carrying = found.carried.any(axis=0)
        assert (found.copy_of == np.arange(24 * times) // times * times)[carrying].mean() > 0.97
        assert (found.copy_of[~carrying] == np.flatnonzero(~carrying)).all()
    exact = select(repeated, present)
    assert (exact.distinct == select(activations, present).carried).all()
    assert exact.live == 24


def test_distinct_units_of_one_feature_and_turned_copies():
    rng = np.random.default_rng(4)
    present = rng.random((2000, 5)) < 0.2
    units = np.repeat(present, 4, axis=1) + 0.3 * rng.standard_normal((2000, 20))
    assert (select(units, present).copy_of == np.arange(20)).all()
    both = select(np.concatenate([units, -units], axis=1), present)
    assert (both.copy_of == np.tile(np.arange(20), 2)).all()
    without_noise = select(np.repeat(present, 4, axis=1).astype(float), present)
    assert (without_noise.copy_of == np.arange(20) // 4 * 4).all()


def test_duplicated_layers_do_not_recur_within_the_run():
    """Random sharing, every unit twice: without the copies p ≤ .05 at most 3 times in 12 (more has a chance of .002
    at a rate of .05), and almost always with them, which is why they are merged."""
    merged = doubled = 0
    for seed in range(12):
        activations, present = network(np.random.default_rng([5, seed]))
        found = select(np.repeat(activations, 2, axis=1), present)
        merged += recurrence_within(found.distinct, seed=seed, draws=99).p_value <= 0.05
        doubled += recurrence_within(found.carried, seed=seed, draws=99).p_value <= 0.05
    assert merged <= 3
    assert doubled >= 10


# The basis


def test_a_relu_layer_has_a_privileged_basis_and_a_rotated_one_none():
    rng = np.random.default_rng(6)
    inputs, labels = gaussian_classes(1200, 10, 20, rng)
    for units in (12, 40):
        hidden = hidden_activations(inputs, labels, units, rng)
        assert privileged_basis(hidden).privileged
        rotation = np.linalg.qr(rng.standard_normal((units, units)))[0]
        assert not privileged_basis((hidden - hidden.mean(axis=0)) @ rotation).privileged
    assert np.isnan(privileged_basis(hidden[:, :1]).p_value)
    assert privileged_basis(hidden) == privileged_basis(hidden)


def test_rotated_layers_are_called_privileged_at_the_stated_rate():
    """40 rotated layers at a rate of .01: more than 2 have a chance of .008; the ranks are uniform."""
    ranks = []
    for seed in range(40):
        rng = np.random.default_rng([7, seed])
        layer = np.maximum(rng.standard_normal((100, 6)), 0)
        rotation = np.linalg.qr(rng.standard_normal((6, 6)))[0] * rng.choice([-1, 1], 6)
        ranks.append(privileged_basis((layer - layer.mean(axis=0)) @ rotation, seed=seed).p_value)
    assert (np.array(ranks) <= 0.01).sum() <= 2
    assert 0.36 < np.mean(ranks) < 0.64  # standard error .046


# Frequencies

SAMPLES, FEATURES, NEURONS = 2000, 20, 64


def exchangeable(rng: np.random.Generator, ratio: float, several: bool) -> tuple[np.ndarray, np.ndarray]:
    """Neurons whose responses to every feature are drawn alike; features differ in frequency alone, up to ``ratio``."""
    frequency = np.geomspace(1, ratio, FEATURES)
    if several:
        present = rng.random((SAMPLES, FEATURES)) < 0.3 * frequency / ratio
        present[rng.integers(0, SAMPLES, (2, FEATURES)), np.arange(FEATURES)] = True  # each at least once
    else:
        labels = rng.choice(FEATURES, SAMPLES, p=frequency / frequency.sum())
        labels[rng.permutation(SAMPLES)[:FEATURES]] = np.arange(FEATURES)
        present = labels[:, None] == np.arange(FEATURES)
    profiles = rng.standard_normal((FEATURES, NEURONS))
    return np.maximum(present @ profiles + rng.standard_normal((SAMPLES, NEURONS)), 0), present


def rate(ratio: float, several: bool, sets: int) -> int:
    """Sets of five runs, of this many, in which the same pairs seem to come back at p ≤ .05."""
    hits = 0
    for number in range(sets):
        runs = [select(*exchangeable(np.random.default_rng([8, number, r]), ratio, several)) for r in range(5)]
        hits += recurrence([each.carried for each in runs], seed=number, draws=99).p_value <= 0.05
    return hits


@pytest.mark.parametrize("several", [False, True])
def test_frequencies_decide_nothing(several):
    """12 sets at a rate of .05: more than 3 have a chance of .002."""
    assert rate(100.0, several, 12) <= 3


def test_unweighted_samples_let_frequencies_decide(monkeypatch):
    """The control that must fail: the plain one-vs-rest AUROC of classes at 1:100 (.4 of sets)."""
    monkeypatch.setattr(select_module, "occurrence", partial(occurrence, balanced=False))
    assert rate(100.0, False, 12) >= 4
