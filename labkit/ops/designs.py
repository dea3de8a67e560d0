"""Kernels that follow from a formula: blurs and Gabor filters, in any size."""

from __future__ import annotations

from typing import Any

import numpy as np

from labkit.arguments import above_zero, as_float, whole_number
from labkit.ops.kernel_type import Kernel

LARGEST_SIDE = 4096  # 134 MB of numbers; no image of the course is larger


def box(size: int) -> Kernel:
    """Return a kernel that takes the plain mean of a square.

    >>> box(2).array
    array([[0.25, 0.25],
           [0.25, 0.25]])

    Parameters
    ----------
    size : int
        Height and width, in pixels.

    Raises
    ------
    TypeError, ValueError
        If `size` is not an integer from 1 to 4,096.
    """
    side = _side(size)
    return Kernel(
        "box blur",
        np.full((side, side), 1 / side**2),
        f"the mean of the {side}×{side} pixels around each",
        "moving average",
    )


def gaussian(size: int, sigma: float) -> Kernel:
    """Return a Gaussian blur: a mean in which the near pixels count more.

    >>> gaussian(3, sigma=0.85).array.round(3)
    array([[0.063, 0.125, 0.063],
           [0.125, 0.25 , 0.125],
           [0.063, 0.125, 0.063]])

    Parameters
    ----------
    size : int
        Height and width, in pixels.
    sigma : float
        Standard deviation, in pixels; above 0.

    Returns
    -------
    Kernel
        Its weights sum to 1: exp(−(u² + v²) / 2σ²), divided by their sum.

    Raises
    ------
    TypeError, ValueError
        If `size` is not an integer from 1 to 4,096, or `sigma` is not above 0.
    """
    side, spread = _side(size), above_zero("sigma", sigma)
    squares = (np.arange(side) - (side - 1) / 2) ** 2
    # Against the nearest pixels, whose weight is then 1 for any σ; and σ not squared, for 10⁻²⁰⁰ has no square.
    with np.errstate(over="ignore"):
        line = np.exp(-(squares - squares.min()) / spread / spread / 2)
    line /= line.sum()
    return Kernel(
        "gaussian blur",
        np.outer(line, line),
        f"a blur in which near pixels count more (σ = {spread:g} pixels)",
        "C. F. Gauss's normal distribution in two dimensions",
    )


def gabor(
    size: int = 11,
    *,
    wavelength: float = 6.0,
    orientation: float = 0.0,
    sigma: float | None = None,
    aspect: float = 1.0,
    phase: float = 0.0,
) -> Kernel:
    """Return a Gabor filter: a wave seen through a Gaussian window.

    >>> gabor(3, wavelength=2, sigma=1).array.round(2)
    array([[-0.37,  0.61, -0.37],
           [-0.61,  1.  , -0.61],
           [-0.37,  0.61, -0.37]])

    Parameters
    ----------
    size : int
        Height and width, in pixels; odd, so that there is a middle.
    wavelength : float
        Distance from crest to crest, λ, in pixels; above 0.
    orientation : float
        Direction in which the wave runs, θ, in degrees: 0 runs along a row and finds vertical edges; positive turns
        downwards, as rows count.
    sigma : float, optional
        Standard deviation of the window, σ, in pixels; above 0. By default 0.56 λ, the bandwidth of about one octave
        found in simple cells.
    aspect : float
        How many times narrower the window is across the wave than along it, γ; above 0.
    phase : float
        Where the wave stands in the middle, φ, in degrees: 0 for a crest (a line), 90 for a slope (an edge).

    Returns
    -------
    Kernel
        exp(−(a² + γ²b²) / 2σ²) · cos(2πa/λ + φ), with a = v cos θ + u sin θ along the wave and
        b = u cos θ − v sin θ across it, for the pixel u rows below and v columns right of the middle.

    Raises
    ------
    TypeError, ValueError
        If `size` is not odd or above 4,096, a length is not above 0, or the wave is too short to be computed.

    References
    ----------
    D. Gabor, "Theory of communication", 1946; in two dimensions J. G. Daugman, 1985, and (0.56 λ)
    N. Petkov, P. Kruizinga, "Computational models of visual neurons specialised in the detection of periodic and
    aperiodic oriented visual stimuli", 1997.
    """
    side = _side(size)
    if side % 2 == 0:
        raise ValueError(f"size is {side}; allowed is an odd number, so that the filter has a middle")
    crest = above_zero("wavelength", wavelength)
    spread = above_zero("sigma", 0.56 * crest if sigma is None else sigma)
    narrower = above_zero("aspect", aspect)
    angle, start = np.deg2rad(as_float("orientation", orientation)), np.deg2rad(as_float("phase", phase))

    u, v = np.mgrid[-(side // 2) : side // 2 + 1, -(side // 2) : side // 2 + 1]
    along = v * np.cos(angle) + u * np.sin(angle)
    across = u * np.cos(angle) - v * np.sin(angle)
    with np.errstate(over="ignore", invalid="ignore"):
        wave = np.cos(2 * np.pi * along / crest + start)
        # Divided before they are squared: σ² may be too small for a float, or too large.
        window = np.exp(-((along / spread) ** 2 + (across / spread * narrower) ** 2) / 2)
    if not np.isfinite(wave).all():
        raise ValueError(f"wavelength is {crest}; allowed is a length of which a float can count the waves in a pixel")
    window = np.where(np.isnan(window), 0, window)
    return Kernel(
        f"gabor {orientation:g}",
        window * wave,
        f"finds stripes {crest:g} pixels apart that run across the direction {orientation:g}°",
        "D. Gabor 1946; J. G. Daugman 1985",
    )


def gabor_bank(orientations: int = 8, size: int = 11, **options: Any) -> tuple[Kernel, ...]:
    """Return Gabor filters in evenly spaced orientations over half a turn.

    >>> [kernel.name for kernel in gabor_bank(4)]
    ['gabor 0', 'gabor 45', 'gabor 90', 'gabor 135']

    Parameters
    ----------
    orientations : int
        How many.
    size, **options
        As in `gabor`.

    Raises
    ------
    TypeError, ValueError
        If `orientations` is not an integer of at least 1, or as `gabor`.
    """
    count = whole_number("orientations", orientations)
    return tuple(gabor(size, orientation=180 * i / count, **options) for i in range(count))


def _side(size: Any) -> int:
    side = whole_number("size", size)
    if side > LARGEST_SIDE:
        raise ValueError(f"size is {side}; allowed is a whole number from 1 to {LARGEST_SIDE:,}")
    return side
