"""The built site, and what the configuration says that it must be."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    folder = ROOT / "_build" / "html"
    if not (folder / "index.html").exists():
        pytest.fail(f"{folder} holds no book; build it with: make book")
    return folder


@pytest.fixture(scope="session")
def config():
    """What ``_config.yml`` says."""
    return yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
