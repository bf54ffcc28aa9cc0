"""Which hidden noise makes rows sparse? (The paper's E2; claim C7.)

``claims`` says what could be false, ``curves`` measures, ``judgements`` tests, ``display`` shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.noise import Bipolar, GaussianNoise, HiddenNoise
from polygenesis.penalties import NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.studies import published
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.noise_sparsity.answer import answers
from polygenesis.studies.noise_sparsity.claims import CLAIMS, LEARNING_RATE, SIZES, STRENGTHS
from polygenesis.studies.noise_sparsity.curves import LAWS, Curve, measure
from polygenesis.studies.noise_sparsity.display import illustration, table
from polygenesis.training import GradientDescent

__all__ = ["NoiseSparsity"]

STEPS_AND_REPLICATES: dict[Profile, tuple[int, int]] = {
    "quick": (20_000, 3),
    "standard": (published.STEPS, 5),
    "thorough": (published.STEPS, 50),
}
"""Steps and replicates; the paper's are 100,000 and 5."""


class NoiseSparsity(Study):
    """Train under four noise laws without any penalty and follow the fourth norm of the rows."""

    name = "noise-sparsity"
    title = "Which noise makes rows sparse?"
    question = (
        "Does hidden noise with negative excess kurtosis, and only such noise, make rows sparse without a penalty?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[HiddenNoise, RunSpec]:
        """Four laws at three strengths, drawn for every input; bipolar and Gaussian also drawn once for all inputs."""
        steps, replicates = STEPS_AND_REPLICATES[profile]
        noises: list[HiddenNoise] = [law(std) for law in LAWS for std in STRENGTHS]
        noises += [law(std, shared=True) for law in (Bipolar, GaussianNoise) for std in STRENGTHS]
        return {
            noise: RunSpec(
                model=SIZES,
                penalty=NoPenalty(),
                noise=noise,
                training=GradientDescent(LEARNING_RATE, steps),
                replicates=replicates,
                save=Save(times=60, series=("fourth_norm",), first=1.0),
            )
            for noise in noises
        }

    def examine(self, runs: Mapping[HiddenNoise, Run], profile: Profile) -> Examined:
        """Measure and predict."""
        curves = [measure(run) for run in runs.values()]
        steps = curves[0].steps
        return Examined(
            curves,
            tables={"fourth norm at the end": table(curves)},
            illustrations=(illustration(curves),),
            limits=(
                f"One size (n = {SIZES.n}, m = {SIZES.m}); the fourth norm is averaged over a replicate's features "
                "and, as published, not divided by ‖W_i‖⁴, which noise keeps below 1.",
                f"The end is after {steps:,} steps, not an equilibrium; with weak noise the weights may still change.",
                "Like claims form a family: Holm's method keeps the probability of any wrong verdict of one kind in a "
                "family at 5 %.",
            ),
        )

    def answers(self, found: Sequence[Curve], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say which noise makes rows sparse."""
        return answers(found)
