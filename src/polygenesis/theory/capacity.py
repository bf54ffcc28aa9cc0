"""What sharing is forced: how many features fit, and the bookkeeping of one final state."""

from __future__ import annotations

import dataclasses

from polygenesis.errors import bad_argument
from polygenesis.theory import arguments
from polygenesis.theory.collisions import slot_model
from polygenesis.theory.prediction import Prediction

_SLOTS = "Each neuron holds at most one + and one − feature (linear hidden layer, ReLU on the output)"


def forced_neurons(n: int, m: int) -> Prediction:
    """The least possible number of shared neurons: max(0, n - m).

    With m neurons that hold one or two of n live features, n = occupied + shared <= m + shared.
    Raises InputError if n > 2m, where n - 2m features must die instead (:func:`lost_features`).
    """
    arguments.whole("n", n)
    if n > 2 * arguments.whole("m", m):
        raise bad_argument("n", f"be at most 2m = {2 * m}: beyond that features must die", n)
    return Prediction(float(max(0, n - m)), regime=f"{_SLOTS}; n <= 2m.", source="pigeonhole, exact")


def lost_features(n: int, m: int) -> Prediction:
    """The least possible number of features without a place: max(0, n - 2m)."""
    arguments.whole("n", n)
    arguments.whole("m", m)
    return Prediction(float(max(0, n - 2 * m)), regime=f"{_SLOTS}; any n and m.", source="pigeonhole, exact")


def incidental_excess(n: int, m: int) -> Prediction:
    """Shared neurons that chance adds to the forced ones: slot-model mean minus max(0, n - m).

    There is no kink at m = n: a random arrangement leaves neurons empty while it shares more than it must.
    """
    forced = float(forced_neurons(n, m))
    law = slot_model(n, m)
    low, high = law.interval()
    return Prediction(law.mean - forced, (low - forced, high - forced), law.regime, law.source)


@dataclasses.dataclass(frozen=True)
class Accounting:
    """The bookkeeping of one final state: what sharing was forced, and what was not.

    `excess` E = Σ_k (c_k - 1)₊ over neurons with c_k features; `necessary` is the part that n_live > m_live
    forces; `idle` counts neurons (or dimensions) left empty while others are shared; `rest` = E - necessary
    is incidental or structured.
    """

    necessary: int
    idle: int
    rest: int
    excess: int

    @property
    def necessary_share(self) -> float:
        """Which part of the excess was forced; NaN when nothing is shared."""
        return self.necessary / self.excess if self.excess else float("nan")

    @property
    def is_exact(self) -> bool:
        """Whether rest = idle, as it is when every feature holds one neuron; else `rest` is only a bound."""
        return self.rest == self.idle

    def __str__(self) -> str:
        if not self.excess:
            return "Nothing is shared."
        bound = "" if self.is_exact else " (a bound: features hold several neurons each)"
        parts = f"{self.necessary} forced + {self.rest} not forced{bound}"
        return f"Excess {self.excess} = {parts}; {self.idle} idle."


def accounting(n_live: int, m_live: int, occupied: int, excess: int) -> Accounting:
    """Split the excess of one final state into forced sharing and the rest.

    `n_live` features and `m_live` neurons that are not dead, `occupied` neurons with at least one feature
    (or the rank of the code where the basis means nothing), `excess` = Σ_k (c_k - 1)₊. Then necessary =
    max(0, n_live - m_live) and idle = min(n_live, m_live) - occupied, and if each feature holds one neuron,
    n_live = occupied + excess gives rest = idle. It is bookkeeping: with several neurons a feature `rest`
    is only an upper bound, and idle = 0 proves nothing.
    """
    for name, value in (("n_live", n_live), ("m_live", m_live), ("occupied", occupied), ("excess", excess)):
        arguments.whole(name, value, least=0)
    if occupied > m_live:
        raise bad_argument("occupied", f"be at most m_live = {m_live}", occupied)
    if occupied + excess < n_live:
        raise bad_argument("n_live", f"be at most occupied + excess = {occupied + excess}", n_live)
    necessary = max(0, n_live - m_live)
    idle = max(0, min(n_live, m_live) - occupied)
    return Accounting(necessary, idle, excess - necessary, excess)
