"""The explorer inside the page: a page of its own in a frame, which works without a network too."""

from __future__ import annotations

from polygenesis.html import escaped, prose

TITLE = "See it happen"

WITHOUT = "The explorer is a page inside this page and needs JavaScript; `polygenesis explore` makes it by itself."


def explorer_section() -> str:
    """Return the section with the explorer, which starts when it comes into view."""
    from polygenesis.report.explorer import explore

    return framed(explore().html)


def framed(page: str) -> str:
    """Return a section that holds a page in a frame; hidden on paper, a sentence where there is no JavaScript."""
    return (
        f"<section id='explorer'><header><h2>{TITLE}</h2></header>"
        f"<noscript><p>{prose(WITHOUT)}</p></noscript>"
        f'<iframe title="Explorer: a network is trained while you watch" data-page="{escaped(page)}">'
        "</iframe></section>"
    )
