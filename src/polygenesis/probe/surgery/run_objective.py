"""The loss that a run was trained on, as a function of the parameters of one network.

    J(θ) = L(θ) + penalty(θ) + (decay/2) ‖θ‖²,

L being the reconstruction loss or cross-entropy of the run's own model and features (docs/general_engine.md), and decay
the coupled weight decay of its optimizer, if any. Exact over all inputs where they can be enumerated, over the data set
where the replicate was trained on one, else over a fixed sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from polygenesis import seeds
from polygenesis.arguments import whole
from polygenesis.arrays import Floats
from polygenesis.errors import InputError
from polygenesis.penalties import Activations, NoPenalty
from polygenesis.probe.surgery.objective import Objective, one_hot_objective
from polygenesis.probe.surgery.relaxing import Landscape, Stack

if TYPE_CHECKING:
    from polygenesis.dynamics.run import Run
    from polygenesis.spec import RunSpec

MOST_NUMBERS = 2**24
"""Largest data set, in numbers, that is used as a whole; of a larger one a fixed sample stands for it."""

AT_ONCE = 2**23
"""Activations of several networks held at once."""


@dataclass(frozen=True, eq=False)
class RunObjective:
    """What one replicate of a run was trained to minimize, for stacked parameters of networks of any width.

    ``spec``: whose model, penalty and optimizer count. ``feed``: the inputs, as tensors. ``name``: says over which
    inputs. Needs PyTorch.
    """

    spec: RunSpec
    feed: Any
    name: str

    def __call__(self, stack: Stack) -> Floats:
        """Return J of networks with stacked parameters, (r,)."""
        return np.asarray(self.slope(stack)[0] + self.kink(stack))

    def slope(self, stack: Stack) -> tuple[Floats, Stack]:
        """Return J without the penalty's kink, (r,), and its gradient by parameter, (r, …) each."""
        from polygenesis.dynamics.autograd.objective import gradient
        from polygenesis.dynamics.devices import device, steady, torch

        values, slopes = [], []
        with steady():
            for piece in self._pieces(stack):
                tensors = {name: torch().as_tensor(each).to(device()) for name, each in piece.items()}
                slope, found = gradient(self.spec, tensors, self.feed, None, whole=False)
                values.append((found.task + found.pressure).cpu().numpy())
                slopes.append({name: each.cpu().numpy() for name, each in slope.items()})
        value = np.concatenate(values)
        gathered = {name: np.concatenate([each[name] for each in slopes]) for name in stack}
        if decay := coupled_decay(self.spec):
            value = value + decay / 2 * sum((each**2).reshape(len(each), -1).sum(1) for each in stack.values())
            gathered = {name: gathered[name] + decay * stack[name] for name in stack}
        for name in getattr(self.spec.model, "untrained", ()):
            gathered[name] = np.zeros_like(gathered[name])
        return value, gathered

    def kink(self, stack: Stack) -> Floats:
        """Return the part of the penalty that a proximal step takes, (r,)."""
        count = len(next(iter(stack.values())))
        penalty, nothing = self.spec.penalty, Activations((), 1.0)
        if not penalty.proximal:
            return np.zeros(count)
        matrices = self.spec.model.matrices(stack)
        return np.asarray(penalty.value(matrices, nothing) - penalty.smooth(matrices, nothing) + np.zeros(count))

    def shrink(self, stack: Stack, step: float) -> Stack:
        """Return the parameters after the penalty's proximal step; biases stay."""
        if not self.spec.penalty.proximal:
            return stack
        moved = {name: np.array(each) for name, each in stack.items()}
        for each in self.spec.model.matrices(moved).values():  # views, transposed where neurons are not last
            each[...] = self.spec.penalty.shrink(each, step)
        return moved

    @property
    def work(self) -> float:
        """Multiplications that one gradient of one network takes, about."""
        return 6.0 * float(self.feed.size) * sum(float(np.prod(shape)) for shape in self.spec.model.shapes.values())

    def _pieces(self, stack: Stack) -> list[Stack]:
        count = len(next(iter(stack.values())))
        size = max(1, AT_ONCE // max(1, self.feed.size * (sum(self.spec.model.widths) + self.spec.model.n)))
        return [{name: each[k : k + size] for name, each in stack.items()} for k in range(0, count, size)]


def run_objective(run: Run, replicate: int = 0) -> Landscape:
    """Return the objective that one replicate of a run was trained on, for stacked parameters by name.

    The paper's model, one-hot features and L1 keep their closed form, :func:`one_hot_objective`; all others need
    PyTorch. ``name`` says whether it is exact or on a sample. Raises :class:`polygenesis.InputError`, with the reason,
    for a run whose loss is no function of its parameters alone: noise in training, batch normalization, an
    interference that was switched off.

    Args:
        run: what :func:`polygenesis.simulate` returned.
        replicate: which of its networks.

    >>> from polygenesis import simulate, RunSpec, TiedAutoencoder, L1
    >>> run_objective(simulate(RunSpec(TiedAutoencoder(n=4, m=4), penalty=L1(0.05)))).name
    'the one-hot loss'
    """
    spec = run.spec
    whole("replicate", replicate, least=0, most=len(run.outcome) - 1)
    if reason := no_objective(spec):
        raise InputError(f"The loss of this run cannot be evaluated: {reason}.")
    return closed_form(spec) or RunObjective(spec, *_inputs(spec, replicate))


def no_objective(spec: RunSpec) -> str:
    """Say why the loss of a spec is no function of one network's parameters alone; empty where it is."""
    from polygenesis.dynamics.compatibility import normalizes_over_inputs
    from polygenesis.interference import FullInterference
    from polygenesis.noise import NoNoise

    if not isinstance(spec.noise, NoNoise):
        return f"it was trained under noise ({spec.noise.kind!r}), and the loss without noise is another"
    if normalizes_over_inputs(spec):
        return "batch normalization makes the answer to one input depend on the others of its batch"
    if not isinstance(spec.interference, FullInterference):
        return f"its interference ({spec.interference.kind!r}) takes away forces that the loss has"
    return ""


def closed_form(spec: RunSpec) -> Objective | None:
    """Return the paper's loss where it is the spec's, or None."""
    from polygenesis.dynamics.compatibility import has_closed_form

    if not has_closed_form(spec):
        return None
    return one_hot_objective(0.0 if isinstance(spec.penalty, NoPenalty) else spec.penalty.strength)


def coupled_decay(spec: RunSpec) -> float:
    """Return the optimizer's weight decay where it is the gradient of (decay/2) ‖θ‖²; decoupled decay is of no loss."""
    from polygenesis.training import SGD, Adam

    coupled = isinstance(spec.training, SGD) or (isinstance(spec.training, Adam) and not spec.training.decoupled)
    return float(getattr(spec.training, "weight_decay", 0.0)) if coupled else 0.0


def _inputs(spec: RunSpec, replicate: int) -> tuple[Any, str]:
    """Return the inputs on which a replicate is judged, as tensors, and in words which they are."""
    from polygenesis.dynamics.autograd.batches import as_feed, data_set
    from polygenesis.dynamics.autograd.evaluate import SAMPLES
    from polygenesis.dynamics.devices import device, torch
    from polygenesis.features import Batch

    n, features = spec.model.n, spec.features
    batch: Batch | None = None if features.samples else features.enumerate(n)
    if batch is not None:
        said = f"exact over all {len(batch.inputs):,} inputs"
    elif not features.samples:
        batch = features.sample(seeds.generator(spec.seed, spec.streams.data, "evaluation"), n, SAMPLES)
        said = f"on a fixed sample of {SAMPLES:,} inputs"
    else:
        batch = data_set(spec, replicate)
        said = f"on all {features.samples:,} inputs of its data set"
        if batch.inputs.size > MOST_NUMBERS:
            rows = seeds.generator(spec.seed, spec.streams.data, "evaluation").permutation(len(batch.inputs))[:SAMPLES]
            batch = _rows_of(batch, rows)
            said = f"on a fixed sample of {SAMPLES:,} of its {features.samples:,} inputs"
    decay = " without its decoupled weight decay" if _decoupled(spec) else ""
    return as_feed(spec, [batch], torch().float64, device()), f"the run's own loss{decay}, {said}"


def _rows_of(batch: Any, rows: Any) -> Any:
    from polygenesis.features import Batch

    relevance = None if batch.relevance is None else batch.relevance[rows]
    labels = None if batch.labels is None else batch.labels[rows]
    return Batch(batch.inputs[rows], None, relevance, labels)


def _decoupled(spec: RunSpec) -> bool:
    return float(getattr(spec.training, "weight_decay", 0.0)) > 0 and coupled_decay(spec) == 0
