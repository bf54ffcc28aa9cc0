"""What labels can mean: columns, one a feature, or labels of tokens; asked where both fit, refused where none does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from polygenesis.errors import InputError
from polygenesis.probe.inputs.dense_labels import LabelKind
from polygenesis.probe.inputs.seen import One, number_of_inputs, number_of_samples, widths
from polygenesis.probe.inputs.values import is_binary

Array = np.ndarray[Any, Any]

SPECIAL = 2
"""Tokens that a tokenizer puts around a text at most ([CLS], [SEP]): labels may be counted with or without them."""

MASK = "; an attention mask goes in as {'input_ids': …, 'attention_mask': …, 'labels': …}"


def check_meaning(
    labels: Sequence[Array], seen: Sequence[One], each_place: bool, kind: LabelKind | None, given: bool
) -> None:
    """Ask where labels (inputs, k) could be columns, one a feature, or belong to the tokens of each text.

    ``given``: whether all were given at once, not batch by batch.
    """
    first, one = labels[0], seen[0]
    alike = len({label.shape[1:] for label in labels}) == 1
    shape = (sum(map(len, labels)), *first.shape[1:]) if given and alike else first.shape
    if first.ndim > 2:
        _check_places(labels, shape, seen, each_place)
    if first.ndim != 2 or first.shape[1] < 2 or kind == "multi-label":
        return
    placed = each_place and all(each.placed for each in seen)
    fits = all(label.ndim == 2 and label.shape[1] == each.tokens for label, each in zip(labels, seen, strict=True))
    if kind == "continuous" and not (placed and not fits and of_tokens(labels, seen)):
        return
    whole = all(label.dtype.kind in "iub" for label in labels)
    binary = whole and all(map(is_binary, labels))
    if of_tokens(labels, seen) and not (fits and placed):
        raise _question(labels, shape, seen, placed, binary)
    if fits and placed and kind is None and binary:
        raise InputError(
            f'Labels have shape {shape} for texts of {widths(seen)} tokens, and are 0 or 1: say kind="classes" if '
            'each token has one, or kind="multi-label" if they are columns, one a feature.'
        )
    if not fits and one.tokens and whole and not binary and kind is None:
        raise InputError(
            f"Labels have shape {shape}, neither one for each input nor for each of its {widths(seen)} tokens; "
            'say kind="continuous" if they are columns, one a concept.'
        )


def _check_places(labels: Sequence[Array], shape: tuple[int, ...], seen: Sequence[One], each_place: bool) -> None:
    """Refuse labels (inputs, places..., features) that do not have the places of every batch."""
    if not each_place:
        raise InputError(f'Labels have shape {shape}, one for each place; pool="each" makes every place a sample.')
    other = next((one for label, one in zip(labels, seen, strict=True) if not one.own(label)), None)
    if other is not None and other.placed and of_tokens(labels, seen):
        raise padded(f"Labels have shape {shape}", shape, seen)
    if other is not None:
        raise InputError(
            f"Labels have shape {shape}, but layer {other.layer!r} has places of shape {other.shape}; give one label "
            "for each of these places, or one for each input."
        )


def of_tokens(labels: Sequence[Array], seen: Sequence[One]) -> bool:
    """Whether the second axis of labels has the length of a batch's texts, special tokens counted or not."""
    found = {label.shape[1] for label in labels if label.ndim > 1}
    apart = [(abs(width - one.tokens), one.text) for width in found for one in seen if one.tokens]
    return any(by <= (SPECIAL if text else 0) for by, text in apart)


def _question(
    labels: Sequence[Array], shape: tuple[int, ...], seen: Sequence[One], each_place: bool, binary: bool
) -> InputError:
    if each_place:
        instead = f", {_way_out(shape, seen)}"
    elif all(one.placed for one in seen):
        instead = ', pool="each" makes every token a sample'
    else:
        instead = f", layer {seen[0].layer!r} has none"
    columns = 'say kind="multi-label"' if all(map(is_binary, labels)) else 'say kind="continuous"'
    if not binary and (each_place or any(label.dtype.kind in "OUS" for label in labels)):
        columns = "pass a dictionary of columns, {name: column, …}"
    return InputError(
        f"Labels have shape {shape} for texts of {widths(seen)} tokens: if they belong to tokens{instead}; if "
        f"they are columns, one a feature, {columns}{MASK if binary and not each_place else ''}."
    )


def padded(what: str, shape: Sequence[int], seen: Sequence[One]) -> InputError:
    """Say that labels of tokens do not have the batches' tokens, and how they could be given."""
    return InputError(f"{what} for texts of {widths(seen)} tokens; {_way_out(shape, seen)}.")


def _way_out(shape: Sequence[int], seen: Sequence[One]) -> str:
    """How labels of tokens are given that do not have the batches' tokens."""
    flat = "flat columns (a dictionary or data frame), one row" if len(shape) > 2 else "labels in one axis, one"
    said = f"give {flat} for each of {number_of_samples(seen)}"
    if len({one.tokens for one in seen}) == 1:
        return f"{said}, special tokens included{'' if len(shape) > 2 else ' (−100 where they have none)'}"
    return f"{said}, or pad all batches to one width (each is padded to its own)"


def no_features(said: str) -> InputError:
    """Refuse labels that a collator for language models made; ``said``: what they are."""
    return InputError(f'{said}; give others as labels=, or say kind="classes" if every token id is a class.')


def ragged(lengths: Array, texts: bool) -> InputError:
    """Ask about labels that are lists of several lengths, one a text, where a text is one sample."""
    held = "texts, as many as each input has tokens" if texts else f"{lengths.min()} to {lengths.max()} labels"
    otherwise = 'if they are tags, say kind="multi-label"' if texts else "tags are lists of texts, or sets"
    return InputError(
        f'Labels are lists of {held}: if they belong to tokens, pool="each" makes every token a sample; {otherwise}.'
    )


def miscounted(name: str, seen: Sequence[One], count: int, each_place: bool, where: str = "") -> InputError:
    """Say how many labels there must be: as many as inputs, or, where every place is a sample, as places that count."""
    one, inputs = seen[0], sum(each.inputs for each in seen)
    samples, places = sum(each.samples for each in seen), sum(each.places for each in seen)
    must = "the one input" if inputs == 1 else f"each of the {inputs:,} inputs"
    if each_place and len(one.shape) > 1 and samples != inputs:
        must = f"each of {number_of_samples(seen)}, or of {number_of_inputs(seen)}"
    hint = ""
    if name == "loader" and len(one.shape) > 1 and one.shape[1] == count:
        hint = "; its first axis must be that of samples (batch_first=True)"
    elif not each_place and len(one.shape) > 1 and count in (samples, places):
        hint = f'; pool="each" makes each of {number_of_samples(seen)} a sample'
    return InputError(
        f"Argument `{name}` must have one label for {must}{where}, as layer {one.layer!r} sees them, but has "
        f"{count:,}{hint}."
    )
