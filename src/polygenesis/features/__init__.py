"""Features *sample*: what the inputs of a model are."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polygenesis.features.base import Batch, GeneralFeatures
from polygenesis.features.bernoulli import Bernoulli
from polygenesis.features.contexts import Contexts
from polygenesis.features.one_hot import OneHot

Features = Annotated[OneHot | Bernoulli | Contexts, Field(discriminator="kind")]

__all__ = ["Batch", "Bernoulli", "Contexts", "Features", "GeneralFeatures", "OneHot"]
