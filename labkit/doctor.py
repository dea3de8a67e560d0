"""What `python -m labkit doctor` examines: versions, device, profile, and whether OpenCV and TensorFlow really load."""

import importlib.metadata
import platform
import re
import subprocess
import sys
from dataclasses import dataclass

from labkit.datasets.catalogue import DatasetStatus

PACKAGES = ("tensorflow", "keras", "numpy", "scipy", "matplotlib", "scikit-image", "scikit-learn")
# OpenCV's distributions, any of which will do.
OPENCV = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")
# Debian's and Ubuntu's packages for the libraries that opencv-python expects of the system.
DEBIAN_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libSM.so.6": "libsm6",
    "libICE.so.6": "libice6",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
    "libxcb.so.1": "libxcb1",
    "libX11.so.6": "libx11-6",
}
IMPORT_SECONDS = 120


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, whether that is fine, whether it is needed, and what to do."""

    what: str
    found: str
    fine: bool = True
    needed: bool = True
    remedy: str = ""


def examine() -> list[Finding]:
    """Look at everything but the data; TensorFlow and OpenCV are tried in processes of their own.

    A library that brings Python itself down (TensorFlow on a processor without AVX does) is thus a finding, not the
    end of the examination.
    """
    import labkit

    findings = [
        Finding("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        Finding("labkit", labkit.__version__),
    ]
    findings += [_version(package) for package in PACKAGES]
    findings += [_tensorflow(), opencv(), _profile()]
    return findings


def opencv() -> Finding:
    """Try to import OpenCV, which only overlays need; name the system libraries it lacks."""
    installed = [f"{name} {version}" for name in OPENCV if (version := _installed(name))]
    if not installed:
        return Finding(
            "opencv",
            "not installed",
            fine=False,
            needed=False,
            remedy="only overlays need it: python -m pip install opencv-python-headless",
        )
    complaint = _import_complaint("cv2")
    if not complaint:
        return Finding("opencv", ", ".join(installed), needed=False)
    return Finding("opencv", f"{', '.join(installed)}: {complaint}", False, False, opencv_remedy(complaint))


def opencv_remedy(complaint: str) -> str:
    """Tell what to do when `import cv2` complains; the usual reason is a slim image without a library.

    Examples
    --------
    >>> print(opencv_remedy("ImportError: libGL.so.1: cannot open shared object file: No such file or directory"))
    only overlays need it. libGL.so.1 is missing: apt-get install libgl1, or use opencv-python-headless instead of \
opencv-python
    """
    instead = "use opencv-python-headless instead of opencv-python"
    missing = re.search(r"(lib[\w.+-]+\.so[.\d]*)", complaint)
    if missing is None or "cannot open shared object file" not in complaint:
        return f"only overlays need it. Install it anew, or {instead}"
    library = missing[1]
    package = DEBIAN_PACKAGES.get(library)
    install = f"apt-get install {package}" if package else f"install the system package that has {library}"
    return f"only overlays need it. {library} is missing: {install}, or {instead}"


def data_remedy(status: DatasetStatus) -> str:
    """Tell what to do about a data set that is not real; empty if there is nothing to do."""
    if status.kind == "not fetched":
        return (
            f"{status.name}: fetched when it is first needed; to get it now: python -m labkit data fetch {status.name}"
        )
    if status.kind == "stand-in":
        return (
            f"{status.name}: a stand-in is used, because no source answered, LABKIT_OFFLINE is set, or the download is "
            "so large that it waits to be asked for. With a connection: "
            f"python -m labkit data fetch {status.name}; or put its files into a folder {status.name}/ and name the "
            "folder around it in LABKIT_DATA."
        )
    return ""


def _version(package: str) -> Finding:
    version = _installed(package)
    if version:
        return Finding(package, version)
    return Finding(package, "not installed", fine=False, remedy=f"python -m pip install {package}")


def _tensorflow() -> Finding:
    complaint = _import_complaint("tensorflow")
    if not complaint:
        return Finding("import tensorflow", "works")
    remedy = "python -m pip install --force-reinstall tensorflow; on a processor without AVX it cannot run: use Colab"
    return Finding("import tensorflow", complaint, fine=False, remedy=remedy)


def _profile() -> Finding:
    from labkit.course.profile import current_profile

    try:
        profile = current_profile()
    except ValueError as error:
        remedy = "set LABKIT_PROFILE to quick, full or rehearsal, or unset it"
        return Finding("profile", str(error), fine=False, remedy=remedy)
    except ImportError as error:  # there is a GPU, and TensorFlow, which is to name it, does not load
        return Finding("profile", str(error), fine=False, remedy="see import tensorflow")
    return Finding("profile", f"{profile.name}, on {profile.device}")


def _installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _import_complaint(module: str) -> str:
    """Import a module in a process of its own; give the last line of its complaint, empty if it has none."""
    try:
        result = subprocess.run(
            [sys.executable, "-c", f"import {module}"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=IMPORT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"import {module} did not end within {IMPORT_SECONDS} s"
    if result.returncode == 0:
        return ""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    return lines[-1].strip() if lines and result.returncode > 0 else f"import {module} crashed ({result.returncode})"
