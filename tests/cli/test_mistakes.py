"""A mistyped command line is answered with what was probably meant."""

from __future__ import annotations

import pytest

from polygenesis.cli import main


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        (
            ["studdy"],
            "known: bench, completion, diagnose, explore, paper, replay, report, run, studies, study, sweep.",
        ),
        (["studdy"], "Did you mean 'study'?"),
        (
            ["sweep", "colect"],
            "Unknown command 'colect'; known: collect, k8s, plan, run, slurm, status, verify.",
        ),
        (["nonsense", "--help"], "Unknown command 'nonsense'; known: bench,"),
        (["--quiet", "studdy", "--help-all"], "Did you mean 'study'?"),
        (["--versoin"], "Unknown option --versoin of `polygenesis`. Did you mean --version?"),
        (["--jsn", "studies"], "Unknown option --jsn of `polygenesis`. Did you mean --json?"),
        (["sweep", "--quite"], "Unknown option --quite of `polygenesis sweep`. Did you mean --quiet?"),
        (["--zzz"], "Unknown option --zzz of `polygenesis`. All options: polygenesis --help"),
        (["run", "--n", "3"], "Unknown option --n of `polygenesis run`. Did you mean --model.n?"),
        (["run", "--n=3"], "Did you mean --model.n?"),
        (["run", "--lambda", "0.1"], "Did you mean --penalty.strength?"),
        (["run", "--model.hiden-bias"], "Did you mean --model.hidden_bias?"),
        (["run", "--replicate", "3"], "Did you mean --replicates?"),
        (["run", "--model.n", "3", "--model.m", "4", "--quite"], "Did you mean --quiet?"),
        (
            ["study", "collision-count", "--model.n", "64"],
            "A study has fixed sizes; for your own use `polygenesis sweep` or `polygenesis run`.",
        ),
        (["run", "--zzz"], "Unknown option --zzz of `polygenesis run`. All options: polygenesis run --help-all"),
        (["run", "a.toml", "b.toml"], "Nothing takes 'b.toml'; what `polygenesis run` takes: polygenesis run --help"),
        (["run", "--workers", "two"], "Option --workers must be a whole number, but is 'two'."),
        (["sweep", "plan"], "Argument SWEEP of `polygenesis sweep plan` requires an argument, but has none"),
        (["run", "--model.n"], "Option --model.n of `polygenesis run` requires an argument"),
        (["study", "rate-constnat"], "Did you mean 'rate-constant'?"),
        (["study", "capacity", "--profile", "quik"], "Did you mean"),
        (["bench", "--only", "adam-256"], "Did you mean 'adamw-256'?"),
        (["run", "--model.n", "3", "--model.m", "4", "--training.lr", "1"], "It is a field of gradient-descent, adamw"),
        (["run", "--model.n", "3", "--model.m", "4", "--noise.kind", "bipolr"], "Did you mean 'bipolar'?"),
    ],
)
def test_what_was_meant(tokens, sentence, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(tokens) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("Error: ")
    assert sentence in err
    assert "Unused" not in err


def test_a_file_after_json_of_the_benchmark_is_explained(capfd):
    assert main(["bench", "--json", "bench.json"]) == 2
    said = capfd.readouterr().err
    assert "Nothing takes 'bench.json'" in said
    assert said.endswith("The file of results is --out FILE.\n")
