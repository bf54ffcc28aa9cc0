"""How the documentation is built: Markdown, executed examples, warnings as errors (`make docs`)."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))  # for mathml.py and docstrings.py, which lie beside this file

project = "polygenesis"
author = "The polygenesis authors"
copyright = "2026, the polygenesis authors"
release = metadata.version("polygenesis")

extensions = ["myst_nb", "mathml", "sphinx.ext.autodoc", "docstrings"]
exclude_patterns = ["_build", "diagnosis_error_rates.md", "diagnosed/*_table.md"]
nitpicky = True
NUMBERS = ("pydantic.functional_validators.BeforeValidator", "polygenesis.checks.whole", "polygenesis.checks.real")
nitpick_ignore = [("py:class", name) for name in NUMBERS]  # what the number types of `parts` are made of
default_role = "literal"  # `name` in docstrings is code
autodoc_typehints = "none"  # shapes and units stand in the text, where they can be said
autodoc_member_order = "bysource"

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300  # the first cell may compile the kernels, on a busy machine
nb_execution_excludepatterns = ["clients/*.ipynb"]  # run by `nox -s clients`, which installs what they import
nb_execution_in_temp = True  # what examples write stays out of the sources

html_math_renderer = "mathml"
html_static_path = ["_static"]
html_theme = "furo"
html_title = f"polygenesis {release}"
html_show_sphinx = False
html_css_files = ["pages.css"]


def write_explorer(app: Sphinx, error: Exception | None) -> None:
    """Write the page that the front page shows in a frame."""
    if error is None and app.builder.format == "html":
        from polygenesis.report.explorer import explore

        explore().save(Path(app.outdir) / "_static" / "explorer.html")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", write_explorer)
