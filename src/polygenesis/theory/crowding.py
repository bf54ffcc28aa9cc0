"""Crowding: how far the rows are from room for all their overlaps, and the count law that follows it.

Derivations: docs/theory.md, Crowding 1 to 3.

For any rows 0 ≤ ‖Σ_i W_i‖² = Σ_i ‖W_i‖² + Σ_{i≠j} W_i·W_j. Once norms are 1 and no overlap is positive, as the loss
asks, the negative overlaps of a row therefore add up to at most 1 on average. At the start they add up to

    θ = (n − 1) E ReLU(W_i·W_j) ≈ n/√(2πm)

(negative and positive overlaps are alike there). With θ < 1 removing the positive ones is enough; with θ > 1 the
negative ones have to shrink too.

Sharing a neuron takes that room as well: features i and j on one neuron with opposite signs are W_i = −W_j, so that
W_l·W_i = −W_l·W_j for every third row, and as neither may be positive both vanish. A feature with negative overlaps to
spare (small θ) must lose them all to move in; where crowding has taken them already (large θ) nothing is left to lose.
"""

from __future__ import annotations

import warnings

from polygenesis.theory import arguments
from polygenesis.theory.collisions import slot_model
from polygenesis.theory.interference import mean_positive_overlap
from polygenesis.theory.prediction import Prediction

DILUTE = 0.8
"""Below this θ the fitted law of :func:`crowded_slots` fails (study ``rate-constant``, its dilute cells)."""


def crowding(n: int, m: int) -> Prediction:
    """The crowding θ: a row's initial negative overlaps, in units of what is possible without positive overlaps.

    θ = (n − 1) E ReLU(W_i·W_j) ≈ n/√(2πm), exact for Gaussian rows of variance 1/m; Σ_{j≠i} |W_i·W_j| ≤ 1 on average
    after the positive overlaps are gone, by 0 ≤ ‖Σ_i W_i‖². Source: docs/theory.md, Crowding 1 and 2.

    Args:
        n: number of features.
        m: number of neurons.
    """
    value = (arguments.whole("n", n) - 1) * float(mean_positive_overlap(m))
    return Prediction(value, regime="Independent N(0, 1/m) weights; any n and m.", source="Gram matrix, exact")


def crowded_slots(n: int, m: int, *, constant: float, exponent: float) -> Prediction:
    """Polysemantic neurons by the slot model times constant · θ^exponent.

    The two numbers are fitted (study ``rate-constant``, at θ of about 0.8 to 4); θ is :func:`crowding`. Below a θ of
    ``DILUTE`` the count over the slot model rises again as θ falls: the formula is then a fifth to a quarter too
    low, worse than n²/4m, and a warning says so. Raises InputError if n > 2m or n = 1.
    Source: a fit to simulations; docs/theory.md, Crowding 3.

    Args:
        n: number of features.
        m: number of neurons.
        constant: the fitted factor.
        exponent: the fitted exponent of θ.
    """
    scale = arguments.positive("constant", constant)
    arguments.whole("n", n, least=2)
    theta = float(crowding(n, m))
    if theta < DILUTE:
        warnings.warn(
            f"n = {n} and m = {m} have a crowding of θ = {theta:.2g}: below {DILUTE:g} the count over the slot model "
            "falls with θ, and `polysemantic_neurons` (n²/4m) is nearer.",
            stacklevel=2,
        )
    value = slot_model(n, m).mean * scale * theta**exponent
    regime = f"θ of at least {DILUTE:g}, within the range that the two numbers were fitted in."
    return Prediction(value, regime=regime, source="fitted to simulations")
