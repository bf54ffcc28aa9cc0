"""The distributions of features that are compared with one-hot ones, and one sentence of theory for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.features import Bernoulli, Correlated, Features, Hierarchical, OneHot, UnequalOneHot
from polygenesis.theory.cooccurrence import Magnitude

RARE = 1e-4
"""p/λ at which independent features practically never fire together."""

CLOSE = 0.08
"""p/λ at which about a third of the pairs of binary features survive."""


@dataclass(frozen=True)
class Case:
    """One distribution: its name, the part, what theory says, and κ_ij = (n, n), what p/λ is for every pair.

    ``magnitude`` is that of features that fire together. ``pairs``: the name of the pairs that are special, or of the
    features, and ``special`` (n, n) their score: do the pairs that share have a ``higher`` one than by chance?
    ``None`` means that theory says no difference. ``sampled``: trained with minibatches at the stronger penalty.
    """

    name: str
    part: Features
    theory: str
    rates: Floats
    magnitude: Magnitude = "constant"
    pairs: str = ""
    special: Floats | None = None
    higher: bool | None = None
    sampled: bool = False


def cases(n: int, penalty: float, stronger: float) -> list[Case]:
    """Return the distributions for n features (a multiple of 6) at λ = ``penalty``, sampled ones at ``stronger``."""
    return [*_one_at_a_time(n), *_together(n, penalty), *_unequal(n, penalty), *_large(n, stronger)]


def reference(*, sampled: bool = False) -> Case:
    """One-hot features."""
    return Case(
        "one-hot, stronger penalty" if sampled else "one-hot",
        OneHot(),
        "The reference: n²/4m to first order.",
        np.zeros((1, 1)),
        sampled=sampled,
    )


def _one_at_a_time(n: int) -> list[Case]:
    never, rank = np.zeros((n, n)), _sums(np.arange(1.0, n + 1))
    return [
        Case(
            "Zipf, one at a time",
            UnequalOneHot(zipf=1.0),
            "Frequency changes how fast norms relax, which is fast anyway; the race is the penalty's: no change.",
            never,
            pairs="features by rarity",
            special=rank,
        ),
        Case(
            "importance 0.8^i, one at a time",
            UnequalOneHot(zipf=0.0, importance_decay=0.8),
            "Importance does what frequency does: no change.",
            never,
            pairs="features by unimportance",
            special=rank,
        ),
        Case(
            "exponential magnitudes, one at a time",
            UnequalOneHot(zipf=0.0, magnitude="exponential", samples=128),
            "Without biases a feature's size drops out; a finite data set makes frequencies unequal: no change.",
            never,
        ),
    ]


def _together(n: int, penalty: float) -> list[Case]:
    partners = _partners(n)
    p = RARE * penalty
    child = _families(n)
    anti = penalty
    return [
        Case(
            "correlated pairs, ρ = 0.5",
            Correlated(p, 0.5),
            "A firing feature meets its partner half of the time, far above 0.06 λ: partners never share, others do.",
            0.5 / penalty * partners,
            pairs="partners",
            special=partners,
            higher=False,
        ),
        Case(
            "anti-correlated pairs, p = λ",
            Correlated(anti, -anti / (1 - anti)),
            "At p = λ sharing is dead, except between partners, which never meet: they alone share.",
            (1 - partners) * (1 - np.eye(n)),
            pairs="partners",
            special=partners,
            higher=True,
        ),
        Case(
            "hierarchy, 2 exclusive children",
            Hierarchical(p, children=2, child_probability=0.5, exclusive=True),
            "A child never comes without its parent: they do not share; siblings never meet and share as others do.",
            n * 0.25 * p / (penalty * p * 1.5 * n / 3) * child,
            pairs="parent and child",
            special=child,
            higher=False,
        ),
    ]


def _unequal(n: int, penalty: float) -> list[Case]:
    frequency, importance = 1 / np.arange(1.0, n + 1), 0.75 ** np.arange(n)
    top = 0.3
    zipf = n * top * np.outer(frequency, frequency) / frequency.sum()
    rank = _sums(np.arange(1.0, n + 1))
    off = 1 - np.eye(n)
    return [
        Case(
            "Zipf, independent",
            Bernoulli(top * penalty, zipf=1.0),
            "Two rare features hardly ever meet: rare ones share more.",
            zipf * off,
            pairs="features by rarity",
            special=rank,
            higher=True,
        ),
        Case(
            "importance 0.75^i, independent",
            Bernoulli(top * penalty, importance_decay=0.75),
            "Where unimportant features meet it costs little: they share more.",
            top * _sums(importance) / 2 * off,
            pairs="features by unimportance",
            special=rank,
            higher=True,
        ),
    ]


def _large(n: int, stronger: float) -> list[Case]:
    said = {
        "constant": "The reference for magnitudes: about a third of the pairs survive.",
        "uniform": "Two sizes differ, and the smaller one sets the cost of meeting: more survive.",
        "half-normal": "Sizes differ more: more survive.",
        "exponential": "Sizes differ most: most survive.",
    }
    laws: tuple[Magnitude, ...] = ("constant", "uniform", "half-normal", "exponential")
    return [
        Case(
            f"{law} magnitudes, p = {CLOSE:g} λ",
            Bernoulli(CLOSE * stronger, magnitude=law),
            said[law],
            CLOSE * (1 - np.eye(n)),
            magnitude=law,
            sampled=True,
        )
        for law in laws
    ]


def _sums(values: Floats) -> Floats:
    return values[:, None] + values


def _partners(n: int) -> Floats:
    i = np.arange(n)
    return np.asarray(((i[:, None] // 2 == i // 2) & (i[:, None] != i)).astype(float))


def _families(n: int) -> Floats:
    """Return the pairs of a parent and its child, in families of three."""
    i = np.arange(n)
    family = (i[:, None] // 3 == i // 3) & (i[:, None] != i)
    parent = (i % 3 == 0)[:, None] ^ (i % 3 == 0)
    return np.asarray((family & parent).astype(float))
