"""Targets *answer*: what a network is to compute of its inputs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polygenesis.targets.base import GeneralTarget
from polygenesis.targets.classes import Classes
from polygenesis.targets.elementwise import Absolute, Inputs, PlusRelu
from polygenesis.targets.pairwise import Products, Xor

Target = Annotated[Inputs | Absolute | PlusRelu | Products | Xor | Classes, Field(discriminator="kind")]

__all__ = ["Absolute", "Classes", "GeneralTarget", "Inputs", "PlusRelu", "Products", "Target", "Xor"]
