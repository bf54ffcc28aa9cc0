"""`polygenesis sweep`: planned, run, stopped, watched and collected from one file, with the exit codes it promises."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
from pathlib import Path

import pandas as pd
import pytest

import polygenesis
from polygenesis import sweeps
from polygenesis.cli import main
from polygenesis.cli.app import SWEEP_COMMANDS
from polygenesis.dynamics import simulate
from polygenesis.sweeps import Store, read_grid

TEXT = """
keep = "weights"
[spec]
model = { n = 3, m = 4 }
penalty.strength = 0.1
replicates = 2
[axes]
seed = { from = 0, to = 5, step = 1 }
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "six.sweep.toml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def act(monkeypatch):
    """Let something happen before each run is computed: act(what), where what(spec) may do harm."""

    def install(what):
        def acting(spec, **more):
            what(spec)
            return simulate(spec, **more)

        monkeypatch.setattr("polygenesis.dynamics.simulate", acting)

    return install


def never(spec):
    raise AssertionError


def runs_of(file):
    return Store(read_grid(file).store)


def mistake(capfd, *tokens):
    assert main([str(token) for token in tokens]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("name", ["plan", "slurm", "k8s"])
def test_examples_that_write_nothing_work(name, tmp_path, monkeypatch, capfd):
    """With the file that the help says how to make: a wheel has no others."""
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", "--help"]) == 0
    (starter,) = re.findall(r"echo '(.+?)' > sweep\.toml", " ".join(capfd.readouterr().out.split()))
    Path("sweep.toml").write_text(starter)
    (example,) = (example for each, _, _, example in SWEEP_COMMANDS if each == name)
    assert main(shlex.split(example)[1:]) == 0
    assert capfd.readouterr().err == ""


def test_a_sweep_is_planned_run_and_collected(file, tmp_path, capfd, act):
    assert main(["sweep", "plan", str(file)]) == 0
    assert "6 points, 6 distinct runs, 0 finished; 6 to compute" in capfd.readouterr().out
    assert not (tmp_path / "runs").exists()
    assert main(["sweep", "run", str(file)]) == 0
    assert "6 done, 0 failed, 0 left" in capfd.readouterr().out
    act(never)
    assert main(["sweep", "run", str(file)]) == 0
    assert "6 of 6 runs there already" in capfd.readouterr().err
    assert main(["sweep", "collect", str(file), "--csv", str(tmp_path / "t.csv")]) == 0
    assert capfd.readouterr().out == f"12 rows written to '{tmp_path}/t.csv'.\n"
    grid = read_grid(file)
    sweeps.write_table(sweeps.collect(Store(grid.store), grid), tmp_path / "again.csv")
    assert (tmp_path / "t.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()


def test_a_table_as_parquet(file, tmp_path):
    pytest.importorskip("pyarrow", reason="needs the extra `parquet`")
    main(["sweep", "run", str(file)])
    both = ["--csv", str(tmp_path / "t.csv"), "--parquet", str(tmp_path / "t.parquet")]
    assert main(["sweep", "collect", str(file), *both]) == 0
    found = pd.read_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(found, pd.read_csv(tmp_path / "t.csv"), check_dtype=False)


def test_packing_leaves_every_run_in_few_files(file, tmp_path, capfd):
    main(["sweep", "run", str(file)])
    before = runs_of(file).keys()
    capfd.readouterr()
    assert main(["sweep", "collect", str(file), "--pack"]) == 0
    assert capfd.readouterr().out == "6 runs gathered in 1 file.\n"
    assert runs_of(file).keys() == before
    assert runs_of(file).folders() == []
    assert main(["replay", before[0][:12], "--runs", str(file)]) == 0


def test_shards_make_the_whole_and_auto_asks_the_scheduler(file, monkeypatch, capfd):
    assert main(["sweep", "run", str(file), "--shard", "0/2"]) == 0
    assert len(runs_of(file)) == 3
    for name, value in (("ID", "1"), ("MIN", "0"), ("MAX", "1"), ("COUNT", "2")):
        monkeypatch.setenv(f"SLURM_ARRAY_TASK_{name}", value)
    assert main(["sweep", "run", str(file), "--shard", "auto"]) == 0
    assert len(runs_of(file)) == 6
    capfd.readouterr()
    assert main(["sweep", "status", str(file)]) == 0
    out = capfd.readouterr().out.splitlines()
    assert out[0] == "6 complete runs, 0 failed."
    assert [line.split(":")[0] for line in out[1:]] == ["shard 0/2", "shard 1/2"]
    assert all("3 done, 0 failed, 0 left" in line and "; finished," in line for line in out[1:])


def test_more_shards_than_runs_are_empty_ones_and_every_command_says_so(file, capfd):
    assert main(["sweep", "run", str(file), "--shard", "63/64"]) == 0
    out, err = capfd.readouterr()
    assert out.startswith("0 done, 0 failed, 0 left")
    assert err == "Shard 63/64 is empty: the sweep has 6 runs.\n"
    for tokens in (["slurm"], ["k8s", "--image", "ours:1", "--claim", "disk"]):
        assert main(["sweep", tokens[0], str(file), "--shards", "64", *tokens[1:]]) == 0
        out, err = capfd.readouterr()
        assert "64" in out
        assert err == "The sweep has 6 runs: of 64 tasks 58 will have nothing to do.\n"
    assert main(["sweep", "run", str(file), "--shard", "5/64"]) == 0
    assert capfd.readouterr().err == ""


def test_runs_of_an_earlier_call_are_not_said_to_be_done_now(file, capfd):
    assert main(["sweep", "run", str(file), "--shard", "0/2"]) == 0
    assert capfd.readouterr().out.startswith("3 done, 0 failed, 0 left")
    assert main(["sweep", "run", str(file)]) == 0
    assert capfd.readouterr().out.startswith("3 there already, 3 done, 0 failed, 0 left")


def test_what_is_missing_is_counted_with_the_table(file, tmp_path, capfd):
    main(["sweep", "run", str(file), "--shard", "0/2"])
    capfd.readouterr()
    assert main(["sweep", "collect", str(file), "--csv", str(tmp_path / "t.csv")]) == 0
    assert "Without rows: 3 missing runs, 0 failed." in capfd.readouterr().out


def test_failed_runs_are_exit_code_1_until_they_are_tried_again(file, capfd, act):
    def fail(spec):
        raise ValueError("broke")

    act(fail)
    assert main(["sweep", "run", str(file)]) == 1
    out, err = capfd.readouterr()
    assert "0 done, 6 failed, 0 left" in out
    assert err.count("ValueError: broke") == 5  # the first ones; a million lines help nobody
    main(["sweep", "status", str(file)])
    out = capfd.readouterr().out
    assert out.startswith("0 complete runs, 6 failed.")
    assert out.count("ValueError: broke") == 5
    assert "… and 1 more" in out
    act(never)
    assert main(["sweep", "run", str(file)]) == 1
    act(lambda spec: None)
    assert main(["sweep", "run", str(file), "--retry-failed"]) == 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1"])
def test_a_scheduler_s_signal_is_exit_code_75_and_the_same_command_goes_on(name, file, capfd, act):
    act(lambda spec: os.kill(os.getpid(), getattr(signal, name)))
    assert main(["sweep", "run", str(file), "--workers", "1"]) == 75
    out, err = capfd.readouterr()
    assert "1 done, 0 failed, 5 left" in out
    assert f"Stopped by {name}" in err
    act(lambda spec: None)
    assert main(["sweep", "run", str(file)]) == 0
    assert len(runs_of(file)) == 6


def test_a_time_limit_is_exit_code_75(file, capfd, act):
    act(never)
    assert main(["sweep", "run", str(file), "--max-seconds", "1e-9"]) == 75
    assert "0 done, 0 failed, 6 left" in capfd.readouterr().out


def test_runs_left_outweigh_failed_ones(file, act):
    def fail_and_stop(spec):
        os.kill(os.getpid(), signal.SIGTERM)
        raise ValueError("broke")

    act(fail_and_stop)
    assert main(["sweep", "run", str(file), "--workers", "1"]) == 75


def test_ctrl_c_finishes_the_run_in_flight_and_says_what_is_kept(file, capfd, act):
    act(lambda spec: os.kill(os.getpid(), signal.SIGINT))
    assert main(["sweep", "run", str(file), "--workers", "1"]) == 130
    err = capfd.readouterr().err
    assert "Stopped: 1 done, 0 failed, 5 left" in err.splitlines()[-1]
    assert err.splitlines()[-1].endswith("; the same command goes on from there.")
    assert err.count("Stopped") == 1
    assert len(runs_of(file)) == 1


def test_dask_is_passed_on(file, monkeypatch):
    asked = []

    def pools(address, store):
        asked.append((address, store.folder))

    monkeypatch.setattr("polygenesis.sweeps.dask_pools", pools)
    assert main(["sweep", "run", str(file), "--dask", "tcp://there:8786"]) == 0
    assert asked == [("tcp://there:8786", read_grid(file).store)]


def test_verify_takes_a_sweep_file(file, capfd):
    main(["sweep", "run", str(file)])
    capfd.readouterr()
    assert main(["sweep", "verify", str(file)]) == 0
    assert capfd.readouterr().out == "6 runs checked: all are sound.\n"


@pytest.mark.parametrize("command", ["verify", "status"])
def test_a_folder_without_runs_is_not_called_sound(command, tmp_path, capfd):
    """Somebody who names the folder above the runs is not told that all are sound."""
    main(["run", "--model.n", "2", "--model.m", "4", "--out", str(tmp_path / "runs")])
    capfd.readouterr()
    assert main(["sweep", command, str(tmp_path)]) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert f"Folder {str(tmp_path)!r} holds no runs. Did you mean {str(tmp_path / 'runs')!r}?" in said.err
    (tmp_path / "empty").mkdir()
    assert main(["sweep", command, str(tmp_path / "empty")]) == 2
    assert capfd.readouterr().err.endswith("holds no runs.\n")


# Job files


def test_slurm_prints_or_writes_the_library_s_script(file, tmp_path, capfd):
    options = ["--time", "00:10:00", "--cpus", "2", "--memory", "1G", "--partition", "short", "--most-at-once", "2"]
    assert main(["sweep", "slurm", str(file), "--shards", "3", *options]) == 0
    wanted = sweeps.slurm_script(file, 3, time="00:10:00", cpus=2, memory="1G", partition="short", most_at_once=2)
    assert capfd.readouterr().out == wanted
    out = tmp_path / "jobs" / "sweep.sh"
    assert main(["sweep", "slurm", str(file), "--shards", "3", *options, "--out", str(out)]) == 0
    assert out.read_text() == wanted
    assert capfd.readouterr().out == f"Written; submit it: sbatch {out}\n"


def test_k8s_prints_the_library_s_manifest(file, capfd):
    tokens = ["sweep", "k8s", str(file), "--shards", "3", "--image", "ours:1", "--claim", "disk", "--name", "s"]
    assert main(tokens) == 0
    wanted = sweeps.k8s_manifest("/data/six.sweep.toml", 3, image="ours:1", claim="disk", name="s")
    assert json.loads(capfd.readouterr().out) == json.loads(wanted)


@pytest.mark.parametrize(
    ("store", "path", "folder"),
    [("../runs", "/data/s.toml", "/runs"), ("runs", "/elsewhere/s.toml", "/elsewhere/runs"), ("/x", "/data/a/s", "/x")],
)
def test_runs_that_would_be_lost_with_the_pod_are_refused(store, path, folder, file, capfd):
    file.write_text(f'store = "{store}"\n{TEXT}')
    tokens = ["sweep", "k8s", file, "--shards", "3", "--image", "i", "--claim", "c", "--path", path]
    assert f"in '{folder}', not under '/data'" in mistake(capfd, *tokens)
    assert main([*(str(each) for each in tokens[:-1]), "/data/a/b/s.toml"]) == (2 if store == "/x" else 0)


# Mistakes


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        (["run", "missing.toml"], "Cannot read 'missing.toml'"),
        (["status", "missing.toml"], "Cannot read 'missing.toml'"),
        (["status", "missing"], "does not exist"),
        (["run", "FILE", "--shard", "2/2"], "`shard` must be from 0/2 to 1/2"),
        (["run", "FILE", "--shard", "half"], "`shard` must be i/N"),
        (["run", "FILE", "--shard", "auto"], "SLURM_ARRAY_TASK_ID"),
        (["run", "FILE", "--max-seconds", "0"], "`max-seconds` must be above 0"),
        (["run", "FILE", "--max-seconds", "nan"], "`max-seconds` must be above 0"),
        (["collect", "FILE"], "--csv FILE, --parquet FILE, or --pack"),
        (["collect", "FILE", "--csv", "t.txt"], "`csv` must end in .csv"),
        (["collect", "FILE", "--csv", "t.csv"], "does not exist"),
        (["slurm", "FILE"], "--shards"),
        (["slurm", "FILE", "--shards", "0"], "`shards` must be a whole number from 1 to"),
        (["slurm", "FILE", "--shards", "2", "--most-at-once", "0"], "`most_at_once` must be a whole number from 1 to"),
        (["k8s", "FILE", "--shards", "2", "--image", "i"], "--claim"),
    ],
)
def test_a_mistake_is_one_sentence_and_makes_no_folder(tokens, sentence, file, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert sentence in mistake(capfd, "sweep", *(file if each == "FILE" else each for each in tokens))
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.parametrize("name", ["plan", "run"])
def test_a_sweep_without_runs_is_refused(name, file, tmp_path, capfd):
    file.write_text(f'where = "m >> n"\n{TEXT}')  # meant as m ≫ n, but a shift of bits, here 0
    assert "The sweep has no runs: no combination of its axes meets all conditions." in mistake(
        capfd, "sweep", name, file
    )
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_point_that_cannot_be_is_named_before_anything_is_made(file, tmp_path, capfd):
    file.write_text(TEXT.replace("from = 0", "from = -1"))
    assert "At seed = -1" in mistake(capfd, "sweep", "run", file)
    assert not (tmp_path / "runs").exists()


def test_sweep_is_a_public_name():
    assert polygenesis.sweep is sweeps.sweep
