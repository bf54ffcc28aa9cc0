"""Options of a capture, checked once: how batches are read, and which tensor, axis and use of a layer are meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from polygenesis.errors import bad_argument, unknown_name

Pooling = Literal["max", "mean", "first", "last", "each"]
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)

PLACES = {
    "label": "be a key of the batches' mappings or a position in their tuples",
    "mask": "be a key of the batches' mappings or a position in their tuples, or False to use no mask",
    "tensor": "be a key of, or a position in, what the layer returns",
}


@dataclass(frozen=True)
class CaptureOptions:
    """How a layer is captured: see :func:`polygenesis.probe.diagnose_module`."""

    pool: Pooling = "max"
    label: str | int | None = None
    mask: str | int | bool | None = None
    tensor: str | int | None = None
    axis: int | None = None
    use: int | None = None

    def __post_init__(self) -> None:
        """Check every option on its own, before anything is run."""
        if self.pool not in POOLINGS:
            raise unknown_name("pooling", self.pool, POOLINGS)
        for name, must in PLACES.items():
            value = getattr(self, name)
            off = name == "mask" and value is False
            if not (value is None or off or _is_whole(value) or (isinstance(value, str) and value)):
                raise bad_argument(name, must, value)
        for name in ("axis", "use"):
            value = getattr(self, name)
            if value is not None and not _is_whole(value):
                raise bad_argument(name, "be a whole number, counted from the end where it is negative", value)
        if self.axis == 0:
            raise bad_argument("axis", "be the axis of neurons, not the first, which is that of samples", 0)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
