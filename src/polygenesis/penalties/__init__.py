"""Penalties: the pressure on weights and activations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polygenesis.penalties.base import Activations, GeneralPenalty
from polygenesis.penalties.l1 import L1, NoPenalty
from polygenesis.penalties.l2 import L2, ElasticNet

Penalty = Annotated[L1 | NoPenalty | L2 | ElasticNet, Field(discriminator="kind")]

__all__ = ["L1", "L2", "Activations", "ElasticNet", "GeneralPenalty", "NoPenalty", "Penalty"]
