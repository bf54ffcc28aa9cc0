"""Formulas as MathML, made when the pages are built: no script and no other host, in any browser and in print.

`math-core` translates LaTeX; a command that it does not know is a warning, and so fails `make docs`. Browsers take the
sizes of roots, sums and brackets from a font with a table for mathematics, which not every system has: `_static/`
brings one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from math_core import LatexError, LatexToMathML

if TYPE_CHECKING:
    from sphinx.application import Sphinx

CONVERTER = LatexToMathML(fancy_error=False)

SCRIPTED = re.compile(r"(<m(?:sub|sup|subsup)>)(<mo [^>]*minsize[^>]*>[^<]*</mo>)")
"""A bracket of a chosen size with an exponent, `\\Big)^2`: Chromium grows it only inside a row of its own."""

SIZED = re.compile(r"<mo (minsize=)")
"""A bracket of a chosen size: without spaces around it, as in TeX."""

PRIMED = re.compile("<msup>(<mi>[^<]*</mi>)<mo>([′″])</mo></msup>")
"""A prime as an exponent: fonts for mathematics draw it raised already, so that it would hang too high."""

LONG = 12
"""Inline formulas of more parts than this may break into lines."""

PART = re.compile(r"<(/?)(m\w+)([^>]*?)(/?)>([^<]*)")
TOKEN = re.compile(r"<mo[^>]*>([^<]*)</mo>")
RELATIONS = frozenset("=≤≥≈∼∝≠≪≫→∈⟹") | {"&lt;", "&gt;"}
SUMS = frozenset("+−±")
OPEN, CLOSE = frozenset("([{"), frozenset(")]}")


def convert(latex: str, *, display: bool) -> str:
    r"""Return a formula as MathML; raises :class:`math_core.LatexError`.

    >>> convert("m'", display=False)
    '<math><mrow><mi>m</mi><mo lspace="0" rspace="0">′</mo></mrow></math>'
    """
    made = CONVERTER.convert_with_local_state(latex.strip(), displaystyle=display)
    made = SIZED.sub(r'<mo lspace="0" rspace="0" \1', SCRIPTED.sub(r"\1<mrow>\2</mrow>", made))
    made = PRIMED.sub(r'<mrow>\1<mo lspace="0" rspace="0">\2</mo></mrow>', made)
    return made if display else breakable(made)


def breakable(math: str) -> str:
    """Cut a long inline formula after relations and before sums, outside brackets, so that a line can end there.

    Browsers never break inside one `<math>`; on a phone a long one would run out of the page.
    """
    inside = math.removeprefix("<math>").removesuffix("</math>")
    parts = top_level(inside)
    if len(parts) <= LONG:
        return math
    pieces, depth = [""], 0
    for name, text, source in parts:
        operator = text if name == "mo" else ""
        cut = bool(operator) and not depth and (operator in RELATIONS or (operator in SUMS and "space" not in source))
        if cut and operator in SUMS and pieces[-1]:
            pieces.append("")
        pieces[-1] += source.replace("<mo", '<mo form="infix"', 1) if cut and "form=" not in source else source
        if cut and operator in RELATIONS:
            pieces.append("")
        tokens = TOKEN.findall(source)
        depth += sum(each in OPEN for each in tokens) - sum(each in CLOSE for each in tokens)
    return "<wbr>".join(f"<math>{piece}</math>" for piece in pieces if piece)


def top_level(inside: str) -> list[tuple[str, str, str]]:
    """Split MathML into its outermost elements: (name, text where it is a single token, source)."""
    parts: list[tuple[str, str, str]] = []
    depth, begin, name, text = 0, 0, "", ""
    for found in PART.finditer(inside):
        closing, tag, _attributes, empty, content = found.groups()
        if not closing and depth == 0:
            begin, name, text = found.start(), tag, content
        depth += 0 if empty else (-1 if closing else 1)
        if depth == 0:
            parts.append((name, text, inside[begin : found.end() - (len(content) if closing or empty else 0)]))
    return parts


def visit_inline(translator: Any, node: Any) -> None:
    """Write a formula inside a sentence."""
    from docutils.nodes import SkipNode

    made = _converted(translator, node, display=False)
    translator.body.append(f'<span class="math notranslate nohighlight">{made}</span>')
    raise SkipNode


def visit_block(translator: Any, node: Any) -> None:
    """Write a formula on a line of its own, with its number and a link to it."""
    from docutils.nodes import SkipNode
    from sphinx.locale import _
    from sphinx.util.math import get_node_equation_number

    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    made = _converted(translator, node, display=True)
    translator.body.append(f'<div class="formula" tabindex="0">{made}</div></div>\n')
    raise SkipNode


def _converted(translator: Any, node: Any, *, display: bool) -> str:
    from sphinx.util.logging import getLogger

    latex = node.astext()
    try:
        return convert(latex, display=display)
    except LatexError as error:
        getLogger(__name__).warning("No MathML for %r: %s", latex, error, location=node)
        return f"<code>{translator.encode(latex)}</code>"


def setup(app: Sphinx) -> dict[str, bool]:
    """Make `mathml` known as a renderer of formulas."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.add_css_file("math.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
