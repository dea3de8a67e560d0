"""Exercises of chapter 2b, what kernels find."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit import ops
from labkit.course.exercises import Exercise


def edge_strength(image):
    """Return the Sobel gradient magnitude at every position of an image.

    The kernels are ops.kernels.get("sobel x") and get("sobel y").
    Do not pad: an image of 5 by 6 gives 3 by 4 magnitudes.
    """
    right = ops.correlate2d(image, ops.kernels.get("sobel x"))
    down = ops.correlate2d(image, ops.kernels.get("sobel y"))
    return np.sqrt(right**2 + down**2)


SOBEL_X = ops.kernels.get("sobel x")
SOBEL_Y = ops.kernels.get("sobel y")


def _of_both(measure):
    """A mistake that is made with the maps of both kernels, the one that looks right and the one that looks down."""
    return lambda image: measure(ops.correlate2d(image, SOBEL_X), ops.correlate2d(image, SOBEL_Y))


def _slopes():
    random = np.random.default_rng(5)
    return [
        (np.array([[10, 14, 18], [13, 17, 21], [16, 20, 24]]),),
        (np.array([[0, 0, 9], [0, 0, 9], [0, 0, 9]]),),
        (random.integers(0, 256, (5, 6)),),
    ]


how_steep = Exercise(
    id="02b-edge-strength",
    title="How steep is the image?",
    prompt=(
        "Write `edge_strength(image)`, the Sobel gradient magnitude at every position. The first check is the "
        "slope that was worked by hand above; what should come out?"
    ),
    solution=edge_strength,
    hints=(
        "You need two maps, one from each Sobel kernel. `ops.convolve2d` and `ops.correlate2d` differ in a sign "
        "here, and a square does not mind.",
        "The two numbers at a position are the legs of a right triangle; the magnitude is its longest side.",
        "Pythagoras, for all positions at once: `np.sqrt(right**2 + down**2)`, or `np.hypot(right, down)`.",
    ),
    inputs=_slopes,
    mistakes={
        "That is the square of the magnitude: the root is missing.": _of_both(lambda right, down: right**2 + down**2),
        "You added the two sizes. A walk along both legs of a triangle is longer "
        "than its third side: square, add, take the root.": _of_both(lambda right, down: np.abs(right) + np.abs(down)),
        "You added the two maps as they are, so "
        "a rise to the right and a rise upwards cancel. Square them first.": _of_both(lambda right, down: right + down),
        "That is the longer of the two legs. The slope itself is steeper: square both, add, take the root.": _of_both(
            lambda right, down: np.maximum(np.abs(right), np.abs(down))
        ),
        "That is the map of Sobel x, with its signs. It is one leg of the triangle; two are needed.": lambda image: (
            ops.correlate2d(image, ops.kernels.get("sobel x"))
        ),
        "That is the map of Sobel y, with its signs. It is one leg of the triangle; two are needed.": lambda image: (
            ops.correlate2d(image, ops.kernels.get("sobel y"))
        ),
        "Those are the Prewitt kernels, whose weights are "
        "all 1, 0 or −1. Sobel's count the middle twice.": lambda image: np.hypot(
            *(ops.correlate2d(image, ops.kernels.get(name)) for name in ("prewitt x", "prewitt y"))
        ),
        "You padded. The zeros around the image make an edge of their own; leave the padding out.": lambda image: (
            np.hypot(*(ops.correlate2d(image, kernel, padding="same") for kernel in (SOBEL_X, SOBEL_Y)))
        ),
        "That is the direction of the gradient, an angle. Its magnitude was asked for.": _of_both(
            lambda right, down: np.arctan2(down, right)
        ),
    },
)


def convolve_by_fft(signal, kernel):
    """Return the full convolution of two lists, through their transforms.

    Fill both up with zeros, so that nothing wraps around, transform,
    multiply, transform back. np.fft.fft(x, n) fills x up to n numbers
    and transforms it; np.fft.ifft transforms back, and .real drops the
    imaginary parts, which are 0 but for rounding.
    """
    length = len(signal) + len(kernel) - 1
    product = np.fft.fft(signal, length) * np.fft.fft(kernel, length)
    return np.fft.ifft(product).real


def _through_the_transforms(signal, kernel, join=np.multiply, back=np.fft.ifft, length=None):
    length = length or len(signal) + len(kernel) - 1
    return back(join(np.fft.fft(signal, length), np.fft.fft(kernel, length))).real


def _pairs():
    random = np.random.default_rng(6)
    chance = random.integers(-5, 6, 9).tolist()
    # In the last, sums are no whole numbers: who rounds the errors of the transform away rounds these as well.
    return [([1, 2, 3], [1, -1]), ([1, 2], [3, 0, 1]), (chance, [2, 0, -1, 4]), ([0.5, 1.25, -0.75], [0.3, 0.4])]


without_sliding = Exercise(
    id="02b-convolve-by-fft",
    title="Convolve without sliding",
    prompt=(
        "Write `convolve_by_fft(signal, kernel)` by the convolution theorem. By hand first, and by sliding: the "
        "*full* convolution counts every position where the two lists overlap at all, so that of `[1, 2, 3]` with "
        "`[1, -1]` has four numbers. How many zeros does each list need?"
    ),
    solution=convolve_by_fft,
    hints=(
        "The full convolution has `len(signal) + len(kernel) - 1` numbers. With fewer positions, its end comes back in "
        "at the beginning.",
        "Three steps: transform both to that length, multiply number by number, transform back.",
        "`np.fft.fft(signal, length) * np.fft.fft(kernel, length)` is the product; `np.fft.ifft(product).real` "
        "brings it back.",
    ),
    inputs=_pairs,
    by_hand=("numpy.convolve", "numpy.correlate"),
    mistakes={
        "The end has wrapped around and been added to the beginning. "
        "Fill both lists up with zeros first, to the length of the full convolution.": lambda signal, kernel: (
            _through_the_transforms(signal, kernel, length=max(len(signal), len(kernel)))
        ),
        "That is the product of the transforms, still in frequencies. Transform "
        "it back with `np.fft.ifft`.": lambda signal, kernel: _through_the_transforms(signal, kernel, back=np.asarray),
        "The minus signs are lost: `abs` takes sizes. `.real` drops "
        "the imaginary parts and keeps the signs.": lambda signal, kernel: np.abs(convolve_by_fft(signal, kernel)),
        "Right, with zeros too many at the end. A power of two makes "
        "the transform fast, but then cut the result to the length of the full convolution.": lambda signal, kernel: (
            _through_the_transforms(signal, kernel, length=2 ** int(np.ceil(np.log2(len(signal) + len(kernel) - 1))))
        ),
        "With the complex conjugate of the kernel's transform, "
        "the product gives a correlation. Multiply the two transforms as they are.": lambda signal, kernel: (
            _through_the_transforms(signal, kernel, join=lambda one, other: one * np.conj(other))
        ),
        "The transform leaves tiny rounding errors, and `int` cuts 18.999… down "
        "to 18. Return the numbers as they come.": lambda signal, kernel: convolve_by_fft(signal, kernel).astype(int),
        "You transformed forward a second time. The way back is `np.fft.ifft`, which "
        "also divides by the length.": lambda signal, kernel: _through_the_transforms(signal, kernel, back=np.fft.fft),
        "That is a correlation. The product of the transforms gives "
        "convolution, so nothing has to be flipped.": lambda signal, kernel: np.convolve(signal, list(kernel)[::-1]),
        "You added the transforms. Adding spectra adds signals; multiply instead.": lambda signal, kernel: (
            _through_the_transforms(signal, kernel, join=np.add)
        ),
    },
)


def is_equivariant(machine, image):
    """Say whether a machine is equivariant to a shift of one column.

    machine(image) returns an image of the same shape. Move an image
    with np.roll(image, 1, axis=1): what leaves it on the right comes in
    on the left. Return True or False.
    """
    moved_first = machine(np.roll(image, 1, axis=1))
    moved_afterwards = np.roll(machine(image), 1, axis=1)
    return np.array_equal(moved_first, moved_afterwards)


@dataclass(frozen=True)
class Machine:
    """A function from images to images that says in words what it does."""

    words: str
    function: Any

    def __call__(self, image):
        return self.function(image)

    def __repr__(self):
        return f"a machine that {self.words}"


def _edges_around_the_end(image):
    """Neighbour differences on an image whose right edge touches its left edge."""
    return image - np.roll(image, 1, axis=1)


def _edges_with_a_zero(image):
    """Neighbour differences with zeros to the left of the image."""
    return np.diff(image, axis=1, prepend=0)


def _pairs_swapped(image):
    """Columns 0 and 1 exchanged, and 2 and 3, and so on."""
    return image.reshape(len(image), -1, 2)[:, :, ::-1].reshape(image.shape)


MACHINES = (
    Machine("takes each pixel's left neighbour away from it (around the end)", _edges_around_the_end),
    Machine("mirrors the image, left to right", lambda image: image[:, ::-1]),
    Machine("doubles every pixel", lambda image: 2 * image),
    Machine("leaves the image as it is", lambda image: image),
    Machine("adds 1, 2, 3, … to the columns", lambda image: image + np.arange(1, image.shape[1] + 1)),
    Machine("adds 1, 2, 3, … to the rows", lambda image: image + np.arange(1, image.shape[0] + 1)[:, np.newaxis]),
    Machine("sets the first column to 0", lambda image: image * (np.arange(image.shape[1]) > 0)),
    Machine("sets every pixel to the greatest of all", lambda image: np.full_like(image, image.max())),
    Machine("sorts every row, the smallest pixel first", lambda image: np.sort(image, axis=1)),
    Machine("exchanges the columns in pairs", _pairs_swapped),
    Machine("mirrors the last row, left to right", lambda image: np.vstack([image[:-1], image[-1:, ::-1]])),
    Machine("takes each pixel's left neighbour away from it (0 at the left edge)", _edges_with_a_zero),
)


def _moved_by(shift, axis, output_shift=None):
    """The test with another move of the image, and of the output if that moves in another way."""
    return lambda machine, image: np.array_equal(
        machine(np.roll(image, shift, axis)), np.roll(machine(image), output_shift or shift, axis)
    )


def _machines():
    image = np.array([[1, 2, 3, 4], [7, 5, 9, 1], [0, 6, 2, 5]])
    return [(machine, image) for machine in MACHINES]


does_it_move_along = Exercise(
    id="02b-is-equivariant",
    title="Does it move along?",
    prompt=(
        "Write `is_equivariant(machine, image)`, which tries a machine, any function from image to image, on one "
        "image. The first check is an edge finder that goes around the end, the last one a finder that does not. "
        "Between them are machines that double, mirror, sort. Which do you expect to be equivariant?"
    ),
    solution=is_equivariant,
    hints=(
        "Two ways lead from the image to a result: move it and then put it into the machine, or put it in and then "
        "move what comes out.",
        "`np.roll(..., 1, axis=1)` moves on both ways: once the image, once the machine's output.",
        "Compare the two results with `np.array_equal`, which gives a single True or False.",
    ),
    inputs=_machines,
    mistakes={
        "You tested invariance: that the output stays the same. Equivariance means that "
        "it moves along.": lambda machine, image: np.array_equal(machine(np.roll(image, 1, axis=1)), machine(image)),
        "On one of the two ways the image never went through "
        "the machine. Move what the machine puts out.": lambda machine, image: np.array_equal(
            machine(np.roll(image, 1, axis=1)), np.roll(image, 1, axis=1)
        ),
        "You moved the output the other way. Picture and output must move in the same direction.": _moved_by(
            1, axis=1, output_shift=-1
        ),
        "You moved down by a row, with axis=0. Columns are axis=1.": _moved_by(1, axis=0),
        "Without axis=1, np.roll takes the image for one long line: what leaves a row comes in at the next.": _moved_by(
            1, axis=None
        ),
        "The machine never saw the moved image. On one of the two ways, move the image "
        "before it goes in.": lambda machine, image: np.array_equal(machine(image), np.roll(machine(image), 1, axis=1)),
        "You also let pass what stays as it was. That is invariance; "
        "only what moves along is equivariant.": lambda machine, image: (
            is_equivariant(machine, image) or np.array_equal(machine(np.roll(image, 1, axis=1)), machine(image))
        ),
        "You have True and False the wrong way round.": lambda machine, image: not is_equivariant(machine, image),
        "Your answer is True for every machine. If you "
        "compare shapes, compare the numbers instead.": lambda machine, image: True,
        "Your answer is False for every machine. Arrays are "
        "compared number by number: `np.array_equal`.": lambda machine, image: False,
        "You compared position by position and returned all the answers. "
        "One is wanted: `np.array_equal` or `.all()`.": lambda machine, image: (
            machine(np.roll(image, 1, axis=1)) == np.roll(machine(image), 1, axis=1)
        ),
    },
)


def strongest_kernel(image, kernels):
    """Return the index of the kernel that responds most to an image.

    The response of a kernel is its energy: the sum of the squares of
    its map, where the map is ops.correlate2d(image, kernel).
    """
    energies = []
    for kernel in kernels:
        response_map = ops.correlate2d(image, kernel)
        energies.append((response_map**2).sum())
    return int(np.argmax(energies))


def _greatest(measure, slide=ops.correlate2d):
    """The index of the kernel that is greatest by another measure of its map."""
    return lambda image, kernels: int(np.argmax([measure(slide(image, kernel)) for kernel in kernels]))


def _textures():
    flat_sum, differences = np.array([[1, 1]]), np.array([[1, -1]])
    stripes = np.array([[2, -2, 2, -2], [2, -2, 2, -2]])
    row, column = np.mgrid[:15, :15]
    waves = np.cos(2 * np.pi * (row + column) / 6)
    bank = [kernel.array.round(3) for kernel in ops.kernels.gabor_bank(4, 7)]
    spike = np.zeros((6, 6))
    spike[2, 2], spike[4] = 5, 3
    lines = [ops.kernels.get("sobel x").array, ops.kernels.get("sobel y").array]
    # Falling brightness: the map of the right kernel is negative everywhere, so neither sum nor maximum finds it.
    slope = -np.array([[0, 2, 4], [0, 2, 4], [1, 3, 5]])
    # Random kernels, chosen so that each of the usual mistakes picks others than the rest do.
    random = np.random.default_rng(9)
    chance = [(random.integers(-3, 5, (5, 6)), list(random.integers(-3, 4, (6, 3, 3)))) for _ in range(4)]
    return [
        (stripes, [flat_sum, differences]),
        (waves, bank),
        (spike, [*lines, np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0]])]),
        (slope, [np.array([[1, 0], [-1, 0]]), np.array([[-1, 1], [0, 0]])]),
        *chance,
    ]


which_fits = Exercise(
    id="02b-strongest-kernel",
    title="Which kernel fits this texture?",
    prompt=(
        "Write `strongest_kernel(image, kernels)`. By hand: stripes of `2, -2, 2, -2` meet the kernels `[1, 1]` and "
        "`[1, -1]`. What are the two maps, and why would their plain sums not be a fair measure?"
    ),
    solution=strongest_kernel,
    hints=(
        "A map has positive and negative numbers; both are responses. Squares make them all count.",
        "Collect one number a kernel in a list: `(ops.correlate2d(image, kernel) ** 2).sum()`.",
        "`np.argmax(list)` gives the position of the greatest number, counted from 0.",
    ),
    inputs=_textures,
    fresh=lambda random: [
        (random.normal(0, 4, (5, 6)).round(2), list(random.normal(0, 2, (4, 3, 3)).round(2))) for _ in range(4)
    ],
    mistakes={
        "You added the maps without squaring, so positive and negative responses cancel each other.": _greatest(np.sum),
        "You compared the greatest single value. That misses strong "
        "negative responses, and how often a kernel responds.": _greatest(np.max),
        "You added the sizes. Energy adds the squares, in which a few strong responses count for more.": _greatest(
            lambda response: np.abs(response).sum()
        ),
        "You squared the sum. Before that, positive and "
        "negative responses have cancelled: square first, then add.": _greatest(lambda response: response.sum() ** 2),
        "You dropped the negative responses. Squared, they count as much as the positive ones.": _greatest(
            lambda response: (np.maximum(response, 0) ** 2).sum()
        ),
        "You padded the image. The map is `ops.correlate2d(image, kernel)`, unpadded.": _greatest(
            lambda response: (response**2).sum(), lambda image, kernel: ops.correlate2d(image, kernel, padding="same")
        ),
        "You convolved, which flips the kernels. The map is that of `ops.correlate2d`.": _greatest(
            lambda response: (response**2).sum(), ops.convolve2d
        ),
        "That is the kernel. Return its position in the list, counted from 0.": lambda image, kernels: kernels[
            strongest_kernel(image, kernels)
        ],
        "That is the greatest energy. Return which kernel has it: its index.": lambda image, kernels: max(
            (ops.correlate2d(image, kernel) ** 2).sum() for kernel in kernels
        ),
    },
)


EXERCISES = [how_steep, which_fits, does_it_move_along, without_sliding]
