"""Replaying: what a diagnosis was made of, so that the same call gives the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from polygenesis.probe.arguments import Options
from polygenesis.probe.inputs.fingerprint import fingerprint
from polygenesis.probe.selection.resting import NEGLIGIBLE
from polygenesis.probe.selection.selectivity import DEFAULT_THRESHOLD

LEFT_OUT = ("objective", "retrain", "examples", "progress")
"""Options that are functions or names: they are said to have been given, not hashed."""


def record(inputs: Mapping[str, Any], options: Options, left_out: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the hashes of the inputs, the options, the features left out, and the versions that computed."""
    from polygenesis.dynamics.keeping.provenance import versions

    chosen = {each.name: getattr(options, each.name) for each in fields(options) if each.name not in LEFT_OUT}
    if inputs.get("labels") is not None and options.threshold is None:
        chosen["threshold"] = DEFAULT_THRESHOLD[options.measure]
    if inputs.get("labels") is not None and options.negligible is None:
        chosen["negligible"] = NEGLIGIBLE
    return {
        "inputs": {name: _hashed(value) for name, value in inputs.items() if not _is_nothing(value)},
        "options": {name: _plain(value) for name, value in chosen.items()},
        "given": [name for name in LEFT_OUT if getattr(options, name) is not None and name != "progress"],
        **({"left out": dict(left_out)} if left_out else {}),
        "versions": dict(versions()),
    }


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, list) and not value)


def _hashed(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_hashed(each) for each in value]
    return fingerprint(value)


def _plain(value: Any) -> Any:
    """Write an option as JSON can hold it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): [int(each) for each in counts] for key, counts in value.items()}
    return str(value)
