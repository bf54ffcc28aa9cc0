"""Models: what a network computes from its weights, and which of its matrices a census reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from polygenesis.models.autoencoder import Autoencoder
from polygenesis.models.base import GeneralModel, Layer, Parameters, Reading, Setting
from polygenesis.models.convolutional import Convolutional
from polygenesis.models.perceptron import Perceptron
from polygenesis.models.residual import ResidualPerceptron
from polygenesis.models.tied_autoencoder import TiedAutoencoder
from polygenesis.models.transformer import Transformer


def _tied_unless_said(value: Any) -> Any:
    """Read fields without a kind as the paper's model, as specs were written before there were others."""
    return {"kind": "tied-autoencoder", **value} if isinstance(value, Mapping) else value


Model = Annotated[
    TiedAutoencoder | Autoencoder | Perceptron | ResidualPerceptron | Convolutional | Transformer,
    Field(discriminator="kind"),
    BeforeValidator(_tied_unless_said),
]

__all__ = [
    "Autoencoder",
    "Convolutional",
    "GeneralModel",
    "Layer",
    "Model",
    "Parameters",
    "Perceptron",
    "Reading",
    "ResidualPerceptron",
    "Setting",
    "TiedAutoencoder",
    "Transformer",
]
