"""What the page is given: a network's spec, and the weights of its start or of its whole trajectory."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis.errors import InputError, bad_argument
from polygenesis.spec import RunSpec

if TYPE_CHECKING:
    from polygenesis.arrays import Floats
    from polygenesis.dynamics import Run

MOST_FEATURES, MOST_NEURONS = 64, 256
"""Sizes up to which the page simulates and draws."""

FRAMES = 160
"""Saved times of a trajectory that the engine computes for the page."""

START_LAWS = ("gaussian", "uniform", "rademacher", "laplace", "student-t", "sparse-gaussian", "orthogonal")
"""Laws of the start that the page can draw by itself; `core/start.js` has them."""


@dataclass(frozen=True, eq=False)
class Shown:
    """One network for the page: ``mode`` "live" (the page simulates) or "replay" (of ``times`` and ``frames``).

    ``start``: (n, m) float64, W(0) of the engine; ``frames``: (T, n, m). ``why``: in a replay, why the page does not
    simulate this network itself.
    """

    spec: RunSpec
    replicate: int
    mode: str
    start: Floats
    times: Floats | None = None
    frames: Floats | None = None
    outcome: str = ""
    why: str = ""


def default_spec() -> RunSpec:
    """The network that the page opens with: 24 features on 36 neurons."""
    from polygenesis.initial import Gaussian
    from polygenesis.models import TiedAutoencoder
    from polygenesis.penalties import L1
    from polygenesis.training import GradientFlow

    return RunSpec(
        model=TiedAutoencoder(n=24, m=36), penalty=L1(0.016), initial=Gaussian(), training=GradientFlow(), seed=0
    )


def of_spec(spec: RunSpec, replicate: int) -> Shown:
    """Show a spec live where the page can simulate it, else replay what the engine computes.

    Raises :class:`polygenesis.InputError` for a network that is too large, or that has no matrix of features and
    neurons to show.
    """
    from polygenesis.dynamics.simulate import check, initial

    check(spec)
    _check_size(spec)
    _check_replicate(replicate, spec.replicates)
    why = _not_live(spec)
    if why:
        return of_run(_simulated(spec), replicate, why)
    return Shown(spec, replicate, "live", np.asarray(initial(spec)[replicate], dtype=np.float64))


def of_run(run: Run, replicate: int, why: str = "") -> Shown:
    """Replay a run: from its trajectory, else from the same run computed again with times saved.

    The same spec gives the same weights, so that what is computed again is what was stored; where it is not, an
    :class:`polygenesis.InputError` says so.
    """
    _check_size(run.spec)
    _check_replicate(replicate, len(run.outcome))
    known = run if run.trajectory is not None else _again(run)
    trajectory = known.trajectory
    assert trajectory is not None
    times, frames = _thinned(known.times, trajectory[replicate])
    outcome = run.outcome[replicate]
    why = why or _not_live(run.spec) or "It is a stored run."
    return Shown(run.spec, replicate, "replay", frames[0].astype(np.float64), times, frames, outcome.name, why)


def encoded(shown: Shown) -> str:
    """Return the page's data as JSON that cannot end its script element."""
    spec = shown.spec
    start, frames = shown.start, shown.frames
    data = {
        "spec": _page_spec(shown),
        "mode": shown.mode,
        "key": spec.key,
        "replicate": shown.replicate,
        "start": _base64(start, "<f8") if shown.mode == "live" else None,
        "trajectory": None
        if frames is None or shown.times is None
        else {
            "n": start.shape[0],
            "m": start.shape[1],
            "penalty": _strength(spec),
            "times": [float(each) for each in shown.times],
            "weights": _base64(frames, "<f4"),
            "outcome": shown.outcome.lower().replace("_", " "),
        },
        "why": shown.why,
        "python": _python(shown),
    }
    text = json.dumps(data, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return text.replace("<", "\\u003c")


def _check_size(spec: RunSpec) -> None:
    n, m = spec.model.n, spec.model.m
    if n > MOST_FEATURES or m > MOST_NEURONS:
        raise InputError(
            f"The explorer draws up to n = {MOST_FEATURES} features and m = {MOST_NEURONS} neurons, "
            f"but `model` has n = {n} and m = {m}."
        )


def _check_replicate(replicate: Any, count: int) -> None:
    whole = isinstance(replicate, int | np.integer) and not isinstance(replicate, bool)
    if not whole or not 0 <= replicate < count:
        raise bad_argument("replicate", f"be from 0 to {count - 1}", replicate)


def _not_live(spec: RunSpec) -> str:
    """Why the page cannot simulate a spec itself; nothing where it can."""
    parts = {
        "model": ("tied-autoencoder",),
        "features": ("one-hot",),
        "penalty": ("l1",),
        "training": ("gradient-flow",),
        "noise": ("none",),
        "initial": START_LAWS,
        "interference": ("full", "none"),
    }
    for name, known in parts.items():
        kind = getattr(spec, name).kind
        if kind not in known:
            return f"The page itself does not simulate {name} of kind {kind!r}."
    if spec.interference.kind == "none" and (spec.interference.since or spec.interference.until is not None):
        return "The page itself does not switch interference on and off at a time."
    return ""


def _simulated(spec: RunSpec) -> Run:
    from polygenesis.dynamics.simulate import simulate
    from polygenesis.saving import Save

    return simulate(spec.replace(save=Save(times=FRAMES, weights=True)))


def _again(run: Run) -> Run:
    found = _simulated(run.spec)
    if not np.array_equal(found.initial, run.initial):
        raise InputError(
            "Argument `run` must hold a trajectory (`save=pg.Save(times=160, weights=True)`) where it did not start "
            "from its spec's own weights, but it does not."
        )
    return found


def _thinned(times: Floats, frames: Floats) -> tuple[Floats, Floats]:
    """At most ``FRAMES`` of the saved times, the first and the last among them."""
    kept = np.unique(np.linspace(0, len(times) - 1, min(FRAMES, len(times))).round().astype(int))
    return times[kept], frames[kept]


def _strength(spec: RunSpec) -> float:
    return float(getattr(spec.penalty, "strength", 0.0) or 0.0) if spec.penalty.kind == "l1" else 0.0


def _page_spec(shown: Shown) -> dict[str, Any]:
    spec, initial = shown.spec, shown.spec.initial
    m = spec.model.m
    std = getattr(initial, "std", None)
    scale = getattr(initial, "gain", 1.0) if initial.kind == "orthogonal" else 1.0 if std is None else std * m**0.5
    return {
        "n": spec.model.n,
        "m": m,
        "penalty": _strength(spec),
        "seed": spec.seed,
        "law": initial.kind if initial.kind in START_LAWS else "gaussian",
        "scale": float(scale),
        "interference": spec.interference.kind == "full",
        "noise": 0,
        "nudges": [],
    }


def _python(shown: Shown) -> str:
    """Code that makes the same network in Python."""
    import pprint

    fields = pprint.pformat(shown.spec.to_dict(), sort_dicts=False, width=100)
    return (
        f"import polygenesis as pg\n\nspec = pg.RunSpec.from_dict(\n{fields}\n)\n"
        f"run = pg.simulate(spec)  # replicate {shown.replicate}\nprint(run.census())\n"
    )


def _base64(values: Floats, form: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=np.dtype(form)).tobytes()).decode()
