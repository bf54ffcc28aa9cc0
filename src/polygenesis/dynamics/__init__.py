"""Dynamics *simulate*: a spec in, a run out."""

from __future__ import annotations

from polygenesis.dynamics.base import Certificate, Outcome, Run
from polygenesis.dynamics.simulate import initial, simulate
from polygenesis.dynamics.single_feature import (
    EulerRace,
    Race,
    RaceOutcome,
    euler_single_feature,
    single_feature,
)

__all__ = [
    "Certificate",
    "EulerRace",
    "Outcome",
    "Race",
    "RaceOutcome",
    "Run",
    "euler_single_feature",
    "initial",
    "simulate",
    "single_feature",
]
