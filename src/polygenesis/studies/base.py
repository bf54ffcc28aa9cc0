"""What a study is: claims with margins stated beforehand, runs by name, and what is read off them."""

from __future__ import annotations

import abc
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from polygenesis.errors import Suggesting, unknown_name
from polygenesis.html import badge, escaped, facts, fragment, picture, prose, table
from polygenesis.progress import Wanted, check_wanted, stepping
from polygenesis.spec import RunSpec
from polygenesis.studies.answering import readable
from polygenesis.studies.claim import Claim, Judgement, Verdict
from polygenesis.studies.judging import judge_all

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from plotly.graph_objects import Figure as PlotlyFigure

    from polygenesis.dynamics.run import Run
    from polygenesis.plots import Chart
    from polygenesis.sweeps import RunStore

Profile = Literal["quick", "standard", "thorough"]

PROFILES: tuple[Profile, ...] = ("quick", "standard", "thorough")
"""quick: a minute, for CI. standard: minutes. thorough: what a paper would use.

`polygenesis paper` shows standard; `make pages` writes thorough for the paper's own studies, standard for all others.
"""


SHOWN = 720
"""Width of a figure in a notebook, in pixels; narrower columns shrink it."""


@dataclass(frozen=True, repr=False)
class Illustration:
    """A named figure with the caption that a paper would print under it.

    ``name``: of its files. ``draw`` makes the matplotlib figure for files; ``interactive``, where given, the Plotly
    figure for the report's page. A chart of ``polygenesis.plots`` makes both from the same arrays: see :meth:`of`.
    """

    name: str
    caption: str
    draw: Callable[[], Figure]
    interactive: Callable[[], PlotlyFigure] | None = None

    @classmethod
    def of(cls, chart: Chart, name: str, caption: str) -> Illustration:
        """Show a chart, for print and for the page.

        Args:
            chart: a :class:`polygenesis.plots.Chart`.
            name: of the files, without an ending.
            caption: as a paper would print it.
        """
        return cls(name, caption, chart.draw, chart.interactive)

    def _repr_png_(self) -> bytes:
        """The figure, for programs that show no HTML."""
        from polygenesis.plots.style import SCREEN, encode

        return encode(self.draw(), "png", dpi=SCREEN)

    def _repr_html_(self) -> str:
        """The figure with its caption, as a notebook shows it."""
        return picture(self._repr_png_(), self.caption, self.caption, width=SHOWN)

    def __repr__(self) -> str:
        """Say which figure it is."""
        return f"Illustration {self.name}: {self.caption}"


@dataclass(frozen=True, eq=False, repr=False)
class StudyResult(Suggesting):
    """The result of a study: judgements, tables (name → data frame), illustrations, limits, and the keys of its runs.

    ``name``: of the study, ``title``: of its page. ``profile``: quick, standard or thorough. ``notes``: what the study
    hands on besides. ``answers``: name → a sentence that answers the study's question and stands alone, the most
    telling one first.
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
        """Say the verdict on every claim, with its number; a notebook shows the figures as well."""
        lines = [f"  {each.verdict.name:<9}  {each.sentence}" for each in self.judgements]
        more = f"  tables: {', '.join(self.tables)}; figures: {', '.join(each.name for each in self.illustrations)}"
        return "\n".join([f"{self.title} ({self.name}, {self.profile})", *lines, more])

    def _repr_html_(self) -> str:
        """Show the verdicts in colour and the figures in a notebook."""
        rows = [
            (prose(each.claim.text), badge(each.verdict.value), prose(each.margin), prose(each.sentence))
            for each in self.judgements
        ]
        claims = table(("Claim", "Verdict", "Margin", "What was found"), rows, label="Verdicts")
        limits = f"<p class='note'>{prose(' '.join(self.limits))}</p>" if self.limits else ""
        held = f"<p class='note'>Tables: {escaped(', '.join(self.tables))}.</p>" if self.tables else ""
        figures = "".join(each._repr_html_() for each in self.illustrations)
        return fragment(f"{claims}{limits}{figures}{held}", self.title, note=f"{self.name}, {self.profile}")


@dataclass(frozen=True, eq=False)
class Examined:
    """What a study measured (``found``, which its claims' estimands read), with its tables, figures and limits.

    ``tables``: name → data frame. ``illustrations``: the figures. ``limits``: sentences on what the runs cannot show.
    ``notes``: what the study hands on besides.
    """

    found: Any
    tables: dict[str, pd.DataFrame]
    illustrations: tuple[Illustration, ...]
    limits: tuple[str, ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)


class NamedRuns(Mapping[Hashable, "Run"]):
    """Runs by the names that a study's plan gave them; of runs in a store, each is loaded when it is asked for."""

    def __init__(self, names: Sequence[Hashable], runs: Sequence[Run]) -> None:
        self.runs, self.places = runs, {name: at for at, name in enumerate(names)}

    def __getitem__(self, name: Hashable) -> Run:
        return self.runs[self.places[name]]

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


class Study(Suggesting, abc.ABC):
    """A question with a fixed answer procedure: named specs → measure → claims judged → tables and figures."""

    name: ClassVar[str]
    title: ClassVar[str]
    question: ClassVar[str]
    claims: ClassVar[tuple[Claim, ...]]

    def __repr__(self) -> str:
        """Say what the study asks and how to run it."""
        return f"Study {self.name}: {self.question}\n  run it: polygenesis.study({self.name!r}).run({'quick'!r})"

    def _repr_html_(self) -> str:
        """Show the question in a notebook."""
        call = f"pg.study({self.name!r}).run(progress=True)"
        rows = [("run it", f"<code>{escaped(call)}</code>"), ("profiles", escaped(", ".join(PROFILES)))]
        return fragment(f"<p>{prose(self.question)}</p>{facts(rows)}", self.title, note=self.name)

    @abc.abstractmethod
    def plan(self, profile: Profile) -> Mapping[Any, RunSpec]:
        """Return every run this study needs at a profile, by a name of the study's choice (none: an empty mapping).

        Args:
            profile: "quick" (a minute), "standard" (minutes) or "thorough" (what a paper would use).
        """

    @abc.abstractmethod
    def examine(self, runs: Mapping[Any, Run], profile: Profile) -> Examined:
        """Measure and predict; the same runs always give the same.

        Args:
            runs: by the names of the plan.
            profile: the plan's: "quick", "standard" or "thorough".
        """

    def answers(self, found: Any, judgements: Sequence[Judgement]) -> dict[str, str]:
        """Return sentences that answer the question and stand alone, by name, the most telling one first.

        Args:
            found: what :meth:`examine` measured (``Examined.found``).
            judgements: of all claims, in their order.
        """
        return {}

    def specs(self, profile: Profile) -> list[RunSpec]:
        """Return every run this study needs at a profile, in the order of the plan.

        Args:
            profile: "quick", "standard" or "thorough".
        """
        return list(self.plan(profile).values())

    def result(self, runs: Mapping[Any, Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge; the same runs always give the same result.

        Args:
            runs: by the names of the plan, all of them.
            profile: the plan's: "quick", "standard" or "thorough".
        """
        plan = self.plan(profile)
        examined = self.examine(runs, profile)
        judgements = tuple(judge_all(self.claims, examined.found))
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=judgements,
            tables=examined.tables,
            illustrations=examined.illustrations,
            limits=examined.limits,
            keys=tuple(spec.key for spec in plan.values()),
            answers={name: readable(each) for name, each in self.answers(examined.found, judgements).items()},
            notes=examined.notes,
        )

    def run(
        self,
        profile: Profile = "standard",
        *,
        store: RunStore | None = None,
        workers: int | None = None,
        progress: Wanted = None,
    ) -> StudyResult:
        """Compute what is missing in the store, in parallel, and judge.

        Args:
            profile: "quick" (a minute), "standard" (minutes) or "thorough" (what a paper would use).
            store: keeps runs between calls; by default they are kept in memory for this call only.
            workers: how many processes; by default one a core, and 1 computes in this process.
            progress: True for a bar, or a function of (done, in all), as :func:`polygenesis.sweeps.run_all` calls it.

        Raises:
            polygenesis.InputError: for another profile.
            polygenesis.sweeps.RunsFailed: where runs fail.
        """
        if profile not in PROFILES:
            raise unknown_name("profile", profile, PROFILES)
        check_wanted(progress)
        plan = self.plan(profile)
        runs: Sequence[Run] = []
        if plan:
            from polygenesis.sweeps import run_all

            runs = run_all(list(plan.values()), store=store, workers=workers, progress=progress)
        with stepping(progress is True, f"Study {self.name}") as say:
            if say is not None:
                say("measuring and judging")
            return self.result(NamedRuns(list(plan), runs), profile)
