"""Reading one dictionary: its decoder or encoder as (latents, neurons), turned as its settings say."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from polygenesis.errors import InputError, unknown_name
from polygenesis.probe.dictionaries.folders import Folder

Part = Literal["decoder", "encoder"]
PARTS: tuple[Part, ...] = ("decoder", "encoder")

DECODERS = {"W_dec": False, "decoder.weight": True}
"""Names of decoders, and whether their usual layout is (neurons, features), as ``torch.nn.Linear`` keeps it."""

ENCODERS = {"W_enc": True, "encoder.weight": False}
"""Names of encoders, and whether their usual layout is (neurons, features)."""

NEURONS = ("d_in", "activation_dim", "input_dim", "input_size")
"""Names under which the settings say how many neurons a dictionary reads."""

WRITTEN = ("d_out", "output_dim", "output_size")
"""Names under which the settings of a transcoder say how many neurons it writes."""

FEATURES = ("d_sae", "dict_size", "dictionary_size", "num_latents", "n_latents")
"""Names under which the settings say how many latents it has; 0 is how some write "from the expansion factor"."""

LIBRARIES = ("architecture", "sae_lens_version", "dict_class", "trainer_class", "normalize_decoder", "expansion_factor")
"""Settings that only SAELens, dictionary_learning and sparsify write, whose layouts are known even if square."""

MOST = 2**53
"""Sizes stay below this."""

Array = np.ndarray[Any, Any]


def read_dictionary(folder: str | Path, part: Part = "decoder") -> tuple[Array, dict[str, Any]]:
    """Read one matrix of a sparse autoencoder, (features, neurons), and its settings.

    Args:
        folder: as SAELens writes it (cfg.json, sae_weights.safetensors), dictionary_learning (config.json, ae.pt, for
            which PyTorch is needed; nothing in it is executed), or sparsify (cfg.json, sae.safetensors).
        part: "decoder" (``W_dec`` or ``decoder.weight``), the neurons that a latent writes to; or "encoder" (``W_enc``
            or ``encoder.weight``), those that it reads. Rows are latents in both.

    Half precision becomes single. If the settings state the number of neurons or of latents, a matrix that is stored
    the other way round is turned. Raises :class:`polygenesis.InputError` for a folder without these files, for sizes
    that contradict the settings, for weights that are not finite, and for a square matrix whose layout nothing tells.
    """
    if part not in PARTS:
        raise unknown_name("part of a dictionary", part, PARTS)
    place = Folder(folder)
    decoder = _needed(place, DECODERS)
    if part == "decoder":
        return _oriented(decoder, _stored(place, ENCODERS), place, WRITTEN), place.settings
    return _encoder(decoder, _needed(place, ENCODERS), place), place.settings


def read_encoder(folder: str | Path) -> Array | None:
    """Read the encoder of a dictionary as :func:`read_dictionary` does; None where the folder has none."""
    place = Folder(folder)
    decoder, encoder = _needed(place, DECODERS), _stored(place, ENCODERS)
    return None if encoder is None else _encoder(decoder, encoder, place)


class _Stored:
    """One matrix as the file has it, and whether its usual layout is (neurons, features)."""

    def __init__(self, folder: str, name: str, array: Array, turned: bool) -> None:
        self.folder, self.name, self.array, self.turned = folder, name, array, turned
        if array.ndim != 2 or 0 in array.shape:
            raise InputError(f"Array {name!r} of {folder!r} must be a matrix, but has shape {array.shape}.")
        if not np.isfinite(array).all():
            latents = int((~np.isfinite(array)).any(axis=0 if turned else 1).sum())
            raise InputError(
                f"Array {name!r} of {folder!r} must be finite, but {latents} of its latents hold NaN or infinity."
            )

    @property
    def usual(self) -> Array:
        """The matrix as (features, neurons) if it has the layout that is usual under its name."""
        return self.array.T if self.turned else self.array


def _stored(place: Folder, names: dict[str, bool]) -> _Stored | None:
    found = place.first(names)
    return None if found is None else _Stored(place.name, found[0], found[1], names[found[0]])


def _needed(place: Folder, names: dict[str, bool]) -> _Stored:
    found = _stored(place, names)
    if found is None:
        raise InputError(
            f"Folder {place.name!r} must hold an array {' or '.join(map(repr, names))}, but has {place.held()}."
        )
    return found


def _encoder(decoder: _Stored, encoder: _Stored, place: Folder) -> Array:
    """The encoder as (features, neurons): like its decoder, or, of a transcoder, as the settings say."""
    if _size(place.settings, WRITTEN) is not None:
        return _oriented(encoder, None, place, ())
    shape = _oriented(decoder, encoder, place, WRITTEN).shape
    if encoder.usual.shape == shape:
        return encoder.usual
    if encoder.usual.T.shape == shape:
        return np.asarray(encoder.usual.T)
    raise InputError(
        f"Folder {place.name!r} must hold an encoder of its decoder's size, but they have shapes "
        f"{encoder.array.shape} and {decoder.array.shape}."
    )


def _oriented(stored: _Stored, other: _Stored | None, place: Folder, written: tuple[str, ...]) -> Array:
    """Return a matrix as (features, neurons): as is usual, unless the sizes in the settings say otherwise."""
    fields, file = place.settings, place.settings_file
    neurons, features = _size(fields, written) or _size(fields, NEURONS), _size(fields, FEATURES)
    usual = stored.usual
    if neurons is None and features is None:
        _check_beside(stored, other, file)
        return usual
    fits, turned = _fits(usual.shape, neurons, features), _fits(usual.T.shape, neurons, features)
    said = " and ".join(f"{size} {what}" for size, what in ((features, "latents"), (neurons, "neurons")) if size)
    if fits and turned and not _of_known_library(fields):
        raise InputError(
            f"Array {stored.name!r} of {stored.folder!r} is square, {usual.shape}, so that {file} cannot tell "
            "latents from neurons; pass the array itself, latents by neurons."
        )
    if not fits and not turned:
        raise InputError(
            f"Array {stored.name!r} of {stored.folder!r} must fit {file}, which says {said}, "
            f"but has shape {stored.array.shape}."
        )
    return usual if fits else np.asarray(usual.T)


def _fits(shape: tuple[int, ...], neurons: int | None, features: int | None) -> bool:
    return neurons in (None, shape[1]) and features in (None, shape[0])


def _tables(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """The settings, and the tables among them (as ``trainer``)."""
    return [fields, *(each for each in fields.values() if isinstance(each, dict))]


def _size(fields: dict[str, Any], names: tuple[str, ...]) -> int | None:
    """The first of some sizes that the settings state."""
    for table in _tables(fields):
        for name in names:
            size = table.get(name)
            if isinstance(size, int) and not isinstance(size, bool) and 0 < size < MOST:
                return size
    return None


def _of_known_library(fields: dict[str, Any]) -> bool:
    return any(name in table for table in _tables(fields) for name in LIBRARIES)


def _check_beside(stored: _Stored, other: _Stored | None, file: str) -> None:
    """Where the settings state no size, an encoder of another layout than the decoder's leaves open which is right."""
    if other is not None and other.usual.shape != stored.usual.shape:
        raise InputError(
            f"Arrays {stored.name!r} and {other.name!r} of {stored.folder!r} have shapes {stored.array.shape} and "
            f"{other.array.shape}, and {file} does not say how many latents and neurons there are."
        )
