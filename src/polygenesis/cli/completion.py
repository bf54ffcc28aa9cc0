"""`polygenesis completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from polygenesis.cli.output import Answer
from polygenesis.errors import InputError

Shell = Literal["bash", "zsh", "fish", "powershell"]


def completion(
    shell: Annotated[Shell | None, Parameter(show_default=False)] = None,
    /,
    *,
    install: Annotated[bool, Parameter(negative="")] = False,
) -> Answer:
    """Write the script that completes commands and options in a shell; try it: source <(polygenesis completion bash).

    Parameters
    ----------
    shell
        The shell; by default the current one.
    install
        Install the script and load it in the shell's startup file, instead of printing it.
    """
    from polygenesis.cli.app import make_app

    app, wanted = make_app(), shell or _found()
    if not install:
        script = app.generate_completion(shell=wanted)
        return Answer({"shell": wanted, "file": None, "script": script}, (script.rstrip("\n"),))
    place = app.install_completion(shell=wanted)
    text = f"The script for {wanted} is {place}; it completes in the next shell that you open."
    return Answer({"shell": wanted, "file": Path(place), "script": place.read_text(encoding="utf-8")}, (text,))


def _found() -> Shell:
    from cyclopts.completion import ShellDetectionError, detect_shell

    try:
        return detect_shell()
    except ShellDetectionError:
        raise InputError("This shell is not known: say bash, zsh, fish or powershell.") from None
