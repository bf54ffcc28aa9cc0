"""The runs behind the paper's figures E3–E5, by profile: what several studies share is computed once.

Gradient flow at the paper's own sizes stands for the theory (λ = 0.016 in the loss, λ′ = 0.004 in the paper's clock:
inside the slow regime, and sixteen times faster than the published 0.001; ``penalty-strength`` shows what λ changes).
AdamW is run as published, at n = 64 unless the profile is thorough.
"""

from __future__ import annotations

from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile
from polygenesis.studies.published import FEATURES, PENALTY, POLYSEMANTIC_MEANS
from polygenesis.training import AdamW, GradientFlow, Training

FLOW_PENALTY = 0.016
"""λ of the gradient-flow runs, in the loss."""

FLOWS: dict[Profile, tuple[int, tuple[int, ...], int]] = {
    "quick": (32, (32, 64, 128, 256, 512), 8),
    "standard": (FEATURES, tuple(POLYSEMANTIC_MEANS), 16),
    "thorough": (FEATURES, tuple(POLYSEMANTIC_MEANS), 64),
}
"""Features, widths and replicates of the gradient-flow runs."""

ADAMS: dict[Profile, tuple[int, tuple[int, ...], int]] = {
    "quick": (16, (16, 32, 64, 128, 256), 8),
    "standard": (64, (64, 128, 256, 512, 1024), 16),
    "thorough": (FEATURES, tuple(POLYSEMANTIC_MEANS), 16),
}
"""Features, widths and replicates of the AdamW runs."""


def flows(profile: Profile) -> dict[tuple[str, int], RunSpec]:
    """Return the gradient-flow runs of E3 by training and width."""
    n, widths, replicates = FLOWS[profile]
    return {("gradient flow", m): autoencoder(n, m, FLOW_PENALTY, GradientFlow(), replicates) for m in widths}


def adams(profile: Profile) -> dict[tuple[str, int], RunSpec]:
    """Return the AdamW runs of E3 as published (λ = 1e-3, learning rate 1e-3, weight decay 0.01, 7,500 steps)."""
    n, widths, replicates = ADAMS[profile]
    return {("AdamW", m): autoencoder(n, m, PENALTY, AdamW(), replicates) for m in widths}


def autoencoder(n: int, m: int, strength: float, training: Training, replicates: int) -> RunSpec:
    """Return a run of the paper's model in float32, as the paper trains it."""
    return RunSpec(
        model=TiedAutoencoder(n=n, m=m),
        penalty=L1(strength),
        training=training,
        replicates=replicates,
        precision="float32",
    )
