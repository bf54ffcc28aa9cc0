"""The laws of initial weights that are compared, and what theory expects of each."""

from __future__ import annotations

from dataclasses import dataclass

from polygenesis.initial import (
    Gaussian,
    Initial,
    Kaiming,
    Laplace,
    Orthogonal,
    Rademacher,
    SparseGaussian,
    StudentT,
    UnequalRows,
    Uniform,
    Xavier,
)


@dataclass(frozen=True)
class Start:
    """One law of initial weights: its name in the tables, the part, and one sentence of theory."""

    name: str
    part: Initial
    theory: str


def starts(m: int) -> list[Start]:
    """Return the laws for a width m; scales are relative to 1/√m, the paper's standard deviation."""
    unit = m**-0.5
    return [
        Start("Gaussian", Gaussian(), "The reference: leaders are uniform over 2m signed slots."),
        Start(
            "uniform", Uniform(), "Leaders are uniform over slots too, but lead by less: overlaps decide more races."
        ),
        Start("Rademacher", Rademacher(), "All weights start equal (each one “leads”): overlaps alone decide."),
        Start("Laplace", Laplace(), "Heavier tails: leaders lead by more and keep their lead."),
        Start(
            "Student t, 3 degrees", StudentT(3.0), "Single weights are far ahead: the race is nearly over at the start."
        ),
        Start("sparse, 10 %", SparseGaussian(0.1), "A tenth of the slots each: still uniform, with larger leads."),
        Start("sparse, 2 %", SparseGaussian(0.02), "A few slots each: most features have only some m/50 candidates."),
        Start("Xavier", Xavier(), "Variance 2/(n + m) instead of 1/m: another norm at the start, which relaxes to 1."),
        Start("Kaiming", Kaiming(), "Variance 2/m: norms start at √2 and relax to 1."),
        Start("orthogonal", Orthogonal(), "Rows do not overlap at the start: only later encounters interfere."),
        Start("unequal rows", UnequalRows(0.5), "Short rows grow first; large rows interfere with them meanwhile."),
        Start("Gaussian × 0.1", Gaussian(0.1 * unit), "Short rows grow before they interfere; λ bites harder."),
        Start("Gaussian × 0.3", Gaussian(0.3 * unit), "Short rows grow before they interfere."),
        Start("Gaussian × 3", Gaussian(3 * unit), "Long rows interfere strongly before their norms relax to 1."),
    ]
