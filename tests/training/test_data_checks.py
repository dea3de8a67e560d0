"""The checks of data: each silent mistake is found, and clean data passes in silence."""

import numpy as np
import pytest

from labkit.training import DataWarning, check_data, same_images


@pytest.fixture
def clean():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (60, 8, 8), np.uint8)
    return images, np.arange(60) % 3


def part(clean, start, stop, divide=True):
    images, labels = clean
    pixels = images[start:stop] / np.float32(255) if divide else images[start:stop]
    return pixels, labels[start:stop]


def test_clean_data_passes_in_silence(clean):
    parts = {"train": part(clean, 0, 40), "validation": part(clean, 40, 50), "test": part(clean, 50, 60)}
    result = check_data(**parts, num_classes=3)
    assert result
    assert str(result) == "nothing suspicious in this data"


def test_images_from_0_to_1_where_255_is_expected_are_warned_of(clean):
    with pytest.warns(DataWarning, match="divided by 255 already"):
        result = check_data(train=part(clean, 0, 40), num_classes=3, pixel_range=(0, 255))
    assert not result


def test_images_from_0_to_255_where_1_is_expected_are_warned_of(clean):
    with pytest.warns(DataWarning, match="divide them by 255"):
        check_data(train=part(clean, 0, 40, divide=False), num_classes=3)


def test_negative_pixels_are_warned_of(clean):
    images, labels = part(clean, 0, 40)
    with pytest.warns(DataWarning, match=r"-1 to 1|-0.99"):
        check_data(train=(images * 2 - 1, labels), num_classes=3)


def test_dark_pictures_in_bytes_are_not_taken_for_fractions(clean):
    images, labels = part(clean, 0, 40, divide=False)
    assert check_data(train=(images // 64 * 3, labels), num_classes=3, pixel_range=(0, 255))


def test_overlap_is_found_by_content(clean):
    train, test = part(clean, 0, 40), part(clean, 38, 60)
    with pytest.warns(DataWarning, match="2 of the 22 test images are train images") as warned:
        check_data(train=train, test=test, num_classes=3)
    assert len(warned) == 1
    assert warned[0].filename == __file__  # the warning points to the caller
    assert same_images(train[0], test[0]).tolist() == [0, 1]


def test_overlap_is_found_whatever_the_memory_layout(clean):
    images = part(clean, 0, 40)[0]
    assert len(same_images(images, np.asfortranarray(images))) == 40


def test_a_missing_class_is_warned_of(clean):
    with pytest.warns(DataWarning, match="validation has no image of class 2, 3"):
        check_data(
            train=(part(clean, 0, 40)[0], np.arange(40) % 4),
            validation=(part(clean, 40, 44)[0], [0, 1, 0, 1]),
            num_classes=4,
        )


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (np.arange(40) % 3 + 1, ValueError, "train labels go from 1 to 3"),
        (np.arange(40) % 3 - 1, ValueError, "train labels go from -1 to 1"),
        (np.arange(40) % 3 / 1.0, TypeError, "float64"),
        (np.eye(3)[np.arange(40) % 3], ValueError, "train labels have shape"),
        (np.arange(39) % 3, ValueError, "40 images"),
    ],
)
def test_labels_that_cannot_be_right_are_refused(clean, labels, error, message):
    with pytest.raises(error, match=message):
        check_data(train=(part(clean, 0, 40)[0], labels), num_classes=3)


def test_values_that_are_not_numbers_are_refused(clean):
    images, labels = part(clean, 0, 40)
    images[3, 2, 1] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        check_data(train=(images, labels), num_classes=3)


def test_no_pictures_and_no_classes_are_refused():
    with pytest.raises(ValueError, match="train images have shape"):
        check_data(train=(np.zeros((0, 8, 8)), np.zeros(0, int)), num_classes=3)
    with pytest.raises(ValueError, match="num_classes"):
        check_data(train=(np.zeros((1, 8, 8)), [0]), num_classes=0)
