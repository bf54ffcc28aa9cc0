"""The page of a diagnosis: the answer first, names escaped once, every run mapped, small, and alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import diagnoses
import numpy as np
import pytest

from polygenesis.errors import InputError
from polygenesis.html import visible
from polygenesis.probe.show.columns import line
from polygenesis.probe.show.figures import figure
from polygenesis.probe.show.map import NAME, maps
from polygenesis.probe.show.order import feature_order, placed
from polygenesis.probe.show.page import body, page

KINDS = [pytest.param(made, id=name) for name, made in diagnoses.KINDS.items()]
ALLOWED = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "div",
        "header",
        "section",
        "h1",
        "h2",
        "h3",
        "p",
        "b",
        "i",
        "a",
    ),
    *("small", "span", "ul", "li", "code", "details", "summary", "figure", "figcaption"),
    *("table", "thead", "tbody", "tr", "th", "td", "svg", "rect", "path", "text"),
}
SECTIONS = (
    *("What to do next", "Who shares with whom", "Neurons and features", "Shared neurons", "Evidence"),
    *("What was not possible", "How the answer moves with the threshold", "What can be undone", "Notes"),
)
AXES = ("How much sharing had to be?", "Do the same pairs share", "Does the loss want it?")


class Read(HTMLParser):
    """What a browser would make of a page, with the text of each kind of element."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)
            self.texts.append((tag, ""))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts.append((self.open[-1], data))

    def text(self, *tags: str) -> str:
        return "".join(data for tag, data in self.texts if not tags or tag in tags)


@pytest.mark.parametrize("made", KINDS)
def test_the_page_is_whole_alone_and_holds_no_code(made):
    read = Read(page(made()))
    assert read.open == []
    assert {tag for tag, _ in read.tags} <= ALLOWED
    for _, attributes in read.tags:
        assert not {"src", "srcset", "action"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "https://arxiv.org").startswith("https://")
    assert "url(" not in page(made())
    assert "@import" not in page(made())


@pytest.mark.parametrize("made", KINDS)
def test_the_answer_comes_first(made):
    found = made()
    text = " ".join(Read(page(found)).text().split())
    first = text.index(re.sub("`([^`]+)`", r"\1", line(found.verdict.clauses[0])))
    axes = [text.index(name, first) for name in AXES]
    assert axes == sorted(axes)
    headings = [each.removesuffix(", seed by seed") for each in re.findall("<h2>(.*?)</h2>", page(found))]
    assert headings == [each for each in SECTIONS if each in headings]
    assert {"Neurons and features", "Who shares with whom"} <= set(headings)


@pytest.mark.parametrize("name", ["structured", "partly", "weights", "hostile"])
def test_pairs_stand_with_their_names_and_the_count_of_each_run(name):
    found = diagnoses.KINDS[name]()
    rows = re.findall(r"<tr>(.*?)</tr>", page(found).split("<table class='pairs'>")[1].split("</table>")[0], re.DOTALL)
    assert len(rows) == 1 + min(20, len(found.pairs))
    for row, pair in zip(rows[1:], found.pairs, strict=False):
        cells = [Read(f"<p>{cell}</p>").text() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        assert cells[0] == f"{'● ' if pair.kin else ''}{visible(pair.first)} + {visible(pair.second)}"
        assert [int(cell or 0) for cell in cells[1:7]] == [*pair.counts, pair.observed]


@pytest.mark.parametrize("made", KINDS)
def test_the_map_of_every_run_draws_what_its_neurons_carry(made):
    found = made()
    figures = maps(found).split("<figure>")[1:]
    assert len(figures) == (len(found.carried) if found.carried.any() else 0)
    for run, drawn in enumerate(figures):
        carried, squares = found.carried[run], re.findall(r'<rect class="([^"]*)".*?<title>(.*?)</title>', drawn)
        assert len(squares) == carried.sum()
        expected = sorted((f"{found.strength[run, i, k]:+.3f}", k) for i, k in np.argwhere(carried))
        seen = sorted((said.rsplit(": ", 1)[1], int(re.findall(r"neuron (\d+)", said)[-1])) for _, said in squares)
        assert seen == expected
        for kind, said in squares:
            assert kind.startswith("p" if ": +" in said else "m")  # blue is positive
        assert sum(" k" in kind for kind, _ in squares) == _cells_of_kin(found, run)


def _cells_of_kin(found, run: int) -> int:
    """Cells whose feature is on the neuron with another that it shares with more than chance, by brute force."""
    close = {frozenset((each.first, each.second)) for each in found.pairs if each.kin}
    total = 0
    for k in range(found.carried.shape[2]):
        names = [found.names[i] for i in np.flatnonzero(found.carried[run, :, k])]
        total += sum(any(frozenset((a, b)) in close for b in names if b != a) for a in names)
    return total


def test_names_with_backticks_do_not_break_a_map():
    drawn = maps(diagnoses.hostile())
    assert "<code>" not in drawn
    assert "a `backtick` b, neuron" in drawn
    names = Read(f"<div>{drawn}</div>").text("text")
    for name in diagnoses.HOSTILE:
        assert (line(name) if len(line(name)) <= NAME else line(name)[: NAME - 1] + "…") in names


def test_features_that_share_stand_together_in_every_run():
    found = diagnoses.structured()
    order = [found.names[i] for i in feature_order(found)]
    assert sorted(order) == sorted(found.names)
    for each in found.pairs[:3]:  # the planted pairs of one chain, most significant first
        assert each.kin
        assert abs(order.index(each.first) - order.index(each.second)) == 1
    for one in placed(found, feature_order(found)):
        assert {each.neuron for each in found.shared if each.run == one.run} == set(one.neurons[: one.shared])
        assert len(one.neurons) == len(set(one.neurons))


def test_one_network_has_no_column_of_runs():
    found = diagnoses.one_network()
    text = page(found)
    (head,) = re.findall(r"<table class='pairs'>.*?</thead>", text)
    assert re.findall("<th [^>]*>(.*?)</th>", head) == ["Pair", "Shared", "Chance", "Against chance", "q"]
    assert "seed by seed" not in text


def test_chains_of_pairs_are_joined_where_a_pair_joins_them():
    pairs = [diagnoses.SharedPair(*names, (1,) * 5, 5, 0.1, 0.001, 0.01, True) for names in ("ab", "cd", "ad")]
    carried = np.zeros((5, 5, 3), dtype=bool)
    carried[:, [0, 1], 0] = carried[:, [2, 3], 1] = carried[:, [0, 3], 2] = True
    known = {
        "names": tuple("abcde"),
        "pairs": tuple(pairs),
        "carried": carried,
        "strength": carried * 1.0,
        "shared": (),
    }
    found = diagnoses.Diagnosis(**{**vars(diagnoses.partly()), **known})
    order = "".join(found.names[i] for i in feature_order(found))
    assert order in ("badce", "cdabe")
    assert "".join(found.names[i] for i in feature_order(found, 2)) in ("ab", "ba")


@pytest.mark.parametrize("made", [diagnoses.large, diagnoses.crowded], ids=["large", "crowded"])
def test_a_large_page_stays_small(made):
    found = made()
    text = page(found)
    assert len(text.encode()) <= 1_500_000
    assert len(maps(found).split("<figure>")) == 1 + len(found.carried)
    assert "more are in the table" in text


def test_a_notebook_gets_a_style_that_leaves_the_rest_alone():
    shown = body(diagnoses.partly())
    style = shown[shown.index("<style>") + 7 : shown.index("</style>")]
    rules = re.sub(r"@media[^{]*\{|/\*.*?\*/", "", style)
    for selectors in re.findall(r"([^{}]+)\{", rules):
        for each in selectors.split(","):
            assert each.strip().startswith(".pg")
    assert "<html" not in shown


def test_a_title_is_text():
    text = page(diagnoses.partly(), title="A <net> & `code`")
    assert "<title>A &lt;net&gt; &amp; `code`</title>" in text
    assert "<b>A &lt;net&gt; &amp; `code`</b>" in text


def test_the_record_is_folded_at_the_end():
    text = page(diagnoses.partly())
    last = text[text.rindex("<details>") :]
    assert "<summary>Replay</summary>" in last
    for value in ("inputs.run 0", "a3" * 32, "versions.numpy", "999"):
        assert value in last


def test_what_to_supply_is_named_for_both_who_may_have_made_the_page():
    text = page(diagnoses.partly())
    assert "(argument <code>initial</code>, <code>--initial</code> of the command)" in text
    assert "(argument <code>retrain</code>)" in text


# Figures


def test_figures_show_the_pairs_and_every_run():
    found = diagnoses.partly()
    pairs, beside = figure(found, "pairs").panels
    assert (pairs.values == [each.counts for each in found.pairs[:30]]).all()
    assert (beside.series[0].x == [each.observed for each in found.pairs[:30]]).all()
    panels = figure(found, "map").panels
    assert len(panels) == 5
    for run, panel in enumerate(panels):
        assert np.isfinite(panel.values).sum() == found.carried[run].sum()
        features = feature_order(found, 30)
        for column, k in enumerate(map(int, panel.columns)):
            rows = np.flatnonzero(np.isfinite(panel.values[:, column]))
            assert {features[row] for row in rows} == set(np.flatnonzero(found.carried[run, :, k]))


@pytest.mark.filterwarnings("ignore:Glyph")  # the font of figures has no Japanese letters
@pytest.mark.parametrize("which", ["map", "pairs"])
def test_figures_are_drawn_by_both_whatever_the_names(which):
    found = diagnoses.hostile()
    one = diagnoses.Diagnosis(**{**vars(found), "carried": found.carried[:1], "strength": found.strength[:1]})
    chart = figure(one if which == "map" else found, which)
    chart.draw().canvas.draw()
    names = "".join(chart.interactive().layout.yaxis.ticktext)
    assert "<" not in names
    assert "&lt;script&gt;" in names


def test_there_is_no_figure_of_nothing():
    found = diagnoses.nothing_shared()
    for which, words in (("pairs", "no two features share"), ("map", "no neuron carries a feature")):
        with pytest.raises(InputError, match=words):
            figure(found, which)
    with pytest.raises(InputError, match="Unknown figure 'bars'; known: map, pairs"):
        figure(found, "bars")
