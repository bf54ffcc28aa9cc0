"""Exploring: a network in, a page out in which it can be watched, nudged and run again."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polygenesis.errors import InputError
from polygenesis.files import write
from polygenesis.html import asset, palette, shell
from polygenesis.report.explorer.bundle import PACKAGE, bundle
from polygenesis.report.explorer.data import Shown, default_spec, encoded, of_run, of_spec
from polygenesis.spec import RunSpec

if TYPE_CHECKING:
    from polygenesis.dynamics import Run

TITLE = "Watch features share neurons"

HEIGHT = 900
"""Height of the explorer inside a notebook, in pixels of the page."""

STYLES = ("styles/page.css", "styles/views.css")


@dataclass(frozen=True, eq=False, repr=False)
class Explorer:
    """A page in which one network can be watched; a notebook shows it below the cell.

    ``html``: the whole page, which asks no other host for anything. ``shown``: the network.
    """

    html: str
    shown: Shown

    def save(self, path: str | Path) -> Path:
        """Write the page to a file and return its path; raises :class:`polygenesis.StoreError` where it cannot."""
        write(Path(path), self.html.encode())
        return Path(path)

    def open(self, path: str | Path = "explorer.html") -> Path:
        """Write the page and open it in the system's browser."""
        import webbrowser

        written = self.save(path).resolve()
        webbrowser.open(written.as_uri())
        return written

    def _repr_html_(self) -> str:
        source = html.escape(self.html, quote=True)
        return (
            f'<iframe title="{TITLE}" srcdoc="{source}" loading="lazy" sandbox="allow-scripts allow-downloads" '
            f'style="width:100%;height:{HEIGHT}px;border:0"></iframe>'
        )

    def __repr__(self) -> str:
        spec = self.shown.spec
        how = "simulated in the page" if self.shown.mode == "live" else "replayed"
        return (
            f"Explorer(n={spec.model.n}, m={spec.model.m}, replicate {self.shown.replicate}, {how}: "
            "shown in a notebook; elsewhere `.save(path)` or `.open()`)"
        )


def explore(network: Run | RunSpec | None = None, *, replicate: int = 0, path: str | Path | None = None) -> Explorer:
    """Show how one network's features settle on neurons, in a page that can simulate, replay and nudge it.

    ``network``: a :class:`polygenesis.RunSpec` or :class:`polygenesis.Run` of at most 64 features and 256 neurons; by
    default 24 features on 36 neurons. The page simulates tied autoencoders on one-hot features with an L1 penalty by
    itself, from the engine's W(0); other specs are simulated first, and replayed. A run is replayed from its
    trajectory, and simulated again where it has none. ``replicate``: which network. ``path``: where to write the page.
    Times and λ are those of the loss, as in a spec. Raises :class:`polygenesis.InputError` for a network that is too
    large or has no such replicate. Source: the process of arXiv:2312.03096, §2 and §3.

    >>> import polygenesis as pg
    >>> pg.explore(pg.RunSpec(model=pg.TiedAutoencoder(n=8, m=12), penalty=pg.L1(0.016), training=pg.GradientFlow()))
    Explorer(n=8, m=12, replicate 0, simulated in the page: shown in a notebook; elsewhere `.save(path)` or `.open()`)
    """
    shown = _shown(network, replicate)
    found = Explorer(page(shown), shown)
    if path is not None:
        found.save(path)
    return found


def page(shown: Shown) -> str:
    """Return the page of one network."""
    content = (
        f'{asset(PACKAGE, "page.html")}\n<script type="application/json" id="explorer-data">{encoded(shown)}</script>'
        f'\n<script type="text/plain" id="explorer-worker">{_inert(bundle("worker.js"))}</script>'
    )
    styles = [palette(), *(asset(PACKAGE, each) for each in STYLES)]
    return shell(TITLE, content, styles=styles, scripts=[bundle("app/main.js")], anchor="top")


def _inert(source: str) -> str:
    return source.replace("</script", "<\\/script")


def _shown(network: Any, replicate: int) -> Shown:
    if network is None:
        return of_spec(default_spec(), replicate)
    if isinstance(network, RunSpec):
        return of_spec(network, replicate)
    if hasattr(network, "spec") and hasattr(network, "final"):
        return of_run(network, replicate)
    raise InputError(f"Argument `network` must be a RunSpec or a Run, but is of type {type(network).__name__}.")
