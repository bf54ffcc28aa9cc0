"""A claim as data: its text, source, margin, regime, estimand and sentence, and the judgement that is made of it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from polygenesis.numerals import true_minus
from polygenesis.spec import RunSpec
from polygenesis.studies.evidence import Evidence
from polygenesis.studies.margin import Margin
from polygenesis.studies.regimes import read_off

POWER = 0.8
"""Power with which an effect is to be detected."""

NOTHING = "none"
"""The smallest effect where no number outside the margin would be detected."""

OTHER_SIDE = {"below": "above", "above": "below"}


class Verdict(enum.Enum):
    """What the evidence says of a claim."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


Words = dict[str, Any]
"""What a sentence says of one case, by place."""


@dataclass(frozen=True, eq=False)
class Reading:
    """The result of an estimand for a claim: the evidence, words for its sentence, and the specs that were read.

    ``evidence`` is None where there is too little to test; ``why`` says so. ``origin`` and ``unit`` are those of the
    margin, where every case has its own. ``then`` is said after the sentence.
    """

    evidence: Evidence | None
    words: Mapping[str, Any] = field(default_factory=dict)
    of: tuple[RunSpec, ...] = ()
    origin: float = 0.0
    unit: float = 1.0
    why: str = ""
    then: str = ""


Estimand = Callable[[Any], "Reading | Sequence[Reading]"]
"""Reads what a study measured: one reading, or one for every case of a family."""


@dataclass(frozen=True)
class Claim:
    """A falsifiable sentence with its source, and the margin and regime that were stated beforehand.

    ``estimand``: the function that reads the number off what a study found. ``text`` and ``sentence`` have places for
    the words of a reading; a sentence also has ``{found}``, ``{share}`` or ``{tally}`` for the number with its
    interval. ``regime`` says what the specs of the runs do not. Claims of one ``family`` are corrected together, as are
    the cases of one claim with a family. ``cases`` names what there may be too few of. ``trials`` says what had been
    seen when the margin was chosen; empty: nothing.
    """

    text: str
    source: str
    margin: Margin
    regime: str
    sentence: str = ""
    estimand: Estimand | None = None
    family: str = ""
    cases: str = "networks"
    trials: str = ""

    def __post_init__(self) -> None:
        """Write true minus signs, wherever the claim is shown."""
        for name in ("text", "source", "regime", "trials"):
            object.__setattr__(self, name, true_minus(getattr(self, name)))

    def read(self, found: object) -> list[Reading]:
        """Return what the estimand reads, as a list.

        Args:
            found: what the study measured (``Examined.found``).
        """
        assert self.estimand is not None, self.text
        read = self.estimand(found)
        return [read] if isinstance(read, Reading) else list(read)

    def of(self, words: Mapping[str, Any]) -> Claim:
        """Return the claim for one case: its words in the places of the text, the source and the regime.

        Args:
            words: what stands in each place, by its name; more words than places do no harm.
        """
        said = {name: getattr(self, name).format_map(words) for name in ("text", "source", "regime")}
        return replace(self, **said) if any(said[name] != getattr(self, name) for name in said) else self


@dataclass(frozen=True)
class Judgement:
    """A claim's verdict and the sentence that carries the number, its interval and the regime.

    ``of``: the specs that were judged. ``bounds``: the two numbers that were tested; ``number``: the estimate with its
    interval. ``family``: how many like claims the verdict is corrected for. ``near``: a tenth of the margin more or
    less would turn the verdict. ``effect``: how far outside its margin the number must have lain to be told so with
    power 0.8 ("none": wherever it lay), ``blind``: the side on which it is never told; ``needed``: what would decide an
    UNDECIDED claim. ``cells``: what the claim's cells say one by one. ``assumed``: what the interval takes for granted.
    ``template``: the claim's text before words of a case were put into it.
    """

    claim: Claim
    verdict: Verdict
    sentence: str
    of: tuple[RunSpec, ...] = ()
    bounds: tuple[float, float] | None = None
    number: str = ""
    family: int = 1
    near: bool = False
    effect: str = ""
    needed: str = ""
    cells: str = ""
    template: str = ""
    blind: str = ""
    assumed: str = ""

    def __post_init__(self) -> None:
        """Write true minus signs, wherever the sentence is shown."""
        for name in ("sentence", "number", "effect", "needed", "cells", "assumed"):
            object.__setattr__(self, name, true_minus(getattr(self, name)))

    @property
    def margin(self) -> str:
        """The margin with the numbers that were tested, and what it was corrected for."""
        margin, said = self.claim.margin, str(self.claim.margin)
        if isinstance(margin, Margin) and (margin.origin or margin.unit) and self.bounds is not None:
            said += f" ({Margin('', *self.bounds).reach})"
        if self.family > 1:
            said += f"; Holm's correction over {self.family} claims"
        return true_minus(said)

    @property
    def regime(self) -> str:
        """What was read off the specs that were judged, and what the claim adds."""
        parts = [part.rstrip(".") for part in (read_off(self.of), self.claim.regime) if part]
        return f"{'; '.join(parts)}." if parts else ""

    @property
    def fragile(self) -> str:
        """Whether a small change of the margin would change the verdict, in words; empty if not."""
        return "near the margin: a margin a tenth wider or narrower would change the verdict" if self.near else ""

    @property
    def unmarked(self) -> str:
        """Why the verdict could not be marked as near its margin; empty where it could."""
        margin = self.claim.margin
        if self.bounds is None or not isinstance(margin, Margin) or margin.tenth:
            return ""
        return "The margin has no width of which a tenth could be taken, so that verdicts near it are not marked"

    @property
    def power(self) -> str:
        """The smallest effect that the runs could detect, and what would decide an open claim."""
        told = f"The runs detect {self._detected} the margin with power {POWER:g}." if self.effect else ""
        return " ".join(part for part in (told, self.needed) if part)

    @property
    def _detected(self) -> str:
        if self.effect == NOTHING:
            return "no number outside"
        if self.blind:
            return f"no number {self.blind} the margin, and one {self.effect} {OTHER_SIDE[self.blind]}"
        return f"a number {self.effect} outside"

    @property
    def detectable(self) -> str:
        """The smallest effect as the cell of a table."""
        return f"{self.effect} (none {self.blind})" if self.blind else self.effect

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What stands beside the verdict: name and text."""
        found = [("Margin", self.margin), ("Regime", self.regime), ("Source", self.claim.source)]
        found += [("Cells", self.cells), ("Assumed", self.assumed), ("Power", self.power)]
        found += [("Nearness", self.unmarked), ("Margin chosen", self.claim.trials)]
        return [(name, text) for name, text in found if text]


FAMILY = 4
"""So many like claims in a row are shown as one table."""


def grouped(judgements: Sequence[Judgement]) -> list[list[Judgement]]:
    """Return judgements in their order, cases of one claim together where there are many of them."""
    groups: list[list[Judgement]] = []
    for each in judgements:
        if groups and each.template and groups[-1][0].template == each.template:
            groups[-1].append(each)
        else:
            groups.append([each])
    return [part for group in groups for part in ([group] if len(group) >= FAMILY else [[each] for each in group])]


def read(
    evidence: Evidence | None,
    of: Iterable[Any] = (),
    *,
    origin: float = 0.0,
    unit: float = 1.0,
    then: str = "",
    **words: object,
) -> Reading:
    """Return a reading of cells that know their spec (or of specs), with the words of its sentence.

    Args:
        evidence: an estimate of ``polygenesis.stats``, or another kind of evidence (``studies/evidence.py``).
        of: the cells or specs that were read.
        origin: what the margin is measured from, where every case has its own.
        unit: what the margin is a multiple of.
        then: what is said after the sentence.
        words: for the places of the claim's text and sentence.
    """
    return Reading(evidence, words, specs_of(of), origin, unit, then=then)


def too_little(why: str, of: Iterable[Any] = (), **words: object) -> Reading:
    """Return a reading that can decide nothing, with the reason.

    Args:
        why: one sentence.
        of: the cells or specs that were read.
        words: for the places of the claim's text.
    """
    return Reading(None, words, specs_of(of), why=why)


def specs_of(cells: Iterable[Any]) -> tuple[RunSpec, ...]:
    """Return the specs of cells, each once."""
    specs = (each if isinstance(each, RunSpec) else each.spec for each in cells)
    return tuple({spec.key: spec for spec in specs}.values())
