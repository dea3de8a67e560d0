"""Getting a file: sources, checksums, the cache, the lock, and doing without a network.

A file is either whole and checked, or it is not there at all. Everything that is fetched passes through
:func:`fetch_files`: it downloads to a temporary place, compares the SHA-256, and only then gives the file its name.

>>> from labkit import store
>>> store.DataFile("greeting.txt", sha256="185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969", size=5)
DataFile(name='greeting.txt', sha256='185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969', size=5)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "archives": ["unpack"],
        "building": ["build_folder"],
        "checks": ["remember_sha256", "remembered_sha256", "sha256_of", "source_of"],
        "debian": ["DebianPackage"],
        "errors": ["CacheUnusable", "DataError", "SourcesUnreachable", "UnsafeArchive"],
        "fetching": ["DataFile", "FileSet", "cached_files", "fetch_files", "recently_unreachable"],
        "folders": ["FolderSet", "cached_folder", "fetch_folder"],
        "places": ["cache_folder", "data_folder", "expanded", "is_offline", "switched_on"],
        "web": ["WebFolder"],
    },
)
