"""Large selections: counting is sorting, forecasts come first, Ctrl-C ends the work, files are mapped."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save_file

import polygenesis as pg
from polygenesis.probe import selectivity
from polygenesis.probe.inputs.activations import read_activations
from polygenesis.probe.inputs.files import read_array
from polygenesis.probe.inputs.turning import highest, turned
from polygenesis.probe.selection import effects
from polygenesis.probe.selection.forecast import forecast
from polygenesis.probe.selection.occurrence import occurrence
from polygenesis.progress import announce, steps


def halves(samples=500, neurons=6, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, samples)
    x = np.maximum(rng.standard_normal((samples, neurons)) + (y[:, None] == np.arange(neurons) % 4), 0)
    x[:, 5] = -0.0
    x[:, 4] *= -1
    return x.astype(np.float16), y


def test_classes_are_counted_as_they_would_be_sorted(monkeypatch):
    x, y = halves()
    sorted_, full = selectivity(x, y), selectivity(x.astype(np.float64), y)
    monkeypatch.setattr(effects, "LEAST_SAMPLES", 1)
    counted = selectivity(x, y)
    for other in (sorted_, full):
        for name in ("auroc", "difference", "information", "q"):
            assert getattr(counted, name) == pytest.approx(getattr(other, name), abs=1e-9), name
        assert counted.chance == pytest.approx(other.chance)
        assert (counted.constant == other.constant).all()
        assert counted.signed == other.signed


def test_samples_without_a_class_are_counted_too(monkeypatch):
    x, y = halves()
    present = (y[:, None] == np.arange(3)).astype(np.int8)  # the fourth class has no label
    sorted_ = selectivity(x, present)
    monkeypatch.setattr(effects, "LEAST_SAMPLES", 1)
    assert selectivity(x, present).auroc == pytest.approx(sorted_.auroc, abs=1e-12)


def test_exclusive_features_are_those_with_several_labels(monkeypatch):
    """The shorter loop for classes gives what the loop for several labels a sample gives."""
    x, y = halves()
    known = occurrence(y[:, None] == np.arange(4))
    orders = np.arange(len(x))[None]
    short = effects.block_effects(x.T.astype(np.float64), known, orders)[0]
    monkeypatch.setattr(type(known), "exclusive", property(lambda self: False))
    long = effects.block_effects(x.T.astype(np.float64), known, orders)[0]
    assert short.auroc == pytest.approx(long.auroc, abs=1e-12)
    assert short.z == pytest.approx(long.z, abs=1e-9)


def test_transposes_and_highest_samples():
    rng = np.random.default_rng(0)
    for kind in (np.float16, np.float32, np.float64, np.int8):
        array = (rng.standard_normal((130, 70)) * 9).astype(kind)
        assert (turned(array) == array.T).all()
        assert turned(array[:, 3:9]).flags.c_contiguous
    values = rng.integers(0, 9, 500).astype(float)
    assert highest(values, 20).tolist() == np.argsort(-values, kind="stable")[:20].tolist()


def test_a_forecast_grows_with_what_is_asked():
    x, y = halves()
    small = forecast(read_activations(x), occurrence(y[:, None] == np.arange(4)))
    many = forecast(read_activations(np.tile(x, (1, 100))), occurrence(y[:, None] == np.arange(4)))
    assert many.seconds > small.seconds
    assert many.size > small.size
    assert "GB" in str(small)


def test_time_and_memory_are_said_before_a_long_selection(monkeypatch, capsys):
    import polygenesis.probe.of_activations as module

    monkeypatch.setattr(module, "PLAIN_SECONDS", 0.0)
    x, y = halves()
    said = []
    pg.diagnose(x, y, draws=99, progress=said.append)
    assert said[0].startswith("selecting features, run 0: about ")
    assert said[0].endswith("GB for this step; the tests of what it finds come after")
    pg.diagnose(x, y, draws=99, progress=True)
    assert capsys.readouterr().err.startswith("Diagnosing: selecting features, run 0: about ")


def test_what_is_announced_is_said_at_once(capsys):
    with steps("Working") as say:
        say("held back")
        announce(say, "at once")
    announce(said := (lambda name: print(name)), "a function of the user's")
    assert callable(said)
    shown = capsys.readouterr()
    assert shown.err == "Working: at once\n"
    assert shown.out == "a function of the user's\n"


def test_an_interrupt_ends_the_work_without_the_rest():
    done = []

    def work(at):
        done.append(at.start)
        if at.start == 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        effects.in_parts(10_000, work, most=1)
    assert len(done) < 10_000


def test_safetensors_are_mapped(tmp_path):
    for kind in (np.float16, np.float32, np.float64):
        array = np.random.default_rng(0).standard_normal((20, 3)).astype(kind)
        save_file({"x": array, "odd": np.arange(3, dtype=np.int8)}, tmp_path / "x.safetensors")
        found = read_array(tmp_path / "x.safetensors", "x")
        assert isinstance(found, np.memmap)
        assert found.dtype == kind
        assert (found == array).all()
    save_file({"none": np.zeros((0, 3), np.float32)}, tmp_path / "none.safetensors")
    assert read_array(tmp_path / "none.safetensors").shape == (0, 3)
