"""The kinds by name, at the sizes at which error rates are stated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from polygenesis.bench.origins import classes, concepts, dictionaries, mixtures, nuisances, tasks, toys
from polygenesis.bench.origins.case import Case
from polygenesis.bench.origins.classifiers import Training
from polygenesis.checks import whole
from polygenesis.errors import bad_argument, unknown_name

SHARES = (0.1, 0.2, 0.4, 0.8)
"""Structured parts of the shared neurons of mixtures."""

Make = Callable[[int], Case]
"""A seed in, a case out."""


def _mixtures() -> dict[str, Make]:
    laws = {
        "dense": mixtures.DENSE,
        "sparse": mixtures.SPARSE,
        "seven": mixtures.SEVEN,
        "three": mixtures.THREE,
        "popular": replace(mixtures.DENSE, popularity=4.0),
        "clumps": replace(mixtures.DENSE, clumps=4),
    }
    shares = {name: SHARES if name in ("dense", "sparse") else (0.2, 0.8) for name in laws}
    return {
        f"mixture-{name}-{share:.0%}".rstrip("%"): partial(mixtures.mixture, law=replace(law, structured=share))
        for name, law in laws.items()
        for share in (0.0, *shares[name])
    }


KINDS: dict[str, Make] = {
    "toy-chance": toys.chance,
    "toy-chance-small": partial(toys.chance, n=32, m=64),
    "toy-chance-square": partial(toys.chance, n=48, m=48),
    "toy-need": toys.need,
    "toy-input": toys.related,
    "toy-input-weak": partial(toys.related, correlation=-0.6),
    "one-toy": toys.one_state,
    "task": tasks.together,
    "always-together": tasks.always_together,
    "toy-pair": tasks.toy_pair,
    "exclusive-classes": tasks.exclusive_classes,
    "classes-fresh-data": classes.exchangeable,
    "classes-one-data-set": partial(classes.exchangeable, one_data_set=True),
    "classes-gelu": partial(classes.exchangeable, training=Training(nonlinearity="gelu")),
    "classes-tanh": partial(classes.exchangeable, training=Training(nonlinearity="tanh")),
    "classes-sparse": partial(classes.exchangeable, training=classes.SPARSE),
    "classes-1-to-10": partial(classes.exchangeable, classes=10, samples=2000, ratio=10.0),
    "classes-1-to-100": partial(classes.exchangeable, classes=10, samples=2000, ratio=100.0),
    "classes-learned-1-to-100": partial(classes.exchangeable, classes=10, samples=2000, ratio=100.0, learned=True),
    "classes-wrong-labels": lambda seed: nuisances.wrong_labels(classes.exchangeable(seed)),
    "classes-random-labels": lambda seed: nuisances.random_labels(classes.exchangeable(seed)),
    "classes-permuted": lambda seed: nuisances.permuted_and_rescaled(classes.exchangeable(seed)),
    "classes-untrained": classes.untrained,
    "classes-in-8": classes.few_units,
    "classes-in-12": partial(classes.few_units, units=12),
    "classes-40-in-20": partial(classes.few_units, classes=40, units=20),
    "one-classifier": classes.one_classifier,
    "similar-inputs-50": partial(classes.similar, cosine=0.5),
    "similar-inputs-80": classes.similar,
    "similar-inputs-95": partial(classes.similar, cosine=0.95),
    **_mixtures(),
    "co-occurring": concepts.co_occurring,
    "co-occurring-shared": partial(concepts.co_occurring, shared=6),
    "hierarchical": concepts.hierarchical,
    "hierarchical-shared": partial(concepts.hierarchical, shared=6),
    "signed": concepts.signed,
    "weak": concepts.weak,
    "dominant": concepts.dominant,
    "pairs-at-random": concepts.at_random,
    "copied": lambda seed: nuisances.copied(concepts.at_random(seed)),
    "dictionaries": dictionaries.permuted,
    "dictionaries-unrelated": partial(dictionaries.permuted, related=False),
}
"""What makes each kind from a seed."""


def names() -> list[str]:
    """Names of the kinds."""
    return list(KINDS)


def make(name: str, seed: int) -> Case:
    """Make the networks of one kind and seed; the same two give the same arrays.

    Raises :class:`polygenesis.InputError` for a name that does not exist and for a seed that is no whole number ≥ 0.
    """
    if name not in KINDS:
        raise unknown_name("name", name, names())
    try:
        number = whole(seed)
    except ValueError:
        number = -1
    if number < 0:
        raise bad_argument("seed", "be a whole number of at least 0", seed)
    return KINDS[name](number)
