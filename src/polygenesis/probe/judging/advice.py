"""Advice: which shared neurons can be undone, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polygenesis.probe.judging.sharing import SharedNeuron, parts
from polygenesis.probe.surgery.split_and_relax import Preference, Split

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis

ADVISED = 5
"""Neurons of activations of which it is said how to split them; all others go the same way."""

MOST_PARTS = 3
"""Parts into which a neuron may be advised to be split: what carries more is better trained anew."""


def advice(found: Diagnosis) -> tuple[str, ...]:
    """Say for shared neurons whose sharing is not needed how to undo it; kin are never parted."""
    return _of_weights(found) if found.source == "weights" else _of_activations(found)


def _of_activations(found: Diagnosis) -> tuple[str, ...]:
    kin = frozenset(frozenset((each.first, each.second)) for each in found.pairs if each.kin)
    wanted = {(run, each.neuron) for run, each in found.splits if each.preference is Preference.PREFERRED}
    marked = [each for each in found.shared if each.mark in ("strangers", "both")]
    loose = [each for each in marked if (each.run, each.neuron) not in wanted]
    grouped = [(each, parts(each.features, kin)) for each in loose]
    few = sorted((pair for pair in grouped if len(pair[1]) <= MOST_PARTS), key=lambda pair: -len(pair[1]))
    said = [_split(each, groups, first=at == 0) for at, (each, groups) in enumerate(few[:ADVISED])]
    return (*said, *_crowded(len(grouped) - len(few)))


def _crowded(number: int) -> tuple[str, ...]:
    """Say how many neurons carry so much that splitting them one by one is no advice; nothing where there are none."""
    if not number:
        return ()
    carry = "neuron carries" if number == 1 else "neurons carry"
    return (
        f"{number:,} shared {carry} more than {MOST_PARTS} groups of features, too many to part singly; the page on "
        "mitigation in the documentation has recipes for training anew.",
    )


def _split(each: SharedNeuron, groups: list[tuple[str, ...]], *, first: bool) -> str:
    named = [" + ".join(group) for group in groups]
    how = "which leaves what the network computes as it is and gives each its own gradient" if first else ""
    said = f"Run {each.run}, neuron {each.neuron}: part {', '.join(named[:-1])} and {named[-1]} with `split_neuron`"
    return f"{said}, {how}." if how else f"{said}."


def _of_weights(found: Diagnosis) -> tuple[str, ...]:
    kin = frozenset((each.first, each.second) for each in found.pairs if each.kin)
    said, places = [], []
    for run, each in found.splits:
        if not isinstance(each, Split):
            continue
        names = [found.names[i] for i in each.features]
        related = any((a, b) in kin or (b, a) in kin for a in names for b in names)
        if each.preference is Preference.PREFERRED or related:
            continue
        said.append(
            f"Run {run}, neuron {each.neuron}: move {', '.join(found.names[i] for i in each.moved)} to "
            f"{_place(found, run, each)}; the objective goes from "
            f"{each.before:.6g} to {each.exact:.6g} at once, and to {each.split:.6g} with training "
            f"({each.control:.6g} without the split)."
        )
        places += [] if each.grown else [(run, each.to)]
    if len(set(places)) < len(places):
        said.append("Each of these stands alone: where several name one unused neuron, only one of them can have it.")
    return tuple(said)


def _place(found: Diagnosis, run: int, each: Split) -> str:
    """Say to which neuron features move, and by which function: of a tied code, or of the module with these weights."""
    if found.census.thresholds.distributed:
        return (
            "a neuron of their own in the module, with `split_module`" if each.grown else _other(each, "split_module")
        )
    if not each.grown:
        return _other(each, "split_code")
    if found.census.dead[run]:
        return "one of the neurons that carry nothing, with `split_code`"
    return "a new neuron, since none is unused: add a column of zeros to the weights, then call `split_code`"


def _other(each: Split, function: str) -> str:
    return f"neuron {each.to}, which is unused, with `{function}`"
