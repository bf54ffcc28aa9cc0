"""What a user, or an enemy, may type ends in a result or in one sentence; `make verify` tries ten thousand more."""

from __future__ import annotations

import signal

import pytest

import hostile_input
from polygenesis.cli.fields import nested
from polygenesis.errors import InputError, shortened
from polygenesis.spec import RunSpec

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="attacks are interrupted by a timer")


@pytest.fixture(scope="module", autouse=True)
def warm():
    hostile_input.warm_up()


@pytest.mark.parametrize(("kind", "count"), [("specs", 150), ("sweeps", 200), ("commands", 120), ("diagnoses", 100)])
def test_every_attack_ends_in_a_result_or_in_one_sentence(kind, count):
    broken = [
        said for attack in hostile_input.KINDS[kind](count, 0) if (said := hostile_input.breaks(attack)) is not None
    ]
    assert broken == []


def test_the_harness_notices_what_breaks_the_rule():
    def fail():
        raise ZeroDivisionError("by the attack")

    def ramble():
        raise InputError("one line\nand another")

    assert "ZeroDivisionError: by the attack" in (hostile_input.breaks(("it", fail)) or "")
    assert "1 line breaks" in (hostile_input.breaks(("it", ramble)) or "")
    assert hostile_input.breaks(("it", lambda: None)) is None


@pytest.mark.parametrize(
    "value", [1e30, 1e100, 1.7e308, 10**400, 10**5000, 5e-324, float("nan"), float("inf"), True], ids=shortened
)
@pytest.mark.parametrize(
    "place", ["model.n", "penalty.strength", "initial.std", "training.max_step", "save.first", "replicates"]
)
def test_numbers_that_cannot_be_name_their_field(place, value):
    """Except where a truth value is none of the field's business, each is refused by field and value."""
    part, _, name = place.partition(".")
    fields = {"model": {"n": 2, "m": 3}}
    if name:
        fields.setdefault(part, {})[name] = value
    else:
        fields[part] = value
    with pytest.raises(InputError, match=rf"^Argument `{place}` must be .*, but is .+\.$") as caught:
        RunSpec.from_dict(fields)
    assert shortened(value) in str(caught.value)


def test_a_flag_says_the_same_as_a_file():
    for text in ("1e400", "nan", "9" * 400, "5e-324", "True"):
        with pytest.raises(InputError, match=r"^Argument `penalty.strength` must be"):
            RunSpec.from_dict({"model": {"n": 2, "m": 3}, **nested({"penalty__strength": text})})


def test_seeds_may_be_as_large_as_numpy_draws_them():
    large = RunSpec.from_dict({"model": {"n": 2, "m": 3}, "seed": 2**128 - 1})
    assert RunSpec.from_json(large.canonical) == large
    with pytest.raises(InputError, match="`seed` must be"):
        large.replace(seed=2**128)


@pytest.mark.parametrize("name", ["readings", "breaks_rotations"])
def test_what_a_part_has_of_itself_is_no_field_of_a_spec(name):
    with pytest.raises(InputError, match=f"^Unknown field `model.{name}` .*TiedAutoencoder has fields m, n"):
        RunSpec.from_dict({"model": {"n": 2, "m": 3, name: 1}})


def test_names_are_shown_on_one_line():
    with pytest.raises(InputError, match=r"^Unknown field `model.a\\nb`"):
        RunSpec.from_dict({"model": {"n": 2, "m": 3, "a\nb": 1}})
