"""`polygenesis replay KEY`: compute a stored run again and compare."""

from __future__ import annotations

from pathlib import Path

from polygenesis.cli.folders import RUNS, named


def replay(key: str, /, *, runs: Path = RUNS) -> int:
    """Compute a stored run again from its spec and compare. Exit code 1 if they differ.

    Outcomes, counts, and the neuron and sign of every feature must be the same; final weights may differ by 1e-5.
    Versions that differ are named.

    Parameters
    ----------
    key
        The run's key or its first characters, as tables, the report and `polygenesis run` print them.
    runs
        The folder of runs, or a sweep file.
    """
    from polygenesis import sweeps

    store, _ = named(runs)
    found = sweeps.replay(store, key, progress=True)
    print(found)
    return 0 if found.agrees else 1
