"""Each law against Gaussian starts: one family of like claims, corrected by Holm's method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polygenesis import stats
from polygenesis.studies.base import Judgement
from polygenesis.studies.initialization_laws.claims import MARGIN, Start, same_rate
from polygenesis.studies.judging import Tested, judge_family
from polygenesis.studies.measurements import Measured


@dataclass(frozen=True, eq=False)
class Cell:
    """One law at one width, as measured."""

    start: Start
    measured: Measured

    @property
    def size(self) -> str:
        """The sizes in words."""
        return f"n = {self.measured.n}, m = {self.measured.m}"


def judge_claims(cells: Sequence[Cell]) -> list[Judgement]:
    """Compare every law with Gaussian starts of the same width."""
    references = {cell.measured.m: cell for cell in cells if cell.start.name == "Gaussian"}
    others = [cell for cell in cells if cell.start.name != "Gaussian"]
    return judge_family([compare(references[cell.measured.m], cell, len(others)) for cell in others])


def compare(reference: Cell, other: Cell, family: int) -> Tested:
    """Test the ratio of two mean counts."""
    claim = same_rate(other.start.name, other.size, family)
    a, b = other.measured.counts, reference.measured.counts
    if min(len(a), len(b)) < 2 or not (a.any() and b.any()):
        why = f"{len(a)} and {len(b)} usable replicates with {a.sum()} and {b.sum()} polysemantic neurons are too few."
        return claim, None, f"At {other.size}, {other.start.name} starts against Gaussian ones: {why}"
    sentence = f"At {other.size}, {other.start.name} starts give {{found}} times the Gaussian count."
    return claim, stats.samples_agree(a, b, MARGIN, relative=True), sentence
