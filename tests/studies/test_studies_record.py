"""The record of margins shows every change of a margin, an estimand, a regime or a seed, with its date."""

import dataclasses
import math
from pathlib import Path

import pytest

from polygenesis.errors import InputError
from polygenesis.studies import get, record
from polygenesis.studies.margin import Margin

KEPT = Path(__file__).parents[2] / "docs" / "studies" / "margins.json"
CLAIM = get("collision-count").claims[2]


@pytest.fixture(scope="module")
def now():
    return record.current()


def test_the_record_in_the_documentation_is_that_of_the_source(now):
    """After a change run `make margins`: it keeps what was there before, with the date."""
    kept = record.parse(KEPT.read_text(encoding="utf-8"), str(KEPT))
    assert record.differences(kept, now) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("margin", dataclasses.replace(CLAIM.margin, lower=0.8)),
        ("margin", dataclasses.replace(CLAIM.margin, upper=math.inf)),
        ("margin", Margin.around("Another quantity", 1, 0.1)),
        ("regime", "any network"),
        ("family", "laws"),
        ("trials", "after a look"),
        ("estimand", get("collision-count").claims[3].estimand),
    ],
)
def test_every_change_of_a_claim_is_seen(field, value):
    before = {"x": record.of_claim(CLAIM)}
    after = {"x": record.of_claim(dataclasses.replace(CLAIM, **{field: value}))}
    assert record.differences(before, after)


def test_a_change_keeps_what_was_before_and_its_dates():
    first = record.updated({}, {"x": {"lower": 0.9}}, "2026-01-01")
    assert first == {"x": {"lower": 0.9, "since": "2026-01-01"}}
    same = record.updated(first, {"x": {"lower": 0.9}}, "2026-02-01")
    assert same == first
    changed = record.updated(first, {"x": {"lower": 0.8}}, "2026-03-01")
    before = {"date": "2026-03-01", "before": {"lower": 0.9}, "since": "2026-01-01"}
    assert changed == {"x": {"lower": 0.8, "since": "2026-03-01", "changes": [before]}}
    assert record.updated(changed, {"x": {"lower": 0.8}}, "2026-04-01") == changed
    assert record.differences(first, {"y": {}}) == ["y is not recorded", "x is recorded, but gone"]


def helper(x):
    return x + 1


def plain(x):
    return helper(x)


def test_a_fingerprint_is_of_the_code_and_not_of_its_layout():
    one = record._plain("def f(x):\n    return g(x, 2)\n")
    other = record._plain('def f(x):\n    """Say it."""\n    return g(  # so\n        x,\n        2,\n    )\n')
    assert one == other
    assert one != record._plain("def f(x):\n    return g(x, 3)\n")


def test_what_an_estimand_calls_is_in_its_fingerprint(monkeypatch):
    monkeypatch.setattr(record, "STUDIES", __name__)
    before = record.fingerprint(plain)
    monkeypatch.setitem(plain.__globals__, "helper", lambda x: x + 2)
    assert record.fingerprint(plain) != before


def test_fingerprints_are_the_same_every_time(now):
    for name in ("mitigation", "collision-count"):
        for claim in get(name).claims:
            assert record.of_claim(claim) == now[f"{name}: {claim.text}"]


@pytest.mark.parametrize("text", ["{", "[]", '{"x": {}}'])
def test_what_is_no_record_is_refused_in_one_sentence(text):
    with pytest.raises(InputError, match=r"here\.json is not a record of margins: "):
        record.parse(text, "here.json")
