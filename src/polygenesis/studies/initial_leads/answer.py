"""How often the initial leader wins, in a sentence that stands alone."""

from __future__ import annotations

from collections.abc import Sequence

from polygenesis.studies import wording
from polygenesis.studies.initial_leads.claims import ROOMS, kept_and_features
from polygenesis.studies.measurements import Measured, at_room
from polygenesis.studies.shares import share


def answers(flows: Sequence[Measured], adams: Sequence[Measured]) -> dict[str, str]:
    """Return the shares of features that end on their initial leader, for each training and width that has them."""
    parts = [found for runs in (flows, adams) if (found := _shares(runs))]
    if not parts:
        return {}
    return {"leaders": f"A feature ends on the neuron of its largest initial weight {'; '.join(parts)}."}


def _shares(runs: Sequence[Measured]) -> str:
    """Say the share at each width with two usable replicates or more."""
    found = []
    for room in ROOMS:
        run = at_room(runs, room)
        kept, features = kept_and_features(run)
        if len(kept) > 1:
            found.append(f"in {wording.share(share(kept, features, level=0.9))} of cases at m = {room}n")
    return f"under {runs[0].training} {' and '.join(found)}" if found else ""
