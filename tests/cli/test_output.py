"""Text, JSON and the bare answer: one mechanism for all commands; stdout holds the answer, stderr everything else."""

from __future__ import annotations

import enum
import json
import math
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from polygenesis.cli import main, show
from polygenesis.cli.app import COMMANDS, SWEEP_COMMANDS
from polygenesis.cli.output import Answer, plain, records, written

ROOT = Path(__file__).parents[2]
SMALL = ["--model.n", "4", "--model.m", "4", "--penalty.strength", "0.1", "--replicates", "3"]
SWEEP = 'keep = "scalars"\n[spec]\nmodel.n = 3\npenalty.strength = 0.1\n[axes]\nmodel.m = [3, 4]\n'


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text(SWEEP)
    np.save("labels.npy", labels := np.arange(88) % 4)
    rng = np.random.default_rng(0)
    np.save("run.npy", np.stack([labels == 0, labels == 1, labels >= 2], 1) + 0.2 * rng.standard_normal((88, 3)))
    return tmp_path


def answer(capfd, *tokens):
    """Run a command with --json; return its exit code and what it printed."""
    code = main([*tokens, "--json"])
    out, err = capfd.readouterr()
    assert out, (tokens, err)
    return code, json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def documented():
    """The keys of every command's JSON, as the documentation lists them."""
    text = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9 ]+)` \| (`.+?) \|$", text, flags=re.M)
    return {command: set(re.findall(r"`([a-z_]+)`", keys)) for command, keys in rows}


def test_the_documentation_lists_every_command():
    assert set(documented()) == {*(name for name, *_ in COMMANDS), *(f"sweep {name}" for name, *_ in SWEEP_COMMANDS)}


def test_every_command_answers_in_json_as_documented(here, toy, capfd, monkeypatch):
    monkeypatch.setattr("polygenesis.bench.measure", lambda name: _row(name))
    quick = ["--profile", "quick", "--workers", "1"]
    key = answer(capfd, "run", *SMALL)[1]["key"]
    commands = {
        "run": ["run", *SMALL],
        "explore": ["explore", *SMALL[:4], "--out", "page.html"],
        "replay": ["replay", key[:8]],
        "studies": ["studies"],
        "study": ["study", "toy", *quick],
        "paper": ["paper", *quick],
        "report": ["report", "results"],
        "diagnose": ["diagnose", "run.npy", "labels.npy", "--draws", "99"],
        "bench": ["bench", "--only", "race"],
        "completion": ["completion", "bash"],
        "sweep plan": ["sweep", "plan", "s.toml"],
        "sweep run": ["sweep", "run", "s.toml", "--workers", "1"],
        "sweep status": ["sweep", "status", "s.toml"],
        "sweep collect": ["sweep", "collect", "s.toml", "--csv", "t.csv"],
        "sweep verify": ["sweep", "verify", "s.toml"],
        "sweep slurm": ["sweep", "slurm", "s.toml", "--shards", "2"],
        "sweep k8s": ["sweep", "k8s", "s.toml", "--shards", "2", "--image", "i", "--claim", "c"],
    }
    assert commands.keys() == documented().keys()
    for name, tokens in commands.items():
        code, found = answer(capfd, *tokens)
        assert code == 0, name
        assert found["command"] == name
        assert set(found) - {"command"} == documented()[name], name


def _row(name):
    from polygenesis.bench import Goal, Row

    return Row(name=name, what="a race", goal=Goal(ratio=2), how="by hand", baseline=3.0, ours=1.0)


def test_the_json_of_a_run_says_what_the_census_says(here, capfd):
    from polygenesis import sweeps
    from polygenesis.detect import census

    _, found = answer(capfd, "run", *SMALL)
    run = sweeps.Store(here / "results" / "runs").load(found["key"])
    counted = census(run.final)
    shared = [(each["replicate"], each["neuron"], each["features"]) for each in found["shared"]]
    wanted = [(k, j, [i for i, _ in carried]) for k in range(3) for j, carried in counted.polysemantic_neurons(k)]
    assert shared == wanted != []
    assert [row["polysemantic"] for row in found["replicates"]] == counted.polysemantic.tolist()


def test_a_run_says_who_shares_and_offers_the_picture(here, capfd):
    assert main(["run", *SMALL]) == 0
    out = capfd.readouterr().out
    assert re.search(r"^Features that share a neuron in replicate \d, with the signs of their weights:$", out, re.M)
    assert re.search(r"^  neuron \d: \d \([+−]\), \d \([+−]\)", out, re.M)
    assert "--plot weights.png" in out
    assert "polygenesis explore" in out
    assert main(["run", *SMALL, "--plot", "weights.svg"]) == 0
    assert "The picture of replicate 0 is weights.svg." in capfd.readouterr().out
    assert b"<svg" in (here / "weights.svg").read_bytes()


def test_a_run_in_which_nobody_shares_says_so(here, capfd):
    assert main(["run", "--model.n", "2", "--model.m", "40", "--penalty.strength", "0.1", "--seed", "1"]) == 0
    assert "No neuron carries two features." in capfd.readouterr().out


def test_a_run_whose_features_have_not_settled_gives_a_lower_bound(here, capfd):
    assert main(["run", "--model.n", "4", "--model.m", "8", "--training.max_time", "0.5", "--replicates", "2"]) == 0
    out = capfd.readouterr().out
    assert "No neuron carries two features." not in out
    assert re.search(r" neurons are undecided, since \d.* features have not settled on one neuron: the number", out)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (
            [[1.0, 0.0], [0.7, 0.7]],
            "No settled features share a neuron, but 2 neurons are undecided, since 1",
        ),
        ([[1.0, 0.0], [-1.0, 0.0]], "Features that share a neuron"),
        (
            [[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.7, 0.7]],
            "There may be more, for 2 neurons are undecided",
        ),
        ([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.7, 0.0, 0.0]], "Features that share a neuron"),
        ([[1.0, 0.0], [0.0, 1.0], [0.4, 0.0]], "No settled features share a neuron, but 1 feature has not settled"),
        ([[1.0, 0.0], [0.0, 1.0]], "No neuron carries two features."),
    ],
)
def test_a_bound_is_said_only_where_features_have_not_settled(weights, said):
    from polygenesis.cli.sharing import sentences, sharing
    from polygenesis.detect import census

    found = census(weights)
    lines = sentences(sharing(found, [0]), found, 1)
    assert any(line.startswith(said) for line in lines)
    assert any("lower bound" in line for line in lines) == bool(found.split_features.any())


def hint(capfd, *tokens):
    """Run a spec and return the command that `run` proposes to watch it, as words after the program."""
    assert main(["run", *tokens]) == 0
    found = re.findall(r"^Watch it: polygenesis (.+)$", capfd.readouterr().out, re.M)
    return shlex.split(found[0]) if found else []


def test_the_hint_how_to_watch_a_run_stands_only_where_it_works(here, capfd, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda address: None)
    assert hint(capfd, "--model.n", "65", "--model.m", "66", "--training.max_time", "0.01") == []
    assert hint(capfd, "--model.n", "2", "--model.m", "257", "--training.max_time", "0.01") == []
    assert main(hint(capfd, *SMALL, "--out", "my runs")) == 0


@pytest.mark.torch
def test_a_run_with_a_part_of_ones_own_is_watched_by_its_spec(here, capfd, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda address: None)
    (here / "my_squares.py").write_text(SQUARES)
    (here / "spec.toml").write_text(OWN)
    shown = hint(capfd, "spec.toml")
    for loaded in (True, False):
        assert main(shown) == 0
        assert "The page shows 3 features on 4 neurons" in capfd.readouterr().out
        if loaded:
            del sys.modules["my_squares"]
    key = Path(shown[1]).parent.name
    del sys.modules["my_squares"]
    assert main(["explore", key[:8]]) == 2
    assert "imports nothing: name its spec instead, which is imported, such as spec.json" in capfd.readouterr().err


SQUARES = """
from polygenesis import parts


@parts.part
class Squares(parts.Penalty):
    strength: parts.NonNegativeFloat

    def value(self, matrices, activations):
        return self.strength * sum((w**4).sum((-2, -1)) for w in matrices.values())
"""
OWN = """
model = { n = 3, m = 4 }
penalty = { kind = "my_squares:Squares", strength = 0.1 }
training = { kind = "sgd", lr = 0.02, steps = 10 }
"""


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("weights.gif", "`plot` must end in .pdf, .png, .svg, but is 'weights.gif'"),
        ("no/w.png", "there is no folder"),
        ("closed.png", "is a folder"),
    ],
)
def test_a_picture_that_cannot_be_written_is_refused_before_the_run(here, capfd, place, sentence):
    (here / "closed.png").mkdir()
    assert main(["run", *SMALL, "--plot", place]) == 2
    assert sentence in capfd.readouterr().err
    assert not (here / "results").exists()


def test_quiet_prints_the_answer_alone(here, capfd):
    assert main(["run", *SMALL, "--quiet"]) == 0
    out, err = capfd.readouterr()
    assert "Census" in out
    assert "polygenesis" not in out
    assert err == ""
    assert main(["sweep", "run", "s.toml", "--workers", "1", "--quiet"]) == 0
    assert main(["sweep", "run", "s.toml", "--quiet"]) == 0
    out, err = capfd.readouterr()
    assert out.count("\n") == 2
    assert err == ""


def test_quiet_silences_a_bar_but_no_mistake(here, capfd, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(["run", *SMALL, "--quiet", "--replicates", "0"]) == 2
    assert capfd.readouterr().err.startswith("Error: ")
    assert main(["run", *SMALL, "--quiet"]) == 0
    assert capfd.readouterr().err == ""


def test_a_mistake_prints_no_json(here, capfd):
    assert main(["run", "--json"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("Error: ")


def test_json_stays_json_where_runs_diverge(here, capfd):
    lost = ["--training.kind", "gradient-descent", "--training.lr", "3", "--training.steps", "200"]
    code, found = answer(capfd, "run", "--model.n", "4", "--model.m", "8", *lost)
    assert code == 1
    assert found["replicates"] == [{"outcome": "diverged"}]
    assert found["shared"] == []


class Colour(enum.Enum):
    RED = "a sentence"


@dataclass
class Point:
    x: float


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (math.nan, None),
        (-math.inf, None),
        (np.float32(0.5), 0.5),
        (np.array([[1, 2]]), [[1, 2]]),
        (np.bool_(True), True),
        (Colour.RED, "red"),
        (Point(math.inf), {"x": None}),
        (Path("a") / "b", "a/b"),
        ((1, "é", None, {2: math.nan}), [1, "é", None, {"2": None}]),
        (pd.NA, None),
    ],
)
def test_every_value_has_a_plain_form(value, found):
    assert plain(value) == found
    assert json.loads(written({"value": value})) == {"value": found}


def test_rows_of_a_table_are_records():
    found = plain(records(pd.DataFrame({"a b": [1, 2], "c": ["x", None]})))
    assert found == [{"a b": 1, "c": "x"}, {"a b": 2, "c": None}]


def test_hints_come_last_and_trouble_goes_to_stderr(capfd):
    from polygenesis.cli import output

    found = Answer({}, ("text",), ("hint",), "trouble", 1)
    assert output.show(found, "run") == 1
    assert capfd.readouterr() == ("text\nhint\n", "trouble\n")


LONG = ("Claim", "Verdict", "What was found")
ROWS = (("A heading",), ("polysemanticity decreases monotonically", "supported", "word " * 30))


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
def test_a_table_breaks_no_word_and_fits(width):
    from rich.console import Console
    from rich.text import Text

    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(show.Listing(LONG, tuple(tuple(map(Text, row)) for row in ROWS)))
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= width
    for word in ("polysemanticity", "decreases", "monotonically", "supported"):
        assert re.search(rf"(?<!\w){word}(?!\w)", text)
