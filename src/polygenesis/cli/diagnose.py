"""`polygenesis diagnose`: which neurons of a trained network are shared, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from polygenesis.cli.folders import check_place
from polygenesis.cli.output import Answer, records
from polygenesis.errors import InputError, StoreError
from polygenesis.extras import require
from polygenesis.files import as_csv, is_folder, is_there, write
from polygenesis.progress import steps

if TYPE_CHECKING:
    import pandas as pd

    from polygenesis.probe.diagnosis import Diagnosis

Optional = Parameter(show_default=False, negative="")


def diagnose(
    activations: str,
    labels: str | None = None,
    /,
    *,
    run: Annotated[list[str] | None, Optional] = None,
    initial: Annotated[list[str] | None, Optional] = None,
    kind: Annotated[Literal["classes", "multi-label", "continuous"] | None, Optional] = None,
    measure: Literal["auroc", "difference", "information"] = "auroc",
    threshold: Annotated[float | None, Optional] = None,
    negligible: Annotated[float | None, Optional] = None,
    dictionary: Literal["decoder", "encoder"] = "decoder",
    penalty: Annotated[float | None, Optional] = None,
    draws: int = 999,
    seed: int = 0,
    html: Annotated[Path | None, Optional] = None,
    csv: Annotated[Path | None, Optional] = None,
    pairs: Annotated[Path | None, Optional] = None,
    save: Annotated[Path | None, Optional] = None,
) -> Answer:
    """List the polysemantic neurons, and how much sharing was forced, recurs over seeds, and is preferred by the loss.

    Parameters
    ----------
    activations
        Activations (samples, neurons) as .npy, .npz, .safetensors or .parquet; FILE:NAME picks one of several arrays.
        Without LABELS: signed weights (n, m) or (runs, n, m), or the folder of a sparse autoencoder.
    labels
        Labels of the samples: classes, columns of 0 and 1, or concepts.
        Named columns, each read by its type: .csv with a header, .parquet, or one array a column in .npz, .safetensors.
    run
        Activations of another seed on the same samples; give it once per seed (recurrence needs 3 seeds or more).
    initial
        Activations of the untrained network; give it once per seed.
    kind
        The kind of labels, where it is ambiguous.
    measure
        The effect size by which a neuron selects a feature.
    threshold
        The smallest effect size that counts as selection; the page shows how the answer depends on it.
    negligible
        Of activations, the share of a standard deviation below which differences count as ties (.001); 0 keeps all.
    dictionary
        The matrix to read from a dictionary's folder: the neurons that its latents write to, or those they read.
    penalty
        For weights of the one-hot model: the λ of its loss, so that neurons can be split and trained further.
    draws
        Matrices drawn for the null of recurrence.
    seed
        The same seed gives the same p-values.
    html
        Where to write the page.
    csv
        Where to write the table of shared neurons, one row per neuron and feature.
    pairs
        Where to write the table of pairs that share, as CSV.
    save
        A folder in which to store the diagnosis; read it with `polygenesis.load` in Python.
    """
    from polygenesis.probe import diagnose as diagnosed
    from polygenesis.probe import one_hot_objective

    for place in (html, csv, pairs):
        check_place(place)
    _check_folder(save)
    _check_extras([activations, labels, *(run or []), *(initial or [])])
    if penalty is not None and labels is not None:
        raise InputError(
            f"Option --penalty is {penalty:g}, but it is for weights: with labels there is no loss to take."
        )
    options: dict[str, Any] = {} if penalty is None else {"objective": one_hot_objective(penalty)}
    with steps("diagnosing") as say:
        found = diagnosed(
            activations,
            labels,
            runs=run,
            initial=_initial(initial, labels),
            kind=kind,
            measure=measure,
            threshold=threshold,
            negligible=negligible,
            dictionary=dictionary,
            draws=draws,
            seed=seed,
            progress=say,
            **options,
        )
    if csv is not None:
        _table(found.to_dataframe(), csv)
    if pairs is not None:
        _table(found.to_dataframe("pairs"), pairs)
    if save is not None:
        found.save(save)
    if html is not None:
        found.to_html(html)
    return _answer(found, {"html": html, "csv": csv, "pairs": pairs, "folder": save})


SAID = {
    "html": "page is",
    "csv": "table of neurons is",
    "pairs": "table of pairs is",
    "folder": "diagnosis is kept in",
}
"""What is said of each file that was written."""


def _answer(found: Diagnosis, files: dict[str, Path | None]) -> Answer:
    from polygenesis.probe.show.text import text

    axes = {name: getattr(found, name) for name in ("forced", "structured", "preferred")}
    data = {
        "note": found.reading or None,
        "origin": found.verdict.origin,
        "sentence": found.verdict.sentence,
        "cautions": list(found.verdict.cautions),
        "notes": list(found.notes),
        **{name: _axis(each) for name, each in axes.items()},
        "neurons": records(found.to_dataframe()),
        "pairs": records(found.to_dataframe("pairs")),
        "tests": records(found.to_dataframe("test")),
        "files": files,
    }
    hints = tuple(f"\nThe {SAID[name]} {place}." for name, place in files.items() if place is not None)
    return Answer(data, (text(found, command=True),), hints)


def _axis(found: Any) -> dict[str, Any]:
    """One axis as numbers, or why it is not known and what to supply."""
    if hasattr(found, "value"):
        return {"value": found.value, "lower": found.lower, "upper": found.upper, "level": found.level}
    return {"missing": found.reason, "supply": found.supply}


def _check_extras(places: list[str | None]) -> None:
    """Refuse files that need a package which is not installed, before the first of them is read."""
    for place in filter(None, places):
        file = place if is_there(Path(place)) else place.rpartition(":")[0]
        if Path(file).suffix.lower() == ".parquet":
            require("pyarrow", f"File {file!r}")


def _initial(files: list[str] | None, labels: str | None) -> Any:
    """One file stands for itself; with labels, several are a list of runs."""
    if files is None or labels is not None:
        return files
    return files[0] if len(files) == 1 else files


def _check_folder(path: Path | None) -> None:
    """Refuse a folder that cannot be made before anything is computed."""
    if path is not None and ((is_there(path) and not is_folder(path)) or not is_folder(path.absolute().parent)):
        why = "it is a file" if is_there(path) else f"there is no folder {str(path.absolute().parent)!r}"
        raise StoreError(f"Cannot write {str(path)!r}: {why}.")


def _table(table: pd.DataFrame, path: Path) -> None:
    write(path, as_csv(table))
