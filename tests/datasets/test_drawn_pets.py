"""Drawn pets: the same everywhere, balanced, and telling the truth about where everything is."""

import numpy as np
import pytest

from labkit.datasets import draw_pets
from labkit.datasets.drawn_pets import pictures


@pytest.fixture(scope="module")
def pets():
    return draw_pets(60, size=(64, 80), seed=3)


def test_shapes_and_types(pets):
    assert pets.images.shape == (60, 64, 80, 3)
    assert pets.animal_masks.shape == pets.head_masks.shape == (60, 64, 80)
    assert (pets.images.dtype, pets.labels.dtype, pets.head_masks.dtype) == (np.uint8, np.uint8, bool)
    assert all(places.shape == (60, 2) for places in pets.parts.values())


def test_a_picture_does_not_depend_on_how_many_are_drawn(pets):
    fewer = draw_pets(7, size=(64, 80), seed=3)
    assert np.array_equal(fewer.images, pets.images[:7])
    assert np.array_equal(fewer.labels, pets.labels[:7])
    assert np.array_equal(fewer.head_masks, pets.head_masks[:7])
    for name, places in fewer.parts.items():
        np.testing.assert_array_equal(places, pets.parts[name][:7])


def test_several_processes_draw_the_same(pets, monkeypatch):
    monkeypatch.setattr(pictures, "FEW", 4)
    many = draw_pets(4, size=(64, 80), seed=3)
    assert np.array_equal(many.images, pets.images[:4])
    assert np.array_equal(many.parts["nose"], pets.parts["nose"][:4], equal_nan=True)


def test_another_seed_gives_other_pictures(pets):
    other = draw_pets(4, size=(64, 80), seed=4)
    assert not any(np.array_equal(one, two) for one, two in zip(other.images, pets.images[:4], strict=True))


def test_each_pair_is_a_cat_and_a_dog_in_an_order_that_says_nothing(pets):
    pairs = pets.labels.reshape(-1, 2)
    assert (pairs.sum(axis=1) == 1).all()
    assert 0.2 < pairs[:, 0].mean() < 0.8


def test_every_animal_is_seen_and_its_head_is_part_of_it(pets):
    assert (pets.animal_masks.sum(axis=(1, 2)) > 0.01 * 64 * 80).all()
    assert not (pets.head_masks & ~pets.animal_masks).any()
    assert (pets.head_masks.sum(axis=(1, 2)) > 0).mean() > 0.95  # a cushion may hide one


def test_parts_of_the_face_lie_in_the_head(pets):
    number = np.arange(60)
    for name in ("left_eye", "right_eye", "nose"):
        places = pets.parts[name]
        seen = ~np.isnan(places[:, 0])
        assert 0.4 < seen.mean() <= 1
        across, down = places[seen].astype(int).T
        assert pets.head_masks[number[seen], down, across].mean() > 0.9


def test_the_left_eye_of_an_animal_that_faces_the_viewer_is_on_the_right(pets):
    both = ~np.isnan(pets.parts["left_eye"][:, 0] + pets.parts["right_eye"][:, 0])
    assert (pets.parts["left_eye"][both, 0] > pets.parts["right_eye"][both, 0]).mean() > 0.95


def test_the_masks_follow_the_picture():
    """Outlines of the mask are where the picture changes: grey levels differ more across them than elsewhere."""
    pets = draw_pets(20, size=(96, 96), seed=1)
    grey = pets.images.astype(float).mean(axis=3)
    step = np.abs(np.diff(grey, axis=2))
    border = pets.animal_masks[:, :, 1:] != pets.animal_masks[:, :, :-1]
    assert step[border].mean() > 1.5 * step[~border].mean()


def test_brightness_and_size_do_not_tell_the_class(pets):
    pets = draw_pets(200, size=(32, 32), seed=0)
    for measure in (pets.images.mean(axis=(1, 2, 3)), pets.animal_masks.mean(axis=(1, 2))):
        cats, dogs = measure[pets.labels == 0], measure[pets.labels == 1]
        error = np.sqrt(cats.var() / len(cats) + dogs.var() / len(dogs))
        assert abs(cats.mean() - dogs.mean()) < 3 * error


def test_says_what_it_is(pets):
    assert str(pets) == "60 drawn pets of 64×80, seed 3: 30 cats, 30 dogs"
    assert "30 cats" in pets._repr_html_()
    assert pets.provenance.is_stand_in
    assert pets.class_names == ("cat", "dog")


def test_an_odd_number_has_one_more_of_a_class():
    assert str(draw_pets(1, size=(32, 32))).startswith("1 drawn pets")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 0}, ValueError, "n is 0; allowed are integers from 1"),
        ({"n": 2.5}, TypeError, "n is 2.5"),
        ({"n": True}, TypeError, "n is True"),
        ({"n": 1, "seed": -1}, ValueError, "seed is -1; allowed are integers from 0"),
        ({"n": 1, "size": (31, 64)}, ValueError, "size is 31; allowed are integers from 32"),
        ({"n": 1, "size": (64, 64.0)}, TypeError, "size is 64.0"),
        ({"n": 1, "size": 64}, TypeError, "size is 64; allowed is a pair"),
        ({"n": 1, "size": (64, 64, 3)}, TypeError, "a pair of integers"),
    ],
)
def test_bad_input(arguments, error, message):
    with pytest.raises(error, match=message.replace("(", r"\(")):
        draw_pets(**arguments)
