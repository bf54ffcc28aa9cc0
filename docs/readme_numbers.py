"""Numbers of the README and of docs/summaries.md, each between marks that name where it comes from, and figures."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from polygenesis.files import write

NUMBER = r"−?\d[\d.]*"

INTERVAL = re.compile(rf"({NUMBER}) \(90 % interval ({NUMBER}) to ({NUMBER})\)")
"""How a page writes a number."""

EXAMPLE = re.compile(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""An example of the README and what it prints."""

PUBLISHED = ("standard", "thorough")
"""Profiles whose numbers the README says: smaller networks are for trials."""

WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class OfPage:
    """A number of the README that stands on a study's page: that of a claim, with its interval or without."""

    study: str
    claim: str
    interval: bool = True

    def read(self, folder: Path) -> str | None:
        """Read the number off the page, in two digits after the point; None without a page of a published profile."""
        page = folder / f"{self.study}.md"
        if not page.is_file():
            return None
        text = page.read_text(encoding="utf-8")
        profile = re.search(r"--profile (\w+)`", text)
        at = text.find(f"— {self.claim}**")
        found = INTERVAL.search(text, at) if at >= 0 else None
        if profile is None or profile[1] not in PUBLISHED or found is None:
            return None
        return written(*(float(each.replace("−", "-")) for each in found.groups()), interval=self.interval)


NUMBERS: Mapping[str, OfPage] = {
    "law": OfPage("collision-count", "After training n²/4m neurons are polysemantic."),
    "published law": OfPage("collision-count", "The paper's own counts follow n²/4m.", interval=False),
}
"""Numbers of the README that stand on a page, by their mark."""


@dataclass(frozen=True)
class OfSentence:
    """A number in a sentence on a study's page: what the pattern's group holds, written as ``form`` writes numbers."""

    study: str
    pattern: str
    form: str = "{}"
    times: float = 1

    def read(self, folder: Path) -> str | None:
        """Read the number off the page; None without a page or a sentence of this kind."""
        page = folder / f"{self.study}.md"
        found = re.search(self.pattern, page.read_text(encoding="utf-8")) if page.is_file() else None
        if found is None:
            return None
        return self.form.format(float(found[1].replace(",", "")) * self.times) if self.form != "{}" else found[1]


SUMMARIES: Mapping[str, OfSentence] = {
    "equal at the start": OfSentence(
        "collision-sign", r"of ([\d,]+) pairs with equal signs \(malign\), none", "{:,.0f}"
    ),
    "pairs at rest": OfSentence("collision-sign", r"None of ([\d,]+) pairs that share a neuron at rest", "{:,.0f}"),
    "leader, flow": OfSentence(
        "winner-prediction", r"flow at n = 256, m = 512 the initial leader is right for ([\d.]+) %", "{:.0f}"
    ),
    "leader, AdamW": OfSentence("initial-leads", r"under AdamW in ([\d.]+) %[^;]* at m = 2n", "{:.1f}"),
    "at norm 1": OfSentence(
        "interference-timing", r"At the start \(n = 128, m = 256\) interference is ([\d.]+)", "{:.0f}", 100
    ),
    "at norm 0.2": OfSentence("interference-timing", r"with norm 0\.2, [^|]*\(m = 2n\)\. \| ([\d.]+) ", "{:.0f}", 100),
    "proved, least": OfSentence("interference-timing", r"proved time for δ = 0\.05 \(t = ([\d.]+) at m = 256"),
    "proved, most": OfSentence("interference-timing", r"proved time for δ = 0\.05 \(.*?, ([\d.]+) at m = 1024"),
    "race": OfSentence("interference-timing", r"of a race that lasts until about ([\d.]+\d)"),
}
"""Numbers of docs/summaries.md, by their mark."""


SPEEDS: Mapping[str, tuple[str, ...]] = {
    "figure speed": ("headline", "headline-published"),
    "same steps speed": ("adamw-256", "adamw-1024", "adamw-4096"),
}
"""Ratios of speed in the README: rows of benchmarks/bench.json, by mark."""


def speed(rows: tuple[str, ...], path: Path) -> str | None:
    """Read from a benchmark how many times faster ours is, over some rows; None where one was not measured."""
    found = {each["name"]: each["ratio"] for each in json.loads(path.read_text(encoding="utf-8"))["rows"]}
    ratios = [found.get(each) for each in rows]
    if any(each is None for each in ratios):
        return None
    least, most = (f"{float(f'{each:.2g}'):,g}" for each in (min(ratios), max(ratios)))
    return least if least == most else f"{least} to {most}"


def written(value: float, lower: float, upper: float, *, interval: bool = True) -> str:
    """Write a number as the README does.

    >>> written(0.872, 0.85, 0.8951)
    '0.87 (0.85 to 0.90)'
    """
    return f"{value:.2f} ({lower:.2f} to {upper:.2f})" if interval else f"{value:.2f}"


def between(text: str, mark: str) -> str:
    """Return what stands between a mark's two ends."""
    found = re.search(_marked(mark), text, re.DOTALL)
    if found is None:
        raise ValueError(f"The text must have <!-- {mark} --> … <!-- / -->, but has none.")
    return found[2]


def replaced(text: str, mark: str, new: str) -> str:
    """Return a text with something else between a mark's two ends."""
    between(text, mark)
    return re.sub(_marked(mark), lambda found: f"{found[1]}{new}{found[3]}", text, flags=re.DOTALL)


def _marked(mark: str) -> str:
    return rf"(<!-- {re.escape(mark)} -->)(.*?)(<!-- / -->)"


def write_readme(root: Path, into: Path) -> list[str]:
    """Write README.md with the numbers of the pages there and what its examples print; say which pages are missing."""
    text, failed = _numbered("README.md", root, into, NUMBERS)
    for mark, rows in SPEEDS.items():
        ratio = speed(rows, root / "benchmarks" / "bench.json")
        text = text if ratio is None else replaced(text, mark, ratio)
    write(into / "README.md", printed(text).encode())
    return failed


def write_summaries(root: Path, into: Path) -> list[str]:
    """Write docs/summaries.md with the numbers of the pages there; say which are missing."""
    text, failed = _numbered("docs/summaries.md", root, into, SUMMARIES)
    write(into / "docs" / "summaries.md", text.encode())
    return failed


def _numbered(name: str, root: Path, into: Path, numbers: Mapping[str, OfPage | OfSentence]) -> tuple[str, list[str]]:
    """A text with the numbers of the pages there, and which of them no page of a published profile says."""
    source = into / name if (into / name).is_file() else root / name
    text, failed = source.read_text(encoding="utf-8"), []
    for mark, number in numbers.items():
        found = number.read(into / "docs" / "studies")
        if found is None:
            failed.append(
                f"{name}'s number {mark!r}: docs/studies has no {number.study} at a published profile with it"
            )
        else:
            text = replaced(text, mark, found)
    return text, failed


def printed(text: str) -> str:
    """Return the README with what its examples print now below them."""
    names: dict[str, Any] = {}

    def run(found: re.Match[str]) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(found[1], "an example of README.md", "exec"), names)
        return f"```python\n{found[1]}```\n\n```text\n{out.getvalue().rstrip()}\n```"

    return EXAMPLE.sub(run, text)


def write_figures(root: Path, into: Path) -> list[str]:
    """Draw the README's figures and put their numbers into it; say which page has not been written."""
    folder = into / "docs" / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    source = into / "README.md" if (into / "README.md").is_file() else root / "README.md"
    text, failed = source.read_text(encoding="utf-8"), []
    allocation, diagram = (script(root / "examples" / f"{name}.py") for name in ("allocation", "phase_diagram"))
    strip = allocation.strip(allocation.network())
    allocation.write(strip, folder / "allocation.png")
    text = replaced(text, "allocation", told([each.caption for each in strip.frames]))
    rows = diagram.table()
    diagram.plots.save(diagram.diagram(rows).draw(), folder / "phase-diagram", ("png",))
    found = diagram.agreement(rows)
    text = replaced(text, "phase diagram", written(found.value, found.lower, found.upper))
    counts = into / "docs" / "studies" / "figures" / "collision-count-polysemantic-neurons.png"
    if counts.is_file():
        shutil.copyfile(counts, folder / "polysemantic-neurons.png")
    else:
        failed.append("docs/figures/polysemantic-neurons.png: there is no page of collision-count")
    write(into / "README.md", text.encode())
    return failed


def told(captions: list[str]) -> str:
    """Say what the second and the last moment of the network show."""
    counted = [re.match(r"t = (\d+): (\d+) neurons? shared \((\d+) benign, (\d+) malign\)", each) for each in captions]
    middle, end = counted[1], counted[-1]
    if middle is None or end is None:
        raise ValueError(f"Captions must count shared neurons, but are {captions}.")
    words = [WORDS[int(each)] for each in (middle[2], middle[4], end[2], end[4])]
    return (
        f"at t = {middle[1]} {words[0]} neurons are shared, {words[1]} of them malign; at\n"
        f"the end {words[2]}, {words[3]} malign"
    )


def script(path: Path) -> ModuleType:
    """Import an example."""
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
