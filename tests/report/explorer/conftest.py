"""A headless browser for the explorer's tests: the system's own, or a skip that says why."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from polygenesis.report.explorer.bundle import bundle
from polygenesis.report.explorer.data import encoded
from polygenesis.report.explorer.page import scripts

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

CORE = {
    "census": ("census", "finalCount"),
    "collisions": ("collisions",),
    "data": ("decodeBytes", "readData"),
    "flow": ("penalized",),
    "forces": ("forces",),
    "laws": ("laws",),
    "race": ("decidedAt", "exactRace"),
    "random": ("generator",),
    "simulate": ("simulate", "summarize"),
    "start": ("LAWS", "start", "startWithout"),
}
"""What tests call in the browser, by file of core/."""


@pytest.fixture(scope="session")
def browser():
    """A headless browser of the system, driven by Playwright."""
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
def visit(browser):
    """Open an HTML text from a file in a page of its own; what its console complains of must be nothing at the end."""
    pages, complaints = [], []

    def open_page(path, fragment="", **options):
        page = browser.new_page(**options)
        page.set_default_timeout(60_000)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if request.url.startswith("http") else None)
        page.goto(path.as_uri() + fragment)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []


@pytest.fixture(scope="session")
def core(browser):
    """The functions of core/ in a blank page: ``core(name, …)`` calls one, with arrays as typed arrays and back."""
    lines = [f'import {{{", ".join(names)}}} from "./core/{file}.js";\n' for file, names in CORE.items()]
    names = ", ".join(name for each in CORE.values() for name in each)
    source = bundle(scripts() | {"tested.js": f"{''.join(lines)}window.core = {{{names}}};\n"}, "tested.js")
    page = browser.new_page()
    page.add_script_tag(content=source)
    page.add_script_tag(content=CROSSING)
    return lambda name, *arguments: page.evaluate("call", [name, [sent(each) for each in arguments]])


CROSSING = """
function call([name, given]) {
  const received = (value) => {
    if (value === null || typeof value !== "object") return value;
    if (value.float64 !== undefined) return new Float64Array(core.decodeBytes(value.float64));
    if (value.float32 !== undefined) return new Float32Array(core.decodeBytes(value.float32));
    if (Array.isArray(value)) return value.map(received);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, received(each)]));
  };
  const returned = (value) => {
    if (ArrayBuffer.isView(value)) return Array.from(value);
    if (Array.isArray(value)) return value.map(returned);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, returned(each)]));
  };
  const found = core[name];
  return returned(typeof found === "function" ? found(...given.map(received)) : found);
}
"""


def sent(value):
    """Arrays as base64, since a browser is asked in JSON; all else as it is."""
    if isinstance(value, np.ndarray):
        kind = "float32" if value.dtype == np.float32 else "float64"
        return {kind: encoded(value, "<f4" if kind == "float32" else "<f8")}
    if isinstance(value, dict):
        return {name: sent(each) for name, each in value.items()}
    return [sent(each) for each in value] if isinstance(value, list | tuple) else value
