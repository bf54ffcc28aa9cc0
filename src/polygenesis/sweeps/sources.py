"""The sources of parts of one's own in a sweep: whether workers can import them, and whether stored runs had others.

The file of a part is no part of a run's key, but it decides the numbers. So runs of two versions of it never stand in
one sweep: a sweep whose store holds runs of another version is refused.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from polygenesis.dynamics.keeping.folder import Unusable
from polygenesis.dynamics.keeping.provenance import sources
from polygenesis.errors import InputError
from polygenesis.numerals import counted
from polygenesis.own import FILE_OF, SHOWN, Own, require_importable
from polygenesis.spec import RunSpec, own_parts
from polygenesis.sweeps.base import RunStore


def check_importable(specs: Iterable[RunSpec]) -> None:
    """Refuse specs with a part that no worker and no replay could import."""
    for spec in specs:
        for part in own_parts(spec).values():
            if isinstance(part, Own):
                require_importable(part)


def refuse_changed(store: RunStore, specs: Mapping[str, RunSpec], kept: Collection[str]) -> None:
    """Refuse to go on where stored runs were computed with another version of a part's file.

    ``kept``: keys of the runs that are stored. Raises :class:`polygenesis.InputError`, which names the part.
    """
    found: list[tuple[str, str, str]] = []
    for key, spec in specs.items():
        now = sources(spec)
        if not now:
            continue
        for then in _versions(store, key, stored=key in kept):
            found += [(name, then.get(name, "unknown"), each) for name, each in now.items() if then.get(name) != each]
    if not found:
        return
    (name, old, new), where = found[0], getattr(store, "folder", None)
    raise InputError(
        f"{counted(len(found), 'run')} {f'in {str(where)!r} ' if where else ''}had another version of the {name} "
        f"(SHA-256 {old[:SHOWN]}, now {new[:SHOWN]}): go on with the old file, give the changed class another name, or "
        "use another folder."
    )


def mixed(store: RunStore, keys: Iterable[str]) -> str:
    """Say which part's file had several versions among stored runs, as where folders were merged; nothing if none had.

    ``keys``: of stored runs with parts of one's own.
    """
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for key in keys:
        for name, value in store.result(key)["versions"].items():
            if name.startswith(FILE_OF):
                found[name][value] += 1
    for name, versions in found.items():
        if len(versions) > 1:
            listed = ", ".join(f"{counted(runs, 'run')} {value[:SHOWN]}" for value, runs in versions.most_common())
            return f"The {name} had {len(versions)} versions while these runs were computed (SHA-256: {listed})."
    return ""


def differ(spec: RunSpec, versions: Mapping[str, str]) -> bool:
    """Whether the file of a part of a spec is another than the recorded one."""
    return any(versions.get(name) != each for name, each in sources(spec).items())


def _versions(store: RunStore, key: str, *, stored: bool) -> list[Mapping[str, str]]:
    """What computed a stored run and the parts of one that is not complete."""
    found: list[Mapping[str, str]] = [store.result(key)["versions"]] if stored else []
    for each in store.parts(key):
        try:
            found.append(store.part(key, each).result["versions"])
        except Unusable:
            continue  # removed, and computed again
    return found
