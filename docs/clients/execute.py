"""Run the pages of clients whose libraries the documentation does not install, and keep what they show.

``nox -s clients`` runs it in the environment that has these libraries; ``make docs`` shows the pages as they are kept.
"""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

PAGES = sorted(Path(__file__).parent.glob("*.ipynb"))


def execute(page: Path) -> None:
    """Run a notebook from its first cell and write it back with its outputs, without times and identifiers."""
    notebook = nbformat.read(page, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number}", {}
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if each.get("name") != "stderr"]
    nbformat.write(notebook, page)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for each in PAGES:
        execute(each)
        print(f"{each.name}: executed")
