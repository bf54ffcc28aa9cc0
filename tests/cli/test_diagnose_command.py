"""`polygenesis diagnose` prints what the library returns and writes its page and table."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

import polygenesis
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


# Labels by name, and none


DIGIT = np.arange(88) % 4 == 2
CAPITAL = np.arange(88) % 4 == 3
NAMED = {"capital": CAPITAL.astype(int), "digit": DIGIT.astype(int)}


def said(capfd, *tokens):
    assert main(["diagnose", *tokens, "--draws", "99", "--json"]) == 0
    return json.loads(capfd.readouterr().out)


def test_features_are_named_by_a_file(files, capfd):
    np.savez("labels.npz", **NAMED)
    save_file(NAMED, "labels.safetensors")
    pd.DataFrame(NAMED).to_csv("labels.csv", index=False)
    pd.DataFrame(NAMED).to_csv("indexed.csv")
    expected = diagnose(np.load("run0.npy"), NAMED, draws=99)
    assert expected.names == ("capital", "digit")
    for file in ("labels.npz", "labels.safetensors", "labels.csv", "indexed.csv"):
        assert repr(diagnose("run0.npy", file, draws=99)) == repr(expected)
    found = said(capfd, "run0.npy", "labels.npz", "--threshold", "0.7")
    assert {each["feature"] for each in found["neurons"]} == {"digit", "capital"}
    assert found["note"] is None
    one = diagnose("run0.npy", "labels.csv:digit", draws=99)
    assert one.names == diagnose("run0.npy", "labels.npz:digit", draws=99).names == ("0", "1")


def test_a_table_of_texts_and_numbers(files):
    names = np.array(["low", "high"])[DIGIT.astype(int)]
    pd.DataFrame({"size": names, "NA": np.where(CAPITAL, "NA", "x"), "far": np.arange(88) / 8}).to_csv("t.csv")
    assert diagnose("run0.npy", "t.csv", draws=99).names == ("size=high", "size=low", "NA=NA", "NA=x", "far")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("0,1\n1,0\n0,1\n", "'labels.csv' must begin with a header, but its column 1 has the number 0 there."),
        ("a,\n1,0\n0,1\n", "'labels.csv' must begin with a header, but its column 2 has no name there."),
        ("a;b\n1;0\n0;1\n", "must have its columns parted by commas, but begins with 'a;b'"),
        ("a,b\n", "must hold a header and a row for each sample, but has 0 rows"),
        ("", "'labels.csv' cannot be read"),
        ("a,b\n1,0\n,1\n0,0\n1,1\n", "must be finite, but is nan for sample 1, feature 'a'"),
    ],
)
def test_a_csv_file_that_is_no_table_is_one_sentence(files, capfd, content, words):
    (files / "labels.csv").write_text(content)
    assert main(["diagnose", "run0.npy", "labels.csv"]) == 2
    error = capfd.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_arrays_that_are_no_columns_are_asked_for(files, capfd):
    np.savez("labels.npz", digit=DIGIT, capital=CAPITAL[:-1])
    np.savez("wide.npz", digit=DIGIT, both=np.stack([DIGIT, CAPITAL], 1))
    for file in ("labels.npz", "wide.npz", "none.csv"):
        assert main(["diagnose", "run0.npy", file]) == 2
    error = capfd.readouterr().err
    assert error.count("holds several arrays, so say which (FILE:NAME)") == 2
    assert "File 'none.csv' does not exist." in error


def test_activations_whose_labels_were_forgotten_are_said_to_be_read_as_weights(files, capfd):
    sentence = (
        "No labels were given, so the array was read as weights, one feature a row (88 features). For activations give "
        "labels too."
    )
    assert main(["diagnose", "run0.npy", "--draws", "99"]) == 0
    assert " ".join(capfd.readouterr().out.split()).startswith(sentence)
    assert said(capfd, "run0.npy")["note"] == sentence
    found = diagnose(np.load("run0.npy"), draws=99)
    assert found.reading == sentence
    assert " ".join(repr(found).split()).startswith(sentence)
    assert found.to_html().count("No labels were given") == 1
    assert polygenesis.load(found.save("kept")).reading == sentence


def test_weights_that_are_known_to_be_weights_are_read_without_a_word(files, capfd):
    np.save("weights.npy", np.array([[0.99, 0.0], [-0.99, 0.0]]))
    assert said(capfd, "weights.npy", "--penalty", "0.05")["note"] is None
    assert not diagnose("run0.npy", "labels.npy", draws=99).reading
