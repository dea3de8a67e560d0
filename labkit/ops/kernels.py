"""A catalogue of kernels that people designed, long before networks learned theirs.

Every kernel is written as `correlate2d` uses it, unflipped: what is drawn here is what is laid over the image.
"""

from __future__ import annotations

import numpy as np

from labkit.ops.designs import box, gabor, gabor_bank, gaussian
from labkit.ops.kernel_type import Kernel

__all__ = ["Kernel", "box", "gabor", "gabor_bank", "gaussian", "get", "names"]


def get(name: str) -> Kernel:
    """Return the kernel of that name.

    >>> get("sobel x").array
    array([[ 1,  0, -1],
           [ 2,  0, -2],
           [ 1,  0, -1]])

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    Kernel

    Raises
    ------
    ValueError
        If there is no kernel of that name.
    """
    if name not in _CATALOGUE:
        raise ValueError(f"name is {name!r}; allowed are {', '.join(map(repr, _CATALOGUE))}")
    return _CATALOGUE[name]


def names() -> tuple[str, ...]:
    """Return the names of all kernels in the catalogue.

    >>> names()[:4]
    ('identity', 'sharpen', 'sobel x', 'sobel y')
    """
    return tuple(_CATALOGUE)


# name, weights, what it does, source
_DRAWN = [
    ("identity", [[0, 0, 0], [0, 1, 0], [0, 0, 0]], "leaves the image as it is", "definition"),
    (
        "sharpen",
        [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        "makes each pixel differ more from its four neighbours",
        "the image minus its Laplacian (deck S2)",
    ),
    (
        "sobel x",
        [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
        "finds vertical edges: positive where it is brighter on the left",
        "I. Sobel 1968 (decks S0, S2)",
    ),
    (
        "sobel y",
        [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
        "finds horizontal edges: positive where it is brighter above",
        "I. Sobel 1968 (decks S0, S2)",
    ),
    (
        "scharr x",
        [[3, 0, -3], [10, 0, -10], [3, 0, -3]],
        "finds vertical edges, with less error in slanted ones than Sobel",
        "H. Scharr 2000",
    ),
    (
        "scharr y",
        [[3, 10, 3], [0, 0, 0], [-3, -10, -3]],
        "finds horizontal edges, with less error in slanted ones than Sobel",
        "H. Scharr 2000",
    ),
    (
        "prewitt x",
        [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
        "finds vertical edges, all three rows counting alike",
        "J. M. S. Prewitt 1970 (deck S3)",
    ),
    (
        "prewitt y",
        [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
        "finds horizontal edges, all three columns counting alike",
        "J. M. S. Prewitt 1970",
    ),
    (
        "laplacian 4",
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        "finds edges in every direction, from the four nearest neighbours",
        "second differences, ∂²/∂x² + ∂²/∂y²",
    ),
    (
        "laplacian 8",
        [[1, 1, 1], [1, -8, 1], [1, 1, 1]],
        "finds edges in every direction, from all eight neighbours",
        "second differences, diagonals included",
    ),
    (
        "emboss",
        [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
        "makes the image look like a relief",
        "the image plus its slope along a diagonal",
    ),
    (
        "curve",
        [
            [0, 0, 0, 0, 0, 30, 0],
            [0, 0, 0, 0, 30, 0, 0],
            [0, 0, 0, 30, 0, 0, 0],
            [0, 0, 0, 30, 0, 0, 0],
            [0, 0, 0, 30, 0, 0, 0],
            [0, 0, 0, 30, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0],
        ],
        "finds a line that curves up and to the right",
        "A. Deshpande, A Beginner's Guide To Understanding CNNs, 2016 (decks S2, S4)",
    ),
    (
        "vertical line",
        [[0, 0, 0, 1, 0, 0, 0]] * 7,
        "enhances vertical lines, blurs the rest",
        "A. Géron, Hands-On Machine Learning, figure 13-5 (deck S3)",
    ),
    (
        "horizontal line",
        [[0] * 7] * 3 + [[1] * 7] + [[0] * 7] * 3,
        "enhances horizontal lines, blurs the rest",
        "A. Géron, Hands-On Machine Learning, figure 13-5 (deck S3)",
    ),
    (
        "diagonal cross",
        [[1, 0, 1], [0, 1, 0], [1, 0, 1]],
        "adds up a pixel and its four diagonal neighbours",
        "worked example of deck S3",
    ),
]
_KERNELS = [Kernel(name, np.array(weights), purpose, source) for name, weights, purpose, source in _DRAWN]
_CATALOGUE = {kernel.name: kernel for kernel in [*_KERNELS, box(3), gaussian(5, 1.0), *gabor_bank(4)]}
