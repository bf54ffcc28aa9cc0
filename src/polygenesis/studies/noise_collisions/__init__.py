"""Does hidden noise make polysemantic neurons, and does it reward them? (Never counted by the paper.)

``claims`` says what could be false, ``plans`` what is trained, ``networks`` measures trained networks, ``pairs``
computes what a pair saves, ``judgements`` tests, ``display`` shows. The theory is docs/theory.md, Noise 1 to 6.
"""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile, Study, StudyResult
from polygenesis.studies.noise_collisions import display, plans
from polygenesis.studies.noise_collisions.claims import STD
from polygenesis.studies.noise_collisions.judgements import judge_claims
from polygenesis.studies.noise_collisions.networks import measure
from polygenesis.studies.noise_collisions.pairs import FEATURES, NEURONS, relaxed_pair

__all__ = ["NoiseCollisions"]

RELAXED_STDS: dict[Profile, tuple[float, ...]] = {
    "quick": (0.05, 0.1),
    "standard": (0.05, 0.1, 0.2, 0.3),
    "thorough": (0.05, 0.1, 0.2, 0.3, 0.4),
}
"""σ at which a pair is parted and trained on."""

STRONG = 0.3
"""A penalty above λ* at σ = 0.1: rows stay bare."""

DRAWS: dict[Profile, int] = {"quick": 100_000, "standard": 400_000, "thorough": 2_000_000}
"""Draws of noise for a bare pair: 400,000 give its saving to 0.5 %."""


class NoiseCollisions(Study):
    """Count polysemantic neurons under hidden noise alone and with L1, and compare the losses of pairs."""

    name = "noise-collisions"
    title = "Does hidden noise make polysemantic neurons?"
    question = "Does hidden noise make polysemantic neurons as chance would, and does it reward features that share?"

    def specs(self, profile: Profile) -> list[RunSpec]:
        """Noise alone, noise on few features, and noise with L1."""
        return plans.specs(profile)

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        networks = [measure(run) for run in runs]
        pairs = [*(relaxed_pair(std) for std in RELAXED_STDS[profile]), relaxed_pair(STD, STRONG)]
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judge_claims(networks, pairs, DRAWS[profile])),
            tables={
                "noise alone": display.alone_table(networks),
                "noise with L1": display.pressed_table(networks),
                "pairs, relaxed": display.pair_table(pairs),
            },
            illustrations=(
                display.alone_illustration(networks),
                display.pressed_illustration(networks),
                display.reward_illustration(),
            ),
            limits=(
                "Claims and margins were written after trial runs with another seed, before these runs.",
                "Under noise alone one feature of every network stays without a neuron of its own, spread over those "
                "of the others; a polysemantic neuron needs two settled features.",
                f"Pairs are relaxed in one small network (n = {FEATURES}, m = {NEURONS}), where the expected loss "
                "under bipolar noise is a sum over all signs.",
                "Training has noise in every step and no certificate of convergence; weak noise may still be at work.",
            ),
            keys=tuple(spec.key for spec in self.specs(profile)),
        )
