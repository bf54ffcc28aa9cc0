"""How many neurons do features share by chance: the published law and two exact models (claims C3, C4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from polygenesis.arrays import Floats
from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.counts import CountLaw
from polygenesis.theory.prediction import PAPER, Prediction

CountModel = Literal["published", "slot", "occupancy"]

_LARGEST_OCCUPANCY = 20_000
"""Above this many features the full occupancy law takes longer than a reader waits (time grows as n²)."""


def colliding_pairs(n: ArrayLike, m: ArrayLike) -> Prediction:
    """Expected pairs of features that share their top neuron at the start: C(n, 2)/m.

    Each of the n(n-1)/2 pairs meets with probability 1/m if every feature's top neuron is uniform and
    independent, which holds exactly for i.i.d. rows. Shapes: n and m broadcast, and the value has their common shape.
    Source: arXiv:2312.03096, claim C3.

    Args:
        n: number of features, one or an array.
        m: number of neurons, one or an array.
    """
    features, neurons = arguments.sizes(n, m)
    return Prediction(
        _plain(features * (features - 1) / 2 / neurons),
        regime="The start, with independent and identically distributed weights; any n and m.",
        source=f"{PAPER}, claim C3",
    )


def polysemantic_neurons(
    n: ArrayLike, m: ArrayLike, *, model: CountModel = "published", level: float = 0.95
) -> Prediction:
    """Expected polysemantic neurons after training: n²/(4m) as published, or one of two exact chance models.

    ``"published"``
        n²/(4m): half of the colliding pairs have opposite signs and survive (C4). Needs m >= n; no interval.
    ``"slot"``
        :func:`slot_model`, the mean n(n-1)/(2(2m-1)). Needs n <= 2m.
    ``"occupancy"``
        :func:`occupancy_model`, the mean m[1 - 2(1-1/2m)ⁿ + (1-1/m)ⁿ]. Any n and m.

    The interval of the exact models is the central one of the count in a single network. Shapes: n and m broadcast;
    the value and the interval's ends have their common shape.

    Args:
        n: number of features, one or an array.
        m: number of neurons, one or an array.
        model: "published", "slot" or "occupancy".
        level: of the interval of the exact models.

    >>> polysemantic_neurons(64, 128)
    Prediction 8 | m ≥ n; to first order in n/m. | arXiv:2312.03096, claim C4
    >>> polysemantic_neurons(64, [128, 256]).array.tolist()
    [8.0, 4.0]
    """
    arguments.one_of("model", model, ("published", "slot", "occupancy"))
    features, neurons = arguments.sizes(n, m)
    if model != "published":
        return _by_model(slot_model if model == "slot" else occupancy_model, features, neurons, level)
    few = neurons < features
    if few.any():
        least, given = int(features[few][0]), int(neurons[few][0])
        raise bad_argument("m", f"be at least n = {least} for the published law (try model='slot')", given)
    value = _plain(features * features / (4 * neurons))
    return Prediction(value, regime="m ≥ n; to first order in n/m.", source=f"{PAPER}, claim C4")


def leaders_alone(n: ArrayLike, m: ArrayLike) -> Prediction:
    """Expected neurons on which two or more features lead at the start: m [1 − qⁿ − (n/m) qⁿ⁻¹], q = 1 − 1/m.

    Each feature leads on a neuron that is uniform and independent of all others (eq. leaders-alone). Without
    interference every leader wins, so it is also the number of neurons that are then shared at the end. Shapes: n and
    m broadcast, and the value has their common shape.

    Args:
        n: number of features, one or an array.
        m: number of neurons, one or an array.
    """
    features, neurons = arguments.sizes(n, m)
    free = 1 - 1 / neurons
    value = _plain(neurons * (1 - free**features) - features * free ** (features - 1))
    return Prediction(value, regime="Independent rows with exchangeable weights, exact.", source="occupancy")


def slot_model(n: int, m: int) -> CountLaw:
    """The exact law of the number of shared neurons if features take signed slots at random, at most one per slot.

    A neuron has a + and a − slot; n features take n of the 2m slots without replacement, so that neuron k
    is shared when both of its slots are taken. Choosing k full neurons and n - 2k half-full ones of either
    sign,

        P(K = k) = C(m, k) C(m-k, n-2k) 2^(n-2k) / C(2m, n),    E K = n(n-1) / (2(2m-1)).

    Computed from the ratio P(k+1)/P(k) = (n-2k)(n-2k-1) / (4(k+1)(m-n+k+1)), which involves no large
    factorials and keeps twelve digits at n = 1e4, m = 1e6. Raises InputError if n > 2m (there are not
    enough slots). Source: docs/theory.md, eq. slot.

    Args:
        n: number of features.
        m: number of neurons.

    >>> slot_model(64, 128).prediction(0.95)
    Prediction 7.906 [4, 12] | Every feature ends in one signed slot of its own, ...
    """
    arguments.whole("n", n)
    arguments.whole("m", m)
    if n > 2 * m:
        raise bad_argument("n", f"be at most 2m = {2 * m}, the number of signed slots", n)
    return CountLaw(
        name=f"slot model, n={n}, m={m}",
        first=max(0, n - m),
        probabilities=_slot_probabilities(n, m),
        regime="Every feature ends in one signed slot of its own, all arrangements equally likely; n <= 2m.",
        source="slot model, exact",
    )


def occupancy_model(n: int, m: int) -> CountLaw:
    """The exact law of the number of neurons with a + and a − feature if features take slots independently.

    Every feature picks one of the 2m signed slots, whoever sits there already. The event counted is "at
    least one + and at least one − feature on this neuron" (three features count once; two of the same sign
    do not count): P = 1 - 2(1-1/2m)ⁿ + (1-1/m)ⁿ by inclusion and exclusion over the two slots, and for two
    neurons Σ_j (-1)^j C(4,j) (1-j/2m)ⁿ over their four, which gives :func:`occupancy_moments`.

    Given that d distinct slots are hit, the set hit is uniform, so the law is the slot model with n = d,
    mixed over the classical occupancy law of d. Raises InputError above n = 20,000 (use
    :func:`occupancy_moments`). Source: docs/theory.md, eq. occupancy.

    Args:
        n: number of features.
        m: number of neurons.
    """
    arguments.whole("m", m)
    if arguments.whole("n", n) > _LARGEST_OCCUPANCY:
        raise bad_argument("n", f"be at most {_LARGEST_OCCUPANCY} for the full occupancy law", n)
    total = np.zeros(min(n, 2 * m) // 2 + max(0, n - m) + 1)
    for distinct, chance in enumerate(_distinct_slots(n, 2 * m)):
        if chance > 1e-25:
            first, law = max(0, distinct - m), _slot_probabilities(distinct, m)
            total[first : first + law.size] += chance * law
    return CountLaw(
        name=f"occupancy model, n={n}, m={m}",
        first=0,
        probabilities=np.trim_zeros(total, "b"),
        regime="Every feature picks a signed slot independently of all others; any n and m.",
        source="occupancy model, exact",
    )


def occupancy_moments(n: int, m: int) -> tuple[float, float]:
    """Mean and variance of the occupancy model, in exact integer arithmetic, for any n and m.

    With s = 2m slots and N_j = (s-j)ⁿ: mean = m (N_0 - 2N_1 + N_2)/N_0 and, from the covariance of the
    indicators of two neurons, variance = mean + m(m-1) (N_0 - 4N_1 + 6N_2 - 4N_3 + N_4)/N_0 - mean².
    Source: docs/theory.md, eq. occupancy.

    Args:
        n: number of features.
        m: number of neurons.
    """
    arguments.whole("n", n)
    arguments.whole("m", m)
    powers = [max(2 * m - j, 0) ** n for j in range(5)]
    every = powers[0]
    single = m * (every - 2 * powers[1] + powers[2])
    pairs = m * (m - 1) * (every - 4 * powers[1] + 6 * powers[2] - 4 * powers[3] + powers[4])
    return single / every, (every * (single + pairs) - single**2) / every**2


def _by_model(law: Callable[[int, int], CountLaw], n: Floats, m: Floats, level: float) -> Prediction:
    """The means of an exact model with the intervals of one count, one for each pair of sizes."""
    made = [
        law(int(features), int(neurons)).prediction(level) for features, neurons in zip(n.flat, m.flat, strict=True)
    ]
    if n.ndim == 0:
        return made[0]
    value = np.array([each.value for each in made]).reshape(n.shape)
    ends = np.array([each.interval for each in made], dtype=float)
    low, high = (ends[:, side].reshape(n.shape) for side in (0, 1))
    return Prediction(value, (low, high), made[0].regime, made[0].source)


def _plain(value: Floats) -> float | Floats:
    """A number where there is one, else the array."""
    return value if np.ndim(value) else float(value)


def _slot_probabilities(n: int, m: int) -> Floats:
    """P(K = k) for k = max(0, n-m) … n//2."""
    k = np.arange(max(0, n - m), n // 2, dtype=np.float64)
    ratios = (n - 2 * k) * (n - 2 * k - 1) / (4 * (k + 1) * (m - n + k + 1))
    logs = np.append(0.0, np.cumsum(np.log(ratios)))
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def _distinct_slots(n: int, slots: int) -> Floats:
    """P(d distinct slots are hit by n independent throws) for d = 0 … min(n, slots)."""
    hit = np.arange(min(n, slots) + 1) / slots
    chances = np.zeros(hit.size)
    chances[0] = 1.0
    for _ in range(n):
        again = chances * hit
        again[1:] += chances[:-1] * (1 - hit[:-1])
        chances = again
    return chances
