"""Each law against Gaussian starts: the claim, its margin, and how it is estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polygenesis import stats
from polygenesis.spec import RunSpec
from polygenesis.studies.claim import Claim, Reading, Words, read, too_little
from polygenesis.studies.initialization_laws.starts import Start
from polygenesis.studies.margin import Margin
from polygenesis.studies.measurements import Measured


@dataclass(frozen=True, eq=False)
class Cell:
    """One law at one width, as measured."""

    start: Start
    measured: Measured

    @property
    def spec(self) -> RunSpec:
        """The run's spec."""
        return self.measured.spec

    @property
    def size(self) -> str:
        """The sizes in words."""
        return f"n = {self.measured.n}, m = {self.measured.m}"


def against_gaussian(cells: Sequence[Cell]) -> list[Reading]:
    """Every law over Gaussian starts of the same width."""
    references = {cell.measured.m: cell for cell in cells if cell.start.name == "Gaussian"}
    return [_over(references[cell.measured.m], cell) for cell in cells if cell.start.name != "Gaussian"]


def _over(reference: Cell, other: Cell) -> Reading:
    """Ratio of two mean counts."""
    words: Words = {"law": other.start.name, "size": other.size}
    a, b = other.measured.counts, reference.measured.counts
    if min(len(a), len(b)) < 2 or not (a.any() and b.any()):
        why = f"{len(a)} and {len(b)} usable replicates with {a.sum()} and {b.sum()} polysemantic neurons are too few."
        said = f"At {other.size}, {other.start.name} starts against Gaussian ones: {why}"
        return too_little(said, [reference, other], **words)
    counts: Words = {"usable": len(a), "every": len(other.measured.usable), "gaussian": len(b)}
    return read(stats.ratio(a, b), [reference, other], **counts, **words)


SAME_RATE = Claim(
    "{law} starts give as many polysemantic neurons as Gaussian ones at {size}.",
    "docs/paper.md, question 9",
    Margin.around("Ratio of mean counts", 1, 0.10),
    "converged replicates",
    "At {size}, {law} starts give {found} times the Gaussian count ({usable} of {every} networks converged, "
    "{gaussian} of the Gaussian ones).",
    against_gaussian,
    family="laws",
    trials="margin unchanged; widths and numbers of networks after a first run at widths where it could not be decided",
)

CLAIMS = (SAME_RATE,)
