"""One short function that turns activations or weights into a diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from polygenesis.arrays import Booleans, Floats, Weights
from polygenesis.detect import DIRECTION, HALF, Census, Thresholds, census
from polygenesis.detect.inputs import replicated
from polygenesis.errors import InputError, bad_argument
from polygenesis.probe.arguments import (
    check_examples,
    check_functions,
    check_real,
    check_runs,
    check_whole,
    check_widths,
)
from polygenesis.probe.battery.counterfactual import Retrain
from polygenesis.probe.battery.judging import Findings, judge_selections, judge_weights, same_features
from polygenesis.probe.battery.recurrence import LEAST_RUNS, recurrence
from polygenesis.probe.diagnosis import Diagnosis, SharedNeuron
from polygenesis.probe.dictionaries.reading import read_dictionary
from polygenesis.probe.inputs.activations import Activations, read_activations
from polygenesis.probe.inputs.files import loaded
from polygenesis.probe.inputs.labels import LabelKind, Labels, plain, read_labels
from polygenesis.probe.selection.selectivity import Measure, Selectivity, selectivity
from polygenesis.probe.surgery.objective import Objective, one_hot_objective

SELECTED = Thresholds(carries_from=0.5, alive=0.5, distributed=True)
"""For 0/1 matrices of selections: a feature without a neuron is dead, one with several is no accident."""

DECODED = Thresholds(carries_from=DIRECTION.carries_from, alive=DIRECTION.alive, relative=True, distributed=True)
"""For decoders of dictionaries: weights in units of their row's norm, several neurons a feature."""

LADDER: dict[Measure, tuple[float, ...]] = {
    "auroc": (0.65, 0.7, 0.75, 0.8, 0.85, 0.9),
    "difference": (0.3, 0.5, 0.8, 1.2, 1.6),
    "information": (0.01, 0.02, 0.05, 0.1, 0.2),
}
"""Thresholds between which a reader may hesitate: what ``Diagnosis.sensitivity`` compares."""

LEAST_DRAWS = 99
"""Draws from which on recurrence can reach the p-value that decides, .01."""

EXAMPLES = 5
"""Samples shown for each shared neuron."""


def diagnose(
    activations: Any,
    labels: Any = None,
    *,
    runs: Sequence[Any] | None = None,
    initial: Any = None,
    kind: LabelKind | None = None,
    measure: Measure = "auroc",
    threshold: float | None = None,
    thresholds: Thresholds | None = None,
    objective: Objective | None = None,
    retrain: Retrain | None = None,
    counterfactuals: int = 0,
    splits: int = 10,
    widths: Mapping[int, Sequence[int]] | None = None,
    examples: Sequence[str] | None = None,
    seed: int = 0,
    draws: int = 999,
) -> Diagnosis:
    """Say which neurons are shared by which features, and whether by chance, by need, or by structure.

    ``activations`` with ``labels``: (samples, neurons) and classes, 0/1 columns or concepts (see
    :func:`polygenesis.probe.read_labels`); a list of such arrays for several seeds of one network on the same
    samples, or ``runs``, a list of further (activations, labels) pairs or of activations. Without ``labels``:
    signed weights (n, m) or (R, n, m), features by neurons, or a :class:`polygenesis.Run` of the toy model,
    which brings its start, its loss and its training along. Paths of .npy, .npz, .safetensors and .parquet
    files will do for arrays, a folder of cfg.json and safetensors for a dictionary's decoder, and lists of either.

    ``initial``: activations of the untrained network(s), or initial weights, shaped as the others. ``measure``,
    ``threshold``: what selects a feature, besides a false discovery rate. ``objective``, ``retrain``,
    ``counterfactuals``, ``splits``: for weights, the loss, a function from initial to final weights, and how many pairs
    to retrain and neurons to split. ``widths``: width → shared neurons of its runs. ``examples``: names of samples. The
    same seed gives the same p-values. Raises :class:`polygenesis.InputError`, one sentence for each wrong input.
    """
    draws, seed = check_whole("draws", draws, LEAST_DRAWS), check_whole("seed", seed, 0)
    splits, counterfactuals = check_whole("splits", splits, 0), check_whole("counterfactuals", counterfactuals, 0)
    check_real("threshold", threshold)
    check_widths(widths)
    check_functions(objective, retrain)
    runs = check_runs(runs)
    if labels is None:
        for name, value in (("kind", kind), ("threshold", threshold), ("examples", examples)):
            if value is not None:
                raise InputError(f"Argument `{name}` needs `labels`; without them `activations` are read as weights.")
        return _of_weights(
            activations, runs, initial, thresholds, objective, retrain, counterfactuals, splits, widths, seed, draws
        )
    if objective is not None or retrain is not None or counterfactuals:
        raise InputError("Arguments `objective`, `retrain` and `counterfactuals` need weights, not activations.")
    pairs = _runs_of(activations, labels, runs, kind)
    examples = check_examples(examples, max(each.samples for each, _ in pairs))
    return _of_activations(pairs, initial, measure, threshold, widths, examples, seed, draws)


# Weights


def _of_weights(
    given: Any,
    runs: Sequence[Any],
    initial: Any,
    thresholds: Thresholds | None,
    objective: Objective | None,
    retrain: Retrain | None,
    counterfactuals: int,
    splits: int,
    widths: Mapping[int, Sequence[int]] | None,
    seed: int,
    draws: int,
) -> Diagnosis:
    notes: list[str] = []
    if hasattr(given, "spec") and hasattr(given, "final"):
        given, initial, objective, retrain = _of_run(given, initial, objective, retrain, notes)
    elif _is_folder(given):
        thresholds = thresholds or DECODED
    parts = [_weights_of("activations", given), *(_weights_of("runs", each) for each in runs)]
    same_features([part[0] for part in parts])
    weights = np.concatenate(parts)
    start = None if initial is None else _weights_of("initial", initial)
    if start is not None and start.shape != weights.shape:
        raise bad_argument("initial", f"have the weights' shape {weights.shape}", f"shape {start.shape}")
    found = census(weights, thresholds or HALF)
    findings = judge_weights(
        weights, found, initial=start, objective=objective, retrain=retrain, counterfactuals=counterfactuals,
        splits=splits, widths=widths, seed=seed, draws=draws,
    )  # fmt: skip
    names = tuple(str(i) for i in range(weights.shape[1]))
    shared = [
        SharedNeuron(r, k, tuple(names[i] for i, _ in carried), tuple(float(weights[r, i, k]) for i, _ in carried))
        for r in range(len(weights))
        for k, carried in found.polysemantic_neurons(r)
    ]
    marked = _marked(shared, findings, names)
    return Diagnosis("weights", found, names, weights[0], marked, findings, notes=tuple(notes))


def _of_run(
    run: Any, initial: Any, objective: Objective | None, retrain: Retrain | None, notes: list[str]
) -> tuple[Weights, Weights, Objective | None, Retrain]:
    """Take the converged replicates of a run of the toy model, with its start, loss and training."""
    from polygenesis.dynamics import Outcome, simulate

    spec = run.spec
    wanted = [Outcome.CONVERGED] if run.converged.any() else [Outcome.FINISHED]
    rows = np.array([each in wanted for each in run.outcome])
    if not rows.any():
        raise InputError("No replicate of the run has converged, so there is nothing to diagnose.")
    if not rows.all():
        notes.append(f"{int((~rows).sum())} of {len(rows)} replicates have not converged and are left out.")

    def again(start: Weights) -> Weights:
        return simulate(spec.replace(replicates=len(start)), initial_weights=start).final

    return (
        run.final[rows],
        run.initial[rows] if initial is None else initial,
        one_hot_objective(spec.penalty.strength) if objective is None else objective,
        again if retrain is None else retrain,
    )


def _weights_of(name: str, value: Any) -> Weights:
    """Read weights, or a list of files or dictionaries' folders of weights, as (R, n, m)."""
    if isinstance(value, list | tuple) and value and isinstance(value[0], str | Path):
        parts = [_weights_of(name, each) for each in value]
        same_features([part[0] for part in parts])
        return np.concatenate(parts)
    value = loaded(value)
    if isinstance(value, Path):
        value = read_dictionary(value)[0]
    if isinstance(value, list | tuple) and value and hasattr(value[0], "detach"):
        value = [plain(name, each) for each in value]
    return replicated(name, plain(name, value) if hasattr(value, "detach") else value)


def _is_folder(value: Any) -> bool:
    """Whether the weights, or the first of a list, are a dictionary's folder."""
    first = value[0] if isinstance(value, list | tuple) and value else value
    return isinstance(first, str | Path) and Path(first).is_dir()


# Activations


def _runs_of(
    activations: Any, labels: Any, runs: Sequence[Any], kind: LabelKind | None
) -> list[tuple[Activations, Labels]]:
    """Pair every run's activations with its labels."""
    activations = _array_of(activations)
    if isinstance(activations, list | tuple):
        activations = [_array_of(each) for each in activations]
    several = isinstance(activations, list) and len(activations) and np.ndim(activations[0]) == 2
    if not several and getattr(activations, "ndim", 2) == 3:
        several = True
    listed = list(activations) if several else [activations]
    own = isinstance(labels, list | tuple) and several and len(labels) == len(listed) and np.ndim(labels[0]) > 0
    given = [read_labels(_array_of(each), kind) for each in labels] if own else [read_labels(_array_of(labels), kind)]
    given *= 1 if own else len(listed)
    pairs = [(read_activations(each), one) for each, one in zip(listed, given, strict=True)]
    for each in runs:
        if isinstance(each, tuple) and len(each) == 2:
            pairs.append((read_activations(_array_of(each[0])), read_labels(_array_of(each[1]), kind)))
        else:
            pairs.append((read_activations(_array_of(each)), given[0]))
    if len({one.names for _, one in pairs}) > 1:
        raise InputError("All runs must have the same features, but their labels name different ones.")
    widths = [each.neurons for each, _ in pairs]
    if len(set(widths)) > 1:
        raise InputError(f"All runs must have the same width, but have {', '.join(map(str, widths))} neurons.")
    return pairs


def _of_activations(
    pairs: list[tuple[Activations, Labels]],
    initial: Any,
    measure: Measure,
    threshold: float | None,
    widths: Mapping[int, Sequence[int]] | None,
    examples: Sequence[str] | None,
    seed: int,
    draws: int,
) -> Diagnosis:
    found = [selectivity(each, labels, seed=seed) for each, labels in pairs]
    selected = [each.selected(measure, threshold).T for each in found]
    live = [int((~each.constant).sum()) for each in found]
    findings = judge_selections(
        selected, initial=_initial_rows(initial, pairs), widths=widths, live=live, seed=seed, draws=draws
    )
    names = pairs[0][1].names
    strength = [_strength(each, measure) for each in found]
    return Diagnosis(
        "activations",
        _census(selected),
        names,
        strength[0],
        _marked(_shared(pairs, selected, found, measure, examples), findings, names),
        findings,
        tuple(found),
        tuple(_notes(found, selected)),
        tuple(_ladder(found, measure, seed, min(draws, 199))),
        {"auroc": "AUROC", "difference": "difference", "information": "bits"}[measure],
    )


def _marked(shared: Iterable[SharedNeuron], findings: Findings, names: tuple[str, ...]) -> tuple[SharedNeuron, ...]:
    """Say of each shared neuron whether it carries strangers; of each run, those that carry most come first."""
    found = findings.recurrence
    if found is not None and found.found and found.related:
        related = {frozenset((names[i], names[j])) for i, j in found.related}
        shared = [
            replace(each, mixed=any(frozenset(pair) not in related for pair in combinations(each.features, 2)))
            for each in shared
        ]
    return tuple(sorted(shared, key=lambda each: (each.run, -sum(map(abs, each.strengths)), each.neuron)))


def _census(selected: Sequence[Booleans]) -> Census:
    return census(np.stack(selected).astype(np.float32), SELECTED)


def _strength(found: Selectivity, measure: Measure) -> Floats:
    """Effects (n, m), 0 for none; the AUROC from −1 to 1."""
    if measure == "auroc":
        return np.asarray(2 * found.auroc - 1).T
    values: Floats = getattr(found, measure)
    return np.where(found.auroc < 0.5, -np.abs(values), np.abs(values)).T


def _initial_rows(initial: Any, pairs: list[tuple[Activations, Labels]]) -> list[Floats] | None:
    """Turn activations of the untrained networks into rows (n, m): by how much each feature moves each neuron."""
    if initial is None:
        return None
    listed = list(initial) if isinstance(initial, list | tuple) or getattr(initial, "ndim", 2) == 3 else [initial]
    if len(listed) != len(pairs):
        raise bad_argument("initial", f"have one array for each of the {len(pairs)} runs", len(listed))
    rows = [
        np.nan_to_num(selectivity(_array_of(each), labels, permutations=0).auroc - 0.5).T
        for each, (_, labels) in zip(listed, pairs, strict=True)
    ]
    for row, (source, _) in zip(rows, pairs, strict=True):
        if row.shape[1] != source.neurons:
            raise bad_argument("initial", f"have the runs' {source.neurons} neurons", row.shape[1])
    return rows


def _shared(
    pairs: list[tuple[Activations, Labels]],
    selected: Sequence[Booleans],
    found: Sequence[Selectivity],
    measure: Measure,
    examples: Sequence[str] | None,
) -> Iterator[SharedNeuron]:
    names = pairs[0][1].names
    for r, matrix in enumerate(selected):
        neurons = np.flatnonzero(matrix.sum(axis=0) >= 2)
        tops = _top_samples(pairs[r][0], neurons)
        for k, top in zip(neurons, tops, strict=True):
            features = np.flatnonzero(matrix[:, k])
            shown = tuple(_sample(i, pairs[r][1], examples) for i in top)
            told = tuple(bool(row.any()) for row in pairs[r][1].present[top][:, features])
            effects = tuple(float(each) for each in getattr(found[r], measure)[k, features])
            yield SharedNeuron(r, int(k), tuple(names[i] for i in features), effects, shown, told)


def _sample(at: int, labels: Labels, examples: Sequence[str] | None) -> str:
    """A sample's name: the one given, else its place, with its class where it has one."""
    if examples is not None:
        return str(examples[at])
    return f"{labels.names[int(labels.present[at].argmax())]}, {at}" if labels.kind == "classes" else str(at)


def _top_samples(source: Activations, neurons: Any) -> list[list[int]]:
    """The samples with the highest activations of some neurons, highest first."""
    wanted, found = {int(k) for k in neurons}, {}
    for first, block in source.blocks(wanted):
        for k in wanted & set(range(first, first + len(block))):
            values = np.asarray(block[k - first], dtype=np.float64)
            count = min(EXAMPLES, len(values))
            best = np.argpartition(-values, count - 1)[:count]
            found[k] = [int(i) for i in best[np.argsort(-values[best], kind="stable")]]
    return [found[int(k)] for k in neurons]


def _notes(found: Sequence[Selectivity], selected: Sequence[Booleans]) -> Iterator[str]:
    constant = sum(int(each.constant.sum()) for each in found)
    if constant:
        every = sum(each.neurons for each in found)
        runs = " of all runs" if len(found) > 1 else ""
        yield f"{constant} of {every:,} neurons{runs} are constant on these samples and count as not live."
    faint = [found[0].names[i] for i in np.flatnonzero(~np.any([each.any(axis=1) for each in selected], axis=0))]
    if faint:
        yield f"No neuron selects {', '.join(faint[:8])}{' and others' if len(faint) > 8 else ''}."
    yield "Labels are not the truth about features: two names may be one feature, and related classes share inputs."


def _ladder(found: Sequence[Selectivity], measure: Measure, seed: int, draws: int) -> Iterator[dict[str, float]]:
    """For each threshold: how many neurons and features are left, how many are shared, and recurrence."""
    for threshold in LADDER[measure]:
        selected = [each.selected(measure, threshold).T for each in found]
        counts = [each.sum(axis=0) for each in selected]
        row = {
            "threshold": threshold,
            "selective neurons": float(np.mean([(c >= 1).sum() for c in counts])),
            "shared neurons": float(np.mean([(c >= 2).sum() for c in counts])),
            "features selected": float(np.mean([each.any(axis=1).sum() for each in selected])),
        }
        if len(selected) >= LEAST_RUNS:
            again = recurrence(selected, seed=seed, draws=draws)
            row |= {"recurrence, observed/expected": again.ratio, "recurrence, p": again.p_value}
        yield row


def _array_of(value: Any) -> Any:
    """Read what is a path of an array; a dictionary's folder holds weights, which have no samples to label."""
    value = loaded(value)
    if isinstance(value, Path):
        raise InputError(f"Folder {str(value)!r} holds weights, which are diagnosed without `labels`, and no samples.")
    return value
