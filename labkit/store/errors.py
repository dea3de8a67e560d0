"""What can go wrong when a file is fetched, in words a reader can act on."""


class DataError(RuntimeError):
    """Data could not be had; the message names the file, the source and what to do."""


class SourcesUnreachable(DataError):
    """No source answered at all (no network, dead hosts, or `LABKIT_OFFLINE=1`): the one case for a stand-in."""


class CacheUnusable(DataError):
    """The cache folder cannot be read or written, or its disk is full."""


class UnsafeArchive(DataError):
    """An archive holds something that must not be unpacked."""


class SourceFailed(Exception):
    """One source did not deliver one file; `fetch_files` collects these and goes on to the next source."""


class SourceSilent(SourceFailed):
    """The source did not answer: its host is unknown, refuses, or keeps us waiting."""


class SourceStumbled(SourceFailed):
    """The source answered, then failed in a way that may pass: worth another try."""
