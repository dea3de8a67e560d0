"""Images of the book: matplotlib only; they take arrays and result objects and compute nothing.

Every function returns the ``Figure`` it drew, closed for pyplot, so that a notebook shows it once.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "architectures": ["Point", "plot_blocks", "plot_costs", "plot_depths", "plot_years"],
        "arithmetic": ["plot_matrices", "plot_signals", "plot_window"],
        "boxes": ["plot_boxes", "plot_precision_recall"],
        "channels": ["plot_channels"],
        "gradient_norms": ["plot_gradient_norms", "plot_range_test"],
        "guesses": ["plot_guesses"],
        "image_contents": ["Answer", "plot_answers", "plot_zoom"],
        "image_grids": ["plot_image_grid", "plot_kernels", "plot_maps"],
        "kernel_responses": ["plot_directions", "plot_series"],
        "layer_wiring": ["plot_connections", "plot_growth", "plot_wiring"],
        "learning_curves": ["plot_descent", "plot_sample_sizes"],
        "method_scores": ["plot_method_scores"],
        "overlays": ["overlay"],
        "patterns": ["plot_spectra", "plot_strips"],
        "scores_by_layer": ["plot_probes"],
        "smaller_maps": ["plot_lines", "plot_paired", "plot_places", "plot_pooling"],
        "smaller_networks": ["plot_trade", "plot_weights"],
        "style": ["COLOURS", "use_house_style"],
        "training_results": ["plot_calibration", "plot_confusion", "plot_history", "plot_runs", "plot_seeds"],
        "volumes_and_costs": ["plot_cost", "plot_curves", "plot_fields", "plot_volumes"],
    },
)
