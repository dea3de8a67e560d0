"""Projects: what is refused and in which words, what reaches which point, and that judging changes nothing."""

import io
import json
import os
import re
import shutil
import tarfile
import zipfile

import keras
import numpy as np
import pytest
from keras import layers

from labkit.course import all_projects, check_project, handed_in, project_data, show_project
from labkit.course.discovery import chapters_with
from labkit.course.handed_in import RefusedModel, open_model
from labkit.course.judging import as_probabilities, judge
from labkit.course.projects import Answers, LabelledImages, Point, Project
from labkit.training.augment import RandomAffine

pytestmark = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # TensorFlow's variables and NumPy 2

CLASSES = ("left", "right")


def halves(count, seed):
    """Noise, brighter in the left half or in the right one: a task that takes no training."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 120, (count, 8, 8, 1), np.uint8)
    labels = np.arange(count) % 2
    masks = np.zeros((count, 8, 8), bool)
    for number, label in enumerate(labels):
        masks[number, :, 4 * label : 4 * label + 4] = True
    images[masks] += 80
    return LabelledImages(images, labels, masks)


HALVES = Project(
    id="99-halves",
    title="Which half is brighter",
    goal="Say it.",
    input_shape=(8, 8, 1),
    class_names=CLASSES,
    training=lambda: halves(20, 0),
    judging=lambda seed: {"test images": halves(30, 1), "fresh images": halves(60, seed)},
    rubric=(
        Point("test", "accuracy", lambda answers: answers.accuracy("test images"), 0.9),
        Point("fresh", "accuracy", lambda answers: answers.accuracy("fresh images"), 0.9),
        Point("weaker", "recall", lambda answers: answers.weakest_class("fresh images"), 0.8),
    ),
)


def network(*, end="softmax", outputs=2, shape=(8, 8, 1), scale=1.0):
    """Weigh the halves against each other: no training, and right always."""
    dense = layers.Dense(outputs, activation=end)
    model = keras.Sequential([keras.Input(shape), layers.Flatten(), dense])
    left = np.tile([1.0] * 4 + [-1.0] * 4, 8)[:, None] * 0.01 * scale
    columns = [left, -left] if outputs == 2 else [-left] * outputs
    if np.prod(shape) == 64:
        dense.set_weights([np.hstack(columns).astype("float32"), np.zeros(outputs, "float32")])
    return model


@pytest.fixture
def saved(tmp_path):
    def save(model, name="mine.keras"):
        model.save(tmp_path / name)
        return tmp_path / name

    return save


@pytest.fixture
def good(saved):
    return saved(network())


def refused(path, *words, project=HALVES):
    """The sentence with which a file is refused."""
    result = judge(project, path, seed=5)
    assert result.status == "refused", result
    assert not result.passed
    assert not result.reached
    (sentence,) = result.notes
    for word in words:
        assert word in sentence, sentence
    assert "\n" not in sentence
    assert len(sentence) < 400
    assert sentence in str(result)
    return sentence


def rewritten(file, change=None, **members):
    """Write the archive anew, with `change` made to its list of layers and other members in place of its own."""
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    if change:
        config = json.loads(content["config.json"])
        change(config)
        content["config.json"] = json.dumps(config).encode()
    content |= {name.replace("_json", ".json"): value for name, value in members.items()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, value in content.items():
            if value is not None:
                archive.writestr(name, value)
    return file


class TestJudging:
    def test_all_points_are_reached(self, good):
        result = judge(HALVES, good, seed=5)
        assert result.passed
        assert [each.value for each in result.reached] == [1, 1, 1]
        assert str(result) == (
            "99-halves: passed, 3 of 3 points\n"
            "✓  test    1.000  ≥ 0.90\n✓  fresh   1.000  ≥ 0.90\n✓  weaker  1.000  ≥ 0.80\n"
            "seed 5, given: a repetition"
        )

    @pytest.mark.parametrize(
        "model",
        [
            lambda: network(end="softmax"),
            lambda: network(end="linear"),
            lambda: network(end="sigmoid", outputs=1),
            lambda: network(end="linear", outputs=1),
            lambda: network(shape=(8, 8)),
            lambda: network(end="linear", scale=1e-4),
        ],
        ids=["softmax", "logits", "one probability", "one logit", "without channel", "small logits"],
    )
    def test_other_forms_of_the_same_answer(self, model, saved):
        assert judge(HALVES, saved(model()), seed=5).passed

    def test_any_height_and_width(self, saved):
        model = keras.Sequential([keras.Input((None, None, 1)), layers.GlobalAveragePooling2D(), layers.Dense(2)])
        assert judge(HALVES, saved(model), seed=5).status == "failed"

    def test_a_path_as_text_and_from_home(self, good, monkeypatch):
        assert judge(HALVES, str(good), seed=5).passed
        monkeypatch.setenv("HOME", str(good.parent))
        assert judge(HALVES, f"~/{good.name}", seed=5).passed

    def test_each_judgement_takes_new_images_and_a_seed_brings_them_back(self, good):
        seen = []

        def judging(seed):
            seen.append(halves(4, seed).images)
            return {"test images": halves(30, 1), "fresh images": halves(60, seed)}

        project = Project(**{**HALVES.__dict__, "judging": judging})
        first, second = judge(project, good), judge(project, good)
        assert first.seed != second.seed
        assert min(first.seed, second.seed) >= 10**6
        assert not np.array_equal(seen[0], seen[1])
        assert f"seed {first.seed}, taken just now" in str(first)
        again = judge(project, good, seed=first.seed)
        assert again.given
        np.testing.assert_array_equal(seen[0], seen[2])

    def test_the_file_stays_as_it_is_and_nothing_is_left_behind(self, good, tmp_path, monkeypatch):
        place = tmp_path / "temporary"
        place.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(place))
        before = good.read_bytes()
        assert judge(HALVES, good, seed=5).passed
        assert good.read_bytes() == before
        assert list(place.iterdir()) == []

    def test_an_own_loss_does_not_matter(self, saved):
        def own_loss(right, given):
            return keras.ops.mean(right - given)

        model = network()
        model.compile(loss=own_loss)
        assert judge(HALVES, saved(model), seed=5).passed

    def test_operations_and_functions_of_keras(self, saved):
        plain = network(end="linear")
        image = keras.Input((8, 8, 1))
        model = keras.Model(image, keras.ops.softmax(keras.ops.multiply(plain(image), 2)))
        assert judge(HALVES, saved(model), seed=5).passed

    def test_the_networks_of_the_course(self, saved):
        """LeNet-5 has layers, an activation and a loss of its own; what it says is another question."""
        from labkit.models import lenet5

        big = {**HALVES.__dict__, "input_shape": (28, 28, 1), "class_names": tuple("0123456789")}
        blank = LabelledImages(np.zeros((10, 28, 28, 1), np.uint8), np.arange(10))
        sets = {"test images": blank, "fresh images": blank}
        result = judge(Project(**{**big, "judging": lambda seed: sets}), saved(lenet5()), seed=5)
        assert result.status == "failed", result

    def test_layers_of_the_course_are_loaded(self, saved):
        """Augmentation that was part of the training stays in the model, and is off."""
        plain = network()
        model = keras.Sequential([keras.Input((8, 8, 1)), RandomAffine(rotation=90), *plain.layers])
        assert judge(HALVES, saved(model), seed=5).passed

    def test_html_says_the_same(self, good):
        shown = judge(HALVES, good, seed=5)._repr_html_()
        for part in ("Which half is brighter", "3 of 3 points", "1.000", "0.90", "seed 5"):
            assert part in shown

    def test_what_cannot_be_measured_is_not_reached(self, good):
        def measure(answers):
            raise ValueError("there is no feature map")

        result = judge(Project(**{**HALVES.__dict__, "rubric": [Point("maps", "…", measure, 0.1)]}), good, seed=5)
        assert result.status == "failed"
        assert "maps cannot be measured: there is no feature map" in str(result)

    def test_the_floor_of_a_stand_in(self, good):
        half = Point("half", "…", lambda answers: 0.5, 0.6, stand_in_floor=0.4)
        rubric = {**HALVES.__dict__, "rubric": [half]}
        assert not judge(Project(**rubric), good, seed=5).passed
        assert judge(Project(**{**rubric, "is_stand_in": lambda: True}), good, seed=5).passed
        assert "≥ 0.60 (0.40) half" in str(Project(**rubric))

    def test_a_floor_is_reached_by_the_digits_that_are_shown(self, good):
        point = Point("nearly", "…", lambda answers: 0.79996, 0.8)
        assert judge(Project(**{**HALVES.__dict__, "rubric": [point]}), good, seed=5).passed


class TestFailing:
    @pytest.mark.parametrize(("end", "outputs"), [("softmax", 2), ("linear", 2), ("sigmoid", 1), ("linear", 1)])
    def test_one_answer_to_everything(self, saved, end, outputs):
        model = network(end=end, outputs=outputs)
        bias = [0.0, 9.0] if outputs == 2 else [9.0]
        model.layers[-1].set_weights([np.zeros((64, outputs)), np.array(bias)])
        result = judge(HALVES, saved(model), seed=5)
        assert result.status == "failed"
        assert [each.value for each in result.reached] == [0.5, 0.5, 0.0]
        assert "one answer to every image: right" in str(result)

    def test_test_images_by_heart(self, saved):
        """The test split as weights: the nearest of its images answers."""
        public = halves(30, 1)
        keys = public.images.reshape(30, 64).astype("float32")
        nearest = layers.Dense(30, activation="softmax")
        given = layers.Dense(2, use_bias=False)
        shown = np.random.default_rng(0).permutation(np.arange(30) % 2)  # whatever the labels are: even wrong ones
        project = Project(
            **{
                **HALVES.__dict__,
                "judging": lambda seed: {
                    "test images": LabelledImages(public.images, shown),
                    "fresh images": halves(60, seed),
                },
            }
        )
        model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), nearest, given])
        nearest.set_weights([2 * keys.T, -(keys**2).sum(axis=1)])  # 2·x·k − k² is largest for the nearest k
        given.set_weights([np.eye(2, dtype="float32")[shown]])
        result = judge(project, saved(model), seed=5)
        assert result.reached[0].value == 1
        assert result.reached[1].value < 0.9
        assert result.status == "failed"
        assert "far better on test images than on fresh images" in str(result)

    def test_pixels_that_were_expected_from_0_to_1(self, saved):
        """At 0 to 255 a bias that suits small numbers is nothing."""
        left = np.tile([1.0] * 4 + [0.0] * 4, 8)
        model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(1)])
        # Bright on the left: 32 pixels of about 0.55; else of 0.24. The threshold lies between.
        model.layers[-1].set_weights([-left[:, None], np.array([32 * 0.39])])
        assert "Rescaling(1/255)" in str(judge(HALVES, saved(model), seed=5))


class TestRefused:
    @pytest.mark.parametrize("path", [None, 7, ["mine.keras"]])
    def test_no_path(self, path):
        with pytest.raises(TypeError, match=r"path is .*; allowed is the path of a \.keras file"):
            judge(HALVES, path)

    @pytest.mark.parametrize(("seed", "error"), [(-1, ValueError), (1.5, TypeError), (True, TypeError)])
    def test_no_seed(self, good, seed, error):
        with pytest.raises(error, match="seed is"):
            judge(HALVES, good, seed=seed)

    def test_no_project(self, good):
        for id in ("05-nothing", "06-wandering-digits", "", None):
            with pytest.raises(ValueError, match="is no project; there are 05-wandering-digits"):
                check_project(id, good)

    def test_a_missing_file(self, tmp_path):
        assert refused(tmp_path / "my.keras") == "my.keras is not there: no file has that name"

    def test_a_folder(self, tmp_path):
        (tmp_path / "my.keras").mkdir()
        refused(tmp_path / "my.keras", "is a folder", "model.save")

    def test_something_that_is_no_file(self, tmp_path):
        if not hasattr(os, "mkfifo"):
            pytest.skip("there are no pipes here")
        os.mkfifo(tmp_path / "my.keras")
        refused(tmp_path / "my.keras", "is no file")

    @pytest.mark.parametrize("name", ["model.h5", "model.weights.h5", "model", "model.keras.zip"])
    def test_another_ending(self, good, name):
        refused(good.rename(good.with_name(name)), "a .keras file is asked for")

    @pytest.mark.parametrize("content", [b"", b"not a network", b"\x89HDF\r\n\x1a\n" + bytes(500)])
    def test_another_kind_of_file(self, tmp_path, content):
        (tmp_path / "my.keras").write_bytes(content)
        refused(tmp_path / "my.keras", "is no Keras file")

    @pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
    def test_a_truncated_file(self, good, kept):
        whole = good.read_bytes()
        good.write_bytes(whole[: int(kept * len(whole))])
        refused(good, "is no Keras file, or the end of it is missing")

    @pytest.mark.parametrize("place", [0.2, 0.4, 0.6, 0.8])
    def test_a_damaged_file(self, good, place):
        """Whatever is broken, it is either refused in a sentence or still the same network."""
        whole = bytearray(good.read_bytes())
        at = int(place * len(whole))
        whole[at : at + 40] = bytes(40)
        good.write_bytes(whole)
        result = judge(HALVES, good, seed=5)
        assert result.status == "refused" or result.passed

    def test_a_tar_archive_by_that_name(self, good):
        content = good.read_bytes()
        with tarfile.open(good, "w") as archive:
            member = tarfile.TarInfo("config.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        refused(good)

    @pytest.mark.parametrize("member", ["config.json", "model.weights.h5", "metadata.json"])
    def test_a_part_is_missing(self, good, member):
        refused(rewritten(good, **{member: None}), "lacks", member)

    def test_only_the_weights(self, tmp_path):
        network().save_weights(tmp_path / "mine.weights.h5")
        shutil.move(tmp_path / "mine.weights.h5", tmp_path / "mine.keras")
        refused(tmp_path / "mine.keras", "is no Keras file")

    @pytest.mark.parametrize(
        "text", [b"", b"{", b"[]", b"7", b"\xff\xfe", b"[" * 100_000, b'{"class_name": "Sequential"}', b"{}"]
    )
    def test_a_list_of_layers_that_says_nothing(self, good, text):
        refused(rewritten(good, config_json=text))

    def test_a_huge_file(self, good, monkeypatch):
        monkeypatch.setattr(handed_in, "MAX_BYTES", good.stat().st_size - 1)
        refused(good, "bytes; allowed are")

    def test_a_zip_bomb(self, good):
        with zipfile.ZipFile(good, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("assets/zeros", bytes(64 * 1024**2))
        assert good.stat().st_size < 200_000
        refused(good, "larger than a network")

    def test_weights_that_are_packed_a_thousand_times_smaller(self, good, tmp_path):
        import h5py

        with h5py.File(tmp_path / "bomb.h5", "w") as weights:
            weights.create_dataset("vars/0", (2**30,), "f4", chunks=True, compression="gzip")  # 4 GB, nothing written
        assert (tmp_path / "bomb.h5").stat().st_size < 100_000
        refused(rewritten(good, **{"model.weights.h5": (tmp_path / "bomb.h5").read_bytes()}), "has weights of")

    def test_weights_that_lie_in_another_file(self, good, tmp_path):
        import h5py

        with h5py.File(tmp_path / "linked.h5", "w") as weights:
            weights["vars"] = h5py.ExternalLink("/etc/hostname", "/")
        content = (tmp_path / "linked.h5").read_bytes()
        refused(rewritten(good, **{"model.weights.h5": content}), "weights lie in another place")

    def test_a_member_that_would_land_elsewhere(self, good):
        refused(rewritten(good, **{"../elsewhere": b"!"}), "outside the folder")

    def test_a_lambda_layer(self, saved, tmp_path):
        model = keras.Sequential([keras.Input((8, 8, 1)), layers.Lambda(lambda x: 2 * x), *network().layers])
        refused(saved(model), "Lambda", "code of strangers is not run")

    def test_a_lambda_in_a_nested_model(self, saved):
        inner = keras.Sequential([keras.Input((8, 8, 1)), layers.Lambda(lambda x: 2 * x)])
        refused(saved(keras.Sequential([keras.Input((8, 8, 1)), inner, *network().layers])), "Lambda")

    def test_a_lambda_where_safe_mode_was_switched_off(self, saved):
        keras.config.enable_unsafe_deserialization()
        try:
            model = keras.Sequential([keras.Input((8, 8, 1)), layers.Lambda(lambda x: 2 * x), *network().layers])
            refused(saved(model), "Lambda")
        finally:
            from keras.src.saving import serialization_lib

            serialization_lib.SafeModeScope(None).__enter__()

    def test_an_own_layer(self, saved):
        class Doubled(layers.Layer):
            def call(self, x):
                return 2 * x

        model = keras.Sequential([keras.Input((8, 8, 1)), Doubled(), *network().layers])
        refused(saved(model), "'Doubled', which is not of Keras")

    def test_an_own_layer_that_is_registered_here(self, saved):
        """A teacher's session may know it; whoever hands it in cannot rely on that."""

        @keras.saving.register_keras_serializable(package="foreign")
        class Tripled(layers.Layer):
            def call(self, x):
                raise AssertionError("this must not run")

        model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2)])
        file = saved(model)

        def exchange(config):
            flatten = config["config"]["layers"][1]
            flatten |= {"module": "somewhere", "class_name": "Tripled", "registered_name": "foreign>Tripled"}

        refused(rewritten(file, exchange), "'Tripled', which is not of Keras")

    def test_an_own_activation(self, saved):
        def doubled(x):
            return 2 * x

        model = keras.Sequential([keras.Input((8, 8, 1)), layers.Activation(doubled), *network().layers])
        refused(saved(model), "doubled")

    @pytest.mark.parametrize("place", ["os", "builtins", "keras.utils", "tests", "subprocess"])
    def test_a_name_that_leads_to_another_module(self, good, place):
        def change(config):
            config["config"]["layers"][2] |= {"module": place, "class_name": "system", "registered_name": None}

        refused(rewritten(good, change))

    def test_a_layer_that_loads_a_program(self, good):
        def change(config):
            config["config"]["layers"][2] |= {"class_name": "TFSMLayer", "config": {"filepath": "/tmp/program"}}

        refused(rewritten(good, change), "TFSMLayer")

    def test_what_would_download_is_not_a_model(self, good):
        def change(config):
            config |= {"module": "keras.utils", "class_name": "get_file", "registered_name": None}
            config["config"] = {"fname": "x", "origin": "http://localhost/x"}

        refused(rewritten(good, change))

    @pytest.mark.parametrize("shape", [(9, 8, 1), (28, 28, 1), (8, 8, 3), (64,), (8, 8, 1, 1)])
    def test_another_size(self, saved, shape):
        size = "×".join(map(str, shape))
        refused(saved(network(shape=shape)), f"takes images of {size}; those of this project are 8×8×1")

    @pytest.mark.parametrize("outputs", [1, 3, 10])
    def test_another_number_of_outputs(self, saved, outputs):
        three = Project(**{**HALVES.__dict__, "class_names": ("a", "b", "c", "d")})
        refused(saved(network(outputs=outputs)), f"gives {outputs} numbers an image; asked for are 4", project=three)

    def test_an_output_with_places(self, saved):
        model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3)])
        refused(saved(model), "gives 6×6×2 numbers an image")

    def test_two_inputs(self, saved):
        inputs = [keras.Input((8, 8, 1)), keras.Input((8, 8, 1))]
        both = layers.Dense(2)(layers.Flatten()(layers.Add()(inputs)))
        refused(saved(keras.Model(inputs, both)), "takes 2 inputs at once")

    def test_two_outputs(self, saved):
        image = keras.Input((8, 8, 1))
        flat = layers.Flatten()(image)
        refused(saved(keras.Model(image, [layers.Dense(2)(flat), layers.Dense(2)(flat)])), "gives 2 outputs")

    def test_a_layer_alone(self, good):
        def change(config):
            layer = config["config"]["layers"][2]
            config.clear()
            config.update(layer)

        refused(rewritten(good, change))

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_nan(self, saved, value):
        model = network(end="linear")
        model.layers[-1].set_weights([np.zeros((64, 2)), np.array([value, 0])])
        refused(saved(model), "gives NaN or infinite numbers")

    def test_html_is_escaped(self, tmp_path):
        assert "<b>" not in judge(HALVES, tmp_path / "<b>.keras")._repr_html_()

    def test_nothing_is_drawn_for_what_is_refused(self, saved):
        def judging(seed):
            raise AssertionError("no images are needed")

        refused(saved(network(shape=(9, 9, 1))), project=Project(**{**HALVES.__dict__, "judging": judging}))

    def test_opening_says_the_same(self, tmp_path):
        with pytest.raises(RefusedModel, match="is not there"):
            open_model(tmp_path / "my.keras")


class TestProbabilities:
    def test_as_scipy_says(self):
        from scipy.special import expit, softmax

        random = np.random.default_rng(0)
        several, one = random.normal(0, 30, (50, 7)), random.normal(0, 30, (50, 1))
        made = as_probabilities({"a": several[:20], "b": several[20:]})
        np.testing.assert_allclose(np.vstack([made["a"], made["b"]]), softmax(several, axis=1), atol=1e-12)
        made = as_probabilities({"a": one})["a"]
        np.testing.assert_allclose(made, np.hstack([expit(-one), expit(one)]), atol=1e-12)

    def test_probabilities_stay(self):
        several = np.array([[0.25, 0.75], [1.0, 0.0]])
        np.testing.assert_array_equal(as_probabilities({"a": several})["a"], several)

    def test_the_weakest_class_by_hand(self):
        probabilities = np.eye(3)[[0, 0, 1, 2, 2, 0]]
        asked = LabelledImages(np.zeros((6, 1, 1, 1), np.uint8), np.array([0, 0, 1, 2, 2, 2]))
        answers = Answers(None, {"a": asked}, {"a": probabilities})
        assert answers.accuracy("a") == pytest.approx(5 / 6)
        assert answers.weakest_class("a") == pytest.approx(2 / 3)


@pytest.mark.parametrize("id", list(all_projects()))
class TestProjectsOfTheBook:
    def test_it_is_whole(self, id):
        project = show_project(id)
        assert re.fullmatch(r"\d\d[a-z]?-[a-z-]+", id)
        assert project.chapter in chapters_with("project")
        assert len({point.name for point in project.rubric}) == len(project.rubric) >= 3
        for point in project.rubric:
            assert 0 < point.floor < 1
        assert max(map(len, str(project).splitlines())) <= 40  # a phone shows no more
        assert project.title in project._repr_html_()

    def test_chance_reaches_no_floor_of_accuracy(self, id):
        project = show_project(id)
        assert min(point.floor for point in project.rubric) > 1 / len(project.class_names)


class TestDigits:
    def test_wanderers_are_those_of_scipy(self):
        """Each digit moved, turned and resized: against `scipy.ndimage`, of which one matrix is asked for."""
        from scipy.ndimage import affine_transform

        from labkit.chapters.ch05 import project

        images = project_data("05-wandering-digits").images[:3]
        made = project.wandering(images, seed=3)
        random = np.random.default_rng(3)
        right, down = random.uniform(-3, 3, (2, 3))
        size = random.uniform(0.85, 1.2, 3)
        turn = np.deg2rad(random.uniform(-20, 20, 3))
        for number in range(3):
            cos, sin = np.cos(turn[number]), np.sin(turn[number])
            # Rows first. The order is: zoom, shift, turn about the middle.
            rotation = np.array([[cos, sin], [-sin, cos]])
            shift = np.array([down[number], right[number]])
            matrix = rotation / size[number]
            middle = np.array([13.5, 13.5])
            offset = middle + rotation @ shift - matrix @ middle
            expected = affine_transform(
                images[number, ..., 0].astype(float), matrix, offset, order=1, mode="grid-constant"
            )
            np.testing.assert_allclose(made[number, ..., 0], expected, atol=1)

    def test_they_stay_within_their_bounds(self):
        from labkit.chapters.ch05 import project

        dot = np.zeros((400, 28, 28, 1), np.uint8)
        dot[:, 13:15, 13:15] = 255
        made = project.wandering(dot, seed=1)[..., 0].astype(float)
        rows, columns = np.mgrid[:28, :28]
        for places in (rows, columns):
            centre = (made * places).sum(axis=(1, 2)) / made.sum(axis=(1, 2)) - 13.5
            assert 3 < np.abs(centre).max() < 3 * np.sqrt(2) * 1.2 + 0.5
            assert abs(centre.mean()) < 0.5

    def test_the_test_split_by_heart_fails(self, saved):
        """All of its images as weights: the nearest answers, and where digits wander the nearest is another."""
        from labkit.datasets import load_mnist

        digits = load_mnist()
        keys = digits.x_test.reshape(len(digits.x_test), -1).astype("float32") / 255
        nearest = layers.Dense(len(keys), activation="softmax")
        given = layers.Dense(10, use_bias=False)
        model = keras.Sequential([keras.Input((28, 28)), layers.Rescaling(1 / 255), layers.Flatten(), nearest, given])
        nearest.set_weights([200 * keys.T, -100 * (keys**2).sum(axis=1)])
        given.set_weights([np.eye(10, dtype="float32")[digits.y_test]])
        result = check_project("05-wandering-digits", saved(model), seed=5)
        test, wandering, weakest = result.reached
        assert test.value > 0.99
        assert wandering.value < wandering.floor - 0.1
        assert weakest.value < weakest.floor
        assert result.status == "failed"
        assert "far better on test digits than on wandering" in str(result)


class TestFrames:
    def test_a_frame_of_six_pixels_on_the_chosen(self):
        from labkit.chapters.ch14.project import framed

        images = np.random.default_rng(0).integers(0, 256, (2, 40, 50, 3), np.uint8)
        before = images.copy()
        made = framed(images, np.array([True, False]))
        np.testing.assert_array_equal(images, before)
        np.testing.assert_array_equal(made[1], before[1])
        np.testing.assert_array_equal(made[0, 6:34, 6:44], before[0, 6:34, 6:44])
        assert (made[0] == (235, 190, 40)).all(axis=-1).sum() == 40 * 50 - 28 * 38
