"""Photographs and a backbone that are small enough for a test."""

import numpy as np
import pytest
from PIL import Image

from labkit.datasets import load_cats_vs_dogs
from labkit.models.pretrained import load


@pytest.fixture
def few_and_small(tmp_path, monkeypatch):
    """Twelve photographs of a user's, dark cats and bright dogs, and a backbone for 32×32 with random weights."""
    folder = tmp_path / "cats_vs_dogs"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(6):
        for label, name in enumerate(("cat", "dog")):
            pixels = (rng.integers(0, 60, (40, 50, 3)) + 150 * label).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{name}.{number}.png")
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    few = load_cats_vs_dogs(train=8, validation=4, test=0, seed=None)
    small = load("efficientnet-lite0", include_top=False, input_size=32, weights=None)
    monkeypatch.setattr("labkit.datasets.load_cats_vs_dogs", lambda **_: few)
    monkeypatch.setattr("labkit.models.pretrained.load", lambda *_, **__: small)
    return small
