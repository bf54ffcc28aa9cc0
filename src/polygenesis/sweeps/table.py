"""Tables: one row a replicate, from the scalars of a store's runs."""

from __future__ import annotations

import itertools
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polygenesis import files
from polygenesis.detect.states import COUNTS
from polygenesis.errors import InputError, bad_argument
from polygenesis.extras import missing
from polygenesis.spec import flat_fields
from polygenesis.sweeps.base import RunStore
from polygenesis.sweeps.grid import Grid
from polygenesis.sweeps.index import COLUMNS, Index, replicate_rows
from polygenesis.sweeps.sources import mixed
from polygenesis.sweeps.store import Store

if TYPE_CHECKING:
    import pandas as pd

CHUNK = 50_000
"""Rows that are Python objects at one time."""

OWN_KIND = re.compile(r'"kind":\s*"[^"]*:')
"""The kind of a part of one's own in a stored spec."""

PLAIN = (bool, int, float, str)
"""Values of an axis that stand in a table as they are."""

WHOLE = ("replicate", "evaluations", *COUNTS)
"""Columns of whole numbers."""


def collect(store: RunStore, grid: Grid | None = None) -> pd.DataFrame:
    """Return one row per replicate of finished runs: the values of the axes, how it ended, and the census's counts.

    With a grid: its points in their order, one column an axis. Without: all runs by key, one column for each field of
    the specs that differs. ``attrs`` holds the numbers of ``missing`` and ``failed`` runs, which have no rows, and the
    ``fields`` that all specs share, by dotted name. What differs from one time to the next (seconds, versions) is left
    out, so that equal sweeps give equal tables. Warns where a part of one's own had several versions among these runs.
    :func:`polygenesis.plots.counts` draws the table.

    Args:
        store: a :class:`Store`, a :class:`MemoryStore`, or any :class:`RunStore`.
        grid: with it, its points in their order; without it, all runs.
    """
    import pandas as pd

    measured = _measured(store)
    points = _grid_points(grid) if grid is not None else _all_points(store)
    names = [name for name in points.columns if name not in ("key", "point")]
    table = points.merge(measured, on="key", how="inner", sort=False)
    table = table.sort_values(["point", "replicate"], kind="stable", ignore_index=True)
    missing = set(points["key"]) - set(measured["key"])
    failed = len(missing & set(store.failures()))
    table.attrs = {"missing": len(missing) - failed, "failed": failed, "fields": points.attrs["fields"]}
    assert isinstance(table, pd.DataFrame)
    if said := mixed(store, _keys_of_own_parts(store) & set(table["key"])):
        warnings.warn(said, stacklevel=2)
    return table[[*names, "key", *COLUMNS]]


def write_table(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as ``.parquet`` (needs pyarrow) or ``.csv``; equal tables give equal bytes.

    Args:
        table: from :func:`polygenesis.sweep` or :func:`collect`.
        path: ending in .parquet or .csv.
    """
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        raise bad_argument("table", "be a data frame of pandas", table)
    path = Path(path)
    if path.suffix not in (".parquet", ".csv"):
        raise bad_argument("path", "end in .parquet or .csv", str(path))
    plain = table.copy(deep=False)
    plain.attrs = {}
    files.remove_leftovers(path.parent)
    with files.writing(path) as temporary, files.create(temporary) as file:
        if path.suffix == ".csv":
            file.write(files.as_csv(plain))
            return
        try:
            plain.to_parquet(file, index=False, engine="pyarrow")
        except ImportError:
            raise missing("pyarrow", "A .parquet file") from None


def to_xarray(table: pd.DataFrame, axes: Sequence[str]) -> Any:
    """Return a table as an xarray Dataset over some of its columns and ``replicate``; needs xarray.

    Args:
        table: from :func:`polygenesis.sweep` or :func:`collect`.
        axes: the columns that become dimensions.
    """
    names = [*axes, "replicate"]
    for name in names:
        if name not in table.columns:
            raise bad_argument("axes", f"name columns of the table ({', '.join(table.columns)})", name)
    if table.duplicated(names).any():
        raise bad_argument("axes", "name every column that tells rows apart", list(axes))
    try:
        return table.set_index(names).to_xarray()
    except ImportError:
        raise InputError("An xarray view needs xarray: pip install xarray.") from None


def _measured(store: RunStore) -> pd.DataFrame:
    """Key and columns of every replicate in a store."""
    if not isinstance(store, Store):
        rows = ((key, *row) for key in store for row in replicate_rows(store.result(key)))
        return _frame(rows)
    with Index(store) as index:
        index.refresh()
        return _frame(index.rows())


def _frame(rows: Iterator[tuple[Any, ...]]) -> pd.DataFrame:
    """Make a frame of rows, a chunk of them at a time."""
    import pandas as pd

    parts = [_typed([])]
    while chunk := list(itertools.islice(rows, CHUNK)):
        parts.append(_typed(chunk))
    frame = pd.concat(parts[1:] or parts, ignore_index=True)
    for name in WHOLE:
        if not frame[name].isna().any():
            frame[name] = frame[name].astype("int64")
    return frame


def _typed(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    import pandas as pd

    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [[]] * (1 + len(COLUMNS))
    frame = {}
    for name, values in zip(("key", *COLUMNS), columns, strict=True):
        kind = "object" if name in ("key", "outcome") else "Int64" if name in WHOLE else "float64"
        frame[name] = pd.array(values, dtype="Int64") if kind == "Int64" else pd.Series(values, dtype=kind)
    return pd.DataFrame(frame)


def _grid_points(grid: Grid) -> pd.DataFrame:
    import pandas as pd

    rows = [(number, point.key, *point.values.values()) for number, point in enumerate(grid.points())]
    frame = pd.DataFrame(rows, columns=["point", "key", *grid.names])
    for name in grid.names:
        if not frame[name].map(lambda value: value is None or isinstance(value, PLAIN)).all():
            frame[name] = frame[name].map(_text)
    frame.attrs = {"fields": _shared_fields(grid)}
    return frame


def _text(value: Any) -> str:
    """Write a value as text, so that a column can be sorted, grouped and written: a part, its fields, or a list."""
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list | tuple) else str(value)


def _shared_fields(grid: Grid) -> dict[str, Any]:
    """What all specs of a grid have in common: the first one's fields, without those that an axis changes."""
    first = next(grid.points(), None)
    if first is None:
        return {}
    changed = tuple(name.removesuffix("kind") if name.endswith(".kind") else name for name in grid.names)
    whole = tuple(f"{name}." for name in grid.names)
    kinds = tuple(name for name in changed if name.endswith("."))
    return {
        name: value
        for name, value in flat_fields(first.spec.to_dict())
        if name not in grid.names and not name.startswith((*whole, *kinds))
    }


def _all_points(store: RunStore) -> pd.DataFrame:
    """The fields in which the specs of a store differ."""
    import pandas as pd

    rows = [{"key": key, **dict(flat_fields(json.loads(spec)))} for key, spec in _specs(store)]
    if not rows:
        frame = pd.DataFrame({"point": pd.Series([], dtype="int64"), "key": pd.Series([], dtype="object")})
        frame.attrs = {"fields": {}}
        return frame
    frame = pd.DataFrame(rows)
    for name in frame.columns:
        if frame[name].map(lambda value: isinstance(value, list)).any():
            frame[name] = frame[name].map(json.dumps)
    differ = [name for name in frame.columns if frame[name].nunique(dropna=False) > 1]
    shared = {name: rows[0][name] for name in frame.columns if name != "key" and name not in differ and name in rows[0]}
    chosen = frame[differ if "key" in differ else ["key", *differ]].assign(point=range(len(frame)))
    chosen.attrs = {"fields": shared}
    return chosen


def _keys_of_own_parts(store: RunStore) -> set[str]:
    """Keys of runs whose spec names a class by where it is imported from."""
    return {key for key, spec in _specs(store) if OWN_KIND.search(spec)}


def _specs(store: RunStore) -> list[tuple[str, str]]:
    if not isinstance(store, Store):
        return [(key, store.record(key).spec) for key in store]
    with Index(store) as index:
        index.refresh()
        return list(index.runs())
