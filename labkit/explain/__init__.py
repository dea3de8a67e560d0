"""Looking inside a network: which layer answers to what, and which pixels speak for a class.

A model and arrays go in, result objects come out; nothing here knows the other rooms.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "attribution": ["IntegratedGradients", "integrated_gradients", "occlusion", "saliency", "smooth_grad"],
        "boxes": ["boxes_from_map"],
        "class_activation": [
            "METHODS",
            "cam",
            "eigen_cam",
            "grad_cam",
            "grad_cam_plus_plus",
            "hires_cam",
            "layer_cam",
            "score_cam_weights",
        ],
        "evaluation": [
            "Localization",
            "LocalizationTable",
            "best_iou",
            "centre_blobs",
            "compare_localization",
            "energy_inside",
            "pointing_game",
            "random_maps",
        ],
        "faithfulness": ["Curves", "Randomization", "deletion", "insertion", "randomize_weights"],
        "feature_maps": ["FeatureMaps", "Silence", "SilenceTable", "activations", "sparsity"],
        "filter_patterns": ["FilterPatterns", "ascend_filters", "deprocess", "mosaic"],
        "finding_layers": ["LayerTable", "Place", "find_layer", "list_layers"],
        "guided": ["guided_backprop", "guided_grad_cam"],
        "results": ["Explanation"],
        "spatial_layers": ["last_spatial_layer"],
        "taps": ["Tap", "tap"],
    },
)
