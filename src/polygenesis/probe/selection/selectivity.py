"""Selectivity: how well each neuron tells each feature, as effect sizes with nulls from permuted labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Booleans, Floats
from polygenesis.errors import InputError, bad_argument, unknown_name
from polygenesis.probe.inputs.activations import Activations, read_activations
from polygenesis.probe.inputs.labels import LabelKind, Labels, read_labels
from polygenesis.probe.selection.effects import Effects, Ordered, measure_block
from polygenesis.probe.selection.occurrence import Occurrence, occurrence

if TYPE_CHECKING:
    import pandas as pd

Measure = Literal["auroc", "difference", "information"]
MEASURES: tuple[Measure, ...] = ("auroc", "difference", "information")

DEFAULT_THRESHOLD: dict[Measure, float] = {"auroc": 0.75, "difference": 0.8, "information": 0.05}
"""From where on a neuron counts as selecting a feature: three of four random pairs of samples ordered rightly
(half-way between chance and certainty); a large effect in Cohen's words; a twentieth of a bit."""

FALSE_DISCOVERIES = 0.01
"""Share of selections that may be false (Benjamini and Hochberg), besides the effect that is asked for."""


@dataclass(frozen=True, eq=False, repr=False)
class Selectivity:
    """How well every neuron discriminates every feature: four matrices (m, n) of m neurons and n features.

    ``auroc``: chance that a random sample with the feature has a higher activation than one without, ties
    half; .5 is no relation. It is balanced: the sample without is drawn so that the samples of every *other*
    feature, and those without any, count alike, however many they are. For exclusive classes it is the mean over
    j ≠ i of P(a_i > a_j) + ½ P(a_i = a_j), for a single feature the plain AUROC. ``difference``: standardized
    difference of the means (Cohen's d, pooled standard deviation). ``information``: mutual information between the
    activation in 8 levels and the feature, in bits. These two depend on how frequent the other features are.
    ``q``: two-sided p-values of the AUROC under permuted labels (normal law with the exact variance, ties included),
    adjusted for false discoveries over all neurons and features. ``chance``: measure → its largest value over all
    neurons and features with permuted labels (|AUROC − ½| for the AUROC). ``constant``: neurons whose activation
    never changes, (m,). ``signed``: whether activations are negative somewhere, as they are without a ReLU.
    """

    auroc: Floats
    difference: Floats
    information: Floats
    q: Floats
    chance: dict[str, float]
    constant: Booleans
    names: tuple[str, ...]
    samples: int
    signed: bool = False

    @property
    def neurons(self) -> int:
        """Number of neurons, m."""
        return int(self.auroc.shape[0])

    def selected(
        self, measure: Measure = "auroc", threshold: float | None = None, *, q: float = FALSE_DISCOVERIES
    ) -> Booleans:
        """Say which neuron selects which feature, (m, n): effect at least ``threshold`` and adjusted p at most ``q``.

        A neuron that is *less* active with the feature selects it where activations are ``signed``, and does not
        behind a ReLU. What labels that occur together or exclude each other add is taken out by
        :func:`polygenesis.probe.select`.

        Args:
            measure: of the effect: "auroc", "difference" or "information".
            threshold: least effect, in ``measure``; by default .75 for the AUROC, .8 standard deviations, .05 bits.
            q: the share of selections that may be false.

        Raises:
            polygenesis.InputError: for another measure, for a threshold at or below no effect (.5 for the AUROC, 0 for
                the others), and for an AUROC of 1 or more.
        """
        least = checked_threshold(measure, threshold)
        up = (getattr(self, measure) >= least) & (self.auroc > 0.5)
        down = (_down(self, measure) >= least) & (self.auroc < 0.5) if self.signed else np.zeros_like(up)
        return np.asarray((up | down) & (self.q <= q))

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


def _down(found: Selectivity, measure: Measure) -> Floats:
    """The measure of how much *less* active each neuron is with each feature."""
    if measure == "auroc":
        return 1 - found.auroc
    return -found.difference if measure == "difference" else found.information


def checked_threshold(measure: Measure, threshold: float | None) -> float:
    """Return the threshold of a measure, its default for None; raise :class:`polygenesis.InputError`."""
    if measure not in MEASURES:
        raise unknown_name("measure", measure, MEASURES)
    least = DEFAULT_THRESHOLD[measure] if threshold is None else float(threshold)
    low = 0.5 if measure == "auroc" else 0.0
    if not low < least < (1.0 if measure == "auroc" else np.inf):
        raise bad_argument("threshold", f"lie above {low:g}" + (" and below 1" if low else ""), threshold)
    return least


def selectivity(
    activations: Any, labels: Any, *, kind: LabelKind | None = None, permutations: int = 1, seed: int = 0
) -> Selectivity:
    """Measure how well every neuron discriminates every feature.

    ``activations``: (samples, neurons), or an iterator of chunks of samples. ``labels``: see
    ``polygenesis.probe.inputs.labels``. ``permutations``: how often labels are permuted for ``chance`` (the
    p-values need none). Time grows as samples × neurons × (features + permutations × features). Raises
    :class:`polygenesis.InputError`.

    Args:
        activations: (samples, neurons), or an iterator of chunks of samples.
        labels: classes, columns of 0 and 1, or concepts.
        kind: what the labels are, where it is not plain.
        permutations: how often labels are permuted for ``chance``; p-values need none.
        seed: the same seed gives the same numbers.
    """
    source, given = read_activations(activations), read_labels(labels, kind)
    check_pair(source.samples, given)
    if isinstance(permutations, bool) or not isinstance(permutations, int) or permutations < 0:
        raise bad_argument("permutations", "be a whole number of at least 0", permutations)
    return measured(source, occurrence(given.present), given.names, permutations=permutations, seed=seed)


def measured(
    source: Activations,
    known: Occurrence,
    names: tuple[str, ...],
    *,
    permutations: int = 0,
    seed: int = 0,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> Selectivity:
    """Measure activations that have been read against labels that have been listed.

    ``advance`` is called with (neurons done, neurons in all) after each block.
    """
    rng, first = seeds.generator(seed, "selectivity", "labels"), np.arange(source.samples)
    orders = np.stack([first, *(rng.permutation(source.samples) for _ in range(permutations))])
    labels, seen = Ordered.of(known, orders), Effects.empty(source.neurons, len(names))
    largest = np.zeros((len(orders), len(MEASURES)))
    for at, block in source.blocks():
        largest = np.maximum(largest, measure_block(block, labels, seen.part(at, at + len(block))))
        advance(at + len(block), source.neurons)
    if seen.flat.all():
        raise InputError("Argument `activations` must vary, but every neuron is constant.")
    return Selectivity(
        auroc=seen.auroc,
        difference=seen.difference,
        information=seen.information,
        q=_adjusted(seen.z),
        chance=dict(zip(MEASURES, map(float, largest[1:].max(axis=0)), strict=True)) if permutations else {},
        constant=seen.flat,
        names=names,
        samples=source.samples,
        signed=bool(seen.signed.any()),
    )


def check_pair(samples: int, labels: Labels) -> None:
    """Say so if activations and labels are not of the same samples."""
    if samples != labels.samples:
        raise InputError(
            f"Argument `labels` must have one row a sample, but has {labels.samples} rows "
            f"for {samples} samples of activations."
        )


def _adjusted(z: Floats) -> Floats:
    """Two-sided p-values of z, adjusted; they take the place of z, which is as large as all effects of one kind."""
    from scipy import special

    from polygenesis.stats import benjamini_hochberg

    np.abs(z, out=z)
    np.negative(z, out=z)
    special.ndtr(z, out=z)
    np.minimum(np.multiply(z, 2, out=z), 1.0, out=z)
    return benjamini_hochberg(z.ravel()).reshape(z.shape)
