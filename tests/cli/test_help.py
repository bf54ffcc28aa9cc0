"""Help that is short, breaks no word, and has an example that can be typed."""

from __future__ import annotations

import ast
import itertools
import re
import shlex
from pathlib import Path

import pytest

import polygenesis
from polygenesis.cli import main
from polygenesis.cli.app import COMMANDS, SWEEP_COMMANDS, make_app

EVERY = [
    [],
    ["sweep"],
    *([name] for name, *_ in COMMANDS),
    *(["sweep", name] for name, *_ in SWEEP_COMMANDS),
]
LINES = 60
"""Lines of the longest help; that with everything has hundreds."""


def help_of(command, width, capfd, monkeypatch, flag="--help"):
    monkeypatch.setenv("COLUMNS", str(width))
    assert main([*command, flag]) == 0
    return capfd.readouterr().out


def words(text):
    return set(re.sub(r"[│╭╮╰╯─]", " ", text).split())


@pytest.mark.parametrize("width", [60, 70])
@pytest.mark.parametrize("command", [[], ["run"], ["diagnose"], ["sweep", "slurm"]], ids=" ".join)
def test_help_breaks_no_word_on_a_narrow_terminal(command, width, capfd, monkeypatch):
    for flag in ("--help", "--help-all"):
        narrow, wide = (help_of(command, each, capfd, monkeypatch, flag) for each in (width, 400))
        assert max(map(len, narrow.splitlines())) <= width
        assert words(narrow) <= words(wide)


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_help_is_short_and_breaks_no_word(command, capfd, monkeypatch):
    text = help_of(command, 80, capfd, monkeypatch)
    assert len(text.splitlines()) <= LINES
    assert max(map(len, text.splitlines())) <= 80
    assert words(text) <= words(help_of(command, 400, capfd, monkeypatch))
    assert {"--json", "--quiet", "--help-all"} <= words(text)


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_the_example_of_the_help_can_be_typed(command, capfd, monkeypatch):
    text = help_of(command, 400, capfd, monkeypatch)
    (example,) = re.findall(r"^Example: polygenesis (.+?)\s*$", text, flags=re.M)
    make_app().parse_args(shlex.split(example), exit_on_error=False, print_error=False)
    assert shlex.split(example)[: len(command)] == command


@pytest.mark.parametrize("command", [["run"], ["explore"]], ids=" ".join)
def test_the_long_list_stands_behind_help_all(command, capfd, monkeypatch):
    short = help_of(command, 80, capfd, monkeypatch)
    whole = help_of(command, 80, capfd, monkeypatch, "--help-all")
    assert "--model.n" in short
    assert "--model.heads" not in short
    assert {"--model.heads", "--model.n", "--json"} <= words(whole)
    assert words(whole) <= words(help_of(command, 400, capfd, monkeypatch, "--help-all"))
    assert words(short) <= words(whole)
    assert help_of(command, 80, capfd, monkeypatch) == short


def test_no_command_is_the_whole_help(capfd):
    assert main([]) == 0
    bare = capfd.readouterr().out
    assert main(["--help"]) == 0
    assert capfd.readouterr().out == bare
    assert all(name in bare for name, *_ in COMMANDS)


def test_a_text_of_help_is_broken_at_the_end_of_a_sentence_alone():
    """The help keeps the line ends of a docstring: a break within a sentence leaves a short line in the middle."""
    folder = Path(polygenesis.__file__).parent / "cli"
    broken = []
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = (ast.get_docstring(node) or "") if isinstance(node, ast.FunctionDef) else ""
            lines = text.partition("Parameters\n----------\n")[2].splitlines()
            pairs = itertools.pairwise(each for each in lines if each)
            broken += [f"{path.name}: {a}" for a, b in pairs if a[:4] == b[:4] == "    " and not a.endswith(".")]
    assert broken == []
