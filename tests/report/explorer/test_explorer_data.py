import base64
import json
import re

import numpy as np
import pytest

from parts import ROWS
from polygenesis.dynamics import simulate
from polygenesis.dynamics.start import initial
from polygenesis.errors import InputError
from polygenesis.initial import SparseGaussian, Uniform
from polygenesis.interference import NoInterference
from polygenesis.models import TiedAutoencoder
from polygenesis.noise import Bipolar
from polygenesis.penalties import L1, L2
from polygenesis.report.explorer import Explorer, explore, live
from polygenesis.report.explorer.code import code
from polygenesis.report.explorer.data import MOST_BYTES, film, frames_of
from polygenesis.report.explorer.live import page_spec, start_law, why_not_live
from polygenesis.report.explorer.page import scripts
from polygenesis.saving import Save
from polygenesis.spec import RunSpec
from polygenesis.training import AdamW, GradientDescent, GradientFlow

SPEC = RunSpec(TiedAutoencoder(n=6, m=12), penalty=L1(0.05), replicates=3, seed=5)


def data_of(found: Explorer):
    return json.loads(re.search(r'id="explorer-data">(.*?)</script>', found.html, re.DOTALL)[1])


def numbers(text, kind):
    return np.frombuffer(base64.b64decode(text), dtype=kind)


def test_what_the_page_can_simulate_opens_live_from_the_engines_own_start():
    found = data_of(explore(SPEC, replicate=2))
    assert found["mode"] == "live"
    assert found["trajectory"] is None
    assert found["replicate"] == 2
    assert found["key"] == SPEC.key
    start = numbers(found["start"], "<f8").reshape(6, 12)
    assert (start == initial(SPEC)[2]).all()
    assert found["spec"] == {
        "n": 6, "m": 12, "penalty": 0.05, "seed": 5, "law": "gaussian", "scale": 1.0,
        "interference": True, "noise": 0, "nudges": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"training": AdamW(steps=5)}, "training is 'adamw'"),
        ({"training": GradientFlow(max_time=3.0)}, "default tolerance and time limit"),
        ({"penalty": L2(0.1)}, "penalty is 'l2'"),
        ({"penalty": L1(1e-5)}, "penalty from 0.001 to 0.2, but it is 1e-05"),
        ({"interference": NoInterference(until=3.0)}, "on or off throughout"),
        ({"initial": SparseGaussian(density=0.5)}, "no start law"),
        ({"initial": Uniform(std=9.0)}, "scale from 0.1 to 3"),
        ({"seed": 2**40}, "seed from 0"),
    ],
)
def test_what_it_cannot_is_said_in_a_sentence_with_the_value(changes, words):
    assert why_not_live(SPEC) == ""
    assert words in why_not_live(SPEC.replace(**changes))


def test_interference_off_is_simulated_live():
    assert why_not_live(SPEC.replace(interference=NoInterference())) == ""
    assert page_spec(SPEC.replace(interference=NoInterference()))["interference"] is False


def test_scales_are_in_units_of_the_laws_own():
    assert start_law(SPEC.replace(initial=Uniform(std=0.5))) == ("uniform", pytest.approx(0.5 * 12**0.5))


def test_a_run_without_a_trajectory_is_repeated_to_the_same_bits():
    run = simulate(SPEC)
    found = data_of(explore(run, replicate=1))
    weights = numbers(found["trajectory"]["weights"], "<f4").reshape(-1, 6, 12)
    assert found["mode"] == "replay"
    assert len(weights) == len(found["trajectory"]["times"])
    assert (weights[0] == run.initial[1].astype(np.float32)).all()
    assert (weights[-1] == run.final[1].astype(np.float32)).all()
    assert found["trajectory"]["outcome"] == "converged"
    assert np.diff(found["trajectory"]["times"]).min() > 0
    assert numbers(found["start"], "<f8").tolist() == run.initial[1].ravel().tolist()


def test_a_run_from_given_weights_is_repeated_from_them():
    given = initial(SPEC) * 1.1
    run = simulate(SPEC, initial_weights=given)
    weights = numbers(data_of(explore(run))["trajectory"]["weights"], "<f4").reshape(-1, 6, 12)
    assert (weights[0] == given[0].astype(np.float32)).all()
    assert (weights[-1] == run.final[0].astype(np.float32)).all()


def test_a_run_that_does_not_repeat_is_refused():
    import dataclasses

    run = simulate(SPEC)
    other = dataclasses.replace(run, final=run.final + 0.25)
    with pytest.raises(InputError, match=r"differ by up to 0\.25"):
        explore(other)


@pytest.mark.parametrize("training", [AdamW(steps=40), GradientDescent(lr=0.02, steps=40)])
def test_training_in_steps_is_replayed(training):
    spec = SPEC.replace(training=training, noise=Bipolar(0.1))
    run = simulate(spec)
    for shown in (run, spec):
        found = data_of(explore(shown, replicate=2))
        weights = numbers(found["trajectory"]["weights"], "<f4").reshape(-1, 6, 12)
        assert (weights[-1] == run.final[2].astype(np.float32)).all()
        assert found["start"] is None
        assert training.kind in found["reason"] or "noise" in found["reason"]


def test_a_stored_trajectory_is_shown_as_it_is():
    spec = SPEC.replace(save=Save(times=(0.5, 1.0, 2.0, 1e6), weights=True))
    run = simulate(spec)
    times, weights = film(run, 0)
    assert times.tolist() == [0.0, 0.5, 1.0, 2.0, run.end_time[0]]
    assert (weights[1:4] == run.trajectory[0, :3]).all()


def test_a_page_carries_no_more_than_its_bytes():
    assert frames_of(6, 12) == 160
    assert frames_of(64, 256) * 64 * 256 * 4 <= MOST_BYTES


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"run_or_spec": 3}, "`run_or_spec` must be a Run or a RunSpec, but is 3"),
        ({"run_or_spec": SPEC, "replicate": 3}, "`replicate` must be a whole number from 0 to 2, but is 3"),
        ({"run_or_spec": SPEC, "replicate": True}, "`replicate` must be a whole number from 0 to 2"),
        ({"run_or_spec": RunSpec(TiedAutoencoder(n=65, m=80))}, "n = 65 and m = 80"),
        ({"run_or_spec": RunSpec(TiedAutoencoder(n=6, m=257))}, "n = 6 and m = 257"),
    ],
)
def test_wrong_input_is_one_sentence(given, words, tmp_path):
    with pytest.raises(InputError, match=words):
        explore(**given, path=tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_the_value_writes_itself_and_shows_itself_in_a_notebook(tmp_path):
    found = explore(SPEC, path=tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == found.html
    assert repr(found).startswith("Explorer(6 features on 12 neurons, simulated in the page;")
    frame = found._repr_html_()
    assert frame.startswith("<iframe title=")
    assert frame.count('"') % 2 == 0
    assert "&lt;script" in frame
    assert "&quot;explorer-data&quot;" in frame
    with pytest.raises(InputError, match="is a folder"):
        found.save(tmp_path)


def test_the_same_spec_gives_the_same_bytes():
    assert explore(SPEC).html == explore(SPEC).html


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.field}-{getattr(row.part, 'kind', 'save')}")
def test_the_code_of_a_spec_makes_the_spec_again(row):
    spec = SPEC.replace(**{row.field: row.other or row.part})
    text = code(spec, replicate=1)
    body, _, rest = text.partition("run = ")
    names = {}
    exec(body, names)
    assert names["spec"] == spec
    assert "replicate=1" in rest


def test_a_run_that_diverged_is_shown_while_it_is_finite():
    spec = SPEC.replace(training=GradientDescent(lr=3.0, steps=60))
    run = simulate(spec)
    assert run.outcome[0].name == "DIVERGED"
    found = data_of(explore(run))["trajectory"]
    weights = numbers(found["weights"], "<f4").reshape(-1, 6, 12)
    assert found["outcome"] == "diverged"
    assert len(weights) == len(found["times"]) >= 2
    assert (weights[0] == run.initial[0].astype(np.float32)).all()


def test_training_without_steps_is_one_frame():
    run = simulate(SPEC.replace(training=GradientDescent(lr=0.1, steps=0)))
    assert data_of(explore(run))["trajectory"]["times"] == [0.0]


def test_the_pages_fields_have_the_bounds_that_python_knows():
    for name, low, high in (
        ("n", live.FEWEST, live.MOST_FEATURES),
        ("m", live.FEWEST, live.MOST_NEURONS),
        ("penalty", live.LOWEST_PENALTY, live.HIGHEST_PENALTY),
        ("scale", live.SMALLEST_SCALE, live.LARGEST_SCALE),
    ):
        told = re.search(rf"\b{name}: {{[^}}]*low: ([\d.]+), high: ([\d.]+)", scripts()["app/fields.js"])
        assert (float(told[1]), float(told[2])) == (low, high)
