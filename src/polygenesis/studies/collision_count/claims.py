"""What the paper and two exact models say of the number of polysemantic neurons, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim
from polygenesis.studies.paper_runs import FLOW_PENALTY

ROOM = 2
"""The law is judged where m ≥ 2n: it is first order in n/m, and at m = n the models differ by more than half."""

EXISTS_AT = 4
"""Where a polysemantic neuron must appear: m = 4n, well beyond one neuron a feature."""

_FLOW = f"Gradient flow at λ = {FLOW_PENALTY:g}, converged replicates"

EXISTS = Claim(
    "Polysemantic neurons appear although there are more neurons than features.",
    "arXiv:2312.03096, C1",
    f"At m = {EXISTS_AT}n more than half of the networks have at least one.",
    f"{_FLOW}, m = {EXISTS_AT}n.",
)
START_PAIRS = Claim(
    "At the start C(n, 2)/m pairs of features share their top neuron.",
    "arXiv:2312.03096, C3",
    "Pairs over prediction, summed over widths, within 1 ± 0.05.",
    "Independent Gaussian weights, all widths.",
)
LAW = Claim(
    "After training n²/4m neurons are polysemantic.",
    "arXiv:2312.03096, C4",
    "Count over n²/4m, summed over widths, within 1 ± 0.10.",
    f"{_FLOW}, m ≥ {ROOM}n.",
)
EXPONENT = Claim(
    "The number of polysemantic neurons falls as 1/m.",
    "arXiv:2312.03096, C4",
    "Exponent of m within −1 ± 0.10.",
    f"{_FLOW}, m ≥ {ROOM}n.",
)
SLOTS = Claim(
    "The slot model (features take free signed slots at random) predicts the count.",
    "slot model, exact",
    "Count over model, summed over widths, within 1 ± 0.10.",
    f"{_FLOW}, m ≥ n.",
)
PUBLISHED_LAW = Claim(
    "The paper's own counts follow n²/4m.",
    "arXiv:2312.03096, figure of E3",
    "Published means over n²/4m, summed over widths, within 1 ± 0.10 (figures read to ±3 %).",
    f"AdamW as published, n = 256, {ROOM}n ≤ m ≤ 16n.",
)
SAME_PROCESS = Claim(
    "AdamW as published gives the published counts, relative to n²/4m at the same m/n.",
    "arXiv:2312.03096, figure of E3",
    "Ratio of the two, summed over widths, within 1 ± 0.15.",
    f"AdamW, λ = 1e-3, 7,500 steps, |W| in [0.8, 1.2], {ROOM}n ≤ m ≤ 16n.",
)
