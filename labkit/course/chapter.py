"""What every chapter does first."""

from __future__ import annotations

import os

from labkit.course.profile import Profile, current_profile

SEED = 0
LENGTHS = {"full": " (up to ten minutes on a Colab T4)", "rehearsal": " (cut short: its figures mean nothing)"}


def start(seed: int = SEED, *, version: str | None = None) -> Profile:
    """Set a chapter up: quiet TensorFlow, one seed for everything, the house style for figures, and say what this is.

    Parameters
    ----------
    seed : int
        Seeds Python, NumPy and Keras.
    version : str, optional
        The version of labkit that the chapter was written with. Where another is installed, a line says so.

    Returns
    -------
    Profile
        Its ``pick(quick=..., full=...)`` chooses the size of what follows.
    """
    # Must stand before the first import of TensorFlow, which greets with a page of messages.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    from labkit import __version__, datasets
    from labkit.plots import use_house_style

    keras.utils.set_random_seed(seed)
    use_house_style()
    profile = current_profile()
    data = ", ".join(f"{entry.name} {entry.kind}" for entry in datasets.status())
    if profile.name == "rehearsal":
        from labkit.course.rehearsal import rehearse

        rehearse()
    print(f"{profile}{LENGTHS.get(profile.name, '')} · seed {seed} · data: {data}")
    if version not in (None, __version__):
        print(
            f"This chapter was written with labkit {version}; installed is {__version__}: numbers and names may "
            "differ. For the chapter's own, run %pip uninstall -y cnn-labkit, restart the kernel, and run this again."
        )
    return profile
