"""The figures of a run: its weights, the race of one feature, and its collisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis import detect, plots, theory
from polygenesis.arguments import whole
from polygenesis.arrays import Booleans, Floats
from polygenesis.detect import NEURON_KINDS, SHARED_KINDS, NeuronKind
from polygenesis.dynamics.compatibility import has_closed_form
from polygenesis.dynamics.privileged_basis import require_neurons
from polygenesis.errors import InputError, unknown_name
from polygenesis.training import GradientFlow

if TYPE_CHECKING:
    from polygenesis.dynamics.run import Run

SAVE = "save=pg.Save(times=200, weights=True)"
"""What a spec must ask for so that its run has a trajectory."""

OVER_TIME = (NeuronKind.BENIGN, NeuronKind.MALIGN)
"""The kinds that are counted over time, where features count by where they lead."""


def figure(run: Run, which: str, replicate: int, **options: Any) -> plots.Chart:
    """Return one of :data:`FIGURES` of one replicate; ``options`` are those of its function here.

    Raises :class:`polygenesis.InputError` for an unknown figure or option and for a replicate that is not there.
    """
    if which not in FIGURES:
        raise unknown_name("figure of a run", which, FIGURES)
    whole("replicate", replicate, least=0, most=len(run.outcome) - 1)
    known = OPTIONS[which]
    for name in options:
        if name not in known:
            raise unknown_name(f"option of the figure {which!r}", name, known)
    require_neurons(run.spec)
    return FIGURES[which](run, int(replicate), **options)


def weights(run: Run, replicate: int, *, reading: str | None = None, start: bool = False) -> plots.Chart:
    """Draw the weights at the end (or at the start) sorted by owner, with shared and undecided neurons marked.

    At the end a feature is owned by the neuron that carries it, and kinds are those of the census; at the start by the
    neuron where it leads. ``reading``: a matrix by its name in ``spec.model.readings``, by default the first.
    """
    matrix = _matrix(run, reading, start=start)[replicate]
    _finite(matrix, replicate)
    if start:
        led = detect.leads(matrix)
        owner, kinds = led.neuron, detect.kinds_by_lead(matrix)
    else:
        census = detect.census(matrix)
        owner, kinds = census.neuron[0], detect.neuron_kinds(census)[0]
    shared = {kind.name.lower(): np.flatnonzero(kinds == NEURON_KINDS.index(kind)).tolist() for kind in SHARED_KINDS}
    shared = {kind: neurons for kind, neurons in shared.items() if neurons}
    counted = _sharing({kind: len(neurons) for kind, neurons in shared.items()})
    n, m = matrix.shape
    when = "start" if start else "end"
    title = f"Weights at the {when}: {counted}"
    alt = f"Weights of {n} features on {m} neurons at the {when}, sorted by owner; {' '.join(counted.split())}."
    return plots.weights(matrix, owner, shared, title=title, alt=alt)


def _sharing(counts: dict[str, int]) -> str:
    """Say how many neurons are shared, by kind, and on a second line how many are undecided: those need not be."""
    parts = [f"{count} {kind}" for kind, count in counts.items() if kind != "undecided"]
    total = sum(counts.values()) - counts.get("undecided", 0)
    said = f"{total} shared ({', '.join(parts)})" if total else "none shared"
    undecided = counts.get("undecided", 0)
    return f"{said},\n{undecided} neuron{'s' * (undecided > 1)} undecided" if undecided else said


def race(run: Run, replicate: int, *, feature: int | None = None, exact: bool = False) -> plots.Chart:
    """Draw |W_ik| of one feature over time, with the winner in front and the leader at the start marked.

    ``feature``: by default the first whose winner was not its leader at the start, else 0. ``exact``: instead of the
    saved trajectory, the race that this feature would run without interference
    (:func:`polygenesis.single_feature`), which needs none: for gradient flow of the tied model on one-hot features.
    """
    led = detect.leads(run.initial[replicate])
    feature = _feature(run, replicate, feature, led)
    if exact:
        times, paths = _exact(run, replicate, feature)
    else:
        times, path = _trajectory(run, replicate, "race", " or plot exact=True, its race without interference")
        paths = path[:, feature]
    _finite(paths, replicate)
    last = np.abs(paths[-1])
    winner = int(last.argmax()) if last.any() else None
    leader = int(led.neuron[feature]) if led.neuron[feature] >= 0 else None
    how = "without interference (exact)" if exact else "as simulated"
    ends = "dies" if winner is None else f"ends on neuron {winner}"
    return plots.race(
        times,
        paths,
        winner=winner,
        leader=leader,
        title=f"Feature {feature}, {how}",
        alt=f"Weights of feature {feature} over time, {how}: it leads on neuron {leader} at the start and {ends}.",
    )


def collisions(run: Run, replicate: int, *, reading: str | None = None) -> plots.Chart:
    """Draw how many neurons are shared over time, benign and malign, beside the law n²/4m where it is stated.

    A feature counts where its largest weight is. Without a trajectory, and for a ``reading`` other than the first,
    which has none: bars at the start and at the end.
    """
    levels = _law(run)
    name = run.spec.model.readings[0].name
    if run.trajectory is None or reading not in (None, name):
        ends = [_matrix(run, reading, start=start)[replicate] for start in (True, False)]
        _finite(ends[1], replicate)
        counts = {kind: [int(each) for each in _counted(np.stack(ends), kind)] for kind in OVER_TIME}
        named = {kind.name.lower(): pair for kind, pair in counts.items()}
        said = ", ".join(f"{kind} {first} at the start and {last} at the end" for kind, (first, last) in named.items())
        return plots.collisions_between(named, levels=levels, title="Collisions", alt=f"Shared neurons: {said}.")
    times, path = _trajectory(run, replicate, "collisions", "")
    _finite(path, replicate)
    named = {kind.name.lower(): _counted(path, kind) for kind in OVER_TIME}
    said = ", ".join(f"{kind} {each[0]} at first and {each[-1]} at last" for kind, each in named.items())
    return plots.collisions(times, named, levels=levels, title="Collisions", alt=f"Shared neurons over time: {said}.")


FIGURES: dict[str, Callable[..., plots.Chart]] = {"weights": weights, "race": race, "collisions": collisions}
"""The figures by name."""

OPTIONS = {"weights": ("reading", "start"), "race": ("feature", "exact"), "collisions": ("reading",)}
"""What each figure can be asked besides the replicate."""


def _matrix(run: Run, reading: str | None, *, start: bool) -> Floats:
    if reading is None:
        return run.initial if start else run.final
    return run.read(reading, initial=start)


def _counted(weights: Floats, kind: NeuronKind) -> Any:
    return detect.count_kinds(detect.kinds_by_lead(weights), kind)


def _trajectory(run: Run, replicate: int, which: str, instead: str) -> tuple[Floats, Floats]:
    """Saved times (T,) and weights (T, n, m) of one replicate until shortly after it ended."""
    if run.trajectory is None:
        raise InputError(
            f"The figure {which!r} needs the weights over time, which this run did not save: give its spec "
            f"{SAVE} and simulate again{',' if instead else ''}{instead}."
        )
    later = np.flatnonzero(run.times >= 1.1 * run.end_time[replicate])
    stop = int(later[0]) + 1 if later.size else len(run.times)
    return run.times[:stop], run.trajectory[replicate, :stop]


def _exact(run: Run, replicate: int, feature: int) -> tuple[Floats, Floats]:
    """Times (T,) and weights (T, m) of one feature's race without interference, in the loss's clock."""
    from polygenesis.dynamics.race.single_feature import single_feature

    if not has_closed_form(run.spec) or not isinstance(run.spec.training, GradientFlow):
        parts = (run.spec.model, run.spec.features, run.spec.penalty, run.spec.training)
        raise InputError(
            "The exact race is that of gradient flow of the tied autoencoder on one-hot features with an L1 penalty or "
            f"none, but this run has {', '.join(repr(each.kind) for each in parts)}."
        )
    start = np.asarray(run.initial[replicate, feature], dtype=float)
    found = single_feature(start, penalty=run.spec.penalty.strength, clock="loss")
    return found.times, np.stack([found.weights(float(time)) for time in found.times])


def _feature(run: Run, replicate: int, feature: int | None, led: detect.Leads) -> int:
    n = run.final.shape[1]
    if feature is not None:
        return whole("feature", feature, least=0, most=n - 1)
    ends = detect.leads(np.nan_to_num(run.final[replicate]))
    overtaken: Booleans = (ends.neuron != led.neuron) & (ends.neuron >= 0)
    return int(np.argmax(overtaken))


def _law(run: Run) -> tuple[plots.Level, ...]:
    """The published law, where it is stated: the paper's model with as many neurons as features or more."""
    n, m = run.spec.model.n, run.spec.model.m
    if not has_closed_form(run.spec) or m < n:
        return ()
    return (plots.Level("n²/4m", float(theory.polysemantic_neurons(n, m))),)


def _finite(weights: Floats, replicate: int) -> None:
    if not np.isfinite(weights).all():
        raise InputError(
            f"Replicate {replicate} has weights that are not finite (it diverged); there is nothing to draw."
        )
