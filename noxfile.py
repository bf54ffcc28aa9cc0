"""Environments made from nothing: what continuous integration runs, and what proves that the core needs no PyTorch."""

from __future__ import annotations

import nox

nox.options.sessions = ["lint", "tests", "tests_without_torch", "docs"]
nox.options.reuse_existing_virtualenvs = True
WORKERS = ("-n", "auto", "--maxprocesses", "8", "--dist", "worksteal")

CLIENTS = ("transformers", "transformer-lens", "sae-lens", "timm", "torchvision")
"""Libraries whose networks people bring; they are read without being imported, so nothing else installs them."""

OFFLINE = {"HF_HUB_OFFLINE": "1"}
"""Networks are made from their settings: no test and no page downloads a model."""


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
    """Run the tests with the lowest version of every library that the package says it works with."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    stated = [
        *project["dependencies"],
        *project["optional-dependencies"]["torch"],
        *project["optional-dependencies"]["data"],
    ]
    session.install(*(each.replace(">=", "==") for each in stated))
    session.install("-e", ".[torch,data,test]", *(each.replace(">=", "==") for each in stated))
    session.run("python", "-m", "pytest", *(session.posargs or WORKERS))


@nox.session
def newest(session: nox.Session) -> None:
    """Run the tests with whatever version of every library is current."""
    session.install("--upgrade", "-e", ".[torch,data,parquet,cluster,test]")
    session.run("python", "-m", "pytest", *(session.posargs or WORKERS))


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
