"""The examples in docstrings are executed and print what they say."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import pkgutil

import pytest

import polygenesis


def modules() -> list[str]:
    """Every module that has an example."""
    names = [
        each.name for each in pkgutil.walk_packages(polygenesis.__path__, "polygenesis.") if "__main__" not in each.name
    ]
    return [name for name in names if ">>>" in source_of(name)]


def source_of(name: str) -> str:
    found = importlib.util.find_spec(name)
    return found.loader.get_source(name) or ""  # type: ignore[union-attr, attr-defined]


@pytest.mark.parametrize("name", modules())
def test_examples_print_what_they_say(name: str):
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0
