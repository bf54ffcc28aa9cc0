"""Reading one dictionary: a folder of cfg.json and safetensors, its orientation checked against cfg.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.errors import InputError
from polygenesis.files import entries
from polygenesis.probe.inputs.files import array_names, read_array

DECODERS = {"W_dec": False, "decoder.weight": True}
"""Names of decoders, and whether their usual layout is (neurons, features), as ``torch.nn.Linear`` keeps it."""

ENCODERS = {"W_enc": True, "encoder.weight": False}
"""Names of encoders, and whether their usual layout is (neurons, features)."""

NEURONS = ("d_in", "activation_dim", "input_dim", "input_size")
"""Names under which cfg.json says how many neurons a dictionary reads."""

FEATURES = ("d_sae", "dict_size", "dictionary_size", "num_latents", "n_latents")
"""Names under which cfg.json says how many latents it has; 0 is how some write "from the expansion factor"."""

Array = np.ndarray[Any, Any]


def read_dictionary(folder: str | Path) -> tuple[Array, dict[str, Any]]:
    """Read the decoder, (features, neurons), and the settings of a folder of cfg.json and *.safetensors.

    The decoder is ``W_dec`` (SAELens) or ``decoder.weight`` (``torch.nn.Linear``). If cfg.json states the number of
    neurons or of latents, a decoder that is stored the other way round is transposed. Raises
    :class:`polygenesis.InputError` for a folder without these files, for sizes that contradict cfg.json, and for a
    square decoder beside sizes that could not tell its rows from its columns.
    """
    decoder, encoder, fields = _read(folder)
    return _oriented(decoder, encoder, fields), fields


def read_encoder(folder: str | Path) -> Array | None:
    """Read the encoder of a dictionary as (features, neurons), like its decoder; None where the folder has none.

    Raises :class:`polygenesis.InputError` as :func:`read_dictionary` does, and where the encoder's shape is not the
    decoder's.
    """
    decoder, encoder, fields = _read(folder)
    shape = _oriented(decoder, encoder, fields).shape
    if encoder is None:
        return None
    stored = encoder.array.T if encoder.turned else encoder.array
    if stored.shape == shape:
        return stored
    if stored.T.shape == shape:
        return np.asarray(stored.T)
    raise InputError(
        f"Folder {str(folder)!r} must hold an encoder of its decoder's size, but they have shapes "
        f"{encoder.array.shape} and {decoder.array.shape}."
    )


class _Stored:
    """One matrix as the file has it, and whether its usual layout is (neurons, features)."""

    def __init__(self, folder: str | Path, name: str, array: Array, turned: bool) -> None:
        self.folder, self.name, self.array, self.turned = str(folder), name, array, turned
        if array.ndim != 2 or 0 in array.shape:
            raise InputError(f"Array {name!r} of {self.folder!r} must be a matrix, but has shape {array.shape}.")

    @property
    def usual(self) -> Array:
        """The matrix as (features, neurons) if it has the layout that is usual under its name."""
        return self.array.T if self.turned else self.array


def _read(folder: str | Path) -> tuple[_Stored, _Stored | None, dict[str, Any]]:
    place = Path(folder)
    settings = place / "cfg.json"
    files = [each.name for each in entries(place)]
    weights = [place / name for name in files if name.endswith(".safetensors")]
    if settings.name not in files or not weights:
        raise InputError(f"Folder {str(folder)!r} must hold cfg.json and a .safetensors file.")
    fields = _settings(settings)
    decoder = _first(folder, weights, DECODERS)
    if decoder is None:
        known, held = " or ".join(map(repr, DECODERS)), ", ".join(array_names(weights[0]))
        raise InputError(f"Folder {str(folder)!r} must hold an array {known}, but has {held or 'none'}.")
    return decoder, _first(folder, weights, ENCODERS), fields


def _settings(file: Path) -> dict[str, Any]:
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(f"File {str(file)!r} is not valid JSON: {str(error).rstrip('.')}.") from None
    return fields if isinstance(fields, dict) else {}


def _first(folder: str | Path, files: list[Path], names: dict[str, bool]) -> _Stored | None:
    """The first array of the known names in the folder's files."""
    for file in files:
        held = array_names(file)
        for name, turned in names.items():
            if name in held:
                return _Stored(folder, name, np.asarray(read_array(file, name)), turned)
    return None


def _oriented(decoder: _Stored, encoder: _Stored | None, fields: dict[str, Any]) -> Array:
    """Return the decoder as (features, neurons): as is usual, unless the sizes in cfg.json say otherwise."""
    neurons, features = _size(fields, NEURONS), _size(fields, FEATURES)
    usual = decoder.usual
    if neurons is None and features is None:
        _check_beside_encoder(decoder, encoder)
        return usual
    fits, turned = _fits(usual.shape, neurons, features), _fits(usual.T.shape, neurons, features)
    said = " and ".join(f"{size} {what}" for size, what in ((features, "latents"), (neurons, "neurons")) if size)
    if fits and turned:
        raise InputError(
            f"Array {decoder.name!r} of {decoder.folder!r} is square, {usual.shape}, so that cfg.json cannot tell "
            "latents from neurons; pass the array itself, latents by neurons."
        )
    if not fits and not turned:
        raise InputError(
            f"Array {decoder.name!r} of {decoder.folder!r} must fit cfg.json, which says {said}, "
            f"but has shape {decoder.array.shape}."
        )
    return usual if fits else np.asarray(usual.T)


def _fits(shape: tuple[int, ...], neurons: int | None, features: int | None) -> bool:
    return neurons in (None, shape[1]) and features in (None, shape[0])


def _size(fields: dict[str, Any], names: tuple[str, ...]) -> int | None:
    """The first of some sizes that cfg.json states, in it or in one of its tables (as ``trainer``)."""
    tables = [fields, *(each for each in fields.values() if isinstance(each, dict))]
    for table in tables:
        for name in names:
            size = table.get(name)
            if isinstance(size, int) and not isinstance(size, bool) and size > 0:
                return size
    return None


def _check_beside_encoder(decoder: _Stored, encoder: _Stored | None) -> None:
    """Where cfg.json states no size, an encoder of another layout than the decoder's leaves open which is right."""
    if encoder is not None and encoder.usual.shape != decoder.usual.shape:
        raise InputError(
            f"Arrays {decoder.name!r} and {encoder.name!r} of {decoder.folder!r} have shapes {decoder.array.shape} and "
            f"{encoder.array.shape}, and cfg.json does not say how many latents and neurons there are."
        )
