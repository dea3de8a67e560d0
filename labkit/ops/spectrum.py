"""Convolution and frequency: the convolution theorem, both ways, and the relatives of convolution.

Here a convolution is the convolution of mathematics (flipped), between signals of one or more axes: sounds or images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft

from labkit.arguments import as_numbers
from labkit.ops.in_range import exact, in_range, largest
from labkit.tables import Paragraph, Preformatted


@dataclass(frozen=True, eq=False)
class ConvolutionTheorem(Preformatted):
    """Both sides of both directions of the theorem, for two signals.

    Attributes
    ----------
    transform_of_convolution, product_of_transforms : numpy.ndarray
        DFT(f ∗ h), and F · H. They are equal.
    transform_of_product, convolution_of_transforms : numpy.ndarray
        DFT(f · h), and F ∗ H / N. They are equal.
    constant : float
        The 1 / N of the second direction, N being how many numbers the signal has.
    """

    transform_of_convolution: np.ndarray
    product_of_transforms: np.ndarray
    transform_of_product: np.ndarray
    convolution_of_transforms: np.ndarray
    constant: float

    @property
    def largest_difference(self) -> float:
        """The largest difference between the two sides, of both directions, relative to the largest number there."""
        return max(
            _relative_difference(self.transform_of_convolution, self.product_of_transforms),
            _relative_difference(self.transform_of_product, self.convolution_of_transforms),
        )

    def __str__(self) -> str:
        forward = _relative_difference(self.transform_of_convolution, self.product_of_transforms)
        back = _relative_difference(self.transform_of_product, self.convolution_of_transforms)
        return (
            f"DFT(f ∗ h) = F · H            largest relative difference {forward:.0e}\n"
            f"DFT(f · h) = F ∗ H / {1 / self.constant:<8.0f} largest relative difference {back:.0e}"
        )


@in_range
def convolution_theorem(f: Any, h: Any) -> ConvolutionTheorem:
    """Compute both sides of the convolution theorem, in both directions.

    >>> theorem = convolution_theorem([1, 2, 3, 4], [1, 0, -1, 0])
    >>> theorem.transform_of_convolution.round(6) + 0
    array([ 0.+0.j, -4.+4.j,  0.+0.j, -4.-4.j])
    >>> theorem.product_of_transforms.round(6) + 0
    array([ 0.+0.j, -4.+4.j,  0.+0.j, -4.-4.j])
    >>> theorem.constant, theorem.largest_difference < 1e-12
    (0.25, True)

    Parameters
    ----------
    f, h : array_like
        Two signals of the same shape, of one or more axes. The discrete transform sees them as periodic, so ∗ is the
        circular convolution here.

    Returns
    -------
    ConvolutionTheorem

    Raises
    ------
    TypeError, ValueError
        If the shapes differ, or a number is not finite.

    References
    ----------
    R. N. Bracewell, *The Fourier Transform and Its Applications*, chapter 6; decks S0 and S2, which leave the constant
    out: where it stands (here, with the second direction) depends on how the transform is defined.
    """
    signal, other = (each.astype(np.result_type(each, np.float32), copy=False) for each in _as_periods(f, h))
    signal_spectrum, other_spectrum = scipy.fft.fftn(signal), scipy.fft.fftn(other)
    return ConvolutionTheorem(
        transform_of_convolution=scipy.fft.fftn(_circular(signal, other)),
        product_of_transforms=signal_spectrum * other_spectrum,
        transform_of_product=scipy.fft.fftn(signal * other),
        convolution_of_transforms=_circular(signal_spectrum, other_spectrum) / signal.size,
        constant=1 / signal.size,
    )


@in_range
def circular_convolve(f: Any, h: Any) -> np.ndarray:
    """Convolve two periodic signals, by the sum itself: (f ∗ h)(x) = Σ_s f(s) · h(x − s), around the end.

    >>> circular_convolve([1, 2, 3, 4], [0, 1, 0, 0])
    array([4, 1, 2, 3])

    Parameters
    ----------
    f, h : array_like
        Two signals of the same shape, of one or more axes.

    Returns
    -------
    numpy.ndarray
        The same shape; integers stay integers.

    Raises
    ------
    TypeError, ValueError
        If the shapes differ, or a number is not finite.
    """
    signal, other = _as_periods(f, h)
    return _circular(*exact(largest(signal) * largest(other) * signal.size, signal, other))


@in_range
def fft_convolve(f: Any, h: Any) -> np.ndarray:
    """Convolve two signals through their spectra: transform, multiply, transform back.

    >>> fft_convolve([1, 2, 3], [1, 1]).round(9)
    array([1., 3., 5., 3.])

    Parameters
    ----------
    f, h : array_like
        Two signals with equally many axes; the lengths may differ.

    Returns
    -------
    numpy.ndarray
        The whole ("full") convolution, floats: each axis as long as the two lengths together, less one. Both signals
        are filled up with zeros to that length first, so that nothing wraps around.

    Raises
    ------
    TypeError, ValueError
        If the numbers of axes differ, or a number is not finite.
    """
    signal, other = _as_signals(("f", "h"), f, h)
    full = tuple(a + b - 1 for a, b in zip(signal.shape, other.shape, strict=True))
    fast = tuple(scipy.fft.next_fast_len(length, real=True) for length in full)
    product = scipy.fft.rfftn(signal, fast) * scipy.fft.rfftn(other, fast)
    return scipy.fft.irfftn(product, fast)[tuple(slice(length) for length in full)]


@dataclass(frozen=True, eq=False)
class Correlation(Paragraph):
    """How alike two signals are, for every shift of one against the other.

    Attributes
    ----------
    values : numpy.ndarray
        The correlation, at every shift at which the signals touch.
    lags : tuple of numpy.ndarray
        For each axis, the shifts that belong to the values.
    """

    values: np.ndarray
    lags: tuple[np.ndarray, ...]

    @property
    def peak(self) -> tuple[int, ...]:
        """The shift at which the signals are most alike, one number for each axis."""
        place = np.unravel_index(self.values.argmax(), self.values.shape)
        return tuple(int(lag[i]) for lag, i in zip(self.lags, place, strict=True))

    def __str__(self) -> str:
        spans = " × ".join(f"{lag[0]}…{lag[-1]}" for lag in self.lags)
        return f"correlation over the lags {spans}, largest ({self.values.max():.6g}) at {self.peak}"


def cross_correlation(f: Any, g: Any) -> Correlation:
    """Shift one signal along another, and measure at each lag how alike they are: Σ_s f(s) · g(s + lag).

    The 5 and the 7 stand one place later in the second signal:

    >>> result = cross_correlation([0, 5, 7, 0], [0, 0, 5, 7])
    >>> result.peak
    (1,)
    >>> result.values.round(9) + 0
    array([ 0.,  0.,  0., 35., 74., 35.,  0.])

    Parameters
    ----------
    f, g : array_like
        Two signals with equally many axes; the lengths may differ.

    Returns
    -------
    Correlation
        At all lags at which the signals overlap. `correlate2d` computes the same sum where the kernel f lies wholly on
        the image g.

    Raises
    ------
    TypeError, ValueError
        If the numbers of axes differ, or a number is not finite.
    """
    signal, other = _as_signals(("f", "g"), f, g)
    # Turning a signal round makes its convolution a correlation.
    values = fft_convolve(np.flip(signal), other)
    lags = tuple(np.arange(1 - a, b) for a, b in zip(signal.shape, other.shape, strict=True))
    return Correlation(values, lags)


def autocorrelation(f: Any) -> Correlation:
    """Correlate a signal with itself: peaks away from lag 0 tell after how many steps it repeats.

    >>> autocorrelation([1, 0, 1, 0]).values.round(9) + 0
    array([0., 1., 0., 2., 0., 1., 0.])

    Parameters
    ----------
    f : array_like
        A signal of one or more axes.

    Returns
    -------
    Correlation
        Symmetric, and largest at lag 0, where it is the sum of squares.

    Raises
    ------
    TypeError, ValueError
        If a number is not finite.
    """
    return cross_correlation(f, f)


def _circular(f: np.ndarray, h: np.ndarray) -> np.ndarray:
    axes = tuple(range(f.ndim))
    total = np.zeros(f.shape, dtype=np.result_type(f, h))
    for s in np.ndindex(f.shape):
        total += f[s] * np.roll(h, s, axis=axes)
    return total


def _as_signals(names: tuple[str, str], f: Any, h: Any) -> tuple[np.ndarray, np.ndarray]:
    signal, other = as_numbers(names[0], f), as_numbers(names[1], h)
    if signal.ndim == 0 or signal.ndim != other.ndim or 0 in (signal.size, other.size):
        raise ValueError(
            f"{names[0]} has shape {signal.shape} and {names[1]} {other.shape}; allowed are signals with equally many "
            "axes, at least one, with nothing empty"
        )
    return signal, other


def _as_periods(f: Any, h: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return two signals of one shape: each is a period of itself."""
    signal, other = _as_signals(("f", "h"), f, h)
    if signal.shape != other.shape:
        raise ValueError(f"f has shape {signal.shape} and h {other.shape}; allowed are signals of one shape")
    return signal, other


def _relative_difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max() / max(np.abs(a).max(), np.finfo(float).tiny))
