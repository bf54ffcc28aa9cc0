"""The regime of a claim, read off the specs of the runs that were judged: sizes, λ, training, networks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from polygenesis.features import OneHot
from polygenesis.initial import Gaussian
from polygenesis.interference import FullInterference
from polygenesis.noise import NoNoise
from polygenesis.numerals import true_minus
from polygenesis.spec import RunSpec

LISTED = 5
"""So many different values are listed; of more, the ends and their number are said."""


def read_off(specs: Sequence[RunSpec]) -> str:
    """Say which runs were judged.

    >>> from polygenesis import L1, TiedAutoencoder
    >>> read_off([RunSpec(TiedAutoencoder(4, m), penalty=L1(0.1), replicates=2) for m in (8, 16)])
    'n = 4, m = 8 and 16; λ = 0.1; gradient flow; 2 networks each'
    """
    if not specs:
        return ""
    parts = [_sizes(specs), _penalties(specs), *_others(specs), _trainings(specs), _networks(specs)]
    return true_minus("; ".join(part for part in parts if part))


def _sizes(specs: Sequence[RunSpec]) -> str:
    models = [each.model for each in specs]
    if not all(hasattr(model, "n") and hasattr(model, "m") for model in models):
        return listed(repr(each.model) for each in specs)
    by_n: dict[int, list[int]] = {}
    for model in models:
        by_n.setdefault(model.n, []).append(model.m)
    return "; ".join(f"n = {n}, m = {listed(sorted(set(widths)))}" for n, widths in sorted(by_n.items()))


def _penalties(specs: Sequence[RunSpec]) -> str:
    pressed = [each.penalty for each in specs if each.penalty.kind != "none"]
    strengths = sorted({strength for each in pressed if (strength := _strength(each)) is not None})
    kinds = [each.kind for each in pressed if each.kind != "l1"]
    said = f"λ = {listed(strengths)}" if strengths else ""
    said += f" ({listed(kinds)})" if kinds else ""
    without = len(pressed) < len(specs)
    return f"{said} and without a penalty" if said and without else "no penalty" if without else said.strip()


def _strength(penalty: Any) -> float | None:
    return getattr(penalty, "strength", getattr(penalty, "first", None))


def _others(specs: Sequence[RunSpec]) -> Iterable[str]:
    """Starts, noise, features and interference that are not the paper's own."""
    usual = {"initial": Gaussian(), "noise": NoNoise(), "features": OneHot(), "interference": FullInterference()}
    words = {"initial": "starts", "noise": "noise", "features": "features", "interference": "interference"}
    for name, part in usual.items():
        others = dict.fromkeys(_written(each) for spec in specs if (each := getattr(spec, name)) != part)
        if others:
            yield f"{words[name]} {listed(others)}"


def _trainings(specs: Sequence[RunSpec]) -> str:
    return listed(training(each.training) for each in specs)


def training(part: Any) -> str:
    """Say how a network was trained, with rate and steps."""
    if part.kind == "gradient-flow":
        return "gradient flow"
    name = {"gradient-descent": "gradient descent", "adamw": "AdamW", "sgd": "SGD", "adam": "Adam"}[part.kind]
    return f"{name} (rate {part.lr:g}, {part.steps:,} steps)"


def _networks(specs: Sequence[RunSpec]) -> str:
    counts = sorted({each.replicates for each in specs})
    if len(counts) == 1:
        return f"{counts[0]:,} network{'s' if counts[0] > 1 else ''}{' each' if len(specs) > 1 else ''}"
    return f"{counts[0]:,} to {counts[-1]:,} networks each"


def listed(values: Iterable[Any]) -> str:
    """Write different values, in their order: "1, 2 and 3", or "1 to 9 (9 values)".

    >>> listed([1, 2, 2, 3]), listed(range(1, 10)), listed(["a"])
    ('1, 2 and 3', '1 to 9 (9 values)', 'a')
    """
    texts = list(dict.fromkeys(f"{value:g}" if isinstance(value, int | float) else str(value) for value in values))
    if len(texts) > LISTED:
        return f"{texts[0]} to {texts[-1]} ({len(texts)} values)"
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _written(part: Any) -> str:
    """Write a part as its call, with three digits a number and without fields that say nothing."""
    said = re.sub(r"\d+\.\d{4,}", lambda found: f"{float(found[0]):.3g}", repr(part))
    return re.sub(r", \w+=(False|None|0\.0)(?=[,)])|(?<=\()\w+=None, ", "", said)
