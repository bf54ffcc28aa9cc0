"""Report *renders*: study results in, pages with their figures and tables out. No science here."""

from __future__ import annotations

from polygenesis.report.markdown import write_pages
from polygenesis.report.page import render

__all__ = ["render", "write_pages"]
