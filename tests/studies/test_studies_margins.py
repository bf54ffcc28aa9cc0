import math

import pytest

from polygenesis.studies.margin import Margin


@pytest.mark.parametrize(
    ("margin", "said"),
    [
        (Margin.around("Ratio", 1, 0.1), "Ratio within 1 ± 0.1"),
        (Margin.around("Exponent", -2, 0.1), "Exponent within −2 ± 0.1"),
        (Margin.around("Gap", 0, 0.05), "Gap within ± 0.05"),
        (Margin("Time", 0.5, 2), "Time from 0.5 to 2"),
        (Margin.above("Gain", 0.1), "Gain at least 0.1"),
        (Margin.below("Deviance", 0.0), "Deviance at most 0"),
        (Margin.share("Share", above=0.5), "Share at least 0.5"),
        (Margin.around("Norm", 0, 0.05, origin="3/(m+2)"), "Norm within 3/(m+2) ± 0.05"),
        (Margin.above("Norm", 0.05, origin="3/(m+2)"), "Norm at least 3/(m+2) + 0.05"),
        (Margin.below("Norm", -0.02, origin="3/(m+2)"), "Norm at most 3/(m+2) − 0.02"),
        (Margin.around("Mean", 1, 0.1, unit="times it"), "Mean within 1 ± 0.1 times it"),
    ],
)
def test_a_margin_reads_as_it_is_tested(margin, said):
    assert str(margin) == said


def test_the_numbers_that_are_tested_are_those_of_the_margin():
    assert Margin.around("r", 1, 0.1).bounds() == (0.9, 1.1)
    assert Margin.around("r", 0, 0.05).bounds(origin=0.2) == pytest.approx((0.15, 0.25))
    assert Margin.around("r", 1, 0.2).bounds(unit=0.25) == pytest.approx((0.2, 0.3))
    assert Margin.above("r", 0.5).bounds(origin=1) == (1.5, math.inf)


def test_a_tenth_is_of_the_width_or_of_the_bound():
    assert Margin.around("r", 1, 0.1).tenth == pytest.approx(0.01)
    assert Margin.share("s", above=0.98).tenth == pytest.approx(0.002)
    assert Margin.share("s", below=0.01).tenth == pytest.approx(0.001)
    assert Margin.above("r", 1.2).tenth == pytest.approx(0.12)
    assert Margin.above("r", 0.98).tenth == pytest.approx(0.098)  # to 1.078, which a capacity cannot reach
    assert Margin.above("r", 0.98, most=1.0).tenth == pytest.approx(0.002)
    assert Margin.above("r", 0.0).tenth == 0.0
    assert Margin.above("r", 0.0, scale=0.5).tenth == pytest.approx(0.05)
    assert Margin.around("r", 1, 0.1).moved(0.01).bounds() == pytest.approx((0.89, 1.11))


def test_a_ratio_is_measured_from_one_or_from_zero_where_that_is_nearer():
    assert Margin.below("loss", 1.05, least=0.0, ratio=True).tenth == pytest.approx(0.005)
    assert Margin.below("loss", 0.9, least=0.0, ratio=True).tenth == pytest.approx(0.01)
    assert Margin.below("count", 0.05, least=0.0, ratio=True).tenth == pytest.approx(0.005)
    assert Margin.above("rank", 1.2, ratio=True).tenth == pytest.approx(0.02)
    assert Margin.above("left", 0.9, ratio=True).tenth == pytest.approx(0.01)


def test_a_moved_margin_stays_within_what_there_is():
    assert Margin.share("s", above=0.98).moved(-0.5).bounds() == (1.0, math.inf)
    assert Margin.share("s", above=0.05).moved(0.5).bounds() == (0.0, math.inf)
    assert Margin.share("s", below=0.01).moved(-0.5).bounds() == (-math.inf, 0.0)
    assert Margin("s", 0.5, 0.9, least=0.0, most=1.0).moved(0.2).bounds() == pytest.approx((0.3, 1.0))
    assert Margin.below("r", 1.05, least=0.0, ratio=True).moved(0.1).ratio


def test_a_scale_below_zero_is_refused():
    with pytest.raises(ValueError, match="scale ≥ 0, but has -1"):
        Margin.above("r", 0.0, scale=-1.0)


@pytest.mark.parametrize("ends", [(1.0, 1.0), (2.0, 1.0), (-math.inf, math.inf)])
def test_a_margin_that_nothing_or_everything_satisfies_is_refused(ends):
    with pytest.raises(ValueError, match="lower < upper and one finite end"):
        Margin("r", *ends)
