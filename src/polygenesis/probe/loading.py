"""Loading a stored diagnosis."""

from __future__ import annotations

from pathlib import Path

from polygenesis.errors import StoreError
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.keeping.encoding import reachable
from polygenesis.probe.keeping.storing import read


def load(folder: str | Path) -> Diagnosis:
    """Read a diagnosis that :meth:`Diagnosis.save` wrote: the same tables, text, arrays and record.

    Only classes that the fields of a diagnosis declare are ever made, whatever the file names. Raises
    :class:`polygenesis.StoreError` for a folder that is missing, no diagnosis, damaged, or of a newer version.
    """
    found = read(folder, reachable(Diagnosis))
    if not isinstance(found, Diagnosis):
        raise StoreError(f"Cannot read {str(folder)!r}: it holds a {type(found).__name__}, not a diagnosis.")
    return found
