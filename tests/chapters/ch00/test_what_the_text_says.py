"""What the opening chapter says in words of its photograph, held against the network."""

import pytest

from labkit.datasets import load_photo, resize_picture
from labkit.explain import cam
from labkit.models.pretrained import load


@pytest.fixture(scope="module")
def network():
    return load("efficientnet-lite0")


@pytest.fixture(scope="module")
def photo():
    return resize_picture(load_photo("coffee").image, (224, 224), "crop")


def first(network, image):
    return network.decode(network.model.predict(network.preprocess(image), verbose=0), top=1)[0][0]


def test_it_names_the_coffee_and_looked_at_it(network, photo):
    guess = first(network, photo)
    assert guess.label == "espresso"
    assert guess.probability > 0.8
    looked = cam(network.model, network.preprocess(photo)).maps[0]
    # The surface of the coffee, seen by eye; the corners are table.
    row, column = divmod(int(looked.argmax()), 224)
    assert 50 < row < 110
    assert 55 < column < 165
    assert max(looked[0, 0], looked[0, -1], looked[-1, 0], looked[-1, -1]) < 0.2


def test_a_black_rectangle_over_the_cup_changes_the_answer(network, photo):
    changed = photo.copy()
    changed[30:130, 40:180] = 0
    guess = first(network, changed)
    assert guess.label not in ("espresso", "cup", "coffee mug")
    assert guess.probability < first(network, photo).probability  # the longest bar is shorter, as the alt text says
