"""How fast the NumPy operations are, as ratios measured in one run: `python tests/benchmarks/bench_ops.py`.

Every time is the median of at least five, and the ones compared take turns, so that a busy machine slows them alike.
All of it runs on one core: two libraries that each keep their own threads waiting for work get in each other's way.
"""

import argparse
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
for library in ("OPENBLAS", "MKL", "OMP"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import turns  # noqa: E402

from labkit import ops  # noqa: E402

KERNEL_SIZES = [1, 3, 5, 7, 9, 11, 13, 15, 19, 23]
PROBLEMS = {"a grey image of 256×256": (256, 1, 1), "32×32×16 → 32 filters": (32, 16, 32)}


def medians(*functions, rounds):
    """Return the median time of each function by the clock, in seconds."""
    return [clock for clock, _ in turns.medians(dict(enumerate(functions)), rounds).values()]


def im2col_against_loops():
    """Return how many times faster im2col is on 32×32×16 → 32 filters of 3×3."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(32, 32, 16)).astype(np.float32)
    kernels = generator.normal(size=(3, 3, 16, 32)).astype(np.float32)
    loops, im2col = medians(
        lambda: ops.correlate2d(x, kernels, method="loops"), lambda: ops.correlate2d(x, kernels), rounds=5
    )
    return loops / im2col


def im2col_against_tensorflow():
    """Return how many times longer im2col takes than `tf.nn.conv2d` on the same batch of 32 such images."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(32, 32, 32, 16)).astype(np.float32)
    kernels = generator.normal(size=(3, 3, 16, 32)).astype(np.float32)
    x_tensor, kernels_tensor = tf.constant(x), tf.constant(kernels)
    im2col, tensorflow = medians(
        lambda: ops.correlate2d(x, kernels),
        lambda: tf.nn.conv2d(x_tensor, kernels_tensor, 1, "VALID").numpy(),
        rounds=31,
    )
    return im2col / tensorflow


def fft_against_im2col(side, channels, filters):
    """Return, for each kernel size (same padding), the milliseconds that im2col and fft take."""
    generator = np.random.default_rng(0)
    image = generator.normal(size=(side, side, channels)).astype(np.float32)
    rows = []
    for size in KERNEL_SIZES:
        kernels = generator.normal(size=(size, size, channels, filters)).astype(np.float32)
        times = medians(
            lambda k=kernels: ops.correlate2d(image, k, padding="same"),
            lambda k=kernels: ops.correlate2d(image, k, padding="same", method="fft"),
            rounds=5,
        )
        rows.append((size, *(1000 * seconds for seconds in times)))
    return rows


def crossing_point(rows):
    """Return the smallest kernel from which on fft is always the faster one, or None."""
    crossing = None
    for size, im2col, fft in reversed(rows):
        if fft >= im2col:
            break
        crossing = size
    return crossing


def plot(curves, path):
    """Draw both methods for every problem."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(curves), figsize=(10, 4), layout="constrained")
    for (title, rows), axes in zip(curves.items(), panels, strict=True):
        sizes, im2col, fft = zip(*rows, strict=True)
        axes.plot(sizes, im2col, "o-", label="im2col")
        axes.plot(sizes, fft, "s--", label="fft")
        axes.set(xlabel="kernel side (pixels)", ylabel="time (ms)", title=title, yscale="log")
        axes.legend()
    figure.savefig(path, dpi=150)


def main(arguments=None):
    """Print the table; the exit status is 1 if a bound does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="FILE", help="also draw fft against im2col")
    options = parser.parse_args(arguments)
    tf.config.threading.set_intra_op_parallelism_threads(1)

    faster, slower = im2col_against_loops(), im2col_against_tensorflow()
    checks = [
        ("im2col over loops, 32×32×16 → 32 of 3×3", faster, "≥ 150", faster >= 150),
        ("im2col ÷ tf.nn.conv2d, a batch of 32 such", slower, "≤ 4", slower <= 4),
    ]
    print(f"{'ratio of medians':44}{'measured':>10}{'bound':>8}")
    for name, value, bound, holds in checks:
        print(f"{name:44}{value:>10.2f}{bound:>8}{'' if holds else '   MISSED'}")
    curves = {title: fft_against_im2col(*problem) for title, problem in PROBLEMS.items()}
    for title, rows in curves.items():
        print(f"\n{title}, times in ms\nkernel    im2col       fft")
        for size, im2col, fft in rows:
            print(f"{size:>3}×{size:<3}{im2col:>9.2f}{fft:>10.2f}")
        crossing = crossing_point(rows)
        print(f"fft is faster from {crossing}×{crossing} on" if crossing else "im2col is faster throughout")
    if options.plot:
        plot(curves, options.plot)
    return 0 if all(holds for *_, holds in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
