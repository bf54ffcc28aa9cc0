"""The networks of the study: which data, depths and pressures at each profile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from polygenesis.features import Digits, FashionMnist
from polygenesis.features.real import FASHION
from polygenesis.models import Perceptron
from polygenesis.penalties import ActivationL1, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile
from polygenesis.training import SGD

STRENGTH = 0.01
"""λ of the L1 penalty on activations: digits are still learned, and readouts become visibly sparser."""

SEED = 4
"""Fresh draws: strengths and margins were chosen after a look at short runs with other seeds."""

CLASSES = 10
"""Classes of digits and of Fashion-MNIST."""


@dataclass(frozen=True)
class Size:
    """One data set at one profile: neurons a layer, depths, networks, steps, and images (0: all)."""

    neurons: int
    depths: tuple[int, ...]
    replicates: int
    steps: int
    images: int = 0


DIGITS: dict[Profile, Size] = {
    "quick": Size(16, (1, 2), 8, 150),
    "standard": Size(64, (1, 2, 3), 32, 1200),
    "thorough": Size(128, (1, 2, 3), 64, 3000),
}
FASHIONS: dict[Profile, Size | None] = {
    "quick": None,
    "standard": Size(64, (1, 2), 16, 800, 6000),
    "thorough": Size(128, (1, 2, 3), 32, 4000),
}
"""With 32 networks an area under the curve that varies by 0.06 between networks is known to 0.02 (90 %)."""

TIMES = 12
"""Saved times of each run."""


def fashion_is_there() -> bool:
    """Whether Fashion-MNIST is where Debian's package puts it."""
    return any((Path(FASHION) / f"train-images-idx3-ubyte{end}").exists() for end in ("", ".gz"))


Name = tuple[str, int, float]
"""A network's name: its data, depth and λ."""


def plan(profile: Profile) -> dict[Name, RunSpec]:
    """Every network: data × depth × pressure."""
    specs = _of(Digits(), 64, DIGITS[profile])
    size = FASHIONS[profile]
    if size is not None and fashion_is_there():
        specs |= _of(FashionMnist(limit=size.images), 784, size)
    return specs


def missing(profile: Profile) -> str:
    """Say what is left out where Fashion-MNIST is not installed; empty where nothing is."""
    if FASHIONS[profile] is None or fashion_is_there():
        return ""
    return f"Fashion-MNIST is left out: there is none in {FASHION} (Debian: apt install dataset-fashion-mnist)."


def _of(data: Digits | FashionMnist, pixels: int, size: Size) -> dict[Name, RunSpec]:
    training = SGD(lr=0.1, momentum=0.9, steps=size.steps, batch_size=128)
    return {
        (data.kind, depth, penalty.strength): RunSpec(
            Perceptron(n=pixels, m=size.neurons, layers=depth, outputs=CLASSES),
            features=data,
            penalty=penalty,
            training=training,
            replicates=size.replicates,
            seed=SEED,
            precision="float32",
            save=Save(times=TIMES, series=("participation_ratio", "accuracy"), first=0.1),
        )
        for depth in size.depths
        for penalty in (NoPenalty(), ActivationL1(STRENGTH))
    }
