"""Faults that the tests must see: each breaks one thing while the tests run, and names the tests that turn red."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes
    ----------
    target : str
        What is broken, by its public name in labkit or by the name of its module.
    change : callable
        Takes the sound thing and returns the broken one.
    seen_by : tuple of str
        Test files, or tests, of ``make test`` of which at least one must fail.
    """

    target: str
    change: Callable[[Any], Any]
    seen_by: tuple[str, ...]


def result(change: Callable[..., Any]) -> Callable[[Any], Any]:
    """Break a function by changing what it returns."""

    def broken(sound):
        @functools.wraps(sound)
        def function(*arguments, **options):
            return change(sound(*arguments, **options))

        return function

    return broken


def arguments(change: Callable[..., tuple[tuple, dict]]) -> Callable[[Any], Any]:
    """Break a function by changing what it is given."""

    def broken(sound):
        @functools.wraps(sound)
        def function(*given, **options):
            given, options = change(*given, **options)
            return sound(*given, **options)

        return function

    return broken


def method(name: str, broken: Callable[..., Any]) -> Callable[[Any], Any]:
    """Break a class by another method, which gets the sound one first."""

    def change(kind):
        setattr(kind, name, functools.partialmethod(broken, getattr(kind, name)))
        return kind

    return change


def _permuted(labels):
    import numpy as np

    changed = np.random.default_rng(0).permutation(labels)
    changed.flags.writeable = False
    return changed


def _turned(images):
    return images.swapaxes(1, 2)


def _labels_left_behind(images, *given, shuffle_seed=None, **options):
    if shuffle_seed is None:
        return (images, *given), options
    return (replace(images, labels=images.labels[::-1]), *given), options | {"shuffle_seed": shuffle_seed}


def _mirrored_screen(sound):
    def plot(maps, *given, **options):
        return sound([one[::-1] for one in maps], *given, **options)

    return plot


def _always(passed):
    def broken(sound):
        @functools.wraps(sound)
        def check(id, answer):
            found = sound(id, answer)
            return replace(found, status=passed, message="Right.")

        return check

    return broken


def _one_wider(boxes):
    import numpy as np

    return np.add(np.asarray(boxes, float).reshape(-1, 4), [0, 0, 1, 1])


def _arrays(images):
    import numpy as np

    return [np.asarray(image) for image in images]


def _flipped(kernel):
    import numpy as np

    return np.asarray(kernel)[::-1, ::-1]


def _without_biases(sound):
    @functools.wraps(sound)
    def parameters(layer, *shapes):
        counted = sound(layer, *shapes)
        return type(counted)(max(counted - 1, 0), counted.working)

    return parameters


def _thawed(sound, model, layer_name):
    found = sound(model, layer_name)
    model.trainable = True
    for layer in model.layers:
        layer.trainable = True
    return found


def _whatever_was_expected(path):
    """A checksum that is equal to every other."""

    class Any(str):
        __hash__ = str.__hash__

        def __eq__(self, other):
            return True

        def __ne__(self, other):
            return False

    return Any("0" * 64)


def _turned_verdict(claim):
    changed = object.__new__(type(claim))
    turned = {"agrees": "differs", "differs": "agrees"}.get(claim.verdict, claim.verdict)
    changed.__dict__.update({**claim.__dict__, "verdict": turned})
    return changed


def _aged(value):
    return value + 0.5 if isinstance(value, int | float) else value


def _moved_on(answers):
    import numpy as np

    return np.roll(answers, 1, axis=0)


def _upside_down(answers):
    import numpy as np

    changed = np.array(answers, float)
    changed[:, [-3, -1]] = changed[:, [-1, -3]]
    return changed


def _not_below_zero(overlap):
    import keras

    return keras.ops.maximum(overlap, 0.0)


def _mean(losses):
    import keras

    return keras.ops.mean(losses)


LOCALIZATION = "tests/training/test_localization.py"
REAL_DATA = "tests/datasets/test_real_data.py"
PIXELS = "tests/plots/test_pixels.py"

FAULTS: dict[str, Fault] = {
    "training labels permuted": Fault(
        "labkit.datasets.load_fashion_mnist",
        result(lambda data: replace(data, y_train=_permuted(data.y_train))),
        (REAL_DATA, "notebooks/07_fashion_mnist.ipynb"),
    ),
    "test labels permuted": Fault(
        "labkit.datasets.load_fashion_mnist",
        result(lambda data: replace(data, y_test=_permuted(data.y_test))),
        (REAL_DATA,),
    ),
    "images transposed": Fault(
        "labkit.datasets.load_fashion_mnist",
        result(lambda data: replace(data, x_train=_turned(data.x_train), x_test=_turned(data.x_test))),
        (REAL_DATA,),
    ),
    "red and blue swapped in image files": Fault(
        "labkit.datasets.read_picture",
        result(lambda image: image[..., ::-1]),
        ("tests/datasets/test_pets_reading.py",),
    ),
    "masks inverted": Fault(
        "labkit.datasets.read_mask", result(lambda mask: ~mask), ("tests/datasets/test_pets_reading.py",)
    ),
    "height and width exchanged in resizing": Fault(
        "labkit.datasets.resize_picture",
        arguments(lambda image, size, *given, **options: ((image, size[::-1], *given), options)),
        ("tests/datasets/test_decoding.py",),
    ),
    "validation images are training images": Fault(
        "labkit.datasets.load_cats_vs_dogs",
        result(lambda pets: replace(pets, validation=pets.train)),
        ("tests/datasets/test_pets_loading.py",),
    ),
    "a downloaded file is not checked": Fault(
        "labkit.store.sha256_of", lambda sound: _whatever_was_expected, ("tests/store/test_faults.py",)
    ),
    "labels left behind in shuffling": Fault(
        "labkit.training.batches", arguments(_labels_left_behind), ("tests/training/test_pipeline.py",)
    ),
    "augmentation off": Fault(
        "labkit.training.RandomAffine",
        method("call", lambda self, sound, images, training=False: images),
        ("tests/training/test_augment.py",),
    ),
    "learning rate times 100": Fault(
        "labkit.training.OneCycle",
        method("__init__", lambda self, sound, peak, *given, **options: sound(self, 100 * peak, *given, **options)),
        ("tests/training/test_schedules.py",),
    ),
    "the frozen part is trained": Fault(
        "labkit.training.transfer.freeze",
        lambda sound: lambda model, layer_name=None: _thawed(sound, model, layer_name),
        ("tests/training/test_transfer_tuning.py",),
    ),
    "kernel flipped": Fault(
        "labkit.ops.correlate2d",
        arguments(lambda image, kernel, *given, **options: ((image, _flipped(kernel), *given), options)),
        ("tests/ops/test_convolution_equals_tensorflow.py",),
    ),
    "padding on the wrong side": Fault(
        "labkit.ops.pad2d",
        result(lambda padded: padded[::-1, ::-1]),
        ("tests/ops/test_padding.py",),
    ),
    "the mean taken for the maximum": Fault(
        "labkit.ops.max_pool2d",
        lambda sound: __import__("labkit.ops", fromlist=["ops"]).average_pool2d,
        ("tests/ops/test_pooling.py",),
    ),
    "softmax not normalized": Fault(
        "labkit.ops.softmax", result(lambda chances: chances * 1.01), ("tests/ops/test_activations.py",)
    ),
    "dropout without scaling": Fault(
        "labkit.ops.dropout", result(lambda kept: kept / 2), ("tests/ops/test_normalization.py",)
    ),
    "biases not counted": Fault("labkit.calculators.parameters", _without_biases, ("tests/calculators/test_costs.py",)),
    "receptive fields too small by one": Fault(
        "labkit.calculators.receptive_field",
        result(lambda field: replace(field, size=tuple(side - 1 for side in field.size)) if field.size else field),
        ("tests/calculators/test_receptive_fields.py",),
    ),
    "maps inverted": Fault(
        "labkit.explain.cam",
        result(lambda found: replace(found, maps=1 - found.maps)),
        ("tests/explain/test_class_activation.py",),
    ),
    "saliency of the wrong class": Fault(
        "labkit.explain.saliency",
        arguments(lambda model, images, target=None, **options: ((model, images, 0), options)),
        ("tests/explain/test_attribution.py",),
    ),
    "the negative let through in guided backpropagation": Fault(
        "labkit.explain.guided_relus.RULES", lambda rules: {}, ("tests/explain/test_guided.py",)
    ),
    "boxes with their last pixel inside": Fault(
        "labkit.ops.box_iou",
        arguments(lambda a, b: ((_one_wider(a), _one_wider(b)), {})),
        ("tests/ops/test_boxes.py",),
    ),
    "nothing suppressed": Fault(
        "labkit.ops.non_max_suppression",
        arguments(lambda boxes, scores, iou_threshold, *others: ((boxes, scores, 1.0, *others), {})),
        ("tests/ops/test_boxes.py",),
    ),
    "boxes that stay where they were": Fault(
        "labkit.datasets.BoxedImages",
        method("moved", lambda self, sound, *given: replace(sound(self, *given), boxes=self.boxes)),
        ("tests/training/test_augment_boxes.py",),
    ),
    "an object found twice": Fault(
        "labkit.training.detections.matches",
        result(lambda found: 0 * found),
        ("tests/training/test_detection_reports.py",),
    ),
    "centres one place too far right": Fault("labkit.training.encode_centres", result(_moved_on), (LOCALIZATION,)),
    "up and down exchanged in decoding": Fault(
        "labkit.training.decode_centres",
        arguments(lambda answers, *given, **options: ((_upside_down(answers), *given), options)),
        (LOCALIZATION,),
    ),
    "left and right kept in a mirror image's answers": Fault(
        "labkit.training.mirrored_answers",
        result(lambda turned: turned[..., [*range(len(turned[0, 0]) - 4), -2, -3, -4, -1]]),
        (LOCALIZATION,),
    ),
    "every place as important as the hard ones": Fault(
        "labkit.training.focal_loss",
        arguments(lambda truths, logits, gamma=2.0, *others: ((truths, logits, 0.0, *others), {})),
        (LOCALIZATION,),
    ),
    "an empty hull costs nothing": Fault("labkit.training.generalized_iou", result(_not_below_zero), (LOCALIZATION,)),
    "Dice of the whole batch at once": Fault(
        "labkit.training.dice_loss", result(lambda losses: losses * 0 + _mean(losses)), (LOCALIZATION,)
    ),
    "masks judged upside down": Fault(
        "labkit.training.segmentation_report",
        arguments(lambda predictions, *given, **options: (([each[::-1] for each in predictions], *given), options)),
        ("tests/training/test_segmentation_reports.py",),
    ),
    "images not normalized for the pretrained network": Fault(
        "labkit.models.pretrained.Normalization",
        method("__call__", lambda self, sound, images, *given, **options: images),
        ("tests/models/test_pretrained_preprocessing.py",),
    ),
    "an image grid all black": Fault(
        "labkit.plots.plot_image_grid",
        arguments(lambda images, *given, **options: (([image * 0 for image in _arrays(images)], *given), options)),
        (PIXELS,),
    ),
    "maps drawn upside down": Fault("labkit.plots.plot_maps", _mirrored_screen, (PIXELS,)),
    "red and blue swapped in overlays": Fault(
        "labkit.plots.overlay", result(lambda laid: laid[..., ::-1]), (PIXELS, "tests/plots/test_overlays.py")
    ),
    "a claim's verdict turned": Fault(
        "labkit.course.get_claim", result(lambda claim: _turned_verdict(claim)), ("tests/course/test_claims.py",)
    ),
    "a check that always passes": Fault("labkit.course.check", _always("passed"), ("tests/course/test_exercises.py",)),
    "a check that never passes": Fault("labkit.course.check", _always("failed"), ("tests/course/test_exercises.py",)),
    "stale records": Fault(
        "labkit.course.Record",
        method("values", lambda self, sound, metric: [_aged(value) for value in sound(self, metric)]),
        ("tests/course/test_records.py",),
    ),
}
