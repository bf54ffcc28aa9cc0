"""Files: arrays from .npy, .npz, .safetensors and .parquet; nothing is ever unpickled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.errors import InputError

ENDINGS = (".npy", ".npz", ".safetensors", ".parquet")
PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib", ".ckpt")
LACKING = ("BF16", "F8")
"""Starts of the names of safetensors' floats that NumPy lacks."""


def read_array(path: str | Path, name: str | None = None) -> Any:
    """Read one array (a data frame from Parquet) from a file; .npy files are mapped, not loaded.

    ``name``: which array, where a file holds several. Raises :class:`polygenesis.InputError` for a file that is
    missing, of another kind, damaged, or that would have to be unpickled.
    """
    file = Path(path)
    if not file.exists():
        raise InputError(f"File {str(path)!r} does not exist.")
    ending = file.suffix.lower()
    if ending in PICKLES:
        raise InputError(f"File {str(path)!r} is a pickle, which can run code when opened; save it as .safetensors.")
    readers = {".npy": _npy, ".npz": _npz, ".safetensors": _safetensors, ".parquet": _parquet}
    if ending not in readers:
        raise InputError(f"File {str(path)!r} must end in {', '.join(ENDINGS)}.")
    return readers[ending](file, name)


def loaded(value: Any) -> Any:
    """Read what is a path; FILE:NAME names one of several arrays. A folder stays a path, all else what it is."""
    if not isinstance(value, str | Path):
        return value
    if Path(value).is_dir():
        return Path(value)
    file, _, name = str(value).rpartition(":")
    return read_array(file, name) if file and not Path(value).exists() else read_array(value)


def array_names(file: Path) -> list[str]:
    """Names of the arrays in a .safetensors file, sorted; raises :class:`polygenesis.InputError` for a damaged one."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as opened:
            return sorted(opened.keys())
    except (SafetensorError, OSError) as error:
        raise _unreadable(file, error) from None


MAGIC = {".npy": b"\x93NUMPY", ".npz": b"PK"}
"""First bytes of NumPy's files; NumPy takes any others for a pickle."""


def _npy(file: Path, name: str | None) -> Any:
    _check_magic(file)
    try:
        return np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise _unreadable(file, error) from None


def _npz(file: Path, name: str | None) -> Any:
    _check_magic(file)
    try:
        with np.load(file, allow_pickle=False) as archive:
            return archive[_one(file, archive.files, name)]
    except InputError:
        raise
    except (ValueError, OSError, EOFError, KeyError) as error:
        raise _unreadable(file, error) from None
    except Exception as error:  # zipfile raises its own kind for damaged archives
        raise _unreadable(file, error) from None


def _safetensors(file: Path, name: str | None) -> Any:
    """Read one array and nothing else of the file; the short floats that NumPy lacks go through PyTorch."""
    from safetensors import SafetensorError, safe_open

    chosen = _one(file, array_names(file), name)
    try:
        with safe_open(file, framework="np") as opened:
            kind = str(opened.get_slice(chosen).get_dtype())
            if not kind.startswith(LACKING):
                return opened.get_tensor(chosen)
        return _through_torch(file, chosen, kind)
    except (SafetensorError, TypeError, OSError) as error:
        raise _unreadable(file, error) from None


def _through_torch(file: Path, name: str, kind: str) -> Any:
    from safetensors import safe_open

    try:
        with safe_open(file, framework="pt") as opened:
            return opened.get_tensor(name).float().numpy()
    except ImportError:
        raise InputError(
            f"File {str(file)!r} holds {kind}, which needs PyTorch to be read: pip install torch."
        ) from None


def _parquet(file: Path, name: str | None) -> Any:
    import pandas as pd

    try:
        return pd.read_parquet(file)
    except ImportError:
        raise InputError(f"File {str(file)!r} needs pyarrow to be read: pip install pyarrow.") from None
    except (ValueError, OSError) as error:
        raise _unreadable(file, error) from None


def _one(file: Path, names: list[str], name: str | None) -> str:
    if name is not None and name in names:
        return name
    if name is None and len(names) == 1:
        return names[0]
    asked = f"has no array {name!r}" if name is not None else "holds several arrays, so say which (FILE:NAME)"
    raise InputError(f"File {str(file)!r} {asked}; it has {', '.join(names) or 'none'}.")


def _check_magic(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            start = opened.read(6)
    except OSError as error:
        raise InputError(f"Cannot read {str(file)!r}: {error.strerror}.") from None
    if not start.startswith(MAGIC[file.suffix.lower()]):
        raise InputError(f"File {str(file)!r} cannot be read: it is no {file.suffix.lower()} file.")


def _unreadable(file: Path, error: Exception) -> InputError:
    if "pickle" in str(error).lower() or "Python objects" in str(error):
        return InputError(
            f"File {str(file)!r} holds pickled objects, which can run code when opened; save plain arrays."
        )
    return InputError(f"File {str(file)!r} cannot be read: {str(error).rstrip('.')}.")
