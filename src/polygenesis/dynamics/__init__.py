"""Dynamics *simulate*: a spec in, a run out."""

from __future__ import annotations

from polygenesis.dynamics.base import Certificate, Outcome, Run
from polygenesis.dynamics.simulate import initial, simulate

__all__ = ["Certificate", "Outcome", "Run", "initial", "simulate"]
