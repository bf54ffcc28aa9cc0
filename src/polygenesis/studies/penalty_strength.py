"""Does the strength of the L1 penalty change how many neurons become polysemantic? (The paper's E5.)"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats, theory
from polygenesis.arrays import Integers
from polygenesis.dynamics.base import Run
from polygenesis.spec import RunSpec
from polygenesis.studies import paper_runs, published
from polygenesis.studies.base import Claim, Illustration, Judgement, Profile, Study, StudyResult, Verdict
from polygenesis.studies.judging import judge
from polygenesis.studies.measurements import Measured, measure_all
from polygenesis.training import AdamW, GradientFlow

if TYPE_CHECKING:
    import pandas as pd

STRENGTHS = (0.001, 0.01, 0.1)
"""λ of E5, in the loss."""

SIZES: dict[Profile, tuple[int, tuple[int, ...], int]] = {
    "quick": (32, (32, 128), 8),
    "standard": (256, (256, 1024), 16),
    "thorough": (256, (256, 1024, 4096), 64),
}
"""Features, widths and replicates of the gradient-flow runs."""

ADAM_SIZES: dict[Profile, tuple[int, tuple[int, ...], int]] = {
    "quick": (16, (64,), 8),
    "standard": (64, (64, 256), 16),
    "thorough": (256, (256, 1024), 16),
}
"""Features, widths and replicates of the AdamW runs."""


def unchanged(training: str, m: str, strength: float) -> Claim:
    """The claim that λ makes no difference, for one comparison with the smallest λ."""
    return Claim(
        f"Under {training} at {m}, λ = {strength:g} gives as many polysemantic neurons as λ = {STRENGTHS[0]:g}.",
        "arXiv:2312.03096, figure of E5",
        "Ratio of mean counts within 1 ± 0.15.",
        f"{training}, {m}, usable replicates.",
    )


class PenaltyStrength(Study):
    """Count polysemantic neurons at λ = 0.001, 0.01 and 0.1, the paper's three strengths."""

    name = "penalty-strength"
    title = "Does the strength of the penalty matter?"
    question = "Is the number of polysemantic neurons the same at λ = 0.001, 0.01 and 0.1?"

    def specs(self, profile: Profile) -> list[RunSpec]:
        """Gradient flow and AdamW at three strengths and two widths."""
        runs = []
        for sizes, training in ((SIZES, GradientFlow()), (ADAM_SIZES, AdamW())):
            n, widths, replicates = sizes[profile]
            runs += [
                paper_runs.autoencoder(n, m, strength, training, replicates) for m in widths for strength in STRENGTHS
            ]
        return runs

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        specs = self.specs(profile)
        measured = measure_all(specs, runs)
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judgements(measured)),
            tables={"counts by penalty": table(measured)},
            illustrations=(illustration(measured),),
            limits=(
                "At λ = 0.1 and m = 1024, λ√m/4 = 0.8: outside the slow regime, features may die before they settle.",
                "AdamW counts use |W| in [0.8, 1.2] as published and include replicates with unsettled features.",
            ),
            keys=tuple(spec.key for spec in specs),
        )


def judgements(measured: Sequence[Measured]) -> list[Judgement]:
    """Compare each strength with the smallest one, for every way of training and width."""
    found = []
    for training in ("gradient flow", "AdamW"):
        of = [each for each in measured if name_of(each) == training]
        for m in sorted({each.m for each in of}):
            group = {each.spec.penalty.strength: each for each in of if each.m == m}
            found += [_compare(training, group[STRENGTHS[0]], group[strength]) for strength in STRENGTHS[1:]]
    return found


def name_of(run: Measured) -> str:
    """The way of training, in words."""
    return "AdamW" if isinstance(run.spec.training, AdamW) else "gradient flow"


def counts_of(run: Measured) -> Integers:
    """Counts to compare: of usable replicates under gradient flow, as published under AdamW."""
    return run.published if isinstance(run.spec.training, AdamW) else run.counts


def _compare(training: str, base: Measured, other: Measured) -> Judgement:
    claim = unchanged(training, f"n = {base.n}, m = {base.m}", other.spec.penalty.strength)
    a, b = counts_of(other), counts_of(base)
    if min(len(a), len(b)) < 2 or min(a.mean(), b.mean()) == 0:
        return Judgement(claim, Verdict.UNDECIDED, "Too few usable replicates or no polysemantic neuron to compare.")
    found = stats.samples_agree(a, b, 0.15, relative=True)
    return judge(
        claim,
        found,
        f"Under {training} at n = {base.n}, m = {base.m}, λ = {other.spec.penalty.strength:g} gives {{value}} "
        f"[{{lower}}, {{upper}}] times the count of λ = {STRENGTHS[0]:g}.",
    )


def table(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a run: counts with their interval, the published median, and how the replicates ended."""
    import pandas as pd

    rows = []
    for each in measured:
        counts, strength = counts_of(each), each.spec.penalty.strength
        mean = stats.mean_count(counts) if len(counts) > 1 else None
        medians = published.MEDIANS_BY_PENALTY.get(each.m, {}) if each.n == published.FEATURES else {}
        rows.append(
            {
                "training": name_of(each),
                "n": each.n,
                "m": each.m,
                "λ": strength,
                "replicates": len(each.outcomes),
                "counted": len(counts),
                "mean": np.nan if mean is None else mean.value,
                "lower": np.nan if mean is None else mean.lower,
                "upper": np.nan if mean is None else mean.upper,
                "median": float(np.median(counts)) if len(counts) else np.nan,
                "published median": medians.get(strength, np.nan),
                "n²/4m": float(theory.polysemantic_neurons(each.n, each.m)),
                "dead features": int(each.dead_features.sum()),
                "split features": int(each.split_features.sum()),
            }
        )
    return pd.DataFrame(rows)


def illustration(measured: Sequence[Measured]) -> Illustration:
    """Draw the count relative to n²/4m against λ."""
    from polygenesis import plots

    rows = table(measured).dropna(subset=["mean"])
    curves = []
    for (training, n, m), of in rows.groupby(["training", "n", "m"], sort=False):
        law = of["n²/4m"].to_numpy()
        interval = (of["lower"].to_numpy() / law, of["upper"].to_numpy() / law)
        curves.append(
            plots.series(
                f"{training}, n = {n}, m = {m}",
                of["λ"].to_numpy(),
                of["mean"].to_numpy() / law,
                interval=interval,
                style="both",
            )
        )
    chart = plots.chart(
        curves,
        x="penalty λ (in the loss)",
        y="count / (n²/4m)",
        log="x",
        levels=[plots.Level("n²/4m", 1.0)],
        alt="Counts relative to the law against the penalty's strength.",
    )
    return Illustration(
        "penalty-strength",
        "Polysemantic neurons relative to n²/4m against the penalty λ, with 95 % quasi-Poisson intervals.",
        chart.draw,
        chart.interactive,
    )
