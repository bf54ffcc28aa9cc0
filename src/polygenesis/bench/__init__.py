"""The benchmark: our engines beside what a researcher would write, on this machine, in one run.

``polygenesis bench`` prints the rows. Each compares wall-clock seconds of the same task; what was scaled from a part
of it says so.
"""

from __future__ import annotations

from polygenesis.bench.base import Goal, Row
from polygenesis.bench.registry import measure, names
from polygenesis.bench.results import read, write

__all__ = ["Goal", "Row", "measure", "names", "read", "write"]
