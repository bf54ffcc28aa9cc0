"""Width sweep: how do shared neurons depend on the width?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polygenesis.probe.battery.base import Base
from polygenesis.probe.evidence import Evidence, Missing


def ask(base: Base) -> Evidence | Missing:
    """Fit the counts of several widths, where they are given."""
    if base.widths is None:
        return Missing(
            "width sweep", "only one width is known", "counts of shared neurons of the same network in other widths",
            "widths",
        )  # fmt: skip
    return width_sweep(base.widths)


def width_sweep(shared: Mapping[int, Sequence[int]]) -> Evidence:
    """Fit how shared neurons depend on the width: width m → counts, one a run; slope −1 chance, 0 structure.

    Quasi-Poisson regression of the counts on log m. Needs two widths or more.
    """
    from polygenesis.errors import InputError
    from polygenesis.stats import power_law

    if len(shared) < 2:
        raise InputError(f"Argument `widths` must have at least two widths, but has {len(shared)}.")
    m = [width for width, counts in shared.items() for _ in counts]
    counts = [int(count) for each in shared.values() for count in each]
    slope = power_law(counts, {"m": m}).exponents["m"]
    chance, flat = slope.lower <= -1 <= slope.upper, slope.lower <= 0 <= slope.upper
    said = {(True, False): "as chance has it", (False, True): "as structure by task has it"}.get(
        (chance, flat), "which is neither chance (−1) nor structure by task (0)" if not chance else "too wide to tell"
    )
    interval = f"[{slope.lower:.2f}, {slope.upper:.2f}]"
    return Evidence(
        "width sweep",
        slope.value,
        "−1 by chance, 0 by task",
        None,
        slope.value,
        f"Shared neurons go as width to the power {slope.value:.2f} {interval}, {said}.",
        flat and not chance,
    )
