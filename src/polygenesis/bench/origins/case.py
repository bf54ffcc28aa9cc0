"""What a case is: the arguments of one diagnosis, and the truth about the networks behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from polygenesis.arrays import Booleans, Integers

Origin = Literal[
    "chance", "need", "task", "input", "frequencies", "mixture", "single concepts", "shared by design", "random labels"
]
"""Why neurons are shared, or that they are not."""

Pairs = tuple[tuple[int, int], ...]


def first_pairs(pairs: int) -> Pairs:
    """The pairs (2p, 2p + 1), which all kinds designate."""
    return tuple((2 * p, 2 * p + 1) for p in range(pairs))


@dataclass(frozen=True, eq=False)
class Truth:
    """What is true of a case, by construction; None where the construction does not settle it.

    ``origin``: why features share neurons. ``pairs``: the pairs (i, j), i < j, that were made to share in every seed.
    ``share``: the structured share D = ½ Σ|μ − e| / Σ μ, μ = E N over seeds and e = E N at the margins of each run
    (:mod:`polygenesis.bench.origins.structured_share`); ``share_error``: its Monte Carlo error. ``carried``: which
    neuron carries which feature, (R, n, m). ``forced``: how many features a run has more than neurons. ``preference``:
    what the loss says of a shared neuron.
    ``orders``: the feature in each row of each run's dictionary, (R, n).
    """

    origin: Origin
    pairs: Pairs = ()
    share: float | None = None
    carried: Booleans | None = None
    share_error: float = 0.0
    forced: int = 0
    preference: Literal["preferred", "indifferent"] | None = None
    orders: Integers | None = None

    @property
    def shared(self) -> Booleans | None:
        """Which neurons carry two features or more, (R, m)."""
        return None if self.carried is None else self.carried.sum(axis=1) >= 2


@dataclass(frozen=True, eq=False)
class Case:
    """Networks whose origin of sharing is known: ``pg.diagnose(**case.arguments)`` must agree with ``case.truth``.

    ``kind`` and ``seed`` are the address of the networks: the same two give the same arrays. ``arguments``: activations
    (R arrays (samples, neurons)) with labels, weights (R, n, m) or a run, and initial values or an objective where the
    kind has them. ``notes``: figures about the networks themselves, such as their accuracy.
    """

    kind: str
    seed: int
    arguments: Mapping[str, Any]
    truth: Truth
    notes: Mapping[str, Any] = field(default_factory=dict)

    def given(self, **arguments: Any) -> Case:
        """Return the same case with some arguments replaced, or taken away where the new one is None."""
        kept = {name: value for name, value in {**self.arguments, **arguments}.items() if value is not None}
        return replace(self, arguments=kept)

    def __repr__(self) -> str:
        given = ", ".join(self.arguments)
        return f"Case({self.kind}, seed {self.seed}; given {given}; truth: {self.truth.origin})"
