"""Errors that readers make in the exercises of chapter 14, and what they hear."""

import numpy as np

from labkit.course import check


def test_an_image_without_a_batch_is_named():
    def grad_cam_of(model, image, class_index, layer):
        return np.asarray(model(image))

    result = check("14-grad-cam-of", grad_cam_of)
    assert result.status == "failed"
    assert "The model wants a batch: image[np.newaxis]" in result.message


def test_a_whole_row_of_the_mask_is_told_from_rows_of_different_length():
    def measures(heatmap, mask, threshold):
        found = heatmap >= threshold
        return mask[heatmap.argmax()], (found & mask).sum() / (found | mask).sum()

    assert "a whole row of the mask" in check("14-measures", measures).mistake
