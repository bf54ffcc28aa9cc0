"""`polygenesis replay KEY`: compute a stored run again and compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from polygenesis.cli.folders import RUNS, existing_store
from polygenesis.errors import InputError
from polygenesis.spec import RunSpec

if TYPE_CHECKING:
    from polygenesis.dynamics.base import Run

TOLERANCE = 1e-5
"""Largest difference of a final weight that other versions of the arithmetic may cause; relative above one."""


def replay(key: str, /, *, runs: Path = RUNS) -> int:
    """Compute a stored run again from its spec and compare. Exit code 1 if they differ.

    Outcomes, and the neuron and sign of every feature, must be the same; final weights may differ by 1e-5.

    Parameters
    ----------
    key
        The run's key or its first characters, as the report and `polygenesis run` print them.
    runs
        The folder of runs.
    """
    from polygenesis.dynamics import simulate

    store = existing_store(runs)
    found = store.find(key)
    spec = RunSpec.from_json(store.record(found).spec, name=f"The spec of run {found[:12]}")
    if spec.key != found:
        raise InputError(f"Run {found[:12]} started from weights that were given to it: it has no spec to replay.")
    for line in _version_differences(store.result(found).get("versions", {})):
        print(line)
    differences = compare(store.load(found), simulate(spec))
    for line in differences or [f"Run {found[:12]} replays: same outcomes, neurons, signs and weights."]:
        print(line)
    return 1 if differences else 0


def compare(stored: Run, again: Run) -> list[str]:
    """Return one sentence for each way in which two runs of a spec differ."""
    import numpy as np

    from polygenesis.detect import census

    found = []
    outcomes = sum(a is not b for a, b in zip(stored.outcome, again.outcome, strict=True))
    if outcomes:
        found.append(f"{outcomes} of {len(stored.outcome)} replicates ended otherwise.")
    finite = np.isfinite(stored.final).all(axis=(1, 2)) & np.isfinite(again.final).all(axis=(1, 2))
    if not finite.any():
        return found
    first, second = stored.final[finite].astype(float), again.final[finite].astype(float)
    before, after = census(first), census(second)
    moved = int(((before.neuron != after.neuron) | (before.sign != after.sign)).sum())
    if moved:
        found.append(f"{moved} of {before.neuron.size} features ended on another neuron or with another sign.")
    largest = float(np.max(np.abs(first - second) / np.maximum(1.0, np.abs(first))))
    if not largest <= TOLERANCE:
        found.append(f"Final weights differ by up to {largest:.3g}; the tolerance is {TOLERANCE:g}.")
    return found


def _version_differences(stored: dict[str, str]) -> list[str]:
    from polygenesis.sweeps.provenance import versions

    now = versions()
    return [
        f"Stored with {name} {stored[name]}, now {now[name]}."
        for name in now
        if stored.get(name, now[name]) != now[name]
    ]
