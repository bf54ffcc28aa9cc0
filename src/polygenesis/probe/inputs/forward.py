"""Forward: how a module is called with a batch, by what its ``forward`` takes, and which tokens of it are real."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans
from polygenesis.errors import InputError, shortened
from polygenesis.probe.inputs.batches import TOKENIZE, Batch, are_texts, is_mapping
from polygenesis.probe.inputs.capture_options import CaptureOptions
from polygenesis.probe.inputs.masks import ATTENTION, DECODER, mask_among, read_mask, resembles_mask

SPREAD = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

IDS = "input_ids"
"""The token ids of a batch, as Hugging Face's tokenizers call them."""

TYPES = "token_type_ids"
"""The third tensor of texts in pairs, as Hugging Face's models call it."""

RAISED = (RuntimeError, TypeError, ValueError, AttributeError, IndexError, KeyError, AssertionError,
          NotImplementedError)  # fmt: skip
"""Python's own errors, by which a module says that it cannot take a batch; a class derived from them passes."""


@dataclass(frozen=True, eq=False)
class Call:
    """Arguments of one call, and what is known of their tokens.

    ``mask``, ``decoder_mask``: (inputs, tokens), or None where unknown. ``ids``: the token ids (inputs, tokens), or
    None. ``unused``: keys that the module does not take. ``instead``: another call, for a module that refuses this one.
    ``advice``: what to do if it refuses this one.
    """

    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    mask: Booleans | None = None
    decoder_mask: Booleans | None = None
    ids: Any = None
    unused: tuple[str, ...] = ()
    instead: Call | None = None
    advice: str = ""

    @property
    def text(self) -> tuple[int, int] | None:
        """Inputs and tokens of a batch of texts; None where it is not known to be one."""
        known = self.mask if self.mask is not None else self.ids
        return None if known is None else (int(known.shape[0]), int(known.shape[1]))


class Forward:
    """A module's ``forward``: which arguments it takes, and how it is called with a batch."""

    def __init__(self, module: Any) -> None:
        try:
            self._signature: inspect.Signature | None = inspect.signature(module.forward)
        except (TypeError, ValueError):
            self._signature = None
        parameters = [] if self._signature is None else list(self._signature.parameters.values())
        variable = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        self.names = tuple(each.name for each in parameters if each.kind not in variable)
        self.open = self._signature is None or any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)
        self.needed = frozenset(
            each.name for each in parameters if each.kind not in variable and each.default is inspect.Parameter.empty
        )
        self._positional = [each for each in parameters if each.kind in SPREAD]

    def call(self, batch: Batch, how: CaptureOptions) -> Call:
        """Say how the module is called with a batch. Raises :class:`polygenesis.InputError` where it cannot be."""
        if batch.named:
            return self._by_name(batch, how)
        try:
            return self._by_position(batch, how)
        except InputError:
            if not batch.before or batch.before >= len(batch.listed):
                raise
        found = self._by_position(replace(batch, listed=batch.listed[: batch.before]), how)
        return replace(found, unused=tuple(f"position {i + 1}" for i in range(batch.before, len(batch.listed))))

    def _by_name(self, batch: Batch, how: CaptureOptions) -> Call:
        named = {key: _tensor(value) for key, value in batch.named.items()}
        masks = _named_masks(named, how)
        ids = next(filter(_are_ids, (named.get(IDS), *named.values())), None)
        kept = {key: value for key, value in named.items() if key in self.names or (self.open and _is_tensor(value))}
        if kept and self._takes((), kept):
            unused = tuple(key for key in named if key not in kept)
            left = f"; {', '.join(map(repr, unused))} was left out, since forward takes {self._described()}"
            return Call((), kept, *masks, ids, unused, advice=left if unused else "")
        if not set(named) & set(self.names) and self._takes((batch.whole,), {}):
            alone = [each for key, each in named.items() if _is_tensor(each) and "mask" not in key]
            instead = Call((alone[0],), {}, *masks, ids) if len(alone) == 1 else None
            advice = f"; its forward takes {self._described()}, so yield mappings with these keys"
            return Call((batch.whole,), {}, *masks, ids, (), instead, advice)
        texts = f"{TOKENIZE}, and " if any(map(are_texts, named.values())) else ""
        raise InputError(
            f"Argument `loader` yields mappings with {', '.join(map(repr, named))}, but the module's forward takes "
            f"{self._described()}; {texts}yield mappings with these keys, such as {{{self._first()!r}: …}}."
        )

    def _by_position(self, batch: Batch, how: CaptureOptions) -> Call:
        values = [_tensor(each, numbers=False) for each in batch.listed]
        at, mask = self._mask_among(values, how)
        ids = next(filter(_are_ids, values), None)
        if len(values) > 1 and ATTENTION in self.names and how.mask is not False:
            keywords = self._named_text(values, at)
            if keywords is None or not self._takes(tuple(values[:1]), keywords):
                raise InputError(
                    f"Argument `loader` yields {len(values)} inputs beside the labels, which are not seen to be token "
                    f"ids and their attention mask; yield mappings, {{{self._first()!r}: …, '{ATTENTION}': …}}, or say "
                    "mask=1."
                )
            return Call(tuple(values[:1]), keywords, mask, None, ids)
        if len(values) == 1 or batch.whole is None or self._spreads(values):
            if self._takes(tuple(values), {}):
                return Call(tuple(values), {}, mask, None, ids)
        elif self._takes((batch.whole,), {}):
            return Call((tuple(values),), {}, mask, None, ids)
        inputs = "1 input" if len(values) == 1 else f"{len(values)} inputs"
        raise InputError(
            f"Argument `loader` yields {inputs} beside the labels, but the module's forward takes {self._described()}; "
            "where one of them is the labels, say which, such as label=1, and otherwise yield mappings with these keys."
        )

    def _named_text(self, values: list[Any], at: int | None) -> dict[str, Any] | None:
        """Name what a tuple holds beside token ids: the attention mask at its place, and token types; None if more."""
        if at is None or at == 0:
            return None
        others = [each for i, each in enumerate(values) if i not in (0, at)]
        if not others:
            return {ATTENTION: values[at]}
        fits = len(others) == 1 and TYPES in self.names and _shape(others[0]) == _shape(values[0])
        return {ATTENTION: values[at], TYPES: others[0]} if fits else None

    def _mask_among(self, values: list[Any], how: CaptureOptions) -> tuple[int | None, Booleans | None]:
        """Where the attention mask stands among listed inputs, and what it is; None where there is none.

        PyTorch's padding masks, true for pads, are known by the name of the argument at their position.
        """
        if how.mask is False or (how.mask is None and len(values) < 2):
            return None, None
        if isinstance(how.mask, str):
            raise InputError(f"Argument `mask` is the key {how.mask!r}, but the loader yields no mappings; say mask=1.")
        if isinstance(how.mask, int):
            if not -len(values) <= how.mask < len(values):
                raise InputError(f"Argument `mask` must be a position among {len(values)} inputs, but is {how.mask}.")
            return how.mask % len(values), read_mask(values[how.mask])
        for i, value in list(enumerate(values))[1:]:
            if i < len(self._positional) and "padding_mask" in self._positional[i].name:
                found = mask_among({"inputs": values[0], "padding_mask": value})
            else:
                found = read_mask(value) if resembles_mask(value, values[0]) else None
            if found is not None:
                return i, found
        return None, None

    def _spreads(self, values: list[Any]) -> bool:
        """Whether a tuple of inputs fills several arguments: all that are needed, and tensors that may be None."""
        filled = self._positional[: len(values)]
        tensors = all(each.default is None or each.name in self.needed for each in filled)
        return self._takes(tuple(values), {}) and len(filled) == len(values) and tensors

    def _takes(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
        if self._signature is None:
            return True
        try:
            self._signature.bind(*arguments, **keywords)
        except TypeError:
            return False
        return True

    def _first(self) -> str:
        return self.names[0] if self.names else "x"

    def _described(self) -> str:
        shown = ", ".join(self.names[:6]) or "no named arguments"
        return shown + (", …" if len(self.names) > 6 else "")


def run(module: Any, call: Call) -> Any:
    """Call a module. Raises :class:`polygenesis.InputError` where it cannot take the batch, with its own words."""
    device = _device(module)
    arguments = [_moved(each, device) for each in call.arguments]
    keywords = {key: _moved(each, device) for key, each in call.keywords.items()}
    try:
        return module(*arguments, **keywords)
    except Exception as error:
        if type(error) not in RAISED:
            raise
        named = [each for value in call.arguments if isinstance(value, dict) for each in value.values()]
        texts = any(map(are_texts, (*call.arguments, *call.keywords.values(), *named)))
        advice = f"; {TOKENIZE}" if texts else call.advice or _precision(module, call)
        given = [_shown(each) for each in call.arguments] + [f"{key}={_shown(each)}" for key, each in keywords.items()]
        raise InputError(
            f"The module cannot be run on a batch of `loader`: {type(module).__name__}({', '.join(given)}) ends in "
            f"{type(error).__name__}: {shortened(' '.join(str(error).split()), 200)}{advice}."
        ) from error


def _precision(module: Any, call: Call) -> str:
    """What to do where inputs and parameters have floating-point numbers of different kinds."""
    own = {each.dtype for each in module.parameters() if each.dtype.is_floating_point}
    values = [each for each in (*call.arguments, *call.keywords.values()) if _is_tensor(each)]
    given = {each.dtype for each in values if each.dtype.is_floating_point}
    if len(own) != 1 or not given or given == own:
        return ""
    kind = own.pop()
    return f"; the module's parameters are {kind}, so yield inputs as x.to({kind}), or pass module.to({given.pop()})"


def _named_masks(named: dict[str, Any], how: CaptureOptions) -> tuple[Booleans | None, Booleans | None]:
    """The attention masks of the inputs and of a decoder's inputs, where the batch has them."""
    if how.mask is False:
        return None, None
    if isinstance(how.mask, int):
        raise InputError(f"Argument `mask` must be one of the keys {', '.join(map(repr, named))}, but is {how.mask}.")
    if how.mask is not None and how.mask not in named:
        raise InputError(f"Argument `mask` must be one of the keys {', '.join(map(repr, named))}, but is {how.mask!r}.")
    decoder = named.get(DECODER)
    if how.mask is not None or ATTENTION in named:
        chosen = None if named[how.mask or ATTENTION] is None else read_mask(named[how.mask or ATTENTION])
    else:
        chosen = mask_among(named)
    return chosen, None if decoder is None else read_mask(decoder)


def _are_ids(value: Any) -> bool:
    """Whether a value can be token ids, (inputs, tokens)."""
    whole = _is_tensor(value) and not value.dtype.is_floating_point and not value.dtype.is_complex
    return bool(whole and value.ndim == 2)


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "detach")


def _tensor(value: Any, numbers: bool = True) -> Any:
    """Return NumPy's arrays, and lists of numbers in mappings, as tensors; anything else as it is."""
    import torch

    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        tensor = torch.as_tensor(value)
        return tensor.to(torch.get_default_dtype()) if value.dtype == np.float64 else tensor
    if numbers and isinstance(value, list | tuple) and value and not any(map(_is_tensor, value)):
        try:
            array = np.asarray(value)
        except ValueError:  # of several lengths
            return value
        return _tensor(array) if array.dtype.kind in "biuf" else value
    return value


def _device(module: Any) -> Any:
    """The one device of a module's parameters and buffers; None where there are none, or several."""
    found = {each.device for each in module.parameters()} | {each.device for each in module.buffers()}
    return found.pop() if len(found) == 1 else None


def _moved(value: Any, device: Any) -> Any:
    """Return a value with its tensors on a device."""
    if device is None or device.type == "meta":
        return value
    if _is_tensor(value):
        return value.to(device)
    if isinstance(value, tuple | list) and not hasattr(value, "_fields"):
        return type(value)(_moved(each, device) for each in value)
    if isinstance(value, dict):
        return {key: _moved(each, device) for key, each in value.items()}
    if is_mapping(value) and callable(getattr(value, "to", None)):
        return value.to(device)
    return value


def _shape(value: Any) -> tuple[int, ...]:
    return tuple(getattr(value, "shape", ()))


def _shown(value: Any) -> str:
    return f"shape {tuple(value.shape)}" if hasattr(value, "shape") else type(value).__name__
