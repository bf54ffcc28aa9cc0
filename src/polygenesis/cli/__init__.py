"""The command `polygenesis`: a thin layer over the library. No science here.

Exit codes: 0 done; 1 what was asked for failed (runs that could not be computed, a replay that differs, damaged runs);
2 the input cannot be used; 75 a sweep stopped before its end (a time limit, a scheduler's signal): run it again;
130 stopped by Ctrl-C.
"""

from __future__ import annotations

from polygenesis.cli.app import main

__all__ = ["main"]
