"""Tables of a run: a row a replicate, a neuron, a feature, or a collision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from polygenesis import detect
from polygenesis.dynamics.keeping.record import measures
from polygenesis.dynamics.privileged_basis import privileged, require_neurons
from polygenesis.errors import InputError, unknown_name

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.dynamics.run import Run


def to_dataframe(run: Run, per: str) -> pd.DataFrame:
    """Return the table of one kind; an unknown kind answers with the known ones."""
    if per not in TABLES:
        raise unknown_name("table of a run", per, TABLES)
    return TABLES[per](run)


def replicates(run: Run) -> pd.DataFrame:
    """One row a replicate, with the columns of a sweep's table (:func:`polygenesis.sweeps.collect`).

    Columns: replicate, outcome, end_time (loss's clock), evaluations, residual, excess, the counts of the census
    (neurons: dead, undecided, monosemantic, polysemantic, shared, clashing; features: settled, split, spread, faint,
    dead), fourth_norm. Counts are missing where a replicate diverged, and where nothing singles out the neurons.
    Besides those, n and m, so that the tables of several runs can be put together.
    """
    import pandas as pd

    count = len(run.outcome)
    columns: dict[str, object] = {
        "n": run.spec.model.n,
        "m": run.spec.model.m,
        "replicate": np.arange(count),
        "outcome": pd.Series([outcome.name for outcome in run.outcome], dtype=object),
        "end_time": np.asarray(run.end_time, dtype=float),
        "evaluations": np.asarray(run.evaluations),
    }
    for name in ("residual", "excess"):
        columns[name] = np.full(count, np.nan) if run.certificate is None else getattr(run.certificate, name)
    found = measures(run.final)
    if not privileged(run.spec):
        found = {name: [None] * count for name in found}
    for name, values in found.items():
        whole = "Int64" if None in values else "int64"
        columns[name] = pd.Series(values, dtype=whole if name in detect.COUNTS else "float64")
    return pd.DataFrame(columns)


def neurons(run: Run) -> pd.DataFrame:
    """One row a neuron of each replicate: its state, its kind (benign, malign, …), and the features that it carries."""
    census = _finite_census(run)
    kinds = [detect.NEURON_KINDS[code].name.lower() for code in detect.neuron_kinds(census).ravel()]
    table = census.to_dataframe("neuron")
    table.insert(3, "kind", kinds)
    return table


def features(run: Run) -> pd.DataFrame:
    """One row a feature of each replicate: its state, its neuron and sign, and where it led at the start."""
    led = detect.leads(run.initial)
    table = _finite_census(run).to_dataframe("feature")
    return table.assign(start_neuron=led.neuron.ravel(), start_sign=led.sign.ravel())


def collisions(run: Run) -> pd.DataFrame:
    """One row a collision at the start, with its fate; times are those of the trajectory where one was saved."""
    _finite_census(run)
    if run.trajectory is None:
        return detect.follow(run.initial, run.final).to_dataframe()
    return detect.follow(run.initial, run.final, run.trajectory, run.times).to_dataframe()


TABLES = {"replicate": replicates, "neuron": neurons, "feature": features, "collision": collisions}
"""The tables by what a row is."""


def _finite_census(run: Run) -> detect.Census:
    require_neurons(run.spec)
    lost = np.flatnonzero(~np.isfinite(run.final).all(axis=(1, 2)))
    if lost.size:
        raise InputError(f"Replicate {lost[0]} has weights that are not finite: its neurons have no table.")
    return run.census()
