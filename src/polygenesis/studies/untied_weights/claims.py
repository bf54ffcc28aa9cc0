"""What is claimed of untied networks, with margins and regimes, and the runs that decide it."""

from __future__ import annotations

from dataclasses import dataclass

from polygenesis.models import Autoencoder, TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Claim, Profile

STRENGTH = 0.008
"""λ of the untied networks; balanced, E = D = W, they cost 2λ‖W‖₁: the tied networks have twice this λ."""

COUNT_MARGIN, SHARE_MARGIN, FATE_FLOOR, LEAD_GAIN, EVEN, CLASH = 0.15, 0.03, 0.9, 0.1, 0.05, 0.01

QUESTION = "science question 5 (arXiv:2312.03096, open questions)"

SIZES: dict[Profile, tuple[int, dict[int, int]]] = {
    "quick": (16, {32: 64}),
    "standard": (32, {64: 256, 128: 256, 512: 64}),
    "thorough": (64, {128: 512, 256: 512, 1024: 256}),
}
"""Features, and width → replicates: standard gives 500 shared neurons at m = 2n and 250 at 4n, 4 % and 6 % of error."""


@dataclass(frozen=True)
class Arm:
    """One run: its spec, and whether encoder and decoder are the same."""

    spec: RunSpec
    tied: bool


def arms(profile: Profile) -> list[Arm]:
    """Return a tied and an untied run at every width."""
    n, widths = SIZES[profile]
    found = []
    for m, replicates in widths.items():
        tied = RunSpec(TiedAutoencoder(n, m), penalty=L1(2 * STRENGTH), replicates=replicates, precision="float32")
        found += [
            Arm(tied, True),
            Arm(tied.replace(model=Autoencoder(n, m), penalty=L1(STRENGTH)), False),
        ]
    return found


def regime(n: int, m: int) -> str:
    """The regime of every claim."""
    return (
        f"n = {n}, m = {m}, one-hot features, output ReLU, gradient flow to rest, independent Gaussian rows of "
        f"variance 1/m, λ = {STRENGTH:g} on encoder and decoder (tied: {2 * STRENGTH:g})."
    )


def same_count(n: int, m: int) -> Claim:
    """Untying leaves the count as it is."""
    return Claim(
        f"An untied network has as many polysemantic neurons as a tied one at m = {m // n}n.",
        QUESTION,
        f"Ratio of mean counts within 1 ± {COUNT_MARGIN:g}, Holm-corrected.",
        regime(n, m),
    )


def same_count_of_the_living(n: int, m: int) -> Claim:
    """It does, once the dead are not counted as features."""
    return Claim(
        f"Among the features that are alive, sharing is as frequent as in a tied network at m = {m // n}n.",
        QUESTION,
        f"Ratio of counts over the slot model's n′(n′ − 1)/(2(2m − 1)) for n′ live features within 1 ± "
        f"{COUNT_MARGIN:g}, Holm-corrected.",
        regime(n, m),
    )


def dead_share(n: int, m: int) -> Claim:
    """Theory says how many features die."""
    return Claim(
        f"The share of features that die is that of the initial rows whose shrinking product stays negative, m = "
        f"{m // n}n.",
        f"{QUESTION}; theory.unlit_features",
        f"Measured minus predicted within ± {SHARE_MARGIN:g}, Holm-corrected.",
        regime(n, m),
    )


def fate(n: int, m: int) -> Claim:
    """Theory says which ones."""
    return Claim(
        f"From the initial rows alone one knows which features die at m = {m // n}n.",
        "theory.unlit_features",
        f"At least {FATE_FLOOR:.0%} of features right.",
        regime(n, m),
    )


def leaders(n: int, m: int) -> Claim:
    """The race is run by the sum of the two rows."""
    return Claim(
        f"The neuron that leads in |E + D| wins more often than the one that leads in |E| at m = {m // n}n.",
        "theory.untied_leaders",
        f"Difference of the shares among live features at least {LEAD_GAIN:g}.",
        regime(n, m),
    )


def opposite(n: int, m: int) -> Claim:
    """Sharing still needs opposite signs."""
    return Claim(
        "No two features share a neuron with the same sign at the end.",
        "science.md §2: same signs interfere, E_i·D_j > 0",
        f"Share of same-sign pairs below {CLASH:.0%}.",
        regime(n, m),
    )


def balanced(n: int, m: int) -> Claim:
    """The penalty makes encoder and decoder equal."""
    return Claim(
        f"Encoder and decoder end equal at m = {m // n}n.",
        "docs/theory.md, eq. untied-modes: the difference of the two rows decays",
        f"‖E_i − D_i‖ ≤ {EVEN:g} ‖E_i + D_i‖/2 for at least {1 - CLASH:.0%} of live features.",
        regime(n, m),
    )
