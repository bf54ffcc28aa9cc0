"""The index: what all runs of a store say in numbers, in one SQLite file that can be made again at any time.

Folders and files of a store never change once they exist, so the index only has to learn of new ones; when one has
gone it is made anew. Each place is one row: a text of columns with its hash, which is compared whenever it is read, so
that nothing is believed because it is in the index. Only the process of somebody who asks opens it, never a worker.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from polygenesis import files
from polygenesis.detect.states import COUNTS
from polygenesis.dynamics.keeping.folder import Gone, Newer, Unreadable, Unusable, check
from polygenesis.errors import StoreError
from polygenesis.sweeps.places import kept_at
from polygenesis.sweeps.store import Store

logger = logging.getLogger(__name__)

INDEX_SCHEMA = 2
"""Version of the table; an index of another version is made anew."""

COLUMNS = ("replicate", "outcome", "end_time", "evaluations", "residual", "excess", *COUNTS, "fourth_norm")
"""Columns of a replicate, in the order of the table."""

TABLE = "create table if not exists places (place text primary key, content text, sha256 text) without rowid"

WAIT_SECONDS = 60.0
"""How long to wait for another process that updates the same index."""

BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_READONLY", "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_PERM")
"""Errors that say nothing against the file: it is left alone, and the index kept in memory."""

MEMORY = ":memory:"


class Altered(ValueError):
    """The index is not as it was written."""


class Index:
    """The index of a store; :meth:`refresh` brings it up to date, and the other methods give what it then holds."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.path = store.folder / "index.sqlite"
        self._runs: dict[str, str] = {}

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *error: object) -> None:
        self._runs = {}

    def refresh(self) -> None:
        """Learn of every folder and file that is new; where one has gone or the index is damaged, make it anew.

        Raises :class:`polygenesis.StoreError` where a run cannot be read, or is of a newer version: nobody knows then
        whether it is missing. Damaged runs are left out with a warning.
        """
        for place in (str(self.path), str(self.path), MEMORY):
            try:
                self._runs = self._refreshed(place)
                return
            except (sqlite3.Error, sqlite3.Warning, Altered, OverflowError, UnicodeError) as error:
                if getattr(error, "sqlite_errorname", "").startswith(BUSY):
                    logger.warning("Cannot use %s (%s); the index is kept in memory.", self.path, error)
                    self._runs = self._refreshed(MEMORY)
                    return
                logger.warning("Made %s anew: %s.", self.path, error)
                _remove(self.path)

    def runs(self) -> Iterator[tuple[str, str]]:
        """Key and spec of every run, by key."""
        for key in sorted(self._runs):
            yield key, json.loads(self._runs[key])["spec"]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The key and :data:`COLUMNS` of every replicate, by key and replicate."""
        for key in sorted(self._runs):
            for row in zip(*json.loads(self._runs[key])["columns"], strict=True):
                yield key, *row

    def _refreshed(self, path: str) -> dict[str, str]:
        """The text of every run by key, of an index in a file or in memory that is brought up to date."""
        connection = self._opened(path)
        try:
            with connection:
                connection.execute("begin immediate")
                known = _content(connection)
                there = self._there()
                if set(known) - set(there):
                    connection.execute("delete from places")
                    known = {}
                for place in there:
                    if place not in known and (learned := self._learned(place)) is not None:
                        row = (place, learned, _digest(place, learned))
                        connection.execute("insert into places values (?, ?, ?)", row)
                        known[place] = learned
        finally:
            connection.close()
        found: dict[str, str] = {}
        for place in sorted(known, key=lambda each: (kept_at(each) != "scalars", each)):  # weights last: they stay
            found |= {key: text for key, _, text in (line.partition(" ") for line in known[place].split("\n"))}
        return found

    def _there(self) -> list[str]:
        self.store.refresh()
        return [*self.store.folders(), *self.store.places.packs()]

    def _learned(self, place: str) -> str | None:
        """What the runs of a place say, one a line: key and JSON. None where some cannot be used or all are gone."""
        if place in self.store.places.unusable:
            return None
        try:
            lines = []
            for key, spec, result in self.store.scalars(place):
                if "start" not in result and "initial" in result["shapes"]:
                    check(self.store.unchecked(place, key))  # its arrays alone vouch for its key
                lines.append(f"{key} {json.dumps({'spec': spec, 'columns': columns(result)}, separators=(',', ':'))}")
            return "\n".join(lines)
        except Gone:
            return None
        except (Unreadable, Newer) as error:
            raise StoreError(f"{self._where(place, error)}.") from None
        except Unusable as error:
            where = self.store.folder / place
            logger.warning("Left %s out: %s; `polygenesis sweep verify` sets it aside.", where, error)
            return None

    def _where(self, place: str, error: Unusable) -> str:
        return (
            str(error) if isinstance(error, Unreadable) else f"Cannot use {str(self.store.folder / place)!r}: {error}"
        )

    def _opened(self, path: str) -> sqlite3.Connection:
        if path != MEMORY:
            if os.path.islink(self.path):
                files.remove(self.path)  # what it leads to is not ours
            with contextlib.suppress(OSError):
                files.create(self.path).close()  # with the umask's mode: SQLite never lets a group write
        connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            (version,) = connection.execute("pragma user_version").fetchone()
            if version not in (0, INDEX_SCHEMA):
                raise Altered(f"it has version {version}")
            connection.execute("pragma synchronous = off")  # it can be made again
            connection.execute(f"pragma user_version = {INDEX_SCHEMA}")
            connection.execute(TABLE)
        except BaseException:
            connection.close()
            raise
        return connection


def columns(result: dict[str, Any]) -> list[list[Any]]:
    """The :data:`COLUMNS` of a result, a list of one value a replicate each."""
    count = len(result["outcome"])
    nothing: list[Any] = [None] * count
    certificate, measures = result["certificate"] or {}, result["measures"]
    return [
        list(range(result["first"], result["first"] + count)),
        result["outcome"],
        [float(value) for value in result["end_time"]],
        result["evaluations"],
        *([float(value) for value in certificate.get(name, [])] or nothing for name in ("residual", "excess")),
        *(measures[name] for name in (*COUNTS, "fourth_norm")),
    ]


def replicate_rows(result: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The :data:`COLUMNS` of each replicate of a result."""
    yield from zip(*columns(result), strict=True)


def rebuild(store: Store) -> None:
    """Make the index anew from the runs alone."""
    _remove(store.folder / "index.sqlite")
    with Index(store) as index:
        index.refresh()


def _content(connection: sqlite3.Connection) -> dict[str, str]:
    """Everything that an index holds, by place, compared with its hashes."""
    found: dict[str, str] = {}
    rows: Sequence[tuple[Any, ...]] = connection.execute("select place, content, sha256 from places").fetchall()
    for place, content, digest in rows:
        if not isinstance(place, str) or not isinstance(content, str) or _digest(place, content) != digest:
            raise Altered("it does not match its hashes")
        if place in found:
            raise Altered("it holds a place twice")
        found[place] = content
    return found


def _digest(place: str, content: str) -> str:
    return hashlib.sha256(f"{INDEX_SCHEMA}/{place}/{content}".encode()).hexdigest()


def _remove(path: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        files.remove(path.with_name(path.name + suffix))
