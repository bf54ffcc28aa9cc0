"""The races of pairs that fire together (eq. pair-race), compiled; imported only where they are run."""

from __future__ import annotations

import math

from polygenesis.arrays import Booleans, Floats
from polygenesis.kernels import compiled


@compiled
def pull(o: float, law: int) -> float:
    """φ′(o)/2 at an overlap of −o, for the law of this number in ``cooccurrence.MAGNITUDES``."""
    if law == 1:
        return o - 0.75 * o * o
    if law == 2:
        return o / (1 + o) ** 3
    if law == 3:
        return (2 / math.pi) * (o * math.atan2(1.0, o) - o * o / (1 + o * o))
    return o


@compiled
def races(u: Floats, v: Floats, kappa: float, law: int, longest: float, step: float, together: Booleans) -> None:
    """Let |weights| ``u``, ``v`` (r, m) of pairs race for at most ``longest``; say in ``together`` which stay."""
    for r in range(len(u)):
        for _ in range(int(longest / step)):
            size_u, size_v = math.sqrt((u[r] ** 2).sum()), math.sqrt((v[r] ** 2).sum())
            w, x = u[r, 0] / size_u, v[r, 0] / size_v
            extra = 4 * kappa * pull(w * x, law) * step
            others = 0.0
            for k in range(u.shape[1]):
                u[r, k] = max(u[r, k] - step * size_u - (extra * x * size_u if k == 0 else 0.0), 0.0)
                v[r, k] = max(v[r, k] - step * size_v - (extra * w * size_v if k == 0 else 0.0), 0.0)
                others = max(others, u[r, k], v[r, k]) if k else 0.0
            if u[r, 0] <= 0 or v[r, 0] <= 0:
                break
            if others <= 0:
                together[r] = True
                break
