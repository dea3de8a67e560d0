"""Folders of the cache that are made on this machine: unpacked or drawn, whole or not at all, once for everybody."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from labkit.store.locking import cache_errors, locked
from labkit.store.places import cache_folder


def build_folder(name: str, make: Callable[[Path], None]) -> Path:
    """Give a folder of the cache, having it made first where it is not there yet.

    Any number of processes may call this at once: one makes it, the others wait for it. If it cannot be made, or the
    process is killed on the way, nothing bears the name.

    Parameters
    ----------
    name : str
        Its place below the cache folder, with ``/`` between the parts. It should tell all that the content depends on.
    make : callable
        Makes the folder whose path it is given; the path does not exist yet, the folder around it does.

    Returns
    -------
    pathlib.Path
        The folder in the cache.

    Raises
    ------
    CacheUnusable
        If the cache folder cannot be written, or its disk is full.
    DataError
        If another process has been making it for 15 minutes. Errors that `make` raises pass as they are, but for
        those of the operating system.

    Examples
    --------
    >>> import os, tempfile
    >>> from unittest import mock
    >>> with mock.patch.dict(os.environ, LABKIT_CACHE=tempfile.mkdtemp()):
    ...     folder = build_folder("greetings/warm", lambda path: path.mkdir())
    >>> folder.is_dir(), folder.name
    (True, 'warm')
    """
    folder = cache_folder() / name
    if folder.is_dir():
        return folder
    with cache_errors(name), locked(name):
        if folder.is_dir():  # somebody else made it while we waited
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        for left_behind in folder.parent.glob(f".making-{folder.name}-*"):  # by a process that was killed
            shutil.rmtree(left_behind, ignore_errors=True)
        workshop = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".making-{folder.name}-"))
        try:
            made = workshop / "made"
            make(made)
            os.replace(made, folder)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    return folder
