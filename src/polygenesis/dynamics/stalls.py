"""How long a compiled loop may run before it returns to Python, and when a flow gets nowhere.

Both are counted in evaluations of the gradient, never in seconds: where a run is looked at, and so how it ends, is the
same on every machine and whatever is saved on the way.
"""

from __future__ import annotations

LOOK = 1000
"""Evaluations between two looks at how far a flow has come."""

SHORTEST = 1e-9
"""Mean step (paper's clock) over so many evaluations below which a flow has stalled: the rest would take for ever."""

STEADY = 10.0
"""Steps that grow are no stall: the first steps from huge weights are as short, and each is longer than the last."""

WORK = 2**26
"""Multiplications that a compiled loop may do before it returns, so that Ctrl-C is heard: a tenth of a second."""


def evaluations_at_once(work: int) -> int:
    """Return how many evaluations, of ``work`` multiplications each, a loop may make before it returns to Python."""
    return max(1, min(LOOK, WORK // max(work, 1)))


class Stalls:
    """Notices a flow whose steps have shrunk to nothing; ``time`` is in the paper's clock."""

    def __init__(self, time: float, evaluations: int) -> None:
        self.time, self.due, self.before = time, evaluations + LOOK, 0.0

    def found(self, time: float, evaluations: int) -> bool:
        """Say every LOOK evaluations whether the time since the last look is nothing, and no more than before that."""
        if evaluations < self.due:
            return False
        gone = time - self.time
        stalled = gone < LOOK * SHORTEST and gone <= STEADY * self.before
        self.time, self.due, self.before = time, evaluations + LOOK, gone
        return stalled
