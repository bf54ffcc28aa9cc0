"""What polygenesis raises, and the one form in which it says what is wrong."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any


class PolygenesisError(Exception):
    """Anything that polygenesis itself reports; its text is one sentence for a reader."""


class InputError(PolygenesisError, ValueError):
    """The user's input cannot be used; the sentence names the field and the value (exit code 2)."""


class StoreError(PolygenesisError, OSError):
    """A folder of results cannot be read or written; the sentence names the path (exit code 2)."""


def bad_argument(name: str, must: str, value: object) -> InputError:
    """Say that an argument must be something and what it is instead.

    >>> str(bad_argument("m", "be at least 1", 0))
    'Argument `m` must be at least 1, but is 0.'
    """
    return InputError(f"Argument `{printable(name)}` must {must}, but is {shortened(value)}.")


def unknown_name(what: str, name: object, known: Iterable[str]) -> InputError:
    """Say that a name is not known, list the known ones, and ask whether the most similar one was meant.

    >>> str(unknown_name("study", "colision", ["collision-count"]))
    "Unknown study 'colision'; known: collision-count. Did you mean 'collision-count'?"
    """
    names = sorted(known)
    if not names:
        return InputError(f"Unknown {what} {shortened(name)}; there is none.")
    asked = did_you_mean(str(name), names, quote="'")
    if len(names) <= LISTED:
        return InputError(f"Unknown {what} {shortened(name)}; known: {', '.join(names)}.{asked}")
    near = ", ".join(_nearest(str(name), names))
    return InputError(
        f"Unknown {what} {shortened(name)}; of {len(names)} that are known, the nearest are {near}.{asked}"
    )


LISTED, NEAR = 24, 6
"""Known names that are all listed, and how many of the nearest are, where there are more."""

SYNONYMS = {
    "lambda": "penalty.strength",
    "l1": "penalty.strength",
    "learning_rate": "training.lr",
    "epochs": "training.steps",
    "optimizer": "training.kind",
    "activation_function": "model.activation",
    "std": "initial.std",
    "sigma": "noise.std",
    "neurons": "model.m",
    "runs": "replicates",
    "networks": "replicates",
}
"""Words of other libraries and of papers, and the fields that they stand for here."""

SIMILAR = 0.6
"""Share of letters in common (difflib's ratio) from which one name is taken for a misspelling of another."""

ASKED = 3
"""Most names that one question asks about."""


def did_you_mean(name: str, known: Iterable[str], quote: str = "`") -> str:
    """Return the question whether known names were meant, with a space before it; nothing where none is similar.

    >>> did_you_mean("simualte", ["simulate", "study"])
    ' Did you mean `simulate`?'
    >>> did_you_mean("--lambda", ["--model.n", "--penalty.strength"], quote="")
    ' Did you mean --penalty.strength?'
    """
    found = meant(name, known)
    return f" Did you mean {' or '.join(f'{quote}{each}{quote}' for each in found)}?" if found else ""


def meant(name: str, known: Iterable[str]) -> list[str]:
    """Return the known names that a misspelled, abbreviated or foreign one probably means, at most three.

    In this order: the same letters in another case or with other hyphens; a synonym (:data:`SYNONYMS`); the same last
    part of a dotted name; the most similar one.

    >>> meant("m", ["model.n", "model.m"]), meant("rate-constnat", ["rate-constant"])
    (['model.m'], ['rate-constant'])
    """
    written = {_plain(each): each for each in known}
    wanted = _plain(name)
    last = wanted.rpartition(".")[2]
    for exact in (wanted, SYNONYMS.get(wanted, ""), SYNONYMS.get(last, "")):
        if exact in written:
            return [written[exact]]
    ended = [each for each in written if "." in each and each.endswith(f".{last}")]
    if ended:
        return [written[each] for each in sorted(ended, key=lambda each: -_likeness(wanted, each))[:ASKED]]
    best = max(written, key=lambda each: _likeness(wanted, each), default="")
    return [written[best]] if best and _likeness(wanted, best) >= SIMILAR else []


def _plain(name: str) -> str:
    """A name without the hyphens of a flag, in small letters."""
    return name[:LONGEST].lstrip("-").lower().replace("-", "_")


LONGEST = 80
"""Letters of a name that are compared: comparing takes time that grows with the square of the length."""


def _likeness(name: str, other: str) -> float:
    """The share of letters in common: of the last parts, where only these can differ or one name has no other."""
    from difflib import SequenceMatcher

    (owner, _, last), (owner_of_other, _, last_of_other) = name.rpartition("."), other.rpartition(".")
    whole = owner and owner_of_other and owner != owner_of_other
    return SequenceMatcher(None, *((name, other) if whole else (last, last_of_other))).ratio()


class NoAttribute(AttributeError):
    """The AttributeError of a misspelled attribute, which asks whether a similar one was meant.

    It finds the similar one when it is read: whoever only asks whether an attribute is there (``hasattr``, ``getattr``
    with a default) does not wait for that.

    >>> str(NoAttribute("module 'polygenesis'", "simualte", lambda: ["simulate"]))
    "module 'polygenesis' has no attribute 'simualte'. Did you mean 'simulate'?"
    """

    def __init__(self, owner: str, name: str, known: Callable[[], Iterable[str]]) -> None:
        # Python asks the same below a traceback, but not in a notebook; without `obj` it does not ask twice
        super().__init__(name=name)
        self._owner, self._known = owner, known

    def __str__(self) -> str:
        asked = did_you_mean(str(self.name), self._known(), quote="'")
        return f"{self._owner} has no attribute {self.name!r}.{asked}"

    def __reduce__(self) -> Any:
        return AttributeError, (str(self),)


NoAttribute.__module__ = "builtins"  # what a traceback shows
NoAttribute.__name__ = NoAttribute.__qualname__ = "AttributeError"


class Suggesting:
    """Objects whose misspelled attributes are answered with the one that was probably meant."""

    if not TYPE_CHECKING:  # type checkers would take every attribute for known

        def __getattr__(self, name: str) -> Any:
            """Refuse an attribute that is not there; Python calls this for no other."""
            cls = type(self)
            if any(name in each.__dict__ for each in cls.__mro__):
                return object.__getattribute__(self, name)  # a property of that name raised: let it say why
            private = name.startswith("_")  # libraries probe for private names
            raise NoAttribute(f"{cls.__name__!r} object", name, lambda: () if private else _public(self))


def _public(owner: object) -> list[str]:
    """The public attributes of an object, and those of its parts by dotted names."""
    names = [name for name in dir(owner) if not name.startswith("_")]
    fields = getattr(type(owner), "__dataclass_fields__", {})
    parts = {name: owner.__dict__.get(name) for name in fields}
    inner = {name: getattr(type(part), "__dataclass_fields__", {}) for name, part in parts.items()}
    return [*names, *(f"{name}.{field}" for name, found in inner.items() for field in found)]


def _nearest(name: str, known: Sequence[str]) -> list[str]:
    """The known names most like another: those with the same ending first, then by the letters in common."""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(b=name)

    def unlike(one: str) -> tuple[bool, float]:
        matcher.set_seq1(one)
        return not one.endswith(name), -matcher.ratio()

    return sorted(known, key=unlike)[:NEAR]


def printable(text: str, limit: int = 200) -> str:
    """Return a name with what does not print, such as a line break, written as Python would, and not too long.

    >>> print(printable("a\\nb"))
    a\\nb
    """
    shown = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text[:limit])
    return shown if len(text) <= limit else f"{shown}…"


def shortened(value: object, limit: int = 80) -> str:
    """Return a value as it would be written in Python, cut to a line; a shape is said as it is.

    >>> shortened("m >= n"), shortened("shape (2, 3)"), shortened(10**5000)
    ("'m >= n'", 'shape (2, 3)', 'a whole number of more than 4,000 digits')
    """
    if isinstance(value, int) and abs(value) >= 10**4000:  # Python refuses to write it
        return "a whole number of more than 4,000 digits"
    try:
        text = value if isinstance(value, str) and value.startswith("shape ") else repr(value)
    except (ValueError, RecursionError):
        text = f"a {type(value).__name__} that cannot be written"
    text = re.sub(r"\s*\n\s*", " ", text)  # arrays are written in several lines
    return text if len(text) <= limit else text[: limit - 1] + "…"


@contextlib.contextmanager
def signals_raised() -> Iterator[None]:
    """Let what a signal's handler raises (Ctrl-C's KeyboardInterrupt) come out of compiled loops as what it is.

    Where the signal comes while a loop's result is turned into Python objects, Numba returns it although an exception
    is set, and Python makes a SystemError of both, once or twice, with the exception as its cause.
    """
    try:
        yield
    except SystemError as error:
        first: BaseException = error
        while isinstance(first, SystemError) and first.__cause__ is not None:
            first = first.__cause__
        if isinstance(first, Exception):
            raise
        raise first from None
