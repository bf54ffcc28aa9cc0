"""The base of a diagnosis: everything that tests may ask, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from polygenesis.arrays import Booleans, Floats, Integers, Weights
from polygenesis.detect import Census
from polygenesis.probe.common_start import CommonStart
from polygenesis.probe.surgery.objective import Objective, Retrain

Samples = Literal["same", "alike", "different", "none"]
"""Whether all runs were read on the same samples, on samples given apart whose labels are the same, on different ones,
or on none (weights)."""

Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Base:
    """What a diagnosis is asked of.

    ``carried``: one 0/1 matrix (n, m_r) a run, copies of a unit counted once; ``live``: neurons of each run that are
    not constant, (R,). ``initial``: rows (n, m) of each run at its start, None where it is unknown; ``untrained``:
    what the untrained networks carry. ``signed``: features of opposite signs share (a linear hidden layer before a
    ReLU). ``one_neuron_codes``: the collision null and the rule of signs hold. ``finished``: whether training is known
    to have ended (None: unknown). ``independent``: whether runs could have come out differently in what they share;
    dictionaries that were matched by their neurons could not. ``run``: the simulated run, where it is one; ``rows``:
    its replicates. ``twins``: runs whose neurons are those of an earlier one in another order, with other scales or
    signs, (earlier, later); ``rearranged``: those of them that are surely one network. ``common_start``: two runs
    whose neurons of one number respond alike. ``signs``: as ``carried``, +1 or −1 where a feature is carried and 0
    elsewhere; None where all can only have one sign.
    ``standing_out``: pairs (i, j) that the tests of pairs name, once they have been asked.
    """

    source: Literal["weights", "activations"]
    names: tuple[str, ...]
    carried: tuple[Booleans, ...]
    live: tuple[int, ...]
    census: Census
    seed: int
    draws: int
    samples: Samples = "none"
    weights: Weights | None = None
    initial: Sequence[Floats] | None = None
    untrained: tuple[Booleans, ...] | None = None
    signed: bool = False
    one_neuron_codes: bool = False
    finished: bool | None = None
    independent: bool = True
    objective: Objective | None = None
    run: Any = None
    rows: tuple[int, ...] = ()
    retrain: Retrain | None = None
    counterfactuals: int = 0
    splits: int = 0
    widths: Mapping[int, Sequence[int]] | None = None
    standing_out: Pairs = ()
    twins: Pairs = ()
    rearranged: Pairs = ()
    common_start: CommonStart | None = None
    signs: tuple[Integers, ...] | None = None

    @property
    def runs(self) -> int:
        """Number of runs, R."""
        return len(self.carried)

    @property
    def replicates(self) -> bool:
        """Whether the runs are replicates of one simulated Run, to which no other runs can be added."""
        return bool(self.rows)

    @property
    def copies(self) -> int:
        """Number of neurons, of all runs, that are copies of others and are counted once."""
        return sum(self.census.shape[2] - each.shape[1] for each in self.carried)

    @property
    def shares(self) -> bool:
        """Whether some neuron carries two features."""
        return any((each.sum(axis=0) >= 2).any() for each in self.carried)
