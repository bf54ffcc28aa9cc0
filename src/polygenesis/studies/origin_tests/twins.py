"""Two histories, one final state: what cannot be known from weights alone (docs/theory.md, Origins 1 and 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis import detect
from polygenesis.arrays import Floats, Integers
from polygenesis.studies.origin_tests.histories import Networks

CLOSE = 1e-4
"""How far a settled weight may still be from where it ends."""


@dataclass(frozen=True, eq=False)
class Twins:
    """A network by chance and one by related starts that end in the same weights (n, m), bit for bit.

    ``by_chance``, ``by_input``: where each ends; ``start_by_chance``, ``start_by_input``: where each began.
    ``designated``: the pairs (c, 2) of the second whose starts are related by design, and that share.
    """

    by_chance: Floats
    by_input: Floats
    start_by_chance: Floats
    start_by_input: Floats
    designated: Integers

    @property
    def same(self) -> bool:
        """Whether every bit of the final weights agrees."""
        return self.by_chance.tobytes() == self.by_input.tobytes()

    def relation(self, start: Floats) -> float:
        """Mean cosine of the initial rows of the designated pairs."""
        rows = start / np.linalg.norm(start, axis=1, keepdims=True)
        return float(np.mean([rows[i] @ rows[j] for i, j in self.designated]))


def resting_weight(penalty: float) -> float:
    """The largest weight w at which a feature alone rests: 4(1 − w²)w = λ; ``penalty`` is λ in the loss."""
    roots = np.roots([1.0, 0.0, -1.0, penalty / 4])
    return float(np.max(roots[np.isreal(roots)].real))


def limit(weights: Floats, penalty: float) -> Floats:
    """Where the flow takes converged one-neuron codes (n, m): every settled weight to ± the resting weight.

    From there on every row moves on its own, so the limit is known exactly; the run stopped within its tolerance.
    """
    at_end = resting_weight(penalty)
    settled = np.abs(weights) > 0.5
    if np.abs(np.abs(weights[settled]) - at_end).max() > CLOSE or np.abs(weights[~settled]).max(initial=0.0) > 0:
        raise ValueError("These weights have not converged to one neuron a feature.")
    return np.where(settled, np.copysign(at_end, weights), 0.0)


def find_twins(chance: Networks, related: Networks, most: int) -> list[Twins]:
    """Pair networks that share as many neurons, rename features and neurons of the second, and train it again.

    Renaming features and neurons and turning neurons' signs maps one possible start to another that is as likely, and
    the flow's end along with it. At most ``most`` twins, each network used once.
    """
    spare = list(range(len(related.final)))
    counts = detect.census(related.final).polysemantic
    found: list[Twins] = []
    for a, shared in enumerate(detect.census(chance.final).polysemantic):
        b = next((each for each in spare if counts[each] == shared), None)
        if b is None or len(found) == most:
            continue
        spare.remove(b)
        found.append(_twins(chance, a, related, b))
    return found


def _twins(chance: Networks, a: int, related: Networks, b: int) -> Twins:
    penalty = chance.history.loss.penalty
    features, neurons, signs = _renaming(related.final[b], chance.final[a])
    start = np.empty_like(related.initial[b])
    start[np.ix_(features, neurons)] = related.initial[b] * signs
    again = related.history.retrain(start[None])[0]
    sharing = detect.shared_pairs(detect.census(again))
    pairs = {(int(i), int(j)) for i, j in zip(sharing.first, sharing.second, strict=True)}
    designed = [tuple(sorted((int(features[i]), int(features[j])))) for i, j in related.history.designated]
    return Twins(
        limit(chance.final[a], penalty),
        limit(again, penalty),
        chance.initial[a],
        start,
        np.array([pair for pair in designed if pair in pairs], dtype=int).reshape(-1, 2),
    )


def _renaming(source: Floats, target: Floats) -> tuple[Integers, Integers, Floats]:
    """Feature → feature (n,), neuron → neuron (m,), and the sign of each neuron (m,), from one network to another."""
    n, m = source.shape
    features, neurons, signs = np.full(n, -1), np.full(m, -1), np.ones(m)
    held = [_by_size(each) for each in (source, target)]
    for size in (2, 1, 0):
        for k, l in zip(held[0][size], held[1][size], strict=True):  # noqa: E741
            neurons[k] = l
            from_rows, to_rows = _positive_first(source[:, k]), _positive_first(target[:, l])
            features[from_rows] = to_rows
            if size == 1:
                signs[k] = np.sign(source[from_rows[0], k]) * np.sign(target[to_rows[0], l])
    return features, neurons, signs


def _positive_first(neuron: Floats) -> Integers:
    """The features that a neuron carries, largest weight first."""
    carried = np.flatnonzero(neuron)
    return np.asarray(carried[np.argsort(-neuron[carried])])


def _by_size(weights: Floats) -> dict[int, list[int]]:
    """The neurons that carry 0, 1 and 2 features."""
    carried = (weights != 0).sum(axis=0)
    return {size: np.flatnonzero(carried == size).tolist() for size in (0, 1, 2)}
