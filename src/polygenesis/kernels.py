"""Compiled code: the one decorator that everything compiled wears, and a cache of it that is never stale.

Numba compiles a function again when its own file has changed, not when a constant or a function that it took from
another file has. Here the folder of what is compiled is named by a hash of every file with compiled code, so that any
edit starts a new folder, and the hash (:func:`fingerprint`) stands in every result. Each compiled function is one file
that is written at once and begins with a checksum: processes may be killed at any moment, and a file cut short or
altered is compiled anew. Of processes that need the same function at once, one compiles it and the others wait for the
file. Processors of several kinds share a folder, since the kind is in the name.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import functools
import hashlib
import importlib.metadata
import os
import pickle
import platform
import re
import shutil
import stat
import sys
import tempfile
import time
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, overload

from polygenesis import files
from polygenesis.errors import StoreError

Function = TypeVar("Function", bound=Callable[..., Any])

PACKAGE = Path(__file__).parent
"""The folder of the package."""

COMPILERS = ("numba", "llvmlite", "numpy")
"""What turns sources into machine code, or lays out the arrays that it reads."""

SHARED = "POLYGENESIS_KERNELS"
"""The variable that tells processes started from this one which temporary folder is theirs too."""

KEPT_SECONDS = 30 * 86400.0
"""Folders of other sources are removed when nobody has used them for so long."""

MAKES = re.compile(rb"^from polygenesis\.kernels import (.*\b)?(compiled|intrinsic)\b", re.MULTILINE)
"""What a file with compiled code says."""

CHECKSUM = 32
"""Bytes at the beginning of a file."""

LOCK = ".lock"
"""How the name of a file ends that exists while its process compiles."""

PATIENCE = 300.0
"""Seconds to wait for another process that compiles the same function, before compiling it as well."""


@overload
def compiled(function: Function) -> Function: ...
@overload
def compiled(*, inline: bool = False, inner: bool = False) -> Callable[[Function], Function]: ...
def compiled(function: Any = None, *, inline: bool = False, inner: bool = False) -> Any:
    """Compile a function at its first call, or take it from the cache.

    It divides as NumPy does and lets other threads run. With ``inline`` the callers take its body in, and it is never
    kept by itself. With ``inner`` only compiled code can call it: it is not made ready for Python, which takes as long
    as to compile a short function, and is kept within its callers. Its file says
    ``from polygenesis.kernels import compiled``: so :func:`sources` finds it, and what it takes from other files must
    be compiled too, or come from files with compiled code.

    What it returns to Python must be numbers, arrays and plain tuples of them: to make a named tuple or a member of an
    enum runs Python code, in which a signal may raise (Ctrl-C), and Numba then crashes on what was not made.
    """
    from numba import njit

    make: Any = functools.partial(njit, error_model="numpy")
    if function is None:
        return functools.partial(compiled, inline=inline, inner=inner)
    fingerprint()  # of the sources as they are now, before they can change
    if inline:
        return make(inline="always")(function)
    if inner:
        made = make(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
        made.__class__ = _inner()
        return made
    made = make(nogil=True, no_cfunc_wrapper=True)(function)
    try:
        made._cache = _cache(function)
        made.__class__ = _kept()
    except (ImportError, AttributeError):
        _warn("this Numba keeps it in a way that polygenesis does not know")
    return made


@functools.cache
def _inner() -> Any:
    """The kind of function that Python cannot call: without this it would crash instead."""
    from numba.core.registry import CPUDispatcher

    class Inner(CPUDispatcher):
        def __call__(self, *arguments: Any, **named: Any) -> Any:
            raise TypeError(f"{self.py_func.__qualname__} is for compiled code alone.")

    return Inner


@functools.cache
def _kept() -> Any:
    """The kind of function that one process compiles for all that share the folder."""
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.registry import CPUDispatcher

    class Kept(CPUDispatcher):
        _cache: Any
        targetctx: Any

        def compile(self, sig: Any) -> Any:
            # Numba's own lock comes first: else two threads could wait for each other, one with each lock
            with global_compiler_lock, alone(self._cache.path(sig, self.targetctx.codegen())):
                return super().compile(sig)

    return Kept


@contextlib.contextmanager
def alone(path: Path | None) -> Iterator[None]:
    """Wait until no other process compiles the file at this path; return at once where it is there.

    Nothing depends on it but the time of processors: the lock ends with its process, and after :data:`PATIENCE`, or
    where locks do not work, both compile.
    """
    if path is None or path.exists():
        yield
        return
    own = path.with_name(path.name + LOCK)
    until = time.monotonic() + PATIENCE
    while True:
        with files.locked(own) as free:
            if free or path.exists() or time.monotonic() > until:
                try:
                    yield
                finally:
                    files.remove(own)
                return
        time.sleep(0.05)


def there(function: Any, arguments: Iterable[Any]) -> bool:
    """Whether a compiled function is ready for such arguments: in this process, or kept by another."""
    from numba import typeof

    kinds = tuple(map(typeof, arguments))
    if kinds in function.overloads:
        return True
    find = getattr(function._cache, "path", None)
    path = None if find is None else find(kinds, function.targetctx.codegen())
    return path is not None and path.exists()


class Interpreter:
    """Runs compiled functions as plain Python: hundreds of times slower, at once, and with the same roundings.

    What a function calls is run the same way, in whatever file it stands. That is right for functions whose numbers
    have one type in both languages: a number in float32 beside a constant is float64 in compiled code alone, unless
    ``float`` says so. Division by zero is an error for Python's own numbers, and none for NumPy's.

    Args:
        instead: what to call in place of some compiled functions, for those that only a compiler understands.
    """

    def __init__(self, instead: Mapping[Any, Callable[..., Any]]) -> None:
        self._made: dict[Any, Callable[..., Any]] = {each.py_func: call for each, call in instead.items()}

    def __call__(self, function: Any) -> Callable[..., Any]:
        """Return a compiled function as plain Python."""
        own = function.py_func
        if own not in self._made:
            names: dict[str, Any] = {"__builtins__": builtins}
            self._made[own] = types.FunctionType(own.__code__, names, own.__name__, own.__defaults__, own.__closure__)
            known = own.__globals__
            names.update({name: self._plain(known[name]) for name in _names(own.__code__) if name in known})
        return self._made[own]

    def _plain(self, value: Any) -> Any:
        """What a name stands for in plain Python."""
        if hasattr(value, "py_func"):
            return self(value)
        if isinstance(value, types.ModuleType) and Path(getattr(value, "__file__", None) or "") in sources():
            return _Module(self, value)
        return value


def _names(code: types.CodeType) -> Iterator[str]:
    """The names that a function takes from elsewhere, in its comprehensions too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


class _Module:
    """A file with compiled code, of which each function is plain Python."""

    def __init__(self, interpreter: Interpreter, module: types.ModuleType) -> None:
        self._of = interpreter, module

    def __getattr__(self, name: str) -> Any:
        interpreter, module = self._of
        found = interpreter._plain(getattr(module, name))
        setattr(self, name, found)
        return found


def intrinsic(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function for compiled code that writes LLVM's language; callers leave out its first argument."""
    from numba import extending

    fingerprint()
    made: Callable[..., Any] = extending.intrinsic(function)
    return made


@functools.cache
def sources() -> tuple[Path, ...]:
    """The files with compiled code, by path: those that import what this module makes it with, and this one."""
    own = Path(__file__)
    return tuple(path for path in sorted(PACKAGE.rglob("*.py")) if path == own or MAKES.search(path.read_bytes()))


@functools.cache
def fingerprint() -> str:
    """Hash what decides about compiled code: its sources, and the versions of Numba, llvmlite and NumPy.

    >>> len(fingerprint())
    16
    """
    _stamps()
    found = hashlib.sha256()
    for package in COMPILERS:
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            version = "unknown"
        found.update(f"{package} {version}\0".encode())
    for path in sources():
        found.update(f"{path.relative_to(PACKAGE).as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]


@functools.cache
def _stamps() -> tuple[tuple[int, int], ...]:
    """When each source was written, and its size, as this process found them."""
    return tuple((found.st_mtime_ns, found.st_size) for path in sources() if (found := path.stat()))


def unchanged() -> bool:
    """Whether the sources are still those of :func:`fingerprint`: after an edit under a process nothing is kept."""
    try:
        return _stamps() == _stamps.__wrapped__()
    except OSError:
        return False


@functools.cache
def folder() -> Path | None:
    """Return the folder of compiled code, made where it is missing; none where nothing can be written.

    It is the first of these that can be written: a folder of ``NUMBA_CACHE_DIR`` where that is set, the package's own
    ``__pycache__``, the user's cache, and a temporary one for this process and those that it starts, with a warning.
    """
    name = f"kernels-{fingerprint()}"
    for parent in _parents():
        if _writable(parent / name):
            _remove_old(parent, name)
            return parent / name
    shared = os.environ.get(SHARED)
    if shared and _own(Path(shared)) and shared.endswith(f"-{name}") and _writable(Path(shared)):
        return Path(shared)
    tried = ", ".join(repr(str(parent)) for parent in _parents())
    try:
        temporary = Path(tempfile.mkdtemp(suffix=f"-{name}"))
    except OSError:
        _warn(f"nothing can be written to {tried}, nor to a temporary folder")
        return None
    _warn(f"nothing can be written to {tried}")
    atexit.register(_remove_own, temporary, os.getpid())
    os.environ[SHARED] = str(temporary)
    return temporary


def cold() -> bool:
    """Whether nothing is compiled yet, so that the next run waits for it."""
    place = folder()
    try:
        return place is None or all(path.name.endswith(LOCK) for path in place.iterdir())
    except OSError:
        return True


@functools.cache
def _warn(why: str) -> None:
    warnings.warn(
        f"Compiled code cannot be kept, since {why}: it is compiled anew every time, which takes about half a minute; "
        "NUMBA_CACHE_DIR may name a folder for it.",
        RuntimeWarning,
        stacklevel=3,
    )


def _parents() -> Iterator[Path]:
    named = os.environ.get("NUMBA_CACHE_DIR")
    if named:
        yield Path(named) / "polygenesis"
    yield PACKAGE / "__pycache__"
    with contextlib.suppress(RuntimeError):  # nobody's home
        if sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
            base = Path(os.environ["LOCALAPPDATA"])
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        if base.is_absolute():
            yield base / "polygenesis"


def _writable(place: Path) -> bool:
    """Make a folder where it is missing; say whether files can be written there, and note that it is used."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=place).close()
        os.utime(place)
    except (OSError, ValueError):
        return False
    return True


def _own(place: Path) -> bool:
    """Whether a folder is this user's alone: compiled code of others is not run."""
    try:
        found = place.lstat()
    except (OSError, ValueError):
        return False
    return stat.S_ISDIR(found.st_mode) and (
        not hasattr(os, "geteuid") or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)
    )


def _remove_old(parent: Path, name: str) -> None:
    with contextlib.suppress(OSError):
        for each in parent.glob("kernels-*"):
            if each.name != name and time.time() - each.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(each, ignore_errors=True)


def _remove_own(temporary: Path, owner: int) -> None:
    if os.getpid() == owner:  # not a child that was forked
        shutil.rmtree(temporary, ignore_errors=True)


def read(path: Path) -> bytes | None:
    """Return what :func:`keep` wrote; none where there is no such file or its checksum is wrong."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    checksum, content = data[:CHECKSUM], data[CHECKSUM:]
    return content if hashlib.sha256(content).digest() == checksum else None


def keep(path: Path, content: bytes) -> None:
    """Write a file with its checksum at once; where that is refused nothing is kept."""
    with contextlib.suppress(StoreError):
        files.write(path, hashlib.sha256(content).digest() + content, durable=False)


def _cache(function: Callable[..., Any]) -> Any:
    """What Numba asks for compiled code of a function; ImportError where this Numba asks otherwise."""
    from numba.core import serialize
    from numba.core.caching import _Cache
    from numba.core.compiler import CompileResult

    rebuild: Any = CompileResult._rebuild
    dumps: Any = serialize.dumps

    class Kept(_Cache):
        """One file for each kind of arguments."""

        enabled = True

        @property
        def cache_path(self) -> str:
            return str(folder())

        def path(self, signature: Any, target: Any) -> Path | None:
            place = folder() if self.enabled and unchanged() else None
            if place is None:
                return None
            what = (function.__module__, function.__qualname__, str(signature), target.magic_tuple())
            key = hashlib.sha256(repr((*what, platform.python_version_tuple()[:2])).encode()).hexdigest()
            return place / f"{function.__module__.rpartition('.')[2]}.{function.__name__}-{key[:24]}"

        def load_overload(self, sig: Any, target_context: Any) -> Any:
            target_context.refresh()
            path = self.path(sig, target_context.codegen())
            content = None if path is None else read(path)
            if content is None:
                return None
            try:
                parts = pickle.loads(content)
            except Exception:  # of a Python, or of a Numba, that writes otherwise
                return None
            return rebuild(target_context, *parts)

        def save_overload(self, sig: Any, data: Any) -> None:
            path = self.path(sig, data.codegen)
            if path is not None and not data.lifted and not data.library.has_dynamic_globals:
                keep(path, dumps(data._reduce()))

        def enable(self) -> None:
            self.enabled = True

        def disable(self) -> None:
            self.enabled = False

        def flush(self) -> None:
            """Nothing is held back."""

    return Kept()
