"""How far a sweep is, readable at any time from another terminal: one small file a process in the store's folder."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polygenesis import files
from polygenesis.dynamics.keeping.folder import Gone, Unusable
from polygenesis.errors import StoreError
from polygenesis.progress import duration
from polygenesis.sweeps.events import Event, Status
from polygenesis.sweeps.typed import read_value

if TYPE_CHECKING:
    from polygenesis.sweeps.store import Store

logger = logging.getLogger(__name__)

WRITE_SECONDS = 1.0
"""How often the file is written at most."""

SILENT_SECONDS = 3600.0
"""A process on another machine that was not heard of for so long is not counted as running."""


@dataclass(frozen=True)
class Report:
    """What one process last said of its part of a sweep, and whether it still runs."""

    name: str
    status: Status
    reason: str | None
    host: str
    pid: int
    updated: float

    @property
    def running(self) -> bool:
        """Whether the process has not ended, as far as this machine can tell."""
        if self.reason is not None or not self.status.left:
            return False
        if self.host == socket.gethostname():
            return files.alive(self.pid)
        return time.time() - self.updated < SILENT_SECONDS

    def __str__(self) -> str:
        if self.running:
            state = "running"
        elif not self.status.left:
            state = "finished"
        else:
            state = f"stopped ({self.reason})" if self.reason else "no longer running"
        ago = duration(max(0.0, time.time() - self.updated))  # a clock that was set back must not show
        return f"{self.name}: {self.status}; {state}, heard of {ago} ago on {self.host}"


class StatusFile:
    """Writes a sweep's status beside its runs, at most once a second; to be called with each event."""

    def __init__(self, store: Store, name: str) -> None:
        self.path = store.folder / "status" / f"{name.replace('/', '-of-')}.json"
        self.name = name
        self._written = float("-inf")

    def __call__(self, event: Event) -> None:
        """Note the status after an event."""
        if time.monotonic() - self._written >= WRITE_SECONDS:
            self.write(event.status)

    def write(self, status: Status, reason: str | None = None, *, quiet: bool = False) -> None:
        """Write the status now; a disk that does not take it costs only the status (``quiet``: without a word)."""
        self._written = time.monotonic()
        report = Report(self.name, status, reason, socket.gethostname(), os.getpid(), time.time())
        try:
            files.write(self.path, json.dumps(dataclasses.asdict(report)).encode(), durable=False)
        except StoreError as error:
            logger.log(logging.DEBUG if quiet else logging.WARNING, "%s", error)


def read_reports(folder: str | Path) -> list[Report]:
    """What every process last said of the sweep in a folder, by name; files that cannot be read are left out."""
    found = []
    for entry in files.entries(Path(folder) / "status"):
        if entry.name.endswith(".json"):
            try:
                found.append(read_report(Path(entry.path)))
            except Gone:
                continue
            except Unusable as error:
                logger.warning("Cannot read %s: %s.", entry.path, error)
    return found


def read_report(path: Path) -> Report:
    """What one process last said; :class:`Unusable` where the file is no report or cannot be read."""
    report = read_value(path, Report)
    if report.pid < 1 or not all(count >= 0 for count in dataclasses.astuple(report.status)):
        raise Unusable("it holds no report")
    return report


def total(reports: list[Report]) -> Status:
    """The sum of several processes' statuses: rates add up, and the slowest says how long it takes."""
    each = [report.status for report in reports]
    elapsed = max((status.elapsed for status in each), default=0.0)
    weights = [status.found + status.done + status.failed + status.left for status in each]
    share = sum(w * status.share for w, status in zip(weights, each, strict=True)) / (sum(weights) or 1)
    return Status(
        found=sum(status.found for status in each),
        done=sum(status.done for status in each),
        failed=sum(status.failed for status in each),
        left=sum(status.left for status in each),
        elapsed=elapsed,
        share=share,
    )
