"""Matching: which latents several dictionaries have in common, against dictionaries that are unrelated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.arguments import share
from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.checks import plain_array
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.dictionaries.assignment import NONE, assign, method, nearest
from polygenesis.probe.dictionaries.nulls import chance_cut, unit_rows
from polygenesis.probe.dictionaries.reading import read_dictionary
from polygenesis.progress import check_wanted, stepping

LEVEL = 0.01
"""Share of the latents of unrelated dictionaries that may pass for common."""

LEAST_SHARE = 0.1
"""Least share of latents in common: ten times :data:`LEVEL`, so that at most a tenth of them are accidents."""

MOST_BY_CHANCE = 0.5
"""Largest share of the common latents that unrelated dictionaries may have in common as well."""

COMPARED = 1_000
"""Rows of each dictionary by which the reference is chosen."""


@dataclass(frozen=True, eq=False)
class Matching:
    """The k latents that R dictionaries have in common, with the error rate of the matches.

    ``reference``: the dictionary that all others are matched to. ``rows`` (R, k): the row of each common latent in each
    dictionary, in the reference's order. ``cosines`` (R, k): signed, with the reference's row. ``cut``: the least
    cosine that counts. ``level``: the share of latents of unrelated dictionaries that reach it in one dictionary;
    ``by_chance``: how many latents of unrelated dictionaries would be in common in all. ``sizes``, ``dead``: rows and
    zero rows of each dictionary. ``method``: how rows were assigned.
    """

    reference: int
    rows: Integers
    cosines: Floats
    cut: float
    level: float
    by_chance: float
    sizes: tuple[int, ...]
    dead: tuple[int, ...]
    method: str

    @property
    def matched(self) -> int:
        """The number of common latents, k."""
        return int(self.rows.shape[1])

    @property
    def left_out(self) -> tuple[int, ...]:
        """The latents of each dictionary that are not in all others; dead ones are among them."""
        return tuple(size - self.matched for size in self.sizes)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the common latents: their numbers in the reference, from 0."""
        return tuple(f"latent {row}" for row in self.rows[self.reference])

    @property
    def sentence(self) -> str:
        """What was matched and left out, at what cut, and how much of it chance would match."""
        most, least = max(self.left_out), min(self.left_out)
        every = "both" if len(self.sizes) == 2 else f"all {len(self.sizes)}"
        return (
            f"Latents have no common order, so rows were matched by cosine with dictionary {self.reference} "
            f"({self.method}): {self.matched} latents are in {every} dictionaries, above a cosine of "
            f"{self.cut:.2f}; {least if most == least else f'{least} to {most}'} latents a dictionary are left out. "
            f"Of unrelated dictionaries about {self.by_chance:.2g} would be."
        )

    def __repr__(self) -> str:
        return f"Matching({self.sentence})"


def match(
    decoders: Sequence[Any],
    *,
    level: float = LEVEL,
    least: float = LEAST_SHARE,
    seed: int = 0,
    progress: Callable[[str], None] | bool | None = None,
) -> Matching:
    """Find the latents that all dictionaries of one layer have in common.

    ``decoders``: R arrays (n_r, d), latents by neurons, R ≥ 2. Rows are scaled to length one and keep their signs; each
    dictionary is assigned to a reference, the one whose rows are nearest to the others', by
    ``dictionaries/assignment.py`` (Hungarian method, or mutual nearest neighbours beyond
    4,096 rows). A latent is common if its cosine reaches the cut in every dictionary.

    **Null.** Decoder rows share a mean direction and a covariance, so that random directions are no yardstick. The
    cut is the largest (1 − ``level``) quantile of nearest cosines with unrelated dictionaries of the same size, mean
    and covariance (``dictionaries/nulls.py``). Two more nulls may raise it, but to .95
    at most, from where two rows are one direction by definition: dictionaries whose neurons have changed places,
    because sparse rows agree as soon as they share a neuron; and the other rows of the reference itself, because rows
    of one cluster agree with any row of it.

    So rows that are one neuron and noise are refused where the noise takes them below .95: two features that share the
    neuron look the same. One layer of one network is assumed: matched latents have much the same neurons *because* they
    were matched by them. Dictionaries of different networks are refused, as their neurons do not correspond.

    ``progress``: True for a line on the terminal or in the notebook; a function is called with each step's name.

    Raises :class:`polygenesis.InputError` if less than a share ``least`` of the live latents is common, or if unrelated
    dictionaries as sparse as these would have half as many in common.

    Args:
        decoders: R ≥ 2 arrays (n_r, d), latents by neurons, or folders, whose decoders are read
            (:func:`polygenesis.probe.read_dictionary`).
        level: the chance at which rows of unrelated dictionaries are as near as the cut.
        least: the share of live latents that must be common.
        seed: the same seed gives the same numbers.
        progress: True for a line on the terminal or in the notebook; a function is called with each step's name.

    >>> random = np.random.default_rng(0)
    >>> decoder = random.standard_normal((50, 64))
    >>> found = match([decoder, decoder[::-1], decoder[random.permutation(50)]])
    >>> found.matched, found.names[:2], found.rows[1, :2].tolist()
    (50, ('latent 0', 'latent 1'), [49, 48])
    """
    share("level", level)
    share("least", least)
    check_wanted(progress)
    units, lives = _read(decoders)
    with stepping(progress, "Matching") as say:
        tell: Callable[[str], object] = say or str  # which says nothing
        tell("which dictionary is nearest to the others")
        reference = _medoid(units, seed)
        others = [r for r in range(len(units)) if r != reference]
        tell("cosines of unrelated dictionaries")
        cut, rate = chance_cut(units[reference], [units[r] for r in others], level, seed)
        tell("latents of each to those of the reference")
        rows, cosines = _assigned(units, reference)
    common = ((rows != NONE) & (cosines >= cut)).all(axis=0)
    sizes = tuple(len(live) for live in lives)
    by_chance = rate * len(units[reference])
    _check_enough(common, cosines, cut, level, least, [len(each) for each in units], by_chance)
    numbers = np.stack([np.flatnonzero(live)[each[common]] for live, each in zip(lives, rows, strict=True)])
    return Matching(
        reference,
        numbers,
        np.asarray(cosines[:, common], dtype=np.float64),
        cut,
        level,
        by_chance,
        sizes,
        tuple(int((~live).sum()) for live in lives),
        method(*(len(each) for each in units)),
    )


def _read(decoders: Sequence[Any]) -> tuple[list[Floats], list[Booleans]]:
    """Return the unit rows that are not zero of each dictionary, and which rows those are."""
    if not isinstance(decoders, Sequence) and getattr(decoders, "ndim", 0) != 3:
        raise bad_argument("decoders", "be a list of dictionaries", decoders)
    if len(decoders) < 2:
        raise bad_argument("decoders", "be at least two dictionaries", f"shape ({len(decoders)}, …)")
    arrays = [
        read_dictionary(each)[0] if isinstance(each, str | Path) else plain_array("decoders", each) for each in decoders
    ]
    for r, each in enumerate(arrays):
        if each.ndim != 2 or 0 in each.shape or each.dtype.kind not in "fiu":
            raise InputError(
                f"Dictionary {r} must be real numbers, latents by neurons, but has shape {each.shape} of {each.dtype}."
            )
        if each.shape[1] != arrays[0].shape[1]:
            widths = " and ".join(str(each.shape[1]) for each in (arrays[0], arrays[r]))
            raise InputError(
                f"Dictionaries must be of the same neurons to be matched, but 0 and {r} have {widths} of them."
            )
        if not np.isfinite(each).all():
            raise InputError(f"Dictionary {r} must be finite, but has NaN or infinity.")
    lives = [np.asarray(each.any(axis=1)) for each in arrays]
    for r, live in enumerate(lives):
        if not live.any():
            raise InputError(f"Dictionary {r} must have a row that is not zero, but all are.")
    return [unit_rows(each[live]) for each, live in zip(arrays, lives, strict=True)], lives


def _medoid(units: list[Floats], seed: int) -> int:
    """The dictionary whose rows are nearest to those of all others, by a sample of rows."""
    random = np.random.default_rng(seed)
    samples = [each[random.permutation(len(each))[:COMPARED]] for each in units]
    nearness = [
        np.mean([nearest(sample, other).mean() for s, sample in enumerate(samples) if s != r])
        for r, other in enumerate(units)
    ]
    return int(np.argmax(np.round(nearness, 6)))


def _assigned(units: list[Floats], reference: int) -> tuple[Integers, Floats]:
    """Return rows (R, n) and cosines (R, n) of every dictionary for each row of the reference."""
    n = len(units[reference])
    own = (np.arange(n), np.ones(n))
    found = [own if r == reference else assign(units[reference], each) for r, each in enumerate(units)]
    return np.stack([rows for rows, _ in found]), np.stack([cosines for _, cosines in found])


def _check_enough(
    common: Booleans, cosines: Floats, cut: float, level: float, least: float, sizes: list[int], by_chance: float
) -> None:
    """Refuse dictionaries that have too little in common, or no more than unrelated ones would."""
    count, smallest = int(common.sum()), min(sizes)
    needed, best = max(2, int(np.ceil(least * smallest))), float(cosines.min(axis=0).max())
    begin = (
        f"The {len(sizes)} dictionaries cannot be matched: {count} of {smallest} latents reach a cosine of {cut:.2f} "
        f"in all of them (the nearest {best:.2f}), but "
    )
    if count < needed:
        raise InputError(
            f"{begin}at least {needed} must, as {level:.2g} of unrelated latents do by chance; "
            "they may be of different layers or networks."
        )
    if by_chance > MOST_BY_CHANCE * count:
        raise InputError(
            f"{begin}so would about {by_chance:.0f} of unrelated dictionaries whose latents have as few neurons."
        )
