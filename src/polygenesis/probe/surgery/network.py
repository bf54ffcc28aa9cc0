"""One trained network as surgery sees it: its parameters, what surrounds its neurons, its objective."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.checks import check_weights
from polygenesis.errors import InputError, unknown_name
from polygenesis.probe.surgery.neurons import Network, Surroundings, surroundings
from polygenesis.probe.surgery.relaxing import Landscape
from polygenesis.probe.surgery.run_objective import run_objective

if TYPE_CHECKING:
    from polygenesis.dynamics.run import Run


@dataclass(frozen=True, eq=False)
class Subject:
    """A network to operate on. ``read``: parameters → the matrix (features, m) that says which neuron carries what."""

    network: Network
    surroundings: Surroundings
    read: Callable[[Mapping[str, Floats]], Floats]
    objective: Landscape

    def with_room(self) -> tuple[Network, int, bool]:
        """Return the network, a neuron of it that is unused, and whether it had to be added."""
        unused = self.surroundings.unused(self.network)
        if unused:
            return self.network, unused[0], False
        grown = self.surroundings.grown(self.network)
        return grown, grown[self.surroundings.incoming].shape[1] - 1, True


def is_run(value: Any) -> bool:
    """Whether a value is a run of a spec rather than an array of weights."""
    return hasattr(value, "spec") and hasattr(value, "outcome")


def of_weights(weights: Any, objective: Any) -> Subject:
    """Read weights (n, m) of a tied code with their objective."""
    if not all(hasattr(objective, each) for each in ("slope", "kink", "shrink")):
        raise InputError("Argument `objective` must be an Objective (see `one_hot_objective`, `input_objective`).")
    array = np.array(check_weights("weights", weights, dimensions=2), dtype=np.float64)
    return Subject({"weights": array}, Surroundings("weights"), lambda found: found["weights"], objective)


def of_run(run: Run, replicate: int = 0, reading: str | None = None) -> Subject:
    """Read one replicate of a run with the objective that it was trained on.

    ``reading``: one of ``run.spec.model.readings``, by default the first. Raises :class:`polygenesis.InputError` with
    the reason where the loss cannot be evaluated, where a neuron cannot be split, or where neither the model nor the
    penalty tells neurons from other directions, so that the loss cannot prefer a neuron to be shared.
    """
    from polygenesis.dynamics.privileged_basis import INVARIANT

    spec = run.spec
    objective = run_objective(run, replicate)
    known = [each.name for each in spec.model.readings]
    name = known[0] if reading is None else reading
    if name not in known:
        raise unknown_name(f"reading of {spec.model.kind}", name, known)
    around = surroundings(spec, name)
    if not (spec.model.breaks_rotations or spec.penalty.breaks_rotations):
        raise InputError(
            f"Splitting a neuron means nothing here: the loss of {spec.model.kind!r} with penalty "
            f"{spec.penalty.kind!r} is the same in every rotation of the hidden space, so that it prefers no neuron; "
            f"read {INVARIANT} instead."
        )

    def read(found: Mapping[str, Floats]) -> Floats:
        return np.asarray(spec.model.read({each: value[None] for each, value in found.items()}, name)[0])

    network: Network = {each: np.array(value[replicate], dtype=np.float64) for each, value in run.parameters.items()}
    return Subject(network, around, read, objective)
