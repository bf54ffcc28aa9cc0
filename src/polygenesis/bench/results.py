"""What was measured, as JSON: the machine, then the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from polygenesis import files
from polygenesis.bench.base import Row
from polygenesis.errors import InputError
from polygenesis.spec import parse_json

SCHEMA = 1
"""Version of the file's fields."""


def write(path: Path, machine: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """Write results in one go: a file that exists is whole.

    Raises :class:`polygenesis.StoreError` where the file cannot be written.
    """
    text = json.dumps(content(machine, rows), indent=2, ensure_ascii=False)
    files.write(path, f"{text}\n".encode())


def content(machine: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    """Return results as plain numbers, texts and tables, as the file holds them."""
    return {
        "schema": SCHEMA,
        "date": date.today().isoformat(),
        "machine": dict(machine),
        "rows": [row.to_dict() for row in rows],
    }


def read(path: Path) -> dict[str, Any]:
    """Read what :func:`write` wrote."""
    try:
        found = parse_json(path.read_text(encoding="utf-8"), name=str(path))
    except OSError as error:
        raise InputError(f"Cannot read {str(path)!r}: {error.strerror}.") from None
    if found.get("schema") != SCHEMA:
        raise InputError(f"File {str(path)!r} must be results of `polygenesis bench` of schema {SCHEMA}.")
    return found
