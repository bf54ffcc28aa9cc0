"""What the paper and the exact theory say of one row's sparsification, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim

POWER_LAW = (3e3, 3e4)
"""Times between which exponents are fitted: λt from ten times 1/√m up to where some thirty weights are left."""

LATE = 1e4
"""Where constants are judged: λt is thirty times 1/√m, and some 250 weights are left."""

SURVIVOR_EXPONENT = Claim(
    "The number of surviving weights falls as t⁻².",
    "arXiv:2312.03096, C5",
    "Exponent within −2 ± 0.1.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock), 3e3 ≤ t ≤ 3e4.",
)
SURVIVOR_CONSTANT = Claim(
    "The number of surviving weights is (1/√m + λt)⁻².",
    "arXiv:2312.03096, C5",
    "Measured over predicted within 1 ± 0.10 at t = 1e4.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock).",
)
L1_EXPONENT = Claim(
    "The norm ‖W_i‖₁ falls as t⁻¹.",
    "arXiv:2312.03096, C5",
    "Exponent within −1 ± 0.1.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock), 3e3 ≤ t ≤ 3e4.",
)
L1_CONSTANT = Claim(
    "The norm ‖W_i‖₁ is (1/√m + λt)⁻¹.",
    "arXiv:2312.03096, C5",
    "Measured over predicted within 1 ± 0.10 at t = 1e4.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock).",
)
FINISH = Claim(
    "The race is over at a time of about 1/λ.",
    "arXiv:2312.03096, C5",
    "Mean finishing time between 0.5/λ and 2/λ.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock).",
)
AS_PUBLISHED = Claim(
    "Simulation gives the paper's published curve of surviving weights.",
    "arXiv:2312.03096, figure of E1",
    "Geometric mean over t = 1e2, 1e3, 1e4 of measured over published within 1 ± 0.05 (figures read to ±3 %).",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock).",
)
CONTINUUM = Claim(
    "The exact limit of many neurons predicts the curve of surviving weights.",
    "exact one-feature flow, theory.surviving_entries(model='continuum')",
    "Geometric mean over t = 1e2, 1e3, 1e4 of measured over predicted within 1 ± 0.05.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock).",
)
