"""Training: the profile a chapter runs in, and the recipes that the book records.

>>> from labkit.training import current_profile
>>> current_profile().name in ("quick", "full")
True
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "checks": ["DataCheck", "DataWarning", "check_data", "same_pictures"],
        "comparisons": ["ShrinkingRun", "compare_shrinking", "shifted_right"],
        "profile": ["Profile", "current_profile"],
        "recipes": ["DECK_RECIPE", "LONG_RECIPE", "SHORT_RECIPE", "FashionRun", "Recipe", "train_on_fashion"],
        "reports": ["Calibration", "ClassifierReport", "calibration", "classifier_report"],
        "run_log": ["LoggedRun", "RunLog", "read_run_log"],
        "schedules": ["OneCycle"],
        "selection": ["Selection", "choose_on_half"],
    },
)
