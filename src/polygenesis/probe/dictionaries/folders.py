"""Folders of dictionaries: which files they hold, in the layouts of SAELens, dictionary_learning and sparsify."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.checks import plain_array
from polygenesis.errors import InputError
from polygenesis.files import entries
from polygenesis.probe.inputs.files import array_names, read_array, tensors_of

SETTINGS = ("cfg.json", "config.json")
"""Names of the file of settings: SAELens and sparsify write the first, dictionary_learning the second."""

CHECKPOINT = "ae.pt"
"""The file in which dictionary_learning keeps a dictionary's tensors."""

SHOWN = 4
"""Folders inside that are named where the folder itself holds no dictionary."""

Array = np.ndarray[Any, Any]


class Folder:
    """The settings and the arrays, read by name when they are asked for, of one dictionary.

    Raises :class:`polygenesis.InputError` for a folder that lacks either, and for settings that are no JSON.
    """

    def __init__(self, folder: str | Path) -> None:
        place = Path(folder)
        self.name = str(folder)
        names = [each.name for each in entries(place)]
        found = [place / each for each in SETTINGS if each in names]
        self._files = [place / name for name in names if name.endswith(".safetensors")]
        self._checkpoint = place / CHECKPOINT
        if not found or not (self._files or CHECKPOINT in names):
            raise InputError(
                f"Folder {self.name!r} must hold cfg.json and a .safetensors file, or config.json and {CHECKPOINT}"
                f"{_inside(place)}."
            )
        self.settings = _settings(found[0])
        self.settings_file = found[0].name
        self._tensors: Mapping[str, Any] | None = None

    def first(self, names: Mapping[str, bool]) -> tuple[str, Array] | None:
        """Return the first array of some names with its name, or None; half precision becomes single."""
        for file in self._files:
            held = array_names(file)
            for name in names:
                if name in held:
                    return name, _single(np.asarray(read_array(file, name)))
        if not self._files:
            tensors = self._loaded()
            for name in names:
                if name in tensors:
                    return name, _single(plain_array(name, tensors[name]))
        return None

    def held(self) -> str:
        """Name the arrays of the first file."""
        names = array_names(self._files[0]) if self._files else sorted(map(str, self._loaded()))
        return ", ".join(names[:12]) or "none"

    def _loaded(self) -> Mapping[str, Any]:
        if self._tensors is None:
            self._tensors = tensors_of(self._checkpoint)
        return self._tensors


def _single(array: Array) -> Array:
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _settings(file: Path) -> dict[str, Any]:
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(f"File {str(file)!r} is not valid JSON: {str(error).rstrip('.')}.") from None
    return fields if isinstance(fields, dict) else {}


def _inside(place: Path) -> str:
    """Name the dictionaries that lie deeper, as sparsify keeps one for every layer."""
    deeper = sorted(each.parent.name for name in SETTINGS for each in place.glob(f"*/{name}"))
    if not deeper:
        return ""
    more = " and others" if len(deeper) > SHOWN else ""
    return f"; it holds {', '.join(deeper[:SHOWN])}{more}, so name one of these"
