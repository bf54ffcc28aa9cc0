"""Recipes as measured: one cell a recipe and width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.spec import RunSpec
from polygenesis.studies.mitigation.recipes import PENALTY, REFERENCE, SPLIT, Recipe
from polygenesis.studies.starts import Sample


@dataclass(frozen=True, eq=False)
class Cell:
    """One recipe at one width: one value a network (r,) each.

    ``spec``: what the recipe trains first. ``shared``: neurons with two or more features of any state.
    ``loss``: without penalty. ``magnitude``: ‖W‖₁. ``work``: gradient evaluations times neurons. ``dead``, ``split``:
    features that are dead or unsettled.
    """

    recipe: Recipe
    spec: RunSpec
    n: int
    m: int
    shared: Integers
    loss: Floats
    magnitude: Floats
    work: Floats
    dead: Integers
    split: Integers

    def sample(self, value: str = "shared") -> Sample:
        """Return one of these values with the starts of the networks."""
        return Sample.of(self.spec, getattr(self, value))

    @property
    def penalized(self) -> Floats:
        """Loss with the penalty by which all are judged, (r,)."""
        return self.loss + PENALTY * self.magnitude


def of(cells: Sequence[Cell], name: str) -> list[Cell]:
    """A recipe's cells, one a width."""
    return [cell for cell in cells if cell.recipe.name == name]


def beside(cells: Sequence[Cell], name: str) -> list[Cell]:
    """A recipe's cells with those of plain training."""
    return [*of(cells, name), *of(cells, REFERENCE)]


def exact_split(cells: Sequence[Cell]) -> str:
    """Say what the split did: exact by construction, so that a test checks it and no claim is made of it."""
    mine, plain = of(cells, SPLIT), of(cells, REFERENCE)
    left, before = (sum(int(cell.shared.sum()) for cell in each) for each in (mine, plain))
    change = max(
        float(np.abs(getattr(a, name) / getattr(b, name) - 1).max())
        for a, b in zip(mine, plain, strict=True)
        for name in ("loss", "magnitude")
    )
    return (
        f"Computed exactly: of {before} polysemantic neurons “{SPLIT}” leaves {left}, and changes loss and ‖W‖₁ by at "
        f"most {change:.1g} of themselves (docs/theory.md, Mitigation 1)."
    )


def pooled(cells: Sequence[Cell], name: str, value: str = "shared") -> Floats:
    """A recipe's values summed over the widths, one a network index (r,): widths are drawn independently."""
    return np.asarray(sum(np.asarray(getattr(cell, value), dtype=float) for cell in of(cells, name)))
