"""Weights of dictionaries: what a diagnosis reads from one decoder, or from several that were matched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from polygenesis.arrays import Weights
from polygenesis.checks import plain_array
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.dictionaries.matching import Matching, match
from polygenesis.probe.dictionaries.reading import Part, read_dictionary
from polygenesis.probe.inputs.files import loaded

CIRCULAR = (
    "They were matched by their neurons, so that the same latents share the same neurons in every dictionary says that "
    "the dictionaries agree, not that another network would share them."
)
"""What recurrence over matched dictionaries cannot say."""


class DictionaryWeights(NamedTuple):
    """Decoders as weights (R, k, m), the latents' names (k,), a sentence on how they were matched, and the matching.

    ``note`` is empty and ``matching`` None for one dictionary.
    """

    weights: Weights
    names: tuple[str, ...]
    note: str
    matching: Matching | None

    @property
    def sign_rule_applies(self) -> bool:
        """Whether the test of signs says anything: never, as latents are non-negative and their rows of one sign."""
        return False

    @property
    def recurrence_applies(self) -> bool:
        """Whether pairs that come back in every dictionary are evidence of structure: never, for dictionaries.

        Latents are matched by their neurons, so whatever one dictionary shares comes back in all others, also where a
        network's features chose their neurons at random: the dictionaries are views of one network, not runs of it.
        """
        return False


def dictionary_weights(given: Any, seed: int = 0, part: Part = "decoder") -> DictionaryWeights:
    """Read one or several dictionaries of one layer as weights whose features are the same in all of them.

    ``given``: a folder (see :func:`polygenesis.probe.read_dictionary`), a file, an array (n, m), latents by neurons, an
    array (R, n, m), or a list of folders, files and arrays. One dictionary is only read. Several are matched (see
    :func:`polygenesis.probe.dictionaries.matching.match`) and cut down to the k latents that all have, in the order of
    the reference; rows keep their lengths. ``part``: which matrix of a folder is read. Raises
    :class:`polygenesis.InputError` for what cannot be read and for dictionaries that have too little in common.
    """
    decoders = _matrices(given, part)
    if len(decoders) == 1:
        names = tuple(f"latent {i}" for i in range(len(decoders[0])))
        return DictionaryWeights(decoders[0][None], names, "", None)
    found = match(decoders, seed=seed)
    weights = np.stack([each[rows] for each, rows in zip(decoders, found.rows, strict=True)])
    return DictionaryWeights(weights, found.names, f"{found.sentence} {CIRCULAR}", found)


def _matrices(given: Any, part: Part) -> list[Weights]:
    if isinstance(given, str | Path) or hasattr(given, "ndim"):
        given = _matrix(given, part)
        given = list(given) if given.ndim == 3 else [given]
    if not isinstance(given, Sequence) or not len(given):
        raise bad_argument("activations", "be a dictionary or a list of dictionaries", given)
    return [_checked(r, _matrix(each, part)) for r, each in enumerate(given)]


def _matrix(value: Any, part: Part) -> np.ndarray[Any, Any]:
    value = loaded(value)
    return read_dictionary(value, part)[0] if isinstance(value, Path) else plain_array("activations", value)


def _checked(number: int, decoder: np.ndarray[Any, Any]) -> Weights:
    if decoder.ndim != 2 or 0 in decoder.shape or decoder.dtype.kind not in "fiu":
        raise InputError(
            f"Dictionary {number} must be real numbers, latents by neurons, but has shape {decoder.shape} of "
            f"{decoder.dtype}."
        )
    if not np.isfinite(decoder).all():
        raise InputError(f"Dictionary {number} must be finite, but has NaN or infinity.")
    return decoder if decoder.dtype in (np.float32, np.float64) else decoder.astype(np.float32)
