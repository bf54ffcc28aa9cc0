"""The explorer *shows*: a page in which to watch a network allocate features to neurons, nudge it and run it again."""

from __future__ import annotations

from polygenesis.report.explorer.explore import Explorer, explore

__all__ = ["Explorer", "explore"]
