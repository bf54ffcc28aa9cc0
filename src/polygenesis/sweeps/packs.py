"""Packs: many small runs as one file."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.dynamics.keeping.folder import Unusable, check_key, parse_result, reading, result_text
from polygenesis.dynamics.keeping.record import Record
from polygenesis.dynamics.keeping.tensors import Tensors, write_tensors
from polygenesis.dynamics.keeping.values import Arrays, digest

RECORDS = "records"
"""Name of the tensor that holds the compressed texts of a pack."""

MOST_TEXT = 2**30
"""Bytes that the texts of a pack may have when they are expanded."""

KEY = re.compile(r"[0-9a-f]{64}")
"""What the key of a run looks like."""


def write_pack(path: Path, records: Sequence[Record]) -> None:
    """Write many records as one safetensors file: their texts, compressed, and every array."""
    lines = "\n".join(f"{record.spec}\n{result_text(record.result)}" for record in records)
    texts = np.frombuffer(zlib.compress(lines.encode(), level=1), dtype=np.uint8)
    arrays: Arrays = {RECORDS: texts}
    for record in records:
        arrays |= {f"{record.key}/{name}": array for name, array in record.arrays.items()}
    metadata = {"keys": " ".join(record.key for record in records), "sha256": digest(texts)}
    write_tensors(path, arrays, metadata)


def pack_keys(path: Path) -> list[str]:
    """The keys of the runs in a pack, reading its header alone."""
    with reading(path), Tensors(path) as file:
        return _keys(file)


class Pack:
    """An open pack: texts by key, and arrays read when asked for.

    ``whole=False`` opens one whose texts do not match their common hash too, where they can be told apart: each has a
    checksum of its own.
    """

    def __init__(self, path: Path, *, whole: bool = True) -> None:
        self.path = path
        with reading(path):
            self._file = Tensors(path)
            self.keys = _keys(self._file)
            texts = self._file.array(RECORDS)
        self.whole = digest(texts) == self._file.metadata.get("sha256")
        if whole and not self.whole:
            raise Unusable("the texts of the pack do not match their hash")
        lines = _expanded(texts.tobytes()).split("\n")
        if len(lines) != 2 * len(self.keys):
            raise Unusable(f"the pack holds {len(lines) // 2} texts for {len(self.keys)} keys")
        self._texts = dict(zip(self.keys, zip(lines[::2], lines[1::2], strict=True), strict=True))
        self._names: dict[str, list[str]] = {}
        for name in self._file.names:
            key, _, rest = name.partition("/")
            self._names.setdefault(key, []).append(rest)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._file.size

    def spec(self, key: str) -> str:
        """The canonical spec of one run."""
        return self._texts[key][0]

    def result(self, key: str) -> dict[str, Any]:
        """The result of one run."""
        return parse_result(self._texts[key][1])

    def record(self, key: str) -> Record:
        """The record of one run, unchecked."""
        with reading(self.path):
            arrays = {name: self._file.array(f"{key}/{name}") for name in self._names.get(key, [])}
        return Record(key, self.spec(key), self.result(key), arrays)

    def checked_scalars(self, key: str) -> Record:
        """The record of one run without its arrays, compared with its key."""
        spec, result = self.spec(key), self.result(key)
        check_key(key, spec, result)
        return Record(key, spec, result)


def _keys(file: Tensors) -> list[str]:
    """The keys that a header states."""
    keys = file.metadata.get("keys", "").split()
    if not keys or len(set(keys)) < len(keys) or not all(map(KEY.fullmatch, keys)):
        raise Unusable("its header does not name its runs")
    return keys


def _expanded(data: bytes) -> str:
    """The texts of a pack, no more of them than we would write."""
    expand = zlib.decompressobj()
    try:
        text = expand.decompress(data, MOST_TEXT)
        if not expand.eof:
            raise Unusable("the texts of the pack are cut off or too long")
        return text.decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise Unusable(f"the texts of the pack cannot be read ({error})") from None
