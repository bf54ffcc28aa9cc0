"""Read the sentences of a verdict back and hold each against the numbers of the diagnosis: what is said but not true.

Written from the sentences, not from the code that makes them: patterns in, numbers out, compared with evidence, axes,
pairs and carried matrices as they stand in the object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from polygenesis.probe import Diagnosis, Missing, Origin
from polygenesis.stats import Estimate

PERCENT = r"([0-9.]+) %"
NUMBER = r"([0-9.e+-]*[0-9])"


def untrue(found: Diagnosis) -> list[str]:
    """Return what the verdict says that its own numbers do not bear out; nothing where all is true."""
    return [each for rule in RULES for each in rule(found, found.verdict.sentence)]


def p_values(found: Diagnosis) -> dict[str, float]:
    tests = ("recurrence over seeds", "related starts")
    return {each.test: each.p_value for each in found.evidence if each.test in tests and each.p_value is not None}


def deciding(found: Diagnosis) -> dict[str, float]:
    """The p-values that may decide: related starts only where ten pairs share or more."""
    shared = int(sum(sum(each.counts) for each in found.pairs))
    return {test: p for test, p in p_values(found).items() if test != "related starts" or shared >= 10}


def structured_words(found: Diagnosis, said: str) -> Iterator[str]:
    claim = re.search(rf"at least {PERCENT} of the co-selections come back with every seed", said)
    if claim is None:
        return
    share = found.structured
    if not isinstance(share, Estimate):
        yield "a structured share is said, but there is none"
        return
    if float(claim[1]) > 100 * share.lower + 1e-9:
        yield f"at least {claim[1]} % is said, but the lower end is {share.lower}"
    if share.lower <= 0 or min(deciding(found).values()) > 0.01:
        yield "structure is said without a decisive test or a lower end above 0"
    rest = re.search(rf"\(estimate {PERCENT}, at most {PERCENT}\)", said)
    if rest is None or abs(float(rest[1]) - 100 * share.value) > 0.051 * 100 * share.value + 0.005:
        yield f"the estimate is {share.value}, but {rest} is said"
    elif float(rest[2]) < 100 * share.upper - 1e-9:
        yield f"at most {rest[2]} % is said, but the upper end is {share.upper}"
    if ("Partly" in said) != (share.value < 0.5):
        yield f"partly or not, the estimate is {share.value}"


def no_structure_words(found: Diagnosis, said: str) -> Iterator[str]:
    claim = re.search(rf"[Nn]o test of pairs is decisive \(smallest p = {NUMBER}\)", said)
    if claim is not None:
        least = min(deciding(found).values(), default=1.0)
        if least <= 0.01 or abs(float(claim[1]) - least) > 0.051 * least:
            yield f"smallest p = {claim[1]} is said, but it is {least}"
    if said.startswith("Incidental"):
        if any(p <= 0.01 for p in deciding(found).values()):
            yield "incidental beside a decisive p"
        if any(each.q <= 0.05 for each in found.pairs):
            yield "incidental beside a pair that stands out"
        if isinstance(found.structured, Missing) or found.structured.lower > 0:
            yield "incidental beside a structured share above 0"
        excluded = [float(each) for each in re.findall(rf"(?:share of|at most) {PERCENT} (?:would|of)", said)]
        if not excluded or min(excluded) > 25.0000001:
            yield f"incidental, but what is excluded is {excluded}"


def bound_words(found: Diagnosis, said: str) -> Iterator[str]:
    limit, upper = found.axes.limit, getattr(found.structured, "upper", 1.0)
    would = re.search(rf"a structured share of {PERCENT} would have been found", said)
    if would is not None and (limit is None or float(would[1]) < 100 * limit.share - 1e-9):
        yield f"{would[1]} % would have been found is said, the limit is {limit}"
    most = re.search(rf"at most {PERCENT} of the co-selections come back", said)
    if most is not None and float(most[1]) < 100 * upper - 1e-9:
        yield f"at most {most[1]} % is said, the upper end is {upper}"
    missed = re.search(rf"a structured share of up to {PERCENT} could have been missed", said)
    known = min([upper, *([limit.share] if limit else [])])
    if missed is not None and float(missed[1]) < 100 * min(known, 1) - 1e-9:
        yield f"up to {missed[1]} % is said, but {known} could have been missed"


def forced_words(found: Diagnosis, said: str) -> Iterator[str]:
    some = re.search(rf"Some sharing is forced: .* at least {PERCENT} of the excess", said)
    none = "Counting forces none" in said
    live = [(int(each.any(axis=1).sum()), int(each.any(axis=0).sum())) for each in found.carried]
    if found.verdict.origin in (Origin.NOTHING_SHARED, Origin.UNDECIDED):
        return
    if some is None and not none:
        yield "nothing is said of what was forced"
    account = next(each.result for each in found.evidence if each.test == "accounting")
    needed = sum(max(0, n - m) for n, m in zip(account.features, account.neurons, strict=True))
    excess = sum(int(np.maximum(each.sum(axis=0) - 1, 0).sum()) for each in found.carried)
    if [n for n, _ in live] != list(account.features):
        yield f"live features are {live}, the account has {account.features}"
    if none and needed:
        yield f"nothing was forced is said, but {needed} were"
    if some is not None and (not needed or float(some[1]) > 100 * needed / max(1, account.excess) + 1e-9):
        yield f"{some[1]} % forced is said, but {needed} of {excess}"
    if "not forced" in said:
        yield "sharing is said not to be forced, which counting cannot show"


def pair_words(found: Diagnosis, said: str) -> Iterator[str]:
    kin = [each for each in found.pairs if each.kin]
    out = re.search(r"([0-9]+) pairs? stands? out: ", said)
    if out is not None and int(out[1]) != len(kin):
        yield f"{out[1]} pairs stand out is said, {len(kin)} are kin"
    if out is None and "stand out" not in said and "stands out" not in said and kin:
        yield "kin pairs, but none is named"
    if "No single pair of features stands out" in said and kin:
        yield "no single pair is said, but there are kin"
    pattern = rf"[:,] ([^:,()]+) \+ ([^,()]+) \((\d+) neurons?, {NUMBER} by chance\)"
    for first, second, count, chance in re.findall(pattern, said):
        row = next((each for each in kin if (each.first, each.second) == (first, second)), None)
        if row is None or row.observed != int(count) or abs(row.expected - float(chance)) > 0.06 * row.expected:
            yield f"{first} + {second} with {count} and {chance} is said, the row is {row}"
    if found.verdict.origin in (Origin.COMPATIBLE, Origin.INCIDENTAL, Origin.NOTHING_SHARED) and kin:
        yield "kin pairs beside a verdict without structure"


def recurrence_words(found: Diagnosis, said: str) -> Iterator[str]:
    again = next((each for each in found.evidence if each.test == "recurrence over seeds"), None)
    if again is None:
        return
    if again.statistic == 0 and "The same pairs come back" in again.sentence:
        yield "the same pairs come back is said, but none did"
    if again.p_value is not None and again.p_value <= 0.01 and ("do not come back" in said + again.sentence):
        yield "pairs are said not to come back beside a decisive p"
    observed = any(sum(count > 0 for count in each.counts) >= 2 for each in found.pairs)
    if (again.statistic == 0) == observed:
        yield "the statistic and the pairs disagree"


def run_words(found: Diagnosis, said: str) -> Iterator[str]:
    runs = len(found.carried)
    if runs < 3 and found.verdict.origin not in (Origin.COMPATIBLE, Origin.NOTHING_SHARED, Origin.UNDECIDED):
        yield f"{found.verdict.origin.name} from {runs} runs"
    if (runs == 1) != said.startswith("One network") and found.verdict.origin is Origin.COMPATIBLE:
        yield "one network or not"
    if re.match(r"(Incidental|Structured|Partly)", said) and runs < 3:
        yield "a word that needs three seeds"


def loss_words(found: Diagnosis, said: str) -> Iterator[str]:
    claim = re.search(r"The loss prefers the sharing in (\d+) of (\d+) neurons?", said)
    preferred = found.preferred
    judged = found.verdict.origin not in (Origin.NOTHING_SHARED, Origin.UNDECIDED)
    if judged and (claim is None) == isinstance(preferred, Estimate):
        yield "the preferred share is known but not said, or said but not known"
    if claim is not None and isinstance(preferred, Estimate):
        hits = sum(each.preference.name == "PREFERRED" for _, each in found.splits)
        decided = sum(each.preference.name != "UNDECIDED" for _, each in found.splits)
        if (int(claim[1]), int(claim[2])) != (hits, decided):
            yield f"{claim[1]} of {claim[2]} is said, {hits} of {decided} were"


def threshold_words(found: Diagnosis, said: str) -> Iterator[str]:
    rows = [row for row in found.sensitivity if "verdict" in row]
    names = {row["verdict"] for row in rows}
    if "the same at every threshold" in said and names != {found.verdict.origin.name}:
        yield f"the same at every threshold is said, but {names}"
    held = re.search(r"The verdict holds (?:for thresholds from ([0-9.]+) to ([0-9.]+)|at ([0-9.]+));", said)
    if held is not None:
        low, high = float(held[1] or held[3]), float(held[2] or held[3])
        own = [row for row in rows if low * (1 - 1e-5) <= row["threshold"] <= high * (1 + 1e-5)]
        named = {float(at) for at in re.findall(r"[0-9]+(?:\.[0-9]+)?", said.split("it is ")[-1])}
        if {row["verdict"] for row in own} != {found.verdict.origin.name} or len(own) + len(named) != len(rows):
            yield f"the verdict holds from {low} to {high} is said, but not at each of {rows}"
    if "The verdict holds" in said:
        told = said.split("it is ")[-1]
        for name, listed in re.findall(r"([a-z][a-z ]+?) at ((?:[0-9.]+(?:, | and )?)+)", told):
            for at in re.findall(r"[0-9]+(?:\.[0-9]+)?", listed):
                row = next(row for row in rows if f"{row['threshold']:g}" == at)
                if row["verdict"].lower().replace("_", " ") != name.strip():
                    yield f"{name} at {at} is said, the row is {row['verdict']}"


def seeds_words(found: Diagnosis, said: str) -> Iterator[str]:
    """More seeds are more than there are, and nothing is said to change that did not."""
    more = re.search(r"About ([0-9]+) seeds would settle it", said)
    if more is not None and int(more[1]) <= len(found.carried):
        yield f"about {more[1]} seeds would settle it, but there are {len(found.carried)}"
    if "changes with the seed" in said and all(len(set(each.counts)) == 1 for each in found.pairs):
        yield "which features share is said to change with the seed, but every run has the same"


def caution_words(found: Diagnosis, said: str) -> Iterator[str]:
    least = min(deciding(found).values(), default=1.0)
    for each in found.verdict.cautions:
        if "hardly reach p ≤ .01" in each and least <= 0.01:
            yield f"p ≤ .01 is said to be out of reach beside p = {least}"


def number_words(found: Diagnosis, said: str) -> Iterator[str]:
    """One thing has a singular, in the verdict, its cautions, the evidence and the gaps."""
    texts = (said, *found.verdict.cautions, *(each.sentence for each in found.evidence), *map(str, found.missing))
    for each in texts:
        for wrong in re.findall(r"(?<![0-9.,])1 (?:live |shared |sharing )?(?:features|neurons|pairs|runs)\b", each):
            yield f"{wrong!r} is said in {each!r}"


RULES = (
    structured_words, no_structure_words, bound_words, forced_words, pair_words, recurrence_words, run_words,
    loss_words, threshold_words, seeds_words, caution_words, number_words,
)  # fmt: skip
