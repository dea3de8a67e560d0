"""Exercises of chapter 2, convolution."""

import numpy as np

from labkit import ops
from labkit.course.exercises import Exercise


def sliding_sum(signal, kernel):
    """Slide the kernel along the signal without flipping it.

    Both are lists of numbers. At each position multiply the numbers that
    face each other and add the products. Return the list of these sums.
    Only positions where the whole kernel lies on the signal count.
    """
    positions = len(signal) - len(kernel) + 1
    sums = []
    for start in range(positions):
        total = 0
        for offset in range(len(kernel)):
            total += signal[start + offset] * kernel[offset]
        sums.append(total)
    return sums


def _signals():
    numbers = np.random.default_rng(2).integers(-5, 10, 12).tolist()
    return [([1, 2, 4, 8], [1, 0, -1]), ([3, 1, 4, 1, 5], [2, 1]), (numbers, [1, -2, 3, 5])]


along_a_signal = Exercise(
    id="02-sliding-sum",
    title="A kernel slides along a signal",
    prompt=(
        "Write `sliding_sum(signal, kernel)` with plain Python loops. Do the first check by hand: the kernel "
        "`[1, 0, -1]` on the signal `[1, 2, 4, 8]` fits at two positions, so there are two sums."
    ),
    solution=sliding_sum,
    hints=(
        "How many positions are there? Try a kernel of 3 on a signal of 4, then write the rule with `len`.",
        "Two loops, one inside the other: the outer one over the positions where the kernel can start, the inner "
        "one over the numbers of the kernel.",
        "At position `start`, the kernel's number `kernel[offset]` meets `signal[start + offset]`.",
    ),
    inputs=_signals,
    by_hand=("numpy.correlate", "numpy.convolve", "labkit.ops.correlate2d", "labkit.ops.convolve2d"),
    mistakes={
        "You flipped the kernel. That is convolution; here it should stay as it is.": lambda signal, kernel: (
            sliding_sum(signal, kernel[::-1])
        ),
        "The last position is missing: there are len(signal) − len(kernel) "
        "+ 1 positions, and range stops before its end.": lambda signal, kernel: sliding_sum(signal, kernel)[:-1],
        "You counted positions where the kernel hangs over an end. Use only those "
        "where all of it lies on the signal.": lambda signal, kernel: list(np.correlate(signal, kernel, mode="same")),
        "The sums run on from position to position: the total has to start at 0 at each position.": lambda signal, kernel: (
            np.cumsum(sliding_sum(signal, kernel)).tolist()
        ),
        "Only the last sum came: put the sum of each position into a list.": lambda signal, kernel: sliding_sum(
            signal, kernel
        )[-1],
        "These are the products. At each position, add them up.": lambda signal, kernel: [
            [a * b for a, b in zip(signal[start:], kernel)] for start in range(len(signal) - len(kernel) + 1)
        ],
        "The kernel starts so late that it hangs over the end: it "
        "has only len(signal) − len(kernel) + 1 positions to lie.": lambda signal, kernel: [
            sum(signal[start + offset] * kernel[offset] for offset in range(len(kernel)))
            for start in range(len(signal))
        ],
    },
)


def correlate(image, kernel):
    """Slide a kernel over an image without flipping it.

    Only positions where the whole kernel lies on the image count: no
    padding, that is, no border of zeros around it. Both are
    two-dimensional NumPy arrays, and so is what you return: the sums.
    """
    kernel_height, kernel_width = kernel.shape
    height = image.shape[0] - kernel_height + 1
    width = image.shape[1] - kernel_width + 1
    output = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            window = image[row : row + kernel_height, column : column + kernel_width]
            output[row, column] = (window * kernel).sum()
    return output


ZEROS_AND_ONES = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
CROSS = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]


def _images():
    random = np.random.default_rng(0)
    # The second is wider than high and its kernel lopsided: a mix-up of rows and columns, or a flip, cannot hide.
    return [
        (np.array(ZEROS_AND_ONES), np.array(CROSS)),
        (random.integers(0, 10, (4, 7)), random.integers(-3, 4, (2, 3))),
        (random.integers(0, 10, (6, 5)), random.integers(-3, 4, (3, 1))),
        (random.integers(0, 10, (5, 5)), np.full((3, 3), 1 / 9)),
    ]


def _size_of_the_image(image, kernel):
    output = np.zeros(image.shape)
    inner = correlate(image, kernel)
    output[: inner.shape[0], : inner.shape[1]] = inner
    return output


def _matrix_product(image, kernel):
    height, width = kernel.shape
    positions = [
        (row, column) for row in range(len(image) - height + 1) for column in range(image.shape[1] - width + 1)
    ]
    sums = [(image[row : row + height, column : column + width] @ kernel).sum() for row, column in positions]
    return np.reshape(sums, (len(image) - height + 1, -1))


over_an_image = Exercise(
    id="02-correlate",
    title="A kernel slides over an image",
    prompt=(
        "Now in two dimensions: write `correlate(image, kernel)`. The same idea, with rows and columns; a window "
        "`image[row : row + height, column : column + width]` does the inner loops for you."
    ),
    solution=correlate,
    hints=(
        "First find the shape of the output: rows and columns each follow the rule of the exercise before.",
        "Start from `np.zeros` of that shape and fill it entry by entry with two loops.",
        "Entry `[row, column]` is the sum of `window * kernel`, where the window starts at that row and column "
        "and has the kernel's shape.",
    ),
    inputs=_images,
    by_hand=("labkit.ops.correlate2d", "labkit.ops.convolve2d"),
    mistakes={
        "The last row and the last column are missing: `range(n - k)` "
        "has n − k numbers, and you need n − k + 1.": lambda image, kernel: correlate(image, kernel)[:-1, :-1],
        "You flipped the kernel. That is convolution; here it should stay as it is.": lambda image, kernel: correlate(
            image, kernel[::-1, ::-1]
        ),
        "Rows and columns are exchanged: the first index goes down, the second to the right.": lambda image, kernel: (
            correlate(image, kernel).T
        ),
        "You padded the image: 'same' lays zeros around it, so that the output is as large as the image. Without them "
        "the kernel never hangs over the edge, and the output is smaller.": lambda image, kernel: ops.correlate2d(
            image, kernel, padding="same"
        ),
        "Your output holds whole numbers only, and cuts off what "
        "comes after the point: start from np.zeros(...).": lambda image, kernel: correlate(image, kernel).astype(int),
        "Your output is as large as the image. There are "
        "fewer positions: height − kernel height + 1 rows.": _size_of_the_image,
        "`@` multiplies matrices, rows by columns. Here each "
        "number is multiplied by the one it lies on: `*`.": _matrix_product,
    },
)


def convolve(image, kernel):
    """Convolve an image with a kernel: slide it on flipped.

    Use ops.correlate2d(image, kernel), which slides without padding
    and without flipping; what is left to you is the flip.
    """
    return ops.correlate2d(image, kernel[::-1, ::-1])


def _square_kernels():
    random = np.random.default_rng(1)
    return [
        (np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]), np.array([[1, 2], [3, 4]])),
        (random.integers(0, 10, (6, 5)), random.integers(-3, 4, (3, 3))),
    ]


flipped = Exercise(
    id="02-convolve",
    title="From correlation to convolution",
    prompt=(
        "Write `convolve(image, kernel)` with one call of `ops.correlate2d`. The first check is one bright pixel: "
        "what should convolution with a kernel make of it, and what does correlation make of it?"
    ),
    solution=convolve,
    hints=(
        "Convolve a single bright pixel and the kernel itself should appear. Correlation gives it upside down and "
        "mirrored.",
        "The kernel has to be turned by half a turn: along the rows and along the columns.",
        "A step of −1 in a slice reverses: `kernel[::-1]` turns the rows round. Do it for both axes.",
    ),
    inputs=_square_kernels,
    mistakes={
        "That is still correlation: the kernel has not been flipped.": lambda image, kernel: ops.correlate2d(
            image, kernel
        ),
        "You flipped the rows only. A half turn flips the columns as well.": lambda image, kernel: ops.correlate2d(
            image, kernel[::-1]
        ),
        "You flipped the columns only. A half turn flips the rows as well.": lambda image, kernel: ops.correlate2d(
            image, kernel[:, ::-1]
        ),
        "You transposed the kernel, which mirrors it in its diagonal. A half turn is wanted.": lambda image, kernel: (
            ops.correlate2d(image, kernel.T)
        ),
    },
)


def shift_right():
    """Return a kernel that moves an image one pixel to the RIGHT.

    It is a NumPy array of shape (3, 3), and will be used like this:
    ops.correlate2d(image, kernel, padding="same"). "same" lays zeros
    around the image, so that the output is as large as the image.
    """
    return np.array([[0, 0, 0], [1, 0, 0], [0, 0, 0]])


def _moved_image(kernel):
    """the image [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], moved by your kernel"""
    kernel = np.asarray(kernel)
    if kernel.shape != (3, 3):
        raise ValueError(f"the kernel should have the shape (3, 3), but has the shape {kernel.shape}")
    image = np.arange(1, 13).reshape(3, 4)
    return ops.correlate2d(image, kernel, padding="same")


one_pixel_on = Exercise(
    id="02-shift-right",
    title="A kernel that moves an image",
    prompt=(
        "Write `shift_right()`, which returns a 3×3 kernel. Slid over an image with zeros around it, the kernel "
        "must move the image one pixel to the right. Think of one output pixel: which input pixel should it show?"
    ),
    solution=shift_right,
    hints=(
        "All of the kernel is 0 but for a single 1: each output pixel shows one input pixel.",
        "If the image moves to the right, then an output pixel shows what was to the LEFT of it.",
        "The middle entry of the kernel is the pixel itself; its left neighbour is the first entry of the middle row.",
    ),
    inputs=lambda: [()],
    judge=_moved_image,
    mistakes={
        "This moves the image to the LEFT: the output shows what was right of each pixel. "
        "(Convolution, which flips, would move it to the right.)": lambda: np.array([[0, 0, 0], [0, 0, 1], [0, 0, 0]]),
        "This moves the image DOWN: the output shows what was above each pixel.": lambda: np.array(
            [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
        ),
        "This moves the image UP: the output shows what was below each pixel.": lambda: np.array(
            [[0, 0, 0], [0, 0, 0], [0, 1, 0]]
        ),
        "This leaves the image where it is: the 1 in the middle shows the pixel itself.": lambda: np.array(
            [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
        ),
        "Two ones add two pixels. To move the image, each output pixel shows just one.": lambda: np.array(
            [[0, 0, 0], [1, 1, 0], [0, 0, 0]]
        ),
        "Two ones add two pixels, here each pixel and its right neighbour. To move the image, show one pixel only, the "
        "left neighbour.": lambda: np.array([[0, 0, 0], [0, 1, 1], [0, 0, 0]]),
        "A row of ones adds three pixels side by side. To move the image, each output pixel shows just one.": lambda: (
            np.array([[0, 0, 0], [1, 1, 1], [0, 0, 0]])
        ),
        "The column is right, but three ones add three pixels, one above another. Keep only the middle one.": lambda: (
            np.array([[1, 0, 0]] * 3)
        ),
        "Three ones in a column add three pixels, and the right column looks to the right. A single 1, on the left, is "
        "enough.": lambda: np.array([[0, 0, 1]] * 3),
        "These weights subtract the left neighbour from the right one: they find edges, and move nothing. A weight of "
        "−1 is not needed.": lambda: np.array([[0, 0, 0], [-1, 0, 1], [0, 0, 0]]),
        "These weights subtract the right neighbour from the left one: they find edges. The 1 is in its place; the −1 "
        "is not needed.": lambda: np.array([[0, 0, 0], [1, 0, -1], [0, 0, 0]]),
        "This is a kernel for edges: the right column minus the left one. To move the image, a single 1 is "
        "enough.": lambda: np.array([[-1, 0, 1]] * 3),
        "This is a kernel for edges: the left column minus the right one. To move the image, a single 1 is "
        "enough.": lambda: np.array([[1, 0, -1]] * 3),
    },
)


EXERCISES = [along_a_signal, over_an_image, one_pixel_on, flipped]
