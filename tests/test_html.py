"""Pages: escaping is complete and done once, prose keeps its words, tables and shells close what they open."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygenesis.html import attribute, escaped, palette, prose, shell, table, visible
from polygenesis.plots.style import BLUE, VERMILLION

TEXTS = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("<>&\"'`\x1b\u202e \n:/.arXiv0https")), max_size=40)


class Read(HTMLParser):
    """What a browser would make of a page: its tags, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@given(TEXTS)
def test_what_is_escaped_reads_back_as_text_between_tags_and_in_attributes(text):
    page = Read(f'<p title="{escaped(text)}">{escaped(text)}</p>')
    assert page.tags == [("p", {"title": visible(text)})]
    assert page.text == visible(text)


@given(TEXTS)
def test_an_attribute_is_one_line(text):
    assert Read(f'<p title="{attribute(text)}"></p>').tags[0][1]["title"] == visible(" ".join(text.split()))


@given(TEXTS)
def test_prose_keeps_every_word_and_opens_only_code_and_links(text):
    page = Read(f"<p>{prose(text)}</p>")
    assert page.text == re.sub("`([^`]+)`", r"\1", visible(text))
    assert page.open == []
    assert {tag for tag, _ in page.tags} <= {"p", "code", "a"}
    for tag, attributes in page.tags:
        if tag == "a":
            assert set(attributes) == {"href"}
            assert attributes["href"].startswith("https://")


@given(TEXTS)
def test_what_is_visible_can_be_written_and_steers_no_terminal(text):
    shown = visible(text)
    shown.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert visible(shown) == shown


def test_control_characters_are_shown_and_line_ends_stay():
    assert visible("a\x1b[2J\u202eb\ud800") == r"a\x1b[2J\u202eb\ud800"
    assert visible("a\n\tb") == "a\n\tb"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a < b & `c < d`", "a &lt; b &amp; <code>c &lt; d</code>"),
        ("arXiv:2312.03096, §3", '<a href="https://arxiv.org/abs/2312.03096">arXiv:2312.03096</a>, §3'),
        ("see https://a.org/?b=1&c=2.", 'see <a href="https://a.org/?b=1&amp;c=2">https://a.org/?b=1&amp;c=2</a>.'),
        ("`https://a.org/x` `", "<code>https://a.org/x</code> `"),
        ("javascript:alert(1) http://a.org", "javascript:alert(1) http://a.org"),
        ('"https://a.org/x"', '"https://a.org/x"'),
    ],
)
def test_prose_marks_code_papers_and_addresses(text, html):
    assert prose(text) == html


def test_a_table_has_headings_numbers_and_named_rows():
    made = table(
        ["<a>", "b"],
        [["x", "1"], ["y" * 40, "2"]],
        numeric={1},
        named=True,
        caption="<b>c</b>",
        label='"l"',
        folding=True,
    )
    page = Read(made)
    assert page.open == []
    assert page.text == "c<a>bx1" + "y" * 40 + "2"
    cells = [(tag, each.get("scope"), each.get("class")) for tag, each in page.tags if tag in ("th", "td")]
    assert cells == [
        ("th", "col", None), ("th", "col", "number"), ("th", "row", None), ("td", None, "number"),
        ("th", "row", "long"), ("td", None, "number"),
    ]  # fmt: skip
    assert [each["data-name"] for tag, each in page.tags if "data-name" in each] == ["<a>", "b"] * 2
    assert page.tags[0] == ("div", {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": '"l"'})


def test_a_row_with_a_cell_too_few_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        table(["a", "b"], [["1"]])


def test_the_shell_holds_its_styles_and_scripts_and_nothing_ends_them_early():
    page = Read(shell("<t> & `c`", "<main></main>", styles=["a{}", "b{}"], scripts=["x = '</script>'"], anchor="top"))
    assert page.open == []
    assert [tag for tag, _ in page.tags if tag in ("title", "style", "script")] == ["title", "style", "script"]
    assert "<t> & `c`" in page.text
    assert "a{}b{}" in page.text
    assert dict(page.tags)["body"] == {"id": "top"}


def test_the_colours_are_those_of_figures_and_can_be_kept_to_a_part():
    assert f"--positive: {BLUE}; --negative: {VERMILLION};" in palette()
    assert ":root" not in palette(".pg")
    assert palette(".pg").count(".pg {") == palette().count(":root {") == 3
