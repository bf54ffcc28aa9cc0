"""How many additions and multiplications the active set carries out: counted beside its steps, not estimated."""

from __future__ import annotations

import numpy as np

from polygenesis.arrays import Floats
from polygenesis.dynamics import active_set, stepping
from polygenesis.dynamics.dense import Dense
from polygenesis.dynamics.flow import Sparse, time_limit
from polygenesis.dynamics.simulate import initial
from polygenesis.spec import RunSpec


def operations(spec: RunSpec) -> float:
    """Return the operations of all replicates of a flow that is stored by neuron from the start.

    An evaluation takes, for a neuron that carries c features, c² operations for the overlaps of its pairs and for its
    squares, and 2c² + 4c for the force on its weights; moving a weight takes 4. What chooses steps is left out.
    """
    return sum(_replicate(spec, weights) for weights in initial(spec))


def _replicate(spec: RunSpec, start: Floats) -> float:
    engine = Sparse(Dense(start, spec, 4 * time_limit(spec)))
    state, total, pause = engine.state, 0.0, -np.inf
    while engine.advance(pause) == active_set.PAUSED:
        step = float(state.clock[active_set.STEP])
        carried = state.count[state.live[: state.tally[active_set.NEURONS]]].astype(float)
        total += stepping.stages(step) * float((3 * carried**2 + 8 * carried).sum())
        pause = state.clock[active_set.TIME] + step
    return total
