"""Counts and winners by every engine, at half the step and at other thresholds (`make verify`).

`python verification/test_robustness.py` prints the tables of docs/robustness.md.
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

from polygenesis import detect
from polygenesis.dynamics import Run, simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.training import GradientDescent, GradientFlow, Training

N, ROOMS, REPLICATES, PENALTY = 24, (1, 2), 12, 0.032

END = 200.0
"""End of training in steps (loss's clock): flows are at rest by then."""

WAYS: dict[str, tuple[Training, str]] = {
    "flow": (GradientFlow(), "flow"),
    "flow-dense": (GradientFlow(), "flow-dense"),
    "flow-active-set": (GradientFlow(), "flow-active-set"),
    "half the step": (GradientFlow(tolerance=2.5e-4, max_step=25.0), "flow"),
    "a tenth of the step": (GradientFlow(tolerance=1e-5, max_step=5.0), "flow"),
    "descent, lr 0.04": (GradientDescent(lr=0.04, steps=round(END / 0.04)), "auto"),
    "descent, lr 0.02": (GradientDescent(lr=0.02, steps=round(END / 0.02)), "auto"),
}
"""Ways to the end; the local error goes as the square of the step, so a quarter of the tolerance halves it."""


@functools.cache
def run(room: int, way: str) -> Run:
    training, engine = WAYS[way]
    start = simulate_start(room)
    spec = RunSpec(TiedAutoencoder(n=N, m=room * N), penalty=L1(PENALTY), training=training, replicates=REPLICATES)
    return simulate(spec, initial_weights=start, engine=engine)


@functools.cache
def simulate_start(room: int) -> np.ndarray:
    return np.random.default_rng(room).normal(0, (room * N) ** -0.5, (REPLICATES, N, room * N))


def engine_table() -> pd.DataFrame:
    """One row a width and way: the count, and the winners (neuron and sign) that are those of the flow."""
    rows = []
    for room in ROOMS:
        reference = detect.census(run(room, "flow").final)
        for way in WAYS:
            census = detect.census(run(room, way).final)
            same = (census.neuron == reference.neuron) & (census.sign == reference.sign)
            rows.append(
                {
                    "n": N,
                    "m": room * N,
                    "engine or step": way,
                    "polysemantic": float(census.polysemantic.mean()),
                    "networks with the flow's count": float((census.polysemantic == reference.polysemantic).mean()),
                    "winners as in the flow": float(same.mean()),
                }
            )
    return pd.DataFrame(rows)


def threshold_rows() -> pd.DataFrame:
    """One row a width and threshold: mean count when a weight above it carries its feature."""
    rows = []
    for room in ROOMS:
        size = np.abs(run(room, "flow").final)
        for threshold in (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95):
            counts = ((size > threshold).sum(axis=1) >= 2).sum(axis=1)
            rows.append({"n": N, "m": room * N, "threshold": threshold, "polysemantic": float(counts.mean())})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("room", ROOMS)
def test_thresholds_from_a_hundredth_to_nineteen_twentieths_give_one_count(room: int) -> None:
    table = threshold_rows()
    assert table[table["m"] == room * N]["polysemantic"].nunique() == 1


@pytest.mark.parametrize("room", ROOMS)
def test_engines_and_steps_agree(room: int) -> None:
    """Winners: 99 % among flows, 95 % of descent, more at the smaller step; mean counts within 5 %."""
    table = engine_table()
    table = table[table["m"] == room * N].set_index("engine or step")
    flows = table[~table.index.str.startswith("descent")]
    assert (flows["winners as in the flow"] >= 0.99).all(), table
    assert (table["winners as in the flow"] >= 0.95).all(), table
    large, small = (table.loc[f"descent, lr {lr}", "winners as in the flow"] for lr in ("0.04", "0.02"))
    assert small >= large, table
    assert (np.abs(table["polysemantic"] / table.loc["flow", "polysemantic"] - 1) <= 0.05).all(), table


if __name__ == "__main__":
    print(engine_table().to_string(index=False, float_format="{:.4g}".format))
    print(threshold_rows().pivot_table(index=["n", "m"], columns="threshold").to_string(float_format="{:.4g}".format))
