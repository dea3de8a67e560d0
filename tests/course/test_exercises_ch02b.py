"""Exercises of chapter 2b: answers that look at less than they should, or round, do not pass."""

import numpy as np

from labkit.course import check


def test_the_first_row_alone_does_not_tell_what_moves_along():
    def first_row(machine, image):
        return np.array_equal(machine(np.roll(image, 1, axis=1))[0], np.roll(machine(image), 1, axis=1)[0])

    assert check("02b-is-equivariant", first_row).status == "failed"


def test_a_rounded_convolution_is_not_the_convolution():
    def rounded(signal, kernel):
        length = len(signal) + len(kernel) - 1
        return np.round(np.fft.ifft(np.fft.fft(signal, length) * np.fft.fft(kernel, length)).real)

    assert check("02b-convolve-by-fft", rounded).status == "failed"


def test_an_imaginary_part_that_is_left_is_told():
    def complex_numbers(signal, kernel):
        length = len(signal) + len(kernel) - 1
        return np.fft.ifft(np.fft.fft(signal, length) * np.fft.fft(kernel, length))

    result = check("02b-convolve-by-fft", complex_numbers)
    assert result.status == "failed"
    assert "real part" in result.message
