"""The paper's published numbers, read off its figures to about ±3 % (arXiv:2312.03096)."""

from __future__ import annotations

FEATURES = 256
"""Features in E3–E5."""

PENALTY = 1e-3
"""λ in E3 and E4, in the loss."""

READING_ERROR = 0.03
"""Largest relative error of a number that was read off a figure."""

READING_DEVIATION = READING_ERROR / 3**0.5
"""Standard deviation of that error, taken as uniform within ± READING_ERROR, and as common to all of a figure."""

POLYSEMANTIC_MEANS: dict[int, float] = {
    256: 72.6,
    512: 23.9,
    768: 13.7,
    1024: 10.1,
    1280: 8.4,
    1536: 8.1,
    1792: 6.1,
    2048: 5.4,
    2304: 5.0,
    2560: 4.9,
    2816: 4.2,
    3072: 3.8,
    3328: 3.3,
    3584: 3.5,
    3840: 3.6,
    4096: 3.8,
}
"""E3: mean number of polysemantic neurons over 16 instances, by width m (n = 256, AdamW, λ = 1e-3)."""

POLYSEMANTIC_DEVIATIONS: dict[int, float] = dict(
    zip(
        POLYSEMANTIC_MEANS,
        (4.0, 3.9, 2.9, 3.8, 2.6, 3.1, 2.0, 2.1, 2.5, 1.8, 1.2, 1.5, 2.3, 2.2, 1.5, 1.8),
        strict=True,
    )
)
"""E3: standard deviations over the 16 instances, by width."""

INSTANCES = 16
"""Replicates behind each mean of E3."""

WIDEST = max(POLYSEMANTIC_MEANS)
"""The width of E4."""

START_END_DIAGONAL = 0.033
"""E4: mean of Σ_k W0_ik W_ik over features and instances at m = 4096."""

MEDIANS_BY_PENALTY: dict[int, dict[float, float]] = {
    256: {0.001: 71.5, 0.01: 68.5, 0.1: 53.0},
    1024: {0.001: 11.0, 0.01: 10.0, 0.1: 12.5},
}
"""E5: median number of polysemantic neurons by width and λ."""

STEPS = 100_000
"""Steps of E2."""

FOURTH_NORMS: dict[str, dict[float, float]] = {"bipolar": {0.07: 0.32, 0.1: 0.79, 0.15: 0.77}}
"""E2: fourth norm at the end by noise and σ; Gaussian noise ends between .155 and .18 at every σ."""

GAUSSIAN_FOURTH_NORMS = (0.155, 0.18)
"""E2: the range of the fourth norm at the end under Gaussian noise."""

SURVIVORS: dict[float, float] = {1e2: 7.8e4, 1e3: 1.45e4, 1e4: 2.5e2}
"""E1: surviving weights m′ by time (paper's clock; m = 1e5, λ = 1e-5)."""

L1_NORMS: dict[float, float] = {1e4: 11.5}
"""E1: ‖w‖₁ by time."""
