"""The runs of the study: networks with biases and other activations at every width."""

from __future__ import annotations

from polygenesis.models import Autoencoder, Model, TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile
from polygenesis.training import SGD, GradientFlow

STRENGTH = 0.064
"""λ."""

SLIDING = "hidden ReLU, biases"
"""A hidden bias comes to lie at a kink of the ReLU, where the force jumps: a flow slides along it and gets nowhere."""

STEPS = SGD(lr=0.01, steps=8000)
"""Training of the sliding network, on all inputs, to λt = 5.1; a race lasts about 2.7, and lr is a third of 1/n."""

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


Name = tuple[str, int]
"""A run's name: the network, and m."""


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


def plan(profile: Profile) -> dict[Name, RunSpec]:
    """Return every network at every width; biases only where a claim asks for them (m ≥ n)."""
    n, widths = SIZES[profile]
    return {
        (name, m): RunSpec(
            model,
            penalty=L1(STRENGTH),
            training=STEPS if name == SLIDING else GradientFlow(),
            replicates=replicates,
            precision="float32",
        )
        for m, replicates in widths.items()
        for name, model in models(n, m).items()
        if m >= n or "bias" not in name
    }
