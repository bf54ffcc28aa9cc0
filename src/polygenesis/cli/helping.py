"""Short help with the options that are used most, and the whole of it behind ``--help-all``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts.help import HelpPanel
    from rich.console import Console, ConsoleOptions

_WHOLE: ContextVar[bool] = ContextVar("whole", default=False)

COLUMNS = 80
"""Letters of a line from which on help has two columns: a narrower one would break the names of flags."""

LONG: set[str] = set()
"""Titles of the groups of options that only ``--help-all`` shows."""


@contextlib.contextmanager
def whole_help() -> Iterator[None]:
    """Show all groups of options inside this context."""
    token = _WHOLE.set(True)
    try:
        yield
    finally:
        _WHOLE.reset(token)


class Screenful:
    """Shows a command's own options, and of long groups nothing unless all help is wanted."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print one group of options."""
        long = str(panel.title) in LONG
        if long and not _WHOLE.get():
            return
        if long and console.width < COLUMNS:
            _stacked(console, panel)
        else:
            _default()(console, options, panel)

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:
        """Print how the command is called."""
        _default().render_usage(console, options, usage)

    def render_description(self, console: Console, options: ConsoleOptions, description: Any) -> None:
        """Print what the command does."""
        _default().render_description(console, options, description)


def _stacked(console: Console, panel: HelpPanel) -> None:
    """Print a group with each option's text below its name."""
    from rich.padding import Padding

    console.print(f"{panel.title}\n", style="bold")
    if panel.description is not None:
        console.print(panel.description)
    for entry in panel.entries:
        console.print(" ".join(entry.names))
        console.print(Padding(entry.description or "", (0, 0, 0, 4)))
    console.print()


def _default() -> Any:
    from cyclopts.help import DefaultFormatter

    return DefaultFormatter()
