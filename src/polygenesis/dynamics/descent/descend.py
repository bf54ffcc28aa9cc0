"""Step-by-step training: gradient descent and AdamW on the published loss, as PyTorch takes the steps.

The loss of one replicate, in the loss's clock t = lr × steps (arXiv:2312.03096, §2 and §5):

    L(W) = Σ_i ‖ReLU(W (W_i + ξ_i)) − e_i‖² + λ Σ|W_ik|,        ξ = 0 without hidden noise,

with gradient 4 (ReLU(W Wᵀ) − I) W + λ sign W, sign(0) = 0, when there is no noise. The one-hot batch never has to be
multiplied. Replicates are trained one after the other with one BLAS thread, so the bits of a replicate do not depend on
the batch, on threads, or on what is saved.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np

from polygenesis import seeds
from polygenesis.arrays import Floats, Integers, Weights
from polygenesis.dynamics.limits import COMPILED_BELOW, evaluations_at_once, grown, grown_loss
from polygenesis.dynamics.outcome import Outcome
from polygenesis.dynamics.recording import Recorder, saved_steps
from polygenesis.dynamics.replicates import each, heed
from polygenesis.dynamics.run import Run
from polygenesis.errors import InputError
from polygenesis.noise import NoNoise
from polygenesis.progress import Progress
from polygenesis.spec import RunSpec
from polygenesis.training import AdamW, GradientDescent

logger = logging.getLogger(__name__)

NOISE_AT_ONCE = 2**18
"""Noise values drawn at once: 2 MB stay in cache, and a fixed number keeps the bits independent of their use."""

PASSES = 32
"""Multiplications that the element-wise passes of one step cost a weight, roughly."""


def descend(spec: RunSpec, start: Weights, progress: Progress | None = None) -> Run:
    """Take every step of gradient descent or AdamW for each replicate and return the run.

    ``start`` (r, n, m) is left as it is. A replicate whose weights overflow stops there: its outcome is DIVERGED, its
    final weights are the last finite ones, and what would have been saved later is NaN. DIVERGED too, after all steps,
    is one whose loss without noise or largest weight grew without bound (``limits``); all others are FINISHED.
    ``run.times`` are the times lr × step of the saved steps.
    Raises :class:`polygenesis.InputError` for saved steps after the end of training.
    """
    from threadpoolctl import threadpool_limits

    from polygenesis.dynamics.descent import steps as _loaded_before_its_threads_are_limited  # noqa: F401

    training = stepwise(spec)
    at = saved_steps(spec)
    recorder = Recorder(spec, training.lr * training.steps, at * training.lr)
    final, taken = np.empty_like(start), np.zeros(len(start), dtype=np.int64)

    def train(replicate: int) -> None:
        with np.errstate(all="ignore"):  # a thread has its own
            final[replicate], taken[replicate] = _train(Walk(spec, start[replicate], replicate), recorder, at)

    with threadpool_limits(1, "blas"):
        each(train, len(start), progress)
    diverged = taken < training.steps
    lost = grown_loss(_loss(start), _loss(final), spec.model.n) | grown(start, final)
    return Run(
        spec=spec,
        initial=start,
        final=final,
        outcome=tuple(Outcome.DIVERGED if each else Outcome.FINISHED for each in diverged | lost),
        end_time=training.lr * taken,
        evaluations=taken + diverged,
        engine=engine_name(spec),
        times=recorder.times,
        series=recorder.series,
        trajectory=recorder.trajectory,
    )


def _train(walk: Walk, recorder: Recorder, at: Integers) -> tuple[Floats, int]:
    """Take one replicate through all its steps, recording after the steps ``at``; return its last weights and steps."""
    for index, step in enumerate(at):
        if not walk.advance(int(step)):
            break
        recorder.record(walk.replicate, index, walk.weights)
    walk.advance(walk.training.steps)
    return walk.weights, walk.taken


def _loss(weights: Weights) -> Floats:
    """Return Σ_i ‖ReLU(W W_i) − e_i‖² of each replicate, (r,), in float64: n where all weights are 0."""
    found = np.empty(len(weights))
    with np.errstate(all="ignore"):
        for replicate, each in enumerate(weights.astype(np.float64)):
            found[replicate] = ((np.maximum(each @ each.T, 0) - np.eye(len(each))) ** 2).sum()
    return found


def stepwise(spec: RunSpec) -> GradientDescent | AdamW:
    """Return the spec's training if it is made of steps; raise :class:`polygenesis.InputError` otherwise."""
    if isinstance(spec.training, GradientDescent | AdamW):
        return spec.training
    raise InputError(f"Training {spec.training.kind!r} has no steps to take; use gradient-descent or adamw.")


def engine_name(spec: RunSpec) -> str:
    """Name the engine of a spec: dense-descent, dense-adamw, noisy-descent or noisy-adamw."""
    source = "dense" if isinstance(spec.noise, NoNoise) else "noisy"
    return f"{source}-{'adamw' if isinstance(spec.training, AdamW) else 'descent'}"


class Walk:
    """One replicate on its way: its weights, how many steps it has taken, and its optimizer's moments.

    Large matrices are stored by neuron, (m, n): the products are then a twentieth faster (n = 256, m = 256 to 4096).
    """

    def __init__(self, spec: RunSpec, start: Floats, replicate: int) -> None:
        self.training = stepwise(spec)
        self.replicate = replicate
        self.taken = 0
        self.diverged = False
        self._adaptive = isinstance(self.training, AdamW)
        self._first, self._second = np.zeros((2, start.size if self._adaptive else 0), start.dtype)
        self._factors = _factors(spec).astype(start.dtype)
        self._noise = np.zeros((0, 1, spec.model.m), start.dtype)
        self._blocks = None if isinstance(spec.noise, NoNoise) else hidden_noise(spec, replicate)
        n, m = start.shape
        self._compiled = self._blocks is not None or n * n * m <= COMPILED_BELOW
        self._weights = np.array(start if self._compiled else start.T, order="C")
        self._spare = np.empty_like(self._weights)
        self._at_once = evaluations_at_once(4 * n * n * m + PASSES * n * m)

    @property
    def weights(self) -> Floats:
        """The weights as they are, (n, m)."""
        return self._weights if self._compiled else np.ascontiguousarray(self._weights.T)

    def advance(self, until: int) -> bool:
        """Take steps until ``until`` are taken; return False if the weights stopped being finite before."""
        while self.taken < until and not self.diverged:
            heed()
            count = min(until - self.taken, self._at_once)
            if self._blocks is not None:
                if not len(self._noise):
                    self._noise = next(self._blocks).astype(self._weights.dtype)
                count = min(count, len(self._noise))
            done = self._take_compiled(count) if self._compiled else self._take_large(count)
            self._noise = self._noise[count:]
            self.taken += done
            self.diverged = done < count
        return not self.diverged

    def _take_compiled(self, count: int) -> int:
        from polygenesis.dynamics.descent.steps import take_steps

        sizes, corrections = self._schedule(count)
        done, swapped = take_steps(
            self._weights,
            self._spare,
            self._noise[:count],
            self._first,
            self._second,
            self._factors,
            sizes,
            corrections,
            self._adaptive,
        )
        if swapped:
            self._weights, self._spare = self._spare, self._weights
        return int(done)

    def _take_large(self, count: int) -> int:
        from polygenesis.dynamics.descent.steps import adamw_once, attract, descend_once

        m, n = self._weights.shape
        overlaps, gradient = np.empty((n, n), self._weights.dtype), np.empty((m, n), self._weights.dtype)
        slope = gradient.reshape(-1)
        for step, (size, correction) in enumerate(zip(*self._schedule(count), strict=True)):
            np.matmul(self._weights.T, self._weights, out=overlaps)  # one triangle, mirrored: half a general product
            attract(overlaps)
            np.matmul(self._weights, overlaps, out=gradient)
            old, new = self._weights.reshape(-1), self._spare.reshape(-1)
            if self._adaptive:
                finite = adamw_once(old, new, slope, self._first, self._second, self._factors, size, correction)
            else:
                finite = descend_once(old, new, slope, self._factors)
            if not finite:
                return step
            self._weights, self._spare = self._spare, self._weights
        return count

    def _schedule(self, count: int) -> tuple[Floats, Floats]:
        """Return AdamW's step sizes lr / (1 − β₁ᵗ) and corrections 1 / √(1 − β₂ᵗ) of the next steps, (count,) each."""
        if not isinstance(self.training, AdamW):
            return np.zeros((2, count), self._weights.dtype)[0], np.zeros(count, self._weights.dtype)
        t = np.arange(self.taken + 1, self.taken + count + 1)
        sizes = self.training.lr / (1 - self.training.beta1**t)
        corrections = 1 / np.sqrt(1 - self.training.beta2**t)
        return sizes.astype(self._weights.dtype), corrections.astype(self._weights.dtype)


def hidden_noise(spec: RunSpec, replicate: int) -> Iterator[Floats]:
    """Yield one replicate's hidden noise ξ in blocks (steps, n, m), or (steps, 1, m) when all inputs share a vector.

    The blocks follow each other without end; their length depends on the model's size alone, so the noise of a step
    is the same numbers whatever is saved and however many replicates there are.
    """
    assert not isinstance(spec.noise, NoNoise)
    generator = seeds.generator(spec.seed, spec.streams.noise, "noise", replicate)
    rows = 1 if spec.noise.shared else spec.model.n
    steps = max(1, NOISE_AT_ONCE // (rows * spec.model.m))
    while True:
        yield spec.noise.sample(generator, (steps, rows, spec.model.m))


def _factors(spec: RunSpec) -> Floats:
    """Return the constants of an update in the order of :data:`polygenesis.dynamics.descent.steps.FACTORS`."""
    training, strength = stepwise(spec), spec.penalty.strength
    if isinstance(training, GradientDescent):
        return np.array([strength, training.lr, 1, 0, 0, 0, 0, 0], dtype=float)
    decay = 1 - training.lr * training.weight_decay
    b1, b2 = training.beta1, training.beta2
    return np.array([strength, training.lr, decay, b1, 1 - b1, b2, 1 - b2, training.epsilon])
