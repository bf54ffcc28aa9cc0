"""`polygenesis explore`: one network on a page in which it can be watched and nudged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from polygenesis.cli.fields import nested, with_flags
from polygenesis.cli.folders import RUNS, named
from polygenesis.errors import InputError
from polygenesis.spec import RunSpec, merge, read_fields

if TYPE_CHECKING:
    from polygenesis.dynamics import Run


@with_flags
def explore(
    network: Annotated[str | None, Parameter(show_default=False)] = None,
    /,
    *,
    replicate: int = 0,
    out: Path = Path("explorer.html"),
    open: bool = False,
    runs: Path = RUNS,
    **fields: Any,
) -> int:
    """Write a page in which a network can be watched, nudged and run again; it needs no network connection.

    Up to 64 features and 256 neurons. Tied autoencoders on one-hot features are simulated by the page itself, others
    first, and replayed. Without arguments: 24 features on 36 neurons.

    Parameters
    ----------
    network
        A .toml or .json file with a spec's fields, or the key of a stored run, or its first characters.
    replicate
        Which of the run's networks.
    out
        The page; a page that is there is replaced.
    open
        Open it in the browser.
    runs
        The folder of runs in which a key is looked up.
    """
    from polygenesis.report.explorer import explore as explored

    found = explored(_network(network, runs, nested(fields)), replicate=replicate)
    if out.is_dir() or out.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"Argument `--out` must be a file that ends in .html, but is {str(out)!r}.")
    written = found.open(out) if open else found.save(out)
    print(f"The page is {str(written)!r}. Open it in a browser.")
    return 0


def _network(network: str | None, runs: Path, fields: dict[str, Any]) -> RunSpec | Run | None:
    if network is None:
        return _with_defaults(fields) if fields else None
    path = Path(network)
    if path.suffix in (".toml", ".json") or path.is_file():
        return RunSpec.from_dict(merge(read_fields(path), fields))
    if fields:
        raise InputError(f"A stored run cannot be changed by flags, but {', '.join(sorted(fields))} are given.")
    store, _ = named(runs)
    return store.load(store.find(network))


def _with_defaults(fields: dict[str, Any]) -> RunSpec:
    """The fields that were given, over the network that the page opens with."""
    from polygenesis.report.explorer.data import default_spec

    return RunSpec.from_dict(merge(default_spec().to_dict(), fields))
