"""The general engine: any model, features and pressure, many replicates as one program.

Replicates are trained in blocks of a fixed size that depends on the spec alone, and block j holds the replicates from
j × size on: a place that no replicate takes is filled with a copy. So the program that computes a replicate, and its
bits, are the same whatever the number of replicates: batched products may round differently by shape, and do by where
in memory a replicate stands (seen for one shape in sixteen).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from polygenesis.arrays import Floats, Integers
from polygenesis.dynamics.autograd.batches import feeds, inputs_a_step, positions
from polygenesis.dynamics.autograd.compiling import compiled, compiles
from polygenesis.dynamics.autograd.disturbance import disturbances
from polygenesis.dynamics.autograd.divergence import lost
from polygenesis.dynamics.autograd.flow import Flow
from polygenesis.dynamics.autograd.layered import Layered, is_layered
from polygenesis.dynamics.autograd.objective import gradient, losses
from polygenesis.dynamics.autograd.recording import Record
from polygenesis.dynamics.autograd.steps import Tensors, optimizer, penalty_at, proximal
from polygenesis.dynamics.devices import device, steady, torch
from polygenesis.dynamics.outcome import Certificate, Outcome
from polygenesis.dynamics.recording import saved_steps
from polygenesis.dynamics.run import Run
from polygenesis.penalties import L1Schedule
from polygenesis.progress import Progress
from polygenesis.spec import RunSpec
from polygenesis.training import GradientFlow

Start = Mapping[str, Floats]
"""Initial parameters by name, each (r, …)."""

BLOCK_WORK = 4e7
"""Multiplications of one step of a block: enough that the cost of calling PyTorch's operations is small beside it."""

MOST_TOGETHER = 64
"""Most replicates in a block."""


def block_size(spec: RunSpec) -> int:
    """Return how many replicates are trained together: a power of two that depends on the spec alone.

    It is 1 where compiled code trains (``layered``), which loses nothing by it.
    """
    if is_layered(spec):
        return 1
    weights = sum(math.prod(shape) for shape in spec.model.shapes.values())
    used = inputs_a_step(spec) * positions(spec)
    work = 6 * weights * used + 20 * weights
    return int(2 ** max(0, min(math.log2(MOST_TOGETHER), math.floor(math.log2(BLOCK_WORK / work)))))


def autograd(spec: RunSpec, start: Start, progress: Progress | None = None) -> Run:
    """Train every replicate of a spec and return the run; ``start``: initial parameters by name, (r, …) each.

    The device is a setting (:data:`polygenesis.dynamics.devices.DEVICE`), not part of the spec. A replicate
    whose weights stop being finite is DIVERGED and keeps its last finite ones; so is one whose loss ends far above its
    start (:func:`lost`).
    """
    place, size = device(), block_size(spec)
    flow = isinstance(spec.training, GradientFlow)
    record = Record(spec, _end(spec), None if flow else saved_steps(spec) * learning_rate(spec))
    if is_layered(spec):
        return _run(spec, start, [train_layers(spec, start, record, progress)], record)
    blocks = []
    with steady():
        for first in range(0, spec.replicates, size):
            rows = list(range(first, min(first + size, spec.replicates)))
            block = Block(spec, start, rows, size, place)
            blocks.append(block.flow(record) if flow else block.steps(record))
            if progress is not None:
                progress(rows[-1] + 1, spec.replicates)
    return _run(spec, start, blocks, record)


@dataclass(frozen=True, eq=False)
class Trained:
    """What became of the replicates of one block: parameters by name, and one number each, (rows,)."""

    parameters: dict[str, Floats]
    outcome: list[Outcome]
    end_time: Floats
    evaluations: Integers
    residual: Floats
    excess: Floats


def train_layers(spec: RunSpec, start: Start, record: Record, progress: Progress | None) -> Trained:
    """Train replicates one after the other by compiled code."""
    from threadpoolctl import threadpool_limits

    from polygenesis.dynamics.autograd import layers as _loaded_before_its_threads_are_limited  # noqa: F401

    assert not isinstance(spec.training, GradientFlow)
    layered, at = Layered(spec), saved_steps(spec)
    final = np.empty((spec.replicates, layered.size), dtype=spec.precision)
    taken = np.zeros(spec.replicates, dtype=np.int64)
    with steady(), threadpool_limits(1, "blas"), np.errstate(all="ignore"):
        for a in range(spec.replicates):
            final[a], taken[a] = layered.train({name: values[a] for name, values in start.items()}, a, record, at)
            if progress is not None:
                progress(a + 1, spec.replicates)
    stopped, nothing = taken < spec.training.steps, np.full(spec.replicates, np.nan)
    outcome = [Outcome.DIVERGED if each else Outcome.FINISHED for each in stopped]
    return Trained(layered.flat.named(final), outcome, spec.training.lr * taken, taken + stopped, nothing, nothing)


class Block:
    """Replicates that are trained together: ``rows`` of the run, filled up to ``size`` with copies of the first."""

    def __init__(self, spec: RunSpec, start: Start, rows: list[int], size: int, place: Any) -> None:
        library = torch()
        self.spec, self.rows = spec, rows
        self.filled = rows + [rows[0]] * (size - len(rows))
        self.dtype = getattr(library, spec.precision)
        self.parameters = {
            name: library.tensor(values[self.filled], dtype=self.dtype, device=place) for name, values in start.items()
        }
        self.feeds = feeds(spec, self.filled, self.dtype, place)
        self.disturb = disturbances(spec, self.filled, self.dtype, place)

    def steps(self, record: Record) -> Trained:
        """Take every step of an optimizer."""
        spec, training = self.spec, self.spec.training
        assert not isinstance(training, GradientFlow)
        at = saved_steps(spec)
        optimize, whole, index = optimizer(spec), not proximal(spec), 0
        program = compiled(losses, spec, whole=whole) if compiles(spec) else None
        watch = Watch(self)
        for step in range(training.steps + 1):
            feed = next(self.feeds)
            if index < len(at) and at[index] == step:
                record.keep(self.rows, index, self._present(), feed.of(range(len(self.rows))))
                index += 1
            if step == training.steps:
                break
            present, noise = now(spec, step * training.lr), next(self.disturb)
            slopes, _ = gradient(present, self.parameters, feed, noise, whole=whole, program=program)
            optimize.update(self.parameters, slopes, step)
            watch.after(step + 1)
        final, taken = watch.finish(training.steps)
        diverged = taken < training.steps
        nothing = np.full(len(self.rows), np.nan)
        outcome = [Outcome.DIVERGED if each else Outcome.FINISHED for each in diverged]
        for row in np.flatnonzero(diverged):
            record.forget(self.rows[row], training.lr * float(taken[row]))
        return Trained(final, outcome, training.lr * taken, taken + diverged, nothing, nothing)

    def flow(self, record: Record) -> Trained:
        """Integrate the gradient flow."""
        flow = Flow(self.spec, self.parameters, next(self.feeds), _end(self.spec), len(self.rows))

        def keep(which: list[int], index: int, state: Tensors) -> None:
            record.keep([self.rows[a] for a in which], index, state, flow.feed.of(which))

        flow.run(record.times, keep)
        return Trained(
            parameters={name: value[: len(self.rows)].cpu().numpy() for name, value in flow.parameters.items()},
            outcome=flow.outcome,
            end_time=flow.time[: len(self.rows)].copy(),
            evaluations=flow.evaluations[: len(self.rows)].copy(),
            residual=flow.residual[: len(self.rows)].copy(),
            excess=flow.excess(),
        )

    def _present(self) -> dict[str, Any]:
        return {name: value[: len(self.rows)] for name, value in self.parameters.items()}


class Watch:
    """Notices replicates that stop being finite, and keeps their last finite parameters."""

    EVERY = 50
    """Steps between two looks, each of which copies the parameters."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.good = {name: value.clone() for name, value in block.parameters.items()}
        self.taken = np.zeros(len(block.filled), dtype=np.int64)
        self.lost = np.zeros(len(block.filled), dtype=bool)

    def after(self, step: int) -> None:
        """Look every few steps."""
        if step % self.EVERY == 0:
            self.look(step)

    def look(self, step: int) -> None:
        """Keep the parameters of what is finite; replace what is not by zeros, so that it costs nothing more."""
        parameters = self.block.parameters
        finite = sum(value.flatten(1).sum(1) * 0 for value in parameters.values()) == 0
        sound = finite.cpu().numpy() & ~self.lost
        self.taken[sound], self.lost = step, ~sound
        if sound.all():
            for name, value in parameters.items():
                self.good[name].copy_(value)
            return
        mask = torch().as_tensor(sound, device=finite.device)
        for name, value in parameters.items():
            there = mask.reshape(-1, *(1,) * (value.ndim - 1))
            self.good[name].copy_(torch().where(there, value, self.good[name]))
            value.copy_(self.good[name])

    def finish(self, steps: int) -> tuple[dict[str, Floats], Integers]:
        """Return the last finite parameters and the steps after which they were seen."""
        self.look(steps)
        count = len(self.block.rows)
        return {name: value[:count].cpu().numpy() for name, value in self.good.items()}, self.taken[:count]


def now(spec: RunSpec, time: float) -> RunSpec:
    """Return the spec with the penalty that it has at a time in the loss's clock."""
    return spec.replace(penalty=penalty_at(spec, time)) if isinstance(spec.penalty, L1Schedule) else spec


def learning_rate(spec: RunSpec) -> float:
    """Return the learning rate of training in steps: the loss's clock runs lr a step."""
    assert not isinstance(spec.training, GradientFlow)
    return spec.training.lr


def _end(spec: RunSpec) -> float:
    if isinstance(spec.training, GradientFlow):
        from polygenesis.dynamics.limits import time_limit

        return time_limit(spec)
    return spec.training.lr * spec.training.steps


def engine_name(spec: RunSpec) -> str:
    """Name the engine, with how it trained, whether its penalty's zeros are exact, and what code it ran.

    That is hand-written "layers", PyTorch's "compiled" losses, or neither.
    """
    kind = "proximal-" if proximal(spec) or (isinstance(spec.training, GradientFlow) and spec.penalty.proximal) else ""
    code = "-layers" if is_layered(spec) else "-compiled" if compiles(spec) else ""
    return f"autograd-{kind}{spec.training.kind}{code}"


def _run(spec: RunSpec, start: Start, blocks: list[Trained], record: Record) -> Run:
    final = {name: np.concatenate([each.parameters[name] for each in blocks]) for name in start}
    name = spec.model.readings[0].name
    matrix = np.ascontiguousarray(spec.model.read(final, name))
    certificate = None
    outcome = [outcome for each in blocks for outcome in each.outcome]
    if isinstance(spec.training, GradientFlow):
        residual = np.concatenate([each.residual for each in blocks])
        excess = np.concatenate([each.excess for each in blocks])
        certificate = certify(matrix, residual, excess)
    else:
        for row in np.flatnonzero(lost(spec, start, final)):
            outcome[row] = Outcome.DIVERGED
    return Run(
        spec=spec,
        initial=np.ascontiguousarray(spec.model.read(start, name)),
        final=matrix,
        outcome=tuple(outcome),
        end_time=np.concatenate([each.end_time for each in blocks]),
        evaluations=np.concatenate([each.evaluations for each in blocks]),
        engine=engine_name(spec),
        certificate=certificate,
        times=record.times,
        series=record.series,
        trajectory=record.trajectory(matrix),
        parameters=final,
        initial_parameters=dict(start),
    )


def certify(matrix: Floats, residual: Floats, excess: Floats) -> Certificate:
    """Collect the evidence: how fast anything still moves, and how features stand in the matrix (r, n, m)."""
    weights = (matrix != 0).sum(axis=2)
    clashing = ((matrix > 0).sum(axis=1) > 1) | ((matrix < 0).sum(axis=1) > 1)
    return Certificate(
        residual=residual,
        excess=excess,
        dead=(weights == 0).sum(axis=1),
        split=(weights > 1).sum(axis=1),
        clashing=clashing.sum(axis=1),
    )
