"""What happens to a sweep, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from polygenesis.progress import duration


@dataclass(frozen=True)
class Status:
    """The progress of a sweep: runs found finished, done now, failed and left; seconds spent and predicted.

    ``elapsed``: seconds so far. ``share``: of the predicted work that is done, from 0 to 1.
    ``lost``: how many of those left were done and are no longer there, because their folder went away.
    """

    found: int
    done: int
    failed: int
    left: int
    elapsed: float
    share: float
    lost: int = 0

    @property
    def runs_per_second(self) -> float:
        """Runs done a second."""
        return self.done / self.elapsed if self.elapsed else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Predicted seconds until the end, None before anything is done."""
        return self.elapsed * (1 - self.share) / self.share if self.share else None

    @property
    def counts(self) -> str:
        """The numbers of runs in words; those that an earlier call computed are not among the done ones."""
        found = f"{self.found} there already, " if self.found else ""
        return f"{found}{self.done} done, {self.failed} failed, {self.left} left"

    def __str__(self) -> str:
        """One line for a terminal or a log."""
        left = self.seconds_left
        ahead = "" if left is None or not self.left else f", {duration(left)} left"
        return f"{self.counts} ({self.runs_per_second:.3g} runs/s{ahead})"


Kind = Literal["found", "done", "failed", "died", "stopped", "damaged", "lost"]
"""What may happen to a sweep."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a sweep, with one sentence for a log."""

    kind: Kind
    sentence: str
    status: Status
    key: str = ""
