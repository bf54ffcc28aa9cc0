"""Environments made from nothing: what continuous integration runs, and what proves that the core needs no PyTorch."""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.sessions = ["lint", "tests", "tests_without_torch", "docs"]
nox.options.reuse_existing_virtualenvs = True
WORKERS = ("-n", "auto", "--maxprocesses", "8", "--dist", "worksteal")

CLIENTS = ("transformers", "transformer-lens", "sae-lens", "timm", "torchvision")
"""Libraries whose networks people bring; they are read without being imported, so nothing else installs them."""

OFFLINE = {"HF_HUB_OFFLINE": "1"}
"""Networks are made from their settings: no test and no page downloads a model."""


SENSITIVE = (
    *(f"tests/{name}" for name in ("test_kernels.py", "test_spec.py", "test_seeds.py", "test_parts.py")),
    *(f"tests/{name}" for name in ("dynamics", "detect", "stats", "theory", "plots", "cli")),
    *(f"tests/sweeps/test_{name}.py" for name in ("table", "store", "cluster")),
    *(f"tests/probe/test_{name}.py" for name in ("activation_holders", "probe_sources", "label_forms")),
)
"""Tests of what other libraries compute, check, draw or store; the whole suite is for the pinned versions."""


def pinned(name: str) -> str:
    """The requirement of a library in constraints.txt: Linux's current PyTorch brings gigabytes of CUDA libraries."""
    lines = Path("constraints.txt").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{name}=="))


def install(session: nox.Session, extras: str) -> None:
    session.install("-c", "constraints.txt", "-e", f".[{extras}]")


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests."""
    install(session, "torch,data,parquet,cluster,test")
    session.run("python", "-m", "pytest", *(session.posargs or WORKERS))


@nox.session
def tests_without_torch(session: nox.Session) -> None:
    """Run all tests where PyTorch, pyarrow and Dask are not installed; what needs them is skipped, nothing may fail."""
    install(session, "test")
    session.run("python", "-c", "import importlib.util as u; assert u.find_spec('torch') is None, 'torch is installed'")
    session.run("python", "-m", "pytest", *(session.posargs or WORKERS))


@nox.session
def clients(session: nox.Session) -> None:
    """Try what people bring: current transformers, TransformerLens, SAELens, timm and scikit-learn; run their pages."""
    session.install("-e", ".[torch,data,test]", "myst-nb", *CLIENTS)
    session.run("python", "-m", "pytest", "tests/clients", *session.posargs, env=OFFLINE)
    session.run("python", "docs/clients/execute.py", env=OFFLINE)


@nox.session
def oldest(session: nox.Session) -> None:
    """Test with the lowest stated version of every library, and with PyTorch as pinned: its own bound is not tried."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    extras = project["optional-dependencies"]
    stated = [*project["dependencies"], *extras["data"], *extras["parquet"], *extras["cluster"]]
    lowest = [each.replace(">=", "==") for each in stated]
    session.install("-e", ".[torch,data,parquet,cluster,test]", *lowest, pinned("torch"))
    session.run("python", "-m", "pytest", *(session.posargs or (*WORKERS, *SENSITIVE)))


@nox.session
def newest(session: nox.Session) -> None:
    """Test with the current version of every library, and with PyTorch as pinned."""
    session.install("--upgrade", "-e", ".[torch,data,parquet,cluster,test]", pinned("torch"))
    session.run("python", "-m", "pytest", *(session.posargs or (*WORKERS, *SENSITIVE)))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types and the direction of imports."""
    install(session, "lint,test")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; its examples are executed, warnings are errors."""
    install(session, "docs,torch,data")
    session.run("python", "-m", "sphinx", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")
    session.run("python", "tests/offline.py", "docs/_build/html")
