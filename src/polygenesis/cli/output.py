"""What a command answers, and the three ways in which it is printed: text, the answer alone (``--quiet``), JSON.

A command returns an :class:`Answer` and prints nothing itself; what it says meanwhile are notes, on stderr.
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import json as json_
import math
import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rich.console import ConsoleRenderable


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a command found: ``data`` for programs, ``text`` for readers.

    ``data``: names → values, as docs/command_line.md lists them. ``text``: lines and tables, in their order. ``hints``:
    where things were written and what to type next; ``--quiet`` leaves them out. ``trouble``: what went wrong although
    there is an answer, for stderr. ``code``: the exit code.
    """

    data: Mapping[str, Any]
    text: tuple[str | ConsoleRenderable, ...] = ()
    hints: tuple[str, ...] = ()
    trouble: str = ""
    code: int = 0


class Style(NamedTuple):
    """How a command prints: JSON instead of text, and without progress, notes and hints."""

    json: bool = False
    quiet: bool = False


PLAIN = Style()

_STYLE: ContextVar[Style] = ContextVar("style", default=PLAIN)


@contextlib.contextmanager
def printing(*, json: bool, quiet: bool) -> Iterator[None]:
    """Print in a style inside this context."""
    token = _STYLE.set(Style(json, quiet))
    try:
        with _silence() if quiet else contextlib.nullcontext():
            yield
    finally:
        _STYLE.reset(token)


def _silence() -> contextlib.AbstractContextManager[None]:
    from polygenesis.progress import silent

    return silent()


def note(text: str) -> None:
    """Say something on stderr while a command works; ``--quiet`` leaves it out."""
    if not _STYLE.get().quiet:
        print(text, file=sys.stderr, flush=True)


def show(answer: Answer, command: str) -> int:
    """Print what a command answers and return its exit code."""
    style = _STYLE.get()
    if style.json:
        print(written({"command": command, **answer.data}))
    else:
        _print(answer, hints=not style.quiet)
    if answer.trouble:
        sys.stdout.flush()
        print(answer.trouble, file=sys.stderr)
    return answer.code


def _print(answer: Answer, *, hints: bool) -> None:
    for piece in answer.text:
        if isinstance(piece, str):
            print(piece)
            continue
        from polygenesis.cli.show import console

        console().print(piece)
    for hint in answer.hints if hints else ():
        print(hint)


def written(value: Any) -> str:
    """Write a value as JSON that every reader takes: NaN and infinity, which JSON lacks, are null.

    >>> written({"count": float("nan")}).split()
    ['{', '"count":', 'null', '}']
    """
    return json_.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """Return a value made of dictionaries, lists, texts and numbers alone; members of an enum by their names."""
    if isinstance(value, enum.Enum):
        return value.name.lower()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if hasattr(value, "tolist"):  # numbers and arrays of NumPy's
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else _text(value)


def _text(value: Any) -> str | None:
    """Text of anything else; a missing value of pandas is null."""
    text = str(value)
    return None if text == "<NA>" else text


def records(table: Any) -> list[dict[str, Any]]:
    """Return the rows of a pandas table."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.itertuples(index=False, name=None)]
