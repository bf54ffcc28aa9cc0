"""One look for every figure: sizes, fonts, and colours that always mean the same thing.

The colours are those of Okabe and Ito (2008), which readers with colour-blindness can tell apart; what appears as
lines or points also has its own marker or dash, so that a figure survives a black-and-white printer.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from polygenesis.errors import bad_argument, unknown_name
from polygenesis.files import write

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

COLUMN = 3.4
"""Width of one column of a paper in inches."""

PAGE = 7.0
"""Width of a page's text in inches."""

INK, GREY, GRID = "#1f2328", "#7d8590", "#d8dee4"
BLUE, SKY, GREEN, YELLOW = "#0072b2", "#56b4e9", "#009e73", "#f0e442"
ORANGE, VERMILLION, PURPLE = "#e69f00", "#d55e00", "#cc79a7"

POSITIVE, NEGATIVE = BLUE, VERMILLION
"""Colours of signs, everywhere in this package: of weights, of effects, and of what matrices hold."""

DIVERGING = (NEGATIVE, "#ffffff", POSITIVE)
"""Colours of matrices at −largest, 0 and +largest, with straight lines between them."""

CYCLE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY)
"""Colours for series without a fixed meaning, in order."""

Dash = Literal["solid", "dash", "dot", "dashdot"]
Marker = Literal["circle", "square", "diamond", "triangle-up", "triangle-down", "x", "cross"]


@dataclass(frozen=True)
class Look:
    """The look of a series: its ``color``, ``marker``, ``dash``, and the ``width`` of its line against the others'."""

    color: str
    marker: Marker = "circle"
    dash: Dash = "solid"
    width: float = 1.0


LOOKS: dict[str, Look] = {
    # processes
    "gradient flow": Look(BLUE, "circle"),
    "gradient descent": Look(SKY, "square"),
    "AdamW": Look(VERMILLION, "diamond"),
    # what is compared with
    "published": Look(INK, "x", "dot"),
    "exact": Look(GREEN, "triangle-up", "dash"),
    "random direction": Look(GREY, "x", "dash"),
    # laws
    "n²/4m": Look(GREY, "square", "dash", 1.3),  # wide, so that a line that it lies on shows between its dashes
    "slot model": Look(GREEN, "triangle-up", "solid"),
    "occupancy model": Look(PURPLE, "triangle-down", "dashdot"),
    # noise
    "bipolar": Look(VERMILLION, "diamond"),
    "uniform": Look(ORANGE, "triangle-up"),
    "gaussian": Look(BLUE, "circle"),
    "laplace": Look(PURPLE, "square"),
    # fates of a collision and origins of a polysemantic neuron
    "survived": Look(GREEN),
    "dissolved": Look(ORANGE),
    "both led": Look(PURPLE),
    "one moved in": Look(SKY),
    "both moved in": Look(YELLOW),
    # signs of a weight
    "positive": Look(POSITIVE, "circle"),
    "negative": Look(NEGATIVE, "diamond"),
    # kinds of shared neurons, and of collisions by their signs: opposite ones are benign in the one-hot model
    "benign": Look(GREEN, "circle"),
    "malign": Look(VERMILLION, "x", "dash"),
    "undecided": Look(GREY, "square", "dot"),
    "opposite signs": Look(GREEN, "circle"),
    "same sign": Look(VERMILLION, "x", "dash"),
    # the race of one feature
    "leader at the start": Look(ORANGE, "square", "dash"),
    "other neurons": Look("#a9b1ba", width=0.5),
    # what was counted, beside "random direction" for what chance gives
    "observed": Look(BLUE, "circle"),
}
"""The fixed meanings, by role."""

MARKERS: dict[Marker, str] = {
    "circle": "o",
    "square": "s",
    "diamond": "D",
    "triangle-up": "^",
    "triangle-down": "v",
    "x": "x",
    "cross": "P",
}
DASHES: dict[Dash, Any] = {
    "solid": "-",
    "dash": (0, (5, 2.2)),
    "dot": (0, (1.2, 1.6)),
    "dashdot": (0, (5, 1.8, 1.2, 1.8)),
}

RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same bytes on every machine
    "mathtext.fontset": "dejavusans",
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "lines.linewidth": 1.3,
    "lines.markersize": 4,
    "lines.markeredgewidth": 1.0,
    "figure.dpi": 150,
    "savefig.dpi": 300,
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,  # text stays text in PDF: searchable, editable
    "svg.fonttype": "path",
    "svg.hashsalt": "polygenesis",  # element names that do not change from call to call
}


SESSION = ("backend", "backend_fallback", "interactive", "toolbar", "timezone")
"""Settings of the user's session, not of a figure: they stay as they are."""


def look(role: str) -> Look:
    """Return the look of a role; an unknown role answers with the known ones.

    Args:
        role: such as "benign", "malign" or "law".
    """
    if role not in LOOKS:
        raise unknown_name("role of a series", role, LOOKS)
    return LOOKS[role]


def ramp(count: int) -> tuple[str, ...]:
    """Return colours for an ordered quantity such as λ or σ: pale to dark, readable in grey, from the map `viridis`.

    Args:
        count: how many colours.
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    if count < 1:
        raise bad_argument("count", "be at least 1", count)
    positions = [0.5] if count == 1 else [0.8 - 0.7 * i / (count - 1) for i in range(count)]
    return tuple(to_hex(colormaps["viridis"](position)) for position in positions)


def diverging() -> Colormap:
    """Return the colours of matrices as a matplotlib colour map."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signs", DIVERGING, N=512)


@contextlib.contextmanager
def paper() -> Iterator[None]:
    """Draw in the paper's style inside this context; what was set before comes back afterwards."""
    import matplotlib

    settings: Any = {name: value for name, value in matplotlib.rcParamsDefault.items() if name not in SESSION} | RC
    with matplotlib.rc_context(settings):
        yield


Format = Literal["pdf", "svg", "png"]
FORMATS: tuple[Format, ...] = ("pdf", "svg", "png")

_METADATA: dict[Format, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "Producer": None, "Creator": "polygenesis"},
    "svg": {"Date": None, "Creator": "polygenesis"},
    "png": {"Software": None},
}


SCREEN = 220
"""Dots an inch of a figure on a screen: two for each pixel of a page."""


def encode(figure: Figure, format: Format, *, dpi: int | None = None) -> bytes:
    """Return a figure as PDF, SVG or PNG: the same figure gives the same bytes, without dates.

    ``dpi``: dots an inch of a PNG, by default those of print.

    Args:
        figure: a matplotlib figure.
        format: "pdf", "svg" or "png".
        dpi: dots an inch of a PNG, by default those of print.
    """
    if format not in FORMATS:
        raise unknown_name("figure format", format, FORMATS)
    buffer = io.BytesIO()
    with paper():
        figure.savefig(buffer, format=format, metadata=_METADATA[format], dpi=dpi or RC["savefig.dpi"])
    return buffer.getvalue()


def save_figure(draw: Callable[[], Figure], path: str | Path) -> Path:
    """Write what ``draw`` gives as .pdf, .svg or .png, by the end of the path, and return the path.

    Raises :class:`polygenesis.InputError` for another end, before anything is drawn, and
    :class:`polygenesis.StoreError` where it cannot be written.
    """
    place = Path(path)
    format = next((each for each in FORMATS if place.suffix == f".{each}"), None)
    if format is None:
        raise bad_argument("path", f"end in {', '.join(f'.{each}' for each in FORMATS)}", str(path))
    write(place, encode(draw(), format))
    return place


def encode_all(figure: Figure, formats: Sequence[Format] = FORMATS) -> dict[Format, bytes]:
    """Return a figure in several formats; it is laid out once, which takes longer than drawing it.

    Args:
        figure: a matplotlib figure.
        formats: of "pdf", "svg" and "png".
    """
    with paper():
        figure.draw_without_rendering()
    engine = figure.get_layout_engine()
    figure.set_layout_engine("none")
    try:
        return {format: encode(figure, format) for format in formats}
    finally:
        figure.set_layout_engine(engine)


def save(figure: Figure, stem: str | Path, formats: Sequence[Format] = FORMATS) -> list[Path]:
    """Write a figure as ``stem.pdf``, ``stem.svg`` and ``stem.png`` and return the paths.

    Raises :class:`polygenesis.errors.StoreError` for a folder that cannot be written.

    Args:
        figure: a matplotlib figure.
        stem: path without its ending.
        formats: of "pdf", "svg" and "png".
    """
    written = []
    for format, content in encode_all(figure, formats).items():
        path = Path(f"{stem}.{format}")
        write(path, content)
        written.append(path)
    return written
