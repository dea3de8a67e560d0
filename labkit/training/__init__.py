"""Training: the profile a chapter runs in, and the recipes that the book records.

>>> from labkit.training import current_profile
>>> current_profile().name in ("quick", "full")
True
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["transfer"],
    submod_attrs={
        "affine": ["FILL_MODES", "affine_matrices", "resample"],
        "augment": ["RandomAffine"],
        "augmentation_experiments": ["accuracies_after", "both_sides", "deck_augmentation", "first_pictures"],
        "checks": ["DataCheck", "DataWarning", "check_data", "same_pictures"],
        "decoding": ["DecodedPictures", "decode_pictures", "resize_picture"],
        "comparisons": ["ShrinkingRun", "compare_shrinking", "shifted_right"],
        "depth_experiments": ["DepthRun", "halved", "train_at_depth"],
        "digit_experiments": [
            "DigitRun",
            "accuracy_after",
            "as_input",
            "compile_for_scores",
            "dense_network",
            "placed_at_random",
            "regularized_convnet",
            "stop_after",
            "train_on_digits",
        ],
        "drawn_pets_bands": ["hide_animals"],
        "family_race": ["FamilyRun", "train_family"],
        "fine_tuning_experiments": ["DEPTHS", "Tuner", "TuningRun", "imagenet_top"],
        "gradient_flow": ["GradientNorms", "gradient_norms"],
        "latency": ["Latency", "latencies"],
        "learning_rate_range": ["RangeTest", "learning_rate_range_test"],
        "lenet_experiments": ["count_different", "step_seconds", "train_side_by_side"],
        "lite": ["FileSize", "LiteNetwork", "size_on_disk", "to_tflite"],
        "pets_recipe": ["PETS_RECIPE", "pets_augmentation"],
        "pets_training": ["PetsRun", "recorded_photographs", "train_on_pets"],
        "pipeline": ["Batches", "batches", "endless_batches"],
        "profile": ["Profile", "current_profile"],
        "pruning": ["KeepZeros", "PrunedKernel", "PruningReport", "kernels_of", "prune"],
        "recipes": ["DECK_RECIPE", "LONG_RECIPE", "SHORT_RECIPE", "FashionRun", "Recipe", "train_on_fashion"],
        "reports": ["Calibration", "ClassifierReport", "calibration", "classifier_report"],
        "run_log": ["LoggedRun", "RunLog", "read_run_log"],
        "schedules": ["OneCycle"],
        "selection": ["Selection", "choose_on_half"],
        "sparsity_experiments": ["EIGHT_LAYERS", "explained_by_colour", "relu_layers"],
        "training_choices": [
            "accuracy_without_units",
            "compiled_residual_network",
            "hidden_network",
            "mean_correlation",
            "scores_by_batch",
        ],
    },
)
