"""What polygenesis raises, and the one form in which it says what is wrong."""

from __future__ import annotations

import pytest

from polygenesis.errors import InputError, PolygenesisError, StoreError, bad_argument, unknown_name


def test_errors_can_be_caught_as_ours_or_as_python_s():
    assert issubclass(InputError, PolygenesisError)
    assert issubclass(InputError, ValueError)
    assert issubclass(StoreError, PolygenesisError)
    assert issubclass(StoreError, OSError)
    assert not issubclass(StoreError, ValueError)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (bad_argument("m", "be at least 1", 0), "Argument `m` must be at least 1, but is 0."),
        (bad_argument("name", "be known", "a b"), "Argument `name` must be known, but is 'a b'."),
        (
            bad_argument("weights", "have shape (n, m)", f"shape {(2,)}"),
            "Argument `weights` must have shape (n, m), but is shape (2,).",
        ),
        (unknown_name("study", "x", ["b", "a"]), "Unknown study 'x'; known: a, b."),
        (unknown_name("study", None, []), "Unknown study None; there is none."),
    ],
)
def test_the_sentences(error: InputError, sentence: str):
    assert isinstance(error, InputError)
    assert str(error) == sentence


@pytest.mark.parametrize("value", [list(range(10_000)), "x" * 10_000])
def test_a_long_value_is_cut(value: object):
    sentence = str(bad_argument("m", "be short", value))
    assert len(sentence) < 130
    assert sentence.endswith("….")
