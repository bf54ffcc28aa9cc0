"""The index: what all runs of a store say in numbers, in one SQLite file that can be made again at any time.

Folders and files of a store never change once they exist, so the index only has to learn of new ones; when one has
gone it is made anew. Only the process of somebody who asks opens it, never a worker.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from polygenesis import files
from polygenesis.detect.states import COUNTS
from polygenesis.dynamics.keeping.folder import Unusable, read_result
from polygenesis.errors import StoreError
from polygenesis.sweeps.store import Store

logger = logging.getLogger(__name__)

INDEX_SCHEMA = 1
"""Version of the tables; an index of another version is made anew."""

COLUMNS = ("replicate", "outcome", "end_time", "evaluations", "residual", "excess", *COUNTS, "fourth_norm")
"""Columns of a replicate, in the order of the table."""

TABLES = f"""
create table if not exists places (place text primary key) without rowid;
create table if not exists runs (
    id integer primary key, key text unique, place text, kept text, engine text, seconds real, spec text);
create table if not exists replicates (run integer, {", ".join(COLUMNS)}, primary key (run, replicate)) without rowid;
"""

WAIT_SECONDS = 60.0
"""How long to wait for another process that updates the same index."""


class Index:
    """The index of a store; :meth:`refresh` brings it up to date, and the other methods ask it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.path = store.folder / "index.sqlite"
        self._connection = self._opened()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def refresh(self) -> None:
        """Learn of every folder and file that is new; where one has gone or the index is damaged, make it anew."""
        try:
            self._refresh()
        except sqlite3.OperationalError as error:
            raise StoreError(f"Cannot update {str(self.path)!r}: {error}.") from error
        except sqlite3.DatabaseError as error:
            logger.warning("Made %s anew: %s.", self.path, error)
            self._connection.close()
            files.remove(self.path)
            self._connection = self._opened()
            self._refresh()

    def runs(self) -> Iterator[tuple[Any, ...]]:
        """Key, spec, kept, engine and seconds of every run, by key."""
        yield from self._connection.execute("select key, spec, kept, engine, seconds from runs order by key")

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The key and :data:`COLUMNS` of every replicate, by key and replicate."""
        columns = ", ".join(f"replicates.{name}" for name in COLUMNS)
        yield from self._connection.execute(
            f"select runs.key, {columns} from runs join replicates on run = runs.id order by runs.key, replicate"
        )

    def _refresh(self) -> None:
        there = {*self.store.folders(), *self.store.packs()}
        known = {place for (place,) in self._connection.execute("select place from places")}
        with self._connection:
            self._connection.execute("begin immediate")
            if known - there:
                for table in ("places", "runs", "replicates"):
                    self._connection.execute(f"delete from {table}")
                known = set()
            # what keeps weights comes last, so that it stays where a run is kept twice
            for place in sorted(there - known, key=lambda each: (not each.startswith("scalars"), each)):
                self._learn(place)

    def _learn(self, place: str) -> None:
        try:
            self._insert(place, self._results(place))
        except Unusable as error:
            logger.warning("Left %s out: %s; `polygenesis sweep verify` sets it aside.", place, error)
            return
        self._connection.execute("insert or ignore into places values (?)", (place,))

    def _results(self, place: str) -> Iterable[tuple[str, str, dict[str, Any]]]:
        if "-" in place:
            return self.store.open_pack(place).results()
        spec, result = read_result(self.store.folder / place)
        return [(place, spec, result)]

    def _insert(self, place: str, results: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
        for key, spec, result in results:
            self._connection.execute("delete from replicates where run = (select id from runs where key = ?)", (key,))
            cursor = self._connection.execute(
                "insert or replace into runs (key, place, kept, engine, seconds, spec) values (?, ?, ?, ?, ?, ?)",
                (key, place, result["kept"], result["engine"], result["seconds"], spec),
            )
            marks = ", ".join("?" * (1 + len(COLUMNS)))
            rows = [(cursor.lastrowid, *row) for row in replicate_rows(result)]
            self._connection.executemany(f"insert into replicates values ({marks})", rows)

    def _opened(self) -> sqlite3.Connection:
        """Open the file, or an index in memory where the folder cannot be written; make other versions anew."""
        for path in (str(self.path), ":memory:"):
            try:
                return self._prepared(path)
            except sqlite3.OperationalError as error:
                logger.warning("Cannot use %s (%s); the index is kept in memory.", path, error)
            except sqlite3.DatabaseError as error:
                logger.warning("Made %s anew: %s.", path, error)
                files.remove(self.path)
                return self._prepared(path)
        raise AssertionError("an index in memory can always be made")

    def _prepared(self, path: str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            (version,) = connection.execute("pragma user_version").fetchone()
            if version not in (0, INDEX_SCHEMA):
                raise sqlite3.DatabaseError(f"it has version {version}")
            connection.execute("pragma synchronous = off")  # it can be made again
            connection.execute(f"pragma user_version = {INDEX_SCHEMA}")
            connection.executescript(TABLES)
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def replicate_rows(result: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The :data:`COLUMNS` of each replicate of a result."""
    count = len(result["outcome"])
    nothing: Sequence[Any] = [None] * count
    certificate, measures = result["certificate"] or {}, result["measures"]
    columns = [
        range(result["first"], result["first"] + count),
        result["outcome"],
        [float(value) for value in result["end_time"]],
        result["evaluations"],
        *([float(value) for value in certificate.get(name, [])] or nothing for name in ("residual", "excess")),
        *(measures[name] for name in (*COUNTS, "fourth_norm")),
    ]
    yield from zip(*columns, strict=True)


def rebuild(store: Store) -> None:
    """Make the index anew from the runs alone."""
    files.remove(store.folder / "index.sqlite")
    with Index(store) as index:
        index.refresh()
