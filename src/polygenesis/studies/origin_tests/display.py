"""Error rates, detection and what can be told from what: tables and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from polygenesis import stats
from polygenesis.probe import Origin
from polygenesis.studies.base import Illustration
from polygenesis.studies.origin_tests.estimands import auc
from polygenesis.studies.origin_tests.measures import GROUPS, JUDGED, Examined, Rejections
from polygenesis.studies.origin_tests.plan import LEVEL

if TYPE_CHECKING:
    import pandas as pd


def rate_table(found: Sequence[Examined]) -> pd.DataFrame:
    """Return one row a history and test: how often it rejected at the level, with the exact 95 % interval."""
    import pandas as pd

    rows = []
    for one in found:
        for each in one.rejections:
            if each.trials:
                share = stats.proportion(each.hits, each.trials)
                rows.append(
                    {
                        "history": one.history.name,
                        "test": each.test,
                        "evidence": each.evidence,
                        "rejected": each.hits,
                        "of": each.trials,
                        "rate": share.value,
                        "lower": share.lower,
                        "upper": share.upper,
                    }
                )
    return pd.DataFrame(rows)


def verdict_table(found: Sequence[Examined]) -> pd.DataFrame:
    """Return one row a history and verdict: how often it was given from one network and from five."""
    import pandas as pd

    return pd.DataFrame([row for one in found for row in _verdicts(one)])


def _verdicts(one: Examined) -> list[dict[str, object]]:
    alone, together = Counter(one.alone), Counter(one.together)
    return [
        {
            "history": one.history.name,
            "networks": one.networks,
            "shared neurons": one.shared,
            "designated pairs that share": one.designed,
            "verdict": origin.name.lower().replace("_", " "),
            "from one": alone[origin],
            f"from {JUDGED}": together[origin],
            "networks alone": len(one.alone),
            "sets of five": len(one.together),
        }
        for origin in Origin
        if alone[origin] or together[origin]
    ]


def auc_table(found: Sequence[Examined]) -> pd.DataFrame:
    """Return one row a history and kind of evidence: how well it tells designated pairs from others that share."""
    import pandas as pd

    rows = []
    for one in found:
        for each in one.scores:
            if each.is_mixed:
                area = auc(each)
                rows.append(
                    {
                        "history": one.history.name,
                        "evidence": each.evidence,
                        "designated pairs": int(each.designated.sum()),
                        "other pairs": int((~each.designated).sum()),
                        "AUC": area.value,
                        "lower": area.lower,
                        "upper": area.upper,
                    }
                )
    return pd.DataFrame(rows)


def rate_illustration(found: Sequence[Examined]) -> Illustration:
    """Draw how often recurrence rejects, by history and number of seeds."""
    from polygenesis import plots

    shares = {
        f"{size} seeds": [_share(one.rejected("recurrence over seeds", f"{size} seeds")) for one in found]
        for size in GROUPS
    }
    panel = plots.rates(
        [one.history.name for one in found],
        {name: [share.value for share in each] for name, each in shares.items()},
        intervals={name: ([e.lower for e in each], [e.upper for e in each]) for name, each in shares.items()},
        quantity="rejected by recurrence",
        levels=[plots.Level("level", LEVEL, along="x")],
    )
    return Illustration.of(
        plots.bars(panel, alt="Bars: how often recurrence rejects, by history and number of seeds."),
        "rejection-rates",
        f"How often recurrence rejects at {LEVEL:g}, by history and number of seeds (exact 95 % intervals).",
    )


def _share(each: Rejections | None) -> stats.Estimate:
    """The rate with its exact interval; all of 0 to 1 where nothing was asked."""
    return stats.proportion(each.hits, each.trials) if each else stats.Estimate(0.0, 0.0, 1.0, 0.95, "none", 0)


def evidence_illustration(found: Sequence[Examined]) -> Illustration:
    """Draw how well designated pairs are told from others that share, by what is known of them."""
    from polygenesis import plots

    names = ("final overlap", *(f"{size} seeds" for size in GROUPS), "start")
    shown = [one for one in found if all(one.scored(name) for name in names)]
    areas = {one.history.name: [_area(one, name) for name in names] for one in shown}
    panel = plots.rates(
        names,
        {name: [area.value for area in each] for name, each in areas.items()} or {"none": [0.0] * len(names)},
        intervals={name: ([e.lower for e in each], [e.upper for e in each]) for name, each in areas.items()},
        quantity="AUC of designated pairs",
        levels=[plots.Level("guess", 0.5, along="x")],
    )
    return Illustration.of(
        plots.bars(panel, alt="Bars: AUC of designated pairs among pairs that share, by evidence and history."),
        "what-tells-pairs",
        "How well designated pairs are discriminated from other pairs that share: by their final overlap, by how "
        "often they share in other seeds, and by their start in the same network (AUC with 95 % intervals over "
        "networks).",
    )


def _area(one: Examined, name: str) -> stats.Estimate:
    scored = one.scored(name)
    assert scored is not None
    return auc(scored)
