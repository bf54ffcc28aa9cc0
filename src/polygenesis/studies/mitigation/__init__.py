"""Recipes for fewer polysemantic neurons, and what each costs (docs/paper.md, C8).

``recipes`` and ``treatments`` say what is done, ``cells`` measures it, ``claims`` says what could be false,
``frontier`` finds what no other recipe beats, ``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from polygenesis import detect
from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.mitigation.answer import answers
from polygenesis.studies.mitigation.cells import Cell, exact_split
from polygenesis.studies.mitigation.claims import CLAIMS
from polygenesis.studies.mitigation.display import (
    cell_table,
    count_illustration,
    frontier_illustration,
    recipe_table,
)
from polygenesis.studies.mitigation.recipes import NOISE, RECIPES, SHARING, WIDER, Recipe
from polygenesis.studies.mitigation.treatments import Scale, shared_neurons
from polygenesis.theory import collision_pressure
from polygenesis.training import SGD, GradientDescent

__all__ = ["Mitigation"]

SCALES: dict[Profile, Scale] = {
    "quick": Scale(12, (12, 24), 8, SGD(lr=0.15, steps=500), GradientDescent(lr=0.1, steps=800)),
    "standard": Scale(32, (32, 64, 128), 64, SGD(lr=0.05, steps=4000), GradientDescent(lr=0.05, steps=3000)),
    "thorough": Scale(64, (64, 128, 256), 256, SGD(lr=0.05, steps=6000), GradientDescent(lr=0.05, steps=3000)),
}
"""Features, widths, networks a width and training. At the standard profile plain training leaves some 750 polysemantic
neurons in 192 networks, so that a share of one half is known to 5 % of itself and none to lie below 0.5 %."""


class Mitigation(Study):
    """Hold recipes for fewer polysemantic neurons against plain training: what they leave, and what they cost."""

    name = "mitigation"
    title = "Recipes for fewer polysemantic neurons"
    question = "Which recipes leave fewer polysemantic neurons, and what does each cost in loss and in training?"

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[tuple[Any, ...], RunSpec]:
        """What each recipe trains first, at every width; recipes that share a run share it."""
        scale = SCALES[profile]
        named = {(recipe.name, m): recipe.spec(scale, m) for m in scale.widths for recipe in RECIPES}
        return {name: spec for name, spec in named.items() if name == _trains(named, spec)}

    def examine(self, runs: Mapping[tuple[Any, ...], Run], profile: Profile) -> Examined:
        """Finish every recipe, and measure."""
        scale = SCALES[profile]
        named = {(recipe.name, m): recipe.spec(scale, m) for m in scale.widths for recipe in RECIPES}
        cells = [
            _cell(recipe, runs[_trains(named, named[recipe.name, m])], scale, m)
            for m in scale.widths
            for recipe in RECIPES
        ]
        pressure = float(collision_pressure(scale.n, scale.widths[0], 0.016, SHARING))
        return Examined(
            cells,
            tables={"recipes": recipe_table(cells, RECIPES), "recipes by width": cell_table(cells)},
            illustrations=(frontier_illustration(cells, RECIPES), count_illustration(cells, RECIPES)),
            limits=(
                exact_split(cells),
                "Work counts gradient evaluations times neurons, whatever engine computed them. Training without a "
                "closed form takes shorter steps than the flow, which increases its work.",
                f"Each recipe is run at one setting (noise σ = {NOISE:g}, κ = {SHARING:g}, {WIDER} times the width): "
                f"others may do better. The collision penalty's initial force on dense rows is {pressure:.2g}.",
                "Recipes with a hidden ReLU are judged after their fixed number of steps, and features in any state "
                "count. The study bias-and-hidden-relu counts settled features alone, so that features that are split "
                "between neurons do not count there.",
                "All data are one-hot, where sharing is never rewarded. If features belong together or m < n, "
                "separating them can cost loss.",
            ),
        )

    def answers(self, found: Sequence[Cell], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say which recipes leave the fewest polysemantic neurons, and at what cost."""
        return answers(found, judgements)


def _trains(named: Mapping[tuple[Any, ...], RunSpec], spec: RunSpec) -> tuple[Any, ...]:
    """Return the name of the first recipe and width that trains a spec: recipes that share a run share it."""
    return next(name for name, other in named.items() if other.key == spec.key)


def _cell(recipe: Recipe, run: Run, scale: Scale, m: int) -> Cell:
    """Finish one recipe and measure what it made."""
    treated = recipe.finish(run, scale, m)
    census = detect.census(treated.weights)
    return Cell(
        recipe=recipe,
        spec=run.spec,
        n=scale.n,
        m=m,
        shared=shared_neurons(treated.weights),
        loss=treated.loss,
        magnitude=abs(treated.weights).sum(axis=(1, 2), dtype=float),
        work=treated.work,
        dead=census.dead_features,
        split=census.split_features,
    )
