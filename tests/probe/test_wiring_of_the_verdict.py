"""What a verdict is wired from: each of these was broken once on purpose and was not noticed by the tests around it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from polygenesis.bench import origins
from polygenesis.probe import diagnose
from polygenesis.probe.battery.related_starts import RelatedStarts
from polygenesis.probe.battery.structured_share import interval


def test_sparse_sharing_has_its_lower_end_from_planted_pairs():
    found = diagnose(**origins.make("mixture-three-20", 5).arguments, draws=199, alternatives=())
    assert found.structured.method == "pairs planted among sparse ones"
    assert 0 < found.structured.lower < found.structured.value


def test_values_left_out_that_share_terms_have_a_wider_interval():
    values = np.array([0.3, 0.32, 0.34, 0.31, 0.33])
    reach = stats.t.ppf(0.975, 4) * values.std(ddof=1) / 5**0.5
    shared, own = (interval(values, 0.001, 1.0, "by hand", shared=each) for each in (True, False))
    assert shared.lower == pytest.approx(values.mean() - reach * (8 / 3) ** 0.5)
    assert own.lower == pytest.approx(values.mean() - reach)
    assert interval(values, 0.06, 1.0, "by hand").lower == 0


def test_advice_has_nothing_to_say_of_kin():
    found = diagnose(**origins.make("mixture-dense-80", 11).arguments, draws=199, alternatives=())
    kin = tuple(each for each in found.shared if each.mark == "kin")
    assert kin
    assert dataclasses.replace(found, shared=kin).advice() == ()


def test_effects_are_negative_where_a_neuron_goes_down():
    found = diagnose(**origins.make("signed", 11).arguments, draws=99, alternatives=())
    down = [value for each in found.shared for value, sign in zip(each.strengths, each.signs, strict=True) if sign < 0]
    assert down
    assert max(down) <= -0.75


def test_pairs_stand_out_by_their_starts_at_one_percent():
    found = RelatedStarts(0.5, 0.0, 0.001, 0.001, 20, 99, np.zeros(3), (5, 1.0), ((0, 1), (2, 3)), (0.009, 0.011))
    assert found.standing_out == ((0, 1),)
