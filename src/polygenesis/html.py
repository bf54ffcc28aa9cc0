"""HTML: escaped text, tables, colours, and the shell of a page that needs no network."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterable, Sequence
from html import escape
from importlib import resources

from polygenesis.numerals import true_minus

LONG = 32
"""Cells with more letters than this may break into lines."""

LESS_IN_JSON = "\\u003c"

_HIDDEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_MARKED = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|arXiv:(?P<paper>\d{4}\.\d{4,5})"
    r"|(?<![\"'>])(?P<address>https://[^\s<>\"'`]+[^\s<>\"'`.,;)])"
)


def visible(text: object) -> str:
    r"""Write control characters, direction marks, letters without width and lone surrogates as escapes.

    A name then steers nothing and hides nothing. Line ends, tabs, and the joiners of emoji and of some scripts stay.
    Works for a terminal too, where an escape sequence could clear the screen.

    >>> visible("red\x1b[31m alert")
    'red\\x1b[31m alert'
    """
    return _HIDDEN.sub(lambda found: found.group().encode("unicode_escape").decode(), str(text))


def escaped(text: object) -> str:
    """Escape a text for any place in a page: between tags or inside a quoted attribute.

    >>> escaped('<b>"sea"</b>')
    '&lt;b&gt;&quot;sea&quot;&lt;/b&gt;'
    """
    return escape(visible(text), quote=True)


def attribute(text: object) -> str:
    """Escape a text for a quoted attribute, in one line."""
    return escaped(" ".join(str(text).split()))


def prose(text: object) -> str:
    """Escape a sentence; `backticks` become code, addresses and arXiv identifiers links, signs true minus signs.

    >>> prose("`m < n`, arXiv:2312.03096")
    '<code>m &lt; n</code>, <a href="https://arxiv.org/abs/2312.03096">arXiv:2312.03096</a>'
    """
    pieces, at, shown = [], 0, visible(text)
    for found in _MARKED.finditer(shown):
        pieces += [_plain(shown[at : found.start()]), _marked(found)]
        at = found.end()
    return "".join([*pieces, _plain(shown[at:])])


def table(
    names: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numeric: Collection[int] = (),
    named: bool = False,
    caption: str = "",
    label: str = "",
    style: str = "data",
    folding: bool = False,
) -> str:
    """Return a table inside a box that scrolls sideways where the screen is narrow.

    ``names``: the columns' headings, as text; ``rows``: cells as HTML, escaped already. ``numeric``: places of columns
    set to the right; ``named``: whether the first cell of a row is its heading. ``caption``: HTML; ``label``: text
    for readers who cannot see the table. With ``folding`` each cell holds its column's name, so that a style sheet can
    set a row as a card on a phone.
    """
    kinds = ["number" if at in numeric else "" for at in range(len(names))]
    head = "".join(
        _cell("th", prose(name), kind or _length(prose(name)), 'scope="col"')
        for name, kind in zip(names, kinds, strict=True)
    )
    extra = [f'data-name="{attribute(name)}"' if folding else "" for name in names]
    body = "".join(f"<tr>{''.join(_row(cells, kinds, extra, named))}</tr>" for cells in rows)
    region = f' tabindex="0" role="region" aria-label="{attribute(label)}"' if label else ""
    title = f"<caption>{caption}</caption>" if caption else ""
    return (
        f"<div class=\"scroll\"{region}><table class='{style}'>{title}"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def shell(
    title: str, content: str, *, styles: Sequence[str] = (), scripts: Sequence[str] = (), anchor: str = ""
) -> str:
    """Return a whole page: one file that loads nothing, in light, dark and print.

    ``title``: text; ``content``: HTML; ``styles``, ``scripts``: their sources, which are put inside the page.
    ``anchor``: the id of the page's top, for links to it.
    """
    top = f" id='{attribute(anchor)}'" if anchor else ""
    loaded = "".join("<script>" + each.replace("</script", "<\\/script") + "</script>" for each in scripts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escaped(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="generator" content="polygenesis">'
        f"<style>{''.join(styles)}</style></head>\n<body{top}>{content}\n{loaded}</body></html>\n"
    )


def data_script(text: str, **attributes: str) -> str:
    """Return JSON inside a page, for its scripts to read: nothing in it can end the element.

    >>> data_script('["</script>"]', id="data")
    '<script type="application/json" id="data">["\\\\u003c/script>"]</script>'
    """
    named = "".join(f' {name.replace("_", "-")}="{attribute(value)}"' for name, value in attributes.items())
    return f'<script type="application/json"{named}>{text.replace("<", LESS_IN_JSON)}</script>'


def fragment(content: str, title: str = "", *, note: str = "") -> str:
    """Return a value as a part of a notebook's page, with colours and a style of its own that reach nothing around it.

    ``content``: HTML; ``title`` and the ``note`` beside it: text.
    """
    style = palette(".pg-value") + asset("polygenesis", "fragment.css")
    beside = f" <small>{prose(note)}</small>" if note else ""
    head = f"<h3>{prose(title)}{beside}</h3>" if title else ""
    return f"<div class='pg-value'><style>{style}</style>{head}{content}</div>"


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Return names with what is to be said of each: names are text, the rest is HTML, and empty rows are left out.

    >>> facts([("engine", "flow"), ("saved", "")])
    '<dl><dt>engine</dt><dd>flow</dd></dl>'
    """
    return f"<dl>{''.join(f'<dt>{prose(name)}</dt><dd>{said}</dd>' for name, said in rows if said)}</dl>"


def picture(png: bytes, alt: str, caption: str = "", *, width: int | None = None) -> str:
    """Return an image inside the page, with what it shows for readers who cannot see it; ``caption``: text."""
    data = base64.b64encode(png).decode("ascii")
    size = f' width="{width}"' if width else ""
    below = f"<figcaption>{prose(caption)}</figcaption>" if caption else ""
    fit = 'style="max-width:100%;height:auto"'
    image = f'<img src="data:image/png;base64,{data}" alt="{attribute(alt)}"{size} {fit}>'
    return f'<figure style="margin:0">{image}{below}</figure>'


MARKS = {"supported": "✓", "refuted": "✗", "undecided": "?"}
"""A sign beside each verdict's word, so that its colour carries nothing alone."""


def badge(verdict: str) -> str:
    """Return the word of a verdict with its sign, in its colour."""
    sign = MARKS[verdict]
    return f'<span class="badge {verdict}"><span aria-hidden="true">{sign}</span> {verdict}</span>'


def palette(scope: str = ":root") -> str:
    """Return the colours as CSS variables of an element: of the page, or of a part of a notebook's page."""
    return asset("polygenesis", "html.css").replace(":root", scope)


def asset(package: str, name: str) -> str:
    """Return a style sheet or script that lies beside a package's modules."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def _plain(text: str) -> str:
    """A stretch of text without a meaning of its own."""
    return escape(true_minus(text), quote=False)


def _marked(found: re.Match[str]) -> str:
    """A stretch of text with a meaning: code, a paper, or an address."""
    if found["code"]:
        return f"<code>{escape(found['code'], quote=False)}</code>"
    if found["paper"]:
        return f'<a href="https://arxiv.org/abs/{found["paper"]}">{found.group()}</a>'
    address = escape(found["address"])
    return f'<a href="{address}">{address}</a>'


def _row(cells: Sequence[str], kinds: Sequence[str], extra: Sequence[str], named: bool) -> Iterable[str]:
    for at, (cell, kind, more) in enumerate(zip(cells, kinds, extra, strict=True)):
        if named and not at:
            yield _cell("th", cell, _length(cell), " ".join(each for each in ('scope="row"', more) if each))
        else:
            yield _cell("td", cell, kind or _length(cell), more)


def _length(cell: str) -> str:
    return "long" if len(cell) > LONG else ""


def _cell(tag: str, content: str, kind: str, extra: str) -> str:
    attributes = " ".join(each for each in (extra, f'class="{kind}"' if kind else "") if each)
    return f"<{tag} {attributes}>{content}</{tag}>" if attributes else f"<{tag}>{content}</{tag}>"
