"""Does hidden noise make polysemantic neurons, and does it reward them? (Never counted by the paper.)

``claims`` says what could be false, ``estimands`` how it is estimated, ``plans`` what is trained, ``networks`` measures
trained networks, ``pairs`` computes what a pair saves, ``display`` shows. The theory is docs/theory.md, Noise 1 to 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.noise_collisions import display, plans
from polygenesis.studies.noise_collisions.answer import answers
from polygenesis.studies.noise_collisions.claims import CLAIMS
from polygenesis.studies.noise_collisions.estimands import Found
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
    question = "Does hidden noise make as many polysemantic neurons as chance, and does it reward features that share?"

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[plans.Name, RunSpec]:
        """Noise alone, noise on few features, and noise with L1."""
        return plans.plan(profile)

    def examine(self, runs: Mapping[plans.Name, Run], profile: Profile) -> Examined:
        """Measure and predict."""
        networks = [measure(run) for run in runs.values()]
        pairs = [*(relaxed_pair(std) for std in RELAXED_STDS[profile]), relaxed_pair(plans.STD, STRONG)]
        return Examined(
            Found(networks, pairs, DRAWS[profile]),
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
                "The claims that noise makes as many polysemantic neurons as chance, which follows from the paper, and "
                "next to none, which follows from the theory of noise, are judged on the same counts: where the second "
                "holds, the first does not.",
                "The study regularization counts polysemantic neurons under bipolar noise too, in fewer networks of "
                "one size, so its bound on their share of chance is larger.",
                "Claims and margins were written after trial runs with another seed, before these runs.",
                "Under noise alone one feature of every network has no neuron of its own and is spread over the "
                "others' neurons; a polysemantic neuron needs two settled features.",
                f"Pairs are relaxed in one small network (n = {FEATURES}, m = {NEURONS}), where the expected loss "
                "under bipolar noise is a sum over all signs.",
                "Training has noise in every step and no certificate of convergence; with weak noise it may not have "
                "ended.",
            ),
        )

    def answers(self, found: Found, judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how many polysemantic neurons noise makes, and whether it rewards them."""
        return answers(found, judgements)
