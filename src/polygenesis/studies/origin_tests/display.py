"""Error rates, detection and what can be told from what: tables and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import stats
from polygenesis.probe import Origin
from polygenesis.studies.base import Illustration
from polygenesis.studies.origin_tests.claims import LEVEL
from polygenesis.studies.origin_tests.judgements import auc
from polygenesis.studies.origin_tests.measures import GROUPS, JUDGED, Examined
from polygenesis.studies.origin_tests.plan import AGAINST, CHANCE, STRONG, TASK, WEAK

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Bars


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


def power_illustration(found: Sequence[Examined]) -> Illustration:
    """Draw rates of rejection of recurrence by the number of seeds, and AUCs by evidence."""
    from polygenesis import plots

    chart = plots.bars(_rates(found), _areas(found), alt="Rates of rejection and AUCs by history and evidence.")
    return Illustration.of(
        chart,
        "rates-and-evidence",
        f"Left: how often recurrence rejects at {LEVEL:g} by the number of seeds, by history (exact 95 % intervals). "
        "Right: how well designated pairs are told from other pairs that share, by what is known (AUC with 95 % "
        "intervals over networks).",
    )


def _rates(found: Sequence[Examined]) -> Bars:
    from polygenesis import plots

    values: dict[str, list[float]] = {}
    ends: dict[str, tuple[list[float], list[float]]] = {}
    for size in GROUPS:
        shares = []
        for one in found:
            each = one.rejected("recurrence over seeds", f"{size} seeds")
            shares.append(stats.proportion(each.hits, each.trials) if each else None)
        name = f"{size} seeds"
        values[name] = [share.value if share else 0.0 for share in shares]
        ends[name] = (
            [share.lower if share else 0.0 for share in shares],
            [share.upper if share else 0.0 for share in shares],
        )
    return plots.rates(
        [one.history.name for one in found],
        {name: np.array(each) for name, each in values.items()},
        intervals={name: (np.array(low), np.array(high)) for name, (low, high) in ends.items()},
        quantity="rejected by recurrence",
        levels=[plots.Level("level", LEVEL, along="x")],
    )


def _areas(found: Sequence[Examined]) -> Bars:
    from polygenesis import plots

    shown = [one for one in found if one.history.name in (STRONG, WEAK, TASK) and any(s.is_mixed for s in one.scores)]
    names = [each.evidence for each in shown[0].scores] if shown else []
    rows = [f"{one.history.name}: {name}" for one in shown for name in names]
    areas = [auc(each) if each.is_mixed else None for one in shown for each in one.scores]
    value = np.array([area.value if area else 0.0 for area in areas])
    low = np.array([area.lower if area else 0.0 for area in areas])
    high = np.array([area.upper if area else 0.0 for area in areas])
    return plots.rates(
        rows or [CHANCE, AGAINST],
        {"AUC": value if rows else np.zeros(2)},
        intervals={"AUC": (low, high) if rows else (np.zeros(2), np.zeros(2))},
        quantity="AUC",
        levels=[plots.Level("guess", 0.5, along="x")],
    )
