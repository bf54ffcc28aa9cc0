"""How many additions and multiplications a flow carries out: counted beside its steps, not estimated."""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics.flow import active_set, step_control
from polygenesis.dynamics.flow.dense import Dense
from polygenesis.dynamics.flow.integrate import Sparse
from polygenesis.dynamics.flow.step_control import Status
from polygenesis.dynamics.limits import time_limit
from polygenesis.dynamics.start import initial
from polygenesis.spec import RunSpec


def operations(spec: RunSpec) -> float:
    """Return the operations of all replicates of a small network's flow.

    While the state is dense an evaluation takes two products of 2n²m each. By active set it takes, for a neuron that
    carries c features, c² operations for the overlaps of its pairs and for its squares, and 2c² + 4c for the force on
    its weights; moving a weight takes 4. Dense moves, and what chooses steps, are left out.
    """
    return sum(_replicate(spec, weights) for weights in initial(spec))


def _replicate(spec: RunSpec, start: Floats) -> float:
    n, m = start.shape
    dense = Dense(start, spec, 4 * time_limit(spec))
    status = dense.advance(np.inf)
    total: float = 4.0 * n * n * m * dense.evaluations
    if status != Status.SPARSE:
        return total
    engine = Sparse(dense)
    pause = -np.inf
    while engine.advance(pause) == Status.PAUSED:
        state = engine.state
        step = float(state.clock[active_set.STEP])
        carried = state.count[state.live[: state.tally[active_set.NEURONS]]].astype(float)
        total += step_control.stages(step) * float((3 * carried**2 + 8 * carried).sum())
        pause = state.clock[active_set.TIME] + step
    return total
