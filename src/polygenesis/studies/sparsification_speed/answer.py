"""How fast weights drop out, in a sentence that stands alone."""

from __future__ import annotations

from polygenesis.studies.sparsification_speed.claims import LATE, over_formula, slope
from polygenesis.studies.sparsification_speed.races import Races
from polygenesis.studies.wording import found


def answers(races: Races) -> dict[str, str]:
    """Return the fitted power and the constant, each with its interval."""
    power = found(slope(races, races.survivors))
    return {
        "speed": f"Surviving weights fall as t to the power {power}, where the paper says −2, and at t = {LATE:g} "
        f"there are {found(over_formula(races))} times as many as its formula gives."
    }
