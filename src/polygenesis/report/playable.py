"""The explorer inside the page: a page of its own in a frame, which works without a network too."""

from __future__ import annotations


def explorer_section() -> str:
    """Return the section with the explorer, which loads when it comes into view."""
    return ""
