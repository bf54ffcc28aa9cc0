"""`make pages`: what it takes is said beforehand, a kill loses no page, and README and pages have the same numbers."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path

import pandas as pd
import pytest

from polygenesis import plots
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.base import Examined, Illustration, Study
from polygenesis.studies.claim import Claim, read
from polygenesis.studies.evidence import Exact
from polygenesis.studies.margin import Margin
from polygenesis.sweeps import Store

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

LAW = Claim(
    "It is a half.", "nobody", Margin.around("It", 0.5, 0.1), "here", "It is {found}.", lambda x: read(Exact(x))
)


class Half(Study):
    """A study of two tiny runs."""

    name, title, question, claims = "half", "How much?", "Is it a half?", (LAW,)
    examined = 0

    def plan(self, profile):
        return {m: RunSpec(TiedAutoencoder(2, m), penalty=L1(0.1)) for m in (3, 4)}

    def examine(self, runs, profile):
        type(self).examined += 1
        assert [run.spec.model.m for run in runs.values()] == [3, 4]
        drawn = plots.chart([plots.series("it", [1, 2], [0.5, 0.5])], x="m", y="it")
        return Examined(0.5, {"it": pd.DataFrame({"it": [0.5]})}, (Illustration.of(drawn, "it", "It over m."),))


class Other(Half):
    """Another one."""

    name, title, examined = "other", "How much else?", 0


@pytest.fixture
def pages(monkeypatch):
    """The script, with two small studies instead of the real ones."""
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    module = importlib.import_module("pages")
    Half.examined = Other.examined = 0
    monkeypatch.setattr(module, "STUDIES", {"half": "", "other": ""})
    monkeypatch.setattr(module, "chosen", lambda names: [each for each in ("half", "other") if each in names])
    monkeypatch.setattr(module, "get", lambda name: {"half": Half, "other": Other}[name]())
    yield module
    for name in ("pages", "readme_numbers", "paper_verdicts"):
        sys.modules.pop(name, None)


@pytest.fixture
def numbers(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    yield importlib.import_module("readme_numbers")
    sys.modules.pop("readme_numbers", None)


def given(tmp_path, *more):
    return [*more, "--into", str(tmp_path / "out"), "--runs", str(tmp_path / "runs"), "--workers", "1"]


def test_a_page_is_written_with_its_index_and_what_made_it(pages, tmp_path, capsys):
    assert pages.main(given(tmp_path, "half", "--profile", "quick")) == 0
    said = capsys.readouterr().out
    assert "1 study at the quick profile: 2 runs of 2 to compute, about" in said
    text = (tmp_path / "out" / "docs" / "studies" / "half.md").read_text(encoding="utf-8")
    assert text.startswith("# How much?\n\n*Is it a half?*\n\nIt is 0.500.\n\n![it]")
    assert re.search(r"<small>Made with polygenesis \S+, numpy \S+, .*; compiled code [0-9a-f]{16}\.</small>\n$", text)
    index = (tmp_path / "out" / "docs" / "studies" / "index.md").read_text(encoding="utf-8")
    assert "| [How much?](half.md) | Is it a half? | 1 supported |" in index


def test_after_a_kill_the_same_command_goes_on(pages, tmp_path, capsys, monkeypatch):
    command = given(tmp_path, "half", "other", "--profile", "quick")
    with monkeypatch.context() as patch:
        patch.setattr(Other, "examine", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert pages.main(command) == 130
        assert "the same command goes on" in capsys.readouterr().err
    assert (Half.examined, len(list((tmp_path / "out" / "docs" / "studies").glob("*.md")))) == (1, 2)
    assert len(Store(tmp_path / "runs").keys()) == 2
    assert pages.main(command) == 0
    assert "half: its page is there already" in capsys.readouterr().out
    assert (Half.examined, Other.examined) == (1, 1)
    assert pages.main(command) == 0
    assert (Half.examined, Other.examined) == (1, 1)


@pytest.mark.parametrize("change", ["page", "figure", "profile", "sources"])
def test_a_page_that_is_not_as_it_was_written_is_made_again(pages, tmp_path, change, monkeypatch):
    assert pages.main(given(tmp_path, "half", "--profile", "quick")) == 0
    folder, profile = tmp_path / "out" / "docs" / "studies", "quick"
    if change == "page":
        (folder / "half.md").write_text("edited", encoding="utf-8")
    elif change == "figure":
        (folder / "figures" / "half-it.png").unlink()
    elif change == "sources":
        monkeypatch.setattr(pages, "SOURCES", ROOT / "docs")
    else:
        profile = "standard"
    assert pages.main(given(tmp_path, "half", "--profile", profile)) == 0
    assert Half.examined == 2


def test_the_paper_is_published_in_full_and_the_rest_at_standard(pages, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(pages, "PAPER", {"other": ""})
    assert pages.main(given(tmp_path, "half", "other")) == 0
    said = capsys.readouterr().out
    assert "1 study at the standard profile: 2 runs of 2" in said
    assert "1 study at the thorough profile: 0 runs of 0" in said  # the same two runs: computed once
    folder = tmp_path / "out" / "docs" / "studies"
    assert "--profile standard`" in (folder / "half.md").read_text(encoding="utf-8")
    assert "--profile thorough`" in (folder / "other.md").read_text(encoding="utf-8")
    assert pages.main(given(tmp_path, "other", "--profile", "quick")) == 0
    assert "--profile quick`" in (folder / "other.md").read_text(encoding="utf-8")


def test_a_plan_writes_nothing(pages, tmp_path, capsys):
    assert pages.main(given(tmp_path, "half", "readme", "--plan")) == 0
    said = capsys.readouterr().out
    assert "2 runs of 2 to compute" in said
    assert "readme: " in said
    assert not (tmp_path / "out").exists()
    assert Half.examined == 0


@pytest.mark.parametrize(
    ("parts", "message"),
    [(["nonesuch"], "Unknown part 'nonesuch'; known: half, other, "), (["error-rates"], "is written into docs alone")],
)
def test_wrong_parts_are_refused_before_anything_is_computed(pages, tmp_path, capsys, parts, message):
    assert pages.main(given(tmp_path, *parts)) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_study_that_cannot_be_run_is_said_and_the_others_are_written(pages, tmp_path, capsys, monkeypatch):
    from polygenesis.errors import InputError

    def refuse(*_):
        raise InputError("Needs data.")

    monkeypatch.setattr(Half, "examine", refuse)
    monkeypatch.setattr(Other, "examine", lambda self, runs, profile: Examined(0.5, {}, ()))
    assert pages.main(given(tmp_path, "half", "other", "--profile", "quick")) == 1
    assert "Not written: half: Needs data." in capsys.readouterr().err
    assert (tmp_path / "out" / "docs" / "studies" / "other.md").is_file()


def test_numbers_of_the_readme_are_those_of_the_pages(numbers):
    """As far as the pages are there at a published profile: smaller networks are for trials."""
    found = {mark: number.read(ROOT / "docs" / "studies") for mark, number in numbers.NUMBERS.items()}
    shown = {mark: numbers.between(README, mark) for mark in found}
    assert {mark: shown[mark] for mark, value in found.items() if value is not None} == {
        mark: value for mark, value in found.items() if value is not None
    }
    assert all(re.fullmatch(r"\d\.\d\d( \(\d\.\d\d to \d\.\d\d\))?", each) for each in shown.values())
    assert numbers.between(README, "phase diagram")


def test_speeds_of_the_readme_are_those_of_the_benchmark(numbers, tmp_path):
    kept = ROOT / "benchmarks" / "bench.json"
    for mark, rows in numbers.SPEEDS.items():
        assert numbers.between(README, mark) == numbers.speed(rows, kept)
    rows = [{"name": "a", "ratio": 1234.5}, {"name": "b", "ratio": 7.04}, {"name": "c", "ratio": None}]
    (tmp_path / "bench.json").write_text(json.dumps({"rows": rows}), encoding="utf-8")
    assert numbers.speed(("a", "b"), tmp_path / "bench.json") == "7 to 1,200"
    assert numbers.speed(("b",), tmp_path / "bench.json") == "7"
    assert numbers.speed(("a", "c"), tmp_path / "bench.json") is None


def test_numbers_of_the_summaries_are_those_of_the_pages(numbers):
    text = (ROOT / "docs" / "summaries.md").read_text(encoding="utf-8")
    shown = {mark: numbers.between(text, mark) for mark in numbers.SUMMARIES}
    assert shown == {mark: number.read(ROOT / "docs" / "studies") for mark, number in numbers.SUMMARIES.items()}
    assert set(re.findall(r"<!-- ([^/]+?) -->", text)) == set(shown)
    assert not re.search(r"^<!--", text, re.MULTILINE)  # a comment there begins a block of Markdown: the paragraph ends


def test_summaries_take_their_numbers_from_the_pages(numbers, tmp_path):
    folder = tmp_path / "docs" / "studies"
    folder.mkdir(parents=True)
    assert len(numbers.write_summaries(ROOT, tmp_path)) == len(numbers.SUMMARIES)  # no page
    (folder / "collision-sign.md").write_text("of 1234 pairs with equal signs (malign), none does", encoding="utf-8")
    assert len(numbers.write_summaries(ROOT, tmp_path)) == len(numbers.SUMMARIES) - 1
    text = (tmp_path / "docs" / "summaries.md").read_text(encoding="utf-8")
    assert numbers.between(text, "equal at the start") == "1,234"


def test_verdicts_of_the_papers_claims_are_those_of_the_pages(numbers):
    verdicts = importlib.import_module("paper_verdicts")
    text = (ROOT / "docs" / "paper.md").read_text(encoding="utf-8")
    found, failed = verdicts.table(text, ROOT / "docs" / "studies")
    assert (numbers.between(text, verdicts.MARK).strip(), failed) == (found, [])
    assert {each.split(" |")[0] for each in found.splitlines()[2:]} == {
        *(f"| C{k}" for k in range(1, 9)),
        *(f"| E{k}" for k in range(1, 6)),
    }


def test_a_claim_of_the_paper_has_the_verdicts_of_its_page(numbers, tmp_path):
    verdicts = importlib.import_module("paper_verdicts")
    card = (
        "**✗ REFUTED (near the margin) — It wins.** It loses.\n<br><small>Margin: Share at least 0.5. "
        "Regime: n = 2. Source: {}. Power: none.</small>"
    )
    head = "| Row | Verdict | Claim |\n|---:|---|---|\n"
    rows = "\n".join(f"| {k} | ✓ SUPPORTED | Row {k} | 0.1 |" for k in range(1, 6))
    small = (
        "<small>Margin: Ratio at most 2; Holm's correction over 5 claims. Regime: n = 2. Source: a, C2. "
        "Cells, row 1: b</small>"
    )
    blocks = [card.format("paper, C2"), card.format("paper, C3"), f"{head}{rows}", "- Row 1: more", small]
    (tmp_path / "s.md").write_text("\n\n".join(blocks), encoding="utf-8")
    text = "| C2 | wins | {doc}`s <studies/s>` |\n| C9 | loses | {doc}`t <studies/t>` |\n"
    found, failed = verdicts.table(text, tmp_path)
    assert found.splitlines()[2:] == [
        "| C2 | ✗ refuted | It wins. | [s](studies/s.md) |",
        "| C2 | 5 supported | Ratio at most 2 | [s](studies/s.md) |",
    ]
    assert failed == ["docs/paper.md: no page in docs/studies judges C9"]


def test_every_number_is_that_of_a_claim(numbers):
    from polygenesis.studies import get

    for number in numbers.NUMBERS.values():
        assert number.claim in {claim.text for claim in get(number.study).claims}


PAGE = """# How many?

3 claims: 1 supported. Written by `polygenesis study collision-count --profile {profile}`.

**✓ SUPPORTED — Other.** It is 0.100 (90 % interval 0.05 to 0.2).

**✗ REFUTED — After training n²/4m neurons are polysemantic.** The count is 0.823 (90 % interval 0.8 to 0.85).

**✗ REFUTED — The paper's own counts follow n²/4m.** The published counts are 0.713 (90 % interval 0.69 to 0.74) times.
"""


def test_a_readme_takes_its_numbers_from_the_pages(numbers, tmp_path):
    folder = tmp_path / "docs" / "studies"
    folder.mkdir(parents=True)
    assert len(numbers.write_readme(ROOT, tmp_path)) == 2  # no page
    page = folder / "collision-count.md"
    page.write_text(PAGE.format(profile="quick"), encoding="utf-8")
    assert len(numbers.write_readme(ROOT, tmp_path)) == 2  # of small networks
    page.write_text(PAGE.format(profile="standard"), encoding="utf-8")
    assert numbers.write_readme(ROOT, tmp_path) == []
    made = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "gradient flow\nleaves <!-- law -->0.82 (0.80 to 0.85)<!-- / --> of n²/4m" in made
    assert numbers.between(made, "published law") == "0.71"
    before, after = (re.sub(r"<!-- .*? -->.*?<!-- / -->", "", each, flags=re.DOTALL) for each in (README, made))
    assert before == after  # nothing else has changed, nor what the example prints


def test_the_sentence_below_the_first_figure_is_made_of_its_captions(numbers):
    captions = [
        "t = 0: 4 neurons shared (2 benign, 2 malign)",
        "t = 10: 5 neurons shared (2 benign, 3 malign), 5 undecided",
    ]
    said = numbers.told([*captions, "t = 160: 3 neurons shared (3 benign, 0 malign)"])
    assert said == numbers.between(README, "allocation")
