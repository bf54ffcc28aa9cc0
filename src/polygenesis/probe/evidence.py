"""Evidence: what each test found, and what could not be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from polygenesis.errors import counted as counted


@dataclass(frozen=True)
class Evidence:
    """One test: its statistic, its null, the p-value, the effect, and the sentence.

    ``null`` is the statistic's expectation under the null, in words; ``p_value`` and ``effect`` are None where
    the test is bookkeeping. ``finding`` says whether it found what it looks for (None: it does not decide).
    ``result``: the test's own result, such as a :class:`polygenesis.probe.Recurrence`.
    """

    test: str
    statistic: float
    null: str
    p_value: float | None
    effect: float | None
    sentence: str
    finding: bool | None = None
    result: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Missing:
    """A question that could not be answered: the reason, what to supply, and the ``argument`` that takes it."""

    test: str
    reason: str
    supply: str = ""
    argument: str = ""

    def __str__(self) -> str:
        return f"{self.test}: {self.reason}" + (f"; supply {self.supply}." if self.supply else ".")
