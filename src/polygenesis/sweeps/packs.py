"""Packs: many small runs as one file."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.dynamics.keeping.folder import Unusable, parse_result, result_text, save_arrays
from polygenesis.dynamics.keeping.record import Arrays, Record, digest

RECORDS = "records"
"""Name of the tensor that holds the compressed texts of a pack."""


def write_pack(path: Path, records: Sequence[Record]) -> None:
    """Write many records as one safetensors file: their texts, compressed, and every array."""
    lines = "\n".join(f"{record.spec}\n{result_text(record.result)}" for record in records)
    texts = np.frombuffer(zlib.compress(lines.encode(), level=1), dtype=np.uint8)
    arrays: Arrays = {RECORDS: texts}
    for record in records:
        arrays |= {f"{record.key}/{name}": array for name, array in record.arrays.items()}
    metadata = {"keys": " ".join(record.key for record in records), "sha256": digest(texts)}
    save_arrays(path, arrays, metadata)


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


def _open(path: Path) -> Any:
    """Open a safetensors file; its tensors are read when asked for."""
    from safetensors import safe_open

    return safe_open(path, framework="np")
