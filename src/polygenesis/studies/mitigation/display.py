"""The recipes as a table, the counts they leave, and the frontier of performance and polysemanticity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from polygenesis.studies.base import Illustration
from polygenesis.studies.measurements import mean_columns
from polygenesis.studies.mitigation.cells import Cell, of
from polygenesis.studies.mitigation.claims import share_left
from polygenesis.studies.mitigation.frontier import standing, undominated, unknowing
from polygenesis.studies.mitigation.recipes import PENALTY, REFERENCE, Recipe

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Bars, Curves


def recipe_table(cells: Sequence[Cell], recipes: Sequence[Recipe]) -> pd.DataFrame:
    """Return one row a recipe: what is left, what it costs, whether no other beats it, and why it should work."""
    import pandas as pd

    points, blind = standing(cells, recipes), unknowing(recipes)
    among = np.zeros(len(recipes), dtype=bool)
    among[blind] = undominated(points[blind])
    rows = []
    for recipe, point, front, unknown in zip(recipes, points, undominated(points), among, strict=True):
        left = share_left(cells, recipe.name, level=0.95)
        rows.append(
            {
                "recipe": recipe.name,
                "needs": recipe.needs,
                "polysemantic, relative": point[0],
                "lower": np.nan if left is None else left.estimate.lower,
                "upper": np.nan if left is None else left.estimate.upper,
                "loss, relative": point[1],
                "work, relative": point[2],
                "on the frontier": bool(front),
                "on it without knowing features": bool(unknown),
                "why": recipe.text,
            }
        )
    return pd.DataFrame(rows)


def cell_table(cells: Sequence[Cell]) -> pd.DataFrame:
    """Return one row a recipe and width: counts with 95 % intervals, losses, work, and what did not settle."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "recipe": cell.recipe.name,
                "n": cell.n,
                "m": cell.m,
                "networks": len(cell.shared),
                **mean_columns(cell.shared),
                "loss": float(cell.loss.mean()),
                "loss with penalty": float(cell.penalized.mean()),
                "work": float(cell.work.mean()),
                "dead features": float(cell.dead.mean()),
                "unsettled features": float(cell.split.mean()),
            }
            for cell in cells
        ]
    )


def count_illustration(cells: Sequence[Cell], recipes: Sequence[Recipe]) -> Illustration:
    """Draw every recipe's count, one panel a width."""
    from polygenesis import plots

    names = [recipe.name for recipe in recipes]
    panels: list[Bars] = []
    for m in sorted({cell.m for cell in cells}):
        here = [next(cell for cell in of(cells, name) if cell.m == m) for name in names]
        means = [mean_columns(cell.shared) for cell in here]
        value, low, high = (np.array([each[key] for each in means]) for key in ("mean", "lower", "upper"))
        shown = "polysemantic neurons"
        levels = [plots.Level(REFERENCE, float(value[names.index(REFERENCE)]), along="x")]
        panels.append(
            plots.rates(
                names if not panels else [" " * (i + 1) for i in range(len(names))],
                {shown: value},
                intervals={shown: (low, high)},
                quantity=shown,
                levels=levels,
                limits=None,
                title=f"m = {m}",
            )
        )
    chart = plots.bars(*panels, alt="Bars: polysemantic neurons that each recipe leaves, by width.")
    n = cells[0].n
    return Illustration.of(
        chart,
        "recipes",
        f"Polysemantic neurons that each recipe leaves (n = {n}; means with 95 % quasi-Poisson intervals; the line is "
        f"plain training; judged at λ = {PENALTY:g}).",
    )


GROUPS = {
    "plain": "plain training",
    "start": "starts",
    "schedule": "schedules",
    "pressure": "noise and penalties",
    "architecture": "architectures",
    "afterwards": "afterwards",
}
"""What the groups of recipes are called in the figure."""


def frontier_illustration(cells: Sequence[Cell], recipes: Sequence[Recipe]) -> Illustration:
    """Draw count against loss, and count against work; recipes that no other beats in all three have their names."""
    from polygenesis import plots

    points = standing(cells, recipes)
    best = undominated(points)
    series = {name: [i for i in rows if not best[i]] for name, rows in _groups(recipes).items()}
    series |= {f"“{recipes[i].name}”": [i] for i in np.flatnonzero(best).tolist()}
    reference = [i for i, recipe in enumerate(recipes) if recipe.name == REFERENCE and not best[i]]
    series |= {REFERENCE: reference}  # last, so that no other mark hides it
    left = [share_left(cells, recipe.name, level=0.95) for recipe in recipes]
    low, high = (
        np.array([getattr(each.estimate, end) if each else np.nan for each in left]) for end in ("lower", "upper")
    )
    panels: list[Curves] = []
    for column, label in ((1, "loss without penalty, relative to plain"), (2, "gradient work, relative to plain")):
        marks = [
            plots.Series(name, points[rows, column], points[rows, 0], low[rows], high[rows], "points", None)
            for name, rows in series.items()
            if rows
        ]
        marks = [replace(each, legend=column == 1) for each in marks]
        levels = (plots.Level("half", 0.5),)
        panels.append(plots.panel(marks, x=label, y="polysemantic neurons, relative to plain", log="x", levels=levels))
    alt = "Points: polysemantic neurons against loss and against work for each recipe."
    chart = plots.row(*panels, alt=alt, height=3.1)
    return Illustration.of(
        chart,
        "frontier",
        "Performance and polysemanticity: polysemantic neurons of each recipe against its loss (left) and training "
        "work (right), relative to plain training, summed over widths (95 % intervals). Recipes with a name of their "
        "own: no other is better in count, loss and work together. The table has the numbers of all.",
    )


def _groups(recipes: Sequence[Recipe]) -> dict[str, list[int]]:
    """Positions of the recipes by group, without plain training."""
    return {
        name: [i for i, recipe in enumerate(recipes) if recipe.group == group]
        for group, name in GROUPS.items()
        if group != "plain"
    }
