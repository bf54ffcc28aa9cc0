"""Features *sample*: what the inputs of a model are."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from polygenesis.features.base import Batch, GeneralFeatures
from polygenesis.features.bernoulli import Bernoulli
from polygenesis.features.contexts import Contexts
from polygenesis.features.correlated import Correlated
from polygenesis.features.exactly import ExactlyK
from polygenesis.features.groups import Groups
from polygenesis.features.hierarchical import Hierarchical
from polygenesis.features.low_rank import LowRank
from polygenesis.features.one_hot import OneHot
from polygenesis.features.real import Digits, FashionMnist
from polygenesis.features.spheres import Spheres
from polygenesis.features.tokens import Markov, Text
from polygenesis.features.tree import Tree
from polygenesis.features.unequal_one_hot import UnequalOneHot

Features = Annotated[
    OneHot
    | UnequalOneHot
    | Bernoulli
    | ExactlyK
    | Contexts
    | Correlated
    | Groups
    | Hierarchical
    | Tree
    | LowRank
    | Spheres
    | Digits
    | FashionMnist
    | Markov
    | Text,
    Field(discriminator="kind"),
]

__all__ = [
    "Batch",
    "Bernoulli",
    "Contexts",
    "Correlated",
    "Digits",
    "ExactlyK",
    "FashionMnist",
    "Features",
    "GeneralFeatures",
    "Groups",
    "Hierarchical",
    "LowRank",
    "Markov",
    "OneHot",
    "Spheres",
    "Text",
    "Tree",
    "UnequalOneHot",
]
