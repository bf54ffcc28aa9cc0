"""Studies *judge*: a claim in, a table, a figure and a verdict out."""

from __future__ import annotations

from polygenesis.studies.base import (
    Claim,
    Illustration,
    Judgement,
    Profile,
    Study,
    StudyResult,
    Verdict,
)
from polygenesis.studies.registry import get, names, paper_names

__all__ = [
    "Claim",
    "Illustration",
    "Judgement",
    "Profile",
    "Study",
    "StudyResult",
    "Verdict",
    "get",
    "names",
    "paper_names",
]
