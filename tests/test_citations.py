"""Every source that the code cites has its entry, and every entry is cited."""

from __future__ import annotations

import calendar
import re
from pathlib import Path

import pytest

from polygenesis.citations import PAPER, SOURCES, bibliography, bibtex, source
from polygenesis.errors import InputError

ROOT = Path(__file__).parents[1]
TEXTS = [
    *(path for path in (ROOT / "src").rglob("*.py") if path.name != "citations.py"),
    *(path for path in (ROOT / "docs").glob("*.md")),
    *(ROOT / name for name in ("README.md", "VISION.md", "CONTRIBUTING.md")),
]
ARXIV = re.compile(r"arXiv:\d{4}\.\d{4,5}")
THREE = re.compile(r"([A-Z][a-z]\w*), [A-Z][a-z]\w*,? and [A-Z]\w+,? \(?((?:19|20)\d\d)\b")
BY_NAME = re.compile(r"([A-Z][a-z]\w*(?: and [A-Z]\w+| et al\.)?)(?:, [A-Z]+)? \(?((?:19|20)\d\d)\b")


def cited(text: str) -> set[str]:
    """Return the keys in a text; "Ito (2008)", "Ito, VENUE 2008" and "Ito 2008" are the same key.

    Three authors or more are "First et al.", however a text names them. A date is no citation.
    """
    text = THREE.sub(r"\1 et al. \2", text)
    named = (" ".join(each) for each in BY_NAME.findall(text) if each[0] not in calendar.month_name)
    return {*ARXIV.findall(text), *named}


def test_keys_are_recognized():
    text = "See arXiv:2312.03096, Okabe and Ito (2008), Salmon, Moraes and Dror 2011 (Efron, JASA 1987), on 9 May 2026."
    assert cited(text) == {"arXiv:2312.03096", "Okabe and Ito 2008", "Salmon et al. 2011", "Efron 1987"}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_citation_has_its_entry(path: Path):
    assert cited(path.read_text(encoding="utf-8")) <= set(SOURCES)


@pytest.mark.parametrize("key", SOURCES)
def test_every_entry_is_cited(key: str):
    assert any(key in cited(path.read_text(encoding="utf-8")) for path in TEXTS)


@pytest.mark.parametrize("key", SOURCES)
def test_entries_are_complete(key: str):
    each = source(key)
    assert all(", " in author for author in each.authors)
    assert each.url.startswith("https://")
    assert key.startswith("arXiv:") or (str(each.year) in key and each.authors[0].split(",")[0] in key)
    assert key.removeprefix("arXiv:") in each.url or not key.startswith("arXiv:")
    assert each.bibtex.count("{") == each.bibtex.count("}")


def test_a_source_is_rendered():
    assert source("Glorot and Bengio 2010").plain == (
        "X. Glorot and Y. Bengio (2010). Understanding the difficulty of training deep feedforward neural networks. "
        "Proceedings of Machine Learning Research 9, 249–256. https://proceedings.mlr.press/v9/glorot10a.html"
    )
    assert source("arXiv:2209.10652").plain.startswith("N. Elhage et al. (2022). Toy Models")
    assert bibtex([PAPER]).startswith("@misc{lecomte2023causes,\n  author = {Lecomte, Victor and Thaman, Kushal and ")
    assert bibliography(["Glorot and Bengio 2010", "Efron 1987"])[0].startswith("B. Efron (1987).")
    assert len(bibliography()) == len(SOURCES)


def test_an_unknown_source_answers_with_the_known_ones():
    with pytest.raises(InputError, match=r"^Unknown source 'Efron 1978'; of [0-9]+ that are known, .*Efron 1987"):
        source("Efron 1978")
