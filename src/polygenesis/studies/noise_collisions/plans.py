"""Which networks are trained: noise alone, few features, and noise with an L1 penalty."""

from __future__ import annotations

from polygenesis.initial import Gaussian
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar, GaussianNoise, LaplaceNoise, Noise, NoNoise, UniformNoise
from polygenesis.penalties import L1, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile
from polygenesis.training import GradientDescent

STD = 0.1
"""σ at which laws are compared, the middle one of E2."""

LAWS = (Bipolar, UniformNoise, GaussianNoise, LaplaceNoise)
"""By rising excess kurtosis: −2, −6/5, 0, 3."""

LEARNING_RATE = 0.05
"""Of noise alone; E2's is 0.02."""

Cell = tuple[int, int, Noise, int]
"""n, m, noise, replicates."""

ALONE: dict[Profile, tuple[int, tuple[Cell, ...]]] = {
    "quick": (
        20_000,
        ((8, 16, Bipolar(0.15), 8), (8, 16, UniformNoise(0.15), 4), (8, 16, GaussianNoise(0.15), 4)),
    ),
    "standard": (
        100_000,
        (
            (8, 16, Bipolar(STD), 30),
            (16, 16, Bipolar(STD), 20),
            (16, 32, Bipolar(0.07), 15),
            (16, 32, Bipolar(STD), 20),
            (16, 32, Bipolar(0.14), 15),
            (16, 64, Bipolar(STD), 15),
            (16, 32, UniformNoise(STD), 24),
            (16, 32, GaussianNoise(STD), 8),
            (16, 32, LaplaceNoise(STD), 8),
        ),
    ),
    "thorough": (
        300_000,
        tuple(
            (n, ratio * n, law(std), 100)
            for n in (8, 16, 32)
            for ratio in (1, 2, 4)
            for law in LAWS
            for std in (0.07, STD, 0.14)
        ),
    ),
}
"""Steps, and what is trained without a penalty. In every cell chance expects 14 or more shared neurons, enough to
tell none from the law; that there are fewer than a tenth of it is tested over all cells of a law, which takes 37."""

FEW: dict[Profile, tuple[tuple[int, int], ...]] = {
    "quick": ((1, 30),),
    "standard": ((1, 60), (2, 30), (4, 20)),
    "thorough": ((1, 200), (2, 200), (4, 200)),
}
"""Few features and replicates: rows whose overlaps bipolar noise does not reach. The level is known to about 0.01."""

FEW_NEURONS = 16

PRESSED_SIZES = TiedAutoencoder(n=16, m=32)

PRESSED_STEPS: dict[Profile, int] = {"quick": 4000, "standard": 15_000, "thorough": 60_000}

PRESSED: dict[Profile, tuple[tuple[Noise, tuple[float, ...], int], ...]] = {
    "quick": ((NoNoise(), (0.05, 0.3), 16), (Bipolar(STD), (0.05, 0.3), 16)),
    "standard": (
        (NoNoise(), (0.025, 0.05, 0.1, 0.2), 120),
        (NoNoise(), (0.3,), 400),
        (Bipolar(STD), (0.025, 0.05, 0.1, 0.2), 120),
        (Bipolar(STD), (0.3,), 400),
        (GaussianNoise(STD), (0.05, 0.1), 80),
        (GaussianNoise(STD), (0.3,), 300),
    ),
    "thorough": tuple((noise, (0.025, 0.05, 0.1, 0.2, 0.3), 500) for noise in (NoNoise(), *(law(STD) for law in LAWS))),
}
"""Noise, the penalties λ it meets, and replicates: of 1.9 shared neurons a network, a ratio is known to about 7 %,
and to 4 % at λ = 0.3, where it must fit into a margin."""

PRESSED_RATE = 0.01

PRESSED_START = Gaussian(0.3)
"""Larger than 1/√m, so that the strongest penalty kills no row at the start."""


Name = tuple[int, int, Noise, float]
"""A run's name: n, m, noise and λ."""


def plan(profile: Profile) -> dict[Name, RunSpec]:
    """Return every run of the study: noise alone, few features, then L1 with noise."""
    steps, alone = ALONE[profile]
    few = [(n, FEW_NEURONS, Bipolar(STD), replicates) for n, replicates in FEW[profile]]
    free = {
        (n, m, noise, 0.0): RunSpec(
            model=TiedAutoencoder(n=n, m=m),
            penalty=NoPenalty(),
            noise=noise,
            training=GradientDescent(LEARNING_RATE, steps),
            replicates=replicates,
            save=Save(times=30, series=("fourth_norm",), first=10.0),
        )
        for n, m, noise, replicates in (*alone, *few)
    }
    pressed = {
        (PRESSED_SIZES.n, PRESSED_SIZES.m, noise, strength): RunSpec(
            model=PRESSED_SIZES,
            penalty=L1(strength),
            noise=noise,
            initial=PRESSED_START,
            training=GradientDescent(PRESSED_RATE, PRESSED_STEPS[profile]),
            replicates=replicates,
        )
        for noise, strengths, replicates in PRESSED[profile]
        for strength in strengths
    }
    return {**free, **pressed}
