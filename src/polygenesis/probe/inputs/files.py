"""Files: arrays from .npy, .npz, .safetensors and .parquet, labels from .csv too; nothing is ever unpickled."""

from __future__ import annotations

import json
import os
import zipfile
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.errors import InputError, shortened
from polygenesis.files import who
from polygenesis.html import visible

ENDINGS = (".npy", ".npz", ".safetensors", ".parquet")
PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib", ".ckpt")
SHOWN = 20
"""Names of arrays that a message lists."""

LACKING = ("BF16", "F8")
"""Starts of the names of safetensors' floats that NumPy lacks."""


def read_array(path: str | Path, name: str | None = None) -> Any:
    """Read one array (a data frame from Parquet) from a file; .npy and .safetensors files are mapped, not loaded.

    ``name``: which array, where a file holds several. Raises :class:`polygenesis.InputError` for a file that is
    missing, of another kind, damaged, or that would have to be unpickled.
    """
    file = Path(path)
    _check_there(file)
    ending = file.suffix.lower()
    if ending in PICKLES:
        raise InputError(f"File {str(path)!r} is a pickle, which can run code when opened; save it as .safetensors.")
    readers = {".npy": _npy, ".npz": _npz, ".safetensors": _safetensors, ".parquet": _parquet}
    if ending not in readers:
        raise InputError(f"File {str(path)!r} must end in {', '.join(ENDINGS)}.")
    return readers[ending](file, name)


def _check_there(file: Path) -> None:
    try:
        os.stat(file)
    except PermissionError as error:  # it may well be there
        raise InputError(f"Cannot read {shortened(str(file), 300)}: {error.strerror} (as {who()}).") from None
    except (OSError, ValueError):  # names that no file can have, too
        raise InputError(f"File {shortened(str(file))} does not exist.") from None


def loaded(value: Any) -> Any:
    """Read what is a path; FILE:NAME names one of several arrays. A folder stays a path, all else what it is."""
    if not isinstance(value, str | Path):
        return value
    if os.path.isdir(value):
        return Path(value)
    file, _, name = str(value).rpartition(":")
    return read_array(file, name) if file and not os.path.exists(value) else read_array(value)


def loaded_labels(value: Any) -> Any:
    """Read what is a path of labels as :func:`loaded` does; a file of named columns as a mapping or a data frame.

    Such are .csv files with a header, and .npz and .safetensors files whose arrays have one axis and one length.
    """
    if not isinstance(value, str | Path) or os.path.isdir(value):
        return loaded(value)
    file, _, name = str(value).rpartition(":")
    path, chosen = (Path(file), name) if file and not os.path.exists(value) else (Path(value), None)
    ending = path.suffix.lower()
    if ending == ".csv":
        _check_there(path)
        table = _csv(path)
        return table if chosen is None else table[_one(path, [str(each) for each in table.columns], chosen)]
    if chosen is None and ending in (".npz", ".safetensors"):
        _check_there(path)
        if (columns := (_npz_columns if ending == ".npz" else _safetensors_columns)(path)) is not None:
            return columns
    return loaded(value)


def _npz_columns(file: Path) -> dict[str, Any] | None:
    """All arrays of a file by name, where they are several of one axis and one length; None where they are not."""
    _check_magic(file)
    try:
        with np.load(file, allow_pickle=False) as archive:
            shapes = [_header(archive.zip, name)[0] for name in archive.files]
            if not _are_columns(shapes):
                return None
            _check_expanded(file, sum(_promised(archive.zip, name) for name in archive.files))
            return {name: archive[name] for name in archive.files}
    except InputError:
        raise
    except Exception as error:  # zipfile raises its own kind for damaged archives
        raise _unreadable(file, error) from None


def _safetensors_columns(file: Path) -> dict[str, Any] | None:
    """All arrays of a file by name, as of an .npz file."""
    from safetensors import safe_open

    names = array_names(file)
    with safe_open(file, framework="np") as opened:
        shapes = [tuple(opened.get_slice(name).get_shape()) for name in names]
    return {name: _safetensors(file, name) for name in names} if _are_columns(shapes) else None


def _are_columns(shapes: list[tuple[int, ...]]) -> bool:
    return len(shapes) > 1 and len(set(shapes)) == 1 and len(shapes[0]) == 1


def _csv(file: Path) -> Any:
    """A table with a header as a data frame; what `to_csv` of pandas writes before it, the index, is left out."""
    import pandas as pd

    _check_expanded(file, file.stat().st_size)
    try:
        with file.open("rb") as opened:
            found = pd.read_csv(opened, keep_default_na=False, na_values=[""], low_memory=False, skipinitialspace=True)
    except Exception as error:  # what pandas raises for what is no table
        raise _unreadable(file, error) from None
    if not len(found.columns) or not len(found):
        raise InputError(f"File {str(file)!r} must hold a header and a row for each sample, but has {len(found)} rows.")
    if str(found.columns[0]) == "Unnamed: 0" and list(found.iloc[:, 0]) == list(range(len(found))):
        found = found.iloc[:, 1:]
    if len(found.columns) == 1 and any(each in str(found.columns[0]) for each in ";\t"):
        raise InputError(
            f"File {str(file)!r} must have its columns parted by commas, but begins with "
            f"{shortened(str(found.columns[0]))}."
        )
    for at, name in enumerate(map(str, found.columns)):
        if name.startswith("Unnamed: ") or _is_number(name):
            said = f"the number {name}" if _is_number(name) else "no name"
            raise InputError(f"File {str(file)!r} must begin with a header, but its column {at + 1} has {said} there.")
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
    if name is not None:
        raise InputError(f"File {str(file)!r} holds one array, which has no name; leave out {shortened(f':{name}')}.")
    _check_magic(file)
    try:
        with np.errstate(all="ignore"):  # the size of a shape that cannot be
            return np.load(file, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # NumPy reads a header as Python, which fails in kinds of its own
        raise _unreadable(file, error) from None


MOST_BYTES = 2**34
"""What a compressed file may expand to, in memory: 17 GB. A file of a few bytes can say that it holds as much as it
likes; larger arrays belong into .npy files, which are read piece by piece."""


def _npz(file: Path, name: str | None) -> Any:
    _check_magic(file)
    try:
        with np.load(file, allow_pickle=False) as archive:
            chosen = _one(file, archive.files, name)
            _check_expanded(file, _promised(archive.zip, chosen))
            return archive[chosen]
    except InputError:
        raise
    except Exception as error:  # zipfile raises its own kind for damaged archives
        raise _unreadable(file, error) from None


def _promised(archive: Any, name: str) -> int:
    """Return how many bytes an array of an archive takes by what the archive and the array's own header say."""
    shape, kind = _header(archive, name)
    return max(int(archive.getinfo(_member(archive, name)).file_size), prod(shape) * kind.itemsize)


def _member(archive: Any, name: str) -> str:
    return name if name in archive.namelist() else f"{name}.npy"


def _header(archive: Any, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """The shape and the kind of numbers of an array of an archive, by its own header."""
    with archive.open(_member(archive, name)) as opened:
        version = np.lib.format.read_magic(opened)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, _, kind = read.get(version, np.lib.format.read_array_header_2_0)(opened)
    return shape, kind


def _check_expanded(file: Path, count: int) -> None:
    if count > MOST_BYTES:
        raise InputError(
            f"File {str(file)!r} would take {count / 1e9:,.0f} GB once it is read, but at most "
            f"{MOST_BYTES / 1e9:.0f} GB are read from a compressed file; save a smaller part, or an .npy file."
        )


def _safetensors(file: Path, name: str | None) -> Any:
    """Read one array and nothing else of the file; the short floats that NumPy lacks go through PyTorch."""
    from safetensors import SafetensorError, safe_open

    chosen = _one(file, array_names(file), name)
    try:
        with safe_open(file, framework="np") as opened:
            kind = str(opened.get_slice(chosen).get_dtype())
            if kind in MAPPED:
                return _mapped(file, chosen, MAPPED[kind])
            if not kind.startswith(LACKING):
                return opened.get_tensor(chosen)
        return _through_torch(file, chosen, kind)
    except (SafetensorError, TypeError, OSError) as error:
        raise _unreadable(file, error) from None


def tensors_of(file: Path) -> dict[str, Any]:
    """Read the tensors of a PyTorch checkpoint by name, executing nothing in it (``weights_only``).

    Raises :class:`polygenesis.InputError` where PyTorch is missing, and for a file that is damaged, holds anything but
    tensors by name, or would take more than :data:`MOST_BYTES`.
    """
    try:
        import torch
    except ImportError:
        raise InputError(f"File {str(file)!r} needs PyTorch to be read: pip install torch.") from None
    try:
        _check_expanded(file, _unzipped(file))
        held = torch.load(file, map_location="cpu", weights_only=True)
    except InputError:
        raise
    except Exception:  # PyTorch, pickle and zipfile raise kinds of their own, and say the same of either
        raise InputError(
            f"File {str(file)!r} cannot be read: it is damaged, or holds objects that could run code."
        ) from None
    if not isinstance(held, dict):
        raise InputError(f"File {str(file)!r} must hold tensors by name, but holds a {type(held).__name__}.")
    found = {name: each for name, each in held.items() if isinstance(name, str) and isinstance(each, torch.Tensor)}
    _check_expanded(file, max((each.numel() * each.element_size() for each in found.values()), default=0))
    return found


def _unzipped(file: Path) -> int:
    """Bytes that a checkpoint holds by what its archive says; those of the file where it is none."""
    if not zipfile.is_zipfile(file):
        return file.stat().st_size
    with zipfile.ZipFile(file) as archive:
        return sum(each.file_size for each in archive.infolist())


MAPPED = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
"""Kinds of numbers of a .safetensors file that are mapped, not loaded, and what they are to NumPy."""


def _mapped(file: Path, name: str, dtype: str) -> Any:
    """Map one array of a .safetensors file, whose header the library has found to be sound."""
    with file.open("rb") as opened:
        size = int.from_bytes(opened.read(8), "little")
        said = json.loads(opened.read(size))[name]
    shape, (first, last) = tuple(said["shape"]), said["data_offsets"]
    if first == last:
        return np.zeros(shape, dtype)
    return np.memmap(file, dtype, "r", 8 + size + first, shape)


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
        parquet = import_module("pyarrow.parquet")
        opened = parquet.ParquetFile(file)
        numbers = 8 * opened.metadata.num_rows * opened.metadata.num_columns
        _check_expanded(file, numbers + _letters(parquet, opened, file))
        columns = None if name is None else [_one(file, [str(each) for each in opened.schema_arrow.names], name)]
        found = pd.read_parquet(file, columns=columns)
        return found if columns is None else found[columns[0]]
    except ImportError:
        raise InputError(f"File {str(file)!r} needs pyarrow to be read: pip install pyarrow.") from None
    except InputError:
        raise
    except Exception as error:  # what pyarrow and pandas raise for metadata that make no sense
        raise _unreadable(file, error) from None


def _letters(parquet: Any, opened: Any, file: Path) -> int:
    """Bytes of all texts of a table, of which each may be kept once and meant a million times."""
    schema = opened.schema_arrow
    texts = [each.name for each in schema if str(each.type) in ("string", "large_string", "binary", "large_binary")]
    if not texts:
        return 0
    size = import_module("pyarrow.compute").binary_length
    found = 0
    for column in parquet.read_table(file, columns=texts, read_dictionary=texts).columns:
        for chunk in column.chunks:
            lengths = np.nan_to_num(size(chunk.dictionary).to_numpy(zero_copy_only=False).astype(float))
            often = np.bincount(chunk.indices.drop_null().to_numpy(), minlength=len(lengths))
            found += int(lengths @ often)
    return found


def _one(file: Path, names: list[str], name: str | None) -> str:
    if name is not None and name in names:
        return name
    if name is None and len(names) == 1:
        return names[0]
    asked = f"has no array {name!r}" if name is not None else "holds several arrays, so say which (FILE:NAME)"
    more = f" and {len(names) - SHOWN} more" if names[SHOWN:] else ""
    held = ", ".join(map(visible, names[:SHOWN])) or "none"
    raise InputError(f"File {str(file)!r} {asked}; it has {held}{more}.")


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
    why = " ".join(visible(error).split()) or type(error).__name__
    return InputError(f"File {str(file)!r} cannot be read: {why[:300].rstrip(' .')}.")
