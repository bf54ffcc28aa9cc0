"""A machine where nothing is compiled, and where processes that would compile are only noted down."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

from polygenesis import ahead
from polygenesis.dynamics.replicates import THREADS


def nothing_is_compiled(monkeypatch, folder):
    """Pretend so, with a folder for compiled code; return the list of the programs that processes are started with."""
    programs = []

    def start(command, **_):
        programs.append(command)
        return SimpleNamespace(poll=lambda: None)

    monkeypatch.setattr(ahead, "folder", lambda: folder)
    monkeypatch.setattr(ahead, "subprocess", SimpleNamespace(Popen=start, DEVNULL=subprocess.DEVNULL))
    monkeypatch.delenv(THREADS)
    return programs
