"""Figures: files for a paper, and for the page an interactive drawing with a picture behind it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from polygenesis.html import attribute, data_script, prose
from polygenesis.numerals import true_minus
from polygenesis.plots import encode_all
from polygenesis.plots.style import Format
from polygenesis.report.text import slug
from polygenesis.studies.base import Illustration

HEAVY = 400_000
"""Vector pictures above this many bytes go into the page as pixels instead."""

PIXELS = 130
"""Pixels on the page for one inch of a picture."""


@dataclass(frozen=True)
class Figure:
    """One figure of the report: its files by relative path, its HTML, its number and its id on the page."""

    files: dict[str, bytes]
    html: str
    interactive: bool
    number: int
    anchor: str


def figure(study: str, number: int, illustration: Illustration) -> Figure:
    """Draw an illustration once for files and once for the page.

    Without JavaScript, and on paper, the page shows the picture; otherwise the interactive drawing where there is one.
    """
    name = f"{slug(study)}-{slug(illustration.name)}"
    drawn = illustration.draw()
    pictures = encode_all(drawn)
    data = _plotly_json(illustration)
    links = " · ".join(f'<a class="file" href="figures/{name}.{form}">{form.upper()}</a>' for form in pictures)
    pixels = round(drawn.get_size_inches()[0] * PIXELS)
    live = (
        f'<div class="live" id="plot-{name}" style="max-width:{pixels + 80}px"></div>{_data(name, data)}'
        if data
        else ""
    )
    picture = f'<img class="picture" style="max-width:{pixels}px" src="{_inline(pictures)}"'
    html = (
        f'<figure id="figure-{name}"{" data-live" if data else ""}>{live}'
        f'{picture} alt="{attribute(true_minus(illustration.caption))}">'
        f"<figcaption><b>Figure {number}.</b> {prose(illustration.caption)} "
        f"<span class='files'>{links}</span></figcaption></figure>"
    )
    files = {f"figures/{name}.{form}": content for form, content in pictures.items()}
    return Figure(files, html, bool(data), number, f"figure-{name}")


def plotly_script() -> str:
    """Return the source of plotly.js, which the page holds itself: it needs no network."""
    from plotly.offline import get_plotlyjs

    source: str = get_plotlyjs()
    return source


def _plotly_json(illustration: Illustration) -> str:
    if illustration.interactive is None:
        return ""
    text: str = illustration.interactive().to_json()
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _data(name: str, text: str) -> str:
    return data_script(text, data_for=f"plot-{name}")


def _inline(pictures: Mapping[Format, bytes]) -> str:
    light = len(pictures["svg"]) <= HEAVY
    kind, content = ("svg+xml", _lean(pictures["svg"])) if light else ("png", pictures["png"])
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _lean(svg: bytes) -> bytes:
    """Drop what a browser does not show: comments and metadata."""
    return re.sub(rb"<!--.*?-->|<metadata>.*?</metadata>", b"", svg, flags=re.DOTALL)
