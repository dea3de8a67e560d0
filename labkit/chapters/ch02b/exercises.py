"""Exercises of chapter 2b, what kernels find."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit import ops
from labkit.course.exercises import Exercise, WrongAnswer

SOBEL_X = ops.kernels.get("sobel x")
SOBEL_Y = ops.kernels.get("sobel y")


# ── Exercise 1 ────────────────────────────────────────────────────────────────────────────────────────────────────


def edge_strength(image):
    """Return the Sobel gradient magnitude at every place of a picture.

    The kernels are ops.kernels.get("sobel x") and get("sobel y").
    Do not pad: a picture of 5 by 6 gives 3 by 4 magnitudes.
    """
    right = ops.convolve2d(image, ops.kernels.get("sobel x"))
    down = ops.convolve2d(image, ops.kernels.get("sobel y"))
    return np.sqrt(right**2 + down**2)


def _both(image):
    return ops.convolve2d(image, SOBEL_X), ops.convolve2d(image, SOBEL_Y)


def _without_root(image):
    right, down = _both(image)
    return right**2 + down**2


def _sizes_added(image):
    right, down = _both(image)
    return np.abs(right) + np.abs(down)


def _added(image):
    right, down = _both(image)
    return right + down


def _size_of_the_sum(image):
    return np.abs(_added(image))


def _greater_of_the_two(image):
    right, down = _both(image)
    return np.maximum(np.abs(right), np.abs(down))


def _only_right(image):
    return np.abs(_both(image)[0])


def _only_right_signed(image):
    return _both(image)[0]


def _only_down_signed(image):
    return _both(image)[1]


def _only_down(image):
    return np.abs(_both(image)[1])


def _added_with_signs_turned(image):
    return -_added(image)


def _prewitt_strength(image):
    return np.hypot(*(ops.convolve2d(image, ops.kernels.get(name)) for name in ("prewitt x", "prewitt y")))


def _decimals_cut_off(image):
    return edge_strength(image).astype(int)


def _strength_with_copied_border(image):
    return np.hypot(*(ops.convolve2d(image, kernel, padding=1, fill="edge") for kernel in (SOBEL_X, SOBEL_Y)))


def _padded_strength(image):
    right = ops.convolve2d(image, SOBEL_X, padding="same")
    down = ops.convolve2d(image, SOBEL_Y, padding="same")
    return np.sqrt(right**2 + down**2)


def _angle(image):
    right, down = _both(image)
    return np.arctan2(down, right)


def _angle_in_degrees(image):
    return np.degrees(_angle(image))


def _slopes():
    random = np.random.default_rng(5)
    return [
        (np.array([[10, 14, 18], [13, 17, 21], [16, 20, 24]]),),
        (np.array([[0, 0, 9], [0, 0, 9], [0, 0, 9]]),),
        (random.integers(0, 256, (5, 6)),),
    ]


# ── Exercise 2 ────────────────────────────────────────────────────────────────────────────────────────────────────


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


def _by_fft(signal, kernel, length):
    return np.fft.ifft(np.fft.fft(signal, length) * np.fft.fft(kernel, length)).real


def _wraps_around(signal, kernel):
    return _by_fft(signal, kernel, max(len(signal), len(kernel)))


def _as_long_as_the_signal(signal, kernel):
    return _by_fft(signal, kernel, len(signal))


def _one_too_long(signal, kernel):
    return _by_fft(signal, kernel, len(signal) + len(kernel))


def _not_transformed_back(signal, kernel):
    length = len(signal) + len(kernel) - 1
    return (np.fft.fft(signal, length) * np.fft.fft(kernel, length)).real


def _complex_product(signal, kernel):
    length = len(signal) + len(kernel) - 1
    return np.fft.fft(signal, length) * np.fft.fft(kernel, length)


def _sizes_only(signal, kernel):
    return np.abs(convolve_by_fft(signal, kernel))


def _cut_to_the_signal(signal, kernel):
    return convolve_by_fft(signal, kernel)[: len(signal)]


def _filled_to_a_power_of_two(signal, kernel):
    return _by_fft(signal, kernel, 2 ** int(np.ceil(np.log2(len(signal) + len(kernel) - 1))))


def _one_conjugated(signal, kernel):
    length = len(signal) + len(kernel) - 1
    return np.fft.ifft(np.fft.fft(signal, length) * np.conj(np.fft.fft(kernel, length))).real


def _decimals_of_fft_cut_off(signal, kernel):
    return convolve_by_fft(signal, kernel).astype(int)


def _forward_twice(signal, kernel):
    length = len(signal) + len(kernel) - 1
    return np.fft.fft(np.fft.fft(signal, length) * np.fft.fft(kernel, length)).real


def _correlated(signal, kernel):
    return np.convolve(signal, list(kernel)[::-1])


def _spectra_added(signal, kernel):
    length = len(signal) + len(kernel) - 1
    return np.fft.ifft(np.fft.fft(signal, length) + np.fft.fft(kernel, length)).real


def _pairs():
    random = np.random.default_rng(6)
    return [([1, 2, 3], [1, -1]), ([1, 2], [3, 0, 1]), (random.integers(-5, 6, 9).tolist(), [2, 0, -1, 4])]


# ── Exercise 3 ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Machine:
    """A function from pictures to pictures that says in words what it does."""

    words: str
    function: Any

    def __call__(self, image):
        return self.function(image)

    def __repr__(self):
        return f"a machine that {self.words}"


def _edges_around_the_end(image):
    """Neighbour differences on a picture whose right edge touches its left edge."""
    return image - np.roll(image, 1, axis=1)


def _edges_with_a_zero(image):
    """Neighbour differences with zeros to the left of the picture."""
    return np.diff(image, axis=1, prepend=0)


def _pairs_swapped(image):
    """Columns 0 and 1 exchanged, and 2 and 3, and so on."""
    return image.reshape(len(image), -1, 2)[:, :, ::-1].reshape(image.shape)


MACHINES = (
    Machine("takes each pixel's left neighbour away from it (around the end)", _edges_around_the_end),
    Machine("mirrors the picture, left to right", lambda image: image[:, ::-1]),
    Machine("doubles every pixel", lambda image: 2 * image),
    Machine("leaves the picture as it is", lambda image: image),
    Machine("adds 1, 2, 3, … to the columns", lambda image: image + np.arange(1, image.shape[1] + 1)),
    Machine("adds 1, 2, 3, … to the rows", lambda image: image + np.arange(1, image.shape[0] + 1)[:, np.newaxis]),
    Machine("sets the first column to 0", lambda image: image * (np.arange(image.shape[1]) > 0)),
    Machine("sets every pixel to the greatest of all", lambda image: np.full_like(image, image.max())),
    Machine("sorts every row, the smallest pixel first", lambda image: np.sort(image, axis=1)),
    Machine("exchanges the columns in pairs", _pairs_swapped),
    Machine("takes each pixel's left neighbour away from it (0 at the left edge)", _edges_with_a_zero),
)


def is_equivariant(machine, image):
    """Say whether a machine is equivariant to a shift of one column.

    machine(image) returns a picture of the same shape. Move a picture
    with np.roll(image, 1, axis=1): what leaves it on the right comes in
    on the left. Return True or False.
    """
    moved_first = machine(np.roll(image, 1, axis=1))
    moved_afterwards = np.roll(machine(image), 1, axis=1)
    return np.array_equal(moved_first, moved_afterwards)


def _tests_invariance(machine, image):
    return np.array_equal(machine(np.roll(image, 1, axis=1)), machine(image))


def _machine_once(machine, image):
    return np.array_equal(machine(np.roll(image, 1, axis=1)), np.roll(image, 1, axis=1))


def _moved_back(machine, image):
    return np.array_equal(machine(np.roll(image, 1, axis=1)), np.roll(machine(image), -1, axis=1))


def _moved_down(machine, image):
    return np.array_equal(machine(np.roll(image, 1, axis=0)), np.roll(machine(image), 1, axis=0))


def _moved_without_axis(machine, image):
    return np.array_equal(machine(np.roll(image, 1)), np.roll(machine(image), 1))


def _any_place(machine, image):
    return bool((machine(np.roll(image, 1, axis=1)) == np.roll(machine(image), 1, axis=1)).any())


def _place_by_place(machine, image):
    return machine(np.roll(image, 1, axis=1)) == np.roll(machine(image), 1, axis=1)


def _moved_by_two(machine, image):
    return np.array_equal(machine(np.roll(image, 2, axis=1)), np.roll(machine(image), 2, axis=1))


def _only_the_output_moved(machine, image):
    return np.array_equal(machine(image), np.roll(machine(image), 1, axis=1))


def _invariance_passes_too(machine, image):
    return _tests_invariance(machine, image) or is_equivariant(machine, image)


def _wrong_way_round(machine, image):
    return not is_equivariant(machine, image)


def _compares_sums(machine, image):
    return machine(np.roll(image, 1, axis=1)).sum() == machine(image).sum()


def _compares_greatest(machine, image):
    return machine(np.roll(image, 1, axis=1)).max() == machine(image).max()


def _always_true(machine, image):
    return True


def _always_false(machine, image):
    return False


def _machines():
    image = np.array([[1, 2, 3, 4], [7, 5, 9, 1], [0, 6, 2, 5]])
    return [(machine, image) for machine in MACHINES]


# ── Exercise 4 ────────────────────────────────────────────────────────────────────────────────────────────────────


def strongest_kernel(image, kernels):
    """Return the index of the kernel that responds most to a picture.

    The response of a kernel is its energy: the sum of the squares of
    its map, where the map is ops.correlate2d(image, kernel).
    """
    energies = []
    for kernel in kernels:
        response_map = ops.correlate2d(image, kernel)
        energies.append((response_map**2).sum())
    return int(np.argmax(energies))


def _by_plain_sum(image, kernels):
    return int(np.argmax([ops.correlate2d(image, kernel).sum() for kernel in kernels]))


def _by_greatest_value(image, kernels):
    return int(np.argmax([ops.correlate2d(image, kernel).max() for kernel in kernels]))


def _by_sum_of_sizes(image, kernels):
    return int(np.argmax([np.abs(ops.correlate2d(image, kernel)).sum() for kernel in kernels]))


def _by_greatest_size(image, kernels):
    return int(np.argmax([np.abs(ops.correlate2d(image, kernel)).max() for kernel in kernels]))


def _by_square_of_the_sum(image, kernels):
    return int(np.argmax([ops.correlate2d(image, kernel).sum() ** 2 for kernel in kernels]))


def _by_variance(image, kernels):
    return int(np.argmax([ops.correlate2d(image, kernel).var() for kernel in kernels]))


def _without_negative_responses(image, kernels):
    return int(np.argmax([(np.maximum(ops.correlate2d(image, kernel), 0) ** 2).sum() for kernel in kernels]))


def _by_padded_map(image, kernels):
    return int(np.argmax([(ops.correlate2d(image, kernel, padding="same") ** 2).sum() for kernel in kernels]))


def _by_convolution(image, kernels):
    return int(np.argmax([(ops.convolve2d(image, kernel) ** 2).sum() for kernel in kernels]))


def _relative_to_the_kernel(image, kernels):
    return int(np.argmax([(ops.correlate2d(image, kernel) ** 2).sum() / np.square(kernel).sum() for kernel in kernels]))


def _largest_weights(image, kernels):
    return int(np.argmax([np.square(kernel).sum() for kernel in kernels]))


def _kernel_itself(image, kernels):
    return kernels[strongest_kernel(image, kernels)]


def _weakest(image, kernels):
    return int(np.argmin([(ops.correlate2d(image, kernel) ** 2).sum() for kernel in kernels]))


def _energy_itself(image, kernels):
    return max((ops.correlate2d(image, kernel) ** 2).sum() for kernel in kernels)


def _all_energies(image, kernels):
    return [(ops.correlate2d(image, kernel) ** 2).sum() for kernel in kernels]


def _counted_from_one(image, kernels):
    return strongest_kernel(image, kernels) + 1


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


EXERCISES = [
    Exercise(
        id="02b-edge-strength",
        title="How steep is the picture?",
        prompt=(
            "Write `edge_strength(image)`, the Sobel gradient magnitude at every place. The first check is the "
            "slope that was worked by hand above; what should come out?"
        ),
        solution=edge_strength,
        hints=(
            "You need two maps, one from each Sobel kernel. `ops.convolve2d` and `ops.correlate2d` differ in a sign "
            "here, and a square does not mind.",
            "The two numbers at a place are the legs of a right triangle; the magnitude is its longest side.",
            "Pythagoras, for all places at once: `np.sqrt(right**2 + down**2)`, or `np.hypot(right, down)`.",
        ),
        inputs=_slopes,
        wrong_answers=(
            WrongAnswer(_without_root, "That is the square of the magnitude: the root is missing."),
            WrongAnswer(
                _sizes_added,
                "You added the two sizes. A walk along both legs of a triangle is longer than its third side: square, "
                "add, take the root.",
            ),
            WrongAnswer(
                _added,
                "You added the two maps as they are, so a rise to the right and a rise upwards cancel. Square them "
                "first.",
            ),
            WrongAnswer(
                _size_of_the_sum,
                "You added the two maps and then took the size, so a rise to the right and a rise upwards cancel. "
                "Square them first.",
            ),
            WrongAnswer(
                _greater_of_the_two,
                "That is the longer of the two legs. The slope itself is steeper: square both, add, take the root.",
            ),
            WrongAnswer(
                _added_with_signs_turned,
                "You added the two maps of `ops.correlate2d` as they are, so a rise to the right and a rise upwards cancel. "
                "Square them first; then their signs do not matter.",
            ),
            WrongAnswer(_only_right, "That is the size of Sobel x alone. Horizontal edges need Sobel y as well."),
            WrongAnswer(
                _only_right_signed,
                "That is the map of Sobel x, with its signs. It is one leg of the triangle; two are needed.",
            ),
            WrongAnswer(
                _only_down_signed,
                "That is the map of Sobel y, with its signs. It is one leg of the triangle; two are needed.",
            ),
            WrongAnswer(_only_down, "That is the size of Sobel y alone. Vertical edges need Sobel x as well."),
            WrongAnswer(
                _prewitt_strength,
                "Those are the Prewitt kernels, whose weights are all 1, 0 or −1. Sobel's count the middle twice.",
            ),
            WrongAnswer(
                _decimals_cut_off, "The numbers are right but for their decimals, which you cut off. Keep them."
            ),
            WrongAnswer(
                _strength_with_copied_border,
                "You filled the border, so the map is as large as the picture. Leave the padding out here.",
            ),
            WrongAnswer(
                _padded_strength,
                "You padded. The zeros around the picture make an edge of their own; leave the padding out.",
            ),
            WrongAnswer(_angle, "That is the direction of the gradient, an angle. Its magnitude was asked for."),
            WrongAnswer(
                _angle_in_degrees, "That is the direction of the gradient in degrees. Its magnitude was asked for."
            ),
        ),
    ),
    Exercise(
        id="02b-convolve-by-fft",
        title="Convolve without sliding",
        prompt=(
            "Write `convolve_by_fft(signal, kernel)` by the convolution theorem. By hand first, and by sliding: the "
            "*full* convolution counts every place where the two lists overlap at all, so that of `[1, 2, 3]` with "
            "`[1, -1]` has four numbers. How many zeros does each list need?"
        ),
        solution=convolve_by_fft,
        hints=(
            "The full convolution has `len(signal) + len(kernel) - 1` numbers. With fewer places, its end comes back in "
            "at the beginning.",
            "Three steps: transform both to that length, multiply number by number, transform back.",
            "`np.fft.fft(signal, length) * np.fft.fft(kernel, length)` is the product; `np.fft.ifft(product).real` "
            "brings it back.",
        ),
        inputs=_pairs,
        wrong_answers=(
            WrongAnswer(
                _wraps_around,
                "The end has wrapped around and been added to the beginning. Fill both lists up with zeros first, to the "
                "length of the full convolution.",
            ),
            WrongAnswer(
                _as_long_as_the_signal,
                "The result is as long as the signal, and what did not fit has wrapped around. Fill both lists up with "
                "zeros first, to the length of the full convolution.",
            ),
            WrongAnswer(
                _one_too_long,
                "Right, with a zero too many at the end: two lists of n and k numbers have n + k − 1 places to meet.",
            ),
            WrongAnswer(
                _not_transformed_back,
                "That is the product of the transforms, still in frequencies. Transform it back with `np.fft.ifft`.",
            ),
            WrongAnswer(
                _complex_product,
                "That is the product of the transforms, complex and still in frequencies. `np.fft.ifft` brings it back.",
            ),
            WrongAnswer(
                _sizes_only,
                "The minus signs are lost: `abs` takes sizes. `.real` drops the imaginary parts and keeps the signs.",
            ),
            WrongAnswer(
                _cut_to_the_signal,
                "The numbers are right, but those at the end are missing: the full convolution is longer than the signal.",
            ),
            WrongAnswer(
                _filled_to_a_power_of_two,
                "Right, with zeros too many at the end. A power of two makes the transform fast, but then cut the result to "
                "the length of the full convolution.",
            ),
            WrongAnswer(
                _one_conjugated,
                "With the complex conjugate of the kernel's transform, the product gives a correlation. Multiply the two "
                "transforms as they are.",
            ),
            WrongAnswer(
                _decimals_of_fft_cut_off,
                "The transform leaves tiny rounding errors, and `int` cuts 18.999… down to 18. Return the numbers as they "
                "come.",
            ),
            WrongAnswer(
                _forward_twice,
                "You transformed forward a second time. The way back is `np.fft.ifft`, which also divides by the length.",
            ),
            WrongAnswer(
                _correlated,
                "That is a correlation. The product of the transforms gives convolution, so nothing has to be flipped.",
            ),
            WrongAnswer(_spectra_added, "You added the transforms. Adding spectra adds signals; multiply instead."),
        ),
    ),
    Exercise(
        id="02b-is-equivariant",
        title="Does it move along?",
        prompt=(
            "Write `is_equivariant(machine, image)`, which tries a machine, any function from picture to picture, on one "
            "picture. The first check is an edge finder that goes around the end, the last one a finder that does not. "
            "Between them are machines that double, mirror, sort. Which do you expect to be equivariant?"
        ),
        solution=is_equivariant,
        hints=(
            "Two ways lead from the picture to a result: move it and then put it into the machine, or put it in and then "
            "move what comes out.",
            "`np.roll(..., 1, axis=1)` moves on both ways: once the picture, once the machine's output.",
            "Compare the two results with `np.array_equal`, which gives a single True or False.",
        ),
        inputs=_machines,
        wrong_answers=(
            WrongAnswer(
                _tests_invariance,
                "You tested invariance: that the output stays the same. Equivariance means that it moves along.",
            ),
            WrongAnswer(
                _machine_once,
                "On one of the two ways the picture never went through the machine. Move what the machine puts out.",
            ),
            WrongAnswer(
                _moved_back, "You moved the output the other way. Picture and output must move in the same direction."
            ),
            WrongAnswer(_moved_down, "You moved down by a row, with axis=0. Columns are axis=1."),
            WrongAnswer(
                _moved_without_axis,
                "Without axis=1, np.roll takes the picture for one long line: what leaves a row comes in at the next.",
            ),
            WrongAnswer(_moved_by_two, "You moved by two columns. Some machines follow that and not a move by one."),
            WrongAnswer(
                _only_the_output_moved,
                "The machine never saw the moved picture. On one of the two ways, move the picture before it goes in.",
            ),
            WrongAnswer(
                _invariance_passes_too,
                "You also let pass what stays as it was. That is invariance; only what moves along is equivariant.",
            ),
            WrongAnswer(_wrong_way_round, "You have True and False the wrong way round."),
            WrongAnswer(_compares_sums, "You compared sums. Two different pictures can have the same sum."),
            WrongAnswer(
                _compares_greatest, "You compared greatest numbers. Two different pictures can have the same one."
            ),
            WrongAnswer(
                _always_true,
                "Your answer is True for every machine. If you compare shapes, compare the numbers instead.",
            ),
            WrongAnswer(
                _always_false,
                "Your answer is False for every machine. Arrays are compared number by number: `np.array_equal`.",
            ),
            WrongAnswer(_any_place, "One place where the two agree is not enough: they must agree everywhere."),
            WrongAnswer(
                _place_by_place,
                "You compared place by place and returned all the answers. One is wanted: `np.array_equal` or `.all()`.",
            ),
        ),
    ),
    Exercise(
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
            "`np.argmax(list)` gives the place of the greatest number, counted from 0.",
        ),
        inputs=_textures,
        wrong_answers=(
            WrongAnswer(
                _by_plain_sum,
                "You added the maps without squaring, so positive and negative responses cancel each other.",
            ),
            WrongAnswer(
                _by_greatest_value,
                "You compared the greatest single value. That misses strong negative responses, and how often a kernel "
                "responds.",
            ),
            WrongAnswer(
                _by_sum_of_sizes,
                "You added the sizes. Energy adds the squares, in which a few strong responses count for more.",
            ),
            WrongAnswer(
                _by_greatest_size,
                "You compared the strongest single response. Energy adds up all of them, squared.",
            ),
            WrongAnswer(
                _by_square_of_the_sum,
                "You squared the sum. Before that, positive and negative responses have cancelled: square first, then add.",
            ),
            WrongAnswer(
                _by_variance,
                "That is the variance or the standard deviation, which leaves the mean of the map out. Add the squares "
                "of the responses themselves.",
            ),
            WrongAnswer(
                _without_negative_responses,
                "You dropped the negative responses. Squared, they count as much as the positive ones.",
            ),
            WrongAnswer(
                _by_padded_map, "You padded the picture. The map is `ops.correlate2d(image, kernel)`, unpadded."
            ),
            WrongAnswer(
                _by_convolution, "You convolved, which flips the kernels. The map is that of `ops.correlate2d`."
            ),
            WrongAnswer(
                _relative_to_the_kernel,
                "You divided by the kernel's own energy. That can be a fairer measure, but it is not the one defined here.",
            ),
            WrongAnswer(
                _largest_weights, "That is the kernel with the largest weights. The picture has a say as well."
            ),
            WrongAnswer(_kernel_itself, "That is the kernel. Return its place in the list, counted from 0."),
            WrongAnswer(_weakest, "That is the kernel with the smallest energy: argmin instead of argmax."),
            WrongAnswer(_energy_itself, "That is the greatest energy. Return which kernel has it: its index."),
            WrongAnswer(_all_energies, "These are the energies of all kernels. Return the index of the greatest."),
            WrongAnswer(_counted_from_one, "Nearly: Python counts from 0, so the first kernel has the index 0."),
        ),
    ),
]
