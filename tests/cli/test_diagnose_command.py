"""`polygenesis diagnose` prints what the library returns and writes its page and table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from polygenesis.cli import main
from polygenesis.probe import diagnose
from polygenesis.probe.show.text import text


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Activations and labels of three small networks whose last neuron tells two of four classes."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    labels = np.arange(88) % 4
    np.save("labels.npy", labels)
    for each in range(3):
        signal = np.stack([labels == 0, labels == 1, labels >= 2], axis=1)
        np.save(f"run{each}.npy", signal + 0.2 * rng.standard_normal((88, 3)))
    return tmp_path


def test_a_diagnosis_is_printed_and_written(files, capfd):
    command = ["diagnose", "run0.npy", "labels.npy", "--run", "run1.npy", "--run", "run2.npy", "--draws", "99"]
    assert main([*command, "--html", "page.html", "--csv", "neurons.csv"]) == 0
    runs = [np.load(f"run{each}.npy") for each in range(3)]
    found = diagnose(runs, np.load("labels.npy"), draws=99)
    written = "\n\nThe page is page.html.\n\nThe table of neurons is neurons.csv.\n"
    assert capfd.readouterr().out == f"{text(found, command=True)}{written}"
    assert (files / "page.html").read_text(encoding="utf-8") == found.to_html()
    assert len(pd.read_csv("neurons.csv")) == sum(len(each.features) for each in found.shared) > 0


def test_weights_with_their_penalty_are_split(files, capfd):
    np.save("weights.npy", np.array([[0.99, 0.0], [-0.99, 0.0]]))
    assert main(["diagnose", "weights.npy", "--penalty", "0.05"]) == 0
    assert "is indifferent to 1" in " ".join(capfd.readouterr().out.split())


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["none.npy", "labels.npy"], "File 'none.npy' does not exist."),
        (["run0.npy", "labels.npy", "--kind", "class"], "class"),
        (["run0.npy", "labels.npy", "--threshold", "2"], "`threshold` must lie above 0.5 and below 1"),
        (["run0.npy", "labels.npy", "--html", "no/page.html"], "Cannot write 'no/page.html': there is no folder 'no'."),
        (["run0.npy", "labels.npy", "--csv", "good.csv", "--html", "."], "Cannot write '.': it is a folder."),
        (["run0.npy", "labels.npy", "--penalty", "0.1"], "Option --penalty is 0.1, but it is for weights"),
    ],
)
def test_mistakes_are_one_sentence(files, capfd, tokens, words):
    assert main(["diagnose", *tokens]) == 2
    error = capfd.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not (files / "good.csv").exists()
