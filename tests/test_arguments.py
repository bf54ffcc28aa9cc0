"""Single numbers that a caller passes are checked in one place, and refused in one sentence."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from polygenesis import arguments
from polygenesis.errors import InputError


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (lambda: arguments.whole("k", np.int64(3)), 3),
        (lambda: arguments.whole("k", 0, least=0), 0),
        (lambda: arguments.whole("k", 9, most=9), 9),
        (lambda: arguments.number("x", np.float32(-0.5)), -0.5),
        (lambda: arguments.number("x", Fraction(1, 4)), 0.25),
        (lambda: arguments.positive("x", 1e-300), 1e-300),
        (lambda: arguments.not_negative("x", 0), 0.0),
        (lambda: arguments.share("x", 0.5), 0.5),
    ],
)
def test_numbers_of_any_type_are_taken(call, wanted):
    found = call()
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: arguments.whole("k", 0), "`k` must be a whole number of at least 1, but is 0."),
        (lambda: arguments.whole("k", 1.0), "`k` must be a whole number of at least 1, but is 1.0."),
        (lambda: arguments.whole("k", np.True_), "`k` must be a whole number of at least 1, but is"),
        (lambda: arguments.whole("k", 1001, most=1000), "`k` must be a whole number from 1 to 1,000, but is 1001."),
        (lambda: arguments.whole("k", -1, least=0, most=4), "`k` must be a whole number from 0 to 4, but is -1."),
        (lambda: arguments.positive("x", 0), "`x` must be a finite number above 0, but is 0."),
        (lambda: arguments.not_negative("x", -1), "`x` must be a finite number of at least 0, but is -1."),
        (lambda: arguments.share("x", 1), "`x` must lie strictly between 0 and 1, but is 1."),
        (lambda: arguments.share("x", 0), "`x` must lie strictly between 0 and 1, but is 0."),
    ],
)
def test_what_is_out_of_range_is_refused(call, words):
    with pytest.raises(InputError) as error:
        call()
    assert words in str(error.value)


@pytest.mark.parametrize("check", [arguments.number, arguments.positive, arguments.not_negative, arguments.share])
@pytest.mark.parametrize("value", [True, None, "1", math.nan, math.inf, 1j, np.ones(1)], ids=repr)
def test_what_is_no_finite_number_is_refused(check, value):
    with pytest.raises(InputError, match="Argument `x` must "):
        check("x", value)
