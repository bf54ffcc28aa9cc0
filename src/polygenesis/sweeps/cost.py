"""What a run will cost: rough predictions from its spec, to balance work and to tell the user beforehand."""

from __future__ import annotations

import math

from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

RACE_EVALUATIONS = 25.0
"""Gradient evaluations of a flow in units of 1/λ: the race takes 1.8/λ, the slowest ones several times that."""
FIRST_EVALUATIONS = 150.0
"""Evaluations of a flow's first transient."""
NO_RACE_EVALUATIONS = 300.0
"""Evaluations of a flow without a penalty, until its overlaps have died out."""
ACTIVE_SECONDS = 6.5e-8
"""Seconds of one evaluation by active set, times n^1.5."""
ELEMENT_SECONDS = 3e-10
"""Seconds a weight and evaluation, averaged over a flow."""
PRODUCT_SECONDS = 2e-11
"""Seconds a multiplication and addition of a dense product on one core."""
PASS_SECONDS = 2e-9
"""Seconds a weight of the element-wise passes of one step."""
STEP_SECONDS = 5e-7
"""Seconds of one step of the smallest networks."""
START_SECONDS = 4e-4
"""Seconds of a replicate that does nothing."""
PLAIN_BYTES = 2500
"""Bytes of a run's spec and result on disk."""
REPLICATE_BYTES = 250
"""Bytes of a replicate's scalars on disk."""


def estimate_seconds(spec: RunSpec) -> float:
    """Predict the time of all replicates of a spec on one core, in seconds; within a factor of about three."""
    n, m = spec.model.n, spec.model.m
    if isinstance(spec.training, GradientFlow):
        strength = spec.penalty.strength
        if strength:
            evaluations = FIRST_EVALUATIONS + RACE_EVALUATIONS / strength
            if spec.training.max_time is not None:
                evaluations = min(evaluations, FIRST_EVALUATIONS + 5 * spec.training.max_time)
            each = ACTIVE_SECONDS * math.sqrt(n) * n + ELEMENT_SECONDS * n * m
        else:
            evaluations, each = NO_RACE_EVALUATIONS, _dense_seconds(n, m)
    else:
        evaluations, each = float(spec.training.steps), _dense_seconds(n, m)
    return spec.replicates * (START_SECONDS + evaluations * each)


def estimate_bytes(spec: RunSpec, *, keep: str = "weights") -> int:
    """Predict the bytes of a run on disk: converged weights are sparse, those of training in steps are not."""
    n, m = spec.model.n, spec.model.m
    width = 4 if spec.precision == "float32" else 8
    plain = PLAIN_BYTES + REPLICATE_BYTES * spec.replicates
    if keep == "scalars":
        return plain
    times = 0 if spec.save.nothing else spec.save.times if isinstance(spec.save.times, int) else len(spec.save.times)
    sparse = isinstance(spec.training, GradientFlow) and spec.penalty.strength > 0
    final = n * (width + 4) if sparse else n * m * width
    trajectory = times * n * m * width if spec.save.weights else 0
    return plain + spec.replicates * (final + trajectory + 8 * times * len(spec.save.series))


def _dense_seconds(n: int, m: int) -> float:
    """Seconds of one dense evaluation: two products of n²m and some passes over the weights."""
    return STEP_SECONDS + 2 * n * n * m * PRODUCT_SECONDS + n * m * PASS_SECONDS
