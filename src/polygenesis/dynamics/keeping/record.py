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
from typing import Any, Literal

import numpy as np

from polygenesis.arrays import Floats, Integers, Weights
from polygenesis.dynamics.base import Certificate, Outcome, Run
from polygenesis.dynamics.keeping.provenance import versions
from polygenesis.dynamics.simulate import initial, initial_parameters
from polygenesis.errors import StoreError
from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec

RECORD_SCHEMA = 1
"""Version of what a result holds; a record of a newer schema is refused, one of an older is computed again."""

Keep = Literal["scalars", "weights"]
"""What a store keeps of a run: numbers only, or final weights and whatever the spec saves as well."""

Arrays = dict[str, np.ndarray[Any, Any]]
"""Packed arrays by name; a sparse one is two, ``name.indices`` and ``name.values``."""

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
        "versions": dict(versions()),
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
    if not _is_whole(run.spec):
        arrays |= {f"parameters.{name}": values for name, values in run.parameters.items()}
        if start:
            arrays |= {f"initial_parameters.{name}": values for name, values in run.initial_parameters.items()}
    return arrays | {f"series.{name}": values for name, values in run.series.items()}


def unpack(record: Record) -> Run:
    """Turn a record back into its run; :class:`StoreError` where its weights were not kept or do not come back."""
    if record.kept == "scalars":
        raise StoreError(f"Run {record.key[:12]} was kept as scalars only; run it again with its weights kept.")
    result, arrays = record.result, unpack_arrays(record)
    spec = RunSpec.from_json(record.spec, name=f"the spec of run {record.key[:12]}")
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
        parameters=_named(arrays, "parameters."),
        initial_parameters=_named(arrays, "initial_parameters.") or _drawn_parameters(spec),
    )


def _is_drawn(run: Run) -> bool:
    """Whether a run began with the parameters that its spec draws, all of them."""
    if _is_whole(run.spec):
        return same_bits(run.initial, initial(run.spec))
    drawn = initial_parameters(run.spec)
    return all(same_bits(values, drawn[name]) for name, values in run.initial_parameters.items())


def _start(run: Run) -> Weights | Arrays:
    """What a run began with: its weights, or its parameters by name where it has several."""
    return run.initial if _is_whole(run.spec) else run.initial_parameters


def given_start(record: Record) -> Weights | Arrays:
    """What a recorded run was given to begin with: its weights, or its parameters by name where it has several."""
    shapes = record.result["shapes"]
    found = {name: unpack_array(name, shapes[name], record.arrays) for name in shapes if name.startswith("initial")}
    return _named(found, "initial_parameters.") or found["initial"]


def _is_whole(spec: RunSpec) -> bool:
    """Whether a run's weights are all its parameters."""
    return isinstance(spec.model, TiedAutoencoder)


def _named(arrays: Arrays, prefix: str) -> Arrays:
    return {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}


def _drawn_parameters(spec: RunSpec) -> Arrays:
    return {} if _is_whole(spec) else initial_parameters(spec)


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


def pack_array(name: str, array: np.ndarray[Any, Any]) -> Arrays:
    """Keep an array as it is, or as flat indices and values of what is not +0.0 where that takes fewer bytes."""
    array = np.ascontiguousarray(array)
    flat = array.reshape(-1)
    if array.dtype.kind == "f" and array.size:
        indices: Integers = np.flatnonzero(flat.view(f"u{array.dtype.itemsize}"))
        width = np.int32 if array.size < 2**31 else np.int64
        if len(indices) * (np.dtype(width).itemsize + array.dtype.itemsize) < array.nbytes:
            return {f"{name}.indices": indices.astype(width), f"{name}.values": flat[indices]}
    return {name: array}


def unpack_array(name: str, shape: Sequence[int], arrays: Arrays) -> np.ndarray[Any, Any]:
    """Undo :func:`pack_array`: the same bits in the same shape."""
    if name in arrays:
        return arrays[name].reshape(tuple(shape))
    values = arrays[f"{name}.values"]
    flat = np.zeros(math.prod(shape), dtype=values.dtype)
    flat[arrays[f"{name}.indices"]] = values
    return flat.reshape(tuple(shape))


def unpack_arrays(record: Record) -> Arrays:
    """All arrays of a record, dense, by name."""
    shapes = record.result["shapes"]
    return {name: unpack_array(name, shape, record.arrays) for name, shape in shapes.items()}


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


def start_bits(start: Weights | Arrays) -> str:
    """What stands for all bits of given initial weights, or of parameters by name, in a key."""
    if isinstance(start, dict):
        return "/".join(f"{name}:{digest(values)}" for name, values in sorted(start.items()))
    return digest(start)


def digest(array: np.ndarray[Any, Any]) -> str:
    """SHA-256 of an array's type, shape and bytes."""
    found = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    found.update(np.ascontiguousarray(array).data if array.size else b"")
    return found.hexdigest()


def same_bits(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    """Whether two arrays are equal in type, shape and every bit (NaN equals itself, −0.0 is not 0.0)."""
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def numbers(values: Floats | Integers) -> list[Any]:
    """Numbers as JSON can hold them; what is not finite becomes the text that :class:`float` reads."""
    return [value if math.isfinite(value) else str(value) for value in np.asarray(values).tolist()]


def vector(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Undo :func:`numbers`: int64 where all are whole numbers by type, float64 otherwise."""
    if values and all(isinstance(value, int) for value in values):
        return np.array(values, dtype=np.int64)
    return np.array([float(value) for value in values], dtype=np.float64)


def _certificate_numbers(certificate: Certificate | None) -> dict[str, list[Any]] | None:
    if certificate is None:
        return None
    return {each.name: numbers(getattr(certificate, each.name)) for each in dataclasses.fields(certificate)}


def _certificate(columns: dict[str, list[Any]] | None) -> Certificate | None:
    return None if columns is None else Certificate(**{name: vector(values) for name, values in columns.items()})


def _joined_columns(parts: Sequence[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    return {name: [value for each in parts for value in each[name]] for name in parts[0]}


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
