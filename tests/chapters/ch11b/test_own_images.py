"""The example's folder, the crops of Penn-Fudan, and that what is handed on needs no labkit."""

import json
import random
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from labkit.chapters.ch11b import pedestrians
from labkit.chapters.ch11b.example_folder import CROPS, PHOTOGRAPHS, SIDE, _pixels, write_example
from labkit.chapters.ch11b.experiments import network, record_person_street
from labkit.datasets import load_folder, read_picture


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return write_example(tmp_path_factory.mktemp("example"))


class TestExample:
    def test_what_is_found_in_it(self, example):
        report = load_folder(example, group="_").screening
        assert report.usable == CROPS * sum(map(len, PHOTOGRAPHS.values()))
        assert {name for name, _ in report.set_aside} == {"made/rocket_99.jpg", "made/china_thumbnail.jpg"}
        assert len(report.duplicates) == 1
        assert report.converted == {"turned upright": 1}
        assert report.ignored == (".DS_Store", "shopping list.txt")

    def test_every_photograph_is_in_one_part_whole(self, example):
        for seed in range(5):
            files = load_folder(example, validation=0.25, test=0.25, group="_", seed=seed)
            for part, photographs in (("train", 2), ("validation", 1), ("test", 1)):
                split = getattr(files, part)
                count = Counter(path.stem.rpartition("_")[0] for path in split.paths)
                assert len(count) == 2 * photographs
                assert set(count.values()) == {CROPS}
                assert np.bincount(split.labels).tolist() == [photographs * CROPS] * 2

    @pytest.mark.parametrize(("name", "photograph"), [(n, p) for n, all_ in PHOTOGRAPHS.items() for p in all_])
    def test_the_crops_lie_in_the_photograph_and_do_not_overlap(self, example, name, photograph):
        """Each crop is found where the photograph looks like it, by the sum of squared differences."""
        pixels = _pixels(photograph).astype(float)
        taken = np.zeros(pixels.shape[:2], int)
        rows, columns = (length // SIDE for length in taken.shape)
        top, left = (taken.shape[0] - rows * SIDE) // 2, (taken.shape[1] - columns * SIDE) // 2
        corners = [(top + SIDE * row, left + SIDE * column) for row in range(rows) for column in range(columns)]
        crops = {
            path.stem: read_picture(path).astype(float)
            for path in (example / name).glob(f"{photograph}_*.[jJ]*")
            if path.stem[-2:].isdigit() and not path.stem.endswith("99")
        }
        assert len(crops) == CROPS
        for crop in crops.values():
            errors = [np.abs(pixels[y : y + SIDE, x : x + SIDE] - crop).mean() for y, x in corners]
            y, x = corners[int(np.argmin(errors))]
            assert min(errors) < 8  # what JPEG leaves
            taken[y : y + SIDE, x : x + SIDE] += 1
        assert taken.max() == 1


ANNOTATION = """\
Bounding box for object {0} "PASpersonWalking" (Xmin, Ymin) - (Xmax, Ymax) : ({1}, {2}) - ({3}, {4})
Pixel mask for object {0} "PASpersonWalking" : "PennFudanPed/PedMasks/x_mask.png"
"""


class TestPedestrians:
    @pytest.mark.parametrize("seed", range(30))
    def test_frames_lie_in_the_image_and_hold_the_middle_of_the_person(self, seed):
        chance = random.Random(seed)
        width, height = chance.randint(100, 600), chance.randint(100, 600)
        left, top = chance.randint(0, width - 20), chance.randint(0, height - 20)
        box = (left, top, chance.randint(left + 10, width), chance.randint(top + 10, height))
        frame = pedestrians.around(box, (width, height))
        if frame is None:
            assert 1.1 * (box[3] - box[1]) + 1 > min(height, 2 * width)
            return
        assert 0 <= frame[0] < frame[2] <= width
        assert 0 <= frame[1] < frame[3] <= height
        assert (frame[2] - frame[0]) == (frame[3] - frame[1]) // 2
        assert frame[0] - 1 <= (box[0] + box[2]) / 2 <= frame[2] + 1
        assert frame[1] - 1 <= (box[1] + box[3]) / 2 <= frame[3] + 1

    def test_streets_are_free_of_people_and_of_the_size_of_one(self, tmp_path):
        """People are painted white: a piece of street shows none of it, and a person is mostly white."""
        chance = np.random.default_rng(5)
        place = tmp_path / "PennFudanPed"
        (place / "PNGImages").mkdir(parents=True)
        (place / "Annotation").mkdir()
        for number in range(20):
            pixels = chance.integers(0, 100, (300, 400, 3), dtype=np.uint8)
            text = ""
            for person in range(2):
                x, y = int(chance.integers(1, 340)), int(chance.integers(1, 180))
                pixels[y - 1 : y + 119, x - 1 : x + 59] = 255
                text += ANNOTATION.format(person + 1, x, y, x + 59, y + 119)
            Image.fromarray(pixels).save(place / "PNGImages" / f"Fudan{number:05}.png")
            (place / "Annotation" / f"Fudan{number:05}.txt").write_text(text)
        pedestrians.write_crops(tmp_path, tmp_path / "training", tmp_path / "testing", seed=0)
        photographs = {}
        for part in ("training", "testing"):
            files = load_folder(tmp_path / part, validation=0, test=0).train
            photographs[part] = {pedestrians.photograph_of(path) for path in files.paths}
            for path, label in zip(files.paths, files.labels, strict=True):
                white = (read_picture(path) == 255).all(axis=-1).mean()
                assert read_picture(path).shape == (132, 66, 3)
                assert white == 0 if label else white > 0.5
        assert not photographs["training"] & photographs["testing"]
        assert photographs["testing"] == {f"Fudan{number:05}" for number in (1, 4, 7, 11, 14, 17)}

    def test_the_record_needs_the_photographs(self, monkeypatch, tmp_path):
        monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
        with pytest.raises(
            RuntimeError, match=r"needs the photographs of Penn-Fudan; put PennFudanPed\.zip into a folder"
        ):
            record_person_street(0)


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # TensorFlow's variables and NumPy 2
class TestHandedOn:
    @pytest.fixture
    def saved(self, tmp_path):
        from labkit.models.pretrained import load

        model = network(load("efficientnet-lite0", include_top=False, input_size=96, weights=None).model)
        model.save(tmp_path / "model.keras")
        return model, tmp_path / "model.keras"

    def test_every_layer_is_one_of_keras(self, saved):
        """So that a program without labkit can load it."""
        model, _ = saved
        assert "labkit" not in json.dumps(model.get_config())
        assert len(model.trainable_weights) == 2

    @pytest.mark.nightly
    def test_it_loads_where_there_is_no_labkit(self, saved, tmp_path):
        model, file = saved
        images = np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3)).astype("float32")
        np.save(tmp_path / "images.npy", images)
        code = (
            "import sys; sys.modules['labkit'] = None\n"
            "import keras, numpy as np\n"
            f"net = keras.saving.load_model({str(file)!r})\n"
            "images = np.load('images.npy')\n"
            "np.save('said.npy', net.predict(images, verbose=0))\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True, timeout=120, cwd=tmp_path)
        assert np.allclose(np.load(tmp_path / "said.npy"), model.predict(images, verbose=0), atol=1e-5)
