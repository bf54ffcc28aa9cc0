"""The pressures that are compared, each on a grid of strengths that theory puts around one reconstruction loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from polygenesis import theory
from polygenesis.initial import Gaussian
from polygenesis.models import Autoencoder, Model, TiedAutoencoder
from polygenesis.noise import Bipolar, Dropout, GaussianNoise, LaplaceNoise, Noise, NoNoise
from polygenesis.penalties import L1, L2, ActivationL1, ElasticNet, GroupLasso, Lp, NoPenalty, Penalty
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile
from polygenesis.training import SGD, Adam, GradientDescent

LOSS = 1e-3
"""Reconstruction loss a feature at which pressures are compared: ‖W_i‖² = 0.97."""

FACTORS = (0.5, 1.0, 2.0)
"""Strengths of weight penalties, relative to that which theory gives for the loss."""

SIZES: dict[Profile, tuple[int, int]] = {"quick": (6, 12), "standard": (12, 24), "thorough": (32, 64)}
"""Features and neurons."""

STEPS: dict[Profile, int] = {"quick": 800, "standard": 3000, "thorough": 12_000}
"""Steps of SGD at rate 0.1: at 3,000, t = 300, twenty times as long as L1's race at this loss."""

NOISY_STEPS: dict[Profile, int] = {"quick": 6000, "standard": 100_000, "thorough": 300_000}
"""Steps of gradient descent at rate 0.05 under hidden noise, whose pressure is weak."""

REPLICATES: dict[Profile, tuple[int, int]] = {"quick": (8, 4), "standard": (128, 24), "thorough": (640, 100)}
"""Without and with hidden noise: at 1.4 shared neurons a network, 128 networks give a count to 7 %.

24 networks give a bound of 9 % of chance where none is shared, though the three strengths share their starts.
"""

Expected = Literal["race", "no basis", "spread", "neurons", "noise"]
"""What theory expects: one winner a feature; random directions; fewer large weights than random; fewer neurons; sparse
rows without collisions."""


@dataclass(frozen=True)
class Pressure:
    """One pressure: its name, what theory expects and why, and the parts that make it at one strength.

    ``strengths``: the grid, or one value where there is none to choose. ``matched``: whether the loss can be matched.
    ``scale``: standard deviation of the initial weights where it is not 1/√m; ``adam``: trained by Adam instead of SGD;
    ``wider``: how many times as many neurons.
    """

    name: str
    expected: Expected
    reason: str
    strengths: tuple[float, ...]
    parts: Callable[[float, int, int], tuple[Model, Penalty, Noise]]
    scale: float | None = None
    adam: bool = False
    wider: int = 1

    @property
    def matched(self) -> bool:
        """Whether there is a grid of strengths."""
        return len(self.strengths) > 1


def _grid(penalty: str, p: float = 1.0) -> tuple[float, ...]:
    center = float(theory.strength_at_loss(penalty, LOSS, p))
    return tuple(float(f"{factor * center:.4g}") for factor in FACTORS)


def _penalized(make: Callable[[float], Penalty]) -> Callable[[float, int, int], tuple[Model, Penalty, Noise]]:
    return lambda strength, n, m: (TiedAutoencoder(n=n, m=m), make(strength), NoNoise())


def _noisy(make: Callable[[float], Noise]) -> Callable[[float, int, int], tuple[Model, Penalty, Noise]]:
    return lambda strength, n, m: (TiedAutoencoder(n=n, m=m), NoPenalty(), make(strength))


def _normalized(kind: Literal["batch", "layer"]) -> Callable[[float, int, int], tuple[Model, Penalty, Noise]]:
    return lambda _, n, m: (Autoencoder(n=n, m=m, tied=True, normalization=kind), NoPenalty(), NoNoise())


STDS = (0.05, 0.1, 0.15)
"""σ of noise: 1 − s lies between σ²/2 (outputs clipped) and (n + 1)σ²/4 (bare rows; docs/theory.md, Noise 4)."""

RATES = (0.03, 0.1, 0.3)
"""Rates of dropout: 1 − s lies between ρ/m (outputs clipped) and ρ(n + 1)/2m (spread rows)."""

PRESSURES: tuple[Pressure, ...] = (
    Pressure(
        "no pressure", "no basis", "No part of training sees the neurons.", (0.0,), _penalized(lambda _: NoPenalty())
    ),
    Pressure("L1", "race", "φ'(x)/x = λ/x falls with x.", _grid("l1"), _penalized(L1)),
    Pressure("L2", "no basis", "φ'(x)/x = 2λ is the same for all.", _grid("l2"), _penalized(L2)),
    Pressure(
        "elastic net",
        "race",
        "L2 adds a rate that all weights share; L1's race remains.",
        _grid("elastic-net"),
        _penalized(lambda strength: ElasticNet(strength, strength)),
    ),
    Pressure("Lp, p = 0.5", "race", "φ'(x)/x falls with x.", _grid("lp", 0.5), _penalized(lambda s: Lp(s, 0.5))),
    Pressure("Lp, p = 1.5", "race", "φ'(x)/x falls with x.", _grid("lp", 1.5), _penalized(lambda s: Lp(s, 1.5))),
    Pressure(
        "L1 on activations",
        "race",
        "The same function as L1 on weights, but its zeros are not exact.",
        _grid("l1"),
        _penalized(ActivationL1),
    ),
    Pressure("group lasso", "neurons", "A shared neuron costs √2, two cost 2.", _grid("l1"), _penalized(GroupLasso)),
    Pressure("dropout", "spread", "It costs ρ Σ w⁴.", RATES, _noisy(Dropout)),
    Pressure("batch normalization", "no basis", "No neuron can fall silent.", (0.0,), _normalized("batch")),
    Pressure(
        "batch normalization, starts of scale 1",
        "no basis",
        "No neuron can fall silent.",
        (0.0,),
        _normalized("batch"),
        scale=1.0,
    ),
    Pressure(
        "batch normalization, Adam", "no basis", "No neuron can fall silent.", (0.0,), _normalized("batch"), adam=True
    ),
    Pressure(
        "batch normalization, Adam, starts of scale 1",
        "no basis",
        "No neuron can fall silent.",
        (0.0,),
        _normalized("batch"),
        scale=1.0,
        adam=True,
    ),
    Pressure(
        "batch normalization, twice as wide",
        "no basis",
        "No neuron can fall silent.",
        (0.0,),
        _normalized("batch"),
        wider=2,
    ),
    Pressure("layer normalization", "no basis", "Symmetric under rotations.", (0.0,), _normalized("layer")),
    Pressure("bipolar noise", "noise", "Sparse rows disturb least; rows repel.", STDS, _noisy(Bipolar)),
    Pressure("Gaussian noise", "no basis", "Symmetric under rotations.", STDS, _noisy(GaussianNoise)),
    Pressure("Laplace noise", "spread", "Sparse rows disturb most.", STDS, _noisy(LaplaceNoise)),
)


def plan(profile: Profile) -> dict[tuple[str, float], RunSpec]:
    """Return every pressure at every strength, by its name and strength."""
    return {
        (pressure.name, strength): _spec(pressure, strength, profile)
        for pressure in PRESSURES
        for strength in pressure.strengths
    }


def _spec(pressure: Pressure, strength: float, profile: Profile) -> RunSpec:
    n, m = SIZES[profile]
    m *= pressure.wider
    model, penalty, noise = pressure.parts(strength, n, m)
    many, few = REPLICATES[profile]
    return RunSpec(
        model=model,
        penalty=penalty,
        noise=noise,
        initial=Gaussian() if pressure.scale is None else Gaussian(pressure.scale),
        training=Adam(0.003, STEPS[profile]) if pressure.adam else _training(model, penalty, noise, profile),
        replicates=few if _is_hidden(noise) else many if pressure.expected in ("race", "neurons") else min(many, 64),
        precision="float64" if _is_hidden(noise) else "float32",
    )


def _is_hidden(noise: Noise) -> bool:
    return isinstance(noise, Bipolar | GaussianNoise | LaplaceNoise)


def _training(model: Model, penalty: Penalty, noise: Noise, profile: Profile) -> GradientDescent | SGD:
    """Small steps where every step is noisy, where normalization makes the loss steep, and at a stiff penalty."""
    if _is_hidden(noise):
        return GradientDescent(0.05, NOISY_STEPS[profile])
    if isinstance(noise, Dropout):
        return SGD(0.03, 2 * STEPS[profile])
    if isinstance(penalty, Lp) and penalty.p < 1:
        return SGD(0.006, 2 * STEPS[profile])  # its smoothed kink is stiff: λ p ε^(p−2) is 250 at the strongest
    if isinstance(model, Autoencoder):
        return SGD(0.01, STEPS[profile]) if model.m <= SIZES[profile][1] else SGD(0.003, 3 * STEPS[profile])
    return SGD(0.1, STEPS[profile])
