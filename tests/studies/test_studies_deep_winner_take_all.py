"""Classifiers with depth: readings of hand-made layers, judgements with known answers, and the study end to end."""

import dataclasses

import numpy as np
import pytest
from handmade import complete, examined, said

from polygenesis import studies
from polygenesis.features import Digits
from polygenesis.studies import deep_winner_take_all
from polygenesis.studies.base import Verdict
from polygenesis.studies.deep_winner_take_all import networks
from polygenesis.studies.deep_winner_take_all.claims import CLAIMS
from polygenesis.studies.deep_winner_take_all.readings import Readings, ahead
from polygenesis.studies.judging import judge_all
from polygenesis.sweeps import MemoryStore

pytest.importorskip("torch")

R = 16
JITTER = 0.01 * np.tile([1.0, -1.0], R // 2)


def readings(*, pressed=False, area=0.5, led=0, spread=(20.0, 20.0), shared=None, per_class=4):
    """Networks of one kind with these measurements, jittered a little around them."""
    spec = list(networks.plan("quick").values())[int(pressed)]
    per = np.full((R, 2, 10), per_class)
    made = Readings(
        spec=spec,
        areas=np.stack([area + JITTER, 0.5 + JITTER, 0.5 + JITTER], axis=1),
        led=np.full(R, led) + (np.arange(R) % 2),
        spread=np.stack([spread[0] * (1 + JITTER), spread[1] * (1 + JITTER * (1 if pressed else -1))], axis=1),
        per_class=per,
        shared=np.zeros((R, 2), dtype=int),
        alive=np.full(R, 16),
        accuracy=np.full(R, 0.9),
        times=np.array([0.1, 1.0]),
        course=np.ones((R, 2)),
    )
    counts = np.round(made.expected).astype(int) if shared is None else np.full((R, 2), shared)
    return dataclasses.replace(made, shared=counts + (np.arange(R) % 2)[:, None])


def verdict(found, text):
    return next(each for each in judge_all(CLAIMS, found) if each.claim.text.startswith(text))


def test_a_share_of_neurons_ahead_by_hand():
    score = np.array([[[3.0, 1.0, 2.0, 2.0]]])
    expected = {0: 1.0, 1: 0.0, 2: 0.5, 3: 0.5}
    for winner, share in expected.items():
        assert ahead(score, np.array([[winner]]))[0, 0] == pytest.approx(share)


def test_random_winners_have_no_edge():
    rng = np.random.default_rng(0)
    shares = ahead(rng.standard_normal((4000, 1, 20)), rng.integers(20, size=(4000, 1)))
    assert abs(shares.mean() - 0.5) < 5 * shares.std() / 4000**0.5  # false alarm below 1e-6


@pytest.mark.parametrize(
    ("area", "expected"), [(0.7, Verdict.SUPPORTED), (0.5, Verdict.REFUTED), (0.55, Verdict.UNDECIDED)]
)
def test_an_edge(area, expected):
    found = verdict([readings(area=area)], "The neuron that is best aligned at the start has an edge")
    assert found.verdict is expected
    assert said(found.sentence)[0] == pytest.approx(area)


def test_winners_by_default():
    for led, expected in ((7, Verdict.SUPPORTED), (1, Verdict.REFUTED)):
        found = verdict([readings(led=led)], "The neuron that is best aligned at the start wins")
        assert found.verdict is expected
        assert said(found.sentence)[0] == pytest.approx((led + 0.5) / 10)
        assert "(by chance: 6.2 %)" in found.sentence


def test_one_winner_and_sparser_classes():
    toy, deep = [readings(spread=(20, 1.2))], [readings(spread=(20, 12))]
    assert verdict(toy, "One winner takes").verdict is Verdict.SUPPORTED
    assert verdict(toy, "Classes concentrate").verdict is Verdict.SUPPORTED
    assert verdict(deep, "One winner takes").verdict is Verdict.REFUTED
    assert said(verdict(deep, "Classes concentrate").sentence)[0] == pytest.approx(0.6, rel=0.01)


def test_sharing_by_chance_and_more_than_that():
    assert verdict([readings()], "Classes share neurons").verdict is Verdict.SUPPORTED
    many = verdict([readings(per_class=1, shared=9)], "Classes share neurons")
    assert many.verdict is Verdict.REFUTED
    assert said(many.sentence)[0] > 2
    none = readings(per_class=1)
    none = dataclasses.replace(none, shared=0 * none.shared)
    assert verdict([none], "Classes share neurons").verdict is Verdict.UNDECIDED


def test_pressure_is_compared_with_its_like():
    pair = [readings(spread=(20, 10)), readings(pressed=True, spread=(20, 5))]
    found = verdict(pair, "L1 on activations")
    assert found.verdict is Verdict.SUPPORTED
    assert said(found.sentence)[0] == pytest.approx(0.5, rel=0.01)
    assert not [each for each in judge_all(CLAIMS, pair[:1]) if each.claim.text.startswith("L1")]


def test_without_fashion_mnist_the_study_runs_on_digits_and_says_so(monkeypatch):
    monkeypatch.setattr(networks, "FASHION", "/nowhere")
    assert all(isinstance(spec.features, Digits) for spec in networks.plan("standard").values())
    assert len(networks.plan("standard")) == 6
    assert "Fashion-MNIST is left out: there is none in /nowhere" in networks.missing("standard")
    assert networks.missing("quick") == ""


def test_end_to_end_and_the_same_twice(monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setitem(networks.DIGITS, "quick", networks.Size(8, (1, 2), 4, 40))
    study, store = studies.get("deep-winner-take-all"), MemoryStore()
    result = study.run("quick", store=store, workers=1)
    again = examined(study, [store.load(spec.key) for spec in study.specs("quick")])
    assert again.judgements == result.judgements
    assert len(result.judgements) == 4 * 5 + 2
    table = result.tables["networks"]
    assert table["network"].tolist()[0] == "digits, 1 hidden layer, no penalty"
    assert (table["accuracy (held out)"] > 0.2).all()  # chance: 0.1
    assert len(result.tables["shared neurons"]) == 8
    complete(result)
    assert said(result.judgements[0].sentence)[0] == pytest.approx(table["edge"][0], abs=5e-4)
    assert deep_winner_take_all.DeepWinnerTakeAll.name in studies.names()


def test_readings_of_a_trained_network_by_hand(monkeypatch):
    """Contributions, winners and their edge, recomputed from the parameters of one network with loops."""
    pytest.importorskip("sklearn")
    from polygenesis.dynamics import simulate
    from polygenesis.studies.deep_winner_take_all.readings import read

    spec = next(iter(networks.plan("quick").values()))
    spec = spec.replace(
        model=dataclasses.replace(spec.model, m=6), replicates=2, training=dataclasses.replace(spec.training, steps=30)
    )
    run = simulate(spec)
    found = read(run)
    images, labels = Digits().images()
    parameters = {name: values[1].astype(float) for name, values in run.parameters.items()}
    hidden = np.maximum(images @ parameters["layer1"] + parameters["bias1"], 0)
    spread, winners = [], []
    for c in range(10):
        lead = hidden[labels == c].mean(axis=0) - hidden.mean(axis=0)
        given = parameters["layer2"][:, c] * lead
        spread.append(np.abs(given).sum() ** 2 / (given**2).sum())
        winners.append(int(given.argmax()))
    assert found.spread[1, 1] == pytest.approx(np.mean(spread), rel=1e-4)
    start = run.initial_parameters["layer2"][1]
    by_hand = np.mean([np.mean([start[k, c] < start[w, c] for k in range(6) if k != w]) for c, w in enumerate(winners)])
    assert found.areas[1, 1] == pytest.approx(by_hand)
