"""A record as a folder: ``spec.json``, ``result.json`` with a checksum, and ``arrays.safetensors``."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from polygenesis import files
from polygenesis.dynamics.keeping.record import RECORD_SCHEMA, Arrays, Record, digest, given_key, given_start
from polygenesis.errors import StoreError
from polygenesis.spec import RunSpec

SPEC, RESULT, ARRAYS = "spec.json", "result.json", "arrays.safetensors"
"""The files of a run's folder."""


class Unusable(StoreError):
    """A record that cannot be trusted or read; the sentence says why."""


def write_folder(target: Path, record: Record) -> None:
    """Write a record as a folder, whole or not at all; a sound folder of the same run that is there stays."""

    def sound(folder: Path) -> bool:
        try:
            check(read_folder(folder, record.key))
        except Unusable:
            return False
        return True

    with files.writing(target, good=sound) as temporary:
        temporary.mkdir()
        (temporary / SPEC).write_text(record.spec + "\n", encoding="utf-8")
        (temporary / RESULT).write_text(result_text(record.result) + "\n", encoding="utf-8")
        write_arrays(temporary / ARRAYS, record.arrays)


def read_folder(folder: Path, key: str | None = None) -> Record:
    """Read a folder without checking its hashes (see :func:`check`); ``key``: by default the one that it states."""
    spec, result = read_result(folder)
    return Record(key or str(result.get("key", "")), spec, result, read_arrays(folder / ARRAYS))


def read_result(folder: Path) -> tuple[str, dict[str, Any]]:
    """The spec and the result of a run's folder; :class:`Unusable` where they cannot be read."""
    try:
        spec = (folder / SPEC).read_text(encoding="utf-8").removesuffix("\n")
        result = (folder / RESULT).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"its result cannot be read ({error})") from None
    return spec, parse_result(result)


def result_text(result: dict[str, Any]) -> str:
    """A result as JSON in one line with the checksum of the rest."""
    plain = _json(result)
    return _json({**result, "checksum": hashlib.sha256(plain.encode()).hexdigest()})


def parse_result(text: str) -> dict[str, Any]:
    """Undo :func:`result_text`; :class:`Unusable` where the text is cut off, altered or of another schema."""
    try:
        result: dict[str, Any] = json.loads(text)
        checksum = result.pop("checksum")
    except (ValueError, KeyError, AttributeError):
        raise Unusable("its result is cut off or not JSON") from None
    if hashlib.sha256(_json(result).encode()).hexdigest() != checksum:
        raise Unusable("its result does not match its checksum")
    schema = result.get("schema")
    if schema != RECORD_SCHEMA:
        kind = "a newer" if isinstance(schema, int) and schema > RECORD_SCHEMA else "an older"
        raise Unusable(f"its result has schema {schema}, which {kind} version of polygenesis wrote")
    return result


def check(record: Record) -> Record:
    """Return the record if its spec has its key and its arrays their hashes; :class:`Unusable` otherwise."""
    expected = record.result["sha256"]
    if set(expected) != set(record.arrays):
        raise Unusable("some of its arrays are missing")
    for name, array in record.arrays.items():
        if digest(array) != expected[name]:
            raise Unusable(f"its array {name!r} does not match its hash")
    key = hashlib.sha256(record.spec.encode()).hexdigest()
    if key != record.key and "initial" in record.result["shapes"]:
        key = given_key(RunSpec.from_json(record.spec), given_start(record))
    if key != record.key or record.result["key"] != record.key:
        raise Unusable("its spec does not have its key")
    return record


def write_arrays(path: Path, arrays: Arrays) -> None:
    """Write arrays as one safetensors file; OSError where the disk does not take it."""
    save_arrays(path, arrays, {})


def read_arrays(path: Path) -> Arrays:
    """Read a safetensors file; :class:`Unusable` where it is cut off or missing."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, ValueError, OSError) as error:
        raise Unusable(f"its arrays cannot be read ({error})") from None


def save_arrays(path: Path, arrays: Arrays, metadata: dict[str, str]) -> None:
    """Write arrays and some text as one safetensors file; OSError where the disk does not take it."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        save_file(arrays, path, metadata=metadata)
    except SafetensorError as error:
        raise OSError(str(error)) from error


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
