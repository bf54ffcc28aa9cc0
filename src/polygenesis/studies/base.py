"""What a study is: a claim with its margin stated beforehand, measured, predicted and judged in three functions."""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from polygenesis.errors import unknown_name
from polygenesis.numerals import true_minus
from polygenesis.spec import RunSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as PlotlyFigure

    from polygenesis.dynamics.base import Run
    from polygenesis.plots import Chart
    from polygenesis.sweeps import RunStore

Profile = Literal["quick", "standard", "thorough"]

PROFILES: tuple[Profile, ...] = ("quick", "standard", "thorough")
"""quick: a minute, for CI. standard: what the docs and `polygenesis paper` show. thorough: what a paper would use."""


class Verdict(enum.Enum):
    """What the evidence says of a claim."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Claim:
    """One sentence that can be false, where it comes from, and the margin and regime stated beforehand."""

    text: str
    source: str
    margin: str
    regime: str

    def __post_init__(self) -> None:
        """Write true minus signs, wherever the claim is shown."""
        for name in ("text", "source", "margin", "regime"):
            object.__setattr__(self, name, true_minus(getattr(self, name)))


@dataclass(frozen=True)
class Judgement:
    """A claim's verdict and the sentence that carries the number, its interval and the regime."""

    claim: Claim
    verdict: Verdict
    sentence: str

    def __post_init__(self) -> None:
        """Write true minus signs, wherever the sentence is shown."""
        object.__setattr__(self, "sentence", true_minus(self.sentence))


@dataclass(frozen=True)
class Illustration:
    """A named figure with the caption that a paper would print under it.

    ``draw`` makes the matplotlib figure for files; ``interactive``, where given, the Plotly figure for the report's
    page. A chart of :mod:`polygenesis.plots` makes both from the same arrays: see :meth:`of`.
    """

    name: str
    caption: str
    draw: Callable[[], Figure]
    interactive: Callable[[], PlotlyFigure] | None = None

    @classmethod
    def of(cls, chart: Chart, name: str, caption: str) -> Illustration:
        """Show a chart, for print and for the page."""
        return cls(name, caption, chart.draw, chart.interactive)


@dataclass(frozen=True, eq=False, repr=False)
class StudyResult:
    """What a study found: judgements, tables (name → data frame), illustrations, limits, and the keys of its runs.

    ``answers``: name → a sentence that answers the study's question and stands alone, the most telling one first.
    """

    name: str
    title: str
    profile: Profile
    judgements: tuple[Judgement, ...]
    tables: dict[str, pd.DataFrame]
    illustrations: tuple[Illustration, ...]
    limits: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """REFUTED if any claim is, else UNDECIDED if any is, else SUPPORTED."""
        found = {each.verdict for each in self.judgements}
        for verdict in (Verdict.REFUTED, Verdict.UNDECIDED):
            if verdict in found:
                return verdict
        return Verdict.SUPPORTED

    @property
    def tellings(self) -> list[str]:
        """Sentences that say what was found, the most telling first: answers, decided claims, open claims."""
        decided = sorted(self.judgements, key=lambda each: each.verdict is Verdict.UNDECIDED)
        return [*self.answers.values(), *(each.sentence for each in decided)]

    @property
    def sentence(self) -> str:
        """All sentences of the judgements."""
        return " ".join(each.sentence for each in self.judgements)

    def __repr__(self) -> str:
        """Say the verdict on every claim, with its number."""
        lines = [f"  {each.verdict.name:<9}  {each.sentence}" for each in self.judgements]
        more = f"  tables: {', '.join(self.tables)}; figures: {', '.join(each.name for each in self.illustrations)}"
        return "\n".join([f"{self.title} ({self.name}, {self.profile})", *lines, more])

    def _repr_html_(self) -> str:
        """Show the verdicts as a table in a notebook."""
        rows = "".join(
            f"<tr><td>{escape(each.claim.text)}</td><td>{each.verdict.value}</td><td>{escape(each.sentence)}</td></tr>"
            for each in self.judgements
        )
        head = "<tr><th>Claim</th><th>Verdict</th><th>What was found</th></tr>"
        return f"<table><caption>{escape(self.title)}</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"


Runner = Callable[[Sequence[RunSpec]], "Sequence[Run]"]
"""Computes specs or finds them in the store: in order, one run a spec."""


class Study(abc.ABC):
    """A question with a fixed answer procedure: specs → measure → predict → judge → tables and figures."""

    name: ClassVar[str]
    title: ClassVar[str]
    question: ClassVar[str]

    @abc.abstractmethod
    def specs(self, profile: Profile) -> list[RunSpec]:
        """Return every run this study needs at a profile (empty where none is simulated)."""

    @abc.abstractmethod
    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge; the same runs always give the same result."""

    def run(
        self,
        profile: Profile = "standard",
        *,
        store: RunStore | None = None,
        workers: int | None = None,
        progress: Callable[..., None] | None = None,
    ) -> StudyResult:
        """Compute what is missing in the store, in parallel, and judge.

        ``store`` keeps runs between calls (by default they are kept in memory for this call only); ``workers``
        defaults to the number of cores; ``progress`` is passed to :func:`polygenesis.sweeps.run_all`.
        """
        if profile not in PROFILES:
            raise unknown_name("profile", profile, PROFILES)
        specs = self.specs(profile)
        if not specs:
            return self.examine([], profile)
        from polygenesis.sweeps import run_all

        return self.examine(run_all(specs, store=store, workers=workers, progress=progress), profile)
