"""Who will win, told from the initial weights: every feature's final neuron and sign (claim C2, made a forecast).

``claims`` says what could be false, ``forecasts`` makes them, ``display`` shows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.dynamics.run import Run
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Profile, Study
from polygenesis.studies.claim import Judgement
from polygenesis.studies.measurements import Measured, left_out, measure_all
from polygenesis.studies.paper_runs import FLOW_PENALTY, autoencoder
from polygenesis.studies.published import PENALTY
from polygenesis.studies.winner_prediction.answer import answers
from polygenesis.studies.winner_prediction.claims import CLAIMS
from polygenesis.studies.winner_prediction.display import (
    accuracy_illustration,
    accuracy_table,
    chances_illustration,
    chances_table,
)
from polygenesis.studies.winner_prediction.forecasts import ADAM_STEPS, FEWEST, Forecast, forecast_all
from polygenesis.training import AdamW, GradientFlow

__all__ = ["WinnerPrediction"]

Name = tuple[str, int, int]
"""A run's name: training, n, and m in units of n."""

Sizes = tuple[tuple[int, tuple[int, ...], int], ...]

FLOWS: dict[Profile, Sizes] = {
    "quick": ((32, (1, 2, 4, 8), 12),),
    "standard": ((128, (1, 2, 4, 8, 16), 24), (256, (2,), 32)),
    "thorough": ((256, (1, 2, 4, 8, 16), 64), (512, (2,), 16)),
}
"""Features, widths in units of n, and replicates of the gradient-flow runs."""

ADAMS: dict[Profile, Sizes] = {
    "quick": ((16, (2, 4), 12),),
    "standard": ((64, (1, 2, 4, 8), 16),),
    "thorough": ((64, (1, 2, 4, 8, 16), 32), (256, (2,), 16)),
}
"""The same of the AdamW runs."""

SEED = 2
"""Fresh draws: margins and methods were chosen after a look at runs with other seeds."""


class WinnerPrediction(Study):
    """Forecast winners from the initial weights in several ways, and hold them against the runs."""

    name = "winner-prediction"
    title = "Can winners be predicted from the initial weights?"
    question = (
        "Can one predict from W(0) alone on which neuron each feature will end, and which neurons will be polysemantic?"
    )

    claims = CLAIMS

    def plan(self, profile: Profile) -> dict[Name, RunSpec]:
        """Gradient flow and AdamW over widths; AdamW keeps its weights after a tenth and a fifth of its steps."""
        return {**self._flows(profile), **self._adams(profile)}

    def examine(self, runs: Mapping[Name, Run], profile: Profile) -> Examined:
        """Measure, forecast and judge."""
        measured, forecasts = list(measure_all(runs).values()), forecast_all(runs)
        table = accuracy_table(forecasts)
        return Examined(
            forecasts,
            tables={"winners named": table, "chances": chances_table(forecasts)},
            illustrations=(accuracy_illustration(table), chances_illustration(forecasts, table)),
            limits=(
                left_out(measured),
                *not_forecast(measured),
                "Costs are counted in gradient evaluations. Those of a forecast are on dense weights and most of a "
                "run's are on sparse weights, so a hurried race takes a larger share of the computing time than the "
                "table says. The share is smaller for weaker penalties.",
                "Features of one network are not independent, so intervals are over replicates.",
                f"AdamW was run at λ = {PENALTY:g}, gradient flow at λ = {FLOW_PENALTY:g}; relaxation and races follow "
                "gradient flow whatever the training.",
            ),
        )

    def answers(self, found: Sequence[Forecast], judgements: Sequence[Judgement]) -> dict[str, str]:
        """Say how well winners are predicted from the initial weights."""
        return answers(found, judgements)

    def _flows(self, profile: Profile) -> dict[Name, RunSpec]:
        return {
            ("gradient flow", n, room): autoencoder(n, room * n, FLOW_PENALTY, GradientFlow(), replicates).replace(
                seed=SEED
            )
            for n, rooms, replicates in FLOWS[profile]
            for room in rooms
        }

    def _adams(self, profile: Profile) -> dict[Name, RunSpec]:
        training = AdamW()
        times = tuple(float(round(part * training.steps)) for part in ADAM_STEPS.values())
        return {
            ("AdamW", n, room): autoencoder(n, room * n, PENALTY, training, replicates).replace(
                seed=SEED, save=Save(times=times, weights=True)
            )
            for n, rooms, replicates in ADAMS[profile]
            for room in rooms
        }


def not_forecast(measured: Sequence[Measured]) -> list[str]:
    """Say which runs have too few results to forecast."""
    return [
        f"{each.training} at n = {each.n}, m = {each.m} is left out: {each.usable.sum()} of {len(each.usable)} "
        "replicates settled every feature."
        for each in measured
        if each.usable.sum() < FEWEST
    ]
