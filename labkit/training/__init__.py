"""Training: pipelines, augmentation, recipes, reports, and making networks smaller."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["transfer"],
    submod_attrs={
        "affine": ["FILL_MODES", "affine_matrices", "resample"],
        "augment": ["RandomAffine", "pets_augmentation"],
        "augment_boxes": ["augment_boxed", "move_boxed"],
        "data_checks": ["DataCheck", "DataWarning", "check_data", "same_images"],
        "detection_reports": ["DetectionReport", "PrecisionRecall", "detection_report"],
        "detections": ["Detections", "match_boxes"],
        "fitting": ["Curves", "Run", "fit", "fit_side_by_side", "share_right"],
        "gradient_flow": ["GradientNorms", "gradient_norms"],
        "latency": ["Latency", "latencies"],
        "learning_rate_range": ["RangeTest", "learning_rate_range_test"],
        "lite": ["FileSize", "LiteNetwork", "quiet", "size_on_disk", "to_tflite"],
        "localization.centres": ["cell_centres", "decode_centres", "encode_centres", "mirrored_answers"],
        "localization.corners": ["centre_form", "corner_form"],
        "localization.losses": [
            "CentreLoss",
            "GIoULoss",
            "PixelLoss",
            "dice_loss",
            "focal_loss",
            "generalized_iou",
            "smooth_l1",
        ],
        "localization.pyramid_features": ["detect", "pyramid_features"],
        "pets_training": ["train_on_pets"],
        "pipeline": ["Batches", "batches", "endless_batches"],
        "pruning": ["KeepZeros", "PrunedKernel", "PruningReport", "kernels_of", "prune"],
        "real_data": ["real_or_refuse", "recorded_photographs"],
        "recipes": ["LONG_RECIPE", "SHORT_RECIPE", "Recipe", "train_on_fashion"],
        "reports": ["Calibration", "ClassifierReport", "calibration", "classifier_report"],
        "run_log": ["LoggedRun", "RunLog", "read_run_log"],
        "schedules": ["OneCycle"],
        "segmentation_reports": ["SegmentationReport", "boundary_f", "segmentation_report"],
        "small_images": ["scaled", "shifted_right"],
    },
)
