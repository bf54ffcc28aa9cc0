"""What the dotted flags say of themselves, and specs that no engine can run."""

import re

import pytest

from polygenesis.cli import main

SMALL = ["--model.n", "4", "--model.m", "8"]


@pytest.fixture
def help_of(capfd):
    """The whole help of one flag of `polygenesis run`, on one line."""
    main(["run", "--help-all"])
    text = capfd.readouterr().out
    rows = re.split(r"(?=--(?:no-)?[a-z]+[.a-z_0-9]*  )", re.sub(r"[│\n]", " ", text))
    return lambda flag: next(" ".join(row.split()) for row in rows if row.startswith(f"{flag} "))


def test_a_default_that_holds_for_some_parts_names_them(help_of):
    assert "default 0.001 for adamw, adam)" in help_of("--training.lr")
    assert "default 7500 for adamw; default 5000 for adam)" in help_of("--training.steps")
    assert "adamw, adam; default 0.9)" in help_of("--training.beta1")


def test_the_default_part_is_told_with_its_value(help_of):
    assert "default l1 with strength 0.016)" in help_of("--penalty.kind")
    assert "default none)" in help_of("--noise.kind")


def test_two_limits_are_joined(help_of):
    assert "(whole number at least 0 and at most 2^128 − 1; default 0)" in help_of("--seed")


def test_a_flag_has_its_own_sentence(help_of):
    assert help_of("--save.first").startswith("--save.first The first of log-spaced times")
    assert help_of("--save.times").startswith("--save.times A number of log-spaced times between first and the end")


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        (["--noise.kind", "bipolar", "--noise.std", "0.1"], "Noise 'bipolar' needs training in steps"),
        (
            ["--training.kind", "adamw", "--training.steps", "10", "--save.times", "1", "20", "--save.series", "loss"],
            "`save.times` must end by step 10",
        ),
        (["--workers", "0"], "`workers` must be a whole number from 1"),
    ],
)
def test_a_spec_that_nothing_can_simulate_is_refused_before_any_run(tokens, sentence, tmp_path, capfd):
    folder = tmp_path / "runs"
    assert main(["run", *SMALL, *tokens, "--out", str(folder)]) == 2
    printed = capfd.readouterr()
    assert sentence in printed.err
    assert "to compute" not in printed.out
    assert not [each for each in folder.rglob("*") if each.name != ".lock"]
