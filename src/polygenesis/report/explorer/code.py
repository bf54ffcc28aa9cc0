"""The Python code that makes a spec again: "open this in Python"."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from polygenesis.spec import RunSpec


def code(spec: RunSpec, replicate: int = 0) -> str:
    """Return Python code that builds a spec, simulates it and explores one replicate.

    Fields with their default are left out; each part is imported from where it is exported.

    >>> from polygenesis.models import TiedAutoencoder
    >>> print(code(RunSpec(TiedAutoencoder(n=4, m=8))))
    import polygenesis as pg
    from polygenesis.models import TiedAutoencoder
    <BLANKLINE>
    spec = pg.RunSpec(
        model=TiedAutoencoder(n=4, m=8),
    )
    run = pg.simulate(spec)
    pg.explore(run).open()
    """
    parts = [getattr(spec, each.name) for each in _said(spec)]
    homes = {(_home(part), type(part).__name__) for part in parts if dataclasses.is_dataclass(part)}
    imports = [f"from {home} import {name}" for home, name in sorted(homes)]
    fields = [f"    {each.name}={_written(getattr(spec, each.name))}," for each in _said(spec)]
    explored = f"pg.explore(run{f', replicate={replicate}' if replicate else ''})"
    return "\n".join(["import polygenesis as pg", *imports, "", "spec = pg.RunSpec(", *fields, ")", *_last(explored)])


def _last(explored: str) -> list[str]:
    return ["run = pg.simulate(spec)", f"{explored}.open()"]


def _said(value: Any) -> Iterator[dataclasses.Field[Any]]:
    """The fields whose values are not their defaults."""
    for each in dataclasses.fields(value):
        if each.name != "kind" and getattr(value, each.name) != each.default:
            yield each


def _written(value: Any) -> str:
    if not dataclasses.is_dataclass(value):
        return repr(value)
    fields = ", ".join(f"{each.name}={_written(getattr(value, each.name))}" for each in _said(value))
    return f"{type(value).__name__}({fields})"


def _home(part: Any) -> str:
    """Where a part is exported: polygenesis.models of polygenesis.models.tied_autoencoder."""
    return ".".join(type(part).__module__.split(".")[:2])
