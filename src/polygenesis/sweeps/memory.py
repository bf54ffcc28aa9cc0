"""A store that forgets: the same interface, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from polygenesis.dynamics.keeping.record import Keep, Record
from polygenesis.sweeps.base import Damage, Failure, RunStore, without_overlaps


class MemoryStore(RunStore):
    """A store that keeps packed records in memory."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._parts: dict[str, dict[range, Record]] = {}
        self._failures: dict[str, Failure] = {}

    def __repr__(self) -> str:
        return "MemoryStore()"

    def __reduce__(self) -> tuple[type[MemoryStore], tuple[()]]:
        """Arrive empty in another process: workers have no use for what is here."""
        return MemoryStore, ()

    def put(self, records: Sequence[Record]) -> None:
        """Keep records."""
        for record in records:
            self._records[record.key] = record
            self._failures.pop(record.key, None)
            self._parts.pop(record.key, None)

    def record(self, key: str) -> Record:
        """Return a run's record."""
        if key not in self._records:
            raise self._missing(key)
        return self._records[key]

    def result(self, key: str) -> dict[str, Any]:
        """Return a run's scalars."""
        return self.record(key).result

    def keys(self) -> list[str]:
        """Keys of all runs, sorted."""
        return sorted(self._records)

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def kept(self, key: str) -> Keep | None:
        """What is kept of a run, or None where it is missing."""
        return self._records[key].kept if key in self._records else None

    def discard(self, key: str) -> None:
        """Forget a run if it is there."""
        self._records.pop(key, None)

    def put_part(self, record: Record) -> None:
        """Keep some replicates of a run."""
        self._parts.setdefault(record.key, {})[record.replicates] = record

    def parts(self, key: str) -> list[range]:
        """Which replicates are kept as parts."""
        return without_overlaps(list(self._parts.get(key, {})))

    def part(self, key: str, replicates: range) -> Record:
        """Return one part."""
        if replicates not in self._parts.get(key, {}):
            raise self._missing(key)
        return self._parts[key][replicates]

    def discard_parts(self, key: str) -> None:
        """Forget all parts of a run."""
        self._parts.pop(key, None)

    def fail(self, failure: Failure) -> None:
        """Keep the record of a failure."""
        self._failures[failure.key] = failure

    def failures(self) -> dict[str, Failure]:
        """Failures by key, of runs that are not there."""
        return {key: failure for key, failure in self._failures.items() if key not in self}

    def check_writable(self) -> None:
        """Memory can always be written to."""

    def verify(self) -> list[Damage]:
        """Find nothing: memory is trusted."""
        return []

    def set_aside(self, damages: Sequence[Damage]) -> None:
        """Forget what is damaged."""
        for damage in damages:
            self.discard(damage.key)
