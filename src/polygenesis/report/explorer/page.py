"""The page: the explorer's files and one network's data as a single HTML file, and the value that holds it."""

from __future__ import annotations

import functools
import json
import tempfile
import webbrowser
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from polygenesis.errors import InputError
from polygenesis.files import is_folder, write
from polygenesis.html import asset, attribute, data_script, escaped, palette, shell, visible
from polygenesis.report.explorer.bundle import BundleError, bundle

PACKAGE = "polygenesis.report.explorer"
TITLE = "polygenesis: how neurons come to be shared"
NOTEBOOK_HEIGHT = 960
"""Pixels of the frame in a notebook: the picture, its controls and the first sentence fit."""


@dataclass(frozen=True, repr=False)
class Explorer:
    """One self-contained page that shows a network train; it loads nothing from other hosts.

    ``html``: the page. ``about``: one sentence on what it shows. In a notebook the value shows the page itself.

    >>> from polygenesis.report.explorer import explore
    >>> explore()
    Explorer(24 features on 36 neurons, simulated in the page; .open() shows it, .save(path) writes it)
    """

    html: str
    about: str

    def save(self, path: str | Path) -> Path:
        """Write the page into a file, whole or not at all, and return its path.

        Args:
            path: of the file; an older one is replaced.

        Raises:
            polygenesis.InputError: for a folder.
            polygenesis.StoreError: where nothing can be written.
        """
        place = Path(path)
        if is_folder(place):
            raise InputError(f"Argument `path` must be a file, but {str(place)!r} is a folder.")
        write(place, self.html.encode())
        return place

    def open(self) -> Path:
        """Show the page in the browser, from a temporary file whose path is returned."""
        place = Path(tempfile.mkdtemp(prefix="polygenesis-")) / "explorer.html"
        self.save(place)
        webbrowser.open(place.as_uri())
        return place

    def __repr__(self) -> str:
        """Say what the page shows and how to see it."""
        return f"Explorer({self.about}; .open() shows it, .save(path) writes it)"

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own, for notebooks."""
        return (
            f'<iframe title="polygenesis explorer: {attribute(self.about)}" srcdoc="{escaped(self.html)}" '
            f'style="width:100%;height:{NOTEBOOK_HEIGHT}px;border:0" loading="lazy"></iframe>'
        )


def page(data: dict[str, Any]) -> str:
    """Return the explorer's page around one network's data (see :mod:`polygenesis.report.explorer.data`)."""
    body, styles, script, worker = _assets()
    content = (
        f"{body}\n{data_script(_json(data), id='explorer-data')}\n"
        f'<script type="text/plain" id="explorer-worker">{worker}</script>'
    )
    return shell(TITLE, content, styles=styles, scripts=[script])


@functools.cache
def _assets() -> tuple[str, tuple[str, ...], str, str]:
    """The page's body, its style sheets, its script and its worker's."""
    sources = scripts()
    worker = bundle(sources, "worker.js")
    if "</script" in worker or "<!--" in worker:
        raise BundleError("The worker's source must hold neither '</script' nor '<!--': it stands inside the page.")
    styles = sorted(each.name for each in resources.files(PACKAGE).iterdir() if each.name.endswith(".css"))
    sheets = (palette(), *(asset(PACKAGE, name) for name in styles))
    return asset(PACKAGE, "page.html"), sheets, bundle(sources, "app/main.js"), worker


def scripts() -> dict[str, str]:
    """Return the explorer's JavaScript files: path within the folder → text."""
    return dict(_scripts(resources.files(PACKAGE), ""))


def _scripts(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found = []
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if each.is_dir():
            found += _scripts(each, f"{prefix}{each.name}/")
        elif each.name.endswith(".js"):
            found.append((f"{prefix}{each.name}", each.read_text(encoding="utf-8")))
    return found


def _visible(data: Any) -> Any:
    """The same data with texts that steer nothing."""
    if isinstance(data, dict):
        return {key: _visible(each) for key, each in data.items()}
    return visible(data) if isinstance(data, str) else data


def _json(data: dict[str, Any]) -> str:
    return json.dumps(_visible(data), separators=(",", ":"), allow_nan=False)
