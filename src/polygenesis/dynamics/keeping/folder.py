"""A record as a folder: ``spec.json``, ``result.json`` with a checksum, and ``arrays.safetensors``."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from polygenesis import files
from polygenesis.dynamics.keeping.form import wrong_array, wrong_field
from polygenesis.dynamics.keeping.record import RECORD_SCHEMA, Record, given_key, given_start
from polygenesis.dynamics.keeping.tensors import Unfit, read_bytes, read_tensors, write_tensors
from polygenesis.dynamics.keeping.values import digest
from polygenesis.errors import InputError, StoreError
from polygenesis.spec import stored_spec

SPEC, RESULT, ARRAYS = "spec.json", "result.json", "arrays.safetensors"
"""The files of a run's folder."""


class Unusable(StoreError):
    """A record that cannot be trusted or read; the sentence says why."""


class Unreadable(Unusable):
    """A record of which nothing is known, because it cannot be read at present: no damage."""


class Newer(Unusable):
    """A record that a newer version of polygenesis wrote: no damage."""


class Gone(Unusable):
    """A record that was there when it was listed: moved or packed by another process."""


def write_folder(target: Path, record: Record, replicates: range | None = None) -> None:
    """Write a record as a folder, whole or not at all; a sound folder of the same run that is there stays.

    ``replicates``: the part of a run that it is. One that cannot be read, or is of a newer version, stays as well, and
    :class:`StoreError` says so.
    """

    def sound(folder: Path) -> bool:
        try:
            check(read_folder(folder, record.key), replicates)
        except (Unreadable, Newer) as error:
            raise StoreError(f"Cannot write {str(target)!r}, where something is: {error}.") from None
        except Unusable:
            return False
        return True

    with files.writing(target, good=sound) as temporary:
        temporary.mkdir()
        for name, text in ((SPEC, record.spec), (RESULT, result_text(record.result))):
            with files.create(temporary / name) as file:
                file.write(f"{text}\n".encode())
        write_tensors(temporary / ARRAYS, record.arrays, {})


def read_folder(folder: Path, key: str | None = None) -> Record:
    """Read a folder without checking its hashes (see :func:`check`); ``key``: by default the one that it states."""
    spec, result = read_result(folder)
    with reading(folder, ARRAYS):
        return Record(key or result["key"], spec, result, read_tensors(folder / ARRAYS))


def read_result(folder: Path) -> tuple[str, dict[str, Any]]:
    """The spec and the result of a run's folder; :class:`Unusable` where they cannot be read."""
    with reading(folder, SPEC):
        spec = read_bytes(folder / SPEC).decode().removesuffix("\n")
    with reading(folder, RESULT):
        result = read_bytes(folder / RESULT).decode()
    return spec, parse_result(result)


@contextmanager
def reading(place: Path, name: str = "") -> Iterator[None]:
    """Turn what goes wrong while a record is read into :class:`Unusable`, by what it says of the record.

    ``place``: the folder or file of the record; ``name``: the file of the folder.
    """
    what = f"its {name.split('.')[0]}" if name else "it"
    path = place / name if name else place
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        if not name or not place.is_dir():
            raise Gone(f"{str(place)!r} is no longer there") from None
        raise Unusable(f"{what} cannot be read ({name} is missing)") from None
    except (Unfit, UnicodeDecodeError) as error:
        raise Unusable(f"{what} cannot be read ({error})") from None
    except Unusable:
        raise
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR):
            raise Unusable(f"{what} cannot be read ({path.name} is not a file)") from None
        raise Unreadable(f"Cannot read {str(path)!r}: {error.strerror or error} (as {files.who()})") from None
    except MemoryError:
        raise Unreadable(f"Cannot read {str(path)!r}: it does not fit into memory") from None


def result_text(result: dict[str, Any]) -> str:
    """A result as JSON in one line with the checksum of the rest."""
    plain = _json(result)
    return _json({**result, "checksum": hashlib.sha256(plain.encode()).hexdigest()})


def parse_result(text: str) -> dict[str, Any]:
    """Undo :func:`result_text`; :class:`Unusable` where the text is cut off, altered or of another schema."""
    try:
        result: dict[str, Any] = json.loads(text)
        checksum = result.pop("checksum")
        plain = _json(result)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unusable("its result is cut off or not JSON") from None
    if hashlib.sha256(plain.encode()).hexdigest() != checksum:
        raise Unusable("its result does not match its checksum")
    schema = result.get("schema")
    if type(schema) is int and schema > RECORD_SCHEMA:
        raise Newer(f"its result has schema {schema}, which a newer version of polygenesis wrote")
    if schema != RECORD_SCHEMA:
        raise Unusable(f"its result has schema {schema!r:.20}, which an older version of polygenesis wrote")
    if (problem := wrong_field(result)) is not None:
        raise Unusable(f"its result has no usable `{problem}`")
    return result


def check_key(key: str, spec: str, result: dict[str, Any], replicates: range | None = None) -> None:
    """Raise :class:`Unusable` where a spec and a result are not those of a key and of all its replicates.

    ``replicates``: the ones that a part must hold. Of a run with given initial weights that is kept with them, the
    arrays must vouch for the key (:func:`check`).
    """
    if result["key"] != key:
        raise Unusable(f"it is the run {result['key'][:12]!r}, under the key of another")
    plain = hashlib.sha256(spec.encode()).hexdigest()
    given = hashlib.sha256(f"{plain}/{result['start']}".encode()).hexdigest() if "start" in result else None
    if key not in (plain, given) and ("start" in result or "initial" not in result["shapes"]):
        raise Unusable("its spec does not have its key")
    held = range(result["first"], result["first"] + len(result["outcome"]))
    if held != (range(_replicates(spec)) if replicates is None else replicates):
        raise Unusable(f"it holds replicates {held.start} to {held.stop - 1}, which are others than it should")


def check(record: Record, replicates: range | None = None) -> Record:
    """Return the record if its spec has its key and its arrays their hashes; :class:`Unusable` otherwise.

    ``replicates``: those that it must hold, by default all of its spec.
    """
    check_key(record.key, record.spec, record.result, replicates)
    expected = record.result["sha256"]
    if set(expected) != set(record.arrays):
        raise Unusable("some of its arrays are missing")
    for name, array in record.arrays.items():
        if digest(array) != expected[name]:
            raise Unusable(f"its array {name!r} does not match its hash")
    if (problem := wrong_array(record)) is not None:
        raise Unusable(f"its array {problem!r} does not have its shape")
    if "initial" in record.result["shapes"] and hashlib.sha256(record.spec.encode()).hexdigest() != record.key:
        try:
            spec = stored_spec(record.spec)
        except InputError:
            raise Unusable("its spec cannot be used") from None
        if given_key(spec, given_start(record)) != record.key:
            raise Unusable("its spec does not have its key")
    return record


def _replicates(spec: str) -> int:
    """How many replicates a canonical spec asks for."""
    try:
        return int(json.loads(spec)["replicates"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise Unusable("its spec cannot be used") from None


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
