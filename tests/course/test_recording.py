"""Recording: what chapters offer, and records that grow seed by seed, survive interruption and refuse to mix data."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from labkit.course import Experiment, all_claims, all_experiments, all_records, record, recording, run_record
from labkit.course.recording import experiments_for

DATA = {"source": "made here", "sha256": {}}
NAME = "fashion-deck-recipe"

# Every record of the book, and the function that makes it.
MADE_BY = {
    "activation-sparsity": "ch12 record_sparsity",
    "cam-localization": "ch14 record_cam_localization",
    "cam-shuffled-weights": "ch14 record_shuffled_weights",
    "cam-pedestrians": "ch14 record_pedestrians",
    "cat-here-dog-there": "ch14 record_cat_here_dog_there",
    "guided-shuffled-weights": "ch14 record_guided_shuffled",
    "planted-shortcut": "ch14 record_planted_shortcut",
    "cats-dogs-augmented": "ch09 record_augmented",
    "cats-dogs-baseline": "ch08 record_baseline",
    "cats-dogs-deck-augmentation": "ch09 record_deck_augmented",
    "cats-dogs-unaugmented": "ch09 record_unaugmented",
    "cats-dogs-fine-tuned": "ch11 record_fine_tuned",
    "cats-dogs-frozen": "ch10 record_frozen",
    "cats-dogs-set-size": "ch09 record_set_size",
    "converged-heads": "ch10 record_converged_heads",
    "cats-dogs-vgg16": "ch11 record_vgg16",
    "degradation": "ch16 record_degradation",
    "degradation-by-rate": "ch16 record_degradation_by_rate",
    "dropout-features": "ch16 record_dropout_features",
    "detector-drawn": "ch19 record_detector_drawn",
    "detector-pedestrians": "ch19 record_detector_pedestrians",
    "domain-shift": "ch16 record_domain_shift",
    "drawn-pets-bands": "ch08 record_drawn_pets_bands",
    "family-race": "ch15 record_family_race",
    "family-race-by-rate": "ch15 record_family_race_by_rate",
    "fashion-deck-recipe": "ch07 record_deck_recipe",
    "fashion-recipes": "ch07 record_recipes",
    "features-by-depth": "ch10 record_by_depth",
    "few-pictures": "ch10 record_few_pictures",
    "fine-tune-depth": "ch11 record_fine_tune_depth",
    "fine-tune-with-room": "ch11 record_fine_tune_with_room",
    "forgetting": "ch11 record_forgetting",
    "lenet-c3": "ch06 record_lenet_c3",
    "lenet-choices": "ch06 record_lenet_choices",
    "lenet-whole": "ch06 record_lenet_whole",
    "mnist-deck-recipe": "ch05 record_mnist_deck_recipe",
    "mnist-deck-recipe-whole": "ch05 record_mnist_deck_recipe_whole",
    "mnist-overfitting": "ch05 record_digit_overfitting",
    "mnist-shifted-digits": "ch05 record_shifted_digits",
    "one-box-drawn": "ch18 record_one_box_drawn",
    "one-box-pedestrians": "ch18 record_one_box_pedestrians",
    "own-images-person-street": "ch11b record_person_street",
    "pixels-drawn": "ch20 record_pixels_drawn",
    "pixels-pedestrians": "ch20 record_pixels_pedestrians",
    "pooling-comparison": "ch03 record_pooling_comparison",
    "response-normalization": "ch15 record_response_normalization",
    "small-and-fast": "ch17 record_small_and_fast",
    "training-choices": "ch16 record_training_choices",
}


class LongRun:
    """Stands for a long run: counts its calls, and can break."""

    def __init__(self):
        self.seeds = []
        self.data = DATA
        self.breaks_at = None

    def __call__(self, seed):
        if seed == self.breaks_at:
            raise KeyboardInterrupt
        self.seeds.append(seed)
        return {"score": 0.5 + seed / 10}, self.data


@pytest.fixture
def experiment(monkeypatch):
    made = LongRun()
    all_experiments()  # the chapters register theirs first
    monkeypatch.setitem(recording._registered, NAME, Experiment(NAME, "what it is", made))
    return made


def run(folder, seeds):
    return run_record(NAME, seeds, folder, report=lambda line: None)


def test_it_grows_over_several_sittings(tmp_path, experiment):
    run(tmp_path, [0, 1])
    record = run(tmp_path, [0, 1, 2])
    assert experiment.seeds == [0, 1, 2]
    assert record.values("score") == [0.5, 0.6, 0.7]
    assert record.mean("score") == pytest.approx(0.6)
    assert record.deviation("score") == pytest.approx(0.1)
    assert record.describe("score") == "0.6000 ± 0.1000 (3 seeds)"


def test_an_interruption_loses_only_the_seed_at_work(tmp_path, experiment):
    experiment.breaks_at = 1
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, [0, 1])
    assert list(all_records(tmp_path)[NAME].seeds) == ["0"]
    assert [path.name for path in tmp_path.iterdir() if path.suffix not in (".json", ".lock")] == []


def test_an_interrupted_write_leaves_the_record_as_it_was(tmp_path, experiment, monkeypatch):
    run(tmp_path, [0])
    before = (tmp_path / f"{NAME}.json").read_text()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        run(tmp_path, [0, 1])
    assert (tmp_path / f"{NAME}.json").read_text() == before
    assert not list(tmp_path.glob(".incoming-*"))


def test_seeds_on_other_data_are_refused(tmp_path, experiment):
    run(tmp_path, [0])
    experiment.data = {"source": "somewhere else", "sha256": {}}
    with pytest.raises(ValueError, match=r"somewhere else.*made here"):
        run(tmp_path, [1])


def test_every_seed_says_what_it_ran_on(tmp_path, experiment):
    run(tmp_path, [0])
    made = json.loads((tmp_path / f"{NAME}.json").read_text())["seeds"]["0"]["made"]
    assert {"date", "seconds", "hardware", "python", "versions"} <= set(made)
    assert {"labkit", "tensorflow", "keras", "numpy"} <= set(made["versions"])


def test_one_seed_has_no_spread(tmp_path, experiment):
    assert "no spread" in run(tmp_path, [0]).describe("score")


def test_claims_and_record_names_lead_to_the_same_experiment():
    assert experiments_for(["E2-test-accuracy", "E2-epoch-1", NAME]) == [NAME]


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(ValueError, match="name is 'nothing'"):
        run_record("nothing", [0], tmp_path)
    with pytest.raises(ValueError, match="'B9-first' is not recorded"):
        experiments_for(["B9-first"])


def test_every_record_is_found_in_its_chapter():
    places = {name: (made.run.__module__, made.run.__name__) for name, made in all_experiments().items()}
    expected = {name: place.split() for name, place in MADE_BY.items()}
    assert places == {
        name: (f"labkit.chapters.{ch}.experiments", function) for name, (ch, function) in expected.items()
    }
    assert all(made.title for made in all_experiments().values())


def test_the_records_that_there_are_have_the_titles_of_their_experiments():
    experiments = all_experiments()
    assert {name: kept.title for name, kept in all_records().items()}.items() <= {
        name: made.title for name, made in experiments.items()
    }.items()


def test_records_are_read_without_their_experiments_and_found_without_tensorflow():
    program = (
        "import sys; from labkit.course import all_records, all_experiments, recorded; "
        "all_records(); recorded('E2-test-accuracy'); "
        "assert not [name for name in sys.modules if name.endswith('.experiments')]; "
        "all_experiments(); print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(recording, "_registered", dict(all_experiments()))


def test_a_record_that_is_made_twice_is_refused(registry):
    with pytest.raises(ValueError, match=rf"record '{NAME}' is made twice: by labkit.chapters.ch07.*and by .*another"):

        @record(NAME, "the same again")
        def another(seed):
            return {}, DATA


def test_a_module_that_is_loaded_again_may_register_again(registry):
    made = all_experiments()[NAME]
    assert record(NAME, made.title)(made.run) is made.run


def test_a_claim_that_names_no_record_is_refused(registry, monkeypatch):
    claims = all_claims()
    wrong = replace(claims["E2-test-accuracy"], record="fashion-dock-recipe")
    monkeypatch.setattr(recording, "all_claims", lambda: {**claims, wrong.id: wrong})
    with pytest.raises(ValueError, match="claim 'E2-test-accuracy' names the record 'fashion-dock-recipe', which no"):
        all_experiments()
