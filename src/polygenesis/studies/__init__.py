"""Studies *judge*: a claim in, a table, a figure and a verdict out."""

from __future__ import annotations

from polygenesis.studies.base import Illustration, Profile, Study, StudyResult
from polygenesis.studies.claim import Claim, Judgement, Verdict
from polygenesis.studies.margin import Margin
from polygenesis.studies.registry import get, names, paper_names

__all__ = [
    "Claim",
    "Illustration",
    "Judgement",
    "Margin",
    "Profile",
    "Study",
    "StudyResult",
    "Verdict",
    "get",
    "names",
    "paper_names",
]
