"""What needs a package that is not installed is refused before anything is computed, with the command that helps."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from polygenesis.cli import main
from polygenesis.extras import EXTRAS, is_there, require

GENERAL = ["--model.kind", "autoencoder", "--model.n", "4", "--model.m", "4"]
DIGITS = ["--model.kind", "perceptron", "--model.n", "64", "--model.m", "4", "--model.outputs", "10"]
STEPS = ["--training.kind", "adam", "--training.lr", "0.1", "--training.steps", "2", "--penalty.kind", "none"]
SWEEP = """
[spec]
model = { n = 3, m = 3 }
penalty.strength = 0.1
[axes]
features.kind = ["one-hot", "unequal-one-hot"]
"""


@pytest.fixture
def hide(monkeypatch, tmp_path):
    """Make a module one that is not installed, and every computation a mistake."""
    monkeypatch.chdir(tmp_path)

    def never(*_, **__):
        raise AssertionError("something was computed")

    monkeypatch.setattr("polygenesis.dynamics.simulate", never)
    monkeypatch.setattr("polygenesis.sweeps.runner.tasks", never)
    return lambda module: monkeypatch.setitem(sys.modules, module, None)


def refused(capfd, tokens, module, what=""):
    assert main(tokens) == 2
    out, err = capfd.readouterr()
    name, extra = EXTRAS[module]
    assert out == ""
    assert f"{what} needs {name}, which is not installed: pip install 'polygenesis[{extra}]'.\n" in err
    assert err.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize("module", EXTRAS)
def test_a_module_that_is_hidden_is_not_there(module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    assert not is_there(module)
    with pytest.raises(ValueError, match=r"^This needs .*, which is not installed: pip install 'polygenesis\["):
        require(module, "This")


@pytest.mark.parametrize(
    "tokens",
    [
        ["run", *GENERAL],
        ["explore", *GENERAL],
        ["study", "networks", "--profile", "quick"],
        ["study", "capacity", "cooccurrence", "--profile", "quick"],
        ["sweep", "run", "s.toml"],
    ],
    ids=lambda tokens: " ".join(tokens[:2]),
)
def test_without_pytorch(tokens, hide, capfd, tmp_path):
    (tmp_path / "s.toml").write_text(SWEEP)
    hide("torch")
    refused(capfd, tokens, "torch", "This spec or engine")


def test_without_scikit_learn(hide, capfd):
    hide("sklearn")
    refused(capfd, ["run", *DIGITS, "--features.kind", "digits", *STEPS], "sklearn", "'digits' of features")


def test_without_pyarrow(hide, capfd, tmp_path):
    (tmp_path / "runs").mkdir()
    np.save("a.npy", np.zeros((9, 3)))
    hide("pyarrow")
    collect = ["sweep", "collect", "runs", "--csv", "t.csv", "--parquet", "t.parquet"]
    refused(capfd, collect, "pyarrow", "Option --parquet")
    assert not (tmp_path / "t.csv").exists()
    refused(capfd, ["diagnose", "a.npy", "labels.parquet:kind"], "pyarrow", "File 'labels.parquet'")


def test_without_dask(hide, capfd, tmp_path):
    (tmp_path / "s.toml").write_text(SWEEP)
    hide("distributed")
    refused(capfd, ["sweep", "run", "s.toml", "--dask", "local"], "distributed", "Option --dask")
    assert not (tmp_path / "runs").exists()


def test_the_benchmark_says_before_it_begins_that_there_is_no_baseline(hide, capfd, monkeypatch):
    from polygenesis.bench import Goal, Row

    said = []
    hide("torch")
    row = Row(name="race", what="a race", goal=Goal(), how="by hand")
    monkeypatch.setattr("polygenesis.bench.measure", lambda _: said.append(capfd.readouterr().err) or row)
    assert main(["bench", "--only", "race"]) == 0
    assert "PyTorch is not installed" in said[0]


def test_an_environment_that_hides_a_module_by_a_hook():
    code = (
        "import sys\n"
        "class Hidden:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.partition('.')[0] == 'torch': raise ImportError(name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
        "from polygenesis.cli import main\n"
        f"sys.exit(main({['run', *GENERAL, '--out', '/nonexistent']!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "needs PyTorch" in done.stderr
