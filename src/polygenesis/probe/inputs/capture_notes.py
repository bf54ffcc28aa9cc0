"""Notes of a capture: what a reader should know of how batches were read, in one sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from polygenesis.numerals import counted
from polygenesis.probe.inputs.forward import Call
from polygenesis.probe.inputs.masks import ATTENTION, DECODER


class Notes:
    """Collects, batch by batch, which inputs were left out and which tokens are pads."""

    def __init__(self, module: Any, names: Sequence[str]) -> None:
        pad = getattr(getattr(module, "config", None), "pad_token_id", None)
        self._pad = pad if isinstance(pad, int) and not isinstance(pad, bool) else None
        self._takes_positions = "position_ids" in names
        self._unused: dict[str, None] = {}
        self._tokens = self._pads = self._unmasked = 0
        self._left = False

    def add(self, call: Call) -> None:
        """Take one call into account."""
        self._unused.update(dict.fromkeys(key for key in call.unused if key not in (ATTENTION, DECODER)))
        if call.mask is not None:
            self._tokens += call.mask.size
            self._pads += int((~call.mask).sum())
            shifted = bool((~call.mask[:, 0]).any()) and "position_ids" not in call.keywords
            self._left = self._left or (shifted and self._takes_positions)
        elif self._pad is not None and call.text is not None and call.ids is not None:
            self._unmasked += int((np.asarray(call.ids.detach().cpu()) == self._pad).sum())

    def sentences(self) -> tuple[str, ...]:
        """What was found, of all batches."""
        found = []
        if self._unused:
            keys = ", ".join(self._unused)
            found.append(f"Left out of the batches, since the module does not take them: {keys}.")
        if self._pads:
            found.append(
                f"{self._pads:,} of {self._tokens:,} tokens {'is a pad' if self._pads == 1 else 'are pads'}, by the "
                f"attention mask, and {'does' if self._pads == 1 else 'do'} not count."
            )
        if self._left:
            found.append(
                "Some texts are padded on the left and the batches have no position_ids: a network that numbers "
                "positions by itself counts the pads among them."
            )
        if self._unmasked:
            found.append(
                f"{counted(self._unmasked, 'token is', 'tokens are')} the module's pad token and "
                f"{'counts' if self._unmasked == 1 else 'count'}: no attention mask was given."
            )
        return tuple(found)
