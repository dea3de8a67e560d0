"""Exercises of chapter 5b, backpropagation through a convolution."""

import numpy as np

from labkit import ops
from labkit.course.exercises import Exercise


def kernel_gradient(images, errors):
    """Return the gradient of the loss with respect to a kernel.

    images has the shape (batch, height, width). The kernel has met each
    image, with stride 1 and no padding; errors holds the slopes of the
    loss with respect to the maps that came out, one map an image. The
    loss of the batch is the sum over its images.
    """
    gradient = 0
    for image, error in zip(images, errors):
        gradient = gradient + ops.correlate2d(image, error)
    return gradient


def _batches():
    random = np.random.default_rng(5)
    image = np.array([[1, 2, 0], [0, 1, 3], [2, 0, 1]])
    two = np.array([image, image.T[::-1]])
    return [
        (image[np.newaxis], np.array([[[1, 0], [-1, 2]]])),
        (two, np.array([[[1, 0], [-1, 2]], [[0, 2], [3, -1]]])),
        (random.integers(-3, 4, (3, 5, 6)), random.integers(-2, 3, (3, 3, 5))),
    ]


def _full_correlation(images, errors):
    rows, columns = errors.shape[1] - 1, errors.shape[2] - 1
    padded = np.pad(images, ((0, 0), (rows, rows), (columns, columns)))
    return kernel_gradient(padded, errors)


gradient_of_the_kernel = Exercise(
    id="05b-kernel-gradient",
    title="What the kernel hears",
    prompt=(
        "Write `kernel_gradient(images, errors)` for a batch. The first check is the image worked above, alone in its "
        "batch; in the others there are more. `ops.correlate2d(image, kernel)` lays a kernel on one image at a time; whether "
        "you use it or loops is your choice."
    ),
    solution=kernel_gradient,
    hints=(
        "For one image: lay the error on the image as if it were a kernel.",
        "The gradient has the shape of the kernel: image height − error height + 1, and so for the width.",
        "Each image gives a gradient of its own. The loss is a sum over the images, and so is its slope.",
    ),
    inputs=_batches,
    mistakes={
        "That is the gradient from the first image alone. All images of the batch have a say.": lambda images, errors: (
            ops.correlate2d(images[0], errors[0])
        ),
        "The error has been flipped. The kernel was laid on as it is, and so is the error.": lambda images, errors: sum(
            ops.convolve2d(image, error) for image, error in zip(images, errors)
        ),
        "That is the mean over the batch. The loss is the sum over its images, and so is the gradient.": lambda images, errors: (
            kernel_gradient(images, errors) / len(images)
        ),
        "You added up images and errors first. Each error belongs to its own image: gradient by gradient, then "
        "the sum.": lambda images, errors: ops.correlate2d(images.sum(axis=0), errors.sum(axis=0)),
        "The sum over the batch is missing: there is one kernel, so there is one gradient.": lambda images, errors: (
            np.array([ops.correlate2d(image, error) for image, error in zip(images, errors)])
        ),
        "That is the full correlation, with zeros around the image. No kernel was laid on there.": _full_correlation,
        "You took the signs of the errors. A larger error counts for more.": lambda images, errors: kernel_gradient(
            images, np.sign(errors)
        ),
        "You multiplied the sum of the errors by the image. Each error meets the part of the image that its own output "
        "has seen.": lambda images, errors: sum(
            error.sum() * image[: image.shape[0] - error.shape[0] + 1, : image.shape[1] - error.shape[1] + 1]
            for image, error in zip(images, errors)
        ),
    },
)


def input_gradient(kernel, error, stride):
    """Return the gradient of the loss with respect to the image.

    error holds the slopes of the loss with respect to the map that the
    kernel gave, without padding, moving by `stride` along both axes.
    The image was as small as it can be to give a map of this shape.
    """
    height, width = kernel.shape
    rows = stride * (error.shape[0] - 1) + height
    columns = stride * (error.shape[1] - 1) + width
    gradient = np.zeros((rows, columns))
    for row in range(error.shape[0]):
        for column in range(error.shape[1]):
            top, left = row * stride, column * stride
            stamp = error[row, column] * kernel
            gradient[top : top + height, left : left + width] += stamp
    return gradient


def _kernels():
    random = np.random.default_rng(6)
    return [
        (np.array([[1, -1], [2, 0]]), np.array([[1, 0], [-1, 2]]), 1),
        (np.array([[1, 2, -1], [0, 3, 1], [2, -2, 1]]), random.integers(1, 4, (3, 4)), 2),
        (random.integers(-3, 4, (3, 2)), random.integers(-2, 3, (4, 3)), 1),
        (np.array([[1, 2], [3, -4]]), random.integers(1, 4, (2, 3)), 3),
    ]


def _formula_of_stride_1(kernel, error, stride):
    height, width = kernel.shape
    padded = np.pad(error, ((height - 1, height - 1), (width - 1, width - 1)))
    return ops.convolve2d(padded, kernel)


def _not_added(kernel, error, stride):
    gradient = np.zeros_like(input_gradient(kernel, error, stride))
    for (row, column), value in np.ndenumerate(error):
        place = np.s_[row * stride : row * stride + len(kernel), column * stride : column * stride + kernel.shape[1]]
        gradient[place] = value * kernel
    return gradient


def _cropped(kernel, error, stride):
    full = input_gradient(kernel, error, stride)
    return full[: stride * error.shape[0], : stride * error.shape[1]]


def _valid(kernel, error, stride):
    height, width = kernel.shape
    full = input_gradient(kernel, error, stride)
    return full[height - 1 : len(full) - height + 1, width - 1 : full.shape[1] - width + 1]


gradient_of_the_input = Exercise(
    id="05b-input-gradient",
    title="What the image hears",
    prompt=(
        "Write `input_gradient(kernel, error, stride)`: each error stamps the kernel, times itself, onto the image. The first "
        "check is the example worked above; in others the kernel has moved by 2 or 3, so the stamps stand further apart."
    ),
    solution=input_gradient,
    hints=(
        "How large was the image? From the first position of the kernel to the last it is stride · (number of outputs − 1) "
        "steps, and the kernel's own size comes on top.",
        "Begin with zeros of that shape. The output in row r came from the window that begins in row r · stride.",
        "Add `error[row, column] * kernel` to that window; where windows overlap, the stamps add up.",
    ),
    inputs=_kernels,
    mistakes={
        "The kernel has been flipped before it is stamped. Each weight goes back to the pixel that it met: as it "
        "is.": lambda kernel, error, stride: input_gradient(kernel[::-1, ::-1], error, stride),
        "Where stamps overlap, the last one stands alone. A pixel that was seen by several outputs adds up what it hears from "
        "each.": _not_added,
        "Only pixels that the kernel met with each of its weights are there. The gradient has the shape of the image, borders "
        "too.": _valid,
        "The stride is left out: the kernel moved by `stride`, so its stamps stand that far apart.": _formula_of_stride_1,
        "The last rows and columns are cut off. The image reaches as far as the last window.": _cropped,
        "The errors are missing: each stamp is the kernel times the error of its output.": lambda kernel, error, stride: (
            input_gradient(kernel, np.ones_like(error), stride)
        ),
        "Each error has been put at the first pixel of its window. It goes to all pixels of the window, each times the weight "
        "that it met.": lambda kernel, error, stride: input_gradient(
            np.pad([[1]], ((0, kernel.shape[0] - 1), (0, kernel.shape[1] - 1))), error, stride
        ),
        "Each pixel of the window got the error times the sum of the kernel. It counts only the one weight that it "
        "met.": lambda kernel, error, stride: input_gradient(np.full_like(kernel, kernel.sum()), error, stride),
    },
)


def momentum_step(weight, velocity, gradient, rate, momentum):
    """Take one step of gradient descent with momentum.

    The new velocity is momentum times the old one, minus the learning
    rate times the gradient. The weight moves by the new velocity.
    Return the new weight and the new velocity.
    """
    velocity = momentum * velocity - rate * gradient
    return weight + velocity, velocity


def _steps():
    return [
        (1.0, 0.0, -16.0, 0.02, 0.9),
        (1.32, 0.32, -13.44, 0.02, 0.9),
        (np.array([0.5, -1.0]), np.array([0.25, 0.5]), np.array([2.0, -3.0]), 0.1, 0.5),
    ]


def _dampened(w, v, g, rate, momentum):
    v = momentum * v - (1 - momentum) * rate * g
    return w + v, v


step_with_momentum = Exercise(
    id="05b-momentum",
    title="A step with momentum",
    prompt=(
        "Write `momentum_step(weight, velocity, gradient, rate, momentum)`. The first two checks are the two steps worked "
        "above; in the third, weight, velocity and gradient are arrays."
    ),
    solution=momentum_step,
    hints=(
        "First the new velocity, from the old one and the gradient.",
        "`momentum * velocity - rate * gradient`; then the weight is moved by it.",
        "Return both, the weight first: the next step needs the velocity.",
    ),
    inputs=_steps,
    mistakes={
        "That step goes uphill: the gradient is subtracted.": lambda w, v, g, rate, momentum: (
            w + momentum * v + rate * g,
            momentum * v + rate * g,
        ),
        "The weight moved by the old velocity. It moves by the new one.": lambda w, v, g, rate, momentum: (
            w + v,
            momentum * v - rate * g,
        ),
        "That is plain gradient descent: the old velocity has no effect.": lambda w, v, g, rate, momentum: (
            w - rate * g,
            -rate * g,
        ),
        "The velocity came back as it was. The next step needs the new one.": lambda w, v, g, rate, momentum: (
            w + momentum * v - rate * g,
            v,
        ),
        "The old velocity is carried over whole. Momentum makes it fade: multiply by it.": lambda w, v, g, rate, momentum: (
            w + v - rate * g,
            v - rate * g,
        ),
        "The learning rate is missing: it scales the gradient.": lambda w, v, g, rate, momentum: (
            w + momentum * v - g,
            momentum * v - g,
        ),
        "You took (1 − momentum) times the gradient, as a running mean does. Here the gradient counts whole.": _dampened,
        "Return two things: the new weight and the new velocity.": lambda w, v, g, rate, momentum: (
            w + momentum * v - rate * g
        ),
        "That is an exponential average of the gradients. The velocity is momentum times the old one, minus the rate times the "
        "whole gradient.": lambda w, v, g, rate, momentum: (
            w - rate * (momentum * v + (1 - momentum) * g),
            momentum * v + (1 - momentum) * g,
        ),
        "Momentum has multiplied the gradient, too. It scales the old velocity only.": lambda w, v, g, rate, momentum: (
            w + momentum * (v - rate * g),
            momentum * (v - rate * g),
        ),
    },
)


EXERCISES = [gradient_of_the_kernel, gradient_of_the_input, step_with_momentum]
