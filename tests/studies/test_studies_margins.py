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
    assert Margin.around("r", 1, 0.1).moved(0.01).bounds() == pytest.approx((0.89, 1.11))


@pytest.mark.parametrize("ends", [(1.0, 1.0), (2.0, 1.0), (-math.inf, math.inf)])
def test_a_margin_that_nothing_or_everything_satisfies_is_refused(ends):
    with pytest.raises(ValueError, match="lower < upper and one finite end"):
        Margin("r", *ends)
