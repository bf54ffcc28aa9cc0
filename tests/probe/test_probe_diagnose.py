"""Diagnoses of networks whose origin is known; what a diagnosis shows; wrong input in one sentence each.

Rates of error are measured in `verification/test_diagnosis_errors.py`; here one set of seeds each.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import polygenesis as pg
from polygenesis.bench.origins.classifiers import gaussian_classes, hidden_activations
from polygenesis.bench.origins.concepts import planted
from polygenesis.bench.origins.tasks import duplicates, trained
from polygenesis.bench.origins.toys import toy, toy_with_related_starts
from polygenesis.errors import InputError, StoreError
from polygenesis.probe import (
    Objective,
    Origin,
    Preference,
    diagnose,
    input_objective,
    one_hot_objective,
    split_and_relax,
)
from polygenesis.probe.battery.width_sweep import width_sweep
from polygenesis.probe.judging.sharing import parts
from polygenesis.probe.surgery.moving import move_features
from polygenesis.probe.surgery.relaxing import relax
from polygenesis.theory import slot_model


@pytest.fixture(scope="module")
def chance() -> tuple[pg.Run, pg.Diagnosis]:
    run = toy(32, 48, seed=1)
    return run, diagnose(run, counterfactuals=6, draws=199)


def evidence(found: pg.Diagnosis, test: str):
    return next(each for each in found.evidence if each.test == test)


# Verdicts


def test_chance_with_five_seeds_is_called_structured_nowhere(chance):
    run, found = chance
    assert found.verdict.origin in (Origin.INCIDENTAL, Origin.COMPATIBLE)
    shared = int(pg.census(run.final).polysemantic.sum())
    null = evidence(found, "collision null")
    assert null.statistic == shared == len(found.shared)
    assert null.p_value == pytest.approx(float(slot_model(32, 48).total(5).at_least(shared)))
    assert {each.preference for _, each in found.splits} == {Preference.INDIFFERENT}
    assert found.preferred.value == 0
    assert found.forced.value == 0
    assert found.structured.lower == 0
    assert evidence(found, "signs").statistic == 0
    assert evidence(found, "counterfactual").p_value > 0.05
    assert evidence(found, "start").statistic > 0.8


def test_chance_with_enough_seeds_is_called_incidental():
    found = diagnose(toy(64, 128, seed=5), draws=499)
    assert found.verdict.origin is Origin.INCIDENTAL
    assert found.axes.limit.share <= 0.25
    assert {each.mark for each in found.shared} == {"strangers"}
    assert not any(each.kin for each in found.pairs)


def test_need_is_said_beside_every_origin():
    found = diagnose(toy(32, 20, seed=2), draws=199)
    assert evidence(found, "accounting").null == "60 forced"  # five runs of 32 − 20
    assert found.forced.value == pytest.approx(60 / evidence(found, "accounting").statistic)
    assert found.forced.upper == 1
    assert "Some sharing is forced: all 32 features are carried, and with 20 live neurons" in found.verdict.sentence
    assert "13 of the features" in found.verdict.sentence or "at least 13" in found.verdict.sentence
    assert found.verdict.origin not in (Origin.STRUCTURED, Origin.PARTLY_STRUCTURED)


def test_structure_by_task():
    objective = duplicates(24, 4)
    start, end = trained(objective, 24, 48, seed=3)
    found = diagnose(end, initial=start, objective=objective, draws=199)
    assert found.verdict.origin in (Origin.STRUCTURED, Origin.PARTLY_STRUCTURED)
    planted = {("0", "1"), ("2", "3"), ("4", "5"), ("6", "7")}
    assert {(each.first, each.second) for each in found.pairs if each.kin} == planted
    assert found.preferred.lower > 0.5
    assert evidence(found, "signs").finding
    assert found.advice() == ()  # kin that the loss prefers are never parted
    unknown = diagnose(end, draws=199)
    assert unknown.verdict.origin is found.verdict.origin
    assert unknown.preferred.argument == "objective"
    assert "split and relax" in [each.test for each in unknown.missing]


def test_structure_by_input():
    run = toy_with_related_starts(32, 64, seed=4, pairs=6, correlation=-0.9)
    found = diagnose(run, draws=199)
    assert found.verdict.origin in (Origin.STRUCTURED, Origin.PARTLY_STRUCTURED)
    assert 0.01 <= found.structured.lower < 0.9
    assert found.preferred.value == 0


def test_one_final_state_is_compatible_with_chance_at_most():
    run = toy_with_related_starts(32, 64, seed=4, pairs=6, correlation=-0.9, runs=1)
    found = diagnose(run.final)
    assert found.verdict.origin is Origin.COMPATIBLE
    assert found.verdict.sentence.startswith("One network cannot tell chance from structure")
    assert found.structured.argument == "runs"
    assert {each.mark for each in found.shared} == {"unknown"}
    assert {each.test for each in found.missing} >= {"recurrence over seeds", "split and relax", "start"}


def test_an_unfinished_network_is_not_judged():
    weights = np.random.default_rng(0).standard_normal((3, 16, 16)) / 4
    assert diagnose(weights).verdict.origin is Origin.UNDECIDED


# Objectives, splits, widths


def test_objectives_have_their_gradients():
    rng = np.random.default_rng(5)
    weights = rng.standard_normal((5, 7))
    by_inputs = input_objective(np.eye(5))
    for objective in (one_hot_objective(0.0), input_objective(rng.random((6, 5)), rng.random(6)), by_inputs):
        _, slope = objective.smooth(weights)
        for at in [(0, 0), (3, 4), (4, 6)]:
            step = np.zeros_like(weights)
            step[at] = 1e-5
            rise = (objective.smooth(weights + step)[0] - objective.smooth(weights - step)[0]) / 2e-5
            assert slope[at] == pytest.approx(rise, rel=1e-6)
    assert by_inputs(weights) == pytest.approx(one_hot_objective(0.0)(weights))


def test_relaxing_reaches_the_known_lone_weight():
    """One feature on one neuron: 4 (1 − w²) w = λ at rest."""
    found = relax(one_hot_objective(0.1), [[0.6]])
    w = float(found.weights[0, 0])
    assert found.settled
    assert 4 * (1 - w * w) * w == pytest.approx(0.1, abs=1e-4)


def test_splitting_opposite_signs_costs_nothing_and_duplicates_cost():
    objective = one_hot_objective(0.05)
    settled = relax(objective, [[0.9, 0.0], [-0.9, 0.0]]).weights
    (free,) = split_and_relax(settled, objective)
    assert free.exact == pytest.approx(free.before, rel=1e-12)
    assert free.preference is Preference.INDIFFERENT
    together = duplicates(2, 1)
    joined = relax(together, [[0.7, 0.0], [0.7, 0.0]]).weights
    (dear,) = split_and_relax(joined, together)
    assert dear.preference is Preference.PREFERRED
    clash = Objective(one_hot_objective(0.0).smooth, 0.01)
    (trap,) = split_and_relax([[0.6, 0.0], [0.6, 0.0]], clash)
    assert trap.exact < trap.before


def test_a_full_network_grows_by_one():
    objective = one_hot_objective(0.05)
    (only,) = split_and_relax([[0.99], [-0.99]], objective)
    assert only.grown
    assert only.to == 1


def test_split_moves_exactly():
    moved = move_features([[0.9, 0.0, 0.1], [-0.8, 0.0, 0.0]], 1, 1)
    assert moved.tolist() == [[0.9, 0.0, 0.1], [0.0, -0.8, 0.0]]
    with pytest.raises(InputError, match="another neuron below 3"):
        move_features([[0.9, 0.0, 0.1]], 0, 0)


def test_slopes_of_width_sweeps():
    falls = {m: [400 // m + d for d in (0, 1)] for m in (10, 20, 40, 80)}
    flat = {m: [20, 21, 19] for m in (10, 20, 40, 80)}
    assert not width_sweep(falls).finding
    assert width_sweep(flat).finding
    assert width_sweep(falls).statistic == pytest.approx(-1, abs=0.1)
    with pytest.raises(InputError, match="at least two widths"):
        width_sweep({10: [1, 2]})


# Activations


def test_planted_neurons_are_listed_with_their_features_and_samples():
    activations, present, carriers = planted(2000, 20, 10, shared=4, noise=0.3, seed=6)
    found = diagnose(activations, present, examples=[f"sample {i}" for i in range(2000)], draws=99)
    assert found.source == "activations"
    assert {each.neuron for each in found.shared} == set(range(16, 20))
    for each in found.shared:
        assert sorted(each.features, key=int) == [str(i) for i in np.flatnonzero(carriers[:, each.neuron])]
        best = int(each.examples[0].removeprefix("sample "))
        assert best == activations[:, each.neuron].argmax()
        shown = [int(name.removeprefix("sample ")) for name in each.examples]
        carried = present[shown][:, carriers[:, each.neuron]].any(axis=1)
        assert each.told == tuple(carried.tolist())
        aurocs = found.selectivity[0].auroc[each.neuron, carriers[:, each.neuron]]
        assert each.strengths == pytest.approx(aurocs[np.argsort(-np.abs(aurocs - 0.5), kind="stable")])
        assert each.mark == "unknown"
        assert min(each.conditional) > 0.75
    assert [sum(each.strengths) for each in found.shared] == sorted(sum(e.strengths) for e in found.shared)[::-1]
    assert found.verdict.origin is Origin.COMPATIBLE
    assert found.census.shared.tolist() == [4]
    assert [row["threshold"] for row in found.sensitivity] == [0.65, 0.7, 0.75, 0.8, 0.85, 0.9]


def test_one_wide_network_is_never_called_structured():
    """Its pairs recur within it, but an accident of its data would do that as well."""
    rng = np.random.default_rng(8)
    inputs, classes = gaussian_classes(500, 8, 16, rng, paired=True)
    found = diagnose(hidden_activations(inputs, classes, 64, rng), classes, draws=199)
    assert found.findings.recurrence.found
    assert found.verdict.origin is Origin.COMPATIBLE
    again = found.findings.recurrence
    (said,) = re.findall(r"share again ([0-9.]+) times as often as chance gives \(p = ", found.verdict.cautions[0])
    assert float(said) == pytest.approx(again.statistic / again.expected, rel=0.05)
    number = len(again.standing_out)
    assert (f"{number} pair" if number else "no single pair") in found.verdict.cautions[0]
    assert "tied" not in found.verdict.cautions[0]
    assert not any(each.kin for each in found.pairs)


def test_paired_prototypes_recur_over_seeds_of_a_classifier():
    runs, labels, starts = [], [], []
    for each in range(4):
        rng = np.random.default_rng([7, each])
        inputs, classes = gaussian_classes(500, 8, 16, rng, paired=True)
        runs.append(hidden_activations(inputs, classes, 24, rng))
        starts.append(np.maximum(inputs @ rng.standard_normal((16, 24)), 0))
        labels.append(classes)
    found = diagnose(runs, labels, initial=starts, draws=199)
    assert found.verdict.origin in (Origin.STRUCTURED, Origin.PARTLY_STRUCTURED)
    assert "read on different samples" in found.verdict.sentence
    assert {"split and relax", "collision null"} <= {each.test for each in found.missing}
    assert {"0 + 1", "2 + 3"} & {f"{each.first} + {each.second}" for each in found.pairs if each.kin}
    assert {"kin", "both"} & {each.mark for each in found.shared}
    baseline = evidence(found, "untrained baseline").result
    assert 0 <= baseline.before <= baseline.neurons_before == 4 * 24
    more = diagnose(runs[0], labels[0], runs=list(zip(runs[1:], labels[1:], strict=True)), draws=199)
    assert evidence(more, "recurrence over seeds") == evidence(found, "recurrence over seeds")


def test_advice_never_parts_kin():
    rng = np.random.default_rng(31)
    runs, present = [], rng.random((1500, 10)) < 0.2
    for _ in range(5):
        carriers = np.zeros((10, 40))
        for k in range(40):
            carriers[[0, 1] if k < 12 else rng.choice(10, 2, replace=False), k] = 1
        carriers[9, :6] = 1  # kin beside a stranger
        runs.append(np.maximum(present @ carriers + 0.2 * rng.standard_normal((1500, 40)), 0))
    found = diagnose(runs, present, draws=199)
    assert found.verdict.origin is Origin.PARTLY_STRUCTURED
    assert ("0", "1") in {(each.first, each.second) for each in found.pairs if each.kin}
    assert {each.mark for each in found.shared if set(each.features) == {"0", "1"}} == {"kin"}
    both = [each for each in found.shared if set(each.features) == {"0", "1", "9"}]
    assert both
    kin = frozenset(frozenset((each.first, each.second)) for each in found.pairs if each.kin)
    assert frozenset(("0", "1")) in kin
    for each in found.shared:
        groups = parts(each.features, kin)
        assert all(set(pair) <= set(group) for group in groups for pair in kin if len(set(pair) & set(group)) == 2)
        assert not any({a, b} in kin for x in groups for y in groups if x is not y for a in x for b in y)
    assert found.advice()


def test_starts_are_read_with_the_kind_of_the_labels():
    """Concepts as floats: the starts are selectivities for the same present and absent samples."""
    rng = np.random.default_rng(12)
    concepts = rng.standard_normal((300, 4))
    concepts[:, 1] = concepts[:, 0] + 0.3 * concepts[:, 1]
    runs = [concepts @ np.abs(rng.standard_normal((4, 12))) for _ in range(3)]
    found = diagnose(runs, concepts, kind="continuous", initial=runs, draws=99, threshold=0.6)
    present = concepts > np.median(concepts, axis=0)
    same = diagnose(runs, present, kind="multi-label", initial=runs, draws=99, threshold=0.6)
    assert {"recurrence over seeds", "untrained baseline"} <= {each.test for each in found.evidence}
    assert found.evidence == same.evidence
    one_column = diagnose(runs, (concepts[:, 0] > 0) * 1.0, kind="classes", initial=runs, draws=99, threshold=0.6)
    assert one_column.names == ("0.0", "1.0")


def test_the_same_seed_gives_the_same_evidence(chance):
    run, found = chance
    assert diagnose(run, counterfactuals=6, draws=199).evidence == found.evidence
    assert diagnose(run, counterfactuals=6, draws=199, seed=1).evidence != found.evidence


@pytest.mark.torch
def test_a_module_is_asked_whether_its_loss_prefers_the_sharing():
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'polygenesis[torch]'")
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 6, 300)
    inputs = torch.tensor(np.eye(6)[labels] + 0.2 * rng.standard_normal((300, 6)), dtype=torch.float32)
    net = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.ReLU(), torch.nn.Linear(8, 6))

    def loss(module, batch):
        penalty = sum((each**2).sum() for each in module.parameters())
        return torch.nn.functional.cross_entropy(module(batch[0]), batch[1]) + 1e-3 * penalty

    batch, optimizer = (inputs, torch.tensor(labels)), torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(300):
        value = loss(net, batch)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    before = [each.detach().clone() for each in net.parameters()]
    found = pg.diagnose_module(
        net, "1", [batch], loss=loss, between=("0", "2"), steps=60, splits=2, draws=99, alternatives=()
    )
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    assert len(found.splits) == 2
    assert found.preferred.size <= 2
    assert "The loss prefers the sharing in" in found.verdict.sentence
    assert "split and relax" in {each.test for each in found.evidence}
    assert "split and relax" not in {each.test for each in found.missing}
    assert all(each.change_at_once < 1e-5 for _, each in found.splits)
    for options, words in (
        ({"loss": loss}, "`between` must name the layers"),
        ({"between": ("0", "2")}, "`loss` must be a function"),
        ({"loss": loss, "between": ("0", "2"), "outputs": {"9": [0]}}, "Unknown feature in `outputs` '9'; known: 0, 1"),
        ({"loss": loss, "between": ("0", "x")}, "Unknown layer 'x'"),
        ({"loss": loss, "between": ("2", "0")}, "is the other way round: write between=('0', '2')"),
        ({"loss": loss, "between": ("0", "2"), "outputs": [[0], [1]]}, "must be a dictionary {feature: [output, ...]"),
        ({"loss": loss, "between": ("0", "2"), "outputs": {"1": 0}}, "must be a dictionary {feature: [output, ...]"),
    ):
        with pytest.raises(InputError) as caught:
            pg.diagnose_module(net, "1", [batch], draws=99, alternatives=(), **options)
        assert words in str(caught.value)


@pytest.mark.torch
def test_layers_around_other_neurons_are_refused_in_either_order():
    """Both orders fit where the second layer is as wide as the inputs, as in the blocks of a transformer."""
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'polygenesis[torch]'")
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Linear(6, 10), torch.nn.ReLU(), torch.nn.Linear(10, 6), torch.nn.ReLU(), torch.nn.Linear(6, 6)
    )
    batch = torch.randn(200, 6), torch.arange(200) % 6
    asked = {"loss": lambda module, batch: module(batch[0]).square().mean(), "draws": 99, "alternatives": ()}
    for between, words in (
        (("2", "0"), r"is the other way round: write between=\('0', '2'\)"),
        (("2", "4"), "before and after the 10 neurons that were diagnosed, but between them are 6"),
    ):
        with pytest.raises(InputError, match=words):
            pg.diagnose_module(net, "1", [batch], between=between, **asked)


def test_a_diagnosis_is_kept_and_replays(chance, tmp_path):
    _, found = chance
    again = pg.load(found.save(tmp_path / "kept"))
    assert repr(again) == repr(found)
    assert again.record == found.record
    assert again.to_html() == found.to_html()
    for per in ("neuron", "pairs", "test", "threshold"):
        assert again.to_dataframe(per).equals(found.to_dataframe(per))
    activations, present, _ = planted(400, 8, 4, shared=2, noise=0.2, seed=8)
    first, second = (diagnose(activations, present, draws=99) for _ in range(2))
    assert first.record == second.record
    assert repr(first) == repr(second)
    assert len(first.record["inputs"]["activations"][0]) == 64
    other = diagnose(activations + 1e-3, present, draws=99)
    assert other.record["inputs"]["activations"] != first.record["inputs"]["activations"]
    kept = pg.load(first.save(tmp_path / "activations"))
    assert kept.selectivity[0].auroc == pytest.approx(first.selectivity[0].auroc)


# What it shows


class Tags(HTMLParser):
    """Collect addresses that a page would load, and check that tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)
        self.loads += [value for name, value in attrs if name in ("src", "href") and value]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(chance, tmp_path):
    _, found = chance
    path = tmp_path / "page.html"
    text = found.to_html(path)
    assert path.read_text(encoding="utf-8") == text
    assert "<title>A &lt;net&gt;</title>" in found.to_html(title="A <net>")
    tags = Tags()
    tags.feed(text)
    assert tags.open == tags.loads == []
    assert "could have been missed" in text or found.verdict.origin is Origin.INCIDENTAL
    assert all(each.test in text for each in (*found.evidence, *found.missing))
    assert "url(" not in text
    with pytest.raises(StoreError, match="Cannot write"):
        found.to_html(tmp_path / "no" / "page.html")


def test_names_are_escaped():
    activations, present, _ = planted(400, 8, 4, shared=2, noise=0.2, seed=8)
    import pandas as pd

    frame = pd.DataFrame(present.astype(int), columns=["<b>sea</b>", "land", "sky", "air"])
    text = diagnose(activations, frame, draws=99).to_html()
    assert "<b>sea</b>" not in text
    assert "&lt;b&gt;sea" in text


def test_text_and_tables(chance):
    _, found = chance
    shown = repr(found)
    assert " ".join(shown.split()).startswith(found.verdict.clauses[0])
    assert "weights: 32 features, 48 neurons, 5 runs" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert len(found.to_dataframe()) == sum(len(each.features) for each in found.shared)
    assert len(found.to_dataframe("pairs")) == len(found.pairs)
    tests = found.to_dataframe("test")
    assert len(tests) == len(found.evidence) + len(found.missing)
    assert found.advice()[0].startswith("Run 0, neuron")
    assert "<table" in found._repr_html_()
    with pytest.raises(InputError, match="Unknown table 'run'; known: neuron, pairs, test, threshold"):
        found.to_dataframe("run")


# Wrong input

X = np.random.default_rng(9).standard_normal((40, 3))
Y = np.arange(40) % 2


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((X, Y[:30]), {}, "30 rows for 40 samples"),
        (([X, X[:, :2]], Y), {}, "same width, but have 3, 2 neurons"),
        ((X, Y), {"threshold": 0.4}, "above 0.5 and below 1"),
        ((X, Y), {"draws": 98}, "whole number of at least 99, but is 98"),
        ((X, Y), {"measure": "accuracy"}, "Unknown measure 'accuracy'"),
        ((X, Y), {"objective": one_hot_objective(0.1)}, "need weights, not activations"),
        ((X,), {"kind": "classes"}, "`kind` needs `labels`"),
        (([X, X], [Y, (Y + 1) % 2 + 5]), {}, "labels name different ones"),
        (([X, X], Y), {"initial": X}, "one array for each of the 2 runs"),
        (([X, X], Y), {"initial": [X, X[:, :2]]}, "have the runs' 3 neurons, but is 2"),
        ((np.eye(3),), {"initial": np.eye(4)}, "have the weights' shape"),
        ((np.full((2, 2), np.nan),), {}, "finite, but is nan"),
        ((np.eye(3),), {"runs": [np.eye(4)]}, "same features and neurons"),
        ((X, Y), {"seed": -1}, "`seed` must be a whole number of at least 0, but is -1"),
        ((X, Y), {"seed": 1.5}, "`seed` must be a whole number of at least 0, but is 1.5"),
        ((np.eye(3),), {"seed": None}, "`seed` must be a whole number of at least 0, but is None"),
        ((np.eye(3),), {"splits": -1}, "`splits` must be a whole number of at least 0, but is -1"),
        ((X, Y), {"examples": ["a", "b"]}, "`examples` must name each of the 40 samples, but has 2 names"),
        ((X, Y), {"examples": 3}, "`examples` must be a list of names of samples, but is 3"),
        ((X, Y), {"runs": X}, "`runs` must be a list of runs, [run, ...], but is shape (40, 3)"),
        ((np.eye(3),), {"runs": np.eye(3)}, "`runs` must be a list of runs, [run, ...], but is shape (3, 3)"),
        ((X, Y), {"runs": "a.npy"}, "`runs` must be a list of runs, [run, ...], but is 'a.npy'"),
        ((X, Y), {"runs": 3}, "`runs` must be a list of runs, [run, ...], but is 3"),
        ((X, Y), {"threshold": "x"}, "`threshold` must be a number, but is 'x'"),
        ((X, Y), {"widths": [1, 2]}, "`widths` must map widths to lists of counts"),
        ((X, Y), {"widths": {"x": "y"}}, "`widths` must map widths to lists of counts"),
        ((X, Y), {"widths": {10: 3, 20: 1}}, "but is {10: 3}"),
        ((np.eye(3),), {"objective": "x"}, "`objective` must be an Objective, such as one_hot_objective(0.1)"),
        ((np.eye(3),), {"retrain": "x"}, "`retrain` must be a function from initial to final weights, but is 'x'"),
    ],
)
def test_wrong_input_is_one_sentence(arguments, options, words):
    with pytest.raises(InputError) as caught:
        diagnose(*arguments, **options)
    assert words in str(caught.value)


def test_whole_numbers_of_numpy_will_do():
    found = diagnose(X, Y, draws=np.int64(99), seed=np.uint8(3), examples=np.arange(40).astype(str))
    assert found.evidence == diagnose(X, Y, draws=99, seed=3).evidence
