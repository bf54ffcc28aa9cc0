"""Diagnosis of weights: features by neurons, a simulated run, or decoders of dictionaries."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Integers, Weights
from polygenesis.detect import DIRECTION, HALF, Census, Thresholds, census
from polygenesis.detect.inputs import replicated
from polygenesis.errors import InputError, bad_argument
from polygenesis.numerals import counted
from polygenesis.probe.arguments import Options
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.battery import run_battery
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.dictionaries.weights import dictionary_weights
from polygenesis.probe.distinct import check_distinct, same_neurons
from polygenesis.probe.inputs.files import loaded
from polygenesis.probe.judging.conclusion import Conclusion, conclude
from polygenesis.probe.judging.sharing import SharedNeuron, mark
from polygenesis.probe.selection.numbers import effective_number
from polygenesis.probe.surgery.objective import Retrain

DISTRIBUTED = Thresholds(carries_from=DIRECTION.carries_from, alive=DIRECTION.alive, relative=True, distributed=True)
"""For decoders of dictionaries and for models whose weights have no natural scale: in units of their row's norm, and
several neurons a feature."""

SPREAD = replace(HALF, distributed=True)
"""For tied codes of features that occur together, which may rest on several neurons."""


def diagnose_weights(given: Any, runs: Sequence[Any], initial: Any, options: Options) -> Diagnosis:
    """Diagnose signed weights, a run or dictionaries; see :func:`polygenesis.probe.diagnose`."""
    notes: list[str] = []
    if _is_run(given):
        if runs:
            raise InputError("Argument `runs` cannot be added to a Run, whose replicates are its runs.")
        base = _of_run(given, initial, options, notes)
    else:
        base = _of_arrays(given, runs, initial, options, notes)
        if base.runs > 1 and not _is_dictionary(given):
            assert base.weights is not None
            check_distinct(base.weights)
            notes.append("Row i of every network is read as the same feature; rows were not matched.")
    assert base.weights is not None
    findings = run_battery(base, options.progress)
    concluded = conclude(base, findings)
    return Diagnosis(
        source="weights",
        names=base.names,
        verdict=concluded.verdict,
        axes=concluded.axes,
        findings=findings,
        census=base.census,
        strength=base.weights,
        shared=_shared(base, concluded),
        pair_table=concluded.pairs,
        splits=concluded.splits,
        notes=tuple(notes),
        measure="weight",
        reading=_reading(given, base, options),
    )


def _reading(given: Any, base: Base, options: Options) -> str:
    """Say that an array was taken for weights, unless an argument that only weights have says so; and hints."""
    turned = _turned(base) or _scaled(base)
    said = options.objective is not None or options.retrain is not None or options.thresholds is not None
    if said or options.counterfactuals or _is_run(given) or _is_dictionary(given):
        return turned
    return (
        "No labels were given, so the array was read as weights, one feature a row "
        f"({counted(len(base.names), 'feature')}). For activations give labels too."
        f"{turned and ' '}{turned}"
    )


def _turned(base: Base) -> str:
    """Say so if features would have settled in the transpose, and have not: rows may be neurons."""
    weights, thresholds = base.weights, base.census.thresholds
    if weights is None or base.census.resolved.all() or weights.shape[1] == weights.shape[2]:
        return ""
    if not census(weights.transpose(0, 2, 1), thresholds).resolved.all():
        return ""
    return "In the transpose all features have settled: if rows are neurons, pass each network's transpose, `.T`."


def _scaled(base: Base) -> str:
    """Say so if features have settled in units of their row's norm, and not by the threshold for weights near 1."""
    weights, thresholds = base.weights, base.census.thresholds
    if weights is None or thresholds.relative or base.census.resolved.all():
        return ""
    if not census(weights, DIRECTION).resolved.all():
        return ""
    return (
        f"No weight below {thresholds.carries_from:g} carries a feature, but in units of their row's norm all features "
        "have settled: for weights of another scale pass `thresholds=polygenesis.detect.DIRECTION`."
    )


def _is_run(value: Any) -> bool:
    return hasattr(value, "spec") and hasattr(value, "final")


def _of_arrays(given: Any, runs: Sequence[Any], initial: Any, options: Options, notes: list[str]) -> Base:
    thresholds, signed, names, independent = options.thresholds or HALF, True, None, True
    if _is_dictionary(given):
        found = dictionary_weights(
            [*_listed(given), *(one for each in runs for one in _listed(each))], options.seed, options.dictionary
        )
        weights, names, signed = found.weights, found.names, found.sign_rule_applies
        independent = found.recurrence_applies
        thresholds = options.thresholds or DISTRIBUTED
        notes += [found.note] if found.note else []
    else:
        if options.dictionary != "decoder":
            raise bad_argument("dictionary", "be 'decoder' for what is no folder of a dictionary", options.dictionary)
        parts = [_weights_of("activations", given), *(_weights_of("runs", each) for each in runs)]
        _same_shape(parts)
        weights = np.concatenate(parts)
    start = None if initial is None else _weights_of("initial", initial)
    if start is not None and start.shape != weights.shape:
        raise bad_argument("initial", f"have the weights' shape {weights.shape}", f"shape {start.shape}")
    found_census = census(weights, thresholds)
    carried = tuple(_settled(found_census, r) for r in range(len(weights)))
    return Base(
        source="weights",
        names=names or tuple(str(i) for i in range(weights.shape[1])),
        carried=carried,
        live=(weights.shape[2],) * len(weights),
        census=found_census,
        seed=options.seed,
        draws=options.draws,
        weights=weights,
        twins=tuple(same_neurons(weights)),
        signs=_signs(weights, carried),
        initial=None if start is None else tuple(start),
        signed=signed,
        independent=independent,
        one_neuron_codes=signed and not thresholds.distributed,
        objective=options.objective,
        retrain=options.retrain,
        counterfactuals=options.counterfactuals,
        splits=options.splits,
        widths=options.widths,
    )


def _of_run(run: Any, initial: Any, options: Options, notes: list[str]) -> Base:
    """Take the replicates of a run that have ended, with its start, its own loss and its training."""
    from polygenesis.dynamics import Outcome, simulate
    from polygenesis.dynamics.privileged_basis import require_neurons
    from polygenesis.features import OneHot, UnequalOneHot
    from polygenesis.models import TiedAutoencoder

    require_neurons(run.spec)
    spec, certified = run.spec, bool(run.converged.any())
    rows = run.converged if certified else np.array([each is Outcome.FINISHED for each in run.outcome])
    if not rows.any():
        raise InputError("No replicate of the run has converged, so there is nothing to diagnose.")
    if not rows.all():
        notes.append(f"{int((~rows).sum())} of {len(rows)} replicates have not converged and are left out.")

    def again(start: Weights) -> Weights:
        return simulate(spec.replace(replicates=len(start)), initial_weights=start).final

    tied = isinstance(spec.model, TiedAutoencoder)
    linear = getattr(spec.model, "hidden", "identity") == "identity" and getattr(spec.model, "output", "relu") == "relu"
    exclusive = isinstance(spec.features, OneHot | UnequalOneHot)
    chosen = HALF if tied and exclusive else SPREAD if tied else DISTRIBUTED
    arrays = options if options.thresholds is not None else replace(options, thresholds=chosen)
    base = _of_arrays(run.final[rows], (), run.initial[rows] if initial is None else initial, arrays, notes)
    retrain: Retrain | None = options.retrain or (again if tied else None)
    return replace(
        base,
        signed=linear,
        one_neuron_codes=base.one_neuron_codes and linear and tied,
        finished=True if certified else None,
        run=run if options.objective is None else None,
        rows=tuple(int(r) for r in np.flatnonzero(rows)),
        retrain=retrain,
    )


def _signs(weights: Weights, carried: Sequence[Booleans]) -> tuple[Integers, ...] | None:
    """The signs of what each neuron carries, one matrix (n, m) a run; None where no weight is negative."""
    if not (weights < 0).any():
        return None
    return tuple(np.where(c, np.sign(w), 0).astype(np.int8) for w, c in zip(weights, carried, strict=True))


def _settled(found: Census, replicate: int) -> Booleans:
    """The 0/1 matrix (n, m) of settled features of one run."""
    _, n, m = found.shape
    rows = (found.listed_replicate == replicate) & found.listed_settled
    matrix = np.zeros((n, m), dtype=bool)
    matrix[found.listed_feature[rows], found.listed_neuron[rows]] = True
    return matrix


def _shared(base: Base, concluded: Conclusion) -> tuple[SharedNeuron, ...]:
    kin, weights = concluded.pairs.kin_pairs(), base.weights
    assert weights is not None
    found = []
    for r in range(base.runs):
        for k, carried in base.census.polysemantic_neurons(r):
            order = sorted((i for i, _ in carried), key=lambda i: -abs(float(weights[r, i, k])))
            values = tuple(float(weights[r, i, k]) for i in order)
            found.append(
                SharedNeuron(
                    r,
                    k,
                    tuple(base.names[i] for i in order),
                    values,
                    signs=tuple(1 if value > 0 else -1 for value in values),
                    mark=mark(order, kin, concluded.tested),
                    effective=effective_number(np.array(values)),
                )
            )
    return tuple(sorted(found, key=lambda each: (each.run, -sum(map(abs, each.strengths)), each.neuron)))


def _same_shape(runs: Sequence[Any]) -> None:
    """Say so if runs have different widths or features."""
    if len({each.shape[1:] for each in runs}) > 1:
        sizes = ", ".join(str(each.shape) for each in runs)
        raise InputError(f"All runs must have the same features and neurons, but their shapes are {sizes}.")


def _weights_of(name: str, value: Any) -> Weights:
    """Read weights, or a list of files of weights, as (R, n, m)."""
    if isinstance(value, list | tuple) and value and isinstance(value[0], str | Path):
        parts = [_weights_of(name, each) for each in value]
        _same_shape(parts)
        return np.concatenate(parts)
    value = loaded(value)
    if isinstance(value, Path):
        raise bad_argument(name, "be files or arrays like the others, not a dictionary's folder", str(value))
    return replicated(name, value)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _is_dictionary(value: Any) -> bool:
    """Whether the weights, or the first of a list, are a dictionary's folder."""
    first = value[0] if isinstance(value, list | tuple) and value else value
    return isinstance(first, str | Path) and os.path.isdir(first)
