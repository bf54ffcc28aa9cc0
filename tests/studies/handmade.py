"""Hand-made measurements with known answers, and what a sentence says."""

from __future__ import annotations

import re

import numpy as np
import pytest

from legible import legible
from polygenesis import detect, theory
from polygenesis.dynamics.outcome import Outcome
from polygenesis.models import TiedAutoencoder
from polygenesis.penalties import L1
from polygenesis.spec import RunSpec
from polygenesis.studies.judging import Case, judge_family
from polygenesis.studies.measurements import Measured
from polygenesis.training import AdamW, GradientFlow

NUMBER = r"−?\d[\d.,]*(?:e−?\d+)?"


def complete(result):
    """Assert what holds of every study's result: each claim stands once, with its number, and figures can be read."""
    assert result.judgements
    assert len({each.claim for each in result.judgements}) == len(result.judgements)
    for each in result.judgements:
        assert re.search(r"\bnan\b|[{}]", each.sentence) is None, each.sentence
        assert each.sentence.endswith((".", "±"))
        assert all((each.claim.text, each.claim.source, each.margin, each.regime))
        assert "{" not in each.claim.text + each.margin + each.regime
    assert all(len(table) for table in result.tables.values())
    for each in result.illustrations:
        assert each.caption.endswith(".")
        assert legible(each.draw())
        assert each.interactive().data


def measured(n=64, m=128, counts=(4, 4), *, adam=False, strength=0.016, usable=None, **changed):
    """Measurements of replicates that converged with these counts; everything else is zero unless changed."""
    counts = np.asarray(counts)
    r = len(counts)
    usable = np.ones(r, dtype=bool) if usable is None else np.asarray(usable)
    zeros = np.zeros(r, dtype=int)
    fields = {
        "spec": RunSpec(
            model=TiedAutoencoder(n=n, m=m),
            penalty=L1(strength),
            training=AdamW() if adam else GradientFlow(),
            replicates=r,
        ),
        "usable": usable,
        "at_rest": usable,
        "outcomes": tuple(Outcome.CONVERGED if each else Outcome.UNDECIDED for each in usable),
        "polysemantic": counts,
        "published": counts,
        "dead_features": zeros,
        "split_features": zeros,
        "start_pairs": zeros,
        "start_opposite": zeros,
        "fates": np.zeros((r, 2, len(detect.FATES)), dtype=int),
        "end_opposite": zeros,
        "end_same": zeros,
        "origins": np.zeros((r, len(detect.ORIGINS)), dtype=int),
        "kept_lead": zeros,
        "winner_rank": np.zeros((r, n), dtype=int),
        "diagonal": np.zeros(r),
        "off_diagonal": np.zeros(r),
        "thresholds": detect.threshold_table(np.eye(2)[None]),
    }
    assert set(changed) <= set(fields)
    return Measured(**(fields | changed))


def slot_counts(n, m, replicates, seed, keep=1.0):
    """Counts drawn from the slot model, each shared neuron kept with some chance."""
    law = theory.slot_model(n, m)
    generator = np.random.default_rng([seed, n, m])
    return generator.binomial(generator.choice(law.support, size=replicates, p=law.probabilities), keep)


def examined(study, runs, profile="quick"):
    """The result of a study from its runs in the order of its plan."""
    return study.result(dict(zip(study.plan(profile), runs, strict=True)), profile)


def judged(claim, found, at=0):
    """The judgement of one case of a claim, alone."""
    return judge_family([Case(claim, claim.read(found)[at])])[0]


def agreement(claim, found, at=0):
    """The test of one case of a claim against its margin; None where there is too little."""
    return Case(claim, claim.read(found)[at]).test()


def said(sentence):
    """The number that a sentence reports and its 90 % interval, or its bounds; percentages as shares."""
    found = re.search(rf"({NUMBER}) \((?:90 % interval|between) ({NUMBER}) (?:to|and) ({NUMBER})\)", sentence)
    if found:
        return tuple(_read(each) for each in found.groups())
    found = re.search(
        rf"({NUMBER}) %(?:,| \() ?90 % interval (?:({NUMBER}) to|at (least|most)) ({NUMBER}) %\)", sentence
    )
    if found:
        value, lower, end, upper = found.groups()
        ends = {None: (lower, upper), "least": (upper, "100"), "most": ("0", upper)}[end]
        return tuple(_read(each) / 100 for each in (value, *ends))
    found = re.search(rf"({NUMBER}) \(90 % interval: at (least|most) ({NUMBER})\)", sentence)
    if found:
        value, bound = _read(found[1]), _read(found[3])
        return (value, bound, float("inf")) if found[2] == "least" else (value, 0.0, bound)
    found = re.search(rf"\(90 % interval: at (least|most) ({NUMBER}) %\)", sentence)
    assert found, sentence
    return (1.0, _read(found[2]) / 100, 1.0) if found[1] == "least" else (0.0, 0.0, _read(found[2]) / 100)


def _read(text):
    return float(text.replace("−", "-").replace(",", ""))


def rounded(value):
    """A number as sentences round it: to three digits, or more where the margin asks for them."""
    return pytest.approx(value, rel=0.005)
