"""What is wrong with a command line, in one sentence each."""

from __future__ import annotations

from collections.abc import Iterable

from cyclopts import App, CycloptsError
from cyclopts.exceptions import CoercionError, MissingArgumentError, UnknownCommandError, UnknownOptionError
from cyclopts.exceptions import UnusedCliTokensError as UnusedError

from polygenesis.errors import did_you_mean, printable, unknown_name

NUMBERS = {int: "a whole number", float: "a number", bool: "yes or no"}
"""How the types of options are said."""


EVERYWHERE = ["--json", "--quiet", "--help-all", "--help"]
"""Options that all commands have."""


SPEC_FIELDS = ("--model", "--penalty", "--training", "--features", "--initial", "--replicates", "--seed", "--n", "--m=")
"""Beginnings of options that change a spec."""


def in_words(error: CycloptsError) -> str:
    """Return the sentence of a command line that cannot be read; what has no better one keeps that of cyclopts."""
    command = " ".join(("polygenesis", *(error.command_chain or ())))
    if isinstance(error, UnknownCommandError):
        given = (error.unused_tokens or [""])[0]
        if given.startswith("-"):
            asked = did_you_mean(given.partition("=")[0], [*EVERYWHERE, "--version"], quote="")
            return f"Unknown option {printable(given)} of `{command}`.{asked or f' All options: {command} --help'}"
        return str(unknown_name("command", given, _commands(error.app)))
    if isinstance(error, UnknownOptionError):
        given = printable(error.token.keyword or error.token.value)
        known = [name for each in error.argument_collection if each.parse for name in each.names] + EVERYWHERE
        asked = did_you_mean(given.partition("=")[0], _positive(known), quote="")
        if command == "polygenesis study" and given.startswith(SPEC_FIELDS):
            asked = " A study has fixed sizes; for your own use `polygenesis sweep` or `polygenesis run`."
        if any(":" in value for value in _kinds(error)):
            asked += " Fields that only a part of your own has go into a spec file."
        return f"Unknown option {given} of `{command}`.{asked or f' All options: {command} --help-all'}"
    if isinstance(error, UnusedError):
        given = " ".join(map(repr, error.unused_tokens or ()))
        more = ". The file of results is --out FILE." if command == "polygenesis bench" else ""  # it was --json FILE
        return f"Nothing takes {given}; what `{command}` takes: {command} --help{more}"
    if isinstance(error, CoercionError) and error.msg is None and error.target_type in NUMBERS and error.token:
        name = error.token.keyword or (error.argument.name.lstrip("-").upper() if error.argument else "value")
        return f"Option {name} must be {NUMBERS[error.target_type]}, but is {error.token.value!r}."
    if type(error) is MissingArgumentError and error.argument is not None:
        name = error.keyword or error.argument.name
        what = f"Option {name}" if name.startswith("-") else f"Argument {name}"
        return f"{what} of `{command}` requires an argument, but has none; see {command} --help"
    return str(error)


def _commands(app: App | None) -> list[str]:
    return [] if app is None else [name for name in app if not name.startswith("-")]


def _kinds(error: CycloptsError) -> list[str]:
    """The kinds of parts that a command line names."""
    given = error.root_input_tokens or []
    pairs = zip(given, [*given[1:], ""], strict=True)
    return [
        value or after for each, after in pairs for name, _, value in [each.partition("=")] if name.endswith(".kind")
    ]


def _positive(names: Iterable[str]) -> list[str]:
    """Flags without those that switch something off."""
    return [name for name in names if not name.startswith("--no-")]
