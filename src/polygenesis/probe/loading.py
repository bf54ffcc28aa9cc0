"""Loading a stored diagnosis."""

from __future__ import annotations

from pathlib import Path

from polygenesis.errors import StoreError
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.keeping.conforming import misplaced
from polygenesis.probe.keeping.encoding import reachable
from polygenesis.probe.keeping.storing import read


def load(folder: str | Path) -> Diagnosis:
    """Read a diagnosis that :meth:`polygenesis.Diagnosis.save` wrote: the same tables, text, arrays and record.

    Only classes that the fields of a diagnosis declare are ever made, whatever the file names. Raises
    :class:`polygenesis.StoreError` for a folder that is missing, no diagnosis, damaged, or of a newer version.

    Args:
        folder: that :meth:`polygenesis.Diagnosis.save` wrote.
    """
    found = read(folder, reachable(Diagnosis))
    if not isinstance(found, Diagnosis):
        raise StoreError(f"Cannot read {str(folder)!r}: it holds a {type(found).__name__}, not a diagnosis.")
    if odd := misplaced(found) or _misfit(found):
        raise StoreError(f"The diagnosis in {str(folder)!r} cannot be read: its {odd} is not what it should be.")
    return found


def _misfit(found: Diagnosis) -> str:
    """Return what in a diagnosis does not fit its own sizes, which a file that somebody changed may hold."""
    runs, features, neurons = found.census.shape
    pairs = found.pair_table
    listed = (len(pairs.first),)
    held = {
        "names": len(found.names) == features,
        "strength": found.strength.shape == found.census.shape,
        "carried": found.carried.shape == found.census.shape,
        "shared": all(
            0 <= each.run < runs
            and 0 <= each.neuron < neurons
            and len(each.strengths) == len(each.signs) == len(each.features)
            and len(each.conditional) in (0, len(each.features))
            and len(each.told) in (0, len(each.examples))
            for each in found.shared
        ),
        "pair_table": all(
            each.shape == listed for each in (pairs.second, pairs.expected, pairs.p, pairs.q, pairs.q_start, pairs.kin)
        )
        and pairs.counts.shape == (runs, *listed)
        and (pairs.opposed is None or pairs.opposed.shape == listed)
        and all(bool(((each >= 0) & (each < features)).all()) for each in (pairs.first, pairs.second)),
    }
    return next((name for name, fits in held.items() if not fits), "")
