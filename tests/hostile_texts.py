"""Twelve texts that run, steer or break a page which shows them unescaped; what runs calls ``hit()``."""

from __future__ import annotations

import re

from polygenesis.html import visible
from polygenesis.numerals import true_minus

TEXTS = (
    "<script>hit()</script>",
    '"><img src=x onerror=hit()>',
    "'><svg onload=hit()><a href=javascript:hit()>",
    '" onmouseover="hit()" autofocus onfocus="hit()',
    "</script></textarea></title><script>alert(hit())</script>",
    "]]><script>hit()</script><![CDATA[ ?> --x",
    "``<img src=x onerror=hit()>`` `<img src=x onerror=hit()>` ${hit()} `",
    "javascript:hit() https://a.org/\"onclick=\"hit() [x](javascript:hit()) <javascript:hit()>",
    "<!-- --!><script>hit()</script> -->",
    "\u202elatigid\u200b hid\u2060den \x00\x1b[2J\x7f\x9b\ufeff\U000e0041",
    "<math><mtext></style><style><mglyph><img src=x onerror=hit()></style></math>",
    "=HYPERLINK(\"javascript:hit()\") | $\\frac{h}$ **b** <b>&lt;&amp; %{x} {raw}`x` \\",
)  # fmt: skip

EVERY = range(len(TEXTS))
ALL = " ".join(TEXTS)


def tagged(place: str, index: int) -> str:
    """One of the texts behind a name of the field in which it stands, so that it is found again."""
    return f"{place}{index} {TEXTS[index]}"


def one_line(text: str) -> str:
    return " ".join(text.split())


def may_be_shown_as(text: str) -> set[str]:
    """What a reader may see: the text as it is, and as prose, whose backticks become code and hyphens minus signs."""
    shown = one_line(visible(text))
    prose = one_line(re.sub("(?<!`)`([^`]+)`(?!`)", r"\1", visible(true_minus(text))))
    every = one_line(re.sub("`([^`]+)`", r"\1", visible(true_minus(text))))
    return {shown, prose, every}


def texts(*places: str) -> list[str]:
    """All of them, in each of some fields."""
    return [tagged(place, index) for place in places for index in EVERY]


LISTENING = """
window.hits = [];
window.hit = () => { hits.push(new Error().stack); };
for (const each of ["alert", "confirm", "prompt", "print"]) window[each] = () => { hits.push(each); };
"""

FOUND = """
() => {
  for (const each of document.querySelectorAll("details")) each.open = true;
  const attributes = [], live = [];
  for (const each of document.querySelectorAll("*"))
    for (const {name, value} of each.attributes) {
      if (/^on/i.test(name) || (/href|src$|action|data$/i.test(name) && /^\\s*(javascript|vbscript):/i.test(value)))
        live.push(`${each.tagName} ${name}=${value}`);
      if (/^(title|alt|aria-label|data-name)$/.test(name)) attributes.push(value);
    }
  const copy = document.documentElement.cloneNode(true);
  for (const each of copy.querySelectorAll("script, style")) each.remove();
  for (const each of copy.querySelectorAll("td, th, p, li, h1, h2, h3, h4, dd, dt, summary, title")) each.append(" ");
  return {text: copy.textContent, attributes, live, hits, scripts: document.scripts.length};
}
"""
"""Opens what is folded; returns the page's text, attributes that are read aloud, what could run, and what ran."""


class Opened:
    """One page of the browser, in which nothing may run but its own scripts, and nothing may be asked of a network."""

    def __init__(self, browser):
        self.page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        self.dialogs, self.errors, self.requests = [], [], []
        self.page.add_init_script(LISTENING)
        self.page.on("dialog", lambda each: (self.dialogs.append(each.message), each.dismiss()))
        self.page.on("pageerror", lambda each: self.errors.append(str(each)))
        self.page.on("request", lambda each: self.requests.append(each.url))

    def show(self, html, folder):
        self.requests.clear()
        path = folder / "page.html"
        path.write_bytes(html.encode() if isinstance(html, str) else html)
        self.page.goto(path.as_uri())
        return self

    def found(self, texts, *, scripts=None, title=True):
        """What the page holds, after asking that nothing ran and that every text can be read."""
        found = self.page.evaluate(FOUND)
        assert (found["hits"], found["live"], self.dialogs, self.errors) == ([], [], [], [])
        assert [each for each in self.requests[1:] if not each.startswith(("data:", "blob:"))] == []
        assert scripts is None or found["scripts"] == scripts
        shown = [one_line(found["text"]), *map(one_line, found["attributes"])]
        for text in texts:
            assert any(form in each for form in may_be_shown_as(text) for each in shown), text
        return found
