"""Thresholds: when a neuron counts as carrying a feature, as named values with their reasons."""

from __future__ import annotations

from polygenesis.checks import NonNegativeFloat, PositiveFloat, part
from polygenesis.errors import bad_argument


@part
class Thresholds:
    """Thresholds: when a weight carries its feature, when a feature is dead, and how many neurons a feature may have.

    ``carries_from``: neuron k carries feature i when |W_ik| is at least this. In the one-hot model a lone
    settled weight solves (1 − w²)w = λ/4 (arXiv:2312.03096, §3, loss's λ), whose stable root is near 1 and
    never below 1/√3 ≈ 0.577, while a released weight is exactly 0: one half lies between the two for every
    λ.

    ``carries_to``: and at most this (both ends count); None sets no upper end, because a weight that
    overshoots 1 still carries its feature.

    ``alive``: a feature whose row norm ‖W_i‖ is below this is dead. A live settled row has norm at least
    1/√3; a dead one has norm 0 under gradient flow, and under step-by-step training trembles with about
    (step × √m), 0.064 for the paper's AdamW at m = 4096. At most ``carries_from``, so that no dead feature
    is carried.

    ``relative``: measure in units of the model itself, for networks whose weights have no natural scale:
    weights in units of their row's norm, row norms in units of the replicate's largest.

    ``distributed``: whether a feature may have several neurons for good, as in most real networks. False
    for the paper's model, where such a feature is unfinished and must not count as if it had settled.
    """

    carries_from: PositiveFloat = 0.5
    carries_to: PositiveFloat | None = None
    alive: NonNegativeFloat = 0.1
    relative: bool = False
    distributed: bool = False

    def __post_init__(self) -> None:
        """Check that the window is not empty and that a carried feature is alive."""
        if self.carries_to is not None and self.carries_to <= self.carries_from:
            raise bad_argument("carries_to", f"exceed `carries_from` = {self.carries_from:g}", self.carries_to)
        if self.alive > (1.0 if self.relative else self.carries_from):
            limit = "1 (the largest row norm)" if self.relative else f"`carries_from` = {self.carries_from:g}"
            raise bad_argument("alive", f"be at most {limit}", self.alive)

    def __str__(self) -> str:
        """Say the carry window in a few words."""
        window = (
            f"≥ {self.carries_from:g}"
            if self.carries_to is None
            else f"in [{self.carries_from:g}, {self.carries_to:g}]"
        )
        unit = " of its row norm" if self.relative else ""
        return f"|W| {window}{unit}{', distributed' if self.distributed else ''}"


HALF = Thresholds()
"""The default: from one half upward, between a settled weight (≥ 1/√3) and a released one (0)."""

PAPER_WINDOW = Thresholds(carries_from=0.8, carries_to=1.2)
"""The window of the paper's count of polysemantic neurons (arXiv:2312.03096, Figure 3): |W| in [0.8, 1.2]."""

MAJORITY = Thresholds(carries_from=0.5**0.5)
"""From 1/√2, half of a unit row's squared norm: at most one neuron carries a feature of norm below 1."""

DIRECTION = Thresholds(carries_from=0.5, alive=0.1, relative=True)
"""One half of the row's own norm: for weights without a natural scale, such as an untied encoder's."""

NAMED: dict[str, Thresholds] = {
    "half": HALF,
    "paper window": PAPER_WINDOW,
    "majority": MAJORITY,
    "direction": DIRECTION,
    **{f"from {edge:g}": Thresholds(carries_from=edge) for edge in (0.3, 0.4, 0.6, 0.7, 0.8, 0.9)},
    **{f"within {width:g} of 1": Thresholds(carries_from=1 - width, carries_to=1 + width) for width in (0.1, 0.3, 0.4)},
}
"""Choices between which a reader may hesitate: what ``threshold_table`` compares by default."""
