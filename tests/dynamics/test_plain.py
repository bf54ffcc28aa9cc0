"""Until loops are compiled flows go on in plain Python: to the last bit what compiled loops do, from any moment on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from polygenesis import kernels
from polygenesis.dynamics import simulate
from polygenesis.dynamics.flow import (
    active_set,
    dense_compiled,
    elementwise,
    elementwise_arrays,
    first_use,
    integrate,
    plain,
    small_products,
    step_control,
)
from polygenesis.dynamics.flow.dense import passes
from polygenesis.dynamics.replicates import at_most
from polygenesis.interference import NoInterference, WithinContexts
from polygenesis.kernels import compiled
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1, NoPenalty
from polygenesis.saving import Save
from polygenesis.spec import RunSpec


def spec_of(n, m, precision="float64", strength=0.016, **fields):
    penalty = L1(strength) if strength else NoPenalty()
    return RunSpec(TiedAutoencoder(n=n, m=m), penalty=penalty, precision=precision, seed=5, **fields)


@pytest.fixture
def ready_after(monkeypatch):
    """Let the compiler seem ready at the so-and-so-many-th look; counts the looks."""
    looks = []

    def after(number):
        looks.clear()

        def early(piece, precision):
            looks.append((piece, precision))
            return len(looks) <= number

        monkeypatch.setattr(first_use, "early", early)
        return looks

    return after


def same(one, other):
    """Two runs that nobody can tell apart."""
    assert np.array_equal(one.final, other.final, equal_nan=True)
    assert one.outcome == other.outcome
    assert np.array_equal(one.evaluations, other.evaluations)
    assert np.array_equal(one.end_time, other.end_time)
    assert one.engine == other.engine
    for name, values in one.series.items():
        assert np.array_equal(values, other.series[name], equal_nan=True)
    if one.trajectory is not None:
        assert np.array_equal(one.trajectory, other.trajectory, equal_nan=True)


NEVER = 10**9


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("strength", [0.1, 0.016, 0.0])
@pytest.mark.parametrize(("n", "m"), [(2, 2), (7, 3), (8, 16), (24, 24), (33, 40)])
def test_plain_python_takes_the_same_steps(ready_after, n, m, strength, precision):
    spec = spec_of(n, m, precision, strength, replicates=2)
    compiled_run = simulate(spec)
    looks = ready_after(NEVER)
    same(simulate(spec), compiled_run)
    assert {piece for piece, _ in looks} >= {first_use.DENSE}


@pytest.mark.parametrize("look", [3, 4, 5, 6, 8, 13, 21])
def test_no_result_shows_when_the_compiler_was_ready(ready_after, look):
    spec = spec_of(16, 32, "float32", 0.004, replicates=2, save=Save(times=(0.5, 3.0, 40.0, 300.0), weights=True))
    compiled_run = simulate(spec)
    ready_after(look)
    same(simulate(spec), compiled_run)


@pytest.mark.parametrize(("n", "m"), [(16, 32), (40, 700)])
def test_compiled_code_takes_over_as_soon_as_it_is_ready(ready_after, monkeypatch, n, m):
    calls = []
    passes("float32")  # tries both kinds, once

    def noted(owner, name, what):
        function = getattr(owner, name)

        def call(*arguments):
            calls.append(what)
            return function(*arguments)

        monkeypatch.setattr(owner, name, call)

    noted(plain, "dense", "plain")
    noted(plain, "advance", "plain")
    noted(dense_compiled, "advance", "compiled")
    noted(active_set, "advance", "compiled")
    if n == 40:  # too large for a loop of dense steps
        noted(elementwise_arrays, "correct", "plain")
        noted(elementwise, "correct", "compiled")
    looks = ready_after(4)
    simulate(spec_of(n, m, "float32", 0.004))
    assert len(looks) > 4
    first = calls.index("compiled")
    assert set(calls[:first]) == {"plain"}
    assert set(calls[first:]) == {"compiled"}


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_large_networks_take_plain_passes_until_then(ready_after, precision):
    spec = spec_of(40, 700, precision, 0.1)
    compiled_run = simulate(spec)
    for look in (40, 200, NEVER):
        looks = ready_after(look)
        same(simulate(spec), compiled_run)
    assert looks[0] == (first_use.LARGE, precision)


@pytest.mark.parametrize("interference", [WithinContexts(contexts=3), NoInterference(until=5.0)])
def test_pairs_that_do_not_interfere_and_saved_times(ready_after, interference):
    spec = spec_of(12, 24, replicates=2, save=Save(times=30, series=("loss",), weights=True)).replace(
        interference=interference
    )
    compiled_run = simulate(spec)
    ready_after(NEVER)
    same(simulate(spec), compiled_run)


def test_what_diverges_does_so_silently(ready_after, recwarn):
    weights = np.full((1, 4, 6), 1e200)
    compiled_run = simulate(spec_of(4, 6), initial_weights=weights)
    ready_after(NEVER)
    same(simulate(spec_of(4, 6), initial_weights=weights), compiled_run)
    assert not [each for each in recwarn if issubclass(each.category, RuntimeWarning)]


def test_several_threads(ready_after):
    spec = spec_of(8, 16, replicates=5)
    compiled_run = simulate(spec)
    ready_after(40)
    with at_most(3):
        same(simulate(spec), compiled_run)


@compiled
def _products(weights, overlap, out, direction):
    small_products.overlaps(weights, overlap)
    small_products.pull(weights, overlap, out)
    return small_products.towards(overlap, direction)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_products_are_those_of_compiled_code(precision):
    random = np.random.default_rng(1)
    run = plain._quiet(_products)
    for n, m in [*random.integers(2, 70, (60, 2)), (2, 300), (64, 256), (100, 104), (101, 100)]:
        weights = random.normal(size=(m, n)).astype(precision)
        direction, found = random.normal(size=n).astype(precision), []
        for call in (_products, run):
            overlap, out = np.empty((n, n), precision), np.empty((m, n), precision)
            ahead, size = call(weights, overlap, out, direction)
            assert ahead.dtype == precision
            found.append([overlap, out, ahead, size])
        assert all(np.array_equal(*pair) for pair in zip(*found, strict=True)), (n, m)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_step_control_is_that_of_compiled_code(precision):
    random = np.random.default_rng(2)
    for _ in range(300):
        step, last, rate, error, left = np.exp(random.normal(0, 3, 5)).tolist()
        first, staged = map(bool, random.integers(0, 2, 2))
        sums, squared = np.exp(random.normal(-5, 5, (2, 9))).astype(precision)
        calls = {
            "decide": (step, first, staged, 2 + rate, error * 1e-3, 1e-3, 1.5, 100.0, left),
            "single": (step, 0.0 if first else last, 0.004),
            "second": (step, 0.0 if first else last),
            "fastest": (rate,),
            "typical": (sums, squared),
            "relative_speed": (sums, squared),
            "legendre_stages": (step, rate),
            "even_from": (5, 9),
        }
        for name, arguments in calls.items():
            assert getattr(plain.control, name)(*arguments) == getattr(step_control, name)(*arguments), name
    for number in range(2, 40):
        for mine, theirs in zip(plain.control.legendre(number, 0.7), step_control.legendre(number, 0.7), strict=True):
            assert np.array_equal(mine, theirs)


def test_examples_are_of_the_kinds_that_flows_call_with(monkeypatch):
    """Else a flow would never see that a piece is ready."""
    from numba import typeof

    seen = {}

    def watch(piece, function):
        def call(*arguments):
            seen.setdefault(piece, tuple(map(typeof, arguments)))
            return function(*arguments)

        return call

    examples = {
        piece: first_use.example(piece, precision)
        for piece, precision in (("active-set", "float64"), ("dense", "float32"), ("dense-large", "float32"))
    }
    monkeypatch.setattr(active_set, "advance", watch(first_use.ACTIVE, active_set.advance))
    monkeypatch.setattr(dense_compiled, "advance", watch(first_use.DENSE, dense_compiled.advance))
    monkeypatch.setattr(elementwise, "compare", watch(first_use.LARGE, elementwise.compare))
    simulate(spec_of(6, 9, "float32"))
    simulate(spec_of(40, 700, "float32", 0.1))
    for piece, (function, arguments) in examples.items():
        assert tuple(map(typeof, arguments)) == seen[piece], piece
        assert kernels.there(function, arguments)


FIRST = """
import hashlib
from polygenesis.dynamics import simulate
from polygenesis.dynamics.flow import active_set, dense_compiled, first_use
from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec
run = simulate(RunSpec(TiedAutoencoder(n=8, m=16), precision="float32", replicates=3))
print(hashlib.sha256(run.final.tobytes()).hexdigest(), len(dense_compiled.advance.overloads),
      len(active_set.advance.overloads),
      sum(first_use.early(*each) for each in (("dense", "float32"), ("active-set", "float64"))), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="process groups of POSIX")
def test_the_first_flow_does_not_wait_for_the_compiler(tmp_path):
    variables = {key: value for key, value in os.environ.items() if key != "POLYGENESIS_THREADS"}
    variables["NUMBA_CACHE_DIR"] = str(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", FIRST], env=variables, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        digest, *counts = process.stdout.readline().split()
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # it, and those that compile
        process.wait()
    import hashlib

    run = simulate(RunSpec(TiedAutoencoder(n=8, m=16), precision="float32", replicates=3))
    assert digest == hashlib.sha256(run.final.tobytes()).hexdigest()
    assert counts == ["0", "0", "2"]  # nothing was compiled there; two processes were at it


def test_the_interpreter_follows_calls_into_other_files():
    calls = []

    def seen(weight, ahead, drop):
        calls.append((weight, ahead, drop))
        return 7.0

    instead = kernels.Interpreter({integrate.active_set.penalized: seen})
    state = active_set.gather(np.eye(3), np.zeros((3, 3)), 0.0, 0.1, 5)
    plain_look = instead(active_set._look_ahead)
    plain_look(state, 0.0, 0.1)
    assert len(calls) == 3
    assert (state.ahead[:, 0] == 7).all()
    assert instead(active_set._look_ahead) is plain_look


FACTOR = 3


@compiled
def _multiples(n):
    return sum([FACTOR * k for k in range(n)])


def test_the_interpreter_knows_the_names_in_comprehensions():
    assert kernels.Interpreter({})(_multiples)(4) == 18
