"""Files that are there completely or not at all: written under another name, fsynced, renamed once."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from polygenesis.errors import PolygenesisError, StoreError, shortened

if TYPE_CHECKING:
    import pandas as pd

TEMPORARY = ".tmp-"
"""Names that start so are unfinished; what a killed process left of them is removed by the next one."""

LEFTOVER_SECONDS = 24 * 3600.0
"""What another machine left half-written, or a process whose number lives on, is removed when it is a day old."""

IN_THE_WAY = (errno.ENOTEMPTY, errno.EEXIST, *((errno.EACCES,) if os.name == "nt" else ()))
"""How a system says that a folder cannot replace another one."""

FORMULAS = ("=", "+", "-", "@")
"""With these a spreadsheet begins a formula."""

_NAME = re.compile(re.escape(TEMPORARY) + r"(.+)-(\d+)-(\d+|[0-9a-f]{16}|dask)")


@contextmanager
def writing(
    target: Path, *, durable: bool = True, good: Callable[[Path], bool] = lambda folder: False
) -> Iterator[Path]:
    """Give a temporary path beside ``target`` to write a file or folder to, and rename it to ``target`` at the end.

    On any error nothing remains but what was there. ``durable=False`` does not wait for the disk. A file replaces what
    is there. A folder cannot without a moment when neither is there (the older one lies beside, under a name that
    begins with a dot): one that is there and ``good`` stays, and what was written is dropped. Raises
    :class:`StoreError` naming the target where the disk is full, read-only or refuses otherwise.
    """
    temporary = temporary_name(target.parent)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if durable:
            _sync(temporary)
        _rename(temporary, target, good)
        if durable:
            _sync_folder(target.parent)
    except (OSError, ValueError) as error:
        if isinstance(error, PolygenesisError) or (isinstance(error, ValueError) and "\0" not in str(target)):
            raise
        raise StoreError(f"Cannot write {str(target)!r}: {_reason(error)}.") from error
    finally:
        remove(temporary)


def temporary_name(folder: Path) -> Path:
    """A name in a folder that nobody can foresee, and that says whose it is."""
    return folder / f"{TEMPORARY}{_owner()}-{secrets.token_hex(8)}"


def create(path: Path) -> BinaryIO:
    """Open a new file for writing with the mode that the umask allows; FileExistsError for a file or link there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o666), "wb")


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder, by name; nothing where there is none. :class:`StoreError` where it cannot be read."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError) as error:
        raise StoreError(f"Cannot read folder {str(folder)!r}: {_reason(error)} (as {who()}).") from None


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a folder is there; :class:`StoreError` where that cannot be seen, instead of no."""
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def is_there(path: str | os.PathLike[str]) -> bool:
    """Whether anything is there; :class:`StoreError` where that cannot be seen, instead of no."""
    return _mode(path) is not None


def _mode(path: str | os.PathLike[str]) -> int | None:
    try:
        return os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"Cannot read {shortened(str(path), 300)}: {_reason(error)} (as {who()}).") from None


def who() -> str:
    """Who this process is to the file system, in words."""
    if not hasattr(os, "geteuid"):
        return "this user"
    try:
        import pwd

        return f"user {pwd.getpwuid(os.geteuid()).pw_name}"
    except (ImportError, KeyError):
        return f"user number {os.geteuid()}"


def write(target: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file at once; a reader sees the old bytes or the new ones, never a part.

    ``durable=False`` does not wait for the disk. Raises :class:`polygenesis.StoreError` naming the file.
    """
    if is_folder(target):
        raise StoreError(f"Cannot write {str(target)!r}: it is a folder.")
    with writing(target, durable=durable) as temporary, create(temporary) as file:
        file.write(data)


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """A table for a CSV file: names and texts that a spreadsheet would take for formulas get an apostrophe before them.

    Numbers stay as they are, negative ones too.
    """
    from pandas.api.types import is_numeric_dtype

    safe = table.rename(columns=_harmless)
    for number, kind in enumerate(safe.dtypes):
        if not is_numeric_dtype(kind):
            safe.isetitem(number, safe.iloc[:, number].map(_harmless).astype(object).array)
    names = [_harmless(name) for name in safe.index.names]
    if safe.index.nlevels > 1:
        safe.index = safe.index.map(lambda row: tuple(map(_harmless, row)))
    elif not is_numeric_dtype(safe.index.dtype):
        safe.index = safe.index.map(_harmless)
    safe.index = safe.index.set_names(names)
    return safe


def as_csv(table: pd.DataFrame, *, index: bool = False) -> bytes:
    """A table as the bytes of a CSV file that spreadsheets read: UTF-8, one row of headers.

    Spreadsheets take a file for UTF-8 only where it begins with a mark (BOM). Other programs stumble over the mark, so
    it is written only where there are letters beyond ASCII.
    """
    text: str = as_text(table).to_csv(index=index, lineterminator="\n")
    return text.encode("utf-8" if text.isascii() else "utf-8-sig", "backslashreplace")


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.lstrip().startswith(FORMULAS) else value


def remove(path: Path) -> None:
    """Remove a file or folder if it is there and can be removed; a folder is gone at once or not at all."""
    with contextlib.suppress(OSError, ValueError):
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            path.unlink()
            return
        if not path.name.startswith(TEMPORARY):
            aside = temporary_name(path.parent)
            with contextlib.suppress(OSError):
                os.rename(path, aside)
                path = aside
        shutil.rmtree(path, ignore_errors=True)


def remove_leftovers(folder: Path) -> int:
    """Remove what was left half-written in a folder by processes that are gone; return how many.

    Gone is a process of this machine that no longer lives, and any whose file has not changed for
    :data:`LEFTOVER_SECONDS`: nothing is written for so long.
    """
    removed = 0
    with contextlib.suppress(StoreError):  # a folder that cannot be read is left alone
        for entry in entries(folder):
            found = _NAME.fullmatch(entry.name)
            if found is not None and _left(Path(entry.path), found[1], int(found[2])):
                remove(Path(entry.path))
                removed += 1
    return removed


def _left(path: Path, host: str, pid: int) -> bool:
    """Whether nobody writes to a temporary file or folder any more."""
    if host == _host() and not alive(pid):
        return True
    try:
        newest = max(os.lstat(each).st_mtime for each in (path, *path.rglob("*")))
    except OSError:
        return False
    return time.time() - newest > LEFTOVER_SECONDS


def alive(pid: int) -> bool:
    """Whether a process of this machine still lives."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold an advisory lock that ends with the process, however it ends; gives whether nobody else holds it.

    Where locks do not work (some network disks, Windows) it gives True: nothing depends on it but good manners.
    """
    try:
        import fcntl

        file = _lock_file(path)
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


def hold(path: Path) -> BinaryIO | None:
    """Take an advisory lock that lasts as long as the file is open, here or in a process that it is handed to.

    None where locks do not work; BlockingIOError where somebody else holds it.
    """
    try:
        import fcntl

        file = _lock_file(path)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise BlockingIOError(error.errno, "somebody else holds it") from None
        return None
    return file


def _lock_file(path: Path) -> BinaryIO:
    """Open a lock file without touching what is in it; for reading alone where it belongs to somebody else."""
    safe = getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK
    try:
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | safe, 0o666), "r+b", buffering=0)
    except PermissionError:
        return os.fdopen(os.open(path, os.O_RDONLY | safe), "rb", buffering=0)


def check_writable(folder: Path) -> None:
    """Create the folder if need be and write one file in it, or raise :class:`StoreError` in one sentence."""
    probe = temporary_name(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        create(probe).close()
    except (OSError, ValueError) as error:
        raise StoreError(f"Cannot write to folder {str(folder)!r}: {_reason(error)}.") from error
    finally:
        remove(probe)


def _rename(source: Path, target: Path, good: Callable[[Path], bool]) -> None:
    """Rename; a folder that is in the way stays if it is good, and is replaced if not."""
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno not in IN_THE_WAY or not target.is_dir():
            raise
        if not good(target):
            _replace(source, target)


def _replace(source: Path, target: Path) -> None:
    """Move a folder aside, another to its place, and the first one back if that fails."""
    aside = temporary_name(target.parent)
    os.rename(target, aside)
    try:
        os.rename(source, target)
    except BaseException:
        os.rename(aside, target)
        raise
    remove(aside)


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


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _host() -> str:
    return socket.gethostname().replace("-", "_").replace("/", "_")


def _owner() -> str:
    return f"{_host()}-{os.getpid()}"
