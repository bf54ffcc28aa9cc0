"""What a ring around a neuron says: how the features that share it went on together."""

from __future__ import annotations

from dataclasses import dataclass

from polygenesis.plots.style import GREEN, GREY, VERMILLION, Dash


@dataclass(frozen=True)
class Ring:
    """The colour, shape (a matplotlib marker), dash and width in points of a ring around a neuron."""

    color: str
    shape: str
    dash: Dash
    width: float


RINGS: dict[str, Ring] = {
    "benign": Ring(GREEN, "o", "solid", 1.3),
    "malign": Ring(VERMILLION, "D", "solid", 1.3),
    "undecided": Ring(GREY, "o", "dash", 0.8),
}
"""What surrounds a neuron, by mark: two or more features without loss, with loss, or one that may still move."""
