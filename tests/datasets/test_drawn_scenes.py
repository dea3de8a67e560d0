"""Drawn scenes: what is known of them is so, and the same on every machine."""

import numpy as np
import pytest

from labkit.datasets import draw_scenes


@pytest.fixture(scope="module")
def scenes():
    return draw_scenes(24, size=(80, 96))


def test_scenes_have_what_they_say(scenes):
    assert scenes.pixels.shape == (24, 80, 96, 3)
    assert scenes.is_stand_in
    assert set(scenes.counts) == {1, 2, 3, 4, 5}
    assert set(np.concatenate(scenes.labels)) == {0, 1}


def test_an_animal_is_not_less_seen_than_promised(scenes):
    hidden = np.concatenate(scenes.occlusion)
    assert hidden.min() == 0
    assert 0.2 < hidden.max() <= 0.55


def test_a_scene_does_not_depend_on_how_many_are_drawn(scenes):
    fewer = draw_scenes(3, size=(80, 96))
    assert (fewer.pixels == scenes.pixels[:3]).all()
    assert all((one == other).all() for one, other in zip(fewer.instances, scenes.instances, strict=False))
    other = draw_scenes(3, size=(80, 96), seed=1)
    assert not (other.pixels == fewer.pixels).all(axis=(1, 2, 3)).any()


def test_later_scenes_have_other_animals_and_places(monkeypatch):
    from labkit.datasets import drawn_scenes

    asked = {"_sprite": set(), "_place": set()}
    for name, numbers in asked.items():
        original = getattr(drawn_scenes, name)

        def noted(seed, number, *size, original=original, numbers=numbers):
            numbers.add(number)
            return original(seed, number, *size)

        monkeypatch.setattr(drawn_scenes, name, noted)
    for index in (0, 299, 300, 599):
        drawn_scenes._draw(index, 64, 64, 1, 1, seed=0)
        for numbers, many in zip(asked.values(), (drawn_scenes.ANIMALS, drawn_scenes.PLACES), strict=True):
            company = index // 300
            assert max(numbers) // many == company
    assert all(len(numbers) >= 3 for numbers in asked.values())


def test_masks_lie_on_what_was_drawn():
    """With one animal, its pixels depart from the place without it far more than the others do."""
    from labkit.datasets import drawn_scenes

    inside, outside = [], []
    for index in range(8):
        drawn = drawn_scenes._draw(index, 80, 96, 1, 1, seed=3)
        chance = drawn_scenes.Chance(3, index, drawn_scenes.SCENE_STREAM)
        place, light = drawn_scenes._place(3, chance.pick(range(drawn_scenes.PLACES)), 80, 96)
        ways = [np.abs(drawn.image - np.clip(way * light, 0, 255)).mean(axis=2) for way in (place, place[:, ::-1])]
        mask = drawn.instances > 0
        difference = min(ways, key=lambda way: way[~mask].mean())
        inside.append(difference[mask].mean())
        outside.append(difference[~mask].mean())
    assert np.mean(inside) > 4 * np.mean(outside)


def test_as_many_animals_as_asked_for():
    assert set(draw_scenes(6, size=64, animals=1).counts) == {1}
    assert set(draw_scenes(12, size=64, animals=(2, 3)).counts) <= {2, 3}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, r"n is 0"),
        ({"size": 32}, r"size is 32; allowed is a whole number of at least 64"),
        ({"animals": 6}, r"animals is 6; allowed is a number from 1 to 5"),
        ({"animals": (3, 2)}, r"animals is \(3, 2\); allowed is a number from 1 to 5"),
        ({"seed": -1}, r"seed is -1"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_scenes(**{"n": 1, **arguments})
