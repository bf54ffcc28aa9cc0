"""`polygenesis explore`: a page in which to watch one network, from a spec, a stored run or dotted flags."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from polygenesis.cli.fields import nested, with_flags
from polygenesis.cli.folders import RUNS, check_place, named
from polygenesis.cli.output import Answer
from polygenesis.errors import InputError, StoreError
from polygenesis.files import is_there
from polygenesis.own import Named
from polygenesis.spec import RunSpec, merge, own_parts, read_fields

if TYPE_CHECKING:
    from polygenesis.dynamics.run import Run

PAGE = Path("explorer.html")
KEY = re.compile(r"[0-9a-fA-F]{4,64}")


@with_flags
def explore(
    what: Annotated[str | None, Parameter(show_default=False)] = None,
    /,
    *,
    out: Path = PAGE,
    open: Annotated[bool, Parameter(negative="")] = False,
    replicate: int = 0,
    runs: Path = RUNS,
    **fields: Any,
) -> Answer:
    """Write a page that shows features choose their neurons, and collisions survive or dissolve.

    The page is self-contained. It simulates small networks itself and replays others: up to 64 features, 256 neurons.

    Parameters
    ----------
    what
        A .toml or .json file with a spec's fields, which flags override, or the (beginning of the) key of a stored run.
        By default 24 features and 36 neurons.
    out
        Where to write the page; an existing page is replaced.
    open
        Show the page in the browser.
    replicate
        The replicate of the spec or run, counted from 0.
    runs
        The folder of runs, or a sweep file, in which a key is looked up.
    """
    from polygenesis.report.explorer.explore import explore as explored

    _check_page(out)
    found = explored(_shown(what, nested(fields), runs), replicate=replicate)
    found.save(out)
    if open:
        import webbrowser

        webbrowser.open(out.absolute().as_uri())
    return Answer({"page": out, "about": found.about}, (f"The page shows {found.about}: {out}",))


def _shown(what: str | None, fields: dict[str, Any], runs: Path) -> Run | RunSpec:
    """Read what is to be shown: a spec's file or flags, or a stored run."""
    from polygenesis.report.explorer.explore import STANDARD

    if what is None:
        return RunSpec.from_dict(merge(STANDARD.to_dict(), fields))
    if os.path.isfile(what) or Path(what).suffix in (".toml", ".json"):
        return RunSpec.from_dict(merge(read_fields(what), fields))
    if not KEY.fullmatch(what):
        raise InputError(
            f"Argument WHAT must be a .toml or .json file or the key of a stored run (4 hexadecimal digits or more), "
            f"but is {what!r}."
        )
    if fields:
        raise InputError(f"A stored run has its spec: flags cannot change run {what!r}.")
    store, _ = named(runs)
    key = store.find(what)
    found = store.load(key)
    unloaded = [each.kind for each in own_parts(found.spec).values() if isinstance(each, Named)]
    if found.trajectory is None and unloaded:
        raise InputError(
            f"Run {key[:12]} has to be computed again with {unloaded[0]!r}, which is not loaded, for reading what is "
            "stored imports nothing: name its spec instead, which is imported, such as spec.json in the run's folder."
        )
    return found


def _check_page(path: Path) -> None:
    """Refuse a page that cannot be written, or that would replace a file of another kind."""
    check_place(path)
    if is_there(path) and path.suffix not in (".html", ".htm"):
        raise StoreError(f"Cannot write {str(path)!r}: it is there and is no page (.html).")
