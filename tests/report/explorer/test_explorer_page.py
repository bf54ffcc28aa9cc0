"""The whole page in a browser: it opens, simulates in its worker, replays, and shows what the engine found."""

import numpy as np
import pytest

from polygenesis.detect import census
from polygenesis.dynamics import simulate
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.report.explorer import explore
from polygenesis.spec import RunSpec
from polygenesis.training import AdamW

SPEC = RunSpec(TiedAutoencoder(n=10, m=14), penalty=L1(0.03), replicates=2, seed=3)

ASKED = """
(messages) => new Promise((resolve) => {
  const source = document.getElementById("explorer-worker").textContent;
  const worker = new Worker(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
  const replies = [];
  worker.onmessage = ({data}) => {
    replies.push({...data, trajectory: data.trajectory && {...data.trajectory, weights: 0, times: 0}});
    if (["trajectory", "done", "error"].includes(data.kind)) {
      worker.terminate();
      resolve(replies);
    }
  };
  messages.forEach((each) => worker.postMessage(each));
})
"""
"""Sends messages to a worker of its own and returns its replies up to the first that ends a job."""


@pytest.fixture(scope="module")
def run():
    return simulate(SPEC)


def shown(page):
    """Benign, malign and undecided neurons at the end, as the page's legend counts them."""
    page.wait_for_selector("#explorer[data-ready=true]")
    page.locator("#time").press("End")
    page.wait_for_function("document.querySelector('#time').value === document.querySelector('#time').max")
    page.wait_for_function("document.querySelector('#now').textContent.startsWith('At the end')")
    return [int(page.inner_text(f"[data-count={kind}]")) for kind in ("benign", "malign", "undecided")]


@pytest.mark.parametrize("replicate", [0, 1])
@pytest.mark.parametrize("kind", ["live", "replay"])
def test_the_page_ends_where_the_engine_does(visit, run, tmp_path, kind, replicate):
    what = SPEC if kind == "live" else run
    page = visit(explore(what, replicate=replicate).save(tmp_path / "page.html"), reduced_motion="reduce")
    count = int(census(run.final).polysemantic[replicate])
    assert shown(page) == [count, 0, 0]


def test_other_training_is_replayed(visit, tmp_path):
    spec = SPEC.replace(training=AdamW(lr=0.01, steps=800))
    page = visit(explore(spec).save(tmp_path / "page.html"), reduced_motion="reduce")
    count = census(simulate(spec).final)
    assert shown(page)[0] + shown(page)[1] == int(count.polysemantic[0])


def test_the_worker_counts_many_networks_as_one_by_one(visit, core, tmp_path):
    page = visit(explore(SPEC).save(tmp_path / "page.html"))
    spec = {
        "n": 8,
        "m": 10,
        "penalty": 0.05,
        "seed": 20,
        "law": "gaussian",
        "scale": 1,
        "interference": True,
        "noise": 0,
    }
    replies = page.evaluate(ASKED, [{"id": 1, "kind": "many", "spec": spec, "count": 6}])
    assert [each["kind"] for each in replies] == ["count"] * 6 + ["done"]
    for each in replies[:-1]:
        one = spec | {"seed": 21 + each["replicate"]}
        alone = core("summarize", _typed(core("simulate", one, np.array(core("start", one)))))
        assert {name: each[name] for name in alone} == alone
    assert sum(each["shared"] for each in replies[:-1]) > 0


def test_a_cancelled_job_falls_silent_and_an_unknown_law_is_a_sentence(visit, tmp_path):
    page = visit(explore(SPEC).save(tmp_path / "page.html"))
    spec = {"n": 8, "m": 10, "penalty": 0.05, "seed": 1, "law": "gaussian", "interference": True}
    asked = [
        {"id": 1, "kind": "many", "spec": spec, "count": 5000},
        {"id": 1, "kind": "cancel"},
        {"id": 2, "kind": "simulate", "spec": spec | {"law": "cauchy"}},
    ]
    replies = page.evaluate(ASKED, asked)
    assert len(replies) < 10
    assert replies[-1]["kind"] == "error"
    assert "cauchy" in replies[-1]["message"]
    assert "known: gaussian" in replies[-1]["message"]


def test_a_simulation_reports_its_trajectory(visit, tmp_path):
    page = visit(explore(SPEC).save(tmp_path / "page.html"))
    spec = {"n": 8, "m": 10, "penalty": 0.05, "seed": 1, "law": "gaussian", "interference": True}
    replies = page.evaluate(ASKED, [{"id": 9, "kind": "simulate", "spec": spec}])
    assert {each["id"] for each in replies} == {9}
    assert replies[-1]["trajectory"]["outcome"] == "converged"
    assert all(0 <= each["share"] <= 1 for each in replies[:-1])


def _typed(trajectory):
    return trajectory | {"weights": np.array(trajectory["weights"], np.float32)}


def test_it_runs_inside_a_notebooks_frame(visit, run, tmp_path):
    place = tmp_path / "notebook.html"
    place.write_text(
        f'<!doctype html><meta charset="utf-8"><body>{explore(SPEC)._repr_html_()}</body>', encoding="utf-8"
    )
    page = visit(place, reduced_motion="reduce")
    frame = page.frame_locator("iframe")
    frame.locator("#explorer[data-ready=true]").wait_for()
    frame.locator("#time").press("End")
    frame.get_by_text("At the end, t =").first.wait_for()
    assert int(frame.locator("[data-count=benign]").inner_text()) == int(census(run.final).polysemantic[0])
