"""Penalties: the pressure on weights and activations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polygenesis.penalties.activations import ActivationL1
from polygenesis.penalties.base import Activations, GeneralPenalty
from polygenesis.penalties.collision import CollisionPenalty
from polygenesis.penalties.group_lasso import GroupLasso
from polygenesis.penalties.l1 import L1, NoPenalty
from polygenesis.penalties.l2 import L2, ElasticNet
from polygenesis.penalties.lp import Lp
from polygenesis.penalties.schedule import L1Schedule

Penalty = Annotated[
    L1 | NoPenalty | L2 | ElasticNet | Lp | ActivationL1 | GroupLasso | CollisionPenalty | L1Schedule,
    Field(discriminator="kind"),
]

__all__ = [
    "L1",
    "L2",
    "ActivationL1",
    "Activations",
    "CollisionPenalty",
    "ElasticNet",
    "GeneralPenalty",
    "GroupLasso",
    "L1Schedule",
    "Lp",
    "NoPenalty",
    "Penalty",
]
