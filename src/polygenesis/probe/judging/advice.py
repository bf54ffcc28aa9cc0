"""Advice: which shared neurons can be undone, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polygenesis.probe.judging.sharing import SharedNeuron, parts
from polygenesis.probe.surgery.split_and_relax import Preference, Split

if TYPE_CHECKING:
    from polygenesis.probe.diagnosis import Diagnosis

ADVISED = 5
"""Neurons of activations of which it is said how to split them; all others go the same way."""


def advice(found: Diagnosis) -> tuple[str, ...]:
    """Say for shared neurons whose sharing is not needed how to undo it; kin are never parted."""
    return _of_weights(found) if found.source == "weights" else _of_activations(found)


def _of_activations(found: Diagnosis) -> tuple[str, ...]:
    kin = frozenset(frozenset((each.first, each.second)) for each in found.pairs if each.kin)
    wanted = {(run, each.neuron) for run, each in found.splits if each.preference is Preference.PREFERRED}
    marked = [each for each in found.shared if each.mark in ("strangers", "both")]
    loose = [each for each in marked if (each.run, each.neuron) not in wanted]
    ranked = sorted(loose, key=lambda each: -len(parts(each.features, kin)))
    return tuple(_split(each, parts(each.features, kin)) for each in ranked[:ADVISED])


def _split(each: SharedNeuron, groups: list[tuple[str, ...]]) -> str:
    named = [" + ".join(group) for group in groups]
    return (
        f"Run {each.run}, neuron {each.neuron}: part {', '.join(named[:-1])} and {named[-1]} with `split_neuron`, "
        "which leaves what the network computes as it is and gives each its own gradient."
    )


def _of_weights(found: Diagnosis) -> tuple[str, ...]:
    kin = frozenset((each.first, each.second) for each in found.pairs if each.kin)
    said = []
    for run, each in found.splits:
        if not isinstance(each, Split):
            continue
        names = [found.names[i] for i in each.features]
        related = any((a, b) in kin or (b, a) in kin for a in names for b in names)
        if each.preference is Preference.PREFERRED or related:
            continue
        said.append(
            f"Run {run}, neuron {each.neuron}: move {', '.join(found.names[i] for i in each.moved)} to "
            f"{'a new neuron' if each.grown else f'neuron {each.to}'} with `move_features`; the objective goes from "
            f"{each.before:.6g} to {each.exact:.6g} at once, and to {each.split:.6g} with training "
            f"({each.control:.6g} without the split)."
        )
    return tuple(said)
