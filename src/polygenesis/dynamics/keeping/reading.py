"""A run read back from its record or its folder, bit for bit."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.arrays import Weights
from polygenesis.dynamics.keeping.folder import RESULT, SPEC, Unusable, check, read_folder
from polygenesis.dynamics.keeping.record import Record, is_whole, named
from polygenesis.dynamics.keeping.values import Arrays, digest, unpack_array, vector
from polygenesis.dynamics.outcome import Certificate, Outcome
from polygenesis.dynamics.run import Run
from polygenesis.dynamics.start import initial, initial_parameters
from polygenesis.errors import StoreError
from polygenesis.files import is_folder, is_there
from polygenesis.own import FILE_OF, Named, changed, source_of
from polygenesis.spec import RunSpec, own_parts, stored_spec


def load(folder: str | os.PathLike[str]) -> Run:
    """Read a run that :meth:`polygenesis.Run.save` or a store wrote: the same bits.

    Raises :class:`polygenesis.StoreError` for a folder that is missing, holds no run, or is damaged.
    """
    place = Path(folder)
    if not is_folder(place):
        raise StoreError(f"Folder {str(place)!r} does not exist.")
    if not is_run(place):
        raise StoreError(f"Folder {str(place)!r} holds no run: {RESULT} is missing.")
    try:
        return unpack(check(read_folder(place)))
    except Unusable as error:
        raise StoreError(f"The run in {str(place)!r} is damaged: {error}.") from None


def is_run(folder: Path) -> bool:
    """Whether a folder looks like a run's."""
    return is_there(folder / RESULT) and is_there(folder / SPEC)


def unpack(record: Record) -> Run:
    """Turn a record back into its run; :class:`StoreError` where its weights were not kept or do not come back."""
    if record.kept == "scalars":
        raise StoreError(f"Run {record.key[:12]} was kept as scalars only; run it again with its weights kept.")
    result, arrays = record.result, unpack_arrays(record)
    spec = _spec(record)
    return Run(
        spec=spec,
        initial=arrays["initial"] if "initial" in arrays else _drawn_again(record, spec),
        final=arrays["final"],
        outcome=tuple(Outcome[name] for name in result["outcome"]),
        end_time=vector(result["end_time"]),
        evaluations=vector(result["evaluations"]).astype(np.int64),
        engine=result["engine"],
        certificate=_certificate(result["certificate"]),
        times=arrays["times"],
        series={name[7:]: values for name, values in arrays.items() if name.startswith("series.")},
        trajectory=arrays.get("trajectory"),
        parameters=named(arrays, "parameters."),
        initial_parameters=named(arrays, "initial_parameters.") or _drawn_parameters(spec),
    )


def _spec(record: Record) -> RunSpec:
    """The spec of a record, in which a part of somebody's own whose source is not the one that ran is named only.

    Nothing is imported. Warns where such a part is loaded: its name would answer with other code.
    """
    spec = stored_spec(record.spec, name=f"the spec of run {record.key[:12]}")
    for field, part in own_parts(spec).items():
        source = record.result["versions"].get(f"{FILE_OF}{part.kind}", "")
        if isinstance(part, Named):
            spec = spec.replace(**{field: part.ran(source)})
        elif source != source_of(part):
            warnings.warn(changed(part, source), stacklevel=2)
            spec = spec.replace(**{field: Named.of(part, source)})
    return spec


def unpack_arrays(record: Record) -> Arrays:
    """All arrays of a record, dense, by name."""
    shapes = record.result["shapes"]
    return {name: unpack_array(name, shape, record.arrays) for name, shape in shapes.items()}


def _drawn_parameters(spec: RunSpec) -> Arrays:
    return {} if is_whole(spec) else initial_parameters(spec)


def _certificate(columns: dict[str, list[Any]] | None) -> Certificate | None:
    return None if columns is None else Certificate(**{name: vector(values) for name, values in columns.items()})


def _drawn_again(record: Record, spec: RunSpec) -> Weights:
    """Draw the initial weights from the spec and make sure that they are the ones the run began with."""
    start = initial(spec)
    if [digest(weights) for weights in start] != record.result["initial_sha256"]:
        then = record.result["versions"].get("numpy", "unknown")
        raise StoreError(
            f"Run {record.key[:12]} began with initial weights that its spec no longer draws "
            f"(it was made with numpy {then}, this is {np.__version__}); run it again."
        )
    return start
