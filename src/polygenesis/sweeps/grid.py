"""The grid: a base spec and axes that span many specs, read from one TOML file.

::

    store = "runs"                              # beside this file; this is the default
    keep = "scalars"                            # or "weights"
    where = ["m >= n / 2", "m <= 32 * n"]

    [spec]                                      # what all runs share
    replicates = 8
    penalty.strength = 0.016

    [axes]                                      # every combination
    model.n = [16, 32, 64]
    model.m = { from = 8, to = 2048, count = 9, spacing = "log" }
    seed = { from = 0, to = 4, step = 1 }

    [[zip]]                                     # these go together, step by step
    training.kind = ["gradient-flow", "adamw"]
    precision = ["float64", "float32"]
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from polygenesis.dynamics.keeping.record import Keep
from polygenesis.errors import InputError, bad_argument, printable, shortened, unknown_name
from polygenesis.spec import RunSpec, flat_fields, merge, read_fields
from polygenesis.sweeps.expression import condition

LARGEST_NUMBER = 1e300
"""Ends and steps of a range stay below this in size, so that their differences are numbers."""

MOST_POINTS = 10_000_000
"""More points than this are a mistake in the file, not a sweep."""

SECTIONS = ("store", "keep", "where", "spec", "axes", "zip")
RANGE = ("from", "to", "step", "count", "spacing")


@dataclass(frozen=True)
class Axis:
    """One or several fields of a spec (dotted names) that vary together: one row of values per step."""

    names: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Point:
    """One point of a grid: the values of its axes by dotted name, and its spec."""

    values: dict[str, Any]
    spec: RunSpec

    @functools.cached_property
    def key(self) -> str:
        """The key of the point's run."""
        return self.spec.key


@dataclass(frozen=True)
class Grid:
    """Every combination of some axes' values over a base spec for which the conditions hold.

    ``base``: fields of the spec. ``where``: the conditions. ``keep``: what is stored of each run. ``store``: its
    folder.
    """

    base: Mapping[str, Any]
    axes: tuple[Axis, ...]
    where: tuple[str, ...] = ()
    keep: Keep = "scalars"
    store: Path = Path("runs")

    def __post_init__(self) -> None:
        """Refuse something to keep that is not known."""
        if self.keep not in get_args(Keep):
            raise unknown_name("value of `keep`", self.keep, get_args(Keep))

    @property
    def names(self) -> tuple[str, ...]:
        """The dotted names of all axes, in their order."""
        return tuple(name for axis in self.axes for name in axis.names)

    def points(self) -> Iterator[Point]:
        """Yield the points, the last axis fastest.

        :class:`InputError` names the point whose spec cannot be, and one that is there twice.
        """
        count = math.prod(len(axis) for axis in self.axes)
        if count > MOST_POINTS:
            raise bad_argument("axes", f"span at most {MOST_POINTS:,} points", count)
        holds = [condition(text) for text in self.where]
        yielded: set[str] = set()
        for rows in itertools.product(*(axis.values for axis in self.axes)):
            given = dict(zip(self.names, itertools.chain.from_iterable(rows), strict=True))
            spec = self._spec(given)
            if holds and not _all_hold(holds, spec):
                continue
            point = Point({name: _as_read(spec, name, value) for name, value in given.items()}, spec)
            if point.key in yielded:  # its rows would count twice in the table, and make intervals too short
                raise InputError(f"The sweep has the point {_written(given)} twice: name every value of an axis once.")
            yielded.add(point.key)
            yield point

    def specs(self) -> dict[str, RunSpec]:
        """The distinct specs by key, in the order of the points; :class:`InputError` where none is left."""
        return distinct(self.points())

    def _spec(self, values: Mapping[str, Any]) -> RunSpec:
        fields = dict(self.base)
        for name, value in values.items():
            fields = merge(fields, _nested(name, value))
        try:
            return RunSpec.from_dict(fields)
        except InputError as error:
            raise InputError(f"At {_written(values)}: {error}" if values else str(error)) from None


def distinct(points: Iterable[Point]) -> dict[str, RunSpec]:
    """Return the distinct specs of points by key, in their order; :class:`InputError` where there is no point."""
    found = {point.key: point.spec for point in points}
    if not found:
        raise InputError("The sweep has no runs: no combination of its axes meets all conditions.")
    return found


def read_grid(path: str | Path) -> Grid:
    """Read a sweep file; :class:`InputError` says in one sentence what is wrong with it. Paths are relative to it.

    Args:
        path: of a sweep file (TOML).
    """
    return grid_from(read_fields(path), folder=Path(path).parent)


def grid_from(fields: Mapping[str, Any], *, folder: Path = Path()) -> Grid:
    """Make a grid of the nested fields of a sweep file; every spec of it is made once, so that all of them can be."""
    for name in fields:
        if name not in SECTIONS:
            raise unknown_name("section of a sweep", name, SECTIONS)
    keep, where, base = fields.get("keep", "scalars"), conditions(fields.get("where", [])), fields.get("spec", {})
    if not isinstance(base, Mapping):
        raise bad_argument("spec", "be a table of a spec's fields", base)
    if not isinstance(store := fields.get("store", "runs"), str) or not store:
        raise bad_argument("store", "be the name of a folder", store)
    axes = (*_crossed(fields.get("axes", {})), *_zipped(fields.get("zip", [])))
    names = [name for axis in axes for name in axis.names]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"Axis `{name}` is given twice.")
    return Grid(with_kinds(base), axes, where, keep, folder / store)


def conditions(where: Any) -> tuple[str, ...]:
    """Return the conditions of one text or of a list of texts; :class:`InputError` for anything else."""
    given = (where,) if isinstance(where, str) else where
    if not isinstance(given, list | tuple) or not all(isinstance(text, str) for text in given):
        raise bad_argument("where", "be a condition or a list of conditions", where)
    return tuple(given)


def with_kinds(base: Mapping[str, Any]) -> dict[str, Any]:
    """Name the default kind of parts given by their fields alone, so that an axis of that kind keeps the fields."""
    named = dict(base)
    for each in dataclasses.fields(RunSpec):
        given, kind = named.get(each.name), getattr(each.default, "kind", None)
        if isinstance(given, Mapping) and "kind" not in given and kind is not None:
            named[each.name] = {"kind": kind, **given}
    return named


def axes_from(axes: Mapping[str, Any], zipped: Sequence[Mapping[str, Any]] = ()) -> tuple[Axis, ...]:
    """Make axes of dotted (or nested) names and their values, as a sweep file does."""
    return (*_crossed(axes), *_zipped(list(zipped)))


def _crossed(fields: Any) -> Iterator[Axis]:
    for name, given in _flat(fields, "axes"):
        yield Axis((name,), tuple((value,) for value in _values(name, given)))


def _zipped(tables: Any) -> Iterator[Axis]:
    if not isinstance(tables, list):
        raise bad_argument("zip", "be a list of tables ([[zip]])", tables)
    for table in tables:
        columns = {name: _values(name, given) for name, given in _flat(table, "zip")}
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise InputError(f"Axes that are zipped must be equally long, but {listed}.")
        if columns:
            yield Axis(tuple(columns), tuple(zip(*columns.values(), strict=True)))


def _flat(fields: Any, section: str, start: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested tables by dotted name; a range is a leaf."""
    if not isinstance(fields, Mapping):
        raise bad_argument(section, "be a table of names and values", fields)
    for name, value in fields.items():
        if isinstance(value, Mapping) and not {"from", "to"} & set(value):
            yield from _flat(value, section, f"{start}{name}.")
        else:
            yield f"{start}{name}", value


def _values(name: str, given: Any) -> tuple[Any, ...]:
    """The values of an axis: a list as it is, or a range spelled out."""
    if isinstance(given, Mapping):
        return tuple(_range(name, given))
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise bad_argument(f"axes.{name}", "be a list of values or a range { from = …, to = … }", given)
    values = tuple(value.item() if hasattr(value, "item") else value for value in given)
    if not values:
        raise bad_argument(f"axes.{name}", "have at least one value", given)
    return values


def _range(name: str, given: Mapping[str, Any]) -> list[Any]:
    """Spell out a range, both ends included: by step, or a count of values with linear or log spacing."""
    for part in given:
        if part not in RANGE:
            raise unknown_name(f"part of the range `{name}`", part, RANGE)
    first, last = _number(name, given, "from"), _number(name, given, "to")
    whole = isinstance(first, int) and isinstance(last, int)
    if ("step" in given) == ("count" in given):
        raise InputError(f"Range `{name}` must have either a `step` or a `count`.")
    if last < first:
        raise bad_argument(f"axes.{name}.to", f"be at least {first}", last)
    if "step" in given:
        if "spacing" in given:
            raise InputError(f"Range `{name}` has a `step`, so it cannot have a `spacing`.")
        return _steps(name, first, last, _number(name, given, "step"))
    return _spaced(name, first, last, given, whole=whole)


def _steps(name: str, first: float, last: float, step: float) -> list[Any]:
    if not step > 0:
        raise bad_argument(f"axes.{name}.step", "be above 0", step)
    count = math.floor((last - first) / step * (1 + 1e-12)) + 1  # 0.1 + 0.2 must not cost the last value
    if count > MOST_POINTS:
        raise bad_argument(f"axes.{name}", f"have at most {MOST_POINTS:,} values", count)
    return [first + index * step for index in range(count)]


def _spaced(name: str, first: float, last: float, given: Mapping[str, Any], *, whole: bool) -> list[Any]:
    import numpy as np

    count, spacing = given["count"], given.get("spacing", "linear")
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_POINTS:
        raise bad_argument(f"axes.{name}.count", "be a whole number of at least 1", count)
    if spacing not in ("linear", "log"):
        raise unknown_name(f"spacing of `{name}`", spacing, ("linear", "log"))
    if spacing == "log" and not first > 0:
        raise bad_argument(f"axes.{name}.from", "be above 0 for log spacing", first)
    values = (np.geomspace if spacing == "log" else np.linspace)(float(first), float(last), count).tolist()
    return list(dict.fromkeys(round(value) for value in values)) if whole else values


def _number(name: str, given: Mapping[str, Any], part: str) -> float:
    value = given.get(part)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST_NUMBER:
        raise bad_argument(f"axes.{name}.{part}", "be a number", value)
    return value


def _written(values: Mapping[str, Any]) -> str:
    """A point as a message names it."""
    return ", ".join(f"{printable(name)} = {shortened(value)}" for name, value in values.items())


def _as_read(spec: RunSpec, name: str, value: Any) -> Any:
    """The number that the spec made of an axis's value, such as 8 of the text "8" or of 8.0; other values as given."""
    if not isinstance(value, str | int | float):
        return value
    found: Any = spec
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, int | float) else value


def _nested(name: str, value: Any) -> dict[str, Any]:
    head, _, rest = name.partition(".")
    return {head: _nested(rest, value) if rest else value}


def _all_hold(holds: Sequence[Any], spec: RunSpec) -> bool:
    fields = dict(flat_fields(spec.to_dict()))
    return all(each(fields) for each in holds)
