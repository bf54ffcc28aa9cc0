"""Sentences that a newcomer read beside numbers which said something else: each with the case where it holds."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from types import SimpleNamespace

import diagnoses
import numpy as np
import pytest

from polygenesis import probe
from polygenesis.errors import InputError, unknown_name
from polygenesis.probe import Axes, DetectionLimit, Origin, SharedNeuron, Split, diagnose
from polygenesis.probe.battery import recurrence_evidence, start_overlap
from polygenesis.probe.battery.recurrence import recurrence
from polygenesis.probe.evidence import p_text
from polygenesis.probe.judging.advice import ADVISED, MOST_PARTS, advice
from polygenesis.probe.judging.conclusion import _within
from polygenesis.probe.judging.sentences import _compatible, _selected, _structured
from polygenesis.probe.ladder import holds
from polygenesis.probe.show.map import maps
from polygenesis.probe.show.next_steps import next_steps, supply
from polygenesis.probe.show.page import page
from polygenesis.probe.show.wording import axis
from polygenesis.stats import Estimate

# Amounts


@pytest.mark.parametrize(
    ("value", "origin", "words"),
    [
        (0.028, Origin.PARTLY_STRUCTURED, "A small part is shown to be structured: at least 1.9 % of"),
        (0.049, Origin.PARTLY_STRUCTURED, "A small part is shown to be structured: at least 1.9 % of"),
        (0.05, Origin.PARTLY_STRUCTURED, "Partly structured: at least 1.9 % of"),
        (0.5, Origin.STRUCTURED, "Structured: at least 1.9 % of"),
    ],
)
def test_the_first_words_are_of_the_size_of_the_structured_part(value, origin, words):
    said = _structured(origin, Estimate(value, 0.019, 0.6, 0.95, "left out", 4))
    assert said.startswith(words)
    assert "estimate" in said


def findings(by_recurrence: float, by_start: float):
    again = SimpleNamespace(found=by_recurrence <= 0.01, runs=3, standing_out=())
    return SimpleNamespace(recurrence=again, related=SimpleNamespace(p_value=by_start))


def test_an_amount_that_is_not_shown_is_not_called_chance():
    share, axes = Estimate(0.02, 0.0, 0.163, 0.95, "left out", 3), SimpleNamespace(settled_by=None)
    said = _compatible(0.0101 - 0.0001, share, axes, findings(0.01, 1.0))
    assert said == (
        "Not decided: pairs come back more often than chance explains (p = 0.01), but how large the structured part is "
        "is not shown (at most 17 % of the co-selections)."
    )
    by_start = _compatible(0.002, share, axes, findings(0.3, 0.002))
    assert "come back" not in by_start
    assert "pairs that share start related (p = 0.002)" in by_start


def matrices(runs: int, planted: int, seed: int = 0) -> list[np.ndarray]:
    """Each of 12 features on some of 100 neurons at random, 0 and 1 together on ``planted`` more."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(runs):
        each = rng.random((12, 100)) < 0.2
        chosen = rng.choice(100, planted, replace=False)
        each[0, chosen] = each[1, chosen] = True
        found.append(each)
    return found


def test_recurrence_says_what_is_counted_by_how_much_and_how_many_pairs_stand_out():
    runs = matrices(4, 15)
    found = recurrence(runs, seed=0, draws=199)
    said = recurrence_evidence._evidence("recurrence over seeds", found).sentence
    together = [each.astype(int) @ each.T for each in runs]
    matches = sum(int(np.triu(together[r] * together[s], 1).sum()) for r in range(4) for s in range(r + 1, 4))
    assert f"{matches:,} matches (one neuron in each of two runs, with the same pair of features)" in said
    more = float(re.findall(r"come back ([0-9.]+) % more often than chance gives", said)[0])
    assert more == pytest.approx(100 * (matches / found.expected - 1), rel=0.05)
    number = len(found.standing_out)
    assert number >= 1
    assert f"{number} of 66 pairs of features share{'s' * (number == 1)} more neurons than chance gives" in said


def test_recurrence_by_chance_has_no_excess():
    found = recurrence(matrices(4, 0), seed=0, draws=199)
    said = recurrence_evidence._evidence("recurrence over seeds", found).sentence
    assert found.p_value > 0.05
    assert said.startswith("Pairs come back no more than chance explains: ")
    assert "more often" not in said


def test_one_run_has_its_excess_said():
    found, pairs = SimpleNamespace(ratio=22482 / 21368, p_value=0.004), SimpleNamespace(q=np.array([0.2, 1.0]))
    assert _within(None, found, pairs) == (
        "Within this run the same pairs share again 5.2 % more often than chance gives (p = 0.004), and no single pair "
        "stands out; one run cannot tell whether data, start or task is the reason."
    )


# Start and p


def test_a_p_that_rounds_to_one_is_said_to_be_above_99_percent():
    assert [p_text(each) for each in (0.996, 1.0, 0.994, 0.05)] == ["p > 0.99", "p > 0.99", "p = 0.99", "p = 0.05"]


@pytest.mark.parametrize(
    ("auc", "p", "tells"), [(0.41, 0.996, False), (0.62, 0.002, True), (0.53, 0.2, False), (0.45, 0.03, False)]
)
def test_the_start_tells_pairs_only_above_a_half_and_if_significant(monkeypatch, auc, p, tells):
    known = start_overlap.StartOverlap(auc, 0.03, 100, p)
    monkeypatch.setattr(start_overlap, "start_overlap", lambda *_, **__: known)
    carried = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=bool)
    base = SimpleNamespace(initial=[np.eye(3)], carried=(carried,), seed=0, signed=False)
    found = start_overlap.ask(base)
    assert found.finding is tells
    assert found.sentence.startswith(
        "Overlap at the start tells which" if tells else "Overlap at the start is not found"
    )
    assert f"AUC {auc:.2f}, 0.5 by chance ({p_text(p)})" in found.sentence


# Counts


@pytest.mark.parametrize(
    ("numbers", "every", "said"),
    [
        ((24,), 32, "24 of 32 features are selected by some neuron"),
        ((24, 27), 32, "24 to 27 of 32 features are selected by some neuron"),
        ((32, 32), 32, "all 32 features are selected"),
        ((1,), 32, "1 of 32 features is selected by some neuron"),
    ],
)
def test_features_are_counted_of_all(numbers, every, said):
    assert _selected(numbers, every, "selected") == said


def test_copies_are_said_where_they_are_not_counted_and_all_counts_agree():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 600)
    present = np.eye(4)[labels]
    both = np.maximum(present[:, 0] + present[:, 1], 0)[:, None] * np.ones(3) + 0.2 * rng.random((600, 3))
    alone = present[:, 2:3] + 0.2 * rng.random((600, 2))
    activations = np.hstack([both, alone, both[:, :1]])  # the last neuron is the first again
    found = diagnose(activations, labels, initial=rng.random((600, 6)), draws=99)
    shared = [each for each in found.shared if each.mark != "inseparable"]
    (said,) = [each.sentence for each in found.evidence if each.test == "untrained baseline"]
    copies = sum(len(each.copies) for each in found.shared)
    assert copies >= 1
    assert f"after it {len(shared)} of {6 - copies} (" in said
    noun = "1 copy of another" if copies == 1 else f"{copies} copies of others"
    assert f"; {noun} not counted)" in said
    assert f"{len(shared)} of {6 - copies} neurons ({noun} not counted)" in found.verdict.sentence
    (row,) = [row for row in found.sensitivity if row["threshold"] == 0.75]
    assert row["shared neurons"] == len(shared)
    whole = diagnose(activations[:, [0, 3]], labels, initial=rng.random((600, 2)), draws=99)
    assert "not counted" not in whole.verdict.sentence + " ".join(each.sentence for each in whole.evidence)


# Advice


def advised(sizes):
    shared = tuple(
        SharedNeuron(0, k, tuple("abcdefgh"[:size]), (0.9,) * size, mark="strangers") for k, size in enumerate(sizes)
    )
    return advice(SimpleNamespace(source="activations", pairs=(), splits=(), shared=shared))


def test_advice_names_neurons_of_two_or_three_parts_and_counts_the_others():
    said = advised([7, 2, 3, 5, 2, 2, 2, 2])
    assert MOST_PARTS == 3
    assert [int(each.split("neuron ")[1].split(":")[0]) for each in said[:-1]] == [2, 1, 4, 5, 6]
    assert len(said) == ADVISED + 1
    assert said[-1].startswith("2 shared neurons carry more than 3 groups of features")
    assert sum("leaves what the network computes" in each for each in said) == 1
    assert not any("more than 3" in each for each in advised([2, 3]))
    assert advised([4])[0].startswith("1 shared neuron carries more than 3")


# What to do next


def steps(found, **how) -> str:
    return " ".join(next_steps(found, **how))


def test_more_seeds_are_asked_of_the_function_that_was_called():
    found = diagnoses.one_network()
    module = dataclasses.replace(found, record={**found.record, "called": "diagnose_module"})
    gap = dataclasses.replace(diagnoses.LOSS, argument="loss")
    assert "(argument `runs`)" in steps(found, command=False)
    for how in (False, None):
        assert "(pass a list of modules, `[net0, net1, net2]`)" in steps(module, command=how)
        assert "argument `runs`" not in steps(module, command=how)
        assert "--" not in steps(module, command=how)
        assert supply(gap, module, command=how).endswith("(`loss=`, `between=` and `outputs=`)")
        said = "(`loss=`, `between=` and `outputs=` of `diagnose_module`)"
        assert supply(gap, found, command=how).endswith(said)
        assert supply(diagnoses.START, module, command=how).endswith("(argument `initial`)")
    layers = dataclasses.replace(found, record={"called": "diagnose_layers"})
    assert supply(gap, layers, command=False).endswith(said)


def test_the_page_names_the_argument_and_the_option_for_more_seeds():
    said = "(argument <code>runs</code>, or <code>--run FILE</code> of the command, once for each)"
    assert said in page(diagnoses.one_network())


@pytest.mark.torch
def test_a_module_that_was_diagnosed_is_told_how_modules_take_seeds():
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'polygenesis[torch]'")
    from polygenesis.probe import diagnose_layers, diagnose_module

    torch.manual_seed(0)
    kinds = torch.randn(4, 6)
    classes = torch.arange(4).repeat(40)
    batch = kinds[classes] + 0.1 * torch.randn(160, 6), classes
    nets = [torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.GELU()) for _ in range(3)]
    net = nets[0]
    found = diagnose_module(net, "1", [batch], draws=99)
    assert found.shared
    assert found.record["called"] == "diagnose_module"
    assert "[net0, net1, net2]" in steps(found, command=False)
    assert "`loss=` and `between=`." not in steps(found, command=False)
    assert "(`loss=` and `between=`)" in steps(found, command=False)
    several = diagnose_module(nets, "1", [batch], draws=99, alternatives=())  # the advice works
    assert several.carried.shape[0] == 3
    assert diagnose_layers(net, ["1"], [batch], draws=99)["1"].record["called"] == "diagnose_layers"


# The page


def test_the_page_says_which_neurons_are_shown():
    found = diagnoses.crowded()
    (first, *_) = re.findall("<figcaption>(.*?)</figcaption>", maps(found))
    shown = int(re.findall(r"shown are (\d+)", first)[0])
    assert shown < sum(each.run == 0 for each in found.shared)
    assert "the ones with the largest sum of effects" in first
    assert "shown are" not in maps(diagnoses.partly())


def test_neurons_that_labels_cannot_tell_apart_are_not_counted_as_shared():
    found = diagnoses.one_network()
    marked = tuple(
        dataclasses.replace(each, mark="inseparable" if at == 0 else each.mark) for at, each in enumerate(found.shared)
    )
    caption = re.findall("<figcaption>(.*?)</figcaption>", maps(dataclasses.replace(found, shared=marked)))[0]
    assert caption.startswith(f"{len(marked) - 1} neurons with two features or more, and 1 whose features")


def test_an_auroc_below_a_half_is_told_downwards():
    found = diagnoses.one_network()
    down = dataclasses.replace(found.shared[0], conditional=(0.12, *found.shared[0].conditional[1:]))
    assert "told downwards" not in page(found)
    text = page(dataclasses.replace(found, shared=(down, *found.shared[1:])))
    assert text.count("(0.12, told downwards)") == 1
    assert "Below ½ it is told downwards" in text


def test_samples_without_names_point_to_the_argument_that_names_them():
    found = diagnoses.one_network()
    assert "give them names with <code>examples=</code>" in page(found)
    named = dataclasses.replace(found, record={**found.record, "given": ["examples"]})
    assert "examples=" not in page(named)


# Newcomers' readings


def test_that_no_neuron_selects_a_feature_is_not_that_nothing_is_shared():
    rng = np.random.default_rng(0)
    found = diagnose([rng.random((300, 6)) for _ in range(3)], rng.integers(0, 3, 300), draws=99)
    assert found.verdict.origin is Origin.NOTHING_SHARED
    assert found.verdict.clauses[0].startswith("No neuron selects a feature by these labels at this threshold")
    [step] = next_steps(found, command=False)
    assert step.startswith("No neuron selects a feature at any threshold tried. Check that labels and samples")
    assert "undone" not in step
    [accounting] = [each for each in found.evidence if each.test == "accounting"]
    assert accounting.sentence.endswith("; no neuron has a feature.")
    weak = rng.integers(0, 2, 3000)
    faint = diagnose(rng.standard_normal((3000, 1)) + 0.8 * weak[:, None], weak, draws=99)  # an AUROC of .71
    assert next(next_steps(faint, command=False)).startswith("At the threshold 0.7, 1 neuron does select a feature.")
    own = diagnose(np.eye(3)[weak] + 0.01 * rng.random((3000, 3)), weak, draws=99)
    assert own.verdict.clauses[0] == "No neuron carries two features."
    assert next(next_steps(own, command=False)).startswith("Nothing needs to be undone.")


def rows(*verdicts, p=0.5):
    return [{"threshold": 0.65 + 0.05 * at, "verdict": name, "recurrence, p": p} for at, name in enumerate(verdicts)]


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (
            ["INCIDENTAL", "COMPATIBLE", "INCIDENTAL", "COMPATIBLE", "COMPATIBLE", "NOTHING_SHARED"],
            "The verdict holds at 0.65 and 0.75; it is compatible with chance at 0.7, 0.8 and 0.85, and nothing is "
            "shared at 0.9.",
        ),
        (
            ["COMPATIBLE", "INCIDENTAL", "INCIDENTAL"],
            "The verdict holds for thresholds from 0.7 to 0.75; it is compatible with chance at 0.65.",
        ),
        (["NOTHING_SHARED", "INCIDENTAL"], "The verdict holds at 0.7; nothing is shared at 0.65."),
        (["INCIDENTAL"] * 2, "The verdict is the same at every threshold tried, from 0.65 to 0.7."),
    ],
)
def test_the_verdict_holds_at_each_threshold_where_it_is_the_same(verdicts, words):
    concluded = SimpleNamespace(verdict=SimpleNamespace(origin=Origin.INCIDENTAL))
    assert holds(rows(*verdicts), concluded) == (words,)


def test_a_threshold_where_pairs_come_back_is_not_called_compatible_with_chance():
    concluded = SimpleNamespace(verdict=SimpleNamespace(origin=Origin.INCIDENTAL))
    [said] = holds(rows("COMPATIBLE", p=0.004) + rows("INCIDENTAL", "INCIDENTAL")[1:], concluded)
    assert said == "The verdict holds at 0.7; it is not decided at 0.65."


@pytest.mark.parametrize(
    ("upper", "limit", "words"),
    [
        (0.27, None, "of up to 27 % could have been missed (the upper end of its interval)."),
        (0.27, 0.5, "of up to 27 % could have been missed (the upper end of its interval)."),
        (0.6, 0.5, "had its pairs come back in every second run (the detection limit; the interval alone ends at 60 %"),
        (1.0, 0.97, "in every second run (the detection limit; the interval alone excludes nothing)."),
    ],
)
def test_what_could_have_been_missed_says_by_which_limit(upper, limit, words):
    structured = Estimate(0.03, 0.0, upper, 0.95, "left out", 5)
    known = None if limit is None else DetectionLimit(limit, 1, 1, 0.9, None)
    axes = Axes(structured, structured, structured, known)
    again = SimpleNamespace(recurrence=SimpleNamespace(found=False, standing_out=(), runs=5))
    assert words in _compatible(0.4, structured, axes, again)


def test_a_bound_of_nothing_is_an_interval():
    nothing = Estimate(0.0, 0.0, 1.0, 0.95, "left out", 5)
    assert axis(SimpleNamespace(structured=nothing), "structured") == ("0 %", "0 to 100 %")


@pytest.mark.parametrize(
    ("grown", "dead", "distributed", "words"),
    [
        (False, 1, False, "move 1 to neuron 3, which is unused, with `split_code`;"),
        (True, 2, False, "move 1 to one of the neurons that carry nothing, with `split_code`;"),
        (True, 0, False, "move 1 to a new neuron, since none is unused: add a column of zeros to the weights, then"),
        (True, 0, True, "move 1 to a neuron of their own in the module, with `split_module`;"),
    ],
)
def test_advice_names_functions_that_stay_and_a_new_neuron_only_where_none_is_unused(grown, dead, distributed, words):
    one = Split(0, (0, 1), (1,), 3, 1.0, 1.0, 0.9, 0.9, 0.1, False, grown, True, True, "loss")
    known = SimpleNamespace(dead=np.array([dead]), thresholds=SimpleNamespace(distributed=distributed))
    found = SimpleNamespace(source="weights", pairs=(), splits=((0, one),), names=("0", "1"), census=known)
    assert words in advice(found)[0]


def test_no_sentence_names_what_is_going_to_be_gone():
    gone = re.compile(rf"``?(?:{'|'.join(probe._FORMER)})``?[ (;,.]")
    shown = [*Path(probe.__file__).parent.rglob("*.py")]
    assert not [(path.name, each) for path in shown for each in re.findall(r'"[^"\n]*"', path.read_text("utf-8"))
                if gone.search(each) and "`split`" not in each]  # fmt: skip


def test_the_loss_is_asked_with_outputs_where_features_are_not_numbered():
    found = diagnoses.one_network()
    gap = dataclasses.replace(diagnoses.LOSS, argument="loss")
    module = dataclasses.replace(found, record={**found.record, "called": "diagnose_module"})
    named = dataclasses.replace(module, names=tuple(f"word {i}" for i in range(len(found.names))))
    numbered = dataclasses.replace(module, names=tuple(str(i) for i in range(len(found.names))))
    assert supply(gap, named, command=False).endswith("(`loss=`, `between=` and `outputs=`)")
    assert supply(gap, numbered, command=False).endswith("(`loss=` and `between=`)")


def test_one_neuron_is_one():
    found = diagnoses.nothing_shared()
    row = {"threshold": 0.7, "shared neurons": 1}
    assert "at 0.7, 1 neuron is. Try" in steps(dataclasses.replace(found, sensitivity=(row,)), command=False)


def test_a_transpose_that_would_have_settled_is_hinted_at():
    weights = np.eye(12, 24)
    weights[3, 20] = weights[5, 21] = 1e-7
    weights[:, 12:] += 0.3 * np.random.default_rng(0).random((12, 12)) * (np.arange(12) > 8)
    assert "pass each network's transpose, `.T`" in diagnose(weights.T).reading
    assert "transpose" not in diagnose(weights).reading


def test_no_samples_and_no_layers_are_said():
    for activations, labels, shape in ((np.zeros((0, 20)), [0, 1], r"\(0, 20\)"), (np.eye(20), np.zeros(0), r"\(0,\)")):
        with pytest.raises(InputError, match=rf"must have samples, but has none: its shape is {shape}"):
            diagnose(activations, labels)
    with pytest.raises(InputError, match=r"must have neurons, but has none: its shape is \(20, 0\)"):
        diagnose(np.zeros((20, 0)), np.arange(20) % 2)
    assert str(unknown_name("layer", "W", [])) == "Unknown layer 'W'; there is none."
