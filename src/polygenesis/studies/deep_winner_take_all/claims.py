"""What the toy's picture says of classifiers with depth, with margins stated beforehand."""

from __future__ import annotations

from polygenesis.studies.base import Claim

EDGE = 0.55
"""A start tells something of the winner when the area under its curve is at least this (chance: ½)."""

DEFAULT = 0.5
"""“By default the initial leader wins” (C2): for at least half of the classes."""

FEW = 2.0
"""Winner-take-all as in the toy: at most this many effective neurons a class."""

SPARSER = 0.5
"""A class sparsifies when its effective neurons fall to at most this share of those at the start."""

CHANCE = 0.2
"""The count of shared neurons follows chance within 1 ± this."""

SHARPER = 0.9
"""A pressure sharpens when it leaves at most this share of the effective neurons that there are without it."""

_SOURCE = "science question 6 (arXiv:2312.03096, open questions)"


def has_edge(name: str, family: int) -> Claim:
    """The claim that the start tells something of the winner."""
    return Claim(
        f"The neuron that is best aligned at the start has an edge ({name}).",
        f"{_SOURCE}; docs/theory.md, Depth 1",
        f"Area under the curve of the growing mode at least {EDGE:g} (chance: 0.5); Holm over {family} networks.",
        f"{name}; means of networks with different starts on the same images.",
    )


def wins_by_default(name: str, family: int) -> Claim:
    """The claim that the best aligned neuron wins by default."""
    return Claim(
        f"The neuron that is best aligned at the start wins its class by default ({name}).",
        "arXiv:2312.03096, C2",
        f"Share of classes at least {DEFAULT:g}; Holm over {family} networks.",
        f"{name}.",
    )


def takes_all(name: str, family: int) -> Claim:
    """The claim that few neurons hold a class at the end."""
    return Claim(
        f"One winner takes the class ({name}).",
        "arXiv:2312.03096, C2",
        f"Effective neurons a class at the end at most {FEW:g}; Holm over {family} networks.",
        f"{name}; contributions to a class's lead (docs/theory.md, Depth 3).",
    )


def sparsifies(name: str, family: int) -> Claim:
    """The claim that classes come to rest on fewer neurons than they start with."""
    return Claim(
        f"Classes concentrate on fewer neurons ({name}).",
        _SOURCE,
        f"Effective neurons a class, end over start, at most {SPARSER:g}; Holm over {family} networks.",
        f"{name}.",
    )


def shares_by_chance(name: str, family: int) -> Claim:
    """The claim that classes share neurons as often as random ones would."""
    return Claim(
        f"Classes share neurons as often as chance has it ({name}).",
        "arXiv:2312.03096, C3; docs/theory.md, Depth 2",
        f"Shared neurons over those expected at the measured numbers of neurons a class within 1 ± {CHANCE:g}; Holm "
        f"over {family} networks.",
        f"{name}; a neuron selects a class at an AUROC of 0.75 or more.",
    )


def sharpens(name: str, family: int) -> Claim:
    """The claim that L1 on activations makes the race sharper."""
    return Claim(
        f"L1 on activations leaves fewer neurons a class ({name}).",
        "arXiv:2312.03096, C2",
        f"Effective neurons with over without it at most {SHARPER:g}; Holm over {family} pairs.",
        f"{name}.",
    )
