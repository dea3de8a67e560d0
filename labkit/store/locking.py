"""What everything that writes into the cache shares: the lock, and one clear error for a cache that cannot be used."""

import contextlib
import errno
from collections.abc import Iterator

from labkit.store.errors import CacheUnusable, DataError
from labkit.store.places import cache_advice, cache_folder

LOCK_SECONDS = 15 * 60


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock of one entry of the cache, so that one process makes it and the others wait for it."""
    from filelock import FileLock, Timeout

    path = cache_folder() / "locks" / f"{name.replace('/', '-')}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout as late:
        raise DataError(
            f"{name}: another process has been at it for {LOCK_SECONDS / 60:.0f} minutes (lock {path}). "
            "End that process, or set LABKIT_CACHE to another folder."
        ) from late
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def cache_errors(name: str) -> Iterator[None]:
    """Turn the operating system's complaints about the cache folder into one clear error."""
    try:
        yield
    except OSError as error:
        reason = "its disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else f"{error.strerror or error}"
        raise CacheUnusable(f"{name} cannot be kept. {cache_advice(cache_folder(), reason)}") from error
