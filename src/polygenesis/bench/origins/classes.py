"""Cases of trained classifiers: exchangeable classes, fewer units than classes, and classes with similar inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats, Integers
from polygenesis.bench.origins.case import Case, Truth, first_pairs
from polygenesis.bench.origins.classifiers import Classifiers, Training, train

RUNS = 5

DataSet = tuple[Floats, Integers]
"""Inputs (samples, d) and their classes (samples,)."""

NOISE = 0.3
"""Standard deviation of the inputs around their class's unit vector, in every direction."""

SMALL_NOISE = 0.1
"""The same where classes must be learned whatever the width, or prototypes are to differ by their cosines alone."""

SPARSE = Training(penalty=0.003, steps=500)
"""Training under which one unit in four stays on: what similar inputs are tested with."""

LEAST_LEARNED = 0.9
"""Accuracy below which a case says nothing about trained networks."""


def exchangeable(
    seed: int, *, classes: int = 20, samples: int = 1000, runs: int = RUNS, training: Training | None = None,
    one_data_set: bool = False, data: int | None = None, noise: float = NOISE, ratio: float = 1.0,
    learned: bool = False,
) -> Case:  # fmt: skip
    """Classes on one-hot inputs with noise: nothing relates two classes but the accidents of the samples.

    Truth with fresh data for every seed: chance, D = 0. With ``one_data_set`` for all seeds, what users have:
    accidents of its samples come back with every seed, so D is small and above 0; it differs from data set to data set
    and is measured with many seeds (:func:`polygenesis.bench.origins.structured_share.structured_share_of`).
    ``data``: the seed of the one data set, by default ``seed``. ``training``: its units, nonlinearity, penalty and
    steps (0: untrained networks).

    ``ratio``: how many times more frequent the first class is than the last, geometrically between, in the samples on
    which the neurons are read: truth as before. Where networks have ``learned`` from such samples, frequent classes
    share with frequent ones in every seed, because they are learned first: with 10 classes in 64 units D is .09 at 1:10
    and .10–.11 at 1:100, on a balanced sample as well.
    """
    training = training or Training()
    kind = f"classes-{'one-data-set' if one_data_set else 'fresh-data'}-{classes}-in-{training.units}"
    kind += f"-{'learned' if learned else 'read'}-at-1:{ratio:g}" * (ratio != 1)
    data = seed if data is None else data

    def sets(purpose: str, ratio: float) -> list[DataSet]:
        number = 1 if one_data_set else runs
        return [_exchangeable_data(data, purpose, classes, samples, ratio, noise, r) for r in range(number)]

    taught = sets("inputs", ratio if learned else 1.0)
    forced = max(0, classes - training.units)
    truth = Truth("need" if forced else "chance", share=None if one_data_set else 0.0, forced=forced)
    if learned and ratio != 1:
        truth = Truth("frequencies")
    return _trained(kind, seed, taught, training, runs, truth, None if learned or ratio == 1 else sets("read", ratio))


def few_units(seed: int, *, classes: int = 20, units: int = 8, samples: int = 1000, runs: int = RUNS) -> Case:
    """Exchangeable classes in fewer ReLU units than classes, fresh data for every seed: all samples are learned.

    Truth: need. At least classes − units of the excess are forced; who shares is chance, D = 0.
    """
    training = Training(units, steps=500)
    return exchangeable(seed, classes=classes, samples=samples, runs=runs, training=training, noise=SMALL_NOISE)


def similar(
    seed: int, *, cosine: float = 0.8, pairs: int = 5, classes: int = 20, samples: int = 1000, runs: int = RUNS,
    training: Training = SPARSE, ratio: float = 1.0, dimensions: int = 40,
) -> Case:  # fmt: skip
    """Classes whose inputs scatter around orthonormal prototypes; those of 2p and 2p + 1, p < ``pairs``, have a cosine.

    One data set for all seeds. Truth: structure by input in these pairs, beside the accidents of the samples. D is
    about .035 at cosine .8 with 20 classes in 64 units. ``ratio``: of the frequencies in the samples that are read, as
    in :func:`exchangeable`; networks learn from balanced ones.
    """
    kind = f"similar-inputs-{cosine:g}" + f"-read-at-1:{ratio:g}" * (ratio != 1)
    rng = seeds.generator(seed, f"bench/origins/similar-inputs-{cosine:g}", "inputs")
    prototypes = np.linalg.qr(rng.standard_normal((dimensions, classes)))[0].T
    for a, b in first_pairs(pairs):
        prototypes[b] = cosine * prototypes[a] + (1 - cosine**2) ** 0.5 * prototypes[b]

    def drawn(ratio: float) -> DataSet:
        labels = _classes(classes, samples, ratio, rng)
        return prototypes[labels] + SMALL_NOISE * rng.standard_normal((samples, dimensions)), labels

    taught = [drawn(1.0)]
    truth = Truth("input", first_pairs(pairs))
    return _trained(kind, seed, taught, training, runs, truth, None if ratio == 1 else [drawn(ratio)])


def untrained(seed: int, *, classes: int = 20, samples: int = 1000, units: int = 64, runs: int = RUNS) -> Case:
    """Untrained networks on exchangeable inputs, fresh data for every seed. Truth: chance, D = 0."""
    case = exchangeable(seed, classes=classes, samples=samples, runs=runs, training=Training(units, steps=0))
    return replace(case, kind=f"untrained-{classes}-in-{units}")


def one_classifier(seed: int, *, classes: int = 20, samples: int = 1000, units: int = 64) -> Case:
    """One network on exchangeable classes. Truth: chance, which one network cannot show."""
    case = exchangeable(seed, classes=classes, samples=samples, runs=1, training=Training(units))
    one = {name: value[0] for name, value in case.arguments.items()}
    return replace(case, kind="one-classifier", arguments=one)


def _exchangeable_data(
    seed: int, purpose: str, classes: int, samples: int, ratio: float, noise: float, replicate: int
) -> DataSet:
    rng = seeds.generator(seed, f"bench/origins/classes-{classes}", purpose, replicate)
    labels = _classes(classes, samples, ratio, rng)
    return np.eye(classes)[labels] + noise * rng.standard_normal((samples, classes)), labels


def _classes(classes: int, samples: int, ratio: float, rng: np.random.Generator) -> Integers:
    """Draw a class for every sample, the first ``ratio`` times as often as the last, none without a sample."""
    chances = ratio ** (-np.arange(classes) / max(1, classes - 1))
    labels = rng.choice(classes, samples, p=chances / chances.sum())
    labels[:classes] = np.arange(classes)
    return np.asarray(labels)


def _trained(
    kind: str, seed: int, taught: list[DataSet], training: Training, runs: int, truth: Truth,
    read: list[DataSet] | None = None,
) -> Case:  # fmt: skip
    """Train ``runs`` networks, and read their hidden layers on the samples they learned from or on others."""
    draws = [seeds.generator(seed, f"bench/origins/{kind}", "initial", r) for r in range(runs)]
    inputs, classes = (np.stack(each) for each in zip(*taught, strict=True))
    seen, labels = (None, classes) if read is None else (np.stack(each) for each in zip(*read, strict=True))
    found: Classifiers = train(inputs, classes, training, draws, evaluated=seen)
    if training.steps and found.accuracy.min() < LEAST_LEARNED:
        truth = replace(truth, share=None)
    given = {
        "activations": list(found.final),
        "labels": list(labels) if len(taught) > 1 or runs == 1 else labels[0],
        "initial": list(found.initial),
    }
    return Case(kind, seed, given, truth, {"accuracy": tuple(found.accuracy.tolist())})
