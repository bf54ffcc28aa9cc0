"""WordNet's nouns: common words by their usual sense, and the classes to which they belong."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path("/usr/share/wordnet")
"""Where Debian's package wordnet-base puts its files (format: wndb(5WN))."""

FIRST_TOPIC = 3
TOPIC_NAMES = (
    "top act animal artifact attribute body cognition communication event feeling food group location motive object "
    "person phenomenon plant possession process quantity relation shape state substance time"
)
TOPICS = TOPIC_NAMES.split()
"""Names of the lexicographer files of nouns, in their order from number 3 on (lexnames(5WN))."""


@dataclass
class Synset:
    """One meaning: its first word, its lexicographer file (3 to 28), the meanings above it, and its words."""

    name: str
    file: int
    above: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def synsets(folder: Path = FOLDER) -> dict[int, Synset]:
    """Read all meanings of nouns, by their offset in data.noun."""
    found = {}
    for line in (folder / "data.noun").read_text(encoding="latin-1").splitlines():
        if line.startswith("  "):
            continue
        fields = line.split("|")[0].split()
        words = int(fields[3], 16)
        pointers = fields[5 + 2 * words :]
        above = [int(at) for sign, at in zip(pointers[::4], pointers[1::4], strict=False) if sign in ("@", "@i")]
        found[int(fields[0])] = Synset(fields[4].replace("_", " "), int(fields[1]), above)
    return found


def usual_senses(folder: Path = FOLDER) -> dict[str, int]:
    """Common nouns of one word, each with the meaning that it has in most of its tagged uses."""
    uses: dict[str, Counter[int]] = defaultdict(Counter)
    for line in (folder / "cntlist.rev").read_text(encoding="latin-1").splitlines():
        key, sense, count = line.split()
        word, kind = key.split("%")
        if kind.startswith("1:"):
            uses[word][int(sense)] += int(count)
    found = {}
    for line in (folder / "index.noun").read_text(encoding="latin-1").splitlines():
        if line.startswith("  "):
            continue
        word, _, senses, *rest = line.split()
        if not word.isalpha() or len(word) < 3 or word not in uses:
            continue
        sense, count = uses[word].most_common(1)[0]
        if 2 * count > uses[word].total():
            found[word] = int(rest[-int(senses) :][sense - 1])
    return found


@dataclass(frozen=True)
class NounClass:
    """A class of nouns: its words, and the topic (lexicographer file) of the meaning above them."""

    words: tuple[str, ...]
    topic: str


def classes(least: int, most: int, folder: Path = FOLDER) -> dict[str, NounClass]:
    """Name → class: the most general meanings that cover at least ``least`` and at most ``most`` common nouns.

    A meaning covers the words of all meanings below it. None of the classes lies below another, though a word with
    two lines of descent can be in two of them. Names that several meanings have are told apart by an example.
    """
    meanings, usual = synsets(folder), usual_senses(folder)
    below: dict[int, set[str]] = defaultdict(set)
    for word, meaning in usual.items():
        for each in ancestors(meanings, meaning):
            below[each].add(word)
    small = {at for at, words in below.items() if len(words) <= most}
    chosen = [at for at in small if len(below[at]) >= least and not small & (ancestors(meanings, at) - {at})]
    named = Counter(meanings[at].name for at in chosen)
    found = {}
    for at in sorted(chosen):
        words = tuple(sorted(below[at]))
        name = meanings[at].name if named[meanings[at].name] == 1 else f"{meanings[at].name} ({words[0]})"
        found[name] = NounClass(words, TOPICS[meanings[at].file - FIRST_TOPIC])
    return found


def ancestors(meanings: dict[int, Synset], meaning: int) -> set[int]:
    """A meaning and all meanings above it."""
    found, waiting = set(), [meaning]
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += meanings[at].above
    return found
