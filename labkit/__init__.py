"""The helper package of the CNN Lab Book.

Its rooms are imported when they are first used, so that ``import labkit`` costs almost nothing:

>>> import labkit
>>> float(labkit.ops.correlate2d([[1, 2], [3, 4]], [[1, 0], [0, 1]])[0, 0])
5.0
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, _rooms = lazy_loader.attach(
    __name__,
    submodules=["calculators", "course", "datasets", "explain", "models", "ops", "plots", "store", "training"],
)
__all__ = [*_rooms, "__version__"]
