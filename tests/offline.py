"""What a page asks of other hosts: nothing, as `make docs` and the tests check with the same function.

    python tests/offline.py docs/_build/html

lists every request to another host that a file below the folder would make, and exits with 1 if there is one. Links
that a reader may follow (`<a href>`) are no requests.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ELSEWHERE = r"(?:https?:|wss?:)?//"
LOADING = {"src", "srcset", "data", "poster", "action", "formaction", "background", "manifest", "ping", "xlink:href"}
"""Attributes whose address a browser loads or sends to."""

FOLLOWED = {"a", "area"}
"""Elements whose `href` waits for a reader."""

HARMLESS = {"canonical", "license", "author", "next", "prev"}
"""Kinds of `<link>` that name a place and load nothing."""

STYLE = re.compile(rf"(?:url\(|@import)\s*[\"']?\s*({ELSEWHERE}[^\"')\s]*)", re.IGNORECASE)
SCRIPT = re.compile(
    r"(?:\b(?:fetch|import|importScripts|Worker|EventSource|WebSocket|sendBeacon)\s*\(\s*"
    r"|\.open\s*\(\s*[\"'`]\w+[\"'`]\s*,\s*"
    r"|\.src\s*=\s*"
    r"|\bfrom\s*|\bimport\s*)"
    rf"[\"'`]({ELSEWHERE}[^\"'`\s]*)"
)


class Page(HTMLParser):
    """Collects the addresses that a page would ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        values = {name: value or "" for name, value in attrs}
        for name, value in values.items():
            if name == "srcdoc":
                self.found += Page(value).found
            elif name == "style":
                self.found += in_styles(value)
            elif name in LOADING or (name == "href" and tag not in FOLLOWED and not _harmless(tag, values)):
                places = re.split(r",\s+", value) if name == "srcset" else [value]
                self.found += [each.split()[0] for each in places if re.match(rf"\s*{ELSEWHERE}", each)]
            elif name.startswith("on"):
                self.found += in_scripts(value)
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.found += re.findall(rf"url\s*=\s*({ELSEWHERE}\S*)", values.get("content", ""), re.IGNORECASE)

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.found += in_styles(data)
        elif self.inside == "script":
            self.found += in_scripts(data)


def _harmless(tag: str, values: dict[str, str]) -> bool:
    return tag == "link" and set(values.get("rel", "").lower().split()) <= HARMLESS


def in_pages(text: str) -> list[str]:
    """Return the addresses on other hosts that an HTML page (or a part of one, or an SVG) loads or sends to."""
    return Page(text).found


def in_styles(text: str) -> list[str]:
    """Return the addresses on other hosts that a style sheet loads."""
    return STYLE.findall(text)


def in_scripts(text: str) -> list[str]:
    """Return the addresses on other hosts that stand in a script's calls to load or to send something.

    An address that a script puts together is not found; `tests/test_offline.py` opens pages in a browser too.
    """
    return SCRIPT.findall(text)


READERS = {".html": in_pages, ".svg": in_pages, ".css": in_styles, ".js": in_scripts, ".mjs": in_scripts}


def in_folder(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield (file, address) for every request of a folder's pages, style sheets and scripts."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in READERS:
            for address in READERS[path.suffix](path.read_text(encoding="utf-8")):
                yield path.relative_to(folder), address


def main(folder: Path) -> int:
    """Print what a folder asks of other hosts, and say by the exit status whether it asks nothing."""
    read = sum(path.suffix in READERS for path in folder.rglob("*"))
    if not read:
        print(f"{folder}: no page here to check.", file=sys.stderr)
        return 2
    found = list(in_folder(folder))
    for path, address in found:
        print(f"{path} asks another host: {address}", file=sys.stderr)
    if not found:
        print(f"None of {read} files in {folder} asks another host for anything.")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
