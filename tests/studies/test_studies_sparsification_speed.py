from types import SimpleNamespace

import numpy as np
import pytest
from handmade import rounded, said

from polygenesis import theory
from polygenesis.studies import published
from polygenesis.studies.base import Verdict
from polygenesis.studies.judging import judge_all
from polygenesis.studies.sparsification_speed.claims import CLAIMS
from polygenesis.studies.sparsification_speed.display import plain, table
from polygenesis.studies.sparsification_speed.races import NEURONS, PENALTY, SCALE, TIMES, Races, index

ROWS = 6
WIGGLE = 1 + 0.01 * np.linspace(-1, 1, ROWS)[:, None] * np.sin(np.log(TIMES))


def judge_claims(made):
    return judge_all(CLAIMS, made)


def races(survivors, l1, finish=1.8):
    finishing = finish / PENALTY * (1 + 0.05 * np.linspace(-1, 1, ROWS))
    euler = SimpleNamespace(times=TIMES, survivors=survivors, l1=l1)
    return Races(TIMES, survivors * WIGGLE, l1 * WIGGLE, finishing, euler)


def verdicts(*made):
    return [each.verdict.name[0] for each in judge_claims(races(*made))]


def formula(constant=1.0, power=2.0):
    return constant * (1 / NEURONS**0.5 + PENALTY * TIMES) ** -power


def test_the_published_formula_is_recognized_and_contradicts_the_published_figure():
    #                exponent and constant of m', of the norm, end, published figure, exact limit
    assert verdicts(formula(), formula(power=1.0)) == ["S", "S", "S", "S", "S", "R", "R"]


def test_the_exact_limit_is_recognized_and_contradicts_the_published_constant():
    survivors = theory.surviving_entries(TIMES, NEURONS, PENALTY, model="continuum", scale=SCALE).array
    norm = theory.l1_norm(TIMES, NEURONS, PENALTY, model="continuum", scale=SCALE).array
    found = judge_claims(races(survivors, norm))
    assert [each.verdict.name[0] for each in found] == ["S", "R", "S", "R", "S", "S", "S"]
    late = survivors[np.abs(TIMES - 1e4).argmin()] / (1 / NEURONS**0.5 + PENALTY * 1e4) ** -2
    assert said(found[1].sentence)[0] == pytest.approx(late, rel=0.005)


def test_another_power_and_a_late_end_are_refuted():
    assert verdicts(formula(power=1.5), formula(power=1.5), 3.0)[:5] == ["R", "R", "R", "R", "R"]


def test_rows_that_scatter_decide_nothing():
    scatter = formula() * np.exp(np.array([-1.5, -1.0, -0.5, 0.5, 1.0, 1.5]))[:, None]
    made = races(formula(), formula(power=1.0))
    found = judge_claims(Races(TIMES, scatter, made.l1, made.finishing, made.euler))
    assert found[1].verdict is Verdict.UNDECIDED


def test_the_published_times_are_among_the_saved_ones():
    made = races(formula(), formula())
    for time in published.SURVIVORS:
        assert TIMES[index(made, time)] == pytest.approx(time)


def test_the_table_agrees_with_the_sentences():
    made = races(formula(2.4), formula(power=1.0))
    row = table(made).iloc[-1]
    ratio = row["m′ exact"] / row["m′ published formula"]
    assert said(judge_claims(made)[1].sentence)[0] == rounded(ratio)
    assert row["‖w‖₁ published figure"] == 11.5


def test_small_numbers_read_as_in_the_paper():
    assert plain(1e-5) == "1e-5"
