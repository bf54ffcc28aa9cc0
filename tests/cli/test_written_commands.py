"""Every command line that a reader is shown exists: its command, and each of its options."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from polygenesis.cli import main
from polygenesis.cli.app import COMMANDS, SWEEP_COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
CONTINUED = re.compile(r"\\\n\s*")
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
IN_A_BLOCK = re.compile(r"^(?: *|\$ )polygenesis ([a-z].*)$", re.MULTILINE)
IN_PROSE = re.compile(r"^ {4,}polygenesis ([a-z].*)$|`polygenesis ([a-z][^`\n]*)`", re.MULTILINE)
GROUPS = {"sweep"}
"""Commands whose first word chooses another one."""
KNOWN = {*((name,) for name, *_ in COMMANDS), *(("sweep", name) for name, *_ in SWEEP_COMMANDS), ("sweep",)}


def lines(text: str) -> set[str]:
    """The command lines of a page, without the program: those of blocks, and those between backticks."""
    text = CONTINUED.sub(" ", text)
    shown = [line for block in FENCED.findall(text) for line in IN_A_BLOCK.findall(block)]
    shown += ["".join(found) for found in IN_PROSE.findall(FENCED.sub("", text))]
    return {line.split(" #")[0].strip() for line in shown}


def written() -> list[tuple[str, str]]:
    found = [(path, line) for path in PAGES for line in sorted(lines(path.read_text(encoding="utf-8")))]
    return [(path.relative_to(ROOT).as_posix(), line) for path, line in found if "_build" not in path.parts]


@cache
def options(command: tuple[str, ...]) -> set[str]:
    """The options that a command's long help names."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main([*command, "--help-all"])
    assert code == 0, command
    return set(re.findall(r"--[a-zA-Z][\w.-]*", out.getvalue())) | {"--help", "--help-all", "--json", "--quiet"}


def unknown(line: str) -> list[str]:
    """The command of a line if there is none of this name, else the options that it does not have."""
    words = shlex.split(line.replace("'", " ").replace("’", " "))
    command = tuple(words[: 2 if words[0] in GROUPS and len(words) > 1 and not words[1].startswith("-") else 1])
    command = tuple(each.partition("|")[0] for each in command)  # alternatives stand as a|b
    if command not in KNOWN:
        return [" ".join(command)]
    given = {word.partition("=")[0] for word in words[len(command) :] if word.startswith("--")}
    given = {word.replace("--no-", "--") if word not in options(command) else word for word in given}
    return sorted(given - options(command))


def test_there_are_command_lines():
    assert len(written()) > 60
    assert unknown("study collision-count --profile quick --html page.html") == ["--html"]
    assert unknown("sweep collect a.toml --csv a.csv --nonesuch") == ["--nonesuch"]
    assert unknown("diagnose-dictionaries sae0 sae1") == ["diagnose-dictionaries"]


@pytest.mark.parametrize("page", sorted({page for page, _ in written()}))
def test_command_lines_of_a_page_have_options_that_exist(page):
    wrong = {line: unknown(line) for found, line in written() if found == page and unknown(line)}
    assert not wrong
