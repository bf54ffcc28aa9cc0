"""Compiled code is never stale: any edit of its sources is seen, and files cut short or altered are compiled anew."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from polygenesis import files, kernels
from polygenesis.dynamics.keeping.provenance import versions

SOURCES = kernels.sources()
MODULES = {f"polygenesis.{'.'.join(path.relative_to(kernels.PACKAGE).with_suffix('').parts)}": path for path in SOURCES}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of compiled code of a test's own."""
    monkeypatch.setattr(kernels, "folder", lambda: tmp_path)
    return tmp_path


def cube(x):
    return x * x * x


def hits(function) -> int:
    return sum(function.stats.cache_hits.values())


def test_whoever_compiles_does_it_by_the_one_decorator():
    """Nobody else may, since the cache would not see an edit."""
    others = re.compile(r"(?<!jax\.)\bn?jit\(|@numba\b|import n?jit\b|\bvectorize\(|cfunc\(|extending\.")
    found = [path for path in sorted(kernels.PACKAGE.rglob("*.py")) if others.search(path.read_text(encoding="utf-8"))]
    assert found == [Path(kernels.__file__)]
    assert len(SOURCES) > 10
    assert {path.stem for path in SOURCES} >= {"step_control", "simd", "curveball", "ranking", "kernels"}


def decorated(tree: ast.Module) -> list[ast.FunctionDef]:
    def name(node: ast.expr) -> str:
        return ast.unparse(node.func if isinstance(node, ast.Call) else node)

    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and {name(each) for each in node.decorator_list} & {"compiled", "intrinsic"}
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_constants_of_compiled_code_come_from_sources_of_compiled_code(path):
    """A constant is taken over when a function is compiled: the file that it comes from must be part of the hash."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("polygenesis")
        for alias in node.names
    }
    for function in decorated(tree):
        body = [name for statement in function.body for name in ast.walk(statement) if isinstance(name, ast.Name)]
        used = {name.id for name in body} & set(imported)
        whence = {whole if (whole := f"{imported[each]}.{each}") in MODULES else imported[each] for each in used}
        assert whence <= set(MODULES), function.name


def test_an_edit_of_a_constant_is_seen(tmp_path):
    """In a copied tree, with the cache kept."""
    shutil.copytree(kernels.PACKAGE, tmp_path / "polygenesis", ignore=shutil.ignore_patterns("__pycache__"))
    edited = tmp_path / "polygenesis" / "stepping_constant.py"
    user = tmp_path / "polygenesis" / "stepping_user.py"
    edited.write_text(
        "from polygenesis.kernels import compiled\nSAFETY = 2.0\n@compiled\ndef twice(x):\n    return SAFETY * x\n"
    )
    user.write_text(
        "from polygenesis.kernels import compiled, fingerprint, folder\n"
        "from polygenesis.stepping_constant import twice\n@compiled\ndef fourfold(x):\n    return twice(twice(x))\n"
        "if __name__ == '__main__':\n"
        "    from polygenesis.stepping_user import fourfold\n"
        "    value = fourfold(1.0)\n"
        "    print(value, sum(fourfold.stats.cache_hits.values()), fingerprint(), folder().parent.parent.name)\n"
    )

    def run() -> list[str]:
        environment = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
        environment["PYTHONPATH"] = str(tmp_path)
        command = [sys.executable, "-m", "polygenesis.stepping_user"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path)
        return done.stdout.split()

    first, second = run(), run()
    assert first[:2] == ["4.0", "0"]
    assert second[:2] == ["4.0", "1"]
    assert first[2:] == second[2:]
    assert first[3] == "polygenesis"
    edited.write_text(edited.read_text().replace("2.0", "3.0"))
    third = run()
    assert third[:2] == ["9.0", "0"]
    assert third[2] != first[2]


def test_what_is_kept_is_taken_again(place):
    first, second = kernels.compiled(cube), kernels.compiled(cube)
    assert first(3.0) == second(3.0) == 27.0
    assert hits(first) == 0
    assert hits(second) == 1
    assert second(3) == 27
    assert hits(second) == 1
    assert len(list(place.iterdir())) == 2


@pytest.mark.parametrize("harm", ["cut", "empty", "flipped", "other"])
def test_a_file_that_is_not_whole_is_compiled_anew(place, harm):
    kernels.compiled(cube)(3.0)
    (file,) = place.iterdir()
    data = file.read_bytes()
    file.write_bytes(
        {"cut": data[:-9], "empty": b"", "flipped": data[:99] + bytes([data[99] ^ 4]) + data[100:], "other": b"x" * 99}[
            harm
        ]
    )
    again = kernels.compiled(cube)
    assert again(3.0) == 27.0
    assert hits(again) == 0
    assert hits(third := kernels.compiled(cube)) == 0
    assert third(3.0) == 27.0
    assert hits(third) == 1


def test_what_another_python_wrote_is_compiled_anew(place):
    kernels.compiled(cube)(3.0)
    (file,) = place.iterdir()
    kernels.keep(file, b"no pickle")
    again = kernels.compiled(cube)
    assert again(3.0) == 27.0
    assert hits(again) == 0


def test_nothing_is_kept_of_sources_that_changed_under_the_process(place, monkeypatch):
    monkeypatch.setattr(kernels, "unchanged", lambda: False)
    assert kernels.compiled(cube)(3.0) == 27.0
    assert list(place.iterdir()) == []


def test_a_disk_that_refuses_stops_nobody(place, monkeypatch):
    def refuse(*args, **kwargs):
        raise kernels.StoreError("no space left")

    monkeypatch.setattr(kernels.files, "write", refuse)
    assert kernels.compiled(cube)(3.0) == 27.0
    assert list(place.iterdir()) == []


def elsewhere(tmp_path, monkeypatch) -> Path:
    """Compile `cube` in another folder, as another process would; return the file."""
    other = tmp_path / "other"
    other.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(kernels, "folder", lambda: other)
        kernels.compiled(cube)(3.0)
    (file,) = other.iterdir()
    return file


@pytest.fixture
def held(tmp_path, monkeypatch):
    """What another process would make of `cube`, where it goes, and the lock that this process holds meanwhile."""
    file = elsewhere(tmp_path, monkeypatch)
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.setattr(kernels, "folder", lambda: place)
    lock = place / f"{file.name}{kernels.LOCK}"
    with files.locked(lock) as free:
        assert free
        if "fcntl" not in sys.modules:
            pytest.skip("no locks between processes here")
        yield file, place / file.name


def test_what_another_process_compiles_is_awaited(held):
    source, target = held
    waiting = kernels.compiled(cube)
    with ThreadPoolExecutor() as pool:
        found = pool.submit(waiting, 3.0)
        with pytest.raises(TimeoutError):
            found.result(timeout=0.3)
        os.replace(source, target)
        assert found.result(timeout=60) == 27.0
    assert hits(waiting) == 1
    assert kernels.cold() is False


def test_who_has_waited_long_compiles_too(held, monkeypatch):
    monkeypatch.setattr(kernels, "PATIENCE", 0.2)
    assert kernels.cold()
    made = kernels.compiled(cube)
    assert made(3.0) == 27.0
    assert hits(made) == 0
    assert held[1].exists()


def test_no_lock_stays_where_compiling_fails(place):
    def broken(x):
        return x.nothing

    with pytest.raises(Exception, match="nothing"):
        kernels.compiled(broken)(3.0)
    assert list(place.iterdir()) == []


def found_folder(monkeypatch, parents):
    monkeypatch.setattr(kernels, "_parents", lambda: iter(parents))
    monkeypatch.setenv(kernels.SHARED, "")  # so that it is unset again
    kernels._warn.cache_clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = kernels.folder.__wrapped__()
        again = kernels.folder.__wrapped__()  # as a process does that this one starts
    return found, again, [str(each.message) for each in caught]


def test_without_a_folder_a_temporary_one_is_shared_and_said_once(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    found, again, said = found_folder(monkeypatch, [tmp_path / "file"])
    assert found == again
    assert found.is_dir()
    assert found.name.endswith(f"-kernels-{kernels.fingerprint()}")
    assert len(said) == 1
    assert said[0].startswith("Compiled code cannot be kept, since nothing can be written to")
    kernels._remove_own(found, os.getpid() + 1)
    assert found.is_dir()  # a forked child leaves it
    kernels._remove_own(found, os.getpid())
    assert not found.exists()


def test_a_shared_folder_that_others_may_write_is_not_taken(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    foreign = tmp_path / f"x-kernels-{kernels.fingerprint()}"
    foreign.mkdir(mode=0o700)
    foreign.chmod(0o770)
    monkeypatch.setattr(kernels, "_parents", lambda: iter([tmp_path / "file"]))
    monkeypatch.setenv(kernels.SHARED, str(foreign))
    kernels._warn.cache_clear()
    with pytest.warns(RuntimeWarning):
        found = kernels.folder.__wrapped__()
    assert found != foreign
    shutil.rmtree(found)


def test_without_any_folder_everything_is_compiled_and_said_once(monkeypatch, tmp_path):
    def refuse(*args, **kwargs):
        raise OSError("read-only")

    (tmp_path / "file").write_text("")
    monkeypatch.setattr(kernels.tempfile, "mkdtemp", refuse)
    found, again, said = found_folder(monkeypatch, [tmp_path / "file"])
    assert found is None
    assert again is None
    assert len(said) == 1
    monkeypatch.setattr(kernels, "folder", lambda: None)
    assert kernels.compiled(cube)(3.0) == 27.0


def test_a_numba_that_keeps_code_otherwise_is_said(monkeypatch):
    def unknown(function):
        raise ImportError("no such class")

    monkeypatch.setattr(kernels, "_cache", unknown)
    kernels._warn.cache_clear()
    with pytest.warns(RuntimeWarning, match="this Numba keeps it in a way"):
        assert kernels.compiled(cube)(3.0) == 27.0


def test_folders_of_other_sources_go_when_nobody_has_used_them_for_long(tmp_path):
    old, young = tmp_path / "kernels-old", tmp_path / "kernels-young"
    for each in (old, young):
        each.mkdir()
    os.utime(old, (1, 1))
    kernels._remove_old(tmp_path, "kernels-new")
    assert not old.exists()
    assert young.exists()


def test_a_named_folder_is_used(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert kernels.folder.__wrapped__() == tmp_path / "polygenesis" / f"kernels-{kernels.fingerprint()}"


def test_nobody_needs_a_home(monkeypatch):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert list(kernels._parents()) == [kernels.PACKAGE / "__pycache__"]


def test_runs_say_which_compiled_code_made_them():
    assert versions()["kernels"] == kernels.fingerprint()
