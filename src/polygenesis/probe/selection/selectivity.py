"""Selectivity: how well each neuron tells each feature, as effect sizes with nulls from permuted labels."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from polygenesis import seeds
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.errors import InputError, bad_argument, unknown_name
from polygenesis.probe.inputs.activations import read_activations
from polygenesis.probe.inputs.labels import LabelKind, Labels, read_labels

if TYPE_CHECKING:
    import pandas as pd

Measure = Literal["auroc", "difference", "information"]
MEASURES: tuple[Measure, ...] = ("auroc", "difference", "information")

LEVELS = 8
"""Levels of activation, equal shares of the samples, between which mutual information is computed."""

DEFAULT_THRESHOLD: dict[Measure, float] = {"auroc": 0.75, "difference": 0.8, "information": 0.05}
"""From where on a neuron counts as selecting a feature: three of four random pairs of samples ordered rightly
(half-way between chance and certainty); a large effect in Cohen's words; a twentieth of a bit."""

FALSE_DISCOVERIES = 0.01
"""Share of selections that may be false (Benjamini and Hochberg), besides the effect that is asked for."""


DENSE = 12.0
"""Features a sample, on average, above which matrix products are faster than sums over lists of features."""

EXACT = 2**24
"""Labels up to which products are in float64; beyond, float32 with centred ranks keeps six digits of the AUROC."""


@dataclass(frozen=True, eq=False, repr=False)
class Selectivity:
    """How well every neuron tells every feature: four matrices (m, n) of m neurons and n features.

    ``auroc``: chance that a random sample with the feature has a higher activation than one without, ties
    half; .5 is no relation. ``difference``: standardized difference of the means (Cohen's d, pooled standard
    deviation). ``information``: mutual information between the activation in ``LEVELS`` levels and the
    feature, in bits. ``q``: two-sided p-values of the AUROC under permuted labels (normal law with the exact
    variance, ties included), adjusted for false discoveries over all neurons and features.
    ``chance``: measure → its largest value over all neurons and features with permuted labels (|AUROC − ½|
    for the AUROC). ``constant``: neurons whose activation never changes, (m,).
    """

    auroc: Floats
    difference: Floats
    information: Floats
    q: Floats
    chance: dict[str, float]
    constant: Booleans
    names: tuple[str, ...]
    samples: int

    @property
    def neurons(self) -> int:
        """Number of neurons, m."""
        return int(self.auroc.shape[0])

    def selected(
        self, measure: Measure = "auroc", threshold: float | None = None, *, q: float = FALSE_DISCOVERIES
    ) -> Booleans:
        """Say which neuron selects which feature, (m, n): effect at least ``threshold`` and adjusted p at most ``q``.

        A neuron that is *less* active with the feature does not select it.
        """
        if measure not in MEASURES:
            raise unknown_name("measure", measure, MEASURES)
        least = DEFAULT_THRESHOLD[measure] if threshold is None else float(threshold)
        low = 0.5 if measure == "auroc" else 0.0
        if not low < least < (1.0 if measure == "auroc" else np.inf):
            raise bad_argument("threshold", f"lie above {low:g}" + (" and below 1" if low else ""), threshold)
        return np.asarray((getattr(self, measure) >= least) & (self.q <= q) & (self.auroc > 0.5))

    def to_dataframe(self) -> pd.DataFrame:
        """Return a pandas table with one row per neuron and feature."""
        import pandas as pd

        m, n = self.auroc.shape
        values = {name: getattr(self, name).ravel() for name in (*MEASURES, "q")}
        return pd.DataFrame({"neuron": np.repeat(np.arange(m), n), "feature": np.tile(list(self.names), m), **values})

    def __repr__(self) -> str:
        m, n = self.auroc.shape
        return (
            f"Selectivity({m} neurons, {n} features, {self.samples} samples; {int(self.selected().sum())} selections)"
        )


def selectivity(
    activations: Any, labels: Any, *, kind: LabelKind | None = None, permutations: int = 1, seed: int = 0
) -> Selectivity:
    """Measure how well every neuron tells every feature.

    ``activations``: (samples, neurons), or an iterator of chunks of samples. ``labels``: see
    :func:`polygenesis.probe.read_labels`. ``permutations``: how often labels are permuted for ``chance`` (the
    p-values need none). Time grows as samples × neurons × (features + permutations × features). Raises
    :class:`polygenesis.InputError`.
    """
    source, given = read_activations(activations), read_labels(labels, kind)
    check_pair(source.samples, given)
    if isinstance(permutations, bool) or not isinstance(permutations, int) or permutations < 0:
        raise bad_argument("permutations", "be a whole number of at least 0", permutations)
    rng = seeds.generator(seed, "selectivity", "labels")
    orders = [None, *(rng.permutation(source.samples) for _ in range(permutations))]  # None: labels as they are
    known = _known(given.present)
    parts = [_measure(block, known, orders) for _, block in source.blocks()]
    auroc, z, difference, information, chance, constant = (list(column) for column in zip(*parts, strict=True))
    if np.concatenate(constant).all():
        raise InputError("Argument `activations` must vary, but every neuron is constant.")
    return Selectivity(
        auroc=np.concatenate(auroc),
        difference=np.concatenate(difference),
        information=np.concatenate(information),
        q=_adjusted(np.concatenate(z)),
        chance=_largest(chance),
        constant=np.concatenate(constant),
        names=given.names,
        samples=source.samples,
    )


def check_pair(samples: int, labels: Labels) -> None:
    """Say so if activations and labels are not of the same samples."""
    if samples != len(labels.present):
        raise InputError(
            f"Argument `labels` must have one row a sample, but has {len(labels.present)} rows "
            f"for {samples} samples of activations."
        )


Part = tuple[Floats, Floats, Floats, Floats, list[tuple[float, float, float]], Booleans]
Order = NDArray[np.intp] | None


@dataclass(frozen=True, eq=False)
class _Known:
    """Labels as the sums need them: 0/1 (samples, n), each sample's features in one list, and samples by feature."""

    present: Booleans
    starts: Integers
    features: Integers
    with_: Floats
    dense: bool

    @property
    def size(self) -> int:
        return len(self.present)


def _known(present: Booleans) -> _Known:
    samples, features = np.nonzero(present)
    starts = np.searchsorted(samples, np.arange(len(present) + 1))
    with_ = present.sum(axis=0, dtype=np.float64)
    return _Known(present, starts, features, with_, bool(with_.sum() > DENSE * len(present)))


def _measure(block: Floats, known: _Known, orders: list[Order]) -> Part:
    """Measure one block of neurons (k, samples): AUROC, its z, d, bits, the largest by chance, constant neurons."""
    if block.dtype == np.float16 and not known.dense:
        found, flat = _half_effects(block, known, orders)
        return *found[0], _chances(found), flat
    block = np.asarray(block, dtype=np.float64)
    ranks = _ranks(block)
    block = block - block.mean(axis=1, keepdims=True)
    results = [_effects(block, ranks, known, order) for order in orders]
    constant = np.asarray(~ranks.any(axis=1))  # the centred mid-ranks of a constant are all zero
    return *results[0], _chances(results), constant


Effects = tuple[Floats, Floats, Floats, Floats]


def _chances(results: list[Effects]) -> list[tuple[float, float, float]]:
    """The largest effects with permuted labels."""
    return [(float(np.abs(a - 0.5).max()), float(np.abs(d).max()), float(b.max())) for a, _, d, b in results[1:]]


def _half_effects(block: Floats, known: _Known, orders: list[Order]) -> tuple[list[Effects], Booleans]:
    """The same of half-precision numbers, in one compiled pass: effects by order of the labels, constant neurons."""
    from polygenesis.probe.selection.ranking import half_sums

    place, n = np.arange(known.size), len(known.with_)
    places = np.stack([place if order is None else np.argsort(order) for order in orders])
    values = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float64)
    counts = np.zeros((len(orders), len(block), LEVELS, n + 1), dtype=np.int64)
    sums, squares = np.zeros((len(orders), len(block), 2, n)), np.zeros((len(block), 2))
    bits = block.view(np.uint16)
    _in_parts(
        len(block),
        lambda part: half_sums(
            bits[part], values, places, known.starts, known.features, counts[:, part], sums[:, part], squares[part]
        ),
    )
    results = [
        _from_sums(each.astype(np.float64), of_ranks, of_values, squares[:, 0], squares[:, 1], known)
        for each, of_ranks, of_values in zip(counts, sums[:, :, 0], sums[:, :, 1], strict=True)
    ]
    return results, np.asarray(squares[:, 0] == 0)


def _ranks(block: Floats) -> Floats:
    from polygenesis.probe.selection.ranking import middle_ranks

    ranks = np.empty_like(block)
    _in_parts(len(block), lambda part: middle_ranks(block[part], ranks[part]))
    return ranks


def _in_parts(rows: int, work: Callable[[slice], None]) -> None:
    """Do compiled work on one part of the rows a core; it lets go of Python's lock."""
    parts = max(1, min(os.cpu_count() or 1, 8, rows))
    slices = [slice(rows * part // parts, rows * (part + 1) // parts) for part in range(parts)]
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(work, slices))


def _effects(block: Floats, ranks: Floats, known: _Known, order: Order) -> Effects:
    """AUROC, z, d and bits of a centred block."""
    counts, sums, total = _sums(block, ranks, known, order)
    squares = [np.einsum("ks,ks->k", each, each) for each in (ranks, block)]
    return _from_sums(counts, sums, total, squares[0], squares[1], known)


def _from_sums(
    counts: Floats, sums: Floats, total: Floats, rank_squares: Floats, squares: Floats, known: _Known
) -> Effects:
    """AUROC, z, d and bits from sums over the samples with each feature: of ranks (k, n) and of centred values.

    With centred ranks c: Σ_{with} c = n₁n₀ (AUROC − ½), and under permutation its variance is exactly
    n₁n₀ Σc² / (N(N − 1)).
    """
    size, with_ = known.size, known.with_
    both = with_ * (size - with_)
    spread = np.sqrt(rank_squares[:, None] * both / (size * (size - 1.0)))
    z = np.divide(sums, spread, out=np.zeros_like(sums), where=spread > 0)
    difference = _difference(total, squares[:, None], with_, size)
    return 0.5 + sums / both, z, difference, _bits(counts)


def _difference(total: Floats, squares: Floats, with_: Floats, size: int) -> Floats:
    """Cohen's d from sums over the samples with a feature: the block is centred, so the others sum to −total."""
    gap = total / with_ + total / (size - with_)
    within = np.maximum(squares - total**2 / with_ - total**2 / (size - with_), 0) / max(size - 2, 1)
    spread = np.sqrt(within)
    flat = spread <= 1e-7 * np.sqrt(squares / size)  # rounding: the feature says the whole activation
    sure = np.where(np.abs(gap) > 1e-7 * np.sqrt(squares / size), np.copysign(np.inf, gap), 0.0)
    return np.divide(gap, spread, out=sure, where=~flat)


def _sums(block: Floats, ranks: Floats, known: _Known, order: Order) -> tuple[Floats, Floats, Floats]:
    """Samples by level (k, LEVELS, n + 1), and sums of ranks and of values (k, n), by feature."""
    if known.dense:
        return _dense_sums(block, ranks, known.present if order is None else known.present[order])
    from polygenesis.probe.selection.ranking import sums_by_feature

    place, n = np.arange(known.size) if order is None else np.argsort(order), len(known.with_)
    starts, features = known.starts, known.features
    counts = np.zeros((len(ranks), LEVELS, n + 1), dtype=np.int64)
    sums = np.zeros((len(ranks), 2, n))
    _in_parts(
        len(ranks),
        lambda part: sums_by_feature(ranks[part], block[part], place, starts, features, counts[part], sums[part]),
    )
    return counts.astype(np.float64), sums[:, 0], sums[:, 1]


def _dense_sums(block: Floats, ranks: Floats, present: Booleans) -> tuple[Floats, Floats, Floats]:
    """The same by matrix products, which win where a sample has many features."""
    labels = present.astype(np.float64 if present.size <= EXACT else np.float32)
    level = ((ranks + 0.5 * len(present)) / len(present) * LEVELS).astype(np.int8)
    every = np.concatenate([labels, np.ones((len(labels), 1), labels.dtype)], axis=1)
    counts = np.stack([(level == each).astype(labels.dtype) @ every for each in range(LEVELS)], axis=1)
    sums, total = ((each.astype(labels.dtype) @ labels).astype(np.float64) for each in (ranks, block))
    return counts.astype(np.float64), sums, total


def _bits(counts: Floats) -> Floats:
    """Mutual information between levels and each feature, (k, n), in bits, from counts (k, LEVELS, n + 1)."""
    shares = counts / counts[..., -1:].sum(axis=1, keepdims=True)
    joint, level = shares[..., :-1], shares[..., -1:]
    feature = joint.sum(axis=1, keepdims=True)
    return np.asarray((_gain(joint, level * feature) + _gain(level - joint, level * (1 - feature))).sum(axis=1))


def _gain(joint: Floats, independent: Floats) -> Floats:
    ratio = np.divide(joint, independent, out=np.ones_like(joint), where=(independent > 0) & (joint > 0))
    return np.asarray(joint * np.log2(ratio))


def _adjusted(z: Floats) -> Floats:
    from scipy import special

    from polygenesis.stats import benjamini_hochberg

    p = np.minimum(2 * special.ndtr(-np.abs(z)), 1.0)
    return benjamini_hochberg(p.ravel()).reshape(z.shape)


def _largest(parts: list[list[tuple[float, float, float]]]) -> dict[str, float]:
    every = [each for part in parts for each in part]
    if not every:
        return {}
    return dict(zip(MEASURES, (max(column) for column in zip(*every, strict=True)), strict=True))
