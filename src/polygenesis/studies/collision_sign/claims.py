"""What the paper says of collisions by sign, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim

ROOM = 2
"""Fates and origins are judged where m ≥ 2n, where the paper's argument holds to first order in n/m."""

HALF_OPPOSITE = Claim(
    "Half of the collisions at the start have opposite signs.",
    "arXiv:2312.03096, C4",
    "Share within 0.50 ± 0.02.",
    "Independent symmetric weights; pairs that share their top neuron at the start, all widths.",
)
BENIGN_SURVIVE = Claim(
    "A collision of opposite signs at the start survives training.",
    "arXiv:2312.03096, C4",
    "At least 0.90 of them end on the neuron where they met.",
    f"Gradient flow, m ≥ {ROOM}n, converged replicates.",
)
MALIGN_VANISH = Claim(
    "No two features of the same sign share a neuron once training has come to rest.",
    "arXiv:2312.03096, C4 (sign of the output ReLU)",
    "No pair of the same sign among all pairs that share a neuron at the end; 95 % upper bound of their share below "
    "0.01.",
    "Gradient flow, all widths, every replicate in which nothing moves any more (a certificate of convergence would "
    "exclude such pairs by definition).",
)
FROM_THE_START = Claim(
    "Polysemantic neurons come from collisions at the start: both features led there.",
    "arXiv:2312.03096, C1 and C2",
    "At least half of the pairs that share a neuron at the end led there at the start.",
    f"Gradient flow, m ≥ {ROOM}n, converged replicates.",
)
