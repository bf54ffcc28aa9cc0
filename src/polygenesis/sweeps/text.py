"""Records as bytes: results as JSON with a checksum, arrays as safetensors, many small runs as one file."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.spec import RunSpec
from polygenesis.sweeps.base import Unusable
from polygenesis.sweeps.record import RECORD_SCHEMA, Arrays, Record, digest, given_key, given_start

RECORDS = "records"
"""Name of the tensor that holds the compressed texts of a pack."""


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
    _write(path, arrays, {})


def read_arrays(path: Path) -> Arrays:
    """Read a safetensors file; :class:`Unusable` where it is cut off or missing."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, ValueError, OSError) as error:
        raise Unusable(f"its arrays cannot be read ({error})") from None


def write_pack(path: Path, records: Sequence[Record]) -> None:
    """Write many records as one safetensors file: their texts, compressed, and every array."""
    lines = "\n".join(f"{record.spec}\n{result_text(record.result)}" for record in records)
    texts = np.frombuffer(zlib.compress(lines.encode(), level=1), dtype=np.uint8)
    arrays: Arrays = {RECORDS: texts}
    for record in records:
        arrays |= {f"{record.key}/{name}": array for name, array in record.arrays.items()}
    metadata = {"keys": " ".join(record.key for record in records), "sha256": digest(texts)}
    _write(path, arrays, metadata)


def pack_keys(path: Path) -> list[str]:
    """The keys of the runs in a pack, reading its header alone."""
    from safetensors import SafetensorError

    try:
        return str(_open(path).metadata()["keys"]).split()
    except (SafetensorError, ValueError, TypeError, KeyError, OSError) as error:
        raise Unusable(f"its header cannot be read ({error})") from None


class Pack:
    """An open pack: texts by key, and arrays read when asked for."""

    def __init__(self, path: Path) -> None:
        from safetensors import SafetensorError

        try:
            self._file = _open(path)
            metadata, texts = self._file.metadata(), self._file.get_tensor(RECORDS)
            if digest(texts) != metadata["sha256"]:
                raise Unusable("the texts of the pack do not match their hash")
            lines = zlib.decompress(texts.tobytes()).decode().split("\n")
        except (SafetensorError, ValueError, TypeError, KeyError, OSError, zlib.error) as error:
            raise error if isinstance(error, Unusable) else Unusable(f"the pack cannot be read ({error})") from None
        self.path = path
        self.keys = str(metadata["keys"]).split()
        self._texts: dict[str, tuple[str, str]] = dict(
            zip(self.keys, zip(lines[::2], lines[1::2], strict=True), strict=True)
        )
        self._names: dict[str, list[str]] = {}
        for name in self._file.keys():  # noqa: SIM118 (not a dictionary)
            key, _, rest = name.partition("/")
            self._names.setdefault(key, []).append(rest)

    def spec(self, key: str) -> str:
        """The canonical spec of one run."""
        return self._texts[key][0]

    def result(self, key: str) -> dict[str, Any]:
        """The result of one run."""
        return parse_result(self._texts[key][1])

    def results(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Key, spec and result of every run; the hash of all texts vouches for them."""
        for key, (spec, text) in self._texts.items():
            yield key, spec, json.loads(text)

    def record(self, key: str) -> Record:
        """The record of one run, unchecked."""
        from safetensors import SafetensorError

        names = self._names.get(key, [])
        try:
            arrays = {name: self._file.get_tensor(f"{key}/{name}") for name in names}
        except (SafetensorError, ValueError, OSError) as error:
            raise Unusable(f"its arrays cannot be read ({error})") from None
        return Record(key, self.spec(key), self.result(key), arrays)


def _write(path: Path, arrays: Arrays, metadata: dict[str, str]) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        save_file(arrays, path, metadata=metadata)
    except SafetensorError as error:
        raise OSError(str(error)) from error


def _open(path: Path) -> Any:
    """Open a safetensors file; its tensors are read when asked for."""
    from safetensors import safe_open

    return safe_open(path, framework="np")


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
