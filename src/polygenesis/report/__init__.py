"""Report *renders*: study results in, one page with its figures and tables out. No science here."""

from __future__ import annotations

from polygenesis.report.page import render

__all__ = ["render"]
