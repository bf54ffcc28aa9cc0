"""Gradient flow: dense while most weights live, by active set afterwards, with a certificate at the end.

In the paper's clock dW/dt = F − λ′ sign W with F = W − ReLU(W Wᵀ) W (arXiv:2312.03096, §3). The penalty acts exactly
within a step, so that weights reach exact zeros; long steps are taken in stages that keep them stable
(``step_control``). The error of a step is measured and kept near the tolerance: small steps through the first transient
and through every later contest follow from that, long ones in between. Weights are stored by neuron, (m, n), so that
both engines read rows.

Where some pairs do not interfere (``interference``), ReLU(W_i·W_j) counts as zero for them. A change of which pairs do
is a stage of its own, begun exactly at its time with fresh steps.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from polygenesis.arrays import Floats, Weights
from polygenesis.dynamics import replicates
from polygenesis.dynamics.devices import device, steady
from polygenesis.dynamics.flow import active_set, first_use, plain, sparse_products
from polygenesis.dynamics.flow.certificate import certify
from polygenesis.dynamics.flow.dense import Dense, usable
from polygenesis.dynamics.flow.step_control import Status
from polygenesis.dynamics.limits import Stalls, evaluations_at_once, time_limit
from polygenesis.dynamics.outcome import Certificate, Outcome
from polygenesis.dynamics.recording import Recorder
from polygenesis.dynamics.replicates import heed
from polygenesis.dynamics.run import Run
from polygenesis.progress import Progress
from polygenesis.spec import RunSpec

TORCH = "flow-torch"
"""Name of the engine whose dense part runs in PyTorch, on any device."""
PLAIN_AT_ONCE = 20_000
"""Weights times evaluations that steps in plain Python make before they look whether compiled ones are ready."""
LATE = 3.0
"""How many tolerances a step may err after the hand-over: leads that are left by then outlast such errors."""


def flow(spec: RunSpec, start: Weights, progress: Progress | None = None, *, engine: str = "flow") -> Run:
    """Integrate every replicate of a spec by gradient flow; ``start`` is (r, n, m) in the precision to use.

    ``engine``: "flow" (dense, then by active set), "flow-dense" or "flow-active-set" throughout; "flow-torch" is "flow"
    with its dense part in PyTorch, on the device that POLYGENESIS_DEVICE names.
    """
    if engine == "flow":
        first_use.early_for([spec])  # begin to compile what comes later as well
    end = time_limit(spec)
    recorder = Recorder(spec, end)
    final = np.empty_like(start)

    def integrate(replicate: int) -> End:
        found = _integrate(spec, start[replicate], recorder, replicate, 4 * end, engine)
        final[replicate] = found.weights
        return found

    with _alone(engine):  # one thread a replicate: the same bits on any number of cores
        ends = replicates.each(integrate, len(start), progress, most=1 if engine == TORCH else None)
    kept = [spec.interference.stages(weights)[-1].kept for weights in start]
    certificate = certify(final, spec.penalty.strength, kept)
    return Run(
        spec=spec,
        initial=start,
        final=final,
        outcome=tuple(_outcome(each.status, certificate, a) for a, each in enumerate(ends)),
        end_time=np.array([each.time / 4 for each in ends]),
        evaluations=np.array([each.evaluations for each in ends]),
        engine=_said(engine, spec.precision),
        certificate=certificate,
        times=recorder.times,
        series=recorder.series,
        trajectory=recorder.trajectory,
    )


def _said(engine: str, precision: str) -> str:
    """Name what computed a run: the engine, its device where that is another, and what took over for what failed."""
    if engine == TORCH:
        return TORCH if device().type == "cpu" else f"{TORCH} on {device().type}"
    instead = [] if sparse_products.usable() else ["general products"]
    if not usable(precision):
        instead.append("whole arrays")
    return f"{engine} by {' and '.join(instead)}" if instead else engine


@contextlib.contextmanager
def _alone(engine: str) -> Iterator[None]:
    """Compute on one thread."""
    with threadpool_limits(1, "blas"), steady() if engine == TORCH else contextlib.nullcontext():
        yield


def _dense(engine: str) -> type[Dense]:
    if engine != TORCH:
        return Dense
    from polygenesis.dynamics.flow.dense_torch import TorchDense

    return TorchDense


class End(NamedTuple):
    """How one replicate's integration stopped: status, weights (n, m), time (paper's clock), gradient evaluations."""

    status: Status
    weights: Floats
    time: float
    evaluations: int


def _integrate(spec: RunSpec, start: Floats, recorder: Recorder, replicate: int, end: float, name: str) -> End:
    """Integrate one replicate, (n, m), up to ``end`` in the paper's clock, recording on the way."""
    state, saved = End(Status.TIME_UP, start, 0.0, 0), 0
    for stage in spec.interference.stages(start):
        until = min(4 * stage.until, end)
        dense = _dense(name)(state.weights, spec, until, time=state.time, kept=stage.kept, stay=name == "flow-dense")
        done, saved = _through(dense, recorder, replicate, saved, name)
        rests = done.status == Status.RESTED and until < end
        state = End(done.status, done.weights, until if rests else done.time, state.evaluations + done.evaluations)
        if state.status in (Status.DIVERGED, Status.STALLED) or until >= end:
            break
        while saved < len(recorder.times) and 4 * recorder.times[saved] <= until:  # it rested before
            recorder.record(replicate, saved, state.weights)
            saved += 1
    if state.status in (Status.DIVERGED, Status.STALLED):
        recorder.forget(replicate, state.time / 4)
    else:
        recorder.rest(replicate, saved, state.weights)
    return state


def _through(dense: Dense, recorder: Recorder, replicate: int, saved: int, name: str) -> tuple[End, int]:
    """Integrate through one stage from its dense start; return its end and how many times are saved by then."""
    engine: Dense | Sparse = dense
    pauses = [4 * time for time in recorder.times] + [np.inf]
    status = Status.SPARSE if name == "flow-active-set" else Status.PAUSED
    while status in (Status.PAUSED, Status.SPARSE):
        if status == Status.SPARSE:
            engine = Sparse(dense)
        status = engine.advance(pauses[saved])
        if status == Status.PAUSED:
            recorder.record(replicate, saved, engine.peek(pauses[saved]))
            saved += 1
    return End(status, engine.peek(engine.time), engine.time, engine.evaluations), saved


class Sparse:
    """The state once few weights live: the compiled active set, continued from a dense state."""

    def __init__(self, dense: Dense) -> None:
        self.training, self.end, self.strength = dense.training, dense.end, float(dense.strength)
        self.longest = dense.longest
        self.tolerance = dense.training.tolerance * (LATE if dense.evaluations else 1.0)
        by_neuron, force = dense.array(dense.by_neuron), dense.array(dense.force)
        self.precision = by_neuron.dtype
        self.state = active_set.gather(by_neuron, force, dense.time, dense.step, dense.evaluations, dense.kept)
        self.stalls, count = Stalls(dense.time, dense.evaluations), self.state.count.astype(np.int64)
        self.at_once = evaluations_at_once(4 * int(by_neuron.shape[1] ** 2 + (count**2).sum()))

    def advance(self, pause: float) -> Status:
        """Step until the next step would cross ``pause``, the weights rest, ``end`` is reached or steps are nothing."""
        while True:
            heed()
            loop, most = active_set.advance, self.at_once
            if self.early():
                loop, most = plain.advance, max(1, PLAIN_AT_ONCE // max(1, int(self.state.count.sum())))
            until = min(self.evaluations + most, self.stalls.due)
            bounds = (self.strength, self.tolerance, self.longest, self.training.residual, self.end)
            status = Status(loop(self.state, *bounds, pause, until))
            if status == Status.CROWDED:
                self.state = active_set.widen(self.state)
            elif status != Status.UNFINISHED:
                return status
            elif self.stalls.found(self.time, self.evaluations):
                return Status.STALLED

    def peek(self, time: float) -> Floats:
        """Return the weights (n, m) at a time within the ready step."""
        if time <= self.time:
            return active_set.weights_now(self.state, self.precision)
        n, m = len(self.state.weights), len(self.state.count)
        weights = np.empty((n, m))  # as the state is: one kind of arguments to compile for
        look = plain.peek if self.early() else active_set.peek
        look(self.state, self.strength, time, weights)
        return weights.astype(self.precision, copy=False)

    def early(self) -> bool:
        """Whether the compiler is not ready, and plain Python goes on."""
        return first_use.early(first_use.ACTIVE, first_use.ACTIVE_PRECISION)

    @property
    def time(self) -> float:
        """Time reached, in the paper's clock."""
        return float(self.state.clock[active_set.TIME])

    @property
    def evaluations(self) -> int:
        """How often the force was evaluated."""
        return int(self.state.tally[active_set.EVALUATIONS])


def _outcome(status: Status, certificate: Certificate, replicate: int) -> Outcome:
    if status in (Status.DIVERGED, Status.STALLED):
        return Outcome.DIVERGED if status == Status.DIVERGED else Outcome.STALLED
    if status != Status.RESTED or certificate.split[replicate] or certificate.clashing[replicate]:
        return Outcome.UNDECIDED
    return Outcome.DEAD_FEATURES if certificate.dead[replicate] else Outcome.CONVERGED
