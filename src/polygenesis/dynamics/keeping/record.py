"""Records: a run as text, plain numbers and packed arrays, from which it comes back bit for bit.

Final weights of a converged run are nearly all zero, so an array is kept as flat indices and values where that is
smaller. Initial weights are not kept when the spec draws the same ones again; their hashes are, to notice if it no
longer does.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from polygenesis.arrays import Weights
from polygenesis.dynamics.keeping.provenance import sources, versions
from polygenesis.dynamics.keeping.values import (
    Arrays,
    digest,
    numbers,
    pack_array,
    same_bits,
    start_bits,
    unpack_array,
)
from polygenesis.dynamics.outcome import Certificate
from polygenesis.dynamics.start import initial, initial_parameters
from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec

if TYPE_CHECKING:
    from polygenesis.dynamics.run import Run

RECORD_SCHEMA = 1
"""Version of what a result holds; a record of a newer schema is refused, one of an older is computed again."""

Keep = Literal["scalars", "weights"]
"""What a store keeps of a run: numbers only, or final weights and whatever the spec saves as well."""

ALIKE = ("schema", "key", "kept", "engine", "versions")
"""Fields of a result that describe all its replicates at once."""

PER_REPLICATE = ("outcome", "end_time", "evaluations", "initial_sha256", "final_sha256")
"""Fields of a result with one value a replicate."""


@dataclass(frozen=True, eq=False)
class Record:
    """One stored run, or some consecutive replicates of one: key, canonical spec, result and packed arrays."""

    key: str
    spec: str
    result: dict[str, Any]
    arrays: Arrays = field(default_factory=dict)

    @property
    def kept(self) -> Keep:
        """What is kept of the run."""
        return self.result["kept"]  # type: ignore[no-any-return]

    @property
    def replicates(self) -> range:
        """Which replicates of the spec these are."""
        first: int = self.result["first"]
        return range(first, first + len(self.result["outcome"]))


def pack(
    run: Run,
    *,
    keep: Keep = "weights",
    seconds: float = math.nan,
    first: int = 0,
    drawn: bool | None = None,
    counts: dict[str, list[Any]] | None = None,
) -> Record:
    """Turn a run into its record.

    ``seconds``: what it took. ``first``: the spec's replicate that comes first in the run's arrays. ``drawn``: whether
    the initial weights are those that the spec draws; by default they are drawn again to find out. A run with given
    initial weights has a key of its own and keeps them. ``counts``: its :func:`measures` where they are known.
    """
    if drawn is None:
        drawn = _is_drawn(run)
    spec, key = run.spec.canonical, run.spec.key if drawn else given_key(run.spec, _start(run))
    result: dict[str, Any] = {
        "schema": RECORD_SCHEMA,
        "key": key,
        "kept": keep,
        "first": first,
        "outcome": [outcome.name for outcome in run.outcome],
        "end_time": numbers(run.end_time),
        "evaluations": numbers(run.evaluations),
        "measures": measures(run.final) if counts is None else counts,
        "certificate": _certificate_numbers(run.certificate),
        "engine": run.engine,
        "seconds": None if math.isnan(seconds) else seconds,
        "versions": {**versions(), **sources(run.spec)},
        "initial_sha256": [digest(weights) for weights in run.initial],
        "final_sha256": [digest(weights) for weights in run.final],
    }
    if not drawn:
        result["start"] = start_bits(_start(run))  # its key can be checked without its arrays
    dense = dense_arrays(run, start=not drawn) if keep == "weights" else {}
    return _with_arrays(key, spec, result, dense)


def key_of(run: Run) -> str:
    """Return the key of a run's record: its spec's, or one of its own where initial weights were given."""
    return run.spec.key if _is_drawn(run) else given_key(run.spec, _start(run))


def pack_all(runs: Sequence[tuple[Run, float]], *, keep: Keep) -> list[Record]:
    """Pack many drawn runs with the seconds they took; those of one shape are measured together, which is faster."""
    alike: dict[Any, list[int]] = {}
    for index, (run, _) in enumerate(runs):
        alike.setdefault((run.final.shape[1:], run.final.dtype), []).append(index)
    counts: dict[int, dict[str, list[Any]]] = {}
    for indices in alike.values():
        found = measures(np.concatenate([runs[index][0].final for index in indices]))
        start = 0
        for index in indices:
            stop = start + len(runs[index][0].final)
            counts[index] = {name: values[start:stop] for name, values in found.items()}
            start = stop
    return [
        pack(run, keep=keep, seconds=seconds, drawn=True, counts=counts[index])
        for index, (run, seconds) in enumerate(runs)
    ]


def dense_arrays(run: Run, *, start: bool) -> Arrays:
    """The arrays of a run by name, with its initial weights or without."""
    arrays: Arrays = {"final": run.final, "times": np.asarray(run.times)}
    if start:
        arrays["initial"] = run.initial
    if run.trajectory is not None:
        arrays["trajectory"] = run.trajectory
    if not is_whole(run.spec):
        arrays |= {f"parameters.{name}": values for name, values in run.parameters.items()}
        if start:
            arrays |= {f"initial_parameters.{name}": values for name, values in run.initial_parameters.items()}
    return arrays | {f"series.{name}": values for name, values in run.series.items()}


def _is_drawn(run: Run) -> bool:
    """Whether a run began with the parameters that its spec draws, all of them."""
    if is_whole(run.spec):
        return same_bits(run.initial, initial(run.spec))
    drawn = initial_parameters(run.spec)
    return all(same_bits(values, drawn[name]) for name, values in run.initial_parameters.items())


def _start(run: Run) -> Weights | Arrays:
    """What a run began with: its weights, or its parameters by name where it has several."""
    return run.initial if is_whole(run.spec) else run.initial_parameters


def given_start(record: Record) -> Weights | Arrays:
    """What a recorded run was given to begin with: its weights, or its parameters by name where it has several."""
    shapes = record.result["shapes"]
    found = {name: unpack_array(name, shapes[name], record.arrays) for name in shapes if name.startswith("initial")}
    return named(found, "initial_parameters.") or found["initial"]


def named(arrays: Arrays, prefix: str) -> Arrays:
    """The arrays whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}


def is_whole(spec: RunSpec) -> bool:
    """Whether a run's weights are all its parameters."""
    return isinstance(spec.model, TiedAutoencoder)


def join(parts: Sequence[Record]) -> Record:
    """Join the records of consecutive replicates of one spec into one record, as if they had been run at once.

    Where one of them keeps scalars alone, so does the whole.
    """
    results = [part.result for part in parts]
    result = {name: results[0][name] for name in (*ALIKE, "first")}
    result["kept"] = "scalars" if any(part.kept == "scalars" for part in parts) else "weights"
    result |= {name: [value for each in results for value in each[name]] for name in PER_REPLICATE}
    result["engine"] = _all_of(each["engine"] for each in results)
    names = dict.fromkeys(name for each in results for name in each["versions"])
    result["versions"] = {name: _all_of(each["versions"].get(name, "none") for each in results) for name in names}
    for name in ("certificate", "measures"):
        columns = [each[name] for each in results]
        result[name] = None if None in columns else _joined_columns(columns)
    seconds = [each["seconds"] for each in results]
    result["seconds"] = None if None in seconds else sum(seconds)
    dense: Arrays = {}
    for name in results[0]["shapes"] if result["kept"] == "weights" else ():
        pieces = [unpack_array(name, part.result["shapes"][name], part.arrays) for part in parts]
        dense[name] = pieces[0] if name == "times" else np.concatenate(pieces)
    return _with_arrays(parts[0].key, parts[0].spec, result, dense)


def _all_of(names: Iterable[str]) -> str:
    """Name everything that took part: parts of a run may have been computed by other versions, or on another device."""
    return " and ".join(dict.fromkeys(names))


def _with_arrays(key: str, spec: str, result: dict[str, Any], dense: Arrays) -> Record:
    """Pack the arrays and note their shapes and hashes in the result."""
    arrays: Arrays = {}
    for name, array in dense.items():
        arrays |= pack_array(name, array)
    result["shapes"] = {name: list(array.shape) for name, array in dense.items()}
    result["sha256"] = {name: digest(array) for name, array in arrays.items()}
    return Record(key, spec, result, arrays)


def measures(final: Weights) -> dict[str, list[Any]]:
    """What a table shows of final weights (r, n, m), by name: the census's counts and the mean fourth norm.

    A replicate whose weights are not finite has no counts: its values are None, as is a norm that overflows.
    """
    from polygenesis.detect import COUNTS, census, fourth_norm

    finite = np.isfinite(final).all(axis=(1, 2))
    columns: dict[str, list[Any]] = {name: [None] * len(final) for name in (*COUNTS, "fourth_norm")}
    if finite.any():
        sound = final[finite] if not finite.all() else final
        counts = census(sound)
        values = {name: getattr(counts, name) for name in COUNTS}
        with np.errstate(over="ignore"):  # weights on their way to infinity
            values["fourth_norm"] = fourth_norm(sound).mean(axis=1)
        for name, found in values.items():
            for replicate, value in zip(np.flatnonzero(finite), found.tolist(), strict=True):
                columns[name][replicate] = value if math.isfinite(value) else None
    return columns


def given_key(spec: RunSpec, start: Weights | Arrays) -> str:
    """The key of a run from given initial weights, or parameters by name: that of the spec and of all their bits."""
    return hashlib.sha256(f"{spec.key}/{start_bits(start)}".encode()).hexdigest()


def _certificate_numbers(certificate: Certificate | None) -> dict[str, list[Any]] | None:
    if certificate is None:
        return None
    return {each.name: numbers(getattr(certificate, each.name)) for each in dataclasses.fields(certificate)}


def _joined_columns(parts: Sequence[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    return {name: [value for each in parts for value in each[name]] for name in parts[0]}
