"""Margins: as NumPy's own ``pad`` makes them, on the side that was asked for."""

import numpy as np
import pytest

from labkit import ops

AMOUNTS = [1, ((0, 0), (0, 2)), ((1, 0), (0, 0)), ((2, 1), (3, 0))]


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize(("fill", "mode"), [("zeros", "constant"), ("edge", "edge"), ("reflect", "reflect")])
@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 3), (2, 5, 6, 3)])
def test_as_numpy_pads(amount, fill, mode, shape):
    image = np.random.default_rng(0).integers(1, 100, shape)
    rows, columns = ((amount, amount),) * 2 if isinstance(amount, int) else amount
    axes = {2: [rows, columns], 3: [rows, columns, (0, 0)], 4: [(0, 0), rows, columns, (0, 0)]}[len(shape)]
    np.testing.assert_array_equal(ops.pad2d(image, amount, fill=fill), np.pad(image, axes, mode=mode))
