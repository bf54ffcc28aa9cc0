"""Which specs the page can simulate itself, and what they are called there."""

from __future__ import annotations

import math
from typing import Any

from polygenesis import initial
from polygenesis.features import OneHot
from polygenesis.interference import FullInterference, NoInterference
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import NoNoise
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

MOST_FEATURES, MOST_NEURONS = 64, 256
"""The largest network that a page shows: more lines than these cannot be told apart."""

FEWEST = 2
LOWEST_PENALTY, HIGHEST_PENALTY = 0.001, 0.2
"""λ of the page's slider: below, a race takes longer than a reader waits; above, features die."""

SMALLEST_SCALE, LARGEST_SCALE = 0.1, 3.0
LARGEST_SEED = 2**31 - 1


def page_spec(spec: RunSpec) -> dict[str, Any]:
    """Return a spec's fields as the page names them: n, m, penalty, seed, law, scale, interference, noise, nudges."""
    law, scale = start_law(spec) or ("gaussian", 1.0)
    return {
        "n": spec.model.n,
        "m": spec.model.m,
        "penalty": float(getattr(spec.penalty, "strength", 0.0)),
        "seed": spec.seed,
        "law": law,
        "scale": scale,
        "interference": spec.interference != NoInterference(),
        "noise": 0,
        "nudges": [],
    }


def why_not_live(spec: RunSpec) -> str:
    """Say in a sentence why the page cannot simulate a spec; empty where it can."""
    wanted: tuple[tuple[str, Any, str], ...] = (
        ("model", TiedAutoencoder, "the tied autoencoder"),
        ("features", OneHot, "one-hot features"),
        ("penalty", L1, "an L1 penalty"),
        ("noise", NoNoise, "no noise"),
        ("training", GradientFlow, "gradient flow"),
    )
    for name, kind, words in wanted:
        part = getattr(spec, name)
        if not isinstance(part, kind):
            return f"The page simulates {words}, but {name} is {part.kind!r}."
    if spec.training != GradientFlow():
        return "The page simulates gradient flow with its default tolerance and time limit."
    if spec.interference not in (FullInterference(), NoInterference()):
        return "The page has interference on or off throughout, but this spec changes it for some pairs or times."
    if start_law(spec) is None:
        return f"The page has no start law {spec.initial!r}."
    return _out_of_range(spec)


def _out_of_range(spec: RunSpec) -> str:
    fields = page_spec(spec)
    ranges: tuple[tuple[str, float, float], ...] = (
        ("n", FEWEST, MOST_FEATURES),
        ("m", FEWEST, MOST_NEURONS),
        ("penalty", LOWEST_PENALTY, HIGHEST_PENALTY),
        ("scale", SMALLEST_SCALE, LARGEST_SCALE),
        ("seed", 0, LARGEST_SEED),
    )
    for name, low, high in ranges:
        if not low <= fields[name] <= high:
            return f"The page takes {name} from {low:g} to {high:g}, but it is {fields[name]:g}."
    return ""


def start_law(spec: RunSpec) -> tuple[str, float] | None:
    """Return the page's name of a start law and its scale in units of 1/√m; None for one that it cannot draw."""
    law, root = spec.initial, math.sqrt(spec.model.m)
    if isinstance(law, initial.Gaussian | initial.Uniform | initial.Rademacher | initial.Laplace):
        return law.kind, _scale(law.std, root)
    if isinstance(law, initial.Orthogonal):
        return law.kind, law.gain
    if isinstance(law, initial.Kaiming):
        return law.kind, law.gain / math.sqrt(2.0)
    if isinstance(law, initial.Xavier) and law.law == "normal":
        return law.kind, law.gain
    standard: tuple[tuple[type, str], ...] = (
        (initial.StudentT, "freedom"),
        (initial.SparseGaussian, "density"),
        (initial.UnequalRows, "spread"),
    )
    for kind, shape in standard:
        if isinstance(law, kind) and getattr(law, shape) == getattr(kind(), shape):
            return law.kind, _scale(law.std, root)  # type: ignore[union-attr]
    return None


def _scale(std: float | None, root: float) -> float:
    return 1.0 if std is None else std * root
