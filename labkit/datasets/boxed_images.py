"""The one type for images of which it is known where every object is: its box, its mask and its class."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labkit.arguments import as_boxes, whole_number
from labkit.datasets.dataset import OfKnownOrigin, Provenance
from labkit.datasets.decoding import selected
from labkit.datasets.instance_maps import as_map, mask_boxes, only_objects
from labkit.datasets.letterboxing import letterbox


@dataclass(frozen=True, eq=False)
class BoxedImages(OfKnownOrigin):
    """Images with the box, the mask and the class of every object in them.

    >>> image, instances = np.zeros((4, 6, 3), np.uint8), np.zeros((4, 6), np.uint8)
    >>> instances[1:3, 2:6] = 1
    >>> cats = BoxedImages.from_masks([image], [instances], [[0]], ("cat",), Provenance("made up", "stand-in"))
    >>> print(cats)
    1 image with 1 object in 1 class (cat). STAND-IN: made up
    >>> cats.boxes[0].astype(int).tolist(), cats.masks(0).shape
    ([[2, 1, 6, 3]], (1, 4, 6))

    Attributes
    ----------
    images : tuple of ndarray of uint8, each of shape (height, width, 3)
        0 to 255; each may have a size of its own.
    boxes : tuple of ndarray of float64, each of shape (objects, 4)
        Left, top, right, bottom in pixels, counted from 0; right and bottom lie just outside. The width of a box is
        right − left.
    labels : tuple of ndarray of int64, each of shape (objects,)
        Indices into `class_names`.
    instances : tuple of ndarray of uint8, each of shape (height, width)
        What is seen in each pixel: 0 for no object, else the object's number, counted from 1 in the order of the
        boxes.
    class_names : tuple of str
        The classes, in the order of their labels.
    provenance : Provenance
        Where they come from.
    names : tuple of str
        What each image is called; empty where they have no names.
    occlusion : tuple of ndarray of float64, each of shape (objects,)
        The share of each object that others hide, 0 to 1; empty where that is not known.

    Raises
    ------
    TypeError, ValueError
        If lengths or shapes do not fit together, a box has no area or reaches outside its image, a map of instances
        has another size than its image or another number of objects than there are boxes, or a label names no class.
    """

    images: tuple[NDArray[np.uint8], ...]
    boxes: tuple[NDArray[np.float64], ...]
    labels: tuple[NDArray[np.int64], ...]
    instances: tuple[NDArray[np.uint8], ...]
    class_names: tuple[str, ...]
    provenance: Provenance
    names: tuple[str, ...] = ()
    occlusion: tuple[NDArray[np.float64], ...] = ()

    def __post_init__(self) -> None:
        put = object.__setattr__  # the dataclass is frozen: this is how its own __post_init__ may still tidy up
        if isinstance(self.class_names, str) or not all(isinstance(name, str) for name in self.class_names):
            raise TypeError(f"class_names is {self.class_names!r}; allowed is a sequence of names")
        put(self, "class_names", tuple(self.class_names))
        put(self, "names", tuple(self.names))
        for name in ("boxes", "labels", "instances", "names", "occlusion"):
            length, optional = len(getattr(self, name)), name in ("names", "occlusion")
            if length != len(self.images) and not (optional and length == 0):
                raise ValueError(f"{name} has length {length:,}; allowed is {len(self.images):,}, one for each image")
        images = tuple(_as_image(f"images[{number}]", image) for number, image in enumerate(self.images))
        put(self, "images", images)
        for name, check in (("boxes", _boxes_in), ("instances", _map_of)):
            checked = [
                check(f"{name}[{number}]", value, image.shape[:2])
                for number, (value, image) in enumerate(zip(getattr(self, name), images, strict=True))
            ]
            put(self, name, tuple(checked))
        labels = [
            _labels_of(f"labels[{number}]", value, len(boxes), len(self.class_names))
            for number, (value, boxes) in enumerate(zip(self.labels, self.boxes, strict=True))
        ]
        put(self, "labels", tuple(labels))
        put(self, "occlusion", tuple(np.asarray(shares, np.float64) for shares in self.occlusion))
        for number, (numbers, boxes) in enumerate(zip(self.instances, self.boxes, strict=True)):
            if (most := int(numbers.max(initial=0))) > len(boxes):
                raise ValueError(
                    f"instances[{number}] counts to {most}; allowed is up to {len(boxes)}, one for each box"
                )
            if self.occlusion and self.occlusion[number].shape != (len(boxes),):
                shape = self.occlusion[number].shape
                raise ValueError(f"occlusion[{number}] has shape {shape}; allowed is ({len(boxes)},), one for each box")

    @classmethod
    def from_masks(
        cls,
        images: Sequence[ArrayLike],
        instances: Sequence[ArrayLike],
        labels: Sequence[ArrayLike],
        class_names: Sequence[str],
        provenance: Provenance,
        **others: Any,
    ) -> BoxedImages:
        """Return images whose boxes are the tightest round the masks.

        Parameters
        ----------
        images, instances, labels, class_names, provenance
            As the attributes.
        **others
            `names` and `occlusion`.
        """
        boxes = tuple(mask_boxes(numbers) for numbers in instances)
        return cls(tuple(images), boxes, tuple(labels), tuple(instances), tuple(class_names), provenance, **others)  # type: ignore[arg-type]  # what is given is brought to its type in __post_init__

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, selection: Any) -> BoxedImages:
        """Some of the images with all that belongs to them.

        Parameters
        ----------
        selection : slice, array_like of int or array_like of bool
            As NumPy takes it along the first axis. A single index is none: ``scenes.images[3]`` is one image.

        Raises
        ------
        TypeError
            If it selects one image and not a set of them.
        """
        rows = np.arange(len(self))[selected(selection, len(self))]
        return replace(
            self,
            images=_some(self.images, rows),
            boxes=_some(self.boxes, rows),
            labels=_some(self.labels, rows),
            instances=_some(self.instances, rows),
            names=_some(self.names, rows),
            occlusion=_some(self.occlusion, rows),
        )

    @classmethod
    def joined(cls, parts: Sequence[BoxedImages]) -> BoxedImages:
        """Return the images of several sets, in their order, as one set; its origin is the first one's.

        Parameters
        ----------
        parts : sequence of BoxedImages
            At least one, all with the same classes; names and occlusion in all of them or in none.

        Raises
        ------
        ValueError
            If there is no set, or their classes differ.
        """
        if not parts:
            raise ValueError("parts is empty; allowed is at least one set of images")
        for part in parts:
            if part.class_names != parts[0].class_names:
                raise ValueError(
                    f"parts have the classes {parts[0].class_names} and {part.class_names}; allowed are sets of the "
                    "same classes"
                )
        lists: dict[str, Any] = {
            name: tuple(each for part in parts for each in getattr(part, name))
            for name in ("images", "boxes", "labels", "instances", "names", "occlusion")
        }
        return replace(parts[0], **lists)

    def masks(self, index: int) -> NDArray[np.bool_]:
        """Return the masks of the objects of one image, shape (objects, height, width)."""
        numbers = np.arange(1, len(self.boxes[index]) + 1)[:, np.newaxis, np.newaxis]
        return self.instances[index] == numbers

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many objects each image has, shape (n,)."""
        return np.array([len(boxes) for boxes in self.boxes], np.int64)

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """All images in one array, shape (n, height, width, 3).

        Raises
        ------
        ValueError
            If they have different sizes.
        """
        self._check_one_size()
        return np.stack(self.images)

    @property
    def foreground(self) -> NDArray[np.bool_]:
        """Where there is any object, shape (n, height, width): the truth of a segmentation into two classes.

        Raises
        ------
        ValueError
            If the images have different sizes.
        """
        self._check_one_size()
        return np.stack(self.instances) > 0

    def _check_one_size(self) -> None:
        sizes = {image.shape[:2] for image in self.images}
        if len(sizes) != 1:
            raise ValueError(f"the images have {len(sizes)} sizes; bring them to one first: letterboxed(size)")

    def letterboxed(self, size: int) -> BoxedImages:
        """Bring all images to one size, in proportion, between black bars; masks go along, boxes follow the masks.

        Parameters
        ----------
        size : int
            Height and width of every image, in pixels.

        Returns
        -------
        BoxedImages
            Images bilinear (where pixels become fewer, the mean over all that make one), masks by the nearest pixel.
            An object of which no pixel is left is dropped.
        """
        side = whole_number("size", size)
        frames = [letterbox(image.shape[:2], side) for image in self.images]
        images = [frame.place(image) for frame, image in zip(frames, self.images, strict=True)]
        maps = [frame.place(numbers, nearest=True) for frame, numbers in zip(frames, self.instances, strict=True)]
        return self.moved(images, maps)

    def moved(self, images: Sequence[NDArray[np.uint8]], instances: Sequence[NDArray[np.uint8]]) -> BoxedImages:
        """Return the set with images and masks that were changed in the same way; boxes follow the masks.

        Parameters
        ----------
        images, instances
            One for each of the set. An object of which no pixel is left is dropped.
        """
        seen = [
            np.isin(np.arange(1, count + 1), numbers) for count, numbers in zip(self.counts, instances, strict=True)
        ]
        kept = [only_objects(numbers, stay) for numbers, stay in zip(instances, seen, strict=True)]
        return replace(
            self,
            images=tuple(images),
            boxes=tuple(mask_boxes(numbers) for numbers in kept),
            labels=tuple(labels[stay] for labels, stay in zip(self.labels, seen, strict=True)),
            instances=tuple(kept),
            occlusion=tuple(shares[stay] for shares, stay in zip(self.occlusion, seen, strict=False)),
        )

    def __str__(self) -> str:
        images, objects, classes = len(self), int(self.counts.sum()), len(self.class_names)
        return (
            f"{images:,} image{'s'[: images != 1]} with {objects:,} object{'s'[: objects != 1]} in {classes} "
            f"class{'es'[: 2 * (classes != 1)]} ({', '.join(self.class_names)}). {self.provenance}"
        )

    __repr__ = __str__  # the arrays themselves would fill the screen

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


def _some(values: tuple, rows: NDArray[Any]) -> tuple:
    return tuple(values[row] for row in rows) if values else values


def _as_image(name: str, image: ArrayLike) -> NDArray[np.uint8]:
    array = np.asarray(image)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or array.size == 0:
        raise ValueError(f"{name} is {array.dtype} of shape {array.shape}; allowed is uint8 of (height, width, 3)")
    return array


def _map_of(name: str, numbers: ArrayLike, size: tuple[int, int]) -> NDArray[np.uint8]:
    array = as_map(name, numbers)
    if array.shape != size:
        raise ValueError(f"{name} has shape {array.shape}; allowed is {size}, the size of its image")
    return array


def _boxes_in(name: str, boxes: ArrayLike, size: tuple[int, int]) -> NDArray[np.float64]:
    checked = as_boxes(name, boxes)
    height, width = size
    outside = (checked < 0).any(axis=1) | (checked > [width, height, width, height]).any(axis=1)
    if outside.any():
        index = int(np.flatnonzero(outside)[0])
        box = ", ".join(f"{number:g}" for number in checked[index])
        raise ValueError(f"{name} has the box ({box}) at index {index}; allowed is within (0, 0, {width}, {height})")
    return checked


def _labels_of(name: str, labels: ArrayLike, count: int, classes: int) -> NDArray[np.int64]:
    array = np.asarray(labels)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.shape != (count,) or array.dtype.kind not in "iu":
        raise ValueError(
            f"{name} is {array.dtype} of shape {array.shape}; allowed are {count} integers, one for each box"
        )
    if array.size and not (array.min() >= 0 and array.max() < classes):
        raise ValueError(f"{name} goes from {array.min()} to {array.max()}; allowed is 0 to {classes - 1}, the classes")
    return array.astype(np.int64)
