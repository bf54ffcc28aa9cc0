"""Arms of split and relax: copies of a module in which one neuron is two, trained on, and how alike the two stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.probe.surgery.calling import copied
from polygenesis.probe.surgery.dividing import Division, divide, widen
from polygenesis.probe.surgery.layers import layer
from polygenesis.probe.surgery.module_training import Lesson, Trained, answers, correlation
from polygenesis.probe.surgery.splitting import Between, split_copy
from polygenesis.probe.surgery.tracing import Route

By = Literal["outputs", "inputs"]
"""Which weights say what the features are: outgoing ones (classes of a readout), or incoming ones."""


@dataclass(frozen=True, eq=False)
class Question:
    """A module, the layers around its neurons, where these go, how copies are trained, and in how many orders."""

    around: Between
    route: Route
    lesson: Lesson
    by: By
    seeds: int
    ground: Division | None

    def apart(self, neuron: int, moved: Sequence[int]) -> Any:
        """Return a copy of the module in which one neuron is two."""
        if self.ground is None:
            return split_copy(self.around, self.route, neuron, {self.around.out_of[0]: moved})
        import torch

        twin = copied(self.around.module)
        with torch.no_grad():
            widen(twin, self.around, self.route, self.around.neurons + 1)
            weights = layer(twin, "into", self.around.into[0]).incoming()[neuron]
            part = torch.zeros_like(weights)
            part[list(moved)] = weights[list(moved)]
            divide(twin, self.ground, neuron, self.around.neurons, part)
        return twin

    def trained(self, module: Any) -> list[Trained]:
        """Train copies on, one for each order of the batches."""
        return [self.lesson.trained(module, seed) for seed in range(self.seeds)]


def otherwise(question: Question, neuron: int, moved: Sequence[int]) -> tuple[float, ...]:
    """Return the losses of arms in which as many other outputs moved, at random, a new choice for each seed."""
    outputs = layer(question.around.module, "out_of", question.around.out_of[0]).outputs
    same, rest = set(moved), set(range(outputs)) - set(moved)
    if question.by != "outputs" or min(len(same), len(rest)) < 1 or outputs < 3:
        return ()
    ends = []
    for seed in range(question.seeds):
        generator, chosen = np.random.default_rng(seed), same
        while chosen in (same, rest):
            chosen = {int(k) for k in generator.permutation(outputs)[: len(same)]}
        ends.append(question.lesson.trained(question.apart(neuron, sorted(chosen)), seed).end)
    return tuple(ends)


def alike(question: Question, module: Any, pair: tuple[int, int]) -> float:
    """Return the correlation of what two neurons are told, over all places; of a gated layer the smaller one."""
    least = 1.0
    for name in question.around.into:
        found, place = answers(module, name, question.lesson), layer(module, "into", name).place
        for rows in zip(*(question.route.rows.grown().of(k) for k in pair), strict=True):
            told: list[Floats] = [
                np.concatenate([each.select(place, k).flatten().double().cpu().numpy() for each in found]) for k in rows
            ]
            least = min(least, correlation(told[0], told[1]))
    return least


def together(question: Question, module: Any, pair: tuple[int, int], moved: Sequence[int]) -> float:
    """Return the share of the weight to what moved, and of that to what stayed, that one neuron has: the smaller one.

    Weights count as outgoing times incoming ones; 0 right after a split, 1 where one neuron has all.
    """
    import torch

    writers = [layer(module, "into", name) for name in question.around.into]
    name = question.around.out_of[0]
    reader, places = layer(module, "out_of", name), question.route.readers[name].grown()
    rows = question.route.rows.grown()
    incoming = [torch.cat([each.incoming()[rows.of(k)].detach().abs().flatten() for each in writers]) for k in pair]
    outgoing = [_to_outputs(reader.outgoing()[places.of(k)].detach().abs()) for k in pair]
    divided, whole = (outgoing, incoming) if question.by == "outputs" else (incoming, outgoing)
    groups = [list(moved), [k for k in range(len(divided[0])) if k not in set(moved)]]
    sizes = np.array(
        [[float(a[group].sum() * b.sum()) for group in groups] for a, b in zip(divided, whole, strict=True)]
    )
    return float((sizes / np.maximum(sizes.sum(axis=0), 1e-30)).min(axis=1).max())


def _to_outputs(weights: Any) -> Any:
    """Sum weights (entries, outputs, ...) to (outputs,)."""
    return weights.flatten(2).sum((0, 2)) if weights.ndim > 2 else weights.sum(0)
