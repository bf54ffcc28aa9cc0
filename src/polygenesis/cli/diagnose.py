"""`polygenesis diagnose`: which neurons of a trained network are shared, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from polygenesis.errors import InputError, StoreError
from polygenesis.files import as_text, is_folder, is_there, write
from polygenesis.probe import diagnose as diagnosed
from polygenesis.probe import one_hot_objective
from polygenesis.probe.show.text import text
from polygenesis.progress import steps

if TYPE_CHECKING:
    import pandas as pd

Optional = Parameter(show_default=False)


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
    dictionary: Literal["decoder", "encoder"] = "decoder",
    penalty: Annotated[float | None, Optional] = None,
    draws: int = 999,
    seed: int = 0,
    html: Annotated[Path | None, Optional] = None,
    csv: Annotated[Path | None, Optional] = None,
    pairs: Annotated[Path | None, Optional] = None,
    save: Annotated[Path | None, Optional] = None,
) -> None:
    """Say which neurons several features share: how much was forced, comes back with seeds, and is preferred.

    Example: polygenesis diagnose seed0.npy labels.npy --run seed1.npy --run seed2.npy --html page.html

    Parameters
    ----------
    activations
        Activations (samples, neurons) as .npy, .npz, .safetensors or .parquet; FILE:NAME picks one of several arrays.
        Without LABELS: signed weights (n, m) or (runs, n, m), or the folder of a sparse autoencoder.
    labels
        Labels of the samples: classes, columns of 0 and 1, or concepts; of .parquet, each column by what it holds.
    run
        The same from another seed of the network, on the same samples; once for each (3 seeds or more test recurrence).
    initial
        The same from the untrained network, once for each seed.
    kind
        What the labels are, where it is not plain.
    measure
        What selects a feature.
    threshold
        From which effect on a neuron selects a feature; the page shows how the answer moves with it.
    dictionary
        Which matrix of a dictionary's folder to read: to which neurons its latents write, or which they read.
    penalty
        For weights of the one-hot model: the λ of its loss, so that neurons can be split and trained on.
    draws
        Matrices drawn for the null of recurrence.
    seed
        The same seed gives the same p-values.
    html
        Where to write the page.
    csv
        Where to write the table of shared neurons, a row a neuron and feature.
    pairs
        Where to write the table of pairs that share, as CSV.
    save
        A folder in which to keep the diagnosis, for `polygenesis.load` in Python.
    """
    for place in (html, csv, pairs):
        _check_place(place)
    _check_folder(save)
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
    print(text(found, command=True))  # last: a reader who stops reading (a pipe into head) loses no file
    for what, place in (("page is", html), ("diagnosis is kept in", save)):
        if place is not None:
            print(f"\nThe {what} {place}.")


def _initial(files: list[str] | None, labels: str | None) -> Any:
    """One file stands for itself; with labels, several are a list of runs."""
    if files is None or labels is not None:
        return files
    return files[0] if len(files) == 1 else files


def _check_place(path: Path | None) -> None:
    """Refuse a file that cannot be written before anything is computed or written."""
    if path is not None and is_folder(path):
        raise StoreError(f"Cannot write {str(path)!r}: it is a folder.")
    if path is not None and not is_folder(path.parent):
        raise StoreError(f"Cannot write {str(path)!r}: there is no folder {str(path.parent)!r}.")


def _check_folder(path: Path | None) -> None:
    """Refuse a folder that cannot be made before anything is computed."""
    if path is not None and ((is_there(path) and not is_folder(path)) or not is_folder(path.absolute().parent)):
        why = "it is a file" if is_there(path) else f"there is no folder {str(path.absolute().parent)!r}"
        raise StoreError(f"Cannot write {str(path)!r}: {why}.")


def _table(table: pd.DataFrame, path: Path) -> None:
    write(path, as_text(table).to_csv(index=False).encode())
