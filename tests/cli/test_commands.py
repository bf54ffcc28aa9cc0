import json
import subprocess
import sys
from dataclasses import replace
from importlib import metadata

import numpy as np
import pytest

from polygenesis.cli import main
from polygenesis.dynamics import simulate
from polygenesis.spec import RunSpec, part_classes
from polygenesis.studies import registry
from polygenesis.sweeps import Store

SMALL = ["--model.n", "4", "--model.m", "8", "--penalty.strength", "0.1"]


def mistake(capfd, *tokens):
    """Run a command that cannot work; return its one sentence."""
    assert main(tokens) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


# Help


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from polygenesis.cli import main; main(['--help']); "
        "heavy = {'numpy', 'scipy', 'torch', 'matplotlib', 'plotly', 'numba', 'pandas', 'pydantic', 'statsmodels'}; "
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_python_m_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "polygenesis", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == metadata.version("polygenesis")


# run


def test_every_field_of_every_part_has_a_flag(capfd):
    import dataclasses

    main(["run", "--help-all"])
    text = capfd.readouterr().out
    for part, classes in part_classes().items():
        for cls in classes:
            for field in dataclasses.fields(cls):
                if field.name != "kind":
                    assert f"--{part}.{field.name}" in text
    for name in ("--replicates", "--seed", "--precision"):
        assert name in text


def test_run_stores_exactly_the_spec_that_was_asked_for(tmp_path, capfd):
    flags = ["--penalty.strength", "1e-1", "--training.max_step", "0.5", "--save.times", "1", "2", "--replicates", "3"]
    more = ["--save.series", "loss", "l1_norm", "--precision", "float32", "--seed", "7", "--noise.kind", "none"]
    tokens = ["run", "--model.n", "4", "--model.m", "8", *flags, *more, "--out", str(tmp_path)]
    assert main(tokens) == 0
    wanted = RunSpec.from_dict(
        {
            "model": {"n": 4, "m": 8},
            "penalty": {"strength": 0.1},
            "training": {"max_step": 0.5},
            "save": {"times": [1.0, 2.0], "series": ["loss", "l1_norm"]},
            "replicates": 3,
            "precision": "float32",
            "seed": 7,
        }
    )
    assert Store(tmp_path).keys() == [wanted.key]
    out = capfd.readouterr().out
    assert "3 replicates converged" in out
    assert "n²/4m, as published: 0.5 polysemantic neurons expected" in out
    assert f"polygenesis replay {wanted.key[:12]}" in out


def test_one_saved_time_is_a_number_of_times(tmp_path):
    main(["run", *SMALL, "--save.times", "5", "--save.series", "loss", "--out", str(tmp_path)])
    (key,) = Store(tmp_path).keys()
    assert len(Store(tmp_path).load(key).times) == 5


def test_switches_can_be_set_and_unset(tmp_path):
    noisy = [
        "--noise.kind",
        "bipolar",
        "--noise.std",
        "0.1",
        "--training.kind",
        "gradient-descent",
        "--training.lr",
        "0.01",
    ]
    for switch in ("--noise.shared", "--no-noise.shared"):
        main(["run", *SMALL, *noisy, "--training.steps", "3", switch, "--out", str(tmp_path)])
    store = Store(tmp_path)
    assert sorted(store.load(key).spec.noise.shared for key in store) == [False, True]


def test_flags_change_a_file_and_a_new_kind_drops_the_old_parts_fields(tmp_path):
    spec = tmp_path / "spec.toml"
    spec.write_text("replicates = 2\n[model]\nn = 4\nm = 8\n[penalty]\nstrength = 0.1\n[training]\nmax_step = 0.5\n")
    adam = ["--training.kind", "adamw", "--training.steps", "2"]
    assert main(["run", str(spec), "--model.m", "6", *adam, "--out", str(tmp_path / "runs")]) == 0
    store = Store(tmp_path / "runs")
    (key,) = store.keys()
    found = store.load(key).spec
    assert (found.model.m, found.replicates, found.training.steps) == (6, 2, 2)


def test_a_stored_run_is_not_computed_again(tmp_path, monkeypatch):
    tokens = ["run", *SMALL, "--out", str(tmp_path)]
    assert main(tokens) == 0

    def never(*_, **__):
        raise AssertionError

    monkeypatch.setattr("polygenesis.sweeps.run_all", never)
    assert main(tokens) == 0


def test_a_run_that_diverges_says_so_without_a_census(tmp_path):
    from polygenesis.cli.run import _answer

    plain = {"kind": "gradient-descent", "lr": 3.0, "steps": 200}
    found = _answer(simulate(RunSpec.from_dict({"model": {"n": 4, "m": 8}, "training": plain})), tmp_path, None)
    assert found.text[0].startswith("1 replicate diverged")
    assert len(found.text) == 1
    assert (found.code, found.data["shared"]) == (1, [])


def test_a_run_that_diverges_exits_with_1(tmp_path, capfd):
    flags = ["--model.n", "4", "--model.m", "8", "--replicates", "2", "--training.kind", "gradient-descent"]
    command = ["run", *flags, "--training.steps", "200", "--out", str(tmp_path), "--workers", "1"]
    assert main([*command, "--training.lr", "3"]) == 1
    assert "2 of 2 replicates diverged and have no result." in capfd.readouterr().err
    assert main([*command, "--training.lr", "0.01"]) == 0


# Mistakes


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        (["run"], "Nothing says what to train"),
        (["run", "--model.n", "x", "--model.m", "3"], "`model.n` must be a whole number"),
        (["run", "--model.n", "3", "--model.m", "0"], "`model.m` must"),
        (["run", "--penalty.strength=-1", *SMALL[:4]], "`penalty.strength` must"),
        (["run", "--penalty.strength", "nan", *SMALL[:4]], "`penalty.strength` must"),
        (["run", *SMALL, "--penalty.kind", "l7"], "Unknown penalty 'l7'; known: "),
        (["run", "--model.q", "3"], "Unknown option"),
        (["run", "--model.n"], "requires an argument"),
        (["run", "missing.toml"], "Cannot read 'missing.toml'"),
        (["run", *SMALL, "--workers", "0"], "`workers` must be a whole number from 1"),
        (["run", *SMALL, "--max-memory", "lots"], "`max-memory` must be bytes such as 4G"),
        (["run", *SMALL, "--max-memory", "1M"], "but `max_memory` is 1 MB"),
        (["run", *SMALL, "--workers", "two"], "--workers"),
        (["studdy"], "Unknown command"),
        (["study", "colision"], "Unknown study 'colision'; known: all, networks, paper, questions, toy"),
        (["study"], "requires an argument"),
        (["study", "toy", "--profile", "slow"], "quick"),
        (["paper", "--full", "--profile", "quick"], "Flag --full means --profile thorough"),
        (["report", "missing"], "holds no report"),
        (["replay", "abc"], "does not exist"),
        (["sweep", "verify", "missing"], "does not exist"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(tokens, sentence, toy, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sentence in mistake(capfd, *tokens)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[model\nn = 4", "line 1"),
        ("[model]\nn = 4\nm = 8\ndepth = 2\n", "Unknown field `model.depth`"),
        ("schema = 99\n[model]\nn = 4\nm = 8\n", "schema 99"),
    ],
)
def test_a_bad_file_is_one_sentence(text, sentence, tmp_path, capfd):
    path = tmp_path / "spec.toml"
    path.write_text(text)
    assert sentence in mistake(capfd, "run", str(path), "--out", str(tmp_path / "runs"))
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("command", [["run", *SMALL, "--out"], ["study", "toy", "--folder"], ["paper", "--folder"]])
def test_a_file_where_a_folder_is_expected(command, toy, tmp_path, capfd):
    (tmp_path / "file").write_text("precious")
    assert "is a file" in mistake(capfd, *command, str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "precious"


def test_a_folder_that_cannot_be_made(capfd):
    assert "/proc/no" in mistake(capfd, "run", *SMALL, "--out", "/proc/no")


# paper, report, study


def test_paper_runs_once_and_repeats_byte_for_byte(toy, tmp_path, capfd, monkeypatch):
    tokens = ["paper", "--profile", "quick", "--folder", str(tmp_path), "--workers", "1"]
    assert main(tokens) == 0
    out = capfd.readouterr().out
    assert "It ran." in out
    assert "1 claim from 1 study: 1 supported." in out
    page = (tmp_path / "report.html").read_bytes()
    assert b"Does a toy run?" in page
    monkeypatch.setattr("polygenesis.sweeps.runner.compute_replicates", None)
    assert main(tokens) == 0
    assert (tmp_path / "report.html").read_bytes() == page
    (tmp_path / "report.html").unlink()
    assert main(["report", str(tmp_path)]) == 0
    assert (tmp_path / "report.html").read_bytes() == page


def test_report_says_what_is_missing_and_how_to_get_it(toy, tmp_path, capfd):
    main(["paper", "--profile", "quick", "--folder", str(tmp_path), "--workers", "1"])
    Store(tmp_path / "runs").discard(toy.specs("quick")[0].key)
    capfd.readouterr()
    sentence = mistake(capfd, "report", str(tmp_path))
    assert "lacks 1 run" in sentence
    assert f"polygenesis paper --folder {tmp_path} --profile quick" in sentence


@pytest.mark.parametrize("text", ["{", "[]", '{"profile": "slow"}', '{"profile": ["quick"]}'])
def test_a_broken_report_file_is_one_sentence(text, toy, tmp_path, capfd):
    (tmp_path / "report.json").write_text(text)
    assert "report.json" in mistake(capfd, "report", str(tmp_path))


def test_full_is_the_thorough_profile(toy, tmp_path):
    assert main(["paper", "--full", "--folder", str(tmp_path), "--workers", "1"]) == 0
    assert json.loads((tmp_path / "report.json").read_text()) == {"profile": "thorough"}


def test_study_writes_its_own_page_and_shares_the_runs_of_the_paper(toy, tmp_path, capfd):
    assert main(["study", "toy", "--profile", "quick", "--folder", str(tmp_path), "--workers", "1"]) == 0
    assert (tmp_path / "toy" / "report.html").is_file()
    assert set(Store(tmp_path / "runs").keys()) == {spec.key for spec in toy.specs("quick")}


def test_several_studies_share_one_page_and_write_markdown(toy, tmp_path, capfd):
    pages = tmp_path / "pages"
    command = ["study", "toy", "paper", "--profile", "quick", "--folder", str(tmp_path), "--pages", str(pages)]
    assert main([*command, "--workers", "1"]) == 0
    assert (tmp_path / "studies" / "report.html").is_file()
    assert "# A toy" in (pages / "toy.md").read_text()
    assert "1 claim from 1 study" in capfd.readouterr().out


def test_the_title_asks_what_causes_polysemanticity_only_where_studies_answer(toy, tmp_path, monkeypatch):
    class Other(type(toy)):
        name = "other"

    monkeypatch.setattr(sys.modules["polygenesis.studies.toy"], "Other", Other, raising=False)
    monkeypatch.setitem(registry.STUDIES, "other", "toy.Other")
    command = ["study", "toy", "other", "--profile", "quick", "--folder", str(tmp_path), "--workers", "1"]
    assert main(command) == 0
    page = (tmp_path / "studies" / "report.html").read_text()
    assert "<h1>What the studies found</h1>" in page
    monkeypatch.setattr("polygenesis.report.lead.ANSWER", (("toy", "so"),))
    monkeypatch.setattr(type(toy), "answers", lambda *_: {"so": "So it is."})
    assert main(command) == 0
    page = (tmp_path / "studies" / "report.html").read_text()
    assert "<h1>What causes polysemanticity?</h1>" in page
    assert page.count("So it is.") == 1


def test_studies_lists_names_and_questions(toy, capfd):
    assert main(["studies"]) == 0
    out = capfd.readouterr().out
    assert "toy" in out
    assert "Does a toy run?" in out


# Ctrl-C and failures


def test_ctrl_c_says_what_is_kept(toy, tmp_path, capfd, monkeypatch):
    first, _ = toy.specs("quick")

    def interrupted(specs, *, store, **_):
        store.save(simulate(first))
        raise KeyboardInterrupt

    monkeypatch.setattr("polygenesis.sweeps.run_all", interrupted)
    assert main(["study", "toy", "--profile", "quick", "--folder", str(tmp_path)]) == 130
    err = capfd.readouterr().err
    assert err == f"Stopped: 1 of 2 runs kept in '{tmp_path}/runs'; the same command goes on from there.\n"


@pytest.mark.parametrize(
    ("tokens", "place", "kept"),
    [
        (["run", *SMALL], "polygenesis.sweeps.run_all", "0 of 1 run kept in 'results/runs'"),
        (["study", "toy", "--profile", "quick"], "polygenesis.report.render", "2 of 2 runs kept in 'results/runs'"),
        (["paper", "--profile", "quick"], "polygenesis.report.render", "2 of 2 runs kept in 'results/runs'"),
        (["sweep", "run", "s.toml"], "polygenesis.sweeps.run_sweep", "what was done is kept"),
        (["sweep", "collect", "s.toml", "--csv", "t.csv"], "polygenesis.sweeps.collect", ""),
        (["explore"], "polygenesis.report.explorer.page.Explorer.save", ""),
        (["diagnose", "a.npy"], "polygenesis.probe.diagnose", ""),
        (["bench", "--only", "race"], "polygenesis.bench.measure", ""),
        (["replay", "abcd", "--runs", "runs"], "polygenesis.sweeps.replay", ""),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_ctrl_c_ends_every_command_in_one_line(tokens, place, kept, toy, tmp_path, capfd, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text("[spec]\nmodel.n = 3\nmodel.m = 3\n[axes]\nseed = [0]\n")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / ".lock").touch()
    monkeypatch.setattr(place, interrupted)
    assert main([*tokens, "--quiet"]) == 130
    out, err = capfd.readouterr()
    after = "goes on from there" if kept else "begins anew"
    assert (out, err) == ("", f"Stopped: {kept or 'nothing is kept'}; the same command {after}.\n")


def test_runs_that_fail_are_exit_code_1(toy, tmp_path, capfd, monkeypatch):
    from polygenesis.errors import PolygenesisError

    def failing(*_, **__):
        raise PolygenesisError("1 of 2 runs failed.")

    monkeypatch.setattr("polygenesis.sweeps.run_all", failing)
    assert main(["study", "toy", "--folder", str(tmp_path)]) == 1
    assert capfd.readouterr().err == "Error: 1 of 2 runs failed.\n"


def test_a_warning_is_one_line(tmp_path, capfd):
    tokens = ["run", "--model.n", "2", "--model.m", "4", "--penalty.strength", "40", "--out", str(tmp_path)]
    assert main(tokens) == 0
    captured = capfd.readouterr()
    assert captured.err.startswith("Warning: ")
    assert captured.err.count("\n") == 1
    assert "dead features" in captured.out


# replay and sweep


def test_replay_finds_a_run_by_the_start_of_its_key(tmp_path, capfd):
    main(["run", *SMALL, "--out", str(tmp_path)])
    (key,) = Store(tmp_path).keys()
    capfd.readouterr()
    assert main(["replay", key[:8], "--runs", str(tmp_path)]) == 0
    assert "replays" in capfd.readouterr().out
    assert "No run in" in mistake(capfd, "replay", "zzz", "--runs", str(tmp_path))


def test_replay_says_what_differs_and_exits_with_1(tmp_path, capfd, monkeypatch):

    main(["run", *SMALL, "--out", str(tmp_path)])
    (key,) = Store(tmp_path).keys()
    capfd.readouterr()
    monkeypatch.setattr(
        "polygenesis.dynamics.simulate",
        lambda spec, progress=False: replace(run := simulate(spec), final=np.roll(run.final, 1, axis=2)),
    )
    assert main(["replay", key[:8], "--runs", str(tmp_path)]) == 1
    assert "does not replay: its winners differ" in capfd.readouterr().out


def test_sweep_verify_sets_damaged_runs_aside(tmp_path, capfd):
    main(["run", *SMALL, "--out", str(tmp_path)])
    assert main(["sweep", "verify", str(tmp_path)]) == 0
    (key,) = Store(tmp_path).keys()
    (tmp_path / key / "arrays.safetensors").write_bytes(b"broken")
    assert main(["sweep", "verify", str(tmp_path), "--check"]) == 1
    assert key in Store(tmp_path)
    assert main(["sweep", "verify", str(tmp_path)]) == 1
    assert key not in Store(tmp_path)
    assert "1 run damaged; moved to" in capfd.readouterr().out


def test_sweep_status_counts(tmp_path, capfd):
    main(["run", *SMALL, "--out", str(tmp_path)])
    capfd.readouterr()
    assert main(["sweep", "status", str(tmp_path)]) == 0
    assert capfd.readouterr().out == "1 complete run, 0 failed.\n"


def test_no_census_is_printed_where_neurons_mean_nothing(tmp_path, monkeypatch, capfd):
    """Nor laws: they count neurons as well."""
    monkeypatch.chdir(tmp_path)
    plain = ["--penalty.kind", "none", "--training.kind", "gradient-descent", "--training.lr", "0.02"]
    assert main(["run", "--model.n", "4", "--model.m", "4", *plain, "--training.steps", "20"]) == 0
    said = capfd.readouterr().out
    assert "A census of neurons means nothing here" in said
    assert "polysemantic" not in said
