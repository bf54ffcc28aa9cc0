"""What is claimed of biases and of other activations, with margins and regimes, and the runs that decide it."""

from __future__ import annotations

from dataclasses import dataclass

from polygenesis.models import Autoencoder, Model, TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Claim, Profile
from polygenesis.training import SGD, GradientFlow

STRENGTH = 0.064
"""λ."""

SLIDING = "hidden ReLU, biases"
"""A hidden bias comes to lie at a kink of the ReLU, where the force jumps: a flow slides along it and gets nowhere."""

STEPS = SGD(lr=0.01, steps=8000)
"""Training of the sliding network, on all inputs, to λt = 5.1; a race lasts about 2.7, and lr is a third of 1/n."""

COUNT_MARGIN, NONE_LEFT, SETTLED, BIAS_MARGIN, LOST_MARGIN = 0.15, 0.05, 0.99, 0.1, 0.05

QUESTION = "science.md §2 and questions 2 and 8: signs separate two features behind an output ReLU"

REFERENCE, BIASED = "linear", "output bias"

SIGNLESS = {
    "hidden ReLU": "the hidden ReLU passes positive weights only, so two features on a neuron have one sign",
    SLIDING: "a bias shifts a whole output and cannot tell two features of one neuron apart",
    "hidden GELU": "GELU passes a sixth of a negative unit input, so a feature of negative sign is a faint one",
    "identity output": "without a ReLU on the output an overlap costs the same whatever its sign",
}
"""Networks in which signs cannot separate two features, with the reason."""

SIZES: dict[Profile, tuple[int, dict[int, int]]] = {
    "quick": (16, {32: 16}),
    "standard": (32, {16: 32, 32: 32, 64: 128, 128: 64}),
    "thorough": (64, {32: 64, 64: 128, 128: 256, 256: 256}),
}
"""Features, and width → replicates: standard gives about 360 shared neurons at m = 2n in the reference."""


@dataclass(frozen=True)
class Arm:
    """One run: the network's name and its spec."""

    name: str
    spec: RunSpec


def models(n: int, m: int) -> dict[str, Model]:
    """Return the networks by name; all have tied weights."""
    return {
        REFERENCE: TiedAutoencoder(n, m),
        BIASED: Autoencoder(n, m, tied=True, output_bias=True),
        "hidden ReLU": Autoencoder(n, m, tied=True, hidden="relu"),
        SLIDING: Autoencoder(n, m, tied=True, hidden="relu", hidden_bias=True, output_bias=True),
        "hidden GELU": Autoencoder(n, m, tied=True, hidden="gelu"),
        "identity output": Autoencoder(n, m, tied=True, output="identity"),
    }


def arms(profile: Profile) -> list[Arm]:
    """Return every network at every width; biases only where a claim asks for them (m ≥ n)."""
    n, widths = SIZES[profile]
    return [
        Arm(
            name,
            RunSpec(
                model,
                penalty=L1(STRENGTH),
                training=STEPS if name == SLIDING else GradientFlow(),
                replicates=replicates,
                precision="float32",
            ),
        )
        for m, replicates in widths.items()
        for name, model in models(n, m).items()
        if m >= n or "bias" not in name
    ]


def regime(n: int, m: int, name: str = "") -> str:
    """The regime of a claim on the network of a name."""
    training = (
        f"SGD on all inputs to λt = {STRENGTH * STEPS.lr * STEPS.steps:.2g}" if name == SLIDING else "gradient flow"
    )
    return (
        f"n = {n}, m = {m}, tied weights, one-hot features, Gaussian rows of variance 1/m, biases start at 0 and are "
        f"not penalized, {training}, λ = {STRENGTH:g}."
    )


def bias_keeps_the_count(n: int, m: int) -> Claim:
    """An output bias changes nothing."""
    return Claim(
        f"An output bias leaves the number of polysemantic neurons as it is at m = {m / n:g}n.",
        "docs/theory.md, Signs 2: the bias ends at λ/4(n − 1)",
        f"Ratio of mean counts within 1 ± {COUNT_MARGIN:g}, Holm-corrected.",
        regime(n, m),
    )


def bias_ends_small(n: int, m: int) -> Claim:
    """Where the bias ends."""
    return Claim(
        f"The bias of a feature alone on its neuron ends at λ/4(n − 1), m = {m / n:g}n.",
        "docs/theory.md, eq. bias-at-rest",
        f"Mean of measured over predicted within 1 ± {BIAS_MARGIN:g}, Holm-corrected.",
        regime(n, m),
    )


def no_sharing(name: str, n: int, m: int) -> Claim:
    """Without signs nothing is shared."""
    return Claim(
        f"With {name} no neuron is polysemantic at rest, m = {m / n:g}n: {SIGNLESS[name]}.",
        QUESTION,
        f"Count below {NONE_LEFT:g} of the linear network's, 95 % upper bound, Holm-corrected.",
        regime(n, m, name),
    )


def everyone_settles(n: int, m: int) -> Claim:
    """A malign encounter ends with both features well."""
    return Claim(
        f"Behind a hidden ReLU every feature still finds a neuron of its own at m = {m / n:g}n.",
        QUESTION,
        f"At least {SETTLED:.0%} of features alive and on one neuron.",
        regime(n, m),
    )


def the_rest_is_lost(n: int, m: int) -> Claim:
    """Below m = n, what has no neuron is lost."""
    return Claim(
        f"Behind a hidden ReLU n − m features are not represented (own output below 1/2) at m = {m / n:g}n.",
        "docs/theory.md, Signs 1: one feature a neuron",
        f"Share of such features within (n − m)/n ± {LOST_MARGIN:g}.",
        regime(n, m),
    )
