"""`polygenesis replay KEY`: compute a stored run again and compare."""

from __future__ import annotations

from pathlib import Path

from polygenesis.cli.folders import RUNS, named
from polygenesis.cli.output import Answer


def replay(key: str, /, *, runs: Path = RUNS) -> Answer:
    """Compute a stored run again from its spec and compare. Exit code 1 if they differ.

    Outcomes, counts, and the neuron and sign of every feature must be the same; final weights may differ by 1e-5.
    Differences in versions are listed.

    Parameters
    ----------
    key
        The run's key or its first characters, as printed in tables, in the report and by `polygenesis run`.
    runs
        The folder of runs, or a sweep file.
    """
    from polygenesis import sweeps

    store, _ = named(runs)
    found = sweeps.replay(store, key, progress=True)
    data = {"key": found.key, "agrees": found.agrees, "same_bits": found.same_bits, "sentence": str(found)}
    data |= {"largest_difference": found.difference, "versions": found.versions}
    return Answer(data, (str(found),), code=0 if found.agrees else 1)
