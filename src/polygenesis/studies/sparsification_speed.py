"""How fast does one feature's row become sparse? (The paper's E1; claim C5.)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from polygenesis import seeds, stats, theory
from polygenesis.arrays import Floats
from polygenesis.dynamics.base import Run
from polygenesis.dynamics.single_feature import EulerRace, euler_single_feature, single_feature
from polygenesis.spec import RunSpec
from polygenesis.studies import published
from polygenesis.studies.base import Claim, Illustration, Judgement, Profile, Study, StudyResult
from polygenesis.studies.judging import judge

if TYPE_CHECKING:
    import pandas as pd

NEURONS = 100_000
"""m of E1."""

PENALTY = 1e-5
"""λ of E1, in the paper's clock."""

SCALE = 0.9
"""Standard deviation of a weight at the start in units of 1/√m: the paper starts at |N(0, 0.9/√m)|."""

DRAWS: dict[Profile, int] = {"quick": 4, "standard": 10, "thorough": 64}
"""Independent rows."""

TIMES = np.geomspace(10.0, 1e5, 201)
"""Times of the curves (paper's clock); 1e2, 1e3 and 1e4 are among them."""

POWER_LAW = (3e3, 3e4)
"""Times between which exponents are fitted: λt from ten times 1/√m up to where some ten weights are left."""

SURVIVOR_EXPONENT = Claim(
    "The number of surviving weights falls as t⁻².",
    "arXiv:2312.03096, C5",
    "Exponent within −2 ± 0.1.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock), 3e3 ≤ t ≤ 3e4.",
)
SURVIVOR_CONSTANT = Claim(
    "The number of surviving weights is (1/√m + λt)⁻².",
    "arXiv:2312.03096, C5",
    "Measured over predicted within 1 ± 0.10 at t = 1e4.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock).",
)
L1_EXPONENT = Claim(
    "The norm ‖W_i‖₁ falls as t⁻¹.",
    "arXiv:2312.03096, C5",
    "Exponent within −1 ± 0.1.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock), 3e3 ≤ t ≤ 3e4.",
)
L1_CONSTANT = Claim(
    "The norm ‖W_i‖₁ is (1/√m + λt)⁻¹.",
    "arXiv:2312.03096, C5",
    "Measured over predicted within 1 ± 0.10 at t = 1e4.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock).",
)
FINISH = Claim(
    "The race is over at a time of about 1/λ.",
    "arXiv:2312.03096, C5",
    "Mean finishing time between 0.5/λ and 2/λ.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock).",
)
AS_PUBLISHED = Claim(
    "Simulation gives the paper's published curve of surviving weights.",
    "arXiv:2312.03096, figure of E1",
    "Geometric mean over t = 1e2, 1e3, 1e4 of measured over published within 1 ± 0.05.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock).",
)
CONTINUUM = Claim(
    "The exact limit of many neurons predicts the curve of surviving weights.",
    "exact one-feature flow, theory.surviving_entries(model='continuum')",
    "Geometric mean over t = 1e2, 1e3, 1e4 of measured over predicted within 1 ± 0.05.",
    "One feature, m = 1e5, λ = 1e-5 (paper's clock).",
)


@dataclass(frozen=True, eq=False)
class Races:
    """Races of independent rows: ``survivors`` and ``l1`` (draws, T), finishing times (draws,), one Euler loop."""

    times: Floats
    survivors: Floats
    l1: Floats
    finishing: Floats
    euler: EulerRace


class SparsificationSpeed(Study):
    """Follow single rows exactly and hold the paper's curves, exponents and constants against them."""

    name = "sparsification-speed"
    title = "How fast do rows become sparse?"
    question = "Do surviving weights fall as (1/√m + λt)⁻² and the norm as its root, in exponent and in constant?"

    def specs(self, profile: Profile) -> list[RunSpec]:
        """No simulated networks: one row alone is solved exactly."""
        return []

    def examine(self, runs: Sequence[Run], profile: Profile) -> StudyResult:
        """Measure, predict and judge."""
        races = measure(DRAWS[profile])
        return StudyResult(
            name=self.name,
            title=self.title,
            profile=profile,
            judgements=tuple(judgements(races)),
            tables={"surviving weights and norm": table(races)},
            illustrations=(illustration(races),),
            limits=(
                "One row without interference; in a network m′ also depends on what other features do.",
                "Exponents are fitted over one decade; the measured product m′(λt)² still drifts there.",
            ),
        )


def measure(draws: int) -> Races:
    """Draw rows as the paper does and solve their races exactly; the first one is also run by Euler's loop."""
    starts = [_start(draw) for draw in range(draws)]
    races = [single_feature(start, penalty=PENALTY, times=TIMES) for start in starts]
    return Races(
        times=TIMES,
        survivors=np.array([race.survivors for race in races], dtype=float),
        l1=np.array([race.l1 for race in races]),
        finishing=np.array([race.finishing_time for race in races]),
        euler=euler_single_feature(starts[0], penalty=PENALTY, times=TIMES[TIMES <= 1.0001e4]),
    )


def _start(draw: int) -> Floats:
    generator = seeds.generator(0, "sparsification-speed", "start", draw)
    row: Floats = np.abs(generator.standard_normal(NEURONS)) * (SCALE / NEURONS**0.5)
    return row


def judgements(races: Races) -> list[Judgement]:
    """Judge every claim of this study."""
    return [
        _exponent(races, races.survivors, SURVIVOR_EXPONENT, -2.0, "Surviving weights fall"),
        _constant(races, races.survivors, SURVIVOR_CONSTANT, 2.0, "Surviving weights are"),
        _exponent(races, races.l1, L1_EXPONENT, -1.0, "The norm ‖W_i‖₁ falls"),
        _constant(races, races.l1, L1_CONSTANT, 1.0, "The norm ‖W_i‖₁ is"),
        _finish(races),
        _published(races),
        _continuum(races),
    ]


def _exponent(races: Races, curves: Floats, claim: Claim, exponent: float, what: str) -> Judgement:
    """Fit each row's own slope; rows are the independent units."""
    window = (races.times >= POWER_LAW[0]) & (races.times <= POWER_LAW[1])
    logs = np.log(races.times[window])
    slopes = [float(np.polyfit(logs, np.log(curve[window]), 1)[0]) for curve in curves]
    found = stats.mean_agrees(slopes, exponent, 0.1)
    return judge(claim, found, f"{what} as t to the power {{value}} [{{lower}}, {{upper}}].")


def _constant(races: Races, curves: Floats, claim: Claim, power: float, what: str) -> Judgement:
    at = index(races, 1e4)
    predicted = (1 / NEURONS**0.5 + PENALTY * races.times[at]) ** -power
    found = stats.mean_agrees(curves[:, at] / predicted, 1.0, 0.10)
    return judge(claim, found, f"{what} {{value}} [{{lower}}, {{upper}}] times the published formula at t = 1e4.")


def _finish(races: Races) -> Judgement:
    found = stats.agrees(stats.mean(races.finishing * PENALTY), 0.5, 2.0)
    expected = float(theory.finishing_time(NEURONS, PENALTY)) * PENALTY
    return judge(
        FINISH,
        found,
        f"The last rival drops out at {{value}} [{{lower}}, {{upper}}] / λ on average (theory: {expected:.2f}/λ).",
    )


def _published(races: Races) -> Judgement:
    ratios = [races.survivors[:, index(races, time)] / value for time, value in published.SURVIVORS.items()]
    found = stats.mean_agrees(np.exp(np.mean(np.log(ratios), axis=0)), 1.0, 0.05)
    return judge(AS_PUBLISHED, found, "Measured survivors are {value} [{lower}, {upper}] of the published ones.")


def _continuum(races: Races) -> Judgement:
    at = [index(races, time) for time in published.SURVIVORS]
    predicted = theory.surviving_entries(races.times[at], NEURONS, PENALTY, model="continuum", scale=SCALE).array
    found = stats.mean_agrees(np.exp(np.mean(np.log(races.survivors[:, at] / predicted), axis=1)), 1.0, 0.05)
    return judge(CONTINUUM, found, "Measured survivors are {value} [{lower}, {upper}] of the exact limit's.")


def index(races: Races, time: float) -> int:
    """Return the position of the saved time nearest to ``time``."""
    return int(np.abs(np.log(races.times / time)).argmin())


def table(races: Races) -> pd.DataFrame:
    """Return one row a time: measured, by Euler, published, and predicted survivors and norms."""
    import pandas as pd

    rows = []
    for time in published.SURVIVORS:
        at = index(races, time)
        now = races.times[at]
        survivors, norm = stats.mean(races.survivors[:, at]), stats.mean(races.l1[:, at])
        rows.append(
            {
                "t": now,
                "m′ exact": survivors.value,
                "lower": survivors.lower,
                "upper": survivors.upper,
                "m′ by Euler (first row)": float(races.euler.survivors[at]),
                "m′ exact (first row)": races.survivors[0, at],
                "m′ published figure": published.SURVIVORS[time],
                "m′ published formula": float(theory.surviving_entries(now, NEURONS, PENALTY)),
                "m′ continuum": float(theory.surviving_entries(now, NEURONS, PENALTY, model="continuum", scale=SCALE)),
                "m′ (λt)²": survivors.value * (PENALTY * now) ** 2,
                "‖w‖₁ exact": norm.value,
                "‖w‖₁ published formula": float(theory.l1_norm(now, NEURONS, PENALTY)),
                "‖w‖₁ continuum": float(theory.l1_norm(now, NEURONS, PENALTY, model="continuum", scale=SCALE)),
            }
        )
    return pd.DataFrame(rows)


def illustration(races: Races) -> Illustration:
    """Draw survivors and norm over time: exact, by Euler, published and predicted."""
    from polygenesis import plots

    shown = races.times <= 1.0001e5
    times = races.times[shown]

    def curves(quantity: str, measured: Floats, euler: Floats) -> list[plots.Series]:
        predict = theory.surviving_entries if quantity == "survivors" else theory.l1_norm
        mean = measured[:, shown].mean(axis=0)
        return [
            plots.series("exact rows (mean)", times, mean, role="gradient flow"),
            plots.series("Euler's loop (one row)", races.euler.times[::8], euler[::8], style="points", role="exact"),
            plots.series("published formula", times, predict(times, NEURONS, PENALTY).array, role="n²/4m"),
            plots.series(
                "exact limit of many neurons",
                times,
                predict(times, NEURONS, PENALTY, model="continuum", scale=SCALE).array,
                role="slot model",
            ),
        ]

    survivors = curves("survivors", races.survivors, np.asarray(races.euler.survivors, dtype=float))
    marks = list(published.SURVIVORS)
    survivors.append(
        plots.series("published figure", marks, list(published.SURVIVORS.values()), style="points", role="published")
    )
    chart = plots.sparsification(
        survivors,
        curves("l1", races.l1, races.euler.l1),
        alt="Surviving weights and L1 norm fall over time; the published formula lies below the exact rows.",
    )
    return Illustration(
        "sparsification",
        "One feature's surviving weights m′(t) and norm ‖w‖₁ (m = 1e5, λ = 1e-5, paper's clock; mean of "
        f"{len(races.survivors)} rows solved exactly), with the published formula (1/√m + λt)⁻² and its root, the published figure's values, "
        "and the exact limit of many neurons.",
        chart.draw,
        chart.interactive,
    )
