"""Dividing images into parts by lot, so that those that belong together are never parted."""

import hashlib
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence

from labkit.store.errors import DataError

Classes = Counter[int]  # how many images of each label


def place_in_draw(seed: int, sha256: str) -> bytes:
    """Where an image stands in the draw: by nothing but the seed and its own bytes, so the same on every machine.

    >>> place_in_draw(0, "ab") == place_in_draw(0, "ab"), place_in_draw(0, "ab") == place_in_draw(1, "ab")
    (True, False)
    """
    return hashlib.sha256(f"{seed} {sha256}".encode()).digest()


def split_by_group(
    groups: Sequence[Hashable], labels: Sequence[int], class_names: Sequence[str], shares: Mapping[str, float]
) -> list[str]:
    """Say for each image which part it goes to, all images of a group to one.

    The groups are gone through in the order in which they first appear. Each part takes those that bring it nearer to
    its share of every class; what no part takes is for training.

    Parameters
    ----------
    groups : sequence of hashable, length n
        What each image belongs to, such as the photograph that it was cut from.
    labels : sequence of int, length n
        The class of each, an index into `class_names`.
    class_names : sequence of str
        For the errors.
    shares : mapping of str to float
        For each part but ``train``, the share of every class that it shall have; a part with the share 0 gets none.

    Returns
    -------
    list of str, length n
        ``"train"`` or a key of `shares`.

    Raises
    ------
    labkit.store.errors.DataError
        If a class has too few groups to be in every part.

    Examples
    --------
    >>> photos, labels = ["a", "a", "b", "b", "c", "d"], [0, 1, 0, 1, 0, 1]
    >>> split_by_group(photos, labels, ("mug", "bowl"), {"validation": 0.25})
    ['validation', 'validation', 'train', 'train', 'train', 'train']
    """
    members: dict[Hashable, Classes] = {}
    for group, label in zip(groups, labels, strict=True):
        members.setdefault(group, Counter())[label] += 1
    asked = {part: share for part, share in shares.items() if share > 0}
    left = Counter(label for classes in members.values() for label in classes)  # groups not given out, by class
    for label, name in enumerate(class_names):
        if left[label] <= len(asked):
            parts = ", ".join(["train", *asked])
            images = sum(classes[label] for classes in members.values())
            groups_of = "" if images == left[label] else f" from {left[label]:,} groups that must not be parted"
            raise DataError(
                f"class {name!r} has {images:,} image{'s'[: images != 1]}{groups_of}; the {len(asked) + 1} parts "
                f"{parts} need at least one each. Add images, or give a part the share 0."
            )
    total = Counter(labels)
    part_of: dict[Hashable, str] = {}
    for later, (part, share) in zip(range(len(asked), 0, -1), asked.items(), strict=True):
        # A class that is to be in a part has at least one image there, however small its share.
        missing = {label: max(1, round(share * number)) for label, number in total.items()}
        for group, classes in members.items():
            spared = all(left[label] > later for label in classes)  # enough for the parts that come after
            if group not in part_of and spared and _comes_nearer(missing, classes):
                _take(group, classes, part, part_of, missing, left)
        for label in range(len(class_names)):
            # Where every group of a class is larger than its share, the smallest is taken.
            if not any(part_of.get(group) == part and label in classes for group, classes in members.items()):
                free = [group for group, classes in members.items() if group not in part_of and label in classes]
                if free:
                    group = min(free, key=lambda group: members[group].total())
                    _take(group, members[group], part, part_of, missing, left)
                if not left[label]:
                    raise DataError(
                        f"class {class_names[label]!r} has too few groups that must not be parted: after those for "
                        f"{part} none is left. Add images, or give a part the share 0."
                    )
    return [part_of.get(group, "train") for group in groups]


def _comes_nearer(missing: Mapping[int, int], classes: Classes) -> bool:
    """Whether a part that takes these images is then less far from what it should have."""
    return sum(abs(missing[label] - number) - abs(missing[label]) for label, number in classes.items()) < 0


def _take(
    group: Hashable, classes: Classes, part: str, part_of: dict[Hashable, str], missing: dict[int, int], left: Classes
) -> None:
    part_of[group] = part
    for label, number in classes.items():
        missing[label] -= number
        left[label] -= 1
