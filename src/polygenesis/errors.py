"""What polygenesis raises, and the one form in which it says what is wrong."""

from __future__ import annotations

from collections.abc import Iterable


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
    return InputError(f"Argument `{name}` must {must}, but is {_short(value)}.")


def unknown_name(what: str, name: object, known: Iterable[str]) -> InputError:
    """Say that a name is not known and list the known ones.

    >>> str(unknown_name("study", "colision", ["collision-count"]))
    "Unknown study 'colision'; known: collision-count."
    """
    return InputError(f"Unknown {what} {name!r}; known: {', '.join(sorted(known))}.")


def _short(value: object, limit: int = 80) -> str:
    text = value if isinstance(value, str) and value.startswith("shape ") else repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
