# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["lazy-loader", "numpy", "pillow", "pycocotools==2.0.10", "scipy"]
# ///
"""Average precision beside pycocotools, in an environment of its own: the same numbers on random sets?

.venv/bin/uv run tests/benchmarks/peers_detection.py

With ``--write`` a few small sets and what pycocotools says of them go into tests/training/coco_average_precision.json,
by which the quick tests judge labkit.
"""

import contextlib
import io
import json
import sys
import time
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # labkit as it lies here; of what it needs, only what reports on boxes
from labkit.training.detection_reports import detection_report  # noqa: E402
from labkit.training.detections import Detections  # noqa: E402

KEPT = ROOT / "tests" / "training" / "coco_average_precision.json"
CLOSE = 1e-6
SETS, SMALL_SETS = 60, 8


def random_set(seed, images=12, classes=3, most_objects=6, side=40):
    """Objects and boxes near them, with ties of score and of overlap: whole pixels, scores of two digits."""
    rng = np.random.default_rng(seed)
    truths, said = [], []
    for _ in range(images):
        count = rng.integers(0, most_objects + 1)
        low = rng.integers(0, side - 10, (count, 2))
        boxes = np.concatenate([low, low + rng.integers(4, 11, (count, 2))], axis=1)
        labels = rng.integers(0, classes, count)
        near = np.repeat(boxes, rng.integers(0, 4, count), axis=0) + 0.0
        near += rng.integers(-2, 3, near.shape) * rng.choice([0, 0.5, 1], (len(near), 1))
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)
        guessed = labels[rng.integers(0, max(count, 1), len(near))] if count else np.zeros(0, int)
        scores = rng.integers(1, 100, len(near)) / 100
        truths.append((boxes.tolist(), labels.tolist()))
        said.append((near.tolist(), scores.tolist(), guessed.tolist()))
    return {"classes": classes, "truths": truths, "said": said}


def crowded_set(seed):
    """More than a hundred boxes of a class in an image."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 60, (150, 2))
    boxes = np.concatenate([low, low + rng.uniform(5, 20, (150, 2))], axis=1)
    true = boxes[rng.permutation(150)[:40]] + rng.uniform(-1, 1, (40, 4))
    said = (boxes.tolist(), rng.uniform(0.01, 1, 150).round(2).tolist(), [0] * 150)
    return {"classes": 1, "truths": [(true.tolist(), [0] * 40)], "said": [said]}


def by_pycocotools(one):
    """AP of each class at each threshold; −1 for a class without objects is not a number here."""
    annotations, results = [], []
    for image, (boxes, labels) in enumerate(one["truths"], start=1):
        for (x0, y0, x1, y1), label in zip(boxes, labels, strict=True):
            place = {"bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0), "iscrowd": 0}
            annotations.append({"id": len(annotations) + 1, "image_id": image, "category_id": label + 1, **place})
    for image, (boxes, scores, labels) in enumerate(one["said"], start=1):
        for (x0, y0, x1, y1), score, label in zip(boxes, scores, labels, strict=True):
            box = [x0, y0, x1 - x0, y1 - y0]
            results.append({"image_id": image, "category_id": label + 1, "bbox": box, "score": score})
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": image} for image in range(1, len(one["truths"]) + 1)],
            "categories": [{"id": label + 1} for label in range(one["classes"])],
            "annotations": annotations,
        }
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results) if results else COCO(), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, 2]  # thresholds, recalls, classes; all areas; 100 boxes
    return np.where(precision > -1, precision, np.nan).mean(axis=1).T


def by_labkit(one):
    said = [Detections(*each) for each in one["said"]]
    names = [str(label) for label in range(one["classes"])]
    return detection_report(said, one["truths"], names)


def main():
    """Print the largest difference, and both times; exit with 1 when a bar is missed."""
    sets = [random_set(seed) for seed in range(SETS)] + [crowded_set(seed) for seed in range(5)]
    sets += [random_set(100 + seed, images=40, classes=1, side=200, most_objects=20) for seed in range(5)]
    started = time.perf_counter()
    theirs = [by_pycocotools(one) for one in sets]
    middle = time.perf_counter()
    ours = [by_labkit(one) for one in sets]
    ended = time.perf_counter()
    largest = 0.0
    for one, other in zip(ours, theirs, strict=True):
        assert (np.isnan(one.average_precision) == np.isnan(other)).all()
        known = ~np.isnan(other)
        largest = max(largest, np.abs(one.average_precision - other)[known].max(initial=0))
        largest = max(largest, abs(one.ap50 - np.nanmean(other[:, 0])), abs(one.ap - np.nanmean(other)))
    met = largest <= CLOSE
    print(f"average precision of {len(sets)} random sets, by class and threshold, and AP@0.5 and AP@[.5:.95]:")
    print(f"  largest difference to pycocotools {largest:.1e} (at most {CLOSE}: {'met' if met else 'MISSED'})")
    print(f"  seconds: pycocotools {middle - started:.1f}, labkit {ended - middle:.1f}")
    if "--write" in sys.argv:
        small = [random_set(200 + seed, images=4) for seed in range(SMALL_SETS)]
        kept = [{**one, "average_precision": by_pycocotools(one).tolist()} for one in small]
        for one in kept:  # what is not a number has no place in JSON
            one["average_precision"] = [[None if x != x else x for x in row] for row in one["average_precision"]]
        made = f"pycocotools 2.0.10, by {Path(__file__).relative_to(ROOT)} --write"
        KEPT.write_text(json.dumps({"made_by": made, "sets": kept}) + "\n")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
