"""Storing a diagnosis: a folder of diagnosis.json and arrays.safetensors, written whole or not at all, no pickles."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from polygenesis import files
from polygenesis.errors import StoreError, bad_argument
from polygenesis.files import entries, is_folder, is_there
from polygenesis.probe.keeping.encoding import Arrays, Undecodable, decode, encode

FORMAT, SCHEMA = "polygenesis diagnosis", 1
"""What diagnosis.json says it is; a file of a newer schema is refused."""

TREE, ARRAYS = "diagnosis.json", "arrays.safetensors"
"""The files of a stored diagnosis."""


def write(value: Any, folder: str | Path, classes: Iterable[type]) -> Path:
    """Write a value made of ``classes`` to a folder, whole or not at all; an older one that is there is replaced.

    A reader never meets half of one. (An older one is moved aside an instant before the new one takes its place: killed
    just then, it is left under a name that begins with a dot.) Raises :class:`polygenesis.StoreError` for a folder that
    holds anything else, which stays as it is, and for a disk that is full or read-only, and
    :class:`polygenesis.InputError` for a part that cannot be stored.
    """
    from polygenesis.dynamics.keeping.tensors import write_tensors

    target = _path(folder)
    _check_free(target)
    tree, arrays = encode(value, classes)
    with files.writing(target) as temporary:
        temporary.mkdir()
        write_tensors(temporary / ARRAYS, arrays, {})  # with the mode that the umask allows, unlike safetensors
        content = {"arrays": _digest(temporary / ARRAYS), "format": FORMAT, "schema": SCHEMA, "value": tree}
        text = json.dumps({**content, "checksum": _checksum(content)}, indent=1, allow_nan=False)
        with files.create(temporary / TREE) as file:
            file.write(f"{text}\n".encode())
    return target


def read(folder: str | Path, classes: Iterable[type]) -> Any:
    """Read a value that :func:`write` wrote, made of ``classes`` only.

    Raises :class:`polygenesis.StoreError` for a folder that is missing, damaged, of another kind or a newer version.
    """
    target = _path(folder)
    content = _content(target)
    if not isinstance(content.get("schema"), int) or content["schema"] > SCHEMA:
        raise _damaged(target, f"its schema is {content.get('schema')}, and this version of polygenesis reads {SCHEMA}")
    if content.pop("checksum", None) != _checksum_of(content):
        raise _damaged(target, f"{TREE} does not match its checksum")
    try:
        if _digest(target / ARRAYS) != content["arrays"]:
            raise _damaged(target, f"{ARRAYS} does not match its hash")
        return decode(content["value"], _read_arrays(target / ARRAYS), classes)
    except (Undecodable, RecursionError, KeyError) as error:
        raise _damaged(target, str(error)) from None
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise _damaged(target, f"{ARRAYS} cannot be read ({error.strerror or error})") from None


def _content(target: Path) -> dict[str, Any]:
    """What diagnosis.json holds, if it is one of ours."""
    if not is_folder(target):
        raise StoreError(f"Folder {str(target)!r} does not exist.")
    try:
        content = json.loads((target / TREE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StoreError(f"Folder {str(target)!r} holds no diagnosis: {TREE} is missing.") from None
    except OSError as error:
        raise StoreError(f"Cannot read {str(target / TREE)!r}: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise _damaged(target, f"{TREE} is cut off or not JSON") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise StoreError(f"Folder {str(target)!r} holds no diagnosis: {TREE} is of another program.")
    return content


def _check_free(target: Path) -> None:
    """Refuse a place that holds anything but an older diagnosis: that would be lost."""
    if not is_there(target):
        return
    if not is_folder(target):
        raise StoreError(f"Cannot write a diagnosis to {str(target)!r}, which is a file.")
    held = {each.name for each in entries(target)}
    if others := sorted(held - {TREE, ARRAYS}):
        raise StoreError(
            f"Folder {str(target)!r} holds {others[0]!r}, which is no part of a diagnosis, and is left as it is."
        )
    if held:
        _content(target)


def _read_arrays(path: Path) -> Arrays:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, ValueError) as error:
        raise OSError(str(error)) from None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksum(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum_of(content: dict[str, Any]) -> str:
    """The checksum of what was read; none of what we write, such as NaN, has one."""
    try:
        return _checksum(content)
    except (ValueError, RecursionError):
        return "none"


def _path(folder: Any) -> Path:
    if not isinstance(folder, str | os.PathLike) or not str(folder):
        raise bad_argument("folder", "be the path of a folder", folder)
    try:
        return Path(folder).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # NUL in the name; links in a circle
        raise StoreError(f"Cannot use folder {str(folder)!r}: {getattr(error, 'strerror', None) or error}.") from None


def _damaged(target: Path, why: str) -> StoreError:
    return StoreError(f"The diagnosis in {str(target)!r} cannot be read: {why}.")
