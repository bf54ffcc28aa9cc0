"""What a run will cost: rough predictions from its spec, to balance work and to tell the user beforehand."""

from __future__ import annotations

import math

from polygenesis.dynamics.autograd.batches import inputs_a_step, positions
from polygenesis.dynamics.autograd.engine import block_size
from polygenesis.dynamics.autograd.layered import is_layered
from polygenesis.dynamics.engines import family
from polygenesis.dynamics.limits import COMPILED_BELOW
from polygenesis.noise import NoNoise
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

RACE_EVALUATIONS, RACE_EXPONENT = 20.0, 0.8
"""Evaluations of a flow's race by active set: 20 λ^−0.8. It takes times of the order of 1/λ, in steps that grow."""
DENSE_EXPONENT = 0.7
"""Evaluations of a flow while many weights live go as λ^−0.7: times of the order of 1/λ, in steps that grow."""
PRODUCTS, PRODUCTS_EXPONENT = (18.0, 20.0), 1.2
"""They take products as 18 + 20 λ^−0.7 (n/m)^1.2 evaluations that skip no zeros would, …"""
PASSES, PASSES_EXPONENT = (20.0, 29.0), 0.85
"""… and passes over all weights 20 + 29 λ^−0.7 (n/m)^0.85 times. Fitted to 29 sizes from
n = 32 to 1024 and λ = 0.001 to 0.064. The seconds below are those of a server's core at 41 Gflop/s in float64: there
the runs of `benchmarks/growth.py` take 0.5 to 2.6 times what is predicted."""
FLOW_PRODUCT_SECONDS, SMALL_FEATURES = 1.9e-11, 120.0
"""Seconds a multiplication and addition of a flow's products in float32, times 1 + 120/n."""
FLOW_PASS_SECONDS, FLOW_CALL_SECONDS = 6e-9, 1.2e-4
"""Seconds a weight of a flow's passes, and of the calls of one evaluation where they are not compiled."""
NO_RACE_EVALUATIONS = 300.0
"""Evaluations of a flow without a penalty, until its overlaps have died out."""
ACTIVE_SECONDS = 1.9e-8
"""Seconds of one evaluation by active set, times n^1.5."""
PRODUCT_SECONDS = 4e-11
"""Seconds a multiplication and addition of a dense product on one core in float32; twice as many in float64."""
PASS_SECONDS = 4e-9
"""Seconds a weight of the element-wise passes of one step."""
STEP_SECONDS = 3e-6
"""Seconds of one step of the smallest networks."""
START_SECONDS = 4e-4
"""Seconds of a replicate that does nothing."""
GENERAL_START_SECONDS, GENERAL_STEP_SECONDS = 1.0, 5e-4
"""Seconds of the general engine before its first step, and of one step of the smallest block."""
GENERAL_PRODUCT_SECONDS, GENERAL_PASS_SECONDS = 6e-11, 1.5e-8
"""Its seconds a multiplication in float32, and a number of element-wise passes."""
LAYERED_PRODUCT_SECONDS, LAYERED_PASS_SECONDS = 4e-11, 8e-9
"""Seconds of its hand-written layers a multiplication in float32, and a number of inputs that are drawn and passes over
them; one replicate after the other."""
GENERAL_FLOW_STEPS = 1500.0
"""Evaluations of its gradient flow."""
GENERAL_BYTES, GENERAL_COPIES, GENERAL_DRAWN_BYTES = 600e6, 12, 4e6
"""Bytes of a process that has loaded PyTorch, copies of a block's numbers on the way, and of a replicate's draws."""
PROCESS_BYTES = 250e6
"""Bytes of a process that has loaded what a simulation needs."""
DENSE_ARRAYS, ACTIVE_BYTES = 7, 12
"""Arrays (n, m) of a dense state; bytes a weight of its lists, and of the active set's short rows."""
PLAIN_BYTES = 2500
"""Bytes of a run's spec and result on disk."""
REPLICATE_BYTES = 250
"""Bytes of a replicate's scalars on disk."""


def estimate_seconds(spec: RunSpec) -> float:
    """Predict the time of all replicates of a spec on one core, in seconds; within a factor of about three."""
    if family(spec) == "autograd":
        return _general_seconds(spec)
    if not isinstance(spec.training, GradientFlow):
        return spec.replicates * (START_SECONDS + spec.training.steps * _dense_seconds(spec))
    strength, limit = spec.penalty.strength, spec.training.max_time
    if not strength:
        return spec.replicates * (START_SECONDS + NO_RACE_EVALUATIONS * _dense_seconds(spec))
    n, m = spec.model.n, spec.model.m
    longer = math.pow(strength, -DENSE_EXPONENT)
    products = PRODUCTS[0] + PRODUCTS[1] * longer * math.pow(n / m, PRODUCTS_EXPONENT)
    passes = PASSES[0] + PASSES[1] * longer * math.pow(n / m, PASSES_EXPONENT)
    race = RACE_EVALUATIONS * math.pow(strength, -RACE_EXPONENT)
    if limit is not None:
        products, passes, race = min(products, 20 + 50 * limit), min(passes, 20 + 50 * limit), min(race, 5 * limit)
    width = 1 if spec.precision == "float32" else 2
    products *= 2 * n * n * m * FLOW_PRODUCT_SECONDS * (1 + SMALL_FEATURES / n) * width
    passes *= n * m * FLOW_PASS_SECONDS * width + (FLOW_CALL_SECONDS if n * n * m > COMPILED_BELOW else STEP_SECONDS)
    return spec.replicates * (START_SECONDS + products + passes + race * ACTIVE_SECONDS * math.pow(n, 1.5))


def is_predicted(spec: RunSpec) -> bool:
    """Whether the time of a spec can be predicted at all.

    How many evaluations the general engine's gradient flow takes depends on how stiff it gets and how long it slides
    along kinks. Of 25 specs with n from 4 to 32 the time was 0.03 to more than 20 times the number of
    :func:`estimate_seconds` (layer normalization, perceptrons with ReLU, output biases at a small λ), with no sign of
    it in the first steps. That number is good for the order of runs, and for no promise.
    """
    return family(spec) != "autograd" or not isinstance(spec.training, GradientFlow)


def predicted_within(spec: RunSpec) -> int:
    """Return the factor within which the time of a spec is predicted, if it is; compiled engines are better known."""
    return 5 if family(spec) == "autograd" else 3


def _general_seconds(spec: RunSpec) -> float:
    """Predict the time of the general engine: whole blocks of replicates, within a factor of about five.

    Of its gradient flow the factor is not known, see :func:`is_predicted`.
    """
    block = block_size(spec)
    weights = sum(math.prod(shape) for shape in spec.model.shapes.values())
    inputs = inputs_a_step(spec) * positions(spec)
    products = 6 * weights * inputs * GENERAL_PRODUCT_SECONDS * (1 if spec.precision == "float32" else 2)
    passes = GENERAL_PASS_SECONDS * (weights + inputs * (spec.model.n + sum(spec.model.widths)))
    step = GENERAL_STEP_SECONDS + block * (products + passes)
    if is_layered(spec):
        numbers = weights / 4 + inputs * (spec.model.n + sum(spec.model.widths))
        step = STEP_SECONDS + products * LAYERED_PRODUCT_SECONDS / GENERAL_PRODUCT_SECONDS
        step += LAYERED_PASS_SECONDS * numbers
    if isinstance(spec.training, GradientFlow):
        limit = spec.training.max_time
        steps = GENERAL_FLOW_STEPS if limit is None else min(GENERAL_FLOW_STEPS, 50 + 20 * limit)
    else:
        steps = spec.training.steps
    return GENERAL_START_SECONDS + math.ceil(spec.replicates / block) * steps * step


def estimate_memory(spec: RunSpec, *, replicates: int | None = None) -> int:
    """Predict the peak bytes of a process that computes some replicates of a spec (default: all) in one go.

    First and last weights of all of them are kept, and what one replicate, or one block of them, needs on its way.
    """
    width = 4 if spec.precision == "float32" else 8
    count = spec.replicates if replicates is None else replicates
    way = DENSE_ARRAYS * width + (ACTIVE_BYTES if isinstance(spec.training, GradientFlow) else 0)
    times = 0 if spec.save.nothing else spec.save.times if isinstance(spec.save.times, int) else len(spec.save.times)
    kept = 2 + (times if spec.save.weights else 0)
    n, m = spec.model.n, spec.model.m
    if family(spec) == "autograd":
        weights = sum(math.prod(shape) for shape in spec.model.shapes.values())
        seen = inputs_a_step(spec) * positions(spec) * (n + sum(spec.model.widths))
        block = block_size(spec) * (GENERAL_COPIES * width * (weights + seen) + GENERAL_DRAWN_BYTES)
        return int(GENERAL_BYTES + block + count * kept * width * weights)
    return int(PROCESS_BYTES + n * m * (count * kept * width + way) + 24 * n * n)


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


def _dense_seconds(spec: RunSpec) -> float:
    """Seconds of one dense evaluation: products of n²m, twice as many with hidden noise, and passes over weights."""
    n, m = spec.model.n, spec.model.m
    products = 2 if isinstance(spec.noise, NoNoise) else 4
    width = 1 if spec.precision == "float32" else 2
    return STEP_SECONDS + n * m * (products * n * PRODUCT_SECONDS + PASS_SECONDS) * width
