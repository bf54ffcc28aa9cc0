"""Does the initially strongest neuron win its feature's race? (The paper's E4; claim C2.)"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats
from polygenesis.dynamics.base import Run
from polygenesis.spec import RunSpec
from polygenesis.studies import paper_runs, published
from polygenesis.studies.base import Claim, Illustration, Judgement, Profile, Study, StudyResult, Verdict
from polygenesis.studies.judging import judge
from polygenesis.studies.measurements import Measured, measure_all
from polygenesis.training import AdamW

if TYPE_CHECKING:
    import pandas as pd

WIDE = 16
"""The paper's width for E4 in units of n: m = 16n."""


def leader_wins(training: str, room: int) -> Claim:
    """The claim of C2 for one way of training and one width."""
    return Claim(
        f"Under {training} with m = {room}n, the neuron with a feature's largest initial weight wins its race.",
        "arXiv:2312.03096, C2",
        "More than half of the features end there, with the same sign.",
        f"{training}, m = {room}n, usable replicates.",
    )


REMEMBERS = Claim(
    "The final weights remember the initial ones: Σ_k W0_ik W_jk is larger for i = j than for i ≠ j.",
    "arXiv:2312.03096, figure of E4",
    "95 % interval of diagonal minus off-diagonal above 0.",
    "Gradient flow, m = 16n.",
)
DIAGONAL = Claim(
    "The mean of Σ_k W0_ik W_ik at m = 4096 is 0.033.",
    "arXiv:2312.03096, figure of E4",
    "Mean over 0.033 within 1 ± 0.10.",
    "n = 256, m = 4096: AdamW as published where it was run at that size, else gradient flow.",
)


class InitialLeads(Study):
    """Ask of every feature whether it ends on the neuron where its weight was largest at the start."""

    name = "initial-leads"
    title = "Does the initial leader win?"
    question = (
        "How often does the initially strongest weight of a feature win the race, and does that depend on training?"
    )

    def specs(self, profile: Profile) -> list[RunSpec]:
        """Gradient flow and AdamW over the widths of E3."""
        return [*paper_runs.flows(profile), *paper_runs.adams(profile)]

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        specs = self.specs(profile)
        measured = measure_all(specs, runs)
        adams = [each for each in measured if isinstance(each.spec.training, AdamW)]
        flows = [each for each in measured if each not in adams]
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judgements(flows, adams)),
            tables={"initial leaders by width": table(flows, adams)},
            illustrations=illustrations(flows, adams),
            limits=(
                "Intervals are over replicates: features of one network are not independent.",
                f"AdamW was run at n = {adams[0].n}.",
            ),
            keys=tuple(spec.key for spec in specs),
        )


def judgements(flows: Sequence[Measured], adams: Sequence[Measured]) -> list[Judgement]:
    """Judge every claim of this study."""
    pairs = [("gradient flow", flows), ("AdamW", adams)]
    found = [_leader(training, room, at(runs, room)) for training, runs in pairs for room in (2, WIDE)]
    wide = at(flows, WIDE)
    found.append(_remembers(wide))
    published_size = [each for each in (*adams, *flows) if (each.n, each.m) == (published.FEATURES, 4096)]
    if published_size:
        found.append(_diagonal(published_size[0]))
    return found


def at(runs: Sequence[Measured], room: int) -> Measured:
    """Return the run with m = room · n."""
    return next(each for each in runs if each.m == room * each.n)


def _leader(training: str, room: int, run: Measured) -> Judgement:
    claim = leader_wins(training, room)
    shares = run.kept_lead[run.usable]
    if len(shares) < 2:
        return Judgement(claim, Verdict.UNDECIDED, f"Only {len(shares)} replicates settled every feature.")
    found = stats.agrees(stats.mean(shares), 0.5, np.inf)
    return judge(
        claim,
        found,
        f"Under {training} at m = {room}n (n = {run.n}), {{value}} [{{lower}}, {{upper}}] of the features end on their "
        "initial leader with its sign.",
    )


def _remembers(run: Measured) -> Judgement:
    gap = stats.mean((run.diagonal - run.off_diagonal)[run.usable])
    verdict = Verdict.SUPPORTED if gap.lower > 0 else Verdict.REFUTED if gap.upper < 0 else Verdict.UNDECIDED
    interval = f"{gap.value:.3g} [{gap.lower:.3g}, {gap.upper:.3g}]"
    sentence = f"Diagonal minus off-diagonal is {interval} at n = {run.n}, m = {run.m}."
    return Judgement(REMEMBERS, verdict, sentence)


def _diagonal(run: Measured) -> Judgement:
    training = "AdamW" if isinstance(run.spec.training, AdamW) else "gradient flow"
    found = stats.mean_agrees(run.diagonal[run.usable], published.START_END_DIAGONAL, 0.10, relative=True)
    return judge(
        DIAGONAL, found, f"Under {training} the mean of Σ_k W0_ik W_ik is {{value}} [{{lower}}, {{upper}}] at m = 4096."
    )


def table(flows: Sequence[Measured], adams: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a run: share of features that keep their lead, the winners' ranks, and the E4 correlation."""
    import pandas as pd

    rows = []
    for each in (*flows, *adams):
        if each.usable.sum() < 2:
            continue
        kept = stats.mean(each.kept_lead[each.usable])
        ranks = each.winner_rank[each.usable]
        rows.append(
            {
                "training": "AdamW" if isinstance(each.spec.training, AdamW) else "gradient flow",
                "n": each.n,
                "m": each.m,
                "replicates": int(each.usable.sum()),
                "initial leader wins": kept.value,
                "lower": kept.lower,
                "upper": kept.upper,
                "winner among first 3": float((ranks < 3).mean()),
                "winner among first 10": float((ranks < 10).mean()),
                "diagonal": float(each.diagonal[each.usable].mean()),
                "off-diagonal": float(each.off_diagonal[each.usable].mean()),
            }
        )
    return pd.DataFrame(rows)


def illustrations(flows: Sequence[Measured], adams: Sequence[Measured]) -> tuple[Illustration, ...]:
    """Draw the share of leaders that win against m/n, and the start–end correlation at m = 16n."""
    from polygenesis import plots

    rows = table(flows, adams)
    curves = []
    for training in ("gradient flow", "AdamW"):
        of = rows[rows["training"] == training]
        if len(of):
            interval = (of["lower"].to_numpy(), of["upper"].to_numpy())
            ratio = (of["m"] / of["n"]).to_numpy()
            curves.append(
                plots.series(training, ratio, of["initial leader wins"].to_numpy(), interval=interval, style="both")
            )
    leads = plots.chart(
        curves,
        x="neurons per feature m/n",
        y="initial leader wins",
        log="x",
        levels=[plots.Level("half", 0.5)],
        alt="The share of features that end on their initial leader grows with m/n.",
    )
    wide = at(flows, WIDE)
    matrix = plots.start_end(
        wide.correlation, alt="A matrix whose diagonal stands out: final weights correlate with initial ones."
    )
    return (
        Illustration(
            "initial-leaders",
            "Share of features that end on the neuron where their initial weight was largest, with its sign, against "
            "m/n (means over replicates, 95 % t intervals).",
            leads.draw,
            leads.interactive,
        ),
        Illustration(
            "start-end-correlation",
            f"Start–end correlation Σ_k W0_ik W_jk under gradient flow at n = {wide.n}, m = {wide.m}, averaged over "
            f"{len(wide.outcomes)} replicates (the paper's E4), with the distributions on and off its diagonal.",
            matrix.draw,
            matrix.interactive,
        ),
    )
