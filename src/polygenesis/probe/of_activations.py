"""Diagnosis of activations with labels: select features, ask the battery, at one threshold and at others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from polygenesis.arrays import Booleans, Floats, Integers
from polygenesis.detect import Census, Thresholds, census
from polygenesis.errors import InputError
from polygenesis.probe.arguments import Options, check_examples
from polygenesis.probe.battery.base import Base
from polygenesis.probe.battery.battery import run_battery
from polygenesis.probe.common_start import common_start
from polygenesis.probe.diagnosis import Diagnosis
from polygenesis.probe.distinct import check_distinct, rearranged, same_activations
from polygenesis.probe.inputs.activations import Activations
from polygenesis.probe.inputs.labels import Labels
from polygenesis.probe.judging.conclusion import Conclusion, conclude
from polygenesis.probe.judging.sharing import SharedNeuron, mark
from polygenesis.probe.ladder import LADDER, holds, ladder
from polygenesis.probe.reading import Read
from polygenesis.probe.selection.basis import privileged_basis
from polygenesis.probe.selection.forecast import Forecast
from polygenesis.probe.selection.numbers import effective_number, purity, several_p_value
from polygenesis.probe.selection.occurrence import Occurrence, occurrence
from polygenesis.probe.selection.resting import NEGLIGIBLE, Rested, rested
from polygenesis.probe.selection.select import Selection, select
from polygenesis.probe.selection.selectivity import DEFAULT_THRESHOLD, Measure
from polygenesis.progress import PLAIN_SECONDS, announce

SELECTED = Thresholds(carries_from=0.5, alive=0.5, distributed=True)
"""For 0/1 matrices of selections: a feature without a neuron is dead, one with several is no accident."""

EXAMPLES, PURE = 5, 20
"""Samples shown for each shared neuron, and samples whose purity is said: those that excite it most."""


def diagnose_activations(given: Read, options: Options) -> Diagnosis:
    """Diagnose activations with labels; see :func:`polygenesis.probe.diagnose`."""
    given = _rested(given, NEGLIGIBLE if options.negligible is None else options.negligible)
    examples = check_examples(options.examples, max(each.samples for each in given.activations))
    threshold = DEFAULT_THRESHOLD[options.measure] if options.threshold is None else options.threshold
    alternatives = LADDER[options.measure] if options.alternatives is None else options.alternatives
    found = _selected(given.activations, given.labels, alternatives, options, "run")
    check_distinct(_strengths_of(found), given.activations)
    twins = same_activations(_strengths_of(found), given.activations)
    again = rearranged(twins, given.activations, given.labels)
    starts = None if given.initial is None else _selected(given.initial, given.labels, (), options, "start of run")
    start = None if given.samples == "different" else common_start(given.activations)
    base = _base(given, found, starts, options)
    base = replace(base, twins=tuple(twins), rearranged=tuple(again), common_start=start)
    findings = run_battery(base, options.progress)
    concluded = conclude(base, findings)
    sensitivity = tuple(ladder(base, found, alternatives, threshold, concluded))
    verdict = replace(concluded.verdict, clauses=(*concluded.verdict.clauses, *holds(sensitivity, concluded)))
    return Diagnosis(
        source="activations",
        names=given.names,
        verdict=verdict,
        axes=concluded.axes,
        findings=findings,
        census=base.census,
        strength=_strengths_of(found),
        shared=tuple(_shared(given, found, concluded, options.measure, examples)),
        pair_table=concluded.pairs,
        selectivity=tuple(each.selectivity for each in found),
        notes=tuple(_notes(given, found, options)),
        sensitivity=sensitivity,
        measure={"auroc": "AUROC", "difference": "difference", "information": "bits"}[options.measure],
    )


def _rested(given: Read, share: float) -> Read:
    """Read every run's negligible differences as none, and those of its start."""
    return replace(
        given,
        activations=_each_rested(given.activations, share, "run"),
        initial=given.initial and _each_rested(given.initial, share, "start of run"),
    )


def _each_rested(sources: Sequence[Activations], share: float, what: str) -> tuple[Activations, ...]:
    found = []
    for r, source in enumerate(sources):
        with _named(f"{what} {r}", len(sources)):
            found.append(rested(source, share))
    return tuple(found)


@contextmanager
def _named(run: str, runs: int) -> Iterator[None]:
    """Say of which run an error is, where there are several."""
    try:
        yield
    except InputError as error:
        said = str(error).replace("`activations`", "`initial`") if run.startswith("start") else str(error)
        raise InputError(said if runs == 1 else f"{said.rstrip('.')} ({run}).") from None


def _selected(
    sources: Sequence[Activations], labels: Sequence[Labels], others: Sequence[float], options: Options, what: str
) -> list[Selection]:
    """Select features in every run, at the threshold and at others."""
    found = []
    for r, (source, one) in enumerate(zip(sources, labels, strict=True)):
        said = _Said(options.progress, f"selecting features, {what} {r}")
        with _named(f"{what} {r}", len(sources)):
            chosen = select(
                source,
                one,
                measure=options.measure,
                threshold=options.threshold,
                thresholds=others,
                seed=options.seed,
                before=said.before,
                advance=said.advance,
            )
        found.append(chosen)
    return found


@dataclass(frozen=True)
class _Said:
    """What is said while one run's features are selected: time and memory first where it is long, then progress."""

    say: Callable[[str], None] | None
    step: str

    def before(self, expected: Forecast) -> None:
        if self.say is None:
            return
        if expected.seconds >= PLAIN_SECONDS:
            announce(self.say, f"{self.step}: {expected} for this step; the tests of what it finds come after")
        else:
            self.say(self.step)

    def advance(self, done: int, total: int) -> None:
        if self.say is not None and done < total:
            self.say(f"{self.step}: {done:,} of {total:,} neurons")


def _strengths_of(found: Sequence[Selection]) -> Floats:
    """The effects of all runs, (R, n, m); those of a single run are not copied."""
    return found[0].effect[None] if len(found) == 1 else np.stack([each.effect for each in found])


def _base(given: Read, found: Sequence[Selection], starts: Sequence[Selection] | None, options: Options) -> Base:
    return Base(
        source="activations",
        names=given.names,
        carried=tuple(each.distinct for each in found),
        live=tuple(each.live for each in found),
        census=_census([each.carried for each in found]),
        seed=options.seed,
        draws=options.draws,
        samples=given.samples,
        initial=None if starts is None else [_rows(each, one) for each, one in zip(starts, given.labels, strict=True)],
        untrained=None if starts is None else tuple(each.distinct for each in starts),
        widths=options.widths,
        signs=tuple(each.sign[:, each.representatives] for each in found) if any(e.signed for e in found) else None,
    )


def _rows(start: Selection, labels: Labels) -> Floats:
    """How much each feature moves each neuron before training, (n, m), less its mean over features.

    (1 − p_i)(AUROC_i − ½) is the mean centred rank of the samples with the feature, which does not grow as the
    feature gets rare; for exclusive classes, whose AUROC is balanced, all p are 1/K.
    """
    frequency = labels.counts / labels.samples
    if labels.counts.sum() <= labels.samples and occurrence(labels.present).exclusive:
        frequency = np.full(len(frequency), 1 / len(frequency))
    rows = (1 - frequency)[:, None] * np.nan_to_num(start.selectivity.auroc.T - 0.5)
    return np.asarray(rows - rows.mean(axis=0))


def _census(selected: Sequence[Booleans]) -> Census:
    return census(np.stack(selected).astype(np.float32), SELECTED)


def _shared(
    given: Read, found: Sequence[Selection], concluded: Conclusion, measure: Measure, examples: Sequence[str] | None
) -> list[SharedNeuron]:
    kin, every = concluded.pairs.kin_pairs(), []
    for r, one in enumerate(found):
        both = one.carried | one.inseparable
        shared = np.flatnonzero((one.copy_of == np.arange(len(one.copy_of))) & (both.sum(axis=0) >= 2))
        strongest = {int(k): _ordered(one, int(k), both[:, k]) for k in shared}
        looked = _looked_at(given.activations[r], occurrence(given.labels[r].present), strongest, one.signed)
        every += [
            _neuron(given, r, one, k, strongest[k], looked[k], kin, concluded.tested, measure, examples)
            for k in strongest
        ]
    return sorted(every, key=lambda each: (each.run, each.mark == "inseparable", -_carries(each), each.neuron))


def _carries(each: SharedNeuron) -> float:
    return sum(map(abs, each.strengths))


def _neuron(
    given: Read,
    run: int,
    one: Selection,
    k: int,
    features: Integers,
    looked: tuple[Integers, float],
    kin: frozenset[tuple[int, int]],
    tested: bool,
    measure: Measure,
    examples: Sequence[str] | None,
) -> SharedNeuron:
    shares, (top, p_value) = bool(one.carried[features, k].sum() >= 2), looked
    known, raising = features[one.carried[features, k]], features[one.effect[features, k] > 0]
    copies = np.flatnonzero((one.copy_of == k) & (np.arange(len(one.copy_of)) != k))
    labels = given.labels[run]
    return SharedNeuron(
        run,
        k,
        tuple(given.names[i] for i in features),
        _strengths(one, k, features, measure),
        tuple(float(each) for each in one.beside(k, features)),
        tuple(int(np.sign(each)) for each in one.effect[features, k]),
        mark(features.tolist(), kin, tested) if shares else "inseparable",
        tuple(int(each) for each in copies),
        tuple(_sample(int(i), labels, examples) for i in top[:EXAMPLES]),
        tuple(bool(row.any()) for row in labels.rows(top[:EXAMPLES])[:, features]),
        effective_number(one.effect[known, k]),
        purity(labels.rows(top)[:, raising]),
        p_value,
    )


def _ordered(one: Selection, k: int, both: Booleans) -> Integers:
    """The features of a neuron, strongest first: those it carries, or, if fewer than two, those not told apart too."""
    carried = np.flatnonzero(one.carried[:, k])
    features = carried if len(carried) >= 2 else np.flatnonzero(both)
    return np.asarray(features[np.argsort(-np.abs(one.effect[features, k]), kind="stable")])


def _strengths(one: Selection, k: int, features: Integers, measure: Measure) -> tuple[float, ...]:
    """The effects by which features were selected, negative where the neuron goes down: then 1 − AUROC counts."""
    values, signs = getattr(one.selectivity, measure)[k, features], np.sign(one.effect[features, k])
    sizes = np.where(signs < 0, 1 - values, values) if measure == "auroc" else np.abs(values)
    return tuple(float(each) for each in np.where(signs < 0, -sizes, sizes))


def _sample(at: int, labels: Labels, examples: Sequence[str] | None) -> str:
    """A sample's name: the one given, else its place, with its class where it has one."""
    if examples is not None:
        return str(examples[at])
    return f"{labels.names[int(labels.rows([at]).argmax())]}, {at}" if labels.kind == "classes" else str(at)


def _looked_at(
    source: Activations, known: Occurrence, features: Mapping[int, Integers], signed: bool
) -> dict[int, tuple[Integers, float]]:
    """For some neurons, the samples with the highest activations, and the p-value that it carries several features."""
    from polygenesis.probe.inputs.turning import highest

    found = {}
    for first, block in source.blocks(features) if features else ():
        for k in sorted(features.keys() & set(range(first, first + len(block)))):
            values = np.asarray(block[k - first], dtype=np.float64)
            p_value = several_p_value(values, known, features[k], signed=signed)
            found[k] = highest(values, min(PURE, len(values))), p_value
    return found


def _left_out(given: Read) -> Iterator[str]:
    """Say which features are left out, because all samples are alike in them."""
    gone = given.left_out
    if gone:
        every, verb = len(gone) + len(given.names), "is" if len(gone) == 1 else "are"
        said = ", ".join(f"{each.name} ({each.where})" for each in gone[:4])
        yield (
            f"{len(gone)} of {every:,} features {verb} left out, because no neuron can discriminate what is present "
            f"nowhere or in every sample: {said}{' and others' if len(gone) > 4 else ''}."
        )


def _negligible(given: Read, every: str, share: float) -> Iterator[str]:
    """Say how many neurons vary by too little to be live, and in how many others small differences are ties."""
    resting = [each.resting for each in given.activations if isinstance(each, Rested)]
    faint = sum(int(each.faint.sum()) for each in resting)
    ties = sum(int(each.moved.sum()) for each in resting) - faint
    kept = "`negligible=0` counts every difference"
    if faint:
        are = "varies by less than {} and counts" if faint == 1 else "vary by less than {} and count"
        scale = f"{share:g} of what others of the layer do, with none between,"
        yield f"{faint} of {every} {are.format(scale)} as not live; {kept}."
    if ties:
        yield (
            f"In {ties} of {every} differences below {share:g} of the neuron's standard deviation count as ties"
            f"{'' if faint else f'; {kept}'}."
        )


def _notes(given: Read, found: Sequence[Selection], options: Options) -> Iterator[str]:
    runs = " of all runs" if len(found) > 1 else ""
    every = sum(len(each.constant) for each in found)
    share = NEGLIGIBLE if options.negligible is None else options.negligible
    faint = sum(int(each.resting.faint.sum()) for each in given.activations if isinstance(each, Rested))
    constant = sum(int(each.constant.sum()) for each in found) - faint
    if constant:
        are = "is constant on these samples and counts" if constant == 1 else "are constant on these samples and count"
        yield f"{constant} of {every:,} neurons{runs} {are} as not live."
    yield from _negligible(given, f"{every:,} neurons{runs}", share)
    yield from _left_out(given)
    yield from dict.fromkeys(note for each in given.labels for note in each.notes)
    if given.labels[0].kind == "classes" and {"-1", "0"} <= set(given.names) and "-2" not in given.names:
        yield "Label −1 counts as a class; if it stands for none, leave its samples out or label them −100."
    copies = sum(len(each.copy_of) - len(each.representatives) for each in found)
    if copies:
        said = "is a copy of another and is" if copies == 1 else "are copies of others and are"
        yield f"{copies} of {every:,} neurons{runs} {said} counted once."
    apart = sum(int((each.inseparable.any(axis=0) & (each.carried.sum(axis=0) < 2)).sum()) for each in found)
    if apart:
        verb, they = ("selects", "it is") if apart == 1 else ("select", "they are")
        yield (
            f"{apart} of {every:,} neurons{runs} {verb} features that these labels cannot tell apart; {they} not "
            "counted as shared."
        )
    unseen = [given.names[i] for i in np.flatnonzero(~np.any([each.carried.any(axis=1) for each in found], axis=0))]
    if unseen:
        yield f"No neuron selects {', '.join(unseen[:8])}{' and others' if len(unseen) > 8 else ''}."
    if not privileged_basis(given.activations[0], seed=options.seed).privileged:
        yield (
            "The units are not found to differ from random rotations of them: this layer may have no privileged basis, "
            "and then single neurons mean little."
        )
    yield "Labels are not the truth about features: two names may be one feature, and related classes share inputs."
