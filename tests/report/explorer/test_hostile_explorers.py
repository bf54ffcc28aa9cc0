"""No explorer runs what it shows, nor what its address says."""

from __future__ import annotations

import polygenesis as pg
from hostile_texts import TEXTS, texts
from polygenesis.report.explorer.data import replay_data
from polygenesis.report.explorer.page import page as explorer_page


def test_explorers_run_nothing(hostile, tmp_path):
    run = pg.simulate(pg.RunSpec(pg.TiedAutoencoder(n=4, m=6), save=pg.Save(times=4, weights=True)))
    data = replay_data(run, 0)
    for place in ("key", "python", "reason"):
        data[place] = " ".join(texts(place))
    data["trajectory"] |= {"sentence": " ".join(texts("sentence")), "outcome": "undecided"}
    hostile.show(explorer_page(data), tmp_path)
    page = hostile.page
    page.wait_for_selector("#explorer[data-ready=true]")
    page.locator("#time").press("End")
    page.click("#open-python")
    hostile.found(texts("sentence", "python"))
    for text in TEXTS:
        for key in ("n", "law", "nudges"):
            page.evaluate("(text) => { location.hash = text; }", f"{key}={text}")
    page.wait_for_timeout(50)
    hostile.found([])
