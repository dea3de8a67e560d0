"""What chapter 14 says in words of the records on what maps reveal, held against them."""

import numpy as np
import pytest

from labkit.course import all_records


@pytest.fixture(scope="module")
def planted():
    """For each training the means over the draws: tag on the dogs, on none, on the cats, and the map's corner."""
    record = all_records()["planted-shortcut"]
    return lambda metric: np.mean(record.values(metric), axis=0)


def test_a_planted_tag_looks_fine_until_it_is_moved(planted):
    dogs, none, cats, corner = planted("drawn: on the dogs")
    assert dogs > planted("drawn: on none")[0] > none - 0.05
    assert cats < none < dogs
    assert corner > 5 * planted("drawn: on none")[3]


@pytest.mark.parametrize("cure", ["drawn: on half of each", "drawn: erased"])
def test_either_cure_brings_the_controls_accuracy(planted, cure):
    assert planted(cure)[:3] == pytest.approx(planted("drawn: on none")[:3], abs=0.025)
    assert planted(cure)[3] < 0.03


def test_on_photographs_the_tag_changes_nothing_at_the_last_layer_and_something_in_the_middle(planted):
    assert planted("photographs: on the dogs")[:3] == pytest.approx(planted("photographs: on none")[:3], abs=0.01)
    dogs, none, cats = planted("photographs, 14×14: on the dogs")[:3]
    assert dogs > none > cats
    assert dogs - cats > 0.05


def test_maps_point_at_a_pedestrian_twice_as_often_as_the_blob_and_half_of_grad_cams_lies_on_one():
    people = all_records()["cam-pedestrians"]
    methods = people.values("methods")[0]
    points, energy = (
        dict(zip(methods, np.mean(people.values(name), axis=0), strict=True)) for name in ("pointing", "energy")
    )
    for method in ("Grad-CAM", "LayerCAM, 14×14"):
        assert points[method] / points["centre blob"] == pytest.approx(2, abs=0.25)
    assert energy["Grad-CAM"] == pytest.approx(0.5, abs=0.05)


def test_guided_backpropagation_keeps_its_order_when_the_head_is_shuffled():
    record = all_records()["guided-shuffled-weights"]
    head, _, block6, everything = np.mean(record.values("Guided Backpropagation: mean"), axis=0)
    assert head > 0.99
    assert block6 > 0.8
    assert everything < 0.3
