"""Arguments of a diagnosis, checked once at the door: numbers, lists of runs, widths and names of samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from pathlib import Path
from typing import Any

from polygenesis.arguments import whole
from polygenesis.detect import Thresholds
from polygenesis.errors import InputError, bad_argument, unknown_name
from polygenesis.numerals import counted
from polygenesis.probe.dictionaries.reading import PARTS, Part
from polygenesis.probe.inputs.labels import LabelKind
from polygenesis.probe.selection.selectivity import MEASURES, Measure, checked_threshold
from polygenesis.probe.surgery.objective import Objective, Retrain

LEAST_DRAWS = 99
"""Draws from which on recurrence can reach the p-value that decides, .01."""


@dataclass(frozen=True, eq=False)
class Options:
    """How to diagnose, checked: see :func:`polygenesis.probe.diagnose`."""

    kind: LabelKind | None = None
    measure: Measure = "auroc"
    threshold: float | None = None
    alternatives: Sequence[float] | None = None
    thresholds: Thresholds | None = None
    objective: Objective | None = None
    retrain: Retrain | None = None
    counterfactuals: int = 0
    splits: int = 10
    widths: Mapping[int, Sequence[int]] | None = None
    examples: Sequence[str] | None = None
    dictionary: Part = "decoder"
    seed: int = 0
    draws: int = 999
    negligible: float | None = None
    progress: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        """Check every value on its own, before anything is read."""
        for name, least in (("draws", LEAST_DRAWS), ("seed", 0), ("splits", 0), ("counterfactuals", 0)):
            object.__setattr__(self, name, whole(name, getattr(self, name), least))
        if self.measure not in MEASURES:
            raise unknown_name("measure", self.measure, MEASURES)
        if self.dictionary not in PARTS:
            raise unknown_name("part of a dictionary", self.dictionary, PARTS)
        check_real("threshold", self.threshold)
        check_real("negligible", self.negligible)
        if self.negligible is not None and not 0 <= self.negligible < 1:
            raise bad_argument("negligible", "be at least 0 and below 1", self.negligible)
        if self.alternatives is not None:
            object.__setattr__(self, "alternatives", check_thresholds("alternatives", self.alternatives, self.measure))
        check_widths(self.widths)
        check_functions(self.objective, self.retrain)

    def check_for_weights(self) -> None:
        """Refuse what needs labels."""
        for name in ("kind", "threshold", "alternatives", "examples", "negligible"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, tuple) and not value):
                raise InputError(f"Argument `{name}` needs `labels`; without them `activations` are read as weights.")

    def check_for_activations(self) -> None:
        """Refuse what needs weights."""
        if self.objective is not None or self.retrain is not None or self.counterfactuals:
            raise InputError("Arguments `objective`, `retrain` and `counterfactuals` need weights, not activations.")
        if self.dictionary != "decoder":
            raise InputError("Argument `dictionary` needs a dictionary's folder, which is diagnosed without `labels`.")
        if self.thresholds is not None:
            raise InputError(
                "Argument `thresholds` needs weights; with `labels`, `threshold` is the effect to select by."
            )


def check_options(given: Mapping[str, Any]) -> None:
    """Check options of a diagnosis by their names and values, before anything is run."""
    names = [each.name for each in fields(Options)]
    for name in given:
        if name not in (*names, "runs"):
            raise unknown_name("option", name, (*names, "runs"))
    check_runs(given.get("runs"))
    Options(**{name: value for name, value in given.items() if name != "runs"}).check_for_activations()


def check_real(name: str, value: Any) -> None:
    """Refuse what is no real number; None is none given."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, Real)):
        raise bad_argument(name, "be a number", value)


def check_list(name: str, value: Any) -> Sequence[Any]:
    """Return a list or a tuple as it is, and nothing for None; refuse what is neither."""
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise bad_argument(name, "be a list of numbers", value)
    return value


def check_thresholds(name: str, values: Any, measure: Measure) -> tuple[float, ...]:
    """Return thresholds of a measure, each checked; a list, a tuple or one axis of an array."""
    found = []
    for each in check_list(name, values.tolist() if getattr(values, "ndim", 0) == 1 else values):
        check_real(name, each)
        try:
            found.append(checked_threshold(measure, each))
        except InputError as error:
            raise InputError(str(error).replace("`threshold`", f"`{name}`")) from None
    return tuple(found)


def check_functions(objective: Any, retrain: Any) -> None:
    """Refuse a loss that is no :class:`Objective`, and a training that cannot be called."""
    if objective is not None and not isinstance(objective, Objective):
        raise bad_argument("objective", "be an Objective, such as one_hot_objective(0.1)", objective)
    if retrain is not None and not callable(retrain):
        raise bad_argument("retrain", "be a function from initial to final weights", retrain)


def check_runs(runs: Any) -> list[Any]:
    """Return further runs as a list, empty where none are given."""
    if runs is None:
        return []
    dimensions = getattr(runs, "ndim", None)
    if dimensions is not None and dimensions != 3:
        raise bad_argument("runs", "be a list of runs, [run, ...]", f"shape {tuple(runs.shape)}")
    if isinstance(runs, str | Path | Mapping) or not isinstance(runs, Iterable):
        raise bad_argument("runs", "be a list of runs, [run, ...]", runs)
    return list(runs)


def check_widths(widths: Any) -> None:
    """Refuse what is no mapping from widths to the shared neurons of their runs; None is none given."""
    must = "map widths to lists of counts of shared neurons, {width: [count, ...], ...}"
    if widths is None:
        return
    if not isinstance(widths, Mapping):
        raise bad_argument("widths", must, widths)
    for width, counts in widths.items():
        try:
            known = [float(width) > 0, *(float(count) >= 0 for count in counts)]
        except (TypeError, ValueError):
            known = [False]
        if isinstance(counts, str) or len(known) < 2 or not all(known):
            raise bad_argument("widths", must, {width: counts})
    if len(widths) < 2 or sum(len(counts) for counts in widths.values()) < 3:
        raise bad_argument("widths", "hold two widths or more, with three counts or more in all", dict(widths))


def check_examples(examples: Any, samples: int) -> Sequence[str] | None:
    """Return the names of samples as a list, if every sample has one; None is none given."""
    if examples is None:
        return None
    if isinstance(examples, str) or not isinstance(examples, Iterable):
        raise bad_argument("examples", "be a list of names of samples", examples)
    names = list(examples)
    if len(names) < samples:
        raise InputError(
            f"Argument `examples` must name each of the {samples} samples, but has {counted(len(names), 'name')}."
        )
    return names
