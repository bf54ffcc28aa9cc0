"""Which hidden noise makes rows sparse? (The paper's E2; claim C7.)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import detect, stats, theory
from polygenesis.arrays import Floats
from polygenesis.dynamics.base import Run
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar, GaussianNoise, HiddenNoise, LaplaceNoise, UniformNoise
from polygenesis.penalties import NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.studies import published
from polygenesis.studies.base import Claim, Illustration, Judgement, Profile, Study, StudyResult
from polygenesis.studies.judging import judge
from polygenesis.training import GradientDescent

if TYPE_CHECKING:
    import pandas as pd

SIZES = TiedAutoencoder(n=8, m=16)
"""Features and neurons of E2."""

LAWS: tuple[type[HiddenNoise], ...] = (Bipolar, UniformNoise, GaussianNoise, LaplaceNoise)
"""The paper's two noise laws and two more, by rising excess kurtosis."""

STRENGTHS = (0.07, 0.1, 0.15)
"""σ of E2."""

LEARNING_RATE = 0.02
"""Learning rate of E2."""

STEPS_AND_REPLICATES: dict[Profile, tuple[int, int]] = {
    "quick": (20_000, 3),
    "standard": (100_000, 5),
    "thorough": (100_000, 50),
}
"""Steps and replicates; the paper's are 100,000 and 5."""

BEND = 0.05
"""How far a fourth norm may lie from a random direction's level and still count as not sparser."""


def source_of(law: str) -> str:
    """Where a claim on a law comes from: the paper ran two laws and states the rule for all."""
    return "arXiv:2312.03096, C7" if law in ("bipolar", "gaussian") else "arXiv:2312.03096, C7, extended to this law"


def sparsifies(law: str, std: float) -> Claim:
    """The claim that a law with negative excess kurtosis makes rows sparser."""
    return Claim(
        f"{law.capitalize()} noise with σ = {std:g} makes rows sparser than a random direction.",
        source_of(law),
        f"Mean fourth norm at the end above 3/(m+2) + {BEND:g}.",
        "n = 8, m = 16, learning rate 0.02, λ = 0, noise independent for every input.",
    )


def leaves_alone(law: str, std: float) -> Claim:
    """The claim that a law without negative excess kurtosis leaves rows at a random direction's level."""
    return Claim(
        f"{law.capitalize()} noise with σ = {std:g} leaves rows at a random direction's fourth norm.",
        source_of(law),
        f"Mean fourth norm at the end within 3/(m+2) ± {BEND:g}.",
        "n = 8, m = 16, learning rate 0.02, λ = 0, noise independent for every input.",
    )


def as_published(std: float) -> Claim:
    """The claim that bipolar noise reproduces the published fourth norm."""
    return Claim(
        f"Bipolar noise with σ = {std:g} ends at the published fourth norm {published.FOURTH_NORMS['bipolar'][std]:g}.",
        "arXiv:2312.03096, figure of E2",
        "Mean within ± 0.10 of the published value.",
        "n = 8, m = 16, 100,000 steps, one noise vector for all inputs of a step, as in the paper's code.",
    )


@dataclass(frozen=True, eq=False)
class Curve:
    """The fourth norm of one noise setting: over time (r, T) and at the end (r,)."""

    noise: HiddenNoise
    times: Floats
    fourth_norm: Floats
    end: Floats
    polysemantic: Floats


class NoiseSparsity(Study):
    """Train under four noise laws without any penalty and follow the fourth norm of the rows."""

    name = "noise-sparsity"
    title = "Which noise makes rows sparse?"
    question = (
        "Does hidden noise with negative excess kurtosis, and only such noise, make rows sparse without a penalty?"
    )

    def specs(self, profile: Profile) -> list[RunSpec]:
        """Four laws at three strengths, drawn for every input; bipolar and Gaussian also drawn once for all inputs."""
        steps, replicates = STEPS_AND_REPLICATES[profile]
        noises: list[HiddenNoise] = [law(std) for law in LAWS for std in STRENGTHS]
        noises += [law(std, shared=True) for law in (Bipolar, GaussianNoise) for std in STRENGTHS]
        return [
            RunSpec(
                model=SIZES,
                penalty=NoPenalty(),
                noise=noise,
                training=GradientDescent(LEARNING_RATE, steps),
                replicates=replicates,
                save=Save(times=60, series=("fourth_norm",), first=1.0),
            )
            for noise in noises
        ]

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        curves = [measure(run) for run in runs]
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judgements(curves)),
            tables={"fourth norm at the end": table(curves)},
            illustrations=(illustration(curves),),
            limits=(
                "One size (n = 8, m = 16); the fourth norm is averaged over the features of a replicate.",
                "Each strength is judged by itself: twelve claims at 5 % each are not corrected for one another.",
            ),
            keys=tuple(spec.key for spec in self.specs(profile)),
        )


def measure(run: Run) -> Curve:
    """Read the fourth norms off a run."""
    noise = run.spec.noise
    assert isinstance(noise, LAWS)
    end = np.asarray(detect.fourth_norm(run.final)).mean(axis=1)
    shared = np.asarray(detect.census(run.final).shared, dtype=float)
    return Curve(noise, run.times, run.series["fourth_norm"], end, shared)


def judgements(curves: Sequence[Curve]) -> list[Judgement]:
    """Judge each law and strength, then the published values."""
    own = [curve for curve in curves if not curve.noise.shared]
    return [*(_against_random(curve) for curve in own), *(_published(curve) for curve in curves if _comparable(curve))]


def _against_random(curve: Curve) -> Judgement:
    level, law, std = float(theory.random_row_fourth_norm(SIZES.m)), curve.noise.kind, curve.noise.std
    mean = stats.mean(curve.end)
    numbers = f"{law.capitalize()} noise with σ = {std:g} ends at a fourth norm of {{value}} [{{lower}}, {{upper}}]"
    sentence = numbers + f"; a random direction has {level:.3f}."
    if curve.noise.excess_kurtosis < 0:
        return judge(sparsifies(law, std), stats.agrees(mean, level + BEND, np.inf), sentence)
    return judge(leaves_alone(law, std), stats.agrees(mean, level - BEND, level + BEND), sentence)


def _comparable(curve: Curve) -> bool:
    return curve.noise.shared and curve.noise.std in published.FOURTH_NORMS.get(curve.noise.kind, {})


def _published(curve: Curve) -> Judgement:
    std = curve.noise.std
    found = stats.mean_agrees(curve.end, published.FOURTH_NORMS["bipolar"][std], 0.10)
    return judge(
        as_published(std),
        found,
        f"Bipolar noise with σ = {std:g}, one vector for all inputs, ends at {{value}} [{{lower}}, {{upper}}].",
    )


def table(curves: Sequence[Curve]) -> pd.DataFrame:
    """Return one row a noise setting: the fourth norm at the end, what was published, and neurons shared."""
    import pandas as pd

    level = float(theory.random_row_fourth_norm(SIZES.m))
    rows = []
    for curve in curves:
        mean, noise = stats.mean(curve.end), curve.noise
        rows.append(
            {
                "noise": noise.kind,
                "excess kurtosis": noise.excess_kurtosis,
                "σ": noise.std,
                "drawn": "once for all inputs" if noise.shared else "for every input",
                "replicates": len(curve.end),
                "fourth norm": mean.value,
                "lower": mean.lower,
                "upper": mean.upper,
                "random direction": level,
                "published": published.FOURTH_NORMS.get(noise.kind, {}).get(noise.std, np.nan),
                "shared neurons (|W| ≥ 0.5)": float(curve.polysemantic.mean()),
            }
        )
    return pd.DataFrame(rows)


def illustration(curves: Sequence[Curve]) -> Illustration:
    """Draw the fourth norm over time, one panel a law."""
    from polygenesis import plots

    panels: dict[str, list[plots.Series]] = {}
    for law in LAWS:
        of = [curve for curve in curves if isinstance(curve.noise, law) and not curve.noise.shared]
        panels[of[0].noise.kind] = [
            plots.series(f"σ = {curve.noise.std:g}", curve.times, curve.fourth_norm.mean(axis=0)) for curve in of
        ]
    chart = plots.fourth_norms(
        panels,
        random_level=float(theory.random_row_fourth_norm(SIZES.m)),
        time="time t = lr × steps",
        alt="Fourth norm over time for four noise laws: it rises for bipolar noise and stays near a random direction's "
        "level for Gaussian noise.",
    )
    return Illustration(
        "fourth-norm",
        "Mean fourth norm Σ_k W_ik⁴ over features and replicates against time, by noise law and σ; noise drawn for "
        "every input. Dashed: a random direction's 3/(m+2).",
        chart.draw,
        chart.interactive,
    )
