"""One store, several users and processes: what one may not read is not missing, and nobody moves what another needs."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from attacks import GRID, fake, in_child, listening, make, parts, spoil_pack, table_rows

from polygenesis.cli import main
from polygenesis.dynamics.keeping.record import pack
from polygenesis.sweeps import Store, collect
from polygenesis.sweeps.runner import Sweep

ALICE, BOB, LAB = 12001, 12002, 12100

as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to become two other users"
)


@pytest.fixture
def shared():
    """A folder that every user may enter; pytest's own are closed to others."""
    place = Path(tempfile.mkdtemp(prefix="polygenesis-shared-"))
    place.chmod(0o2775)
    os.chown(place, ALICE, LAB)
    yield place
    shutil.rmtree(place, ignore_errors=True)


def alice(act, umask=0o022):
    return in_child(act, uid=ALICE, gid=LAB, umask=umask)


def bob(act, umask=0o022):
    return in_child(act, uid=BOB, gid=LAB, umask=umask)


def run(folder, most=None, keep="scalars"):
    """Run the sweep, or the first of its runs."""
    with listening(), parts():
        specs = dict(list(GRID.specs().items())[:most])
        status = Sweep(specs, Store(folder), keep=keep, workers=1, compute=fake).run()
        return f"{status.found} {status.done} {status.left}"


def contents(folder):
    return {str(path.relative_to(folder)): path.lstat().st_ino for path in folder.rglob("*")}


@pytest.fixture(autouse=True, scope="module")
def everything_imported(tmp_path_factory):
    """Users other than root may not see where Python lies: do everything once before."""
    runs = tmp_path_factory.mktemp("warm") / "runs"
    run(runs, 6, "weights")
    run(runs)
    collect(Store(runs), GRID)
    main(["sweep", "verify", str(runs), "--restore"])
    main(["sweep", "collect", str(runs), "--pack"])


@as_root
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o002, 0o664), (0o077, 0o600)])
def test_everything_has_the_mode_that_the_umask_allows(shared, umask, mode):
    runs = shared / "runs"

    def act():
        run(runs, 4, "weights")
        run(runs)
        Store(runs).put([pack(fake(spec, range(2))) for spec in list(GRID.specs().values())[:1]])
        collect(Store(runs), GRID)
        with Store(runs).lock():
            pass

    code, text = alice(act, umask)
    assert code == 0, text
    for path in runs.rglob("*"):
        wanted = mode | (mode & 0o444) >> 2 if path.is_dir() else mode
        assert stat.S_IMODE(path.stat().st_mode) & 0o777 == wanted, path


@as_root
def test_two_users_of_a_group_share_a_store(shared):
    runs = shared / "runs"
    assert alice(lambda: run(runs, 6, "weights"), 0o002) == (0, "0 6 0")
    assert bob(lambda: run(runs), 0o002)[1] == "6 6 0"

    def look_after():
        with listening() as heard:
            rows = len(collect(Store(runs), GRID))
            damages = Store(runs).verify()
            packed = Store(runs).repack()
            return f"{rows} {damages} {packed} {heard}"

    assert bob(look_after, 0o002) == (0, "24 [] 2 []")
    assert alice(look_after, 0o002) == (0, "24 [] 2 []")
    assert alice(lambda: run(runs), 0o002)[1] == "12 0 0"


@as_root
@pytest.mark.parametrize("closed", ["packs/*.safetensors", "packs", "*/result.json", "*/arrays.safetensors", ""])
def test_what_another_user_may_not_read_is_neither_damaged_nor_missing(shared, closed):
    """As safetensors wrote files of mode 0600 beside JSON of 0644."""
    runs = shared / "runs"
    assert alice(lambda: run(runs, 1, "weights"))[0] == 0
    assert alice(lambda: run(runs, 5, "weights"))[0] == 0
    assert alice(lambda: run(runs))[0] == 0
    for path in [each for each in runs.glob(closed) if not each.match("status/*")] if closed else [runs]:
        path.chmod(0)
    before = contents(runs)
    for act in (
        lambda: main(["sweep", "verify", str(runs)]),
        lambda: main(["sweep", "verify", str(runs), "--restore"]),
        lambda: main(["sweep", "collect", str(runs), "--csv", "/dev/null/t.csv"]),
    ):
        code, text = bob(_spoken(act), 0o002)
        assert code == 0, text
        status, said = json.loads(text)
        assert status == 2, said
        assert "Permission denied (as user number 12002)" in said or "Cannot write" in said, said
        assert "Traceback" not in said
    code, text = bob(lambda: Store(runs).set_aside(Store(runs).verify()), 0o002)
    assert code in (0, 1), text
    code, text = bob(lambda: run(runs), 0o002)
    assert (code, "Permission denied (as user number 12002)" in text) == (1, True), text
    assert contents(runs) == before


def _spoken(act):
    """Do something and give its exit code and everything that it printed."""

    def spoken():
        import contextlib
        import io

        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = act()
        return json.dumps([code, out.getvalue()])

    return spoken


SWEEP = """
keep = "scalars"
[spec]
model.n = 3
penalty.strength = 0.1
[axes]
model.m = [4, 6]
seed = [0, 1]
"""


@as_root
def test_a_finished_store_need_not_be_writable_and_a_damaged_one_says_so(shared, capfd):
    file, runs = shared / "a.sweep.toml", shared / "runs"
    file.write_text(SWEEP)
    assert main(["sweep", "run", str(file), "--workers", "1"]) == 0
    for path in (runs, *runs.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    code, text = bob(_spoken(lambda: main(["sweep", "run", str(file), "--workers", "1"])))
    assert code == 0, text
    status, said = json.loads(text)
    assert status == 0, said
    assert "Cannot write" not in said
    assert "4 there already, 0 done" in said
    for path in (runs / "packs").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    for command in (["run", str(file), "--workers", "1"], ["verify", str(runs)], ["collect", str(file), "--pack"]):
        status, said = json.loads(bob(_spoken(lambda command=command: main(["sweep", *command])))[1])
        assert status == 2, (command, said)
        assert [line.startswith("Error: ") for line in said.splitlines()].count(True) == 1, said
        assert said.splitlines()[-1].startswith("Error: "), said
        assert "Traceback" not in said


LOOPS = """
import sys, time, random
sys.path.insert(0, {tests!r})
from attacks import *
from polygenesis.sweeps import Store, collect
folder, act, end = Path(sys.argv[1]), sys.argv[2], time.time() + float(sys.argv[3])
chance, count = random.Random(act), 0
specs = list(GRID.specs().values())
while time.time() < end:
    try:
        if act.startswith("run"):
            chosen = chance.sample(specs, 4)
            Sweep({{spec.key: spec for spec in chosen}}, Store(folder), keep=chance.choice(["scalars", "weights"]),
                  workers=1, compute=fake).run()
        elif act == "pack":
            Store(folder).repack()
        elif act == "verify":
            store = Store(folder)
            damages = store.verify()
            assert not damages, damages
            store.set_aside(damages)
        else:
            collect(Store(folder), GRID)
            Store(folder).failures()
            for key in Store(folder).keys():
                Store(folder).result(key)
        count += 1
    except StoreError as error:
        assert "Another process works" in str(error), error
    time.sleep(0.002)
print(count)
"""


def test_run_verify_pack_and_collect_at_once_damage_and_move_nothing(tmp_path):
    folder = tmp_path / "runs"
    script = LOOPS.format(tests=str(Path(__file__).parent))
    loops = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(folder), act, os.environ.get("POLYGENESIS_ATTACK_SECONDS", "3")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for act in ("run 1", "run 2", "verify", "pack", "collect")
    ]
    ends = [loop.communicate(timeout=600) for loop in loops]
    assert [loop.returncode for loop in loops] == [0] * 5, [err for _, err in ends]
    assert all(int(out) > 0 for out, _ in ends), ends
    assert not (folder / "set-aside").exists()
    run(folder)
    assert len(table_rows(folder)) == 25
    assert Store(folder).verify() == []


def test_a_store_that_vanishes_under_a_run_says_what_is_really_there(tmp_path, monkeypatch, capfd):
    import polygenesis.sweeps

    file, runs = tmp_path / "a.sweep.toml", tmp_path / "runs"
    file.write_text(SWEEP)
    seen = []

    def vanish(spec, replicates):
        seen.append(spec)
        if len(seen) == 3:
            shutil.rmtree(runs)
        return fake(spec, replicates)

    monkeypatch.setattr("polygenesis.sweeps.worker.FLUSH_SECONDS", 0)
    real = polygenesis.sweeps.run_sweep
    monkeypatch.setattr(polygenesis.sweeps, "run_sweep", lambda grid, **more: real(grid, **more, compute=vanish))
    assert main(["sweep", "run", str(file), "--workers", "1"]) == 1
    out, err = capfd.readouterr()
    there = len(Store(runs))
    assert there < 4
    assert out.startswith(f"{there} done, 0 failed, {4 - there} left")
    assert "no longer in" in err
    assert "Traceback" not in err
    monkeypatch.undo()
    assert main(["sweep", "run", str(file), "--workers", "1"]) == 0


def test_sound_runs_that_were_set_aside_come_back(tmp_path, capfd):
    truth = make(tmp_path / "runs")
    runs = tmp_path / "runs"
    damaged = spoil_pack(runs)
    (runs / "set-aside").mkdir()
    for path in [*(runs / "packs").iterdir(), runs / Store(runs).folders()[0]]:
        os.rename(path, runs / "set-aside" / path.name)
    assert main(["sweep", "verify", str(runs), "--restore"]) == 0
    assert capfd.readouterr().out.startswith("6 runs brought back")
    kept, _ = Store(runs).look(GRID.specs())
    assert len(kept) == 10
    assert damaged not in kept
    assert [path.name[:7] for path in (runs / "set-aside").iterdir()] == ["weights"]  # with what is damaged in it
    assert main(["sweep", "verify", str(runs), "--restore"]) == 0
    assert capfd.readouterr().out.startswith("0 runs brought back")
    assert set(table_rows(runs)) <= set(truth.rows)


def test_a_newer_schema_is_no_damage(tmp_path, capfd):
    from polygenesis.dynamics.keeping.folder import result_text

    truth = make(tmp_path / "runs")
    runs = tmp_path / "runs"
    path = runs / Store(runs).folders()[0] / "result.json"
    result = json.loads(path.read_text())
    del result["checksum"]
    path.write_text(result_text({**result, "schema": 99, "new": True}))
    before = contents(runs)
    for command in (["verify", str(runs)], ["collect", str(runs), "--csv", str(tmp_path / "t.csv")]):
        (runs / "index.sqlite").unlink(missing_ok=True)
        assert main(["sweep", *command]) == 2
        assert "a newer version of polygenesis wrote" in capfd.readouterr().err
    before.pop("index.sqlite")
    after = contents(runs)
    after.pop("index.sqlite", None)
    assert after == before
    with pytest.raises(Exception, match="newer version"):
        run(runs)
    assert truth.rows


def test_leftovers_of_other_hosts_go_when_they_are_a_day_old(tmp_path):
    store = Store(tmp_path)
    old, young = (f".tmp-elsewhere-{number}-{'ab' * 8}" for number in (1, 2))
    mine, strange = f".tmp-{os.uname().nodename.replace('-', '_')}-{os.getpid()}-{'cd' * 8}", ".tmp-notes"
    for place in ("", "packs", "status", "failures", "set-aside", f"parts/{'0' * 64}"):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        for name in (old, young, mine, strange):
            (tmp_path / place / name).write_text("half")
            if name in (old, strange):
                os.utime(tmp_path / place / name, (time.time() - 25 * 3600,) * 2)
        store.clean()
        left = {path.name for path in (tmp_path / place).iterdir() if path.name.startswith(".tmp-")}
        assert left == {young, mine, strange}, place


def test_temporary_names_cannot_be_foreseen_and_links_are_not_followed(tmp_path):
    from polygenesis import files

    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / ".lock").symlink_to(victim)
    (tmp_path / "runs" / "index.sqlite").symlink_to(victim)
    (tmp_path / "runs" / "status").mkdir()
    (tmp_path / "runs" / "status" / "sweep.json").symlink_to(victim)
    run(tmp_path / "runs")
    assert len(table_rows(tmp_path / "runs")) == 25
    with Store(tmp_path / "runs").lock():
        pass
    assert victim.read_text() == "precious"
    names = {files.temporary_name(tmp_path).name for _ in range(100)}
    assert len(names) == 100
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nothing")
    with pytest.raises(FileExistsError):
        files.create(link)
    assert not (tmp_path / "nothing").exists()
