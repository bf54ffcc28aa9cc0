"""No page asks another host for anything: the scan that `make docs` uses, on the pages that the package makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import offline
from polygenesis import diagnose, explore, plots
from polygenesis.report import render
from polygenesis.studies.base import Claim, Illustration, Judgement, StudyResult, Verdict

FOUND = {
    '<script src="https://cdn.example/x.js"></script>': "https://cdn.example/x.js",
    "<script src=//cdn.example/x.js></script>": "//cdn.example/x.js",
    '<img alt="" src="http://example.org/a.png">': "http://example.org/a.png",
    '<img srcset="a.png 1x, https://example.org/b.png 2x">': "https://example.org/b.png",
    '<link rel="stylesheet" href="https://fonts.example/css">': "https://fonts.example/css",
    '<link rel="preconnect canonical" href="https://example.org">': "https://example.org",
    '<svg><use href="https://example.org/a.svg#x"/></svg>': "https://example.org/a.svg#x",
    '<iframe srcdoc="<img src=&quot;https://example.org/a.png&quot;>"></iframe>': "https://example.org/a.png",
    '<form action="https://example.org/send">': "https://example.org/send",
    '<a ping="https://example.org/p" href="x.html">x</a>': "https://example.org/p",
    '<meta http-equiv="refresh" content="0; url=https://example.org">': "https://example.org",
    "<p style=\"background: url('https://example.org/a.png')\">": "https://example.org/a.png",
    "<style>@import 'https://fonts.example/a.css';</style>": "https://fonts.example/a.css",
    "<style>@import url(//fonts.example/a.css);</style>": "//fonts.example/a.css",
    "<style>@font-face { src: url(https://fonts.example/a.woff2) }</style>": "https://fonts.example/a.woff2",
    '<script>if (1 < 2) fetch("https://example.org/data")</script>': "https://example.org/data",
    "<script>new Worker('https://example.org/w.js')</script>": "https://example.org/w.js",
    "<script>request.open('GET', `https://example.org/x`)</script>": "https://example.org/x",
    '<script>image.src = "https://example.org/x.png"</script>': "https://example.org/x.png",
    '<script type="module">import {a} from "https://example.org/a.js"</script>': "https://example.org/a.js",
    "<body onload=\"fetch('https://example.org/x')\">": "https://example.org/x",
}

HARMLESS = (
    '<a href="https://arxiv.org/abs/2312.03096">the paper</a>',
    '<link rel="canonical" href="https://example.org/">',
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"></svg>',
    '<img alt="" src="data:image/png;base64,//8="><img alt="" src="figures/a.png">',
    '<script>const space = "http://www.w3.org/2000/svg"; fetch("data.json") // https://example.org</script>',
    "<style>p { background: url(data:image/png;base64,AAAA); } /* https://example.org */</style>",
    "<p>See https://example.org, or fetch('https://example.org').</p>",
)


@pytest.mark.parametrize(("page", "address"), FOUND.items())
def test_a_request_to_another_host_is_found(page: str, address: str):
    assert offline.in_pages(page) == [address]


@pytest.mark.parametrize("page", HARMLESS)
def test_what_asks_nobody_is_not_found(page: str):
    assert offline.in_pages(page) == []


def test_a_folder_of_pages_is_read_to_the_last_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert offline.main(tmp_path) == 2
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "index.html").write_text("<p>Nothing.</p>", encoding="utf-8")
    assert offline.main(tmp_path) == 0
    for name, text in (("a.css", "@import '//example.org/a.css';"), ("b.js", 'fetch("https://example.org/b")')):
        (tmp_path / "deep" / "er" / name).write_text(text, encoding="utf-8")
    assert offline.main(tmp_path) == 1
    assert [path.name for path, _ in offline.in_folder(tmp_path)] == ["a.css", "b.js"]
    assert "er/a.css asks another host: //example.org/a.css" in capsys.readouterr().err


def report(folder: Path) -> Path:
    """The report of one small study with an interactive figure."""
    chart = plots.chart([plots.series("gradient flow", [8, 16], [4.0, 2.0])], x="neurons m", y="count", log="xy")
    claim = Claim("Counts follow n²/(4m).", "arXiv:2312.03096, §4", "±10 %", "n = 256, m ≥ n")
    made = StudyResult(
        name="collision-count",
        title="How many there are",
        profile="quick",
        judgements=(Judgement(claim, Verdict.SUPPORTED, "Ratio 1.03 (1.00 to 1.06)."),),
        tables={"Counts by width": pd.DataFrame({"m": [8, 16], "mean": [4.0, 2.0]})},
        illustrations=(Illustration("counts", "Counts against m.", chart.draw, chart.interactive),),
        limits=("Only one n.",),
        keys=("ab" * 32,),
    )
    return render([made], folder)


def diagnosis(folder: Path) -> Path:
    """The page of a diagnosis of random activations."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 30)
    activations = [np.eye(4)[labels] @ random.normal(size=(4, 6)) + random.normal(size=(120, 6)) for _ in range(2)]
    diagnose(activations, labels, seed=0, draws=99).to_html(folder / "diagnosis.html")
    return folder / "diagnosis.html"


def explorer(folder: Path) -> Path:
    """The page of a network that is simulated while one watches."""
    return explore().save(folder / "explorer.html")


PAGES = {"report": report, "diagnosis": diagnosis, "explorer": explorer}


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of the pages that the package makes."""
    return PAGES[request.param](tmp_path_factory.mktemp(request.param))


def test_no_page_names_another_host_in_what_it_loads(page: Path):
    """But for the library of interactive figures, which holds maps that no figure here draws: the browser tells."""
    text = page.read_text(encoding="utf-8")
    library = max(text.split("<script>"), key=len).split("</script>")[0]
    if "plotly.js v" in library:
        text = text.replace(library, "")
    assert offline.in_pages(text) == []


def test_no_page_asks_another_host_when_a_browser_opens_it(page: Path, browser: Any):
    """What the scan cannot see: addresses that scripts put together."""
    asked: list[str] = []
    tab = browser.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(page.as_uri())
    tab.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    tab.wait_for_timeout(300)
    tab.close()
    assert asked[0] == page.as_uri()
    assert [each for each in asked if not each.startswith(("file:", "data:", "blob:"))] == []
