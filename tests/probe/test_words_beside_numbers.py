"""Words beside numbers: bounds that rounding keeps true, what stands for what, and advice that can be followed."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import numpy as np
import pytest
from diagnoses import one_network
from hypothesis import given, settings
from hypothesis import strategies as st
from read_back import untrue

import polygenesis as pg
from polygenesis.bench.origins import dictionaries
from polygenesis.errors import InputError
from polygenesis.probe import Missing, Origin, Preference, diagnose, one_hot_objective
from polygenesis.probe.battery.recurrence import recurrence
from polygenesis.probe.battery.untrained_baseline import _said
from polygenesis.probe.common_start import common_start
from polygenesis.probe.evidence import about, at_least, at_most, p_text
from polygenesis.probe.inputs.activations import read_activations
from polygenesis.probe.inputs.collated import collated
from polygenesis.probe.ladder import _word
from polygenesis.probe.show.next_steps import next_steps
from polygenesis.probe.show.wording import MARKS
from polygenesis.stats import Estimate

# Activations of known truth


def classes(seed: int, *, units: int = 24, samples: int = 300, features: int = 6, noise: float = 0.2):
    """Activations (samples, units) of rectified neurons of two classes each, and the classes."""
    rng = np.random.default_rng(seed)
    labels = np.arange(samples) % features
    carriers = np.zeros((features, units))
    for k in range(units):
        carriers[rng.choice(features, 2, replace=False), k] = 1
    return np.maximum(np.eye(features)[labels] @ carriers + noise * rng.standard_normal((samples, units)), 0), labels


def seeds(runs: int, **how):
    return [classes(seed, **how)[0] for seed in range(runs)], classes(0, **how)[1]


def steps(found) -> str:
    return " ".join(next_steps(found, command=False))


QUICK = {"draws": 99, "alternatives": ()}

# Bounds


def percent(text: str) -> float:
    return float(re.findall(r"[0-9.]+", text)[0])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.floats(0, 1))
def test_a_bound_in_percent_is_true_of_the_share(share):
    assert percent(at_least(share)) <= 100 * share + 1e-9
    assert percent(at_most(share)) >= 100 * share - 1e-9
    assert (about(share) == "100 %") == (share == 1)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.floats(0.95, 1.05), st.sampled_from([0.01, 0.05]))
def test_a_p_value_is_written_on_its_side_of_a_level(times, level):
    p = times * level
    written = p_text(p)
    assert (float(written.split()[2]) <= level) == (p <= level)


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.02, "an estimated 20 % comes back with every seed already (at least 12 %, at most 55 %; p = 0.02)"),
        (0.3, "are not found to share the same pairs (p = 0.3; at most 55 % of what they share comes back"),
    ],
)
def test_bounds_of_untrained_networks_are_not_rounded_past_themselves(p, words):
    assert words in _said(Estimate(0.2, 0.1279, 0.5412, 0.95, "left out", 5), p)


def test_a_mean_that_is_a_lower_bound_is_rounded_down():
    weights = np.zeros((3, 3, 2))  # one run of three has two features without a neuron of their own: .67 a run
    weights[:, 0, 0] = weights[:, 1, 1] = 1
    weights[0, 2, 1] = -1
    weights += np.array([1, 2, 3])[:, None, None] / 1000  # no network is given twice
    assert "at least 0.6 (mean of the runs) of the features" in diagnose(weights, draws=99).verdict.sentence


def test_not_all_features_are_said_to_have_settled_where_one_in_hundreds_has_not():
    weights = np.eye(400)
    weights[0] = 0.3
    (said,) = [each.sentence for each in diagnose(weights, draws=99).evidence if each.test == "preconditions"]
    assert said.startswith("99.8 % of the live features have settled")


@pytest.mark.parametrize("neurons", [1, 2, 3, 4, 6])
def test_one_neuron_for_each_feature_is_no_random_direction(neurons):
    weights = np.eye(neurons)
    (said,) = [each.sentence for each in diagnose(weights, draws=99).evidence if each.test == "preconditions"]
    assert "nothing singles out the neurons" not in said


# Networks at random

MANY = "features|neurons|pairs|runs|seeds|samples|co-selections|copies"
ONE = rf"(?<![0-9.,+−-])\b1 (?:live |shared |sharing )?(?:{MANY})\b"
EMPTY = r"\bnan\b|\b0 of 0\b|at most 0 %|at least 0 %"


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    runs=st.integers(1, 5), features=st.integers(2, 7), units=st.integers(1, 14), seed=st.integers(0, 10**6),
    share=st.sampled_from([0.0, 0.6, 1.0]), signed=st.booleans(), copied=st.booleans(), exclusive=st.booleans(),
    apart=st.booleans(), started=st.booleans(),
)  # fmt: skip
def test_all_that_is_said_of_random_networks_is_true(
    runs, features, units, seed, share, signed, copied, exclusive, apart, started
):
    """Verdict against numbers; and neither text nor page says "1 neurons", "nan" or "0 of 0"."""
    rng = np.random.default_rng(seed)
    planted, given_runs, given_labels, starts = rng.random((features, units)) < 0.35, [], [], []
    labels = _labels(rng, features, exclusive)
    for _ in range(runs):
        own = _labels(rng, features, exclusive) if apart else labels
        carriers = np.where(rng.random((features, units)) < share, planted, rng.random((features, units)) < 0.35)
        ends = [own @ carriers, own @ rng.standard_normal((features, units)) / 3]
        ends = [each * (rng.choice([-1, 1], units) if signed else 1) + 0.3 * rng.random(each.shape) for each in ends]
        ends = [np.hstack([each, each]) if copied else each for each in ends]
        given_runs, starts, given_labels = [*given_runs, ends[0]], [*starts, ends[1]], [*given_labels, own]
    found = diagnose(given_runs, given_labels, initial=starts if started else None, draws=99, seed=seed)
    assert untrue(found) == []
    text = repr(found).split("\nreplay\n")[0]
    page = re.sub("<details><summary>Replay.*", "", html.unescape(found.to_html()), flags=re.S)
    for said in (text, re.sub("<[^>]*>", " ", page)):
        assert re.findall(f"{ONE}|{EMPTY}", said) == []


def _labels(rng: np.random.Generator, features: int, exclusive: bool) -> np.ndarray:
    """Which of 120 samples has which feature: one each, or several."""
    if exclusive:
        return np.eye(features, dtype=bool)[rng.permutation(np.arange(120) % features)]
    present = rng.random((120, features)) < rng.uniform(0.1, 0.5, features)
    present[:2] = [[True], [False]]
    return present


# What stands for what


def test_pairs_of_one_neuron_are_not_counted_as_neurons():
    weights = np.zeros((1, 6, 6))
    weights[0, [0, 1, 2], 0] = [1, -1, 0.9]
    weights[0, [3, 4, 5], [1, 2, 3]] = 1
    found = diagnose(weights, objective=one_hot_objective(0.05), draws=99)
    assert len(found.shared) == 1
    assert len(found.splits) == 3
    assert "of 3 neuron splits, several of them of one neuron, each trained on" in found.verdict.sentence
    assert untrue(found) == []
    said = found.verdict.sentence.replace("3 neuron splits, several of them of one neuron, each", "3 neurons, parted")
    assert untrue(replace(found, verdict=replace(found.verdict, clauses=(said,)))) != []


def test_advice_to_move_features_to_one_unused_neuron_says_that_only_one_can():
    weights = np.zeros((1, 8, 6))
    for k in range(3):
        weights[0, [2 * k, 2 * k + 1], k] = [1, -1]
    weights[0, [6, 7], [3, 4]] = 1
    found = diagnose(weights, objective=one_hot_objective(0.05), draws=99)
    places = [each.to for _, each in found.splits if each.preference is not Preference.PREFERRED]
    assert places == [5, 5, 5]
    assert found.advice()[-1].endswith("where several name one unused neuron, only one of them can have it.")
    one = diagnose(weights, objective=one_hot_objective(0.05), draws=99, splits=1)
    assert len(one.advice()) == 1


def test_copies_are_said_beside_the_live_neurons_that_leave_them_out():
    runs, labels = seeds(3, units=8, features=10)
    twice = [np.hstack([each, each]) for each in runs]
    found = diagnose(twice, labels, **QUICK)
    assert "8 live neurons (24 copies of others not counted) at least" in found.verdict.sentence
    assert "not counted" not in diagnose(runs, labels, **QUICK).verdict.sentence


def test_a_stranger_is_not_said_to_share_no_more_than_chance():
    """Observed 8 where 3.9 are expected is more than chance gives, but does not stand out."""
    assert (
        MARKS["strangers"][1] == "none of its pairs stands out: none is shown to share more neurons than chance gives"
    )
    assert "start related" in MARKS["kin"][1]


def test_a_permutation_null_is_coarse_only_where_nothing_larger_is_possible():
    """Four pairs of eight features on five neurons: two of 99 draws tie at the top, and larger values are possible."""
    rng = np.random.default_rng(0)
    runs = []
    for _ in range(5):
        matrix = np.zeros((8, 5), dtype=bool)
        matrix[rng.permutation(8), np.repeat(np.arange(5), [2, 2, 2, 1, 1])] = True
        runs.append(matrix)
    assert not any(recurrence(runs, draws=99, seed=seed).coarse for seed in range(20))
    two = np.array([[1, 1, 0], [1, 0, 1], [1, 0, 0]], dtype=bool)
    assert all(recurrence([two, two[::-1], two], draws=99, seed=seed).coarse for seed in range(5))


@pytest.mark.torch
def test_the_loss_is_said_to_be_asked_of_the_first_of_several_networks():
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'polygenesis[torch]'")
    torch.manual_seed(0)
    labels = torch.arange(120) % 4
    inputs = torch.eye(4)[labels] + 0.2 * torch.randn(120, 4)
    nets = [torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 4)) for _ in range(2)]

    def said(module, splits=2):
        return pg.diagnose_module(
            module, "1", [(inputs, labels)], loss=lambda net, batch: 1 + 0 * net(batch[0]).sum(), between=("0", "2"),
            steps=4, splits=splits, **QUICK,
        )  # fmt: skip

    assert re.search(r"in 0 of \d neurons? of run 0, parted", said(nets).verdict.sentence)
    assert re.search(r"in 0 of \d neurons?, parted", said(nets[0]).verdict.sentence)
    assert "`splits` is 0, so that no neuron was split" in said(nets[0], splits=0).preferred.reason


# Samples


def test_one_run_in_a_list_has_its_labels_in_a_list_too():
    activations, labels = classes(0)
    one = diagnose(activations, labels, **QUICK)
    for given_labels in ([labels], [labels.tolist()], [np.eye(6)[labels]]):
        assert diagnose([activations], given_labels, **QUICK).verdict.sentence == one.verdict.sentence


def test_equal_labels_given_apart_do_not_show_that_the_samples_are_the_same():
    rng = np.random.default_rng(0)
    carriers = np.kron(np.eye(3), np.ones((2, 8)))[:, rng.permutation(24)]
    labels = np.arange(300) % 6
    runs = [np.maximum(np.eye(6)[labels] @ carriers + 0.2 * rng.standard_normal((300, 24)), 0) for _ in range(4)]
    once = diagnose(runs, labels, **QUICK).verdict
    apart = diagnose(runs, [labels.copy() for _ in runs], **QUICK).verdict
    assert once.origin in (Origin.STRUCTURED, Origin.PARTLY_STRUCTURED)
    assert "All seeds were read on the same samples" in once.sentence
    assert "All seeds have the same labels, sample by sample: if they were read on the same samples" in apart.sentence


def test_exclusive_columns_are_the_same_as_classes():
    """Classes of unequal frequency, once as one column and once as columns of 0 and 1: the same numbers throughout."""
    rng = np.random.default_rng(3)
    labels = rng.choice(5, 600, p=[0.03, 0.07, 0.2, 0.3, 0.4])
    runs = [np.maximum(np.eye(5)[labels] @ (rng.random((5, 16)) < 0.4) + 0.2 * rng.random((600, 16)), 0) for _ in "123"]
    starts = [np.maximum(np.eye(5)[labels] @ rng.random((5, 16)) + 0.2 * rng.random((600, 16)), 0) for _ in "123"]
    one, other = (diagnose(runs, each, initial=starts, **QUICK) for each in (labels, np.eye(5, dtype=bool)[labels]))
    assert one.findings.related.cosine == pytest.approx(other.findings.related.cosine, abs=1e-12)
    assert one.verdict.sentence == other.verdict.sentence


# The same network


def rearranged(activations: np.ndarray, kind: str, seed: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    order, scale = rng.permutation(activations.shape[1]), rng.uniform(0.1, 10, activations.shape[1])
    return {
        "permuted": activations[:, order],
        "rescaled": activations * scale,
        "both": activations[:, order] * scale,
        "shifted": activations + 1,
        "single precision": activations.astype(np.float32)[:, order] * scale.astype(np.float32),
    }[kind]


@pytest.mark.parametrize("kind", ["permuted", "rescaled", "both", "shifted", "single precision"])
def test_a_network_with_its_neurons_in_another_order_or_scale_is_no_other_seed(kind):
    (first, second), labels = seeds(2)
    found = diagnose([first, second, rearranged(first, kind)], labels, **QUICK)
    (said,) = [each for each in found.verdict.cautions if "order" in each]
    assert said.startswith("Runs 0 and 2 are one network but for the order, scale or sign of its neurons, so that its")


def test_seeds_that_differ_are_not_taken_for_one_network():
    runs, labels = seeds(5, units=3, features=3, noise=0.05)
    assert not diagnose([rearranged(each, "both", r) for r, each in enumerate(runs)], labels, **QUICK).verdict.cautions


def test_neurons_without_noise_can_be_equal_in_two_networks():
    """Made up activations that depend on labels alone are let through, with a caution."""
    (first, _), labels = seeds(2, noise=0.0)
    found = diagnose([rearranged(first, "permuted", seed) for seed in range(3)], labels, **QUICK)
    (said,) = [each for each in found.verdict.cautions if "order" in each]
    assert said.startswith(
        "Runs 0 and 1 (and 1 more) have the same neurons but for their order, scale or sign: if they"
    )


def test_weights_with_their_neurons_in_another_order_are_said_to_be():
    rng = np.random.default_rng(0)
    weights = np.zeros((3, 12, 9))
    for each in weights:
        each[np.arange(12), rng.integers(0, 9, 12)] = rng.uniform(0.9, 1, 12) * rng.choice([-1, 1], 12)
    assert not any("order and signs" in each for each in diagnose(weights, draws=99).verdict.cautions)
    again = np.concatenate([weights, weights[:1, :, rng.permutation(9)] * rng.choice([-1, 1], 9)])
    (said,) = [each for each in diagnose(again, draws=99).verdict.cautions if "order and signs" in each]
    assert said.startswith("Runs 0 and 3 have the same neurons but for their order and signs: if they are one network")


def test_runs_that_were_trained_on_from_one_network_are_no_seeds_of_their_own():
    (first, second), labels = seeds(2)
    rng = np.random.default_rng(1)
    tuned = [first + 0.4 * first.std() * rng.standard_normal(first.shape) for _ in range(3)]
    (said,) = diagnose(tuned, labels, **QUICK).verdict.cautions
    assert re.match(r"Neurons stand in one order in runs \d and \d \(and in 2 more pairs of runs\): neuron k of", said)
    numbers = re.search(r"by ([0-9.]+) on average, and with any by (-?[0-9.]+)\. Seeds", said).groups()
    correlation, others = map(float, numbers)
    columns = zip(tuned[0].T, tuned[1].T, strict=True)
    assert correlation == pytest.approx(np.mean([np.corrcoef(*each)[0, 1] for each in columns]), abs=0.02)
    assert abs(others) < 0.1
    assert len(diagnose([tuned[0], second, tuned[1]], labels, **QUICK).verdict.cautions) == 1


def test_seeds_that_start_apart_have_no_common_order():
    for seed in range(20):
        runs = [read_activations(classes(100 * seed + r, units=16)[0]) for r in range(4)]
        assert common_start(runs) is None


def test_one_start_for_all_runs_is_said():
    runs, labels = seeds(3)
    start = classes(9)[0]
    apart = [classes(seed)[0] for seed in (7, 8, 9)]
    (said,) = diagnose(runs, labels, initial=[start, start, start], **QUICK).verdict.cautions
    assert said.startswith("Runs 0 and 1 (and 1 more) start from the same network")
    assert diagnose(runs, labels, initial=apart, **QUICK).verdict.cautions == ()


# Runs that are dead or have diverged


def test_a_dead_or_diverged_seed_is_named():
    runs, labels = seeds(3)
    spoiled = runs[2].copy()
    spoiled[3, 4] = np.nan
    with pytest.raises(InputError, match=r"every neuron is constant \(run 2\)\.$"):
        diagnose([*runs[:2], 0 * runs[2]], labels, **QUICK)
    with pytest.raises(InputError, match=r"`activations` must be finite, .* neuron 4 \(run 2\)\.$"):
        diagnose([*runs[:2], spoiled], labels, **QUICK)
    with pytest.raises(InputError, match=r"`initial` must be finite, .* neuron 4 \(start of run 1\)\.$"):
        diagnose(runs[:2], labels, initial=[runs[2], spoiled], **QUICK)
    with pytest.raises(InputError, match=r"neuron 4\.$"):
        diagnose(spoiled, labels, **QUICK)


def test_a_run_without_live_features_is_named_and_the_advice_is_to_leave_it_out():
    weights = np.stack([np.eye(6)[np.random.default_rng(seed).permutation(6)] for seed in range(4)])
    weights[2] = 0
    found = diagnose(weights, draws=99)
    assert found.verdict.sentence == "Not judged: no feature is live in run 2: the norm of every row is below 0.1."
    assert steps(found) == "Leave out run 2 without a live feature, or train it again."
    alone = diagnose(weights[2], draws=99)
    assert alone.verdict.sentence == "Not judged: no feature is live: the norm of every row is below 0.1."
    assert "check that these are the weights after training" in steps(alone)


def test_weights_of_another_scale_are_answered_with_how_to_read_them():
    rng = np.random.default_rng(0)
    weights = np.zeros((3, 8, 6))
    for each in weights:
        each[np.arange(8), rng.integers(0, 6, 8)] = rng.choice([-1, 1], 8) * rng.uniform(0.15, 0.2, 8)
    found = diagnose(weights, draws=99)
    assert found.verdict.origin is Origin.UNDECIDED
    assert (
        "all features have settled: for weights of another scale pass `thresholds=polygenesis.detect" in found.reading
    )
    again = diagnose(weights, thresholds=pg.detect.DIRECTION, draws=99)
    assert again.verdict.origin is not Origin.UNDECIDED
    assert again.verdict.sentence == diagnose(5 * weights, draws=99).verdict.sentence
    assert "another scale" not in diagnose(rng.standard_normal((8, 6)) / 5, draws=99).reading


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_quantized_weights_are_read_as_the_numbers_that_they_stand_for():
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install 'polygenesis[torch]'")
    given = torch.diag(torch.tensor([1.0, -1, 1, -1, 1, -1]))
    quantized = torch.quantize_per_tensor(given, 0.25, 0, torch.qint8)
    one, other = diagnose(quantized, draws=99), diagnose(given, draws=99)
    assert one.verdict.sentence == other.verdict.sentence
    assert one.record["inputs"] == other.record["inputs"]


# Advice that can be followed


def test_a_run_with_too_few_replicates_is_advised_more_replicates():
    spec = pg.RunSpec(
        model=pg.TiedAutoencoder(n=8, m=5), features=pg.OneHot(), penalty=pg.L1(0.016), initial=pg.Gaussian(),
        training=pg.GradientFlow(), replicates=2,
    )  # fmt: skip
    run = pg.simulate(spec)
    with pytest.raises(InputError, match="`runs` cannot be added to a Run"):
        diagnose(run, runs=[run.final[0]])
    found = diagnose(run, draws=99, splits=0)
    assert "Bring 1 to 3 more seeds of this network (`replicates=` of its `RunSpec`)" in steps(found)
    assert "argument `runs`" not in str(found)
    assert found.preferred.reason == "`splits` is 0, so that no neuron was split"


def test_dictionaries_are_not_advised_more_dictionaries(tmp_path):
    folders = dictionaries.written(dictionaries.permuted(3), tmp_path).arguments["activations"]
    for several, start in ((folders[0], "One network"), (folders[:2], "Two dictionaries"), (folders[:3], "Chance and")):
        found = diagnose(several, draws=99)
        assert found.verdict.sentence.startswith(start)
        assert "dictionaries are matched by their neurons" in found.verdict.sentence
        assert isinstance(found.structured, Missing)
        assert "more seeds" not in steps(found)
        assert untrue(found) == []
    assert any("latents are in both dictionaries" in note for note in diagnose(folders[:2], draws=99).notes)


def test_more_seeds_are_advised_where_they_would_tell():
    assert "more seeds of this network" in steps(one_network())


def test_a_mean_over_runs_is_no_number_of_neurons():
    found = replace(one_network(), carried=np.zeros((3, 4, 5), dtype=bool))
    nothing = replace(found, verdict=replace(found.verdict, origin=Origin.NOTHING_SHARED))
    for count, words in ((1 / 3, "0.333 neurons are on average"), (1.0, "1 neuron is.")):
        row = {"threshold": 0.7, "selective neurons": 2.0, "shared neurons": count}
        assert words in steps(replace(nothing, sensitivity=(row,)))


def test_what_labels_cannot_tell_apart_has_no_number_on_the_page():
    rng = np.random.default_rng(0)
    one = rng.random(600) < 0.3
    present = np.stack([one, one ^ (rng.random(600) < 0.01), rng.random(600) < 0.3], axis=1)
    found = diagnose(present[:, :1] + 0.2 * rng.random((600, 4)), present, **QUICK)
    assert {each.mark for each in found.shared} == {"inseparable"}
    assert "nan" not in re.sub("<[^>]*>", " ", found.to_html()).lower()


def test_starts_that_decide_at_another_threshold_are_said_to():
    row = {"threshold": 0.8, "verdict": "COMPATIBLE", "recurrence, p": 0.2}
    assert _word(row) == "compatible with chance"
    assert _word({**row, "related starts, p": 0.004}) == "not decided"


# Labels


@pytest.mark.parametrize("none", [-100, -1])
def test_ids_under_masks_are_known_by_whatever_negative_number_stands_elsewhere(none):
    rng = np.random.default_rng(0)
    ids = rng.integers(3, 30, (40, 10))
    guessed = rng.random(ids.shape) < 0.25
    inputs = np.where(guessed & (rng.random(ids.shape) < 0.8), 2, ids)
    assert f"ids of masked tokens, as collators for masked language models make them (−{-none} at" in collated(
        [np.where(guessed, ids, none)], [inputs]
    )
    assert collated([rng.integers(-1, 4, ids.shape)], [ids]) == ""
