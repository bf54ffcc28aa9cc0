"""A run and a race as notebooks show them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.privileged_basis import privileged
from polygenesis.errors import InputError
from polygenesis.html import escaped, facts, fragment, prose

if TYPE_CHECKING:
    from polygenesis.dynamics.race.single_feature import Race
    from polygenesis.dynamics.run import Run

COUNTED = ("polysemantic", "monosemantic", "dead", "undecided")
"""The counts of neurons that are shown."""

SETTLED = ("settled_features", "split_features", "dead_features")
"""The counts of features that are shown: while some are split, that of polysemantic neurons is a lower bound."""


def run_html(run: Run) -> str:
    """Return how the replicates of a run ended, what was counted, and what was kept."""
    r, n, m = run.final.shape
    rows = [
        *((f"{count} of {r}", _ended(outcome)) for outcome, count in Counter(run.outcome).items()),
        ("neurons", _neurons(run)),
        ("ended at", f"t = {_span(run.end_time)} (loss's clock), after {_span(run.evaluations)} evaluations"),
        ("kept", _kept(run)),
        ("computed by", f"{escaped(run.engine)}; key <code>{run.spec.key[:12]}</code>"),
    ]
    title = f"Run: {n} features, {m} neurons, {r} replicate{'s' * (r > 1)}"
    return fragment(facts(rows), title, note=run.spec.model.kind)


def race_html(race: Race) -> str:
    """Return who won a race and when it was over."""
    rows = [
        ("outcome", f"{race.outcome.name.lower()}: {prose(race.outcome.value)}"),
        ("winner", "" if race.winner is None else f"neuron {race.winner}, |w| → {race.final_weight:.4g}"),
        ("finished at", f"t = {race.finishing_time:.4g} ({escaped(race.clock)}'s clock), penalty λ = {race.penalty:g}"),
        ("computed", f"{escaped(race.method)}, at {len(race.times)} times"),
    ]
    return fragment(facts(rows), f"Race of {len(race.start)} weights")


def _ended(outcome: Outcome) -> str:
    return f"{outcome.name.lower().replace('_', ' ')}. <span class='note'>{prose(outcome.value)}</span>"


def _neurons(run: Run) -> str:
    """Mean counts with their range, where neurons mean something and weights are finite."""
    try:
        means_something = privileged(run.spec)
    except InputError as error:  # a part of a stored run that is not loaded: a notebook shows the rest
        return escaped(str(error))
    if not means_something:
        return "No census: nothing in the spec singles out the neurons."
    finite = np.isfinite(run.final).all(axis=(1, 2))
    if not finite.any():
        return ""
    from polygenesis.detect import census

    found = census(run.final[finite])
    neurons, features = (
        ", ".join(f"{_span(getattr(found, name), mean=True)} {name.removesuffix('_features')}" for name in names)
        for names in (COUNTED, SETTLED)
    )
    return f"{neurons}; features: {features}"


def _kept(run: Run) -> str:
    kept = ["the first and last weights"]
    if run.trajectory is not None:
        kept.append(f"weights at {len(run.times)} times")
    if run.series:
        kept.append(f"{len(run.series)} series at {len(run.times)} times ({', '.join(run.series)})")
    return escaped(", ".join(kept))


def _span(values: Floats | Integers, *, mean: bool = False) -> str:
    """One number, or lowest to highest, with the mean before where it is wanted."""
    low, high = float(np.min(values)), float(np.max(values))
    if low == high:
        return f"{low:.4g}"
    return f"{float(np.mean(values)):.3g} ({low:.4g}–{high:.4g})" if mean else f"{low:.4g}–{high:.4g}"
