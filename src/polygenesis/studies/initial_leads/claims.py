"""What the paper says of initial leaders, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies import published
from polygenesis.studies.base import Claim

ROOMS = (2, 16)
"""Widths at which leads are judged, in units of n; the paper's width for E4 is 16n."""

WIDE = 16
"""The paper's width for E4 in units of n."""


def leader_wins(training: str, room: int) -> Claim:
    """The claim of C2 for one way of training and one width."""
    return Claim(
        f"Under {training} with m = {room}n, the neuron with a feature's largest initial weight wins its race.",
        "arXiv:2312.03096, C2",
        f"More than half of the features end there, with the same sign; Holm over {2 * len(ROOMS)} claims.",
        f"{training}, m = {room}n, replicates in which every feature settled.",
    )


def as_published(training: str) -> Claim:
    """The claim that a way of training gives the published mean of the diagonal."""
    return Claim(
        f"{training[0].upper()}{training[1:]} gives the published mean of Σ_k W0_ik W_ik, "
        f"{published.START_END_DIAGONAL:g}.",
        "arXiv:2312.03096, figure of E4 (AdamW, λ = 1e-3)",
        f"Mean over {published.START_END_DIAGONAL:g} within 1 ± 0.10 (figures read to ±3 %).",
        f"{training}, n = {published.FEATURES}, m = {published.WIDEST}.",
    )


REMEMBERS = Claim(
    "The final weights remember the initial ones: Σ_k W0_ik W_jk is larger for i = j than for i ≠ j.",
    "arXiv:2312.03096, figure of E4",
    "Diagonal minus off-diagonal above 0.",
    f"Gradient flow, m = {WIDE}n, converged replicates.",
)
