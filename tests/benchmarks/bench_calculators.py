"""How fast counting is: `python tests/benchmarks/bench_calculators.py`; medians of seven, all in one run."""

import os
import statistics
import subprocess
import sys
import time

REPEATS = 7
LIMITS = {"summarize, 16 layers": 1e-3, "import labkit": 0.15}
LEAST_RATIO = 100

FRESH_IMPORT = """
import time
start = time.perf_counter()
import labkit
print(time.perf_counter() - start, "tensorflow" in __import__("sys").modules)
"""


def median_time(task, repeats=REPEATS, number=1):
    """Seconds one call takes: the median of several runs of ``number`` calls."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(number):
            task()
        times.append((time.perf_counter() - start) / number)
    return statistics.median(times)


def described_network():
    """Sixteen layers as descriptions."""
    from labkit.calculators import layers

    network = []
    for filters in (32, 64, 128):
        network += [
            layers.Conv2D(filters, 3, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(2),
        ]
    return [*network, layers.Flatten(), layers.Dense(256), layers.Dropout(0.5), layers.Dense(10)]


def keras_network():
    """The same sixteen layers, built by Keras."""
    import keras

    network = [keras.Input((150, 150, 3))]
    for filters in (32, 64, 128):
        network += [
            keras.layers.Conv2D(filters, 3, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.MaxPooling2D(2),
        ]
    tail = [keras.layers.Flatten(), keras.layers.Dense(256), keras.layers.Dropout(0.5), keras.layers.Dense(10)]
    return keras.Sequential([*network, *tail])


def import_time():
    """Seconds ``import labkit`` takes in a fresh Python, and whether TensorFlow came with it."""
    times, heavy = [], False
    for _ in range(REPEATS):
        done = subprocess.run([sys.executable, "-c", FRESH_IMPORT], capture_output=True, text=True, check=True)
        seconds, with_tensorflow = done.stdout.split()
        times.append(float(seconds))
        heavy |= with_tensorflow == "True"
    return statistics.median(times), heavy


def main():
    """Print the table; exit with 1 when a limit is missed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from labkit.calculators import summarize

    importing, heavy = import_time()
    network = described_network()
    counting = median_time(lambda: summarize(network, (150, 150, 3)), number=50)
    model = keras_network()  # the first one warms Keras up
    assert summarize(model).parameters == summarize(network, (150, 150, 3)).parameters == model.count_params()
    building = median_time(keras_network)
    ratio = building / counting
    rows = [
        ("import labkit", f"{1e3 * importing:.1f} ms", f"at most {1e3 * LIMITS['import labkit']:.0f} ms"),
        ("TensorFlow imported with it", "yes" if heavy else "no", "no"),
        ("summarize, 16 layers", f"{1e3 * counting:.3f} ms", f"at most {1e3 * LIMITS['summarize, 16 layers']:.0f} ms"),
        ("building the same in Keras", f"{1e3 * building:.1f} ms", ""),
        ("building over counting", f"{ratio:.0f}×", f"at least {LEAST_RATIO}×"),
    ]
    print(f"{'calculators':<30}{'median of ' + str(REPEATS):>16}   limit")
    for what, value, limit in rows:
        print(f"{what:<30}{value:>16}   {limit}")
    kept = [
        importing <= LIMITS["import labkit"],
        not heavy,
        counting <= LIMITS["summarize, 16 layers"],
        ratio >= LEAST_RATIO,
    ]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
