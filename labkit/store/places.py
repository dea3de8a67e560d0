"""What the environment says: where files live, whether the network may be used, and whether this is a rehearsal."""

import os
from pathlib import Path

from labkit.store.errors import CacheUnusable, DataError


def expanded(path: str | Path) -> Path:
    """Put the home folder for a leading ``~``; where there is no such user, the path stays as it is.

    Examples
    --------
    >>> expanded("~nobody-of-this-name/data").name
    'data'
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:  # pathlib's word for a user who is not there
        return Path(path)


def cache_folder() -> Path:
    """Give the folder where fetched files are kept: `LABKIT_CACHE`, else the platform's own cache folder.

    The folder is not created here; the first file that is fetched does that.

    Returns
    -------
    pathlib.Path
        An absolute path.

    Raises
    ------
    CacheUnusable
        If something is there that is not a folder this process may read.

    Examples
    --------
    >>> cache_folder().is_absolute()
    True
    """
    named = os.environ.get("LABKIT_CACHE", "").strip()
    if named:
        folder = expanded(named).absolute()
    else:
        import pooch

        folder = Path(pooch.os_cache("cnn-labkit"))
    if os.path.lexists(folder) and not (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)):
        raise CacheUnusable(cache_advice(folder, "it is not a folder that can be read"))
    return folder


def cache_advice(folder: Path, reason: str) -> str:
    """Say that the cache cannot be used, why, and what to do about it."""
    return (
        f"The cache folder {folder} cannot be used: {reason}. "
        "Set LABKIT_CACHE to a folder that you may write to and whose disk has room."
    )


def data_folder() -> Path | None:
    """Give the folder of the user's own files (`LABKIT_DATA`), or None where none is named.

    It is only ever read, so it may be write-protected.

    Raises
    ------
    DataError
        If `LABKIT_DATA` names something that is not a folder this process may read.

    Examples
    --------
    >>> folder = data_folder()
    >>> folder is None or folder.is_dir()
    True
    """
    named = os.environ.get("LABKIT_DATA", "").strip()
    if not named:
        return None
    folder = expanded(named).absolute()
    if not (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)):
        raise DataError(
            f"LABKIT_DATA={named!r} is not a folder that can be read. "
            "Name an existing folder with your data files (for instance with mnist/ in it), or unset LABKIT_DATA."
        )
    return folder


def is_offline() -> bool:
    """Tell whether `LABKIT_OFFLINE` asks to stay off the network (1, true, yes or on).

    Raises
    ------
    ValueError
        If the variable holds anything else than a yes or a no.

    Examples
    --------
    >>> is_offline() in (True, False)
    True
    """
    return switched_on("LABKIT_OFFLINE")


def rehearsing() -> bool:
    """Tell whether this session is a rehearsal of the full profile (``LABKIT_PROFILE=rehearsal``)."""
    return os.environ.get("LABKIT_PROFILE") == "rehearsal"


def switched_on(variable: str) -> bool:
    """Tell whether a variable of the environment says yes (1, true, yes or on); unset or empty it says no.

    Raises
    ------
    ValueError
        If it holds anything else than a yes or a no.

    Examples
    --------
    >>> switched_on("LABKIT_NO_SUCH_SWITCH")
    False
    """
    value = os.environ.get(variable, "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise ValueError(f"{variable}={value!r} is not understood; use 1 for yes, 0 for no.")
