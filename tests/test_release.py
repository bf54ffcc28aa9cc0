"""What a release says and ships: one version, the whole tree, a paper whose numbers stand in the manual."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from importlib import metadata
from pathlib import Path

import pytest

import polygenesis
from polygenesis.citations import PAPER, source

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PROJECT["project"]["version"]
ARTICLE = (ROOT / "paper" / "paper.md").read_text(encoding="utf-8")


def test_the_version_is_one():
    """It is written in pyproject.toml; whatever else names it says the same, and the package asks its metadata."""
    assert polygenesis.__version__ == metadata.version("polygenesis")
    assert f"\nversion: {VERSION}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))["version"] == VERSION
    assert f"polygenesis-{VERSION}-" in (ROOT / "docs" / "installation.md").read_text(encoding="utf-8")
    assert f"\n## {VERSION}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert not [path for path in (ROOT / "src").rglob("*.py") if f'"{VERSION}"' in path.read_text(encoding="utf-8")]


def test_the_source_distribution_has_the_whole_tree():
    """Whatever is tracked is shipped, so that the tests of an unpacked source distribution pass."""
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout:
        pytest.skip("This tree is no checkout.")
    patterns = [each.lstrip("/") for each in PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]]
    tops = {path.split("/")[0] for path in done.stdout.splitlines()} - {"pyproject.toml"}
    assert sorted(top for top in tops if not any(fnmatch(top, pattern) for pattern in patterns)) == []


@pytest.mark.parametrize(("page", "quoted"), re.findall(r"<!-- ([\w./]+\.md): (.*?) -->", ARTICLE))
def test_numbers_of_the_paper_stand_in_the_manual(page, quoted):
    text = re.sub(r"<!-- .*? -->", "", (ROOT / page).read_text(encoding="utf-8"))  # the marks of numbers
    assert quoted in text


def test_findings_of_the_paper_name_where_they_come_from():
    findings = ARTICLE.split("# Some findings")[1].split("# Related")[0]
    shown = re.sub(r"<!--.*?-->", "", findings, flags=re.S)
    quoted = " ".join(re.findall(r"<!--.*?-->", findings, flags=re.S))
    numbers = set(re.findall(r"\b\d[\d.,]*\b", re.sub(r"\$.*?\$|!\[.*?\]\(.*?\)", "", shown)))
    known = set(re.findall(r"\b\d[\d.,]*\b", quoted)) | {"256", "512"}
    assert {each.rstrip(".,") for each in numbers} <= {each.rstrip(".,") for each in known}


def test_the_paper_cites_what_its_bibliography_has_and_shows_what_is_there():
    entries = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "paper" / "paper.bib").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"@(\w+)", ARTICLE)) == entries
    assert source(PAPER).url in (ROOT / "paper" / "paper.bib").read_text(encoding="utf-8")
    figures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", ARTICLE)
    assert figures
    assert all((ROOT / "paper" / figure).is_file() for figure in figures)


def test_what_changed_is_said_of_every_former_name():
    """The table of the changelog names whatever still answers with a warning."""
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for folder in ("probe", "sweeps"):
        for name in getattr(polygenesis, folder)._FORMER:
            assert re.search(rf"`{folder}\.[^|]*\b{name}\b", changes) or f"`{name}`" in changes, name
