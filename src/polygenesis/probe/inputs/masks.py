"""Attention masks: which tokens are real, found among the inputs, checked, and fitted to a layer's places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans
from polygenesis.errors import InputError
from polygenesis.probe.inputs.labels import plain

ATTENTION = "attention_mask"
DECODER = "decoder_attention_mask"


def read_mask(value: Any) -> Booleans:
    """Read an attention mask (inputs, tokens): true where a token is real.

    Raises :class:`polygenesis.InputError` for other shapes and for masks that are added to scores (0 and −∞).
    """
    array = plain("attention_mask", value)
    shape = tuple(array.shape)
    if array.ndim != 2:
        raise InputError(
            f"The attention mask must have shape (inputs, tokens), but has {shape}; name another with mask=, or "
            "mask=False to count all places."
        )
    if array.dtype.kind not in "biuf" or bool((array < 0).any()) or not np.isfinite(array).all():
        raise InputError(
            "The attention mask must be 1 for tokens and 0 for pads, but holds other numbers; name another with mask=, "
            "or mask=False to count all places."
        )
    return np.asarray(array != 0)


def resembles_mask(value: Any, ids: Any) -> bool:
    """Whether a value is the attention mask of token ids, by its content.

    It is 0 or 1 for every id; the ones of a row stand together; and all that it leaves out is one id, the pad.
    """
    if not (hasattr(value, "shape") and hasattr(ids, "shape")) or len(ids.shape) != 2:
        return False
    if tuple(value.shape) != tuple(ids.shape) or 0 in tuple(ids.shape):
        return False
    mask, tokens = plain("mask", value), plain("inputs", ids)
    if mask.dtype.kind not in "biuf" or tokens.dtype.kind not in "iu" or not ((mask == 0) | (mask == 1)).all():
        return False
    kept = mask != 0
    starts = kept[:, :1].sum(axis=1) + (kept[:, 1:] & ~kept[:, :-1]).sum(axis=1)
    return bool((starts == 1).all()) and len(np.unique(tokens[~kept])) <= 1


def mask_among(named: Mapping[str, Any]) -> Booleans | None:
    """Find a mask of tokens among named inputs that have no attention mask of that name.

    It is called a mask, and fits the token ids by its content, as it is or turned round, as PyTorch's padding masks
    are; a padding mask of truth values is taken by its name alone.
    """
    ids = next((each for each in named.values() if _are_ids(each)), None)
    for name, value in named.items():
        if "mask" not in name or not hasattr(value, "shape") or len(value.shape) != 2:
            continue
        if ids is not None and resembles_mask(value, ids):
            return read_mask(value)
        turned = 1 - plain("mask", value).astype(float)
        if ids is not None and resembles_mask(turned, ids):
            return read_mask(turned)
        if ids is None and name.endswith("padding_mask") and plain("mask", value).dtype.kind == "b":
            return read_mask(turned)
    return None


def _are_ids(value: Any) -> bool:
    return hasattr(value, "shape") and len(value.shape) == 2 and plain("inputs", value).dtype.kind in "iu"


def fitted(mask: Booleans, places: tuple[int, ...], layer: str) -> Booleans | None:
    """Bring a mask (inputs, tokens) to the places of a layer (inputs, tokens[, ...]); None where it has no places.

    Raises :class:`polygenesis.InputError` where the layer's places are no tokens of these, and for inputs without one.
    """
    if len(places) < 2:
        return None
    if places[:2] != mask.shape:
        raise InputError(
            f"The attention mask has shape {mask.shape}, but layer {layer!r} has places of shape {places}; mask=False "
            "counts all its places."
        )
    return np.ascontiguousarray(np.broadcast_to(mask.reshape(mask.shape + (1,) * (len(places) - 2)), places))
