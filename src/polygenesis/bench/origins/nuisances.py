"""Nuisances: changes of a case that leave its origin as it is (or, for random labels, take all features away)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Booleans
from polygenesis.bench.origins.case import Case, Truth


def permuted_and_rescaled(case: Case) -> Case:
    """Put each run's neurons in another order and multiply each by a factor from 1/100 to 100: nothing changes."""
    kind = f"{case.kind}, permuted and rescaled"
    given, starts, carried = [], [], []
    for r, values in enumerate(case.arguments["activations"]):
        rng = seeds.generator(case.seed, "bench/origins/permuted-and-rescaled", "neurons", r)
        order, factor = rng.permutation(values.shape[1]), 10 ** rng.uniform(-2, 2, values.shape[1])
        given.append(values[:, order] * factor)
        starts += [case.arguments["initial"][r][:, order] * factor] if "initial" in case.arguments else []
        carried += [case.truth.carried[r][:, order]] if case.truth.carried is not None else []
    return _changed(case, kind, given, starts, carried)


def copied(case: Case, *, copies: int = 2, noise: float = 0.0) -> Case:
    """Present every unit ``copies`` times, the copies with noise relative to its spread: one piece of evidence."""
    kind = f"{case.kind}, every unit {copies} times"
    given, starts, carried = [], [], []
    for r, values in enumerate(case.arguments["activations"]):
        rng = seeds.generator(case.seed, "bench/origins/copied", "noise", r)
        many = np.repeat(values, copies, axis=1)
        rough = noise * values.std(axis=0).repeat(copies) * rng.standard_normal(many.shape)
        rough[:, ::copies] = 0  # the first of each is the unit itself
        given.append(many + rough)
        starts += [np.repeat(case.arguments["initial"][r], copies, axis=1)] if "initial" in case.arguments else []
        carried += [np.repeat(case.truth.carried[r], copies, axis=1)] if case.truth.carried is not None else []
    return _changed(case, kind, given, starts, carried)


def wrong_labels(case: Case, *, share: float = 0.1) -> Case:
    """Give a share of the samples the label of another class, drawn at random; the networks learned the right ones."""
    rng = seeds.generator(case.seed, "bench/origins/wrong-labels", "labels")
    labels = case.arguments["labels"]
    several = isinstance(labels, list)
    changed = [_wrong(np.asarray(each), share, rng) for each in (labels if several else [labels])]
    return replace(case.given(labels=changed if several else changed[0]), kind=f"{case.kind}, {share:.0%} wrong labels")


def random_labels(case: Case) -> Case:
    """Deal the labels of each run anew among its samples. Truth: no neuron discriminates any feature."""
    rng = seeds.generator(case.seed, "bench/origins/random-labels", "labels")
    labels = case.arguments["labels"]
    several = isinstance(labels, list)
    dealt = [rng.permutation(np.asarray(each)) for each in (labels if several else [labels])]
    given = case.given(labels=dealt if several else dealt[0])
    return replace(given, kind=f"{case.kind}, random labels", truth=Truth("random labels", share=0.0))


def _wrong(labels: Any, share: float, rng: np.random.Generator) -> Any:
    classes, changed = int(labels.max()) + 1, labels.copy()
    at = np.flatnonzero(rng.random(len(labels)) < share)
    changed[at] = (labels[at] + rng.integers(1, classes, len(at))) % classes
    return changed


def _changed(case: Case, kind: str, given: list[Any], starts: list[Any], carried: list[Booleans]) -> Case:
    truth = replace(case.truth, carried=np.stack(carried)) if carried else case.truth
    return replace(case.given(activations=given, initial=starts or None), kind=kind, truth=truth)
