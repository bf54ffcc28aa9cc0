import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from polygenesis import plots
from polygenesis.errors import InputError, StoreError
from polygenesis.html import prose
from polygenesis.report import render
from polygenesis.report.explorer import explore
from polygenesis.report.tables import show, to_html
from polygenesis.report.text import slug
from polygenesis.studies.base import Claim, Illustration, Judgement, StudyResult, Verdict

VOID = {"meta", "link", "img", "br", "input"}


class Outline(HTMLParser):
    """Collects what a page consists of, and fails on elements that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def chart(name="gradient flow"):
    return plots.chart([plots.series(name, [8, 16], [4.0, 2.0])], x="neurons m", y="count", log="xy")


def result(name="collision-count", verdict=Verdict.SUPPORTED, live=True, caption="Counts against m.", **more):
    claim = Claim(f"Counts of {name} follow n²/(4m).", "arXiv:2312.03096, §4", "±10 %", "n = 256, m ≥ n")
    drawn = chart()
    return StudyResult(
        name=name,
        title="How many there are",
        profile="quick",
        judgements=(Judgement(claim, verdict, "Ratio 1.03 (1.00 to 1.06)."),),
        tables={"Counts by width": pd.DataFrame({"m": [8, 16], "mean": [4.0, 1 / 3]})},
        illustrations=(Illustration("counts", caption, drawn.draw, drawn.interactive if live else None),),
        limits=("Only one n.",),
        keys=("ab" * 32,),
        **more,
    )


def parse(path):
    outline = Outline()
    outline.feed(path.read_text())
    assert outline.open == []
    return outline


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """One page of two studies, for the tests that only read."""
    return render([result("one"), result("two", Verdict.REFUTED)], tmp_path_factory.mktemp("two"))


def without_scripts(path):
    return re.sub(r"<script.*?</script>", "", path.read_text(), flags=re.DOTALL)


def test_the_same_results_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        render([result()], tmp_path / name, context={"Profile": "quick"})
    files = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert [str(path) for path in files] == [
        "figures/collision-count-counts.pdf",
        "figures/collision-count-counts.png",
        "figures/collision-count-counts.svg",
        "report.html",
        "tables/collision-count-counts-by-width.csv",
    ]
    for path in files:
        assert (tmp_path / "a" / path).read_bytes() == (tmp_path / "b" / path).read_bytes()


def test_the_page_loads_nothing_and_names_no_folder(two):
    outline = parse(two)
    assert outline.all("link") == []
    assert all("src" not in script for script in outline.all("script"))
    assert all(image["src"].startswith("data:image/") for image in outline.all("img"))
    assert "@import" not in without_scripts(two)
    assert str(two.parent) not in two.read_text()


def test_plotly_is_inlined_once_and_only_where_it_is_used(two, tmp_path):
    page = two.read_text()
    assert page.count("plotly.js v") == 1
    assert page.count('class="live" id="plot-') == 2
    still = render([result(live=False)], tmp_path / "still")
    assert still.stat().st_size < 300_000
    assert "Plotly" not in still.read_text()


def test_every_picture_has_an_alternative_text_and_every_table_a_caption(tmp_path):
    outline = parse(render([result(caption='Shares of "fates" & origins.')], tmp_path))
    assert [image["alt"] for image in outline.all("img")] == ['Shares of "fates" & origins.']
    assert len(outline.all("table")) == len(outline.all("caption")) == 1
    assert all(heading.get("scope") for heading in outline.all("th"))


def test_every_link_inside_the_page_leads_somewhere_and_ids_are_unique(two):
    outline = parse(two)
    ids = [attrs["id"] for _, attrs in outline.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for link in outline.all("a"):
        target = link["href"]
        if target.startswith("#"):
            assert target[1:] in ids
        elif not target.startswith("https://arxiv.org/abs/"):
            assert (two.parent / target).is_file()


PAPER = {
    "collision-count": {
        "count": "There are 4 (3 to 5).",
        "widening": "Twice as many leave 54 %.",
        "models": "Slots: 1.",
    },
    "collision-sign": {"signs": "Of 58, 38 % stay.", "origins": "In 42 % both led."},
}


def order(page, *texts):
    """Whether the texts stand in the page once each, in this order."""
    assert [page.count(text) for text in texts] == [1] * len(texts)
    at = [page.index(text) for text in texts]
    return at == sorted(at)


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """A page of the two studies that answer, with another between them."""
    studies = [
        result("initial-leads", Verdict.UNDECIDED),
        *(result(name, answers=said) for name, said in PAPER.items()),
    ]
    questions = {"collision-sign": "Do signs decide?"}
    return without_scripts(render(studies, tmp_path_factory.mktemp("answered"), questions=questions))


def test_the_answer_then_figure_1_then_one_row_a_study(answered):
    said = ("There are 4 (3 to 5).", "Of 58, 38 % stay.", "Twice as many leave 54 %.")
    rows = ('id="initial-leads"', 'id="collision-count"', 'id="collision-sign"')
    summary = "3 claims from 3 studies: 2 supported, 1 undecided."
    assert order(answered, "<h1>What causes polysemanticity?</h1>", *said, summary, "<b>Figure 1.</b>", *rows)
    first = answered[answered.index("<figure") : answered.index("</figure>")]
    assert 'id="figure-collision-count-counts"' in first


def test_sentences_that_the_results_cannot_say_are_left_out(tmp_path):
    page = without_scripts(render([result("collision-sign", answers={"origins": "In 42 % both led."})], tmp_path))
    lead = page[page.index("<h1>") : page.index("<figure")]
    assert "Of 58" not in page
    assert "There are" not in page
    assert "In 42 % both led." in lead


def test_every_claim_stands_once(answered):
    for name in ("initial-leads", "collision-count", "collision-sign"):
        assert answered.count(f"Counts of {name} follow n²/(4m).") == 1


def row(page, name):
    start = page.index(f'id="{name}"')
    return page[start : page.index("</summary>", start)]


def test_a_row_has_its_question_its_marks_and_a_sentence_that_was_not_said_yet(answered):
    assert "Do signs decide?" in row(answered, "collision-sign")
    assert "In 42 % both led." in row(answered, "collision-sign")
    assert 'aria-label="1 supported"' in row(answered, "collision-sign")
    assert "Slots: 1." in row(answered, "collision-count")
    assert "telling repeated" in row(answered, "initial-leads"), "hidden while the claim that says it is in sight"


def test_rows_are_closed_but_for_a_study_alone(two, answered, tmp_path):
    assert not any("open" in each for each in parse(two).all("details"))
    alone = parse(render([result()], tmp_path))
    assert [attrs["id"] for attrs in alone.all("details") if "open" in attrs] == ["collision-count"]
    assert "open-all" not in (tmp_path / "report.html").read_text().partition("<script>")[0]
    assert "id='open-all'" in answered


def test_of_other_studies_the_lead_is_the_most_telling_sentence_of_each(tmp_path):
    sure = result("two", answers={"x": "Two is so."})
    page = without_scripts(render([result("one", Verdict.REFUTED), sure], tmp_path))
    lead = page[page.index("<h1>") : page.index("<figure")]
    assert order(lead, "Ratio 1.03 (1.00 to 1.06).", "Two is so.", "2 claims from 2 studies: 1 supported, 1 refuted.")
    assert page.count("Two is so.") == 1


def test_the_most_telling_sentence_is_an_answer_then_a_decided_claim():
    open_claim = Judgement(Claim("a", "b", "c", "d"), Verdict.UNDECIDED, "Open.")
    decided = Judgement(Claim("a", "b", "c", "d"), Verdict.REFUTED, "Decided.")
    made = StudyResult(**{**vars(result()), "judgements": (open_claim, decided), "answers": {"x": "Answer."}})
    assert made.tellings == ["Answer.", "Decided.", "Open."]


def test_figures_are_numbered_through_the_page(answered):
    assert re.findall(r"Figure (\d+)\.</b>", answered) == ["1", "2", "3"]
    assert "<a href='#figure-collision-count-counts'>Figure 1</a> is at the top." in answered


def test_the_explorer_is_a_page_in_the_page_between_figure_1_and_the_studies(answered, tmp_path):
    path = render([result()], tmp_path, explorer=True)
    (frame,) = parse(path).all("iframe")
    assert set(frame) == {"title", "data-page"}
    assert frame["data-page"] == explore().html
    page = without_scripts(path)
    assert order(page, "<b>Figure 1.</b>", "<section id='explorer'>", "<section id='studies'>")
    assert "<noscript><p>The explorer is a page" in page
    assert '<a href="#explorer">' in page
    assert "<iframe" not in answered


def test_what_was_run_stands_at_the_end_and_its_profile_beside_the_counts(tmp_path):
    page = without_scripts(render([result()], tmp_path, context={"Runs": "3 specs"}))
    assert order(page, "1 supported. Profile: quick.", 'id="sources"', "How this page was made", "3 specs")


SIGN = re.compile(r"(?<![\w.)\]-])-(?=\.?\d)|\de-\d")


def test_every_sign_is_a_true_minus_sign(tmp_path):
    frame = pd.DataFrame({"gap": [-1.5, -1e-9], "what": ["from -2", "1e-3"]})
    frame.attrs["caption"] = "Gaps down to -2."
    made = result(caption="Slopes of -1 (λ = 1e-3).", answers={"x": "The slope is -0.5."})
    made = StudyResult(**{**vars(made), "tables": {"gaps": frame}, "limits": ("Not below -3.", "`--x -1` is code.")})
    page = without_scripts(render([made], tmp_path)).partition("</style>")[2]
    page = " ".join(re.findall(r'(?:alt|title|aria-label)="([^"]*)"', page)) + re.sub(
        "<code>.*?</code>|<[^>]*>", "", page
    )
    assert "−0.5" in page
    assert "1e−3" in page
    assert not SIGN.search(page)


def test_a_study_says_how_to_replay_it(two):
    page = without_scripts(two)
    assert "polygenesis study one --profile quick" in page
    assert "polygenesis replay " + ("ab" * 6) in page
    assert "add <code>--folder FOLDER</code> to the study, <code>--runs FOLDER/runs</code> to a replay" in page


def test_text_from_a_study_cannot_become_markup(tmp_path):
    evil = "</script><script>alert(1)</script>"
    name = f"<img src=x>{evil}"
    drawn = chart(name)
    made = result(caption=evil)
    made = StudyResult(
        **{**vars(made), "illustrations": (Illustration("x", evil, drawn.draw, drawn.interactive),), "limits": (evil,)}
    )
    page = render([made], tmp_path)
    parse(page)
    assert "<script>alert" not in page.read_text()
    assert "<img src=x>" not in page.read_text()


def test_the_csv_holds_every_digit_and_the_page_four(two):
    page = without_scripts(two)
    table = pd.read_csv(two.parent / "tables" / "one-counts-by-width.csv")
    assert table["mean"][1] == 1 / 3
    assert "0.3333<" in page


def test_an_empty_report_is_still_a_page(tmp_path):
    assert "0 claims from 0 studies: none judged." in without_scripts(render([], tmp_path))


def test_two_studies_of_one_name_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="name each study once"):
        render([result(), result()], tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"^Cannot write .*\.$"):
        render([result(live=False)], tmp_path / "file")


def test_a_failed_write_leaves_no_half_file(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("polygenesis.files.os.replace", fail)
    with pytest.raises(StoreError, match="No space left on device"):
        render([result(live=False)], tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_long_tables_are_folded_and_named_rows_are_headings():
    long = to_html("long", pd.DataFrame({"m": range(40)}), "long.csv")
    assert long.startswith("<details>")
    named = to_html("named", pd.DataFrame({"m": [1]}, index=["ours"]), "named.csv")
    assert '<th scope="row">ours</th>' in named
    assert 'class="number">1</td>' in named


def test_a_caption_given_by_the_study_is_used():
    frame = pd.DataFrame({"m": [1]})
    frame.attrs["caption"] = "Counts & intervals."
    assert "Counts &amp; intervals." in to_html("counts", frame, "counts.csv")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.int64(-3), "−3"), (4096.0, "4096"), (0.00012346, "0.0001235"), (1e-20, "1e−20"),
        (123456.7, "123457"), (-2.5e7, "−2.5e7"), (np.float64("nan"), "–"),
        (np.True_, "yes"), ("m ≥ n", "m ≥ n"), (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_numbers_are_written_for_readers(value, text):
    assert show(value) == text


def test_prose_links_papers_and_marks_code():
    assert prose("`m < n`, arXiv:2312.03096") == (
        '<code>m &lt; n</code>, <a href="https://arxiv.org/abs/2312.03096">arXiv:2312.03096</a>'
    )
    assert slug("  λ = 0.1 / AdamW ") == "0-1-adamw"
