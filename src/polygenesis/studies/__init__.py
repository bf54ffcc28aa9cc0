"""Studies *judge*: a claim in, a table, a figure and a verdict out."""

from __future__ import annotations

from polygenesis.studies.base import Examined, Illustration, Profile, Study, StudyResult
from polygenesis.studies.claim import Claim, Judgement, Reading, Verdict, read, too_little
from polygenesis.studies.margin import Margin
from polygenesis.studies.registry import get, names, paper_names

__all__ = [
    "Claim",
    "Examined",
    "Illustration",
    "Judgement",
    "Margin",
    "Profile",
    "Reading",
    "Study",
    "StudyResult",
    "Verdict",
    "get",
    "names",
    "paper_names",
    "read",
    "too_little",
]
