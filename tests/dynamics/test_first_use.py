"""Where nothing is compiled yet other processes compile; elsewhere none is started, and nothing is left to chance."""

from __future__ import annotations

import signal
import sys
import time
from types import SimpleNamespace

import pytest

from compiling import nothing_is_compiled
from polygenesis import ahead, files, kernels
from polygenesis.cli.computing import compute
from polygenesis.cli.folders import writable_store
from polygenesis.dynamics import simulate
from polygenesis.dynamics.flow import compile_here, dense, dense_compiled, first_use
from polygenesis.dynamics.replicates import THREADS
from polygenesis.models import TiedAutoencoder
from polygenesis.spec import RunSpec
from polygenesis.sweeps.pool import ONE_THREAD

SPEC = RunSpec(TiedAutoencoder(n=2, m=4))
SLEEPS = "import time; time.sleep(60)"


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Commands that were started, on a machine where nothing is compiled."""
    monkeypatch.setattr(first_use, "there", lambda function, arguments: False)
    first_use.piece.cache_clear()
    yield nothing_is_compiled(monkeypatch, tmp_path)
    first_use.piece.cache_clear()


def test_the_first_flow_starts_a_process_for_each_piece(started):
    for precision in ("float64", "float64", "float32"):
        simulate(SPEC.replace(precision=precision))
    assert [command[:3] for command in started] == [[sys.executable, "-P", "-c"]] * 3
    assert [command[3].splitlines()[-1] for command in started] == [
        "main(['dense', 'float64'])",
        "main(['active-set', 'float64'])",
        "main(['dense', 'float32'])",
    ]


def test_large_networks_need_another_piece(started):
    spec = RunSpec(TiedAutoencoder(n=40, m=700))
    assert first_use.early_for([spec, spec.replace(seed=1)])
    assert ["dense-large" in started[0][3], "active-set" in started[1][3], len(started)] == [True, True, 2]


@pytest.mark.parametrize("name", [first_use.DENSE, first_use.LARGE, first_use.ACTIVE])
def test_what_it_does_runs(monkeypatch, name):
    """With what is compiled by now; it leaves no lock behind."""
    monkeypatch.setitem(ahead.this_process, "compiles", False)
    piece = first_use.piece(name, "float64")
    files.hold(piece.lock()).close()
    assert f"from {compile_here.__name__} import main\nmain([{name!r}, 'float64'])" in piece.program
    compile_here.main([name, "float64"])
    assert ahead.this_process["compiles"]
    assert not piece.lock().exists()
    assert kernels.there(*first_use.example(name, "float64"))


@pytest.mark.parametrize(
    "why", ["told one core", "temporary folder", "ready", "nothing is kept", "no process", "it compiles"]
)
def test_otherwise_none_is_started(started, monkeypatch, why):
    def refuse(*_, **__):
        raise OSError("Resource temporarily unavailable")

    if why == "told one core":
        monkeypatch.setenv(THREADS, "1")
    if why == "temporary folder":
        monkeypatch.setenv(kernels.SHARED, str(kernels.folder()))
    if why == "ready":
        monkeypatch.setattr(first_use, "there", lambda function, arguments: True)
    if why == "nothing is kept":
        monkeypatch.setattr(ahead, "folder", lambda: None)
    if why == "no process":
        monkeypatch.setattr(ahead.subprocess, "Popen", refuse)
    if why == "it compiles":
        monkeypatch.setitem(ahead.this_process, "compiles", True)
    assert not first_use.early_for([SPEC])
    assert simulate(SPEC).final.shape == (1, 2, 4)
    assert started == []


def test_a_process_that_is_gone_leaves_the_work_to_this_one(started):
    assert first_use.early("dense", "float64")
    first_use.piece("dense", "float64")._process = SimpleNamespace(poll=lambda: 1)
    assert not first_use.early("dense", "float64")
    assert len(started) == 1  # and none is started again


@pytest.mark.skipif(sys.platform == "win32", reason="advisory locks of POSIX")
@pytest.mark.parametrize("ends", ["with its piece", "before"])
def test_workers_wait_for_the_process_that_compiles(started, monkeypatch, ends):
    held, naps = files.hold(first_use.piece("dense", "float64").lock()), []

    def sleep(seconds):
        naps.append(seconds)
        if len(naps) == 3 and ends == "before":
            held.close()
        elif len(naps) == 3:
            monkeypatch.setattr(first_use, "there", lambda function, arguments: True)

    monkeypatch.setattr(ahead, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: 0.0))
    monkeypatch.setenv(THREADS, ONE_THREAD[THREADS])
    assert not first_use.early("dense", "float64")
    assert len(naps) == 3
    assert not first_use.early("dense", "float64")
    assert (started, len(naps)) == ([], 3)
    held.close()


def test_a_process_that_hangs_is_not_waited_for_for_ever(started, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(ahead, "time", SimpleNamespace(monotonic=lambda: now[0]))
    assert first_use.early("dense", "float64")
    now[0] = 1.01 * kernels.PATIENCE
    assert not first_use.early("dense", "float64")


@pytest.mark.skipif(sys.platform == "win32", reason="advisory locks of POSIX")
def test_two_processes_start_one_that_compiles(started, monkeypatch):
    monkeypatch.setattr(ahead.Piece, "locked", lambda piece: False)  # both looked before either took it
    held = files.hold(first_use.piece("dense", "float64").lock())
    assert not first_use.early("dense", "float64")
    held.close()
    assert started == []


@pytest.mark.skipif(sys.platform == "win32", reason="advisory locks of POSIX")
def test_a_second_process_goes_on_while_the_first_compiles(started):
    held = files.hold(first_use.piece("dense", "float64").lock())
    assert first_use.early("dense", "float64")
    held.close()
    assert not first_use.early("dense", "float64")
    assert started == []


@pytest.mark.skipif(sys.platform == "win32", reason="advisory locks of POSIX")
def test_the_lock_lasts_as_long_as_the_process_that_compiles(monkeypatch, tmp_path):
    monkeypatch.setattr(ahead, "folder", lambda: tmp_path)
    piece = ahead.Piece("some", "polygenesis", (), lambda: False)
    piece.program = SLEEPS
    assert piece.early(alone=False)
    assert piece.locked()
    piece._process.kill()
    piece._process.wait()
    assert not piece.locked()
    assert not piece.early(alone=False)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_it_does_not_hear_ctrl_c(monkeypatch, tmp_path):
    """A terminal sends that to all processes; what is compiled is needed by whatever finishes in flight."""
    monkeypatch.setattr(ahead, "folder", lambda: tmp_path)
    piece = ahead.Piece("some", "time", (), lambda: False)
    piece.program = piece.program.replace("from time import main", f"open({str(tmp_path / 'begun')!r}, 'w')")
    piece.program = piece.program.replace("main([])", "import time; time.sleep(60)")
    assert piece.early(alone=False)
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    piece._process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert piece.early(alone=False)
    piece._process.kill()
    piece._process.wait()


def test_passes_that_cannot_be_compiled_are_seen_when_the_compiler_is_done(monkeypatch):
    """A flow begun in plain Python then goes on by whole arrays."""
    answers = iter([True] * 3)
    monkeypatch.setattr(first_use, "early", lambda piece, precision: next(answers, False))
    monkeypatch.setattr(dense, "passes", lambda precision: dense.elementwise_arrays)
    monkeypatch.setattr(dense_compiled, "advance", None)
    run = simulate(RunSpec(TiedAutoencoder(n=16, m=32)))
    assert run.converged.all()


def test_the_command_starts_them_and_goes_on_in_this_process(started, tmp_path, monkeypatch):
    monkeypatch.setattr(dense_compiled, "advance", None)  # plain Python has its own
    compute([SPEC, SPEC.replace(seed=1)], writable_store(tmp_path / "runs"), workers=1)
    assert len(started) == 2
