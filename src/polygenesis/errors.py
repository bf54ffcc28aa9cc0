"""What polygenesis raises, and the one form in which it says what is wrong."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence


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
    """Say that a name is not known and list the known ones.

    >>> str(unknown_name("study", "colision", ["collision-count"]))
    "Unknown study 'colision'; known: collision-count."
    """
    names = sorted(known)
    if len(names) <= LISTED:
        return InputError(f"Unknown {what} {shortened(name)}; known: {', '.join(names)}.")
    near = ", ".join(_nearest(str(name), names))
    return InputError(f"Unknown {what} {shortened(name)}; of {len(names)} that are known, the nearest are {near}.")


LISTED, NEAR = 24, 6
"""Known names that are all listed, and how many of the nearest are, where there are more."""


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
