"""Pixel by pixel: gradients against finite differences, sums against scores, covering against covering by hand."""

import keras
import numpy as np
import pytest
from keras import layers

from labkit.explain import find_layer, integrated_gradients, occlusion, saliency, smooth_grad

METHODS = {
    "saliency": saliency,
    "smooth": lambda *a, **k: smooth_grad(*a, samples=3, **k),
    "integrated": lambda *a, **k: integrated_gradients(*a, steps=4, **k),
    "occlusion": lambda *a, **k: occlusion(*a, window=4, stride=3, **k),
}


def logits(model, images):
    """The logits, from the layers called one by one."""
    x = images
    for name in ("conv1", "pool", "conv2", "row"):
        x = find_layer(model, name).layer(x)
    answer = find_layer(model, "answer").layer
    return x.numpy() @ answer.kernel.numpy() + answer.bias.numpy()


def test_saliency_is_the_slope(any_model, images):
    """Central differences at some pixels; the network is linear between its kinks."""
    found = saliency(any_model, images[:2], 1)
    for row, column, channel in ((0, 0, 0), (5, 6, 1), (11, 3, 2)):
        step = np.zeros((1, 12, 12, 3), np.float32)
        step[0, row, column, channel] = 1e-3
        slope = (logits(any_model, images[:2] + step) - logits(any_model, images[:2] - step))[:, 1] / 2e-3
        np.testing.assert_allclose(found.values[:, row, column, channel], slope, atol=5e-3)
    strongest = np.abs(found.values).max(axis=-1)
    np.testing.assert_allclose(found.maps, strongest / strongest.max(axis=(1, 2), keepdims=True), rtol=1e-5)


def test_smooth_grad_is_the_mean_over_noisy_copies(small_model, images):
    found = smooth_grad(small_model, images, 2, samples=4, noise=0.1, seed=7)
    rng = np.random.default_rng(7)
    total = 0
    for _ in range(4):
        noise = 0.1 * np.ptp(images, axis=(1, 2, 3), keepdims=True) * rng.normal(size=(12, 12, 3))
        total = total + saliency(small_model, images + noise, 2).values
    np.testing.assert_allclose(found.values, total / 4, atol=1e-5)
    np.testing.assert_array_equal(
        smooth_grad(small_model, images, 2, samples=4, noise=0.1, seed=7).values, found.values
    )
    without = smooth_grad(small_model, images, 2, samples=1, noise=0)
    np.testing.assert_allclose(without.values, saliency(small_model, images, 2).values, atol=1e-6)


def test_completeness(any_model, images):
    found = integrated_gradients(any_model, images, 0, baseline=0.5, steps=200)
    difference = logits(any_model, images)[:, 0] - logits(any_model, np.full_like(images, 0.5))[:, 0]
    sums = found.values.sum(axis=(1, 2, 3))
    np.testing.assert_allclose(sums, difference, atol=0.02 * np.abs(difference).max())
    np.testing.assert_allclose(found.completeness_error, sums - difference, atol=1e-4)
    np.testing.assert_allclose(found.baseline_scores, logits(any_model, np.full_like(images, 0.5))[:, 0], rtol=1e-4)
    assert "completeness error at most" in str(found)


def test_more_steps_make_a_smaller_error():
    """x² from 0 to 3: the midpoint rule is exact where the slope is linear, so one step is enough; x³ needs more."""
    square, cube = (
        keras.Sequential([keras.Input((1, 1, 1)), layers.Flatten(), layers.Lambda(lambda x, p=power: x**p)])
        for power in (2, 3)
    )
    image = np.full((1, 1, 1), 3.0)
    assert integrated_gradients(square, image, 1, steps=1).values.sum() == pytest.approx(9)
    # By hand: with m steps the midpoint rule gives 27·(1 − 1/(4·m²)).
    for steps in (1, 2, 10):
        error = integrated_gradients(cube, image, 1, steps=steps).completeness_error[0]
        assert error == pytest.approx(-27 / (4 * steps**2), rel=1e-3)


def test_occlusion_by_hand(small_model, images):
    """Squares from 0, 3, 6 and at the edge 8; a pixel gets the mean fall of those that cover it."""
    found = occlusion(small_model, images, 1, window=4, stride=3, fill=[0.1, 0.2, 0.3])
    before = logits(small_model, images)[:, 1]
    falls, counts = np.zeros((5, 12, 12)), np.zeros((12, 12))
    for top in (0, 3, 6, 8):
        for left in (0, 3, 6, 8):
            hidden = images.copy()
            hidden[:, top : top + 4, left : left + 4] = [0.1, 0.2, 0.3]
            falls[:, top : top + 4, left : left + 4] += (before - logits(small_model, hidden)[:, 1])[:, None, None]
            counts[top : top + 4, left : left + 4] += 1
    np.testing.assert_allclose(found.values[..., 0], falls / counts, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_shapes_ranges_and_batches(small_model, images, method):
    run = METHODS[method]
    together = run(small_model, images, class_names=("ant", "bee", "cow"))
    assert together.maps.shape == (5, 12, 12)
    assert together.maps.min() >= 0
    assert together.maps.max() <= 1
    np.testing.assert_array_equal(together.classes, logits(small_model, images).argmax(axis=1))
    for number, image in enumerate(images[:2]):
        np.testing.assert_allclose(run(small_model, image).maps[0], together.maps[number], atol=1e-4)
    by_function = run(small_model, images[:2], lambda outputs: outputs[:, 2])
    np.testing.assert_allclose(by_function.maps, run(small_model, images[:2], 2).maps, atol=1e-4)


def test_bad_input(small_model, images):
    for call, words in (
        (lambda: smooth_grad(small_model, images, samples=0), "samples is 0"),
        (lambda: smooth_grad(small_model, images, noise=-1), "noise is -1"),
        (lambda: integrated_gradients(small_model, images, steps=0), "steps is 0"),
        (lambda: integrated_gradients(small_model, images, baseline=np.zeros(5)), r"baseline has shape \(5,\)"),
        (lambda: occlusion(small_model, images, window=13), "window is 13"),
        (lambda: occlusion(small_model, images, window=4, stride=5), "stride 5"),
        (lambda: saliency(small_model, images, 5), "target is 5"),
        (lambda: saliency(small_model, images, score="x"), "score is 'x'"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
