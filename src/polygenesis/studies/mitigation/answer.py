"""Which recipes leave fewer polysemantic neurons, and at what cost, in sentences that stand alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies.answering import Told, measured, retold, sentences, tally, told
from polygenesis.studies.claim import Judgement, Verdict
from polygenesis.studies.mitigation import claims
from polygenesis.studies.mitigation.cells import Cell
from polygenesis.studies.regimes import joined


def answers(found: Sequence[Cell], judgements: Sequence[Judgement]) -> dict[str, str]:
    """Return the sentences that these runs can say, by name."""
    (best,) = retold(claims.BEST, found, judgements)
    return sentences(
        best=best_recipe(best),
        fewer=fewer(retold(claims.HELPS, found, judgements), told(claims.IS_FREE, judgements)),
    )


def best_recipe(best: Told) -> str:
    """Say which recipe leaves fewest at no loss."""
    if not best.number:
        return ""
    return (
        f"Of the recipes that cost no loss and need not know the features, {best.words['chosen']} leaves the fewest; "
        f"of all that cost no loss, {best.words['knowing']}. That all can be removed at no cost and without knowing "
        f"the features is {best.verdict.value}."
    )


def fewer(helps: Sequence[Told], free: Sequence[Told]) -> str:
    """Name the recipes that leave at most half, those that cost loss marked, and count the verdicts."""
    if not measured(helps):
        return ""
    parts = [
        f"“{each.words['recipe']}” ({each.number}{'' if cost.verdict is Verdict.SUPPORTED else ', not free of loss'})"
        for each, cost in zip(helps, free, strict=True)
        if each.verdict is Verdict.SUPPORTED
    ]
    named = joined(parts) if parts else "no recipe"
    return (
        f"Supported as leaving at most half of plain training's polysemantic neurons: {named}. Over all recipes that "
        f"is {tally(helps)}, and that they cost no loss {tally(free)}."
    )
