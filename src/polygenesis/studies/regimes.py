"""The regime of a claim, read off the specs of the runs that were judged: sizes, λ, training, networks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from polygenesis.numerals import counted, true_minus
from polygenesis.spec import RunSpec
from polygenesis.studies.parts_in_words import FIELDS, USUAL, Number, Words, written

LISTED = 5
"""So many different values are listed; of more, the ends and their number are said."""

GROUPS = 3
"""So many groups of settings are said one by one; of more, each setting's values and how many combinations ran."""

SIZE = "size"
"""The name of n and m among the settings of a run."""

Row = dict[str, Any]
"""The settings of one run, by name: a part in words, or (n, m)."""

Box = dict[str, frozenset[Any]]
"""Values of settings all of whose combinations were run."""


def read_off(specs: Sequence[RunSpec]) -> str:
    """Say which runs were judged, and which settings went together.

    >>> from polygenesis import AdamW, L1, TiedAutoencoder
    >>> flow = [RunSpec(TiedAutoencoder(4, m), penalty=L1(0.1), replicates=2) for m in (8, 16)]
    >>> read_off(flow)
    'n = 4, m = 8 and 16; λ = 0.1; gradient flow; 2 networks each'
    >>> read_off([flow[0], flow[0].replace(training=AdamW(steps=9), penalty=L1(0.2))])
    'n = 4, m = 8; partly gradient flow with λ = 0.1, partly AdamW (rate 0.001, weight decay 0.01, 9 steps) with \
λ = 0.2; 2 networks each'
    """
    if not specs:
        return ""
    rows = [
        {SIZE: (spec.model.n, spec.model.m)} | {name: say(getattr(spec, name)) for name, say in FIELDS.items()}
        for spec in specs
    ]
    tied = _tied(rows)
    unsaid = {name for name in USUAL if all(row[name] == USUAL[name] for row in rows)}
    said = {name: _values(name, [row[name] for row in rows]) for name in rows[0] if name not in unsaid.union(tied)}
    last = said.pop("precision", "")
    parts = [*said.values(), _together(rows, tied), last, _networks(specs)]
    return true_minus("; ".join(part for part in parts if part))


def _tied(rows: Sequence[Row]) -> list[str]:
    """Return the settings of which not every combination was run."""
    names = [name for name in rows[0] if len({row[name] for row in rows}) > 1]
    while names:
        runs = len(_distinct(rows, names))
        crossed = (
            name
            for name in names
            if runs == len(_distinct(rows, [name])) * len(_distinct(rows, [other for other in names if other != name]))
        )
        if (found := next(crossed, None)) is None:
            break
        names.remove(found)
    return names


def _distinct(rows: Sequence[Row], names: Sequence[str]) -> set[tuple[Any, ...]]:
    return {tuple(row[name] for name in names) for row in rows}


def _together(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Say settings that were not crossed, group by group, training first and sizes last."""
    if not names:
        return ""
    boxes = _boxes(rows, names)
    order = sorted(names, key=lambda name: (name == SIZE, name != "training"))
    if len(boxes) > GROUPS:
        values = [_values(name, [row[name] for row in rows]) for name in order]
        return "; ".join([*values, f"{len(_distinct(rows, names))} combinations of these"])
    said = ([_values(name, _in_order(rows, name, box[name]), " and ") for name in order] for box in boxes)
    return ", ".join(f"partly {first} with {', '.join(others)}" for first, *others in said)


def _in_order(rows: Sequence[Row], name: str, chosen: frozenset[Any]) -> list[Any]:
    """Return the chosen values of a setting in the order of the runs."""
    return [value for value in dict.fromkeys(row[name] for row in rows) if value in chosen]


def _boxes(rows: Sequence[Row], names: Sequence[str]) -> list[Box]:
    """Return groups of settings, in each of which all combinations were run."""
    different = dict.fromkeys(tuple(row[name] for name in names) for row in rows)
    boxes: list[Box] = [{name: frozenset([row[at]]) for at, name in enumerate(names)} for row in different]
    for name in names:
        merged: dict[tuple[frozenset[Any], ...], Box] = {}
        for box in boxes:
            others = tuple(box[other] for other in names if other != name)
            known = merged.setdefault(others, {**box, name: frozenset()})
            known[name] |= box[name]
        boxes = list(merged.values())
    return boxes


def _values(name: str, values: Sequence[Any], between: str = "; ") -> str:
    return _sizes(values, between) if name == SIZE else _parts(values)


def _sizes(sizes: Sequence[tuple[int, int]], between: str) -> str:
    by_n: dict[int, list[int]] = {}
    for n, m in sorted(set(sizes)):
        by_n.setdefault(n, []).append(m)
    if len(by_n) <= GROUPS:
        return between.join(f"n = {n}, m = {listed(widths)}" for n, widths in by_n.items())
    rooms = sorted(m / n for n, widths in by_n.items() for m in widths)
    ends = " to ".join("n" if room == 1 else f"{room:.3g}n" for room in (rooms[0], rooms[-1]))
    return f"n = {listed(by_n)}, m = {ends} ({len(rooms)} sizes)"


def _parts(values: Sequence[Words]) -> str:
    """Say different parts: numbers of one kind together, kinds in their order, and of many kinds their names."""
    kinds: dict[Any, list[Words]] = {}
    for each in dict.fromkeys(values):
        kinds.setdefault(each.template, []).append(each)
    if len(kinds) > LISTED:
        return f"{_named(each.name for each in values)} ({len(set(values))} settings)"
    return joined([_alike(group) for group in kinds.values()])


def _named(names: Iterable[str]) -> str:
    """List names, with a last word that all have said once."""
    different = list(dict.fromkeys(names))
    last = {name.rpartition(" ")[2] for name in different}
    if len(different) > 1 and len(last) == 1 and all(" " in name for name in different):
        return f"{joined([name.rpartition(' ')[0] for name in different])} {last.pop()}"
    return joined(different)


def _alike(group: Sequence[Words]) -> str:
    """Say parts that differ in numbers alone."""
    rows = sorted(each.numbers for each in group)
    columns = list(zip(*rows, strict=True))
    if sum(len(set(column)) > 1 for column in columns) < 2:
        return group[0].filled([_numbers(column) for column in columns])
    if len(rows) == 2:
        return joined([each.text for each in group])
    return group[0].filled([_ends(column) for column in columns]).removesuffix(")") + f", {len(rows)} settings)"


def _numbers(column: Sequence[Number]) -> str:
    different = sorted(set(column))
    if len(different) > LISTED:
        return f"{_ends(different)}, {len(different)} values"
    return joined([written(each) for each in different])


def _ends(column: Sequence[Number]) -> str:
    return " to ".join(dict.fromkeys(written(each) for each in (min(column), max(column))))


def _networks(specs: Sequence[RunSpec]) -> str:
    counts = sorted({each.replicates for each in specs})
    if len(counts) == 1:
        return f"{counted(counts[0], 'network')}{' each' if len(specs) > 1 else ''}"
    return f"{counts[0]:,} to {counts[-1]:,} networks each"


def listed(values: Iterable[Any]) -> str:
    """Write different values, in their order: "1, 2 and 3", or "1 to 9 (9 values)".

    >>> listed([1, 2, 2, 3]), listed(range(1, 10)), listed(["a"])
    ('1, 2 and 3', '1 to 9 (9 values)', 'a')
    """
    texts = list(dict.fromkeys(f"{value:g}" if isinstance(value, int | float) else str(value) for value in values))
    if len(texts) > LISTED:
        return f"{texts[0]} to {texts[-1]} ({len(texts)} values)"
    return joined(texts)


def joined(texts: Sequence[str]) -> str:
    """Join texts as one says them.

    >>> joined(["1", "2", "3"])
    '1, 2 and 3'
    """
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
