"""Which collisions survive, and where polysemantic neurons come from (claims C1, C4, C6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats
from polygenesis.arrays import Integers
from polygenesis.detect import FATES, ORIGINS, Fate, Origin
from polygenesis.dynamics.base import Run
from polygenesis.spec import RunSpec
from polygenesis.studies import paper_runs
from polygenesis.studies.base import Claim, Illustration, Judgement, Profile, Study, StudyResult, Verdict
from polygenesis.studies.judging import judge
from polygenesis.studies.measurements import Measured, measure_all

if TYPE_CHECKING:
    import pandas as pd

HALF_OPPOSITE = Claim(
    "Half of the collisions at the start have opposite signs.",
    "arXiv:2312.03096, C4",
    "Share within 0.50 ± 0.02.",
    "Independent symmetric weights; pairs that share their top neuron at the start, all widths.",
)
BENIGN_SURVIVE = Claim(
    "A collision of opposite signs at the start survives training.",
    "arXiv:2312.03096, C4",
    "At least 0.90 of them end on the neuron where they met.",
    "Gradient flow, m ≥ 2n, converged replicates.",
)
MALIGN_VANISH = Claim(
    "No two features of the same sign share a neuron once training has converged.",
    "arXiv:2312.03096, C4 (sign of the output ReLU)",
    "No pair of the same sign among all pairs that share a neuron at the end; 95 % upper bound below 0.01.",
    "Gradient flow, all widths, converged replicates.",
)
FROM_THE_START = Claim(
    "Polysemantic neurons come from collisions at the start: both features led there.",
    "arXiv:2312.03096, C1 and C2",
    "At least half of the pairs that share a neuron at the end led there at the start.",
    "Gradient flow, m ≥ 2n, converged replicates.",
)


class CollisionSign(Study):
    """Follow every collision from the start to its fate, by sign, and every polysemantic neuron back to its origin."""

    name = "collision-sign"
    title = "Which collisions survive?"
    question = "Are collisions of opposite signs benign and of equal signs malign, and do the survivors make the count?"

    def specs(self, profile: Profile) -> list[RunSpec]:
        """Gradient flow over the widths of E3."""
        return paper_runs.flows(profile)

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        specs = self.specs(profile)
        measured = measure_all(specs, runs)
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judgements(measured)),
            tables={"fates of collisions": fate_table(measured), "origins of shared neurons": origin_table(measured)},
            illustrations=(illustration(measured),),
            limits=(
                "A collision at the start is a pair of features with the same largest weight; a feature that ends on "
                "its second-largest weight therefore counts as having left.",
                "Gradient flow only; AdamW picks other winners (see initial-leads).",
            ),
            keys=tuple(spec.key for spec in specs),
        )


def judgements(measured: Sequence[Measured]) -> list[Judgement]:
    """Judge every claim of this study."""
    return [_half_opposite(measured), _benign_survive(measured), _malign_vanish(measured), _from_the_start(measured)]


def _half_opposite(measured: Sequence[Measured]) -> Judgement:
    opposite = sum(int(each.start_opposite.sum()) for each in measured)
    pairs = sum(int(each.start_pairs.sum()) for each in measured)
    found = stats.proportion_agrees(opposite, pairs, 0.48, 0.52)
    return judge(
        HALF_OPPOSITE, found, f"{{value}} [{{lower}}, {{upper}}] of {pairs} initial pairs have opposite signs."
    )


def _benign_survive(measured: Sequence[Measured]) -> Judgement:
    fates = fates_of(measured, 2)
    survived, benign = int(fates[0, FATES.index(Fate.SURVIVED)]), int(fates[0].sum())
    found = stats.proportion_agrees(survived, benign, 0.90, 1.0)
    return judge(
        BENIGN_SURVIVE,
        found,
        f"{{value}} [{{lower}}, {{upper}}] of {benign} initial pairs of opposite signs end on the neuron where they "
        "met (m ≥ 2n).",
    )


def _malign_vanish(measured: Sequence[Measured]) -> Judgement:
    same = sum(int(each.end_same[each.usable].sum()) for each in measured)
    pairs = same + sum(int(each.end_opposite[each.usable].sum()) for each in measured)
    if not pairs:
        return Judgement(MALIGN_VANISH, Verdict.UNDECIDED, "No neuron was shared at the end.")
    bound = stats.proportion(same, pairs).upper
    verdict = Verdict.REFUTED if same else Verdict.SUPPORTED if bound < 0.01 else Verdict.UNDECIDED
    return Judgement(
        MALIGN_VANISH,
        verdict,
        f"{same} of {pairs} pairs that share a neuron at convergence have the same sign (upper bound {bound:.2g}).",
    )


def _from_the_start(measured: Sequence[Measured]) -> Judgement:
    counts = sum(each.origins[each.usable].sum(axis=0) for each in measured if each.m >= 2 * each.n)
    led, pairs = int(counts[ORIGINS.index(Origin.BOTH_LED)]), int(np.sum(counts))
    found = stats.proportion_agrees(led, max(pairs, 1), 0.5, 1.0)
    return judge(
        FROM_THE_START,
        found,
        f"In {{value}} [{{lower}}, {{upper}}] of {pairs} pairs that share a neuron at the end both features led there "
        "at the start (m ≥ 2n).",
    )


def fates_of(measured: Sequence[Measured], room: int = 1) -> Integers:
    """Return the number of initial collisions by sign (opposite, same) and fate, over usable replicates."""
    return np.asarray(
        np.sum([each.fates[each.usable].sum(axis=0) for each in measured if each.m >= room * each.n], axis=0)
    )


def fate_table(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a width and sign: initial pairs, and the share of each fate."""
    import pandas as pd

    rows = []
    for each in measured:
        for sign, counts in zip(("opposite", "same"), fates_of([each]), strict=True):
            shares = {
                fate.name.lower().replace("_", " "): c / max(counts.sum(), 1)
                for fate, c in zip(FATES, counts, strict=True)
            }
            rows.append({"n": each.n, "m": each.m, "sign": sign, "pairs": int(counts.sum()), **shares})
    return pd.DataFrame(rows)


def origin_table(measured: Sequence[Measured]) -> pd.DataFrame:
    """Return one row a width: pairs that share a neuron at the end, by origin."""
    import pandas as pd

    rows = []
    for each in measured:
        counts = each.origins[each.usable].sum(axis=0)
        shares = {
            origin.name.lower().replace("_", " "): c / max(counts.sum(), 1)
            for origin, c in zip(ORIGINS, counts, strict=True)
        }
        rows.append({"n": each.n, "m": each.m, "pairs": int(counts.sum()), **shares})
    return pd.DataFrame(rows)


def illustration(measured: Sequence[Measured]) -> Illustration:
    """Draw the fates by sign and the origins by width."""
    from polygenesis import plots

    shown = measured if len(measured) <= 6 else [measured[k] for k in (0, 1, 3, 7, 15)]
    names = [f"m = {each.m}" for each in shown]
    fates, origins = fate_table(shown), origin_table(shown)
    panels = []
    for sign in ("opposite", "same"):
        rows = fates[fates["sign"] == sign]
        left = rows["one left"] + rows["both left"] + rows["moved together"]
        rest = 1 - rows["survived"] - left
        parts = {"survived": rows["survived"], "dissolved": left, "other": rest.clip(lower=0)}
        title = "opposite signs" if sign == "opposite" else "same sign"
        panels.append(plots.shares(names, {name: values.to_numpy() for name, values in parts.items()}, title=title))
    ways = {name: origins[name].to_numpy() for name in ("both led", "one moved in", "both moved in")}
    panels.append(plots.shares(names, ways, quantity="share of shared neurons", title="origins at the end"))
    chart = plots.bars(*panels, alt="Stacked bars: fates of initial collisions by sign, and origins of shared neurons.")
    return Illustration(
        "fates-and-origins",
        "Left and middle: what became of the pairs of features that shared their top neuron at the start, by sign "
        "(survived: both ended there; dissolved: at least one settled elsewhere; other: one changed its sign). "
        "Right: how the two features of each polysemantic neuron came there.",
        chart.draw,
        chart.interactive,
    )
