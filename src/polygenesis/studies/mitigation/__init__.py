"""Recipes for fewer polysemantic neurons, and what each costs (science questions; arXiv:2312.03096, C8).

``recipes`` and ``treatments`` say what is done, ``claims`` and ``judgements`` judge it, ``frontier`` finds what no
other recipe beats, ``display`` shows it.
"""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis import detect
from polygenesis.dynamics.run import Run
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Profile, Study, StudyResult
from polygenesis.studies.mitigation.display import (
    cell_table,
    count_illustration,
    frontier_illustration,
    recipe_table,
)
from polygenesis.studies.mitigation.frontier import judge_best
from polygenesis.studies.mitigation.judgements import Cell, judgements
from polygenesis.studies.mitigation.recipes import NOISE, RECIPES, SHARING, WIDER
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

    def specs(self, profile: Profile) -> list[RunSpec]:
        """What each recipe trains first, at every width; recipes that share a run share it."""
        scale = SCALES[profile]
        return list({spec.key: spec for m in scale.widths for spec in (r.spec(scale, m) for r in RECIPES)}.values())

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Finish every recipe, measure and judge."""
        scale = SCALES[profile]
        places = {spec.key: index for index, spec in enumerate(self.specs(profile))}
        cells = []
        for m in scale.widths:
            for recipe in RECIPES:
                treated = recipe.finish(runs[places[recipe.spec(scale, m).key]], scale, m)
                census = detect.census(treated.weights)
                cells.append(
                    Cell(
                        recipe,
                        scale.n,
                        m,
                        shared_neurons(treated.weights),
                        treated.loss,
                        abs(treated.weights).sum(axis=(1, 2), dtype=float),
                        treated.work,
                        census.dead_features,
                        census.split_features,
                    )
                )
        pressure = float(collision_pressure(scale.n, scale.widths[0], 0.016, SHARING))
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=(judge_best(cells, RECIPES), *judgements(cells, RECIPES)),
            tables={"recipes": recipe_table(cells, RECIPES), "recipes by width": cell_table(cells)},
            illustrations=(frontier_illustration(cells, RECIPES), count_illustration(cells, RECIPES)),
            limits=(
                "Work counts gradient evaluations times neurons, whatever engine computed them; steps without a closed "
                "form are shorter than those of the flow, which inflates their work.",
                f"Each recipe is run at one setting (noise σ = {NOISE:g}, κ = {SHARING:g}, {WIDER} times the width): "
                f"others may do better. The collision penalty presses with {pressure:.2g} on dense rows at first.",
                "Recipes behind a hidden ReLU are judged where their training in steps ended, settled or not.",
                "All of this is one-hot data, where sharing is never rewarded; where features belong together or "
                "m < n, parting them can cost loss.",
            ),
            keys=tuple(places),
        )
