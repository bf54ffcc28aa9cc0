"""Arms, forces and bounds: as tables and as figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import theory
from polygenesis.studies.base import Illustration
from polygenesis.studies.interference_timing.arms import FAILURES, Arm, Watched
from polygenesis.studies.interference_timing.estimands import changes, find, overlap_level, pairs_kept
from polygenesis.studies.paper_runs import FLOW_PENALTY
from polygenesis.studies.shares import share

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.plots import Curves, Series

FEWEST = 1e-4
"""The smallest share of changed leads that is drawn."""

WORDS = {
    "full": "full interference",
    "never": "none at all",
    "until": "off until t₀",
    "since": "off from t₀ on",
    "same-sign-only": "same-sign pairs of the start only",
    "same-sign-off": "all but same-sign pairs of the start",
}


def arm_table(arms: Sequence[Arm]) -> pd.DataFrame:
    """Return one row an arm: winners and shared pairs that change, and what the networks end with."""
    import pandas as pd

    return pd.DataFrame([_row(arm, find(arms, arm.room, "full")) for arm in arms])


def _row(arm: Arm, full: Arm) -> dict[str, object]:
    changed, features = changes(arm, full)
    found = share(changed, features) if len(features) else None
    used = np.zeros(len(arm.converged), dtype=bool)
    used[: len(full.converged)] = full.converged
    return {
        "interference": WORDS[arm.kind],
        "n": arm.n,
        "m": arm.m,
        "t₀": arm.time,
        "λt₀": FLOW_PENALTY * arm.time,
        "winners changed": found.value if found else np.nan,
        "lower": found.lower if found else np.nan,
        "upper": found.upper if found else np.nan,
        "shared pairs kept": pairs_kept(arm, full),
        "shared neurons": float(arm.shared[used].mean()) if used.any() else np.nan,
        "same-sign pairs": float(arm.same_sign[used].mean()) if used.any() else np.nan,
        "dead features": float(arm.dead[used].mean()) if used.any() else np.nan,
        "converged": float(arm.converged.mean()),
    }


def force_table(seen: Sequence[Watched]) -> pd.DataFrame:
    """Return one row a width and time: median norms of the forces on a feature, and interference's share."""
    import pandas as pd

    return pd.DataFrame(
        {
            "n": each.n,
            "m": each.m,
            "t": float(time),
            "λt": FLOW_PENALTY * float(time),
            "feature benefit": float(np.median(each.benefit[:, index])),
            "interference": float(np.median(each.interference[:, index])),
            "penalty": float(np.median(each.penalty[:, index])),
            "interference, largest tenth": float(np.quantile(each.interference[:, index], 0.9)),
            "share of force": float(each.share[:, index].mean()),
            "leads changed": float(each.changed[:, index].mean()),
        }
        for each in seen
        for index, time in enumerate(each.times)
    )


def bound_table(seen: Sequence[Watched]) -> pd.DataFrame:
    """Return one row a width and δ: proved level and time, and what was found."""
    import pandas as pd

    rows = []
    for each in seen:
        for failure in FAILURES:
            proved = each.proved[failure]
            reached = np.flatnonzero(each.changed.mean(axis=(0, 2)) >= failure)
            rows.append(
                {
                    "n": each.n,
                    "m": each.m,
                    "δ": failure,
                    "largest overlap, bound": overlap_level(each) if failure == FAILURES[0] else np.nan,
                    "largest overlap, mean": float(each.largest.mean()),
                    "proved time": proved,
                    "leads changed by then": float(each.moved[proved].mean() / each.n),
                    "first-order share": float(theory.first_changes(each.n, each.m, proved)),
                    "time when a share δ has changed": float(each.times[reached[0]]) if len(reached) else np.nan,
                }
            )
    return pd.DataFrame(rows)


def timing_illustration(arms: Sequence[Arm]) -> Illustration:
    """Draw the winners that change against the time at which interference is switched, one panel a width."""
    from polygenesis import plots

    rooms = sorted({arm.room for arm in arms})
    return Illustration.of(
        plots.row(
            *(_timing(arms, room) for room in rooms),
            alt="Share of winners that change when interference is off until t₀, or from t₀ on, against λt₀.",
        ),
        "switching-interference",
        "Share of features whose winner (neuron and sign) differs from the run with full interference that starts from "
        "the same weights, when interference is off until t₀ or from t₀ on, with 95 % intervals over networks "
        f"(n = {arms[0].n}, gradient flow, λ = {FLOW_PENALTY:g}). The dashed line: no interference at any time.",
    )


def _timing(arms: Sequence[Arm], room: int) -> Curves:
    from polygenesis import plots

    full = find(arms, room, "full")
    curves = [_curve(arms, room, kind, role) for kind, role in (("until", "gradient flow"), ("since", "published"))]
    changed, features = changes(find(arms, room, "never"), full)
    levels = [plots.Level("never", float(changed.sum() / max(features.sum(), 1)))]
    return plots.panel(
        curves,
        x="λt₀",
        y="share of winners changed",
        log="x",
        levels=levels,
        limits=(0.0, 0.8),
        ticks=(0.001, 0.01, 0.1, 1.0),
        title=f"m = {full.m}",
    )


def _curve(arms: Sequence[Arm], room: int, kind: str, role: str) -> Series:
    from polygenesis import plots

    full = find(arms, room, "full")
    shown = sorted((arm for arm in arms if (arm.room, arm.kind) == (room, kind)), key=lambda arm: arm.time)
    found = [share(*changes(arm, full)) for arm in shown if full.converged.any()]
    return plots.series(
        WORDS[kind],
        [FLOW_PENALTY * arm.time for arm in shown][: len(found)],
        [each.value for each in found],
        interval=([each.lower for each in found], [each.upper for each in found]),
        style="both",
        role=role,
    )


def force_illustration(seen: Sequence[Watched]) -> Illustration:
    """Draw the three forces on a feature over time, and the leads that change with the bounds on them."""
    from polygenesis import plots

    each = seen[-1]
    later = each.times > 0
    times = FLOW_PENALTY * each.times[later]
    curves = []
    for name, values, role in (
        ("feature benefit", each.benefit, "exact"),
        ("interference", each.interference, "gradient flow"),
        ("penalty", each.penalty, "n²/4m"),
    ):
        low, middle, high = (np.quantile(values[:, later], q, axis=(0, 2)) for q in (0.1, 0.5, 0.9))
        curves.append(plots.series(name, times, middle, interval=(low, high), role=role))
    forces = plots.panel(
        curves, x="λt", y="norm of the force on a feature", log="x", title=f"m = {each.m}", limits=(0.0, 1.4)
    )
    return Illustration.of(
        plots.row(
            forces,
            plots.panel(
                [curve for place, watched in enumerate(seen) for curve in _leads(watched, place)],
                x="λt",
                y="share of leads changed",
                log="xy",
                limits=(FEWEST, 1.5),
            ),
            alt="Left: the three forces on a feature over time. Right: share of leads that have changed over time.",
        ),
        "forces-and-leads",
        f"Left: norms of the three forces on a feature (loss's clock; median and middle 80 % of the features, n = "
        f"{each.n}, m = {each.m}). Right: share of features that lead on another neuron than at the start, with 95 % "
        "intervals over networks, the first-order rate (points), and the times before which at most a share δ can have "
        f"changed, as proved (crosses: δ = {' and '.join(f'{each:g}' for each in FAILURES)}).",
    )


def _leads(each: Watched, place: int) -> list[Series]:
    """Measured, first-order and proved shares of changed leads at one width, all in its colour."""
    from polygenesis import plots

    later = each.times > 0
    times = each.times[later]
    color = (plots.style.BLUE, plots.style.VERMILLION, plots.style.INK)[place % 3]
    changed = each.changed[:, later].sum(axis=2)
    found = [share(column, np.full(len(column), float(each.n))) for column in changed.T]
    values, low, high = (np.array([getattr(one, end) for one in found]) for end in ("value", "lower", "upper"))
    seen = values > 0
    first = theory.first_changes(each.n, each.m, times).array
    early, proved = first < 0.3, list(each.proved.items())
    return [
        plots.series(
            f"m = {each.m}",
            FLOW_PENALTY * times,
            np.where(seen, values, np.nan),
            interval=(np.where(seen, np.maximum(low, FEWEST), np.nan), np.where(seen, high, np.nan)),
            color=color,
        ),
        plots.series(
            f"m = {each.m}, first order",
            FLOW_PENALTY * times[early],
            first[early],
            style="points",
            color=color,
            marker=("circle", "square", "diamond")[place % 3],
        ),
        plots.series(
            f"m = {each.m}, proved",
            [FLOW_PENALTY * time for _, time in proved],
            [failure for failure, _ in proved],
            style="points",
            color=color,
            marker="x",
        ),
    ]
