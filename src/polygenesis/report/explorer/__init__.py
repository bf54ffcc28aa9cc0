"""The explorer: one self-contained page in which to watch features choose their neurons.

Its JavaScript lies beside this file as real modules: ``core/`` simulates and counts (no page needed), ``views/`` draw,
``app/`` joins them, ``worker.js`` computes beside the page. :mod:`bundle` makes one script of them.
"""

from __future__ import annotations

from polygenesis.report.explorer.explore import explore
from polygenesis.report.explorer.page import Explorer

__all__ = ["Explorer", "explore"]
