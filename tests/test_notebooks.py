"""What notebooks and terminals show of a value: short, escaped, with its own colours and nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import polygenesis as pg
from polygenesis import html, plots
from polygenesis.studies.base import Claim, Illustration, Judgement, StudyResult, Verdict

EVIL = '<img src=x onerror="alert(1)"> & `code`'


class Read(HTMLParser):
    """Tags, text and attributes of a piece of a page; complains about what is not closed."""

    VOID = ("img", "br", "meta", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        assert self.open == [], f"{self.open} stay open"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


SPEC = pg.RunSpec(pg.TiedAutoencoder(n=5, m=6), replicates=2, save=pg.Save(times=4, series=("loss",), weights=True))


@pytest.fixture(scope="module")
def run():
    return pg.simulate(SPEC)


def result(text: str = "A claim.") -> StudyResult:
    claim = Claim(text, text, text, text)
    judged = tuple(Judgement(claim, verdict, f"{text} {verdict.value}") for verdict in Verdict)
    chart = plots.chart([plots.series("a", [1, 2], [3, 4])], x="m", y="count")
    shown = Illustration.of(chart, "counts", text)
    return StudyResult("demo", text, "quick", judged, {text: pd.DataFrame({"a": [1]})}, (shown,), (text,))


def values(run: pg.Run):
    yield run
    yield run.spec
    yield run.census()
    yield run.plot("weights")
    yield run.plot("race")
    yield run.plot("collisions")
    yield pg.single_feature([0.5, 0.2], penalty=1e-3)
    yield pg.theory.polysemantic_neurons(8, 16)
    yield pg.study("collision-count")
    yield result()
    yield result().illustrations[0]
    yield pg.detect.follow(run.initial, run.final)
    yield pg.detect.origins(run.initial, run.final)


def test_a_value_is_a_sound_piece_of_a_page_that_loads_nothing(run):
    for value in values(run):
        page = Read(value._repr_html_())
        for tag, attributes in page.tags:
            assert tag not in ("script", "link", "iframe"), value
            assert attributes.get("src", "data:").startswith("data:"), value
        assert all(attributes.get("alt") for tag, attributes in page.tags if tag == "img"), value
        styles = re.findall(r"<style>(.*?)</style>", value._repr_html_(), re.S)
        assert all("@import" not in style and "url(" not in style for style in styles)


def test_a_style_reaches_nothing_around_the_value(run):
    for style in re.findall(r"<style>(.*?)</style>", run._repr_html_(), re.S):
        plain = re.sub(r"@media[^{]*\{", "", style)
        for selectors in re.findall(r"([^{};]+)\{", plain):
            assert all(each.strip().startswith(".pg-value") for each in selectors.split(",")), selectors


def test_values_read_well_on_a_terminal(run):
    for value in values(run):
        lines = repr(value).splitlines()
        assert "object at 0x" not in repr(value)
        assert len(lines) <= 20
        assert "array(" not in repr(value)


def test_a_chart_says_what_is_on_it_in_one_line(run):
    assert repr(run.plot("race")).startswith("Chart: 1 panel of 3 curves, |Wᵢₖ| against time t (loss's clock)")
    weights = run.plot("weights")
    rows, columns = weights.panels[0].values.shape
    assert repr(weights) == f"Chart: 1 panel of a matrix of {rows} × {columns}, Wᵢₖ"
    assert len(repr(plots.start_end(np.eye(3)))) < 120


def test_a_chart_is_drawn_once_for_all_that_a_notebook_asks(run, monkeypatch):
    chart = run.plot("weights")
    drawn = []
    draw = plots.Chart.draw
    monkeypatch.setattr(plots.Chart, "draw", lambda self: drawn.append(1) or draw(self))
    first, page = chart._repr_png_(), chart._repr_html_()
    assert first.startswith(b"\x89PNG")
    assert len(drawn) == 1
    ((_, attributes),) = [each for each in Read(page).tags if each[0] == "img"]
    assert attributes["alt"] == chart.alt
    assert int(attributes["width"]) < 800


def test_a_chart_saves_itself_by_the_end_of_its_name(run, tmp_path):
    chart = run.plot("weights")
    starts = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}
    for end, start in starts.items():
        assert chart.save(tmp_path / f"figure{end}").read_bytes().startswith(start)
    with pytest.raises(pg.InputError, match=r"`path` must end in \.pdf, \.svg, \.png, but is"):
        chart.save(tmp_path / "figure.gif")
    (tmp_path / "file").write_text("")
    with pytest.raises(pg.StoreError, match="Cannot write"):
        chart.save(tmp_path / "file" / "figure.png")


def test_a_spec_prints_as_the_call_that_makes_it():
    names = {name: getattr(pg, name) for name in pg.__all__}
    for spec in (SPEC, pg.RunSpec(pg.TiedAutoencoder(n=3, m=4)), pg.RunSpec(pg.Autoencoder(n=3, m=4), seed=7)):
        assert eval(repr(spec), names) == spec
    assert repr(pg.RunSpec(pg.TiedAutoencoder(n=3, m=4))) == "RunSpec(model=TiedAutoencoder(n=3, m=4))"


def test_a_spec_shows_its_key_and_which_fields_were_chosen():
    page = SPEC._repr_html_()
    assert SPEC.key[:12] in page
    assert "<dt>seed</dt><dd class=plain>0</dd>" in page
    assert "<dt>replicates</dt><dd>2</dd>" in page


def test_a_run_shows_how_it_ended_and_what_was_counted(run):
    text = " ".join(Read(run._repr_html_()).text)
    assert f"{run.census().polysemantic.mean():.3g}" in text
    assert f"{run.census().split_features.max()} split" in text
    assert run.outcome[0].value.split(",")[0] in text
    assert "weights at 4 times" in text
    assert run.spec.key[:12] in text


def test_a_run_that_diverged_is_shown_without_counts(run):
    lost = (pg.Outcome.DIVERGED,) * 2
    broken = pg.Run(run.spec, run.initial, run.final * np.nan, lost, run.end_time, run.evaluations, run.engine)
    text = " ".join(Read(broken._repr_html_()).text)
    assert "2 of 2" in text
    assert "polysemantic" not in text


def test_verdicts_have_colour_and_a_sign_and_the_figures_follow():
    page = result()._repr_html_()
    for verdict in Verdict:
        assert html.badge(verdict.value) in page
        assert f".badge.{verdict.value}" in page
    tags = [tag for tag, _ in Read(page).tags]
    assert tags.count("img") == 1
    assert tags.index("img") > tags.index("table")


def test_whatever_a_value_holds_is_escaped():
    for value in (result(EVIL), result(EVIL).illustrations[0]):
        page = Read(value._repr_html_())
        assert not [1 for _, attributes in page.tags if "onerror" in attributes or attributes.get("src") == "x"]
        assert any("onerror" in text for text in page.text)
    chart = plots.chart([plots.series("a", [1, 2], [3, 4])], x="m", y="count", alt=EVIL)
    ((_, attributes),) = [each for each in Read(chart._repr_html_()).tags if each[0] == "img"]
    assert attributes["alt"] == EVIL
    read = pg.census([[1.0, 0.0]], read=EVIL)
    assert not [1 for _, attributes in Read(read._repr_html_()).tags if "onerror" in attributes]
    prediction = pg.theory.Prediction(1.0, regime=EVIL, source=EVIL)
    assert not [1 for _, attributes in Read(prediction._repr_html_()).tags if "onerror" in attributes]


def test_a_race_draws_itself():
    race = pg.single_feature([0.5, -0.3, 0.2], penalty=1e-3)
    chart = race.plot()
    assert "winner, neuron 0 (+)" in [each.name for each in chart.panels[0].series]
    assert "paper's clock" in chart.panels[0].x.label
    chart.draw()
