"""Features *sample*: what the inputs of a model are."""

from __future__ import annotations

from polygenesis.features.one_hot import OneHot

Features = OneHot

__all__ = ["Features", "OneHot"]
