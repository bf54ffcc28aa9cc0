"""What every test runs under: one thread, repeatable examples, and no PyTorch needed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import sys

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so it is for what a script starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

for _library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")  # pytest-xdist has a process a core already

os.environ["POLYGENESIS_THREADS"] = "1"
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")  # else it starts a process a core that each load PyTorch

# Containers often forbid to keep bytecode: every worker and subprocess would parse all sources anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

for _setting in ("POLYGENESIS_DEVICE", "POLYGENESIS_COMPILE"):
    os.environ.pop(_setting, None)  # tests name what they need

import numpy as np  # noqa: E402, F401  (a plugin may have loaded it before, with all cores)
import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

threadpool_limits(1, "blas")

settings.register_profile(
    "repeatable",
    derandomize=True,  # the same examples in every run
    database=None,
    deadline=None,  # no test depends on the clock
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip comparisons with PyTorch where it is not installed."""
    if importlib.util.find_spec("torch") is not None:
        return
    for item in items:
        if item.get_closest_marker("torch"):
            item.add_marker(pytest.mark.skip(reason="needs PyTorch: pip install 'polygenesis[torch]'"))


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def browser():
    """A headless browser of the system, driven by Playwright: one a process, which cannot drive two."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"needs a browser, and none of these is there: {', '.join(BROWSERS)}")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with playwright.sync_playwright() as driver:
        try:
            opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox"] if root else [])
        except playwright.Error as error:  # a stub that would fetch the browser from elsewhere, for instance
            pytest.skip(f"needs a browser, and {found} does not start: {str(error).splitlines()[0]}")
        yield opened
        opened.close()


@pytest.fixture
def hostile(browser):
    """A page of the browser for hostile texts: see `hostile_texts.Opened`."""
    from hostile_texts import Opened

    made = Opened(browser)
    yield made
    made.page.close()
