"""During the first diagnosis another process compiles what is asked last; later ones start none."""

from __future__ import annotations

import numpy as np
import pytest

from compiling import nothing_is_compiled
from polygenesis import ahead, files
from polygenesis.probe import compile_here
from polygenesis.probe.battery import curveball
from polygenesis.probe.diagnose import AFTERWARDS, diagnose
from polygenesis.probe.selection import bounds


def given():
    random = np.random.default_rng(0)
    labels = (random.random((400, 12)) < 0.15) * 1.0
    return np.maximum(labels @ random.normal(size=(12, 30)), 0), labels


@pytest.fixture
def started(monkeypatch, tmp_path):
    """Commands that were started where nothing is compiled."""
    for name, value in (("_ready", lambda: False), ("_settled", False), ("_decided", False), ("_process", None)):
        monkeypatch.setattr(AFTERWARDS, name, value)
    return nothing_is_compiled(monkeypatch, tmp_path)


def test_the_first_diagnosis_of_activations_starts_one_process(started):
    for _ in range(2):
        diagnose(*given())
    assert [command[3] for command in started] == [AFTERWARDS.program]
    assert f"from {compile_here.__name__} import main\nmain([])" in AFTERWARDS.program


def test_weights_start_none(started):
    diagnose((np.random.default_rng(1).random((8, 20)) < 0.1) * 1.0)
    assert started == []


def test_what_it_compiles_is_what_a_diagnosis_calls(monkeypatch):
    """Of the kinds of arguments that its last tests have: nothing is compiled twice."""
    monkeypatch.setitem(ahead.this_process, "compiles", False)
    files.hold(AFTERWARDS.lock()).close()
    compile_here.main([])
    assert ahead.this_process["compiles"]
    assert not AFTERWARDS.lock().exists()
    assert AFTERWARDS._ready()
    functions = (curveball.trade, curveball._recurrence_draws, bounds.rank_sums, bounds.chernoff_bound)
    before = [set(each.overloads) for each in functions]
    diagnose(*given())
    assert [set(each.overloads) for each in functions] == before
