"""Files that are there completely or not at all: written under another name, fsynced, renamed once."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from polygenesis.errors import StoreError

TEMPORARY = ".tmp-"
"""Names that start so are unfinished; what a killed process left of them is removed by the next one."""

_counter = itertools.count()


@contextmanager
def writing(
    target: Path, *, durable: bool = True, good: Callable[[Path], bool] = lambda folder: False
) -> Iterator[Path]:
    """Give a temporary path beside ``target`` to write a file or folder to, and rename it to ``target`` at the end.

    On any error nothing remains. ``durable=False`` does not wait for the disk. A file replaces what is there. A folder
    cannot without a moment when neither is there: one that is there and ``good`` stays, and what was written is
    dropped. Raises :class:`StoreError` naming the target where the disk is full, read-only or refuses otherwise.
    """
    temporary = target.parent / f"{TEMPORARY}{_owner()}-{next(_counter)}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if durable:
            _sync(temporary)
        _rename(temporary, target, good)
        if durable:
            _sync_folder(target.parent)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(f"Cannot write {str(target)!r}: {_reason(error)}.") from error
    finally:
        remove(temporary)


def write(target: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file at once; a reader sees the old bytes or the new ones, never a part.

    ``durable=False`` does not wait for the disk. Raises :class:`polygenesis.StoreError` naming the file.
    """
    with writing(target, durable=durable) as temporary:
        temporary.write_bytes(data)


def remove(path: Path) -> None:
    """Remove a file or folder if it is there and can be removed; a folder is gone at once or not at all."""
    if path.is_dir() and not path.is_symlink():
        if not path.name.startswith(TEMPORARY):
            aside = path.parent / f"{TEMPORARY}{_owner()}-{next(_counter)}"
            with contextlib.suppress(OSError):
                os.rename(path, aside)
                path = aside
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> int:
    """Remove what processes of this machine that no longer live left half-written; return how many."""
    removed = 0
    for path in folder.glob(f"{TEMPORARY}*"):
        host, _, rest = path.name.removeprefix(TEMPORARY).rpartition("-")[0].rpartition("-")
        if host == _host() and rest.isdigit() and not alive(int(rest)):
            remove(path)
            removed += 1
    return removed


def alive(pid: int) -> bool:
    """Whether a process of this machine still lives."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold an advisory lock that ends with the process, however it ends; gives whether nobody else holds it.

    Where locks do not work (some network disks, Windows) it gives True: nothing depends on it but good manners.
    """
    try:
        import fcntl

        file = path.open("w")
    except (ImportError, OSError):
        yield True
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            alone = True
        except OSError as error:
            alone = error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
        yield alone


def check_writable(folder: Path) -> None:
    """Create the folder if need be and write one file in it, or raise :class:`StoreError` in one sentence."""
    probe = folder / f"{TEMPORARY}{_owner()}-{next(_counter)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
    except OSError as error:
        raise StoreError(f"Cannot write to folder {str(folder)!r}: {_reason(error)}.") from error
    finally:
        remove(probe)


def _rename(source: Path, target: Path, good: Callable[[Path], bool]) -> None:
    """Rename; a folder that is in the way stays if it is good, and is moved aside first if not."""
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or not target.is_dir():
            raise
        if not good(target):
            remove(target)
            os.rename(source, target)


def _sync(path: Path) -> None:
    """Ask the disk to keep a file, or every file of a folder and the folder."""
    if path.is_dir():
        for each in path.iterdir():
            _sync(each)
        _sync_folder(path)
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Ask the disk to keep a folder's names; systems that cannot open folders keep them anyway."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _host() -> str:
    return socket.gethostname().replace("-", "_").replace("/", "_")


def _owner() -> str:
    return f"{_host()}-{os.getpid()}"
