"""Sweep files: axes span what they say, conditions choose, and every mistake is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from polygenesis.errors import InputError
from polygenesis.spec import RunSpec, parse_toml
from polygenesis.sweeps.expression import condition
from polygenesis.sweeps.grid import grid_from, read_grid

FILE = """
keep = "weights"
where = ["m >= n / 2", "m <= 32 * n"]

[spec]
replicates = 3
penalty.strength = 0.016

[axes]
model.n = [4, 8]
model.m = { from = 2, to = 256, count = 8, spacing = "log" }

[[zip]]
training.kind = ["gradient-flow", "adamw"]
precision = ["float64", "float32"]
"""


def grid(text, **changes):
    return grid_from({**parse_toml(text, name="test"), **changes})


def test_a_file_spans_every_combination_that_meets_the_conditions(tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_text(FILE)
    found = read_grid(path)
    points = list(found.points())
    sizes = [(n, m) for n in (4, 8) for m in (2, 4, 8, 16, 32, 64, 128, 256) if n / 2 <= m <= 32 * n]
    assert [(p.values["model.n"], p.values["model.m"]) for p in points[::2]] == sizes
    assert [(p.spec.model.n, p.spec.model.m) for p in points[::2]] == sizes
    assert [(p.spec.training.kind, p.spec.precision) for p in points[:2]] == [
        ("gradient-flow", "float64"),
        ("adamw", "float32"),
    ]
    assert {p.spec.replicates for p in points} == {3}
    assert len(found.specs()) == len(points) == 2 * len(sizes)
    assert points[0].key == points[0].spec.key
    assert found.keep == "weights"
    assert found.store == tmp_path / "runs"


def test_the_same_file_always_spans_the_same_keys(tmp_path):
    assert list(grid(FILE).specs()) == list(grid(FILE).specs())


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("[3, 1, 2]", [3, 1, 2]),
        ("{ from = 1, to = 7, step = 3 }", [1, 4, 7]),
        ("{ from = 1, to = 6, step = 3 }", [1, 4]),
        ("{ from = 1, to = 9, count = 3 }", [1, 5, 9]),
        ("{ from = 1, to = 1000, count = 4, spacing = 'log' }", [1, 10, 100, 1000]),
        ("{ from = 1, to = 4, count = 9, spacing = 'log' }", [1, 2, 3, 4]),
        ("{ from = 5, to = 5, count = 1 }", [5]),
    ],
)
def test_lists_and_ranges(given, values):
    text = f"[spec]\nmodel.n = 2\n[axes]\nmodel.m = {given}"
    assert [p.spec.model.m for p in grid(text).points()] == values


def test_ranges_of_fractions_reach_their_end():
    text = "[spec.model]\nn = 2\nm = 4\n[axes]\npenalty.strength = { from = 0.1, to = 0.3, step = 0.1 }"
    assert [p.spec.penalty.strength for p in grid(text).points()] == pytest.approx([0.1, 0.2, 0.3])


def test_an_axis_may_be_whole_parts_and_a_base_part_keeps_its_fields():
    text = """
    [spec]
    model = { n = 2, m = 4 }
    training.tolerance = 0.5
    [axes]
    training.kind = ["gradient-flow", "adamw"]
    penalty = [{ strength = 0.5 }, { kind = "none" }]
    """
    specs = [p.spec for p in grid(text).points()]
    assert [(s.training.kind, s.penalty.kind) for s in specs] == [
        ("gradient-flow", "l1"),
        ("gradient-flow", "none"),
        ("adamw", "l1"),
        ("adamw", "none"),
    ]
    assert specs[0].training.tolerance == 0.5


def test_without_axes_there_is_one_point():
    (point,) = grid("[spec]\nmodel = { n = 2, m = 4 }").points()
    assert point.spec == RunSpec.from_dict({"model": {"n": 2, "m": 4}})


BASE = "[spec]\nmodel = { n = 2, m = 4 }\n"


@pytest.mark.parametrize("values", ["[0, 0, 1]", "[0, 0.0]", "[0, '0']"])
def test_a_value_that_is_there_twice_is_refused(values):
    """Its rows would count twice in the table: six networks with the interval of nine."""
    with pytest.raises(InputError, match=r"has the point seed = .* twice"):
        list(grid(BASE + f"[axes]\nseed = {values}").points())


@pytest.mark.parametrize("values", ["[8, 16]", "['8', 16.0]"])
def test_points_have_the_numbers_of_their_specs(values):
    """A text or a float among whole numbers would make a column of texts, which no figure can draw."""
    found = [point.values["model.m"] for point in grid(BASE + f"[axes]\nmodel.m = {values}").points()]
    assert found == [8, 16]
    assert {type(each) for each in found} == {int}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("axis.m = [1]", "Unknown section of a sweep 'axis'; known: axes, keep, spec, store, where, zip."),
        ("keep = 'all'", "Unknown value of `keep` 'all'"),
        (BASE + "[axes]\nseed = 3", "`axes.seed` must be a list of values or a range"),
        (BASE + "[axes]\nseed = 'abc'", "`axes.seed` must be a list of values or a range"),
        (BASE + "[axes]\nseed = []", "`axes.seed` must have at least one value"),
        (BASE + "[axes]\nsed = [1]", "At sed = 1: Unknown field `sed`"),
        (BASE + "[axes]\nmodel.m = [8, 0]", "At model.m = 0: .*`model.m` must be greater than 0, but is 0"),
        (BASE + "[axes]\nseed = { from = 1, to = 2 }", "must have either a `step` or a `count`"),
        (BASE + "[axes]\nseed = { from = 1, to = 2, step = 1, count = 2 }", "must have either a `step` or a `count`"),
        (BASE + "[axes]\nseed = { from = 3, to = 2, step = 1 }", "`axes.seed.to` must be at least 3, but is 2"),
        (BASE + "[axes]\nseed = { from = 0, to = 2, step = 0 }", "`axes.seed.step` must be above 0"),
        (BASE + "[axes]\nseed = { from = 0, to = 2, count = 2, spacing = 'log' }", "`axes.seed.from` must be above 0"),
        (BASE + "[axes]\nseed = { from = 0, to = 2, count = 0 }", "`axes.seed.count` must be a whole number"),
        (BASE + "[axes]\nseed = { from = 0, to = 2, count = 2, spacing = 'x' }", "Unknown spacing of `seed` 'x'"),
        (BASE + "[axes]\nseed = { from = 'a', to = 2, count = 2 }", "`axes.seed.from` must be a number"),
        (BASE + "[axes]\nseed = { from = 0, upto = 2, count = 2 }", "Unknown part of the range `seed` 'upto'"),
        (BASE + "[axes]\nseed = { from = 0, to = 1e9, step = 1 }", "`axes.seed` must have at most 10,000,000 values"),
        (BASE + "[[zip]]\nseed = [1, 2]\nreplicates = [1]", "must be equally long, but seed has 2, replicates has 1"),
        (BASE + "[axes]\nseed = [1]\n[[zip]]\nseed = [2]", "Axis `seed` is given twice"),
        ("where = ['m > n'\n]\n" + BASE + "[axes]\nseed = [1]\nmodel.m = [1]", "no runs"),
        ("where = 3\n" + BASE, "`where` must be a condition or a list of conditions"),
        ("spec = 3", "`spec` must be a table"),
        ("store = 3\n" + BASE, "`store` must be the name of a folder"),
        ("zip = 3\n" + BASE, "`zip` must be a list of tables"),
    ],
)
def test_a_mistake_is_one_sentence(text, says):
    with pytest.raises(InputError, match=says) as found:
        grid(text).specs()
    assert "\n" not in str(found.value)


def test_a_missing_or_broken_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="Cannot read"):
        read_grid(tmp_path / "none.toml")
    (tmp_path / "broken.toml").write_text("[axes\n")
    with pytest.raises(InputError, match=r"not valid TOML: .*line 1"):
        read_grid(tmp_path / "broken.toml")


def test_too_many_points_are_refused_at_once():
    axes = {f"model.{name}": {"from": 1, "to": 9999, "step": 1} for name in "nm"}
    with pytest.raises(InputError, match="at most 10,000,000 points, but is 99980001"):
        grid_from({"axes": axes}).specs()


FIELDS = {"model.n": 4, "model.m": 8, "penalty.kind": "l1", "penalty.strength": 0.5, "training.kind": "adamw"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("m >= n", True),
        ("model.m < 2 * model.n", False),
        ("n / 2 <= m <= 32 * n and not strength > 1", True),
        ("penalty.kind == 'l1'", True),
        ("penalty.kind in ('none', 'l2')", False),
        ("m % n == 0 or m // n == 3", True),
        ("m ** 0.5 * strength < 1", False),
        ("True", True),
    ],
)
def test_conditions(text, holds):
    assert condition(text)(FIELDS) is holds


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("m >=", "is not an expression"),
        ("m = n", "is not an expression"),
        ("open('x')", "may only compare and calculate, but has Call"),
        ("m[0]", "has Subscript"),
        ("(lambda: 1)", "has Lambda"),
        ("().__class__", "has Attribute"),
        ("[x for x in (1,)]", "has ListComp"),
        ("q > 1", "Name 'q' in condition 'q > 1' is none of: model.m"),
        ("kind == 'l1'", "could mean each of: penalty.kind, training.kind"),
        ("m > 'a'", "cannot be evaluated"),
        ("m / 0 > 1", "cannot be evaluated"),
    ],
)
def test_conditions_that_cannot_be(text, says):
    with pytest.raises(InputError, match=says):
        condition(text)(FIELDS)


def test_conditions_reach_no_code():
    with pytest.raises(InputError):
        condition("__import__('os').system('true')")(FIELDS)


def test_example_sweeps_are_grids():
    folder = Path(__file__).parents[2] / "examples"
    for path in folder.glob("*sweep*.toml"):
        assert read_grid(path).specs()
