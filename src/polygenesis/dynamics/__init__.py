"""Dynamics *simulate*: a spec in, a run out."""

from __future__ import annotations

from polygenesis.dynamics.outcome import Certificate, Outcome
from polygenesis.dynamics.race.single_feature import (
    EulerRace,
    Race,
    RaceOutcome,
    euler_single_feature,
    single_feature,
)
from polygenesis.dynamics.run import Run
from polygenesis.dynamics.simulate import simulate
from polygenesis.dynamics.start import initial

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
