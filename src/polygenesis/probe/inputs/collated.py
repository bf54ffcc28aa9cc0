"""Collated labels: what a language model is trained to guess, token ids that name no features.

Collators write them in three forms, with −100 where there is nothing to guess: the inputs' own ids (causal models,
which move them by one place themselves), the ids of the next tokens, and the ids under masks (masked models).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Integers
from polygenesis.probe.inputs.dense_labels import IGNORED

Array = np.ndarray[Any, Any]

MASKED = 0.5
"""Least share of the tokens that differ from their labels which must be one token, the mask. Collators put it in place
of four tokens of five that are to be guessed, and a random token in place of every second other one."""

KEPT = 0.25
"""Least share, of the tokens to be guessed that are not masked, which are left as they were: half of them usually."""

ELSEWHERE = 0.5
"""Least share of labels that are tokens of the text around, where no token to be guessed was left as it was."""

EQUAL = (
    "Labels are equal to the token ids, as collators for language models make them (−100 at pads), and name no features"
)
NEXT = "Labels are the ids of the next tokens, as language models are trained on them, and name no features"
UNDER_MASKS = (
    "Labels are the ids of masked tokens, as collators for masked language models make them (−100 at all others), and "
    "name no features"
)


def collated(labels: Sequence[Array | None], ids: Sequence[Array | None]) -> str:
    """Say what labels are that a collator for language models made, or return nothing for any other.

    ``labels``, ``ids``: one array a batch, (inputs, tokens), or one axis of all tokens. Labels with −100 alone are of
    any form, and numbers that are all 0 or 1 are features that are both input and label, not ids of tokens.
    """
    pairs = [(label, own) for label, own in zip(labels, ids, strict=True) if label is not None and own is not None]
    if len(pairs) < len(labels) or not all(_fit(label, own) for label, own in pairs):
        return ""
    none = _of_none([label for label, _ in pairs])
    said = _collated([(np.where(label == none, IGNORED, label), own) for label, own in pairs])
    return said.replace("−100", f"−{-none}")


def _of_none(labels: Sequence[Array]) -> int:
    """The label of what is not to be guessed: the one negative number among them, as no token has one, or −100."""
    below = np.unique(np.concatenate([label[label < 0] for label in labels] or [np.zeros(0, np.int64)]))
    return int(below[0]) if len(below) == 1 else IGNORED


def _collated(pairs: Sequence[tuple[Array, Integers]]) -> str:
    """Say what labels are that have −100 where there is nothing to guess."""
    if not any((label[label != IGNORED] > 1).any() for label, _ in pairs):
        return ""
    if all(_same(label, own) for label, own in pairs):
        return EQUAL
    moved = [(label[:, :-1], own[:, 1:]) for label, own in pairs if label.ndim == 2]
    if len(moved) == len(pairs) and any((label > 1).any() for label, _ in moved) and all(_same(*one) for one in moved):
        return NEXT
    return UNDER_MASKS if _under_masks(pairs) else ""


def _fit(labels: Array, ids: Array) -> bool:
    return labels.shape == ids.shape and labels.dtype.kind in "iu"


def _same(labels: Array, ids: Integers) -> bool:
    """Whether labels are these ids, but for −100."""
    return bool(((labels == ids) | (labels == IGNORED)).all())


def _under_masks(pairs: Sequence[tuple[Array, Integers]]) -> bool:
    """Whether labels are the ids of tokens in place of which most inputs have one and the same token, the mask.

    The mask stands nowhere else and is no label. Most labels are the inputs' ids where all tokens have one. Where
    only those to be guessed have, some of them were left as they were, or most labels stand in the text around.
    """
    label, own = (np.concatenate([np.ravel(each) for each in one]) for one in zip(*pairs, strict=True))
    known = label != IGNORED
    told, seen = label[known], own[known]
    changed = seen[told != seen]
    if not len(changed) or (told < 0).any():
        return False
    values, counts = np.unique(changed, return_counts=True)
    mask = values[counts.argmax()]
    if counts.max() < MASKED * len(changed) or (own == mask).sum() > counts.max() or (told == mask).any():
        return False
    if 2 * len(told) > len(label) and 2 * len(changed) <= len(told):
        return True  # all tokens have a label
    left = seen != mask
    if (told == seen)[left].sum() > KEPT * left.sum():
        return True
    around = np.isin(told, own[~known]) & (told > 1)
    return bool(around.mean() >= ELSEWHERE) and any(_several(each) for each, _ in pairs)


def _several(labels: Array) -> bool:
    """Whether some text has several labels, unlike a text's one label at its first token or its last."""
    known: Booleans = labels != IGNORED
    return bool((np.atleast_2d(known).sum(axis=1) > 1).any())
